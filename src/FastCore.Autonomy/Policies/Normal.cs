namespace FastCore.Autonomy.Policies;

/// <summary>The standard normal distribution.</summary>
internal static class Normal
{
    /// <summary>
    /// Phi(u) by Hart's double-precision rational approximation as given by West (Wilmott Magazine, May 2005); absolute error below 1e-14.
    /// </summary>
    public static double Cumulative(double u)
    {
        double x = Math.Abs(u);
        if (x > 37)
            return u > 0 ? 1 : 0;
        double e = Math.Exp(-x * x / 2), tail;
        if (x < 7.07106781186547)
        {
            double top = 3.52624965998911e-02;
            foreach (double a in (ReadOnlySpan<double>)[0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
                220.206867912376])
                top = (top * x) + a;
            double bottom = 8.83883476483184e-02;
            foreach (double b in (ReadOnlySpan<double>)[1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
                793.826512519948, 440.413735824752])
                bottom = (bottom * x) + b;
            tail = e * top / bottom;
        }
        else
        {
            double fraction = x + 0.65;
            foreach (double k in (ReadOnlySpan<double>)[4, 3, 2, 1])
                fraction = x + (k / fraction);
            tail = e / fraction / 2.506628274631;
        }
        return u > 0 ? 1 - tail : tail;
    }
}
