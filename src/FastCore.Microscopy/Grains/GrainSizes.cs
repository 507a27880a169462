namespace FastCore.Microscopy.Grains;

/// <summary>Distribution of the equivalent diameters D of the grains that the frame does not cut. All NaN where there is none.</summary>
/// <param name="Count">Number of whole grains.</param>
/// <param name="MeanMetres">Mean of D over grains.</param>
/// <param name="MedianMetres">Median of D.</param>
/// <param name="AreaWeightedMeanMetres">Mean of D over the area: what a point thrown at the sample meets.</param>
/// <param name="LogMean">Mean of ln(D / m), the log-normal distribution's mu by maximum likelihood.</param>
/// <param name="LogDeviation">Its sigma.</param>
/// <param name="LogNormalDistance">Largest distance of the empirical distribution from that log-normal one (Kolmogorov and Smirnov's statistic).</param>
public sealed record GrainSizes(
    int Count, double MeanMetres, double MedianMetres, double AreaWeightedMeanMetres, double LogMean, double LogDeviation, double LogNormalDistance)
{
    internal static GrainSizes Of(IReadOnlyList<Grain> grains)
    {
        Grain[] whole = [.. grains.Where(grain => !grain.TouchesEdge)];
        if (whole.Length == 0)
            return new GrainSizes(0, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
        double[] diameters = [.. whole.Select(grain => grain.EquivalentDiameterMetres).Order()];
        int n = diameters.Length;
        double mean = diameters.Average(Math.Log), deviation = Math.Sqrt(diameters.Average(d => (Math.Log(d) - mean) * (Math.Log(d) - mean)));
        double distance = double.NaN;
        if (deviation > 0)
        {
            distance = 0;
            for (int k = 0; k < n; k++)
            {
                double expected = MathNet.Numerics.Distributions.Normal.CDF(mean, deviation, Math.Log(diameters[k]));
                distance = Math.Max(distance, Math.Max(expected - ((double)k / n), ((k + 1.0) / n) - expected));
            }
        }
        double area = whole.Sum(grain => grain.AreaSquareMetres);
        return new GrainSizes(n, diameters.Average(), 0.5 * (diameters[(n - 1) / 2] + diameters[n / 2]),
            whole.Sum(grain => grain.EquivalentDiameterMetres * grain.AreaSquareMetres) / area, mean, deviation, distance);
    }
}
