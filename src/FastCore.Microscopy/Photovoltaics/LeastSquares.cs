namespace FastCore.Microscopy.Photovoltaics;

/// <summary>Lines and parabolas through samples by least squares.</summary>
internal static class LeastSquares
{
    /// <summary>y = Intercept + Slope x; null where fewer than two abscissas differ.</summary>
    internal static (double Intercept, double Slope)? Line(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double meanX = 0, meanY = 0;
        for (int i = 0; i < x.Length; i++)
        {
            meanX += x[i] / x.Length;
            meanY += y[i] / x.Length;
        }
        double xx = 0, xy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            xx += (x[i] - meanX) * (x[i] - meanX);
            xy += (x[i] - meanX) * (y[i] - meanY);
        }
        if (!(xx > 0))
            return null;
        double slope = xy / xx;
        return (meanY - (slope * meanX), slope);
    }

    /// <summary>y = C0 + C1 (x - centre) + C2 (x - centre)^2; null where fewer than three abscissas differ.</summary>
    internal static (double C0, double C1, double C2)? Parabola(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double centre)
    {
        double scale = 0;
        foreach (double value in x)
            scale = Math.Max(scale, Math.Abs(value - centre));
        if (x.Length < 3 || scale == 0)
            return null;
        // Orthogonal polynomials on these abscissas (Forsythe 1957) keep the normal equations diagonal.
        double n = x.Length, a0 = 0, t0 = 0;
        foreach (double value in x)
            a0 += (value - centre) / scale / n;
        double q11 = 0, a1 = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double u = (x[i] - centre) / scale, p1 = u - a0;
            q11 += p1 * p1;
            a1 += u * p1 * p1;
            t0 += y[i] / n;
        }
        if (!(q11 > 0))
            return null;
        a1 /= q11;
        double b1 = q11 / n, q22 = 0, t1 = 0, t2 = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double u = (x[i] - centre) / scale, p1 = u - a0, p2 = ((u - a1) * p1) - b1;
            q22 += p2 * p2;
            t1 += p1 * y[i];
            t2 += p2 * y[i];
        }
        if (!(q22 > 1e-12 * q11))
            return null;
        t1 /= q11;
        t2 /= q22;
        // p1 = u - a0; p2 = u^2 - (a0 + a1) u + a0 a1 - b1.
        return (t0 - (t1 * a0) + (t2 * ((a0 * a1) - b1)), (t1 - (t2 * (a0 + a1))) / scale, t2 / (scale * scale));
    }
}
