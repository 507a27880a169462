namespace FastCore.Microscopy.Photovoltaics;

/// <summary>A time-resolved photoluminescence decay.</summary>
/// <param name="Name">What the file calls it.</param>
/// <param name="TimeSeconds">Time of each bin in second.</param>
/// <param name="Counts">Counts of each bin; negative where a background was subtracted.</param>
public sealed record DecayCurve(string Name, double[] TimeSeconds, double[] Counts)
{
    /// <summary>Standard deviation of each bin; null where the file has none (raw counts are Poisson's).</summary>
    public double[]? DeviationCounts { get; init; }

    /// <summary>Background per bin that the file states; null where it does not.</summary>
    public double? BackgroundCounts { get; init; }

    /// <summary>Whether every count is a whole number from 0, as a Poisson likelihood needs.</summary>
    public bool IsRaw => Array.TrueForAll(Counts, count => count >= 0 && count == Math.Floor(count));
}
