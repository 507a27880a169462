namespace FastCore.Microscopy.Spectroscopy;

/// <summary>A line through weighted points by least squares, one point after the other (means and moments about them are updated: nothing cancels).</summary>
internal struct WeightedLine
{
    private int count;
    private double weight;
    private double meanX;
    private double meanY;
    private double xx;
    private double xy;
    private double yy;

    /// <summary>Slope; 0 where all points have one abscissa.</summary>
    public readonly double Slope => xx > 0 ? xy / xx : 0;

    /// <summary>Value at 0.</summary>
    public readonly double Intercept => meanY - (Slope * meanX);

    /// <summary>Sum of weight times squared distance.</summary>
    public readonly double SquareSum => Math.Max(0, yy - (Slope * xy));

    /// <summary>Standard error of the slope from the scatter about the line; 0 where there is no slope.</summary>
    public readonly double SlopeError => xx > 0 ? Math.Sqrt(SquareSum / (count - 2) / xx) : 0;

    /// <summary>The line through points.</summary>
    public static WeightedLine Through(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> weights)
    {
        var line = new WeightedLine();
        for (int k = 0; k < x.Length; k++)
            line.Add(x[k], y[k], weights[k]);
        return line;
    }

    /// <summary>One more point.</summary>
    public void Add(double x, double y, double w)
    {
        count++;
        weight += w;
        double dx = x - meanX, dy = y - meanY;
        meanX += w / weight * dx;
        meanY += w / weight * dy;
        xx += w * dx * (x - meanX);
        xy += w * dx * (y - meanY);
        yy += w * dy * (y - meanY);
    }
}
