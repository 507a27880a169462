using MathNet.Numerics;

namespace FastCore.Learning.Statistics;

/// <summary>How a group of values is spread.</summary>
/// <param name="Count">Number of values.</param>
/// <param name="Median">Median; NaN of nothing.</param>
/// <param name="LowerQuartile">Lower quartile, between values in proportion (Hyndman and Fan's type 7, NumPy's default).</param>
/// <param name="UpperQuartile">Upper quartile.</param>
public readonly record struct Spread(int Count, double Median, double LowerQuartile, double UpperQuartile)
{
    /// <summary>Upper minus lower quartile.</summary>
    public double InterquartileRange => UpperQuartile - LowerQuartile;
}

/// <summary>A test whether groups come from one distribution.</summary>
/// <param name="Statistic">H, corrected for ties; NaN where no test is possible.</param>
/// <param name="DegreesOfFreedom">Groups with values, less one.</param>
/// <param name="PValue">By the chi-squared distribution; NaN where no test is possible.</param>
public readonly record struct RankTest(double Statistic, int DegreesOfFreedom, double PValue);

/// <summary>
/// Groups of values side by side, by ranks: nothing is supposed about their distributions. Values that are not finite are left out.
/// </summary>
public static class GroupStatistics
{
    /// <summary>Median and quartiles.</summary>
    public static Spread Describe(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        return new Spread(sorted.Length, Quantile(sorted, 0.5), Quantile(sorted, 0.25), Quantile(sorted, 0.75));
    }

    /// <summary>
    /// Kruskal and Wallis (1952): H = 12 / (n (n + 1)) sum R_g^2 / n_g - 3 (n + 1), divided by 1 - sum (t^3 - t) / (n^3 - n) for t equal values.
    /// </summary>
    /// <param name="groups">Values of each group; empty groups do not count. Fewer than two others, or equal values throughout, give no test.</param>
    public static RankTest KruskalWallis(IReadOnlyList<double[]> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        double[][] filled = [.. groups.Select(group => group.Where(double.IsFinite).ToArray()).Where(group => group.Length > 0)];
        double[] all = [.. filled.SelectMany(group => group)];
        double n = all.Length, ties = filled.Length < 2 ? 1 : 1 - (Ranks.TieSum(all) / ((n * n * n) - n));
        if (filled.Length < 2 || !(ties > 0))
            return new RankTest(double.NaN, Math.Max(filled.Length - 1, 0), double.NaN);
        double[] ranks = Ranks.Of(all);
        double sum = 0;
        int at = 0;
        foreach (double[] group in filled)
        {
            double total = 0;
            for (int i = 0; i < group.Length; i++)
                total += ranks[at++];
            sum += total * total / group.Length;
        }
        double statistic = ((12 / (n * (n + 1)) * sum) - (3 * (n + 1))) / ties;
        int freedom = filled.Length - 1;
        return new RankTest(statistic, freedom, Math.Clamp(SpecialFunctions.GammaUpperRegularized(freedom / 2.0, Math.Max(statistic, 0) / 2), 0, 1));
    }

    /// <summary>
    /// Cliff's delta (1993): the share of pairs in which the first group's value is larger, less the share in which it is smaller, from -1 to 1; NaN
    /// of an empty group.
    /// </summary>
    public static double CliffsDelta(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        long sum = 0, pairs = 0;
        double[] ordered = [.. second.ToArray().Where(double.IsFinite).Order()];
        foreach (double value in first)
        {
            if (!double.IsFinite(value))
                continue;
            // Values below minus values above, by two searches in the sorted group.
            sum += Below(ordered, value, orEqual: false) - (ordered.Length - Below(ordered, value, orEqual: true));
            pairs += ordered.Length;
        }
        return pairs == 0 ? double.NaN : (double)sum / pairs;
    }

    /// <summary>
    /// The adjusted Rand index of two partitions of the same points (Hubert and Arabie 1985): 1 where they are the same whatever their names, 0 on
    /// the average of chance.
    /// </summary>
    /// <exception cref="ArgumentException">Partitions of different lengths.</exception>
    public static double AdjustedRandIndex(IReadOnlyList<int> first, IReadOnlyList<int> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count != second.Count)
            throw new ArgumentException($"Partitions of {first.Count} and {second.Count} points cannot be compared.", nameof(second));
        double both = first.Zip(second).GroupBy(pair => pair).Sum(cell => Pairs(cell.Count()));
        double rows = first.GroupBy(k => k).Sum(group => Pairs(group.Count())), columns = second.GroupBy(k => k).Sum(group => Pairs(group.Count()));
        double expected = first.Count < 2 ? 0 : rows * columns / Pairs(first.Count), largest = 0.5 * (rows + columns);
        return largest == expected ? 1 : (both - expected) / (largest - expected);
    }

    private static double Pairs(int count) => 0.5 * count * (count - 1.0);

    private static int Below(double[] sorted, double value, bool orEqual)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle] < value || (orEqual && sorted[middle] == value))
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private static double Quantile(double[] sorted, double share)
    {
        if (sorted.Length == 0)
            return double.NaN;
        double at = share * (sorted.Length - 1);
        int below = (int)at, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }
}
