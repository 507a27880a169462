namespace FastCore.Microscopy.Photovoltaics;

/// <summary>What a decay must be before it is analysed.</summary>
internal static class DecayCheck
{
    internal static void Curve(DecayCurve curve, int leastBins)
    {
        if (curve.TimeSeconds.Length != curve.Counts.Length)
            throw new ArgumentException($"{curve.Name}: {curve.TimeSeconds.Length} times and {curve.Counts.Length} counts; each bin needs both.", nameof(curve));
        if (curve.Counts.Length < leastBins)
            throw new ArgumentException($"{curve.Name}: {curve.Counts.Length} bins; {leastBins} or more are needed. Measure with narrower bins or a longer window.",
                nameof(curve));
        for (int k = 0; k < curve.Counts.Length; k++)
        {
            if (!double.IsFinite(curve.TimeSeconds[k]) || !double.IsFinite(curve.Counts[k]))
                throw new ArgumentException($"{curve.Name}: bin {k} is not finite; cut the decay before it or export it again.", nameof(curve));
            if (k > 0 && !(curve.TimeSeconds[k] > curve.TimeSeconds[k - 1]))
                throw new ArgumentException($"{curve.Name}: the time does not rise at bin {k}; sort the decay by time, one decay per curve.", nameof(curve));
        }
        if (Array.TrueForAll(curve.Counts, c => c == 0))
            throw new ArgumentException($"{curve.Name}: all bins are zero; nothing was measured. Check detector and sync.", nameof(curve));
        if (curve.DeviationCounts is not { } deviation)
            return;
        if (deviation.Length != curve.Counts.Length)
            throw new ArgumentException($"{curve.Name}: {deviation.Length} standard deviations for {curve.Counts.Length} bins; each bin needs one.", nameof(curve));
        int bad = Array.FindIndex(deviation, d => !(d > 0) || !double.IsFinite(d));
        if (bad >= 0)
            throw new ArgumentException(
                $"{curve.Name}: the standard deviation of bin {bad} is {deviation[bad]:g6}; positive numbers are needed. "
                + "Leave the column out to have weights estimated.", nameof(curve));
    }

    /// <summary>The width that all bins share to a thousandth; null where they differ.</summary>
    internal static double? BinWidth(DecayCurve curve)
    {
        double[] time = curve.TimeSeconds;
        double width = (time[^1] - time[0]) / (time.Length - 1);
        for (int k = 1; k < time.Length; k++)
        {
            if (Math.Abs(time[k] - time[k - 1] - width) > 1e-3 * width)
                return null;
        }
        return width;
    }
}
