namespace FastCore.Microscopy.Photovoltaics;

/// <summary>The principal branch of Lambert's function of a positive argument, given by its logarithm so that nothing overflows.</summary>
internal static class LambertW
{
    /// <summary>W(e^x): the solution of w + ln w = x, to rounding.</summary>
    internal static double OfExponential(double x)
    {
        // Below, w = e^x (1 - e^x + ...) is exact to rounding.
        if (x < -40)
            return Math.Exp(x);
        // Newton on u = ln w: e^u + u = x is convex and its derivative 1 + e^u has no zero.
        double u = x > 1 ? Math.Log(x - (Math.Log(x) * x / (1 + x))) : x - Math.Log(1 + Math.Exp(x));
        for (int i = 0; i < 20; i++)
        {
            double w = Math.Exp(u), change = (w + u - x) / (1 + w);
            u -= change;
            if (Math.Abs(change) <= 4e-16 * Math.Max(1, Math.Abs(u)))
                break;
        }
        double result = Math.Exp(u);
        // ln w carries an error of rounding times |ln w|; one step on w itself removes it where w is not small.
        return result > 1e-3 ? result - (result * (result + Math.Log(result) - x) / (1 + result)) : result;
    }
}
