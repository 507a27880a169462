using MathNet.Numerics.Statistics;

namespace FastCore.Microscopy.Spectroscopy;

/// <summary>A 95 % interval of a quantity.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="DefinedShare">Share of the resamples that define the quantity; well below 1, the interval is one of those alone.</param>
public sealed record IvInterval(double Low, double High, double DefinedShare);

/// <summary>
/// 95 % intervals of the quantities of one curve by the residual bootstrap (Efron and Tibshirani 1993, ch. 9): each branch is smoothed by parabolas through 11
/// samples, what is left is drawn again with replacement and put back, and the quantities are computed anew; the interval holds the middle 95 %.
/// It tells what the noise of this sweep does to a number, not how the next sweep differs.
/// </summary>
public static class IvIntervals
{
    // The middle of the parabola through 11 samples takes up 89/429 of their variance: what is left is that much too small.
    private const double Leverage = 89.0 / 429;

    /// <summary>Intervals by the names of <see cref="IvQuantityName"/>; those defined in fewer than half of the resamples are left out.</summary>
    /// <param name="waveform">Bias of the curve.</param>
    /// <param name="cleanedAmperes">Its cleaned current; all finite.</param>
    /// <param name="noiseAmperes">sigma_I of the gate.</param>
    /// <param name="resamples">Number of resamples.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <exception cref="ArgumentException">A length that does not fit, or a current that is not finite.</exception>
    public static IReadOnlyDictionary<string, IvInterval> Of(
        BiasWaveform waveform, ReadOnlySpan<double> cleanedAmperes, double noiseAmperes, int resamples = 200, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(waveform);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 40);
        // Refuses what cannot be computed before the work begins.
        _ = IvQuantities.Of(waveform, cleanedAmperes, noiseAmperes);
        int n = waveform.Count, turn = waveform.Turnaround + 1;
        double[] smooth = new double[n], left = new double[n], drawn = new double[n];
        Range[] branches = turn < n ? [new Range(0, turn), new Range(turn, n)] : [new Range(0, n)];
        foreach (Range branch in branches)
        {
            ReadOnlySpan<double> volts = waveform.BiasVolts[branch], amperes = cleanedAmperes[branch];
            double mean = 0;
            for (int k = 0, at = branch.Start.Value; k < amperes.Length; k++, at++)
            {
                smooth[at] = SavitzkyGolay.Value(volts, amperes, k) ?? amperes[k];
                left[at] = (amperes[k] - smooth[at]) / Math.Sqrt(1 - Leverage);
                mean += left[at] / amperes.Length;
            }
            for (int k = 0, at = branch.Start.Value; k < amperes.Length; k++, at++)
                left[at] -= mean;
        }
        string[] names = [.. IvQuantityName.All];
        var values = new List<double>[names.Length];
        for (int q = 0; q < names.Length; q++)
            values[q] = [];
        RandomStream random = RandomStream.Named(seed, "iv.bootstrap");
        for (int sample = 0; sample < resamples; sample++)
        {
            for (int k = 0; k < n; k++)
                drawn[k] = smooth[k] + (k < turn ? left[random.NextInt(turn)] : left[turn + random.NextInt(n - turn)]);
            IvQuantities quantities = IvQuantities.Of(waveform, drawn, noiseAmperes);
            for (int q = 0; q < names.Length; q++)
            {
                if (IvQuantityName.Of(names[q], quantities) is { } value)
                    values[q].Add(value);
            }
        }
        var intervals = new Dictionary<string, IvInterval>(StringComparer.Ordinal);
        for (int q = 0; q < names.Length; q++)
        {
            if (2 * values[q].Count < resamples)
                continue;
            double[] sorted = [.. values[q].Order()];
            intervals.Add(names[q], new IvInterval(SortedArrayStatistics.QuantileCustom(sorted, 0.025, QuantileDefinition.R7),
                SortedArrayStatistics.QuantileCustom(sorted, 0.975, QuantileDefinition.R7), (double)sorted.Length / resamples));
        }
        return intervals;
    }
}
