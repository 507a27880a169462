namespace FastCore.Microscopy.Spectroscopy;

/// <summary>
/// Value and derivative of a curve from the least-squares parabola through 11 neighbouring samples (Savitzky and Golay 1964), on any abscissa; at the ends
/// the parabola of the last full window is used.
/// </summary>
internal static class SavitzkyGolay
{
    internal const int Window = 11;

    /// <summary>dy/dx at sample <paramref name="at"/>; null if there are fewer than 3 samples or the abscissas coincide.</summary>
    internal static double? Derivative(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int at) => Derivative(x, y, at, x[at]);

    /// <summary>dy/dx at <paramref name="place"/> from the window about its nearest sample <paramref name="at"/>.</summary>
    internal static double? Derivative(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int at, double place) => Parabola(x, y, at, place)?.Slope;

    /// <summary>The parabola's y at sample <paramref name="at"/>; null as for the derivative.</summary>
    internal static double? Value(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int at) => Parabola(x, y, at, x[at])?.Value;

    private static (double Value, double Slope)? Parabola(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int at, double place)
    {
        int length = Math.Min(Window, x.Length);
        if (length < 3)
            return null;
        int first = Math.Clamp(at - (length / 2), 0, x.Length - length);
        double scale = x[first + length - 1] - x[first];
        if (scale == 0)
            return null;
        // About the place, in units of the window, value and derivative are the first two coefficients.
        double s1 = 0, s2 = 0, s3 = 0, s4 = 0, t0 = 0, t1 = 0, t2 = 0;
        for (int k = first; k < first + length; k++)
        {
            double u = (x[k] - place) / scale, v = y[k];
            s1 += u;
            s2 += u * u;
            s3 += u * u * u;
            s4 += u * u * u * u;
            t0 += v;
            t1 += u * v;
            t2 += u * u * v;
        }
        double n = length;
        double determinant = (n * ((s2 * s4) - (s3 * s3))) - (s1 * ((s1 * s4) - (s2 * s3))) + (s2 * ((s1 * s3) - (s2 * s2)));
        if (Math.Abs(determinant) < 1e-300)
            return null;
        double linear = (n * ((t1 * s4) - (s3 * t2))) - (t0 * ((s1 * s4) - (s2 * s3))) + (s2 * ((s1 * t2) - (t1 * s2)));
        double constant = (t0 * ((s2 * s4) - (s3 * s3))) - (s1 * ((t1 * s4) - (s3 * t2))) + (s2 * ((t1 * s3) - (s2 * t2)));
        return (constant / determinant, linear / determinant / scale);
    }
}
