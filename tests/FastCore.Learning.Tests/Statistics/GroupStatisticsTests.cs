using FastCore.Learning.Statistics;
using Xunit;

namespace FastCore.Learning.Tests.Statistics;

public sealed class GroupStatisticsTests
{
    [Fact]
    public void Kruskal_and_Wallis_agree_with_scipy()
    {
        // scipy.stats.kruskal; the second case has ties.
        RankTest test = GroupStatistics.KruskalWallis([[2.9, 3.0, 2.5, 2.6, 3.2], [3.8, 2.7, 4.0, 2.4], [2.8, 3.4, 3.7, 2.2, 2.0]]);
        AssertTest(0.7714285714285722, 2, 0.6799647735788936, test);
        test = GroupStatistics.KruskalWallis([[1, 1, 2, 3], [], [2, 2, 4, 5, 5], [5, double.NaN, 6, 1]]);
        AssertTest(3.0350364963503655, 2, 0.21925534966762408, test);
    }

    [Fact]
    public void Without_two_groups_or_with_equal_values_there_is_no_test()
    {
        Assert.True(double.IsNaN(GroupStatistics.KruskalWallis([[1, 2, 3], []]).PValue));
        Assert.True(double.IsNaN(GroupStatistics.KruskalWallis([[2, 2], [2, 2, 2]]).PValue));
        Assert.True(double.IsNaN(GroupStatistics.KruskalWallis([]).PValue));
    }

    [Fact]
    public void Cliffs_delta_counts_pairs()
    {
        // numpy: mean(sign(subtract.outer([1, 2, 2, 5], [2, 3, 0])))
        Assert.Equal(1 / 6.0, GroupStatistics.CliffsDelta([1, 2, 2, 5], [2, 3, 0]), 1e-14);
        Assert.Equal(1, GroupStatistics.CliffsDelta([4, 5, double.NaN], [1, 2]));
        Assert.Equal(-1, GroupStatistics.CliffsDelta([1, 2], [4, 5]));
        Assert.True(double.IsNaN(GroupStatistics.CliffsDelta([], [4, 5])));
    }

    [Fact]
    public void Quartiles_are_those_of_numpy()
    {
        // numpy.percentile([1, 2, 4, 8, 16, 32], [25, 50, 75]) = 2.5, 6, 14.
        Spread spread = GroupStatistics.Describe([32, 1, double.NaN, 4, 8, 16, 2]);
        Assert.Equal(new Spread(6, 6, 2.5, 14), spread);
        Assert.Equal(11.5, spread.InterquartileRange);
        Assert.Equal(0, GroupStatistics.Describe([]).Count);
        Assert.True(double.IsNaN(GroupStatistics.Describe([]).Median));
    }

    [Fact]
    public void Partitions_are_compared_whatever_their_names()
    {
        Assert.Equal(1, GroupStatistics.AdjustedRandIndex([0, 0, 1, 1, 2], [5, 5, 3, 3, 9]));
        // Hubert and Arabie's formula by hand: cells 2, 1, 1, 2; rows 3, 3; columns 3, 3: (2 - 2.4) / (6 - 2.4).
        Assert.Equal(-0.4 / 3.6, GroupStatistics.AdjustedRandIndex([0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 1, 1]), 1e-12);
        Assert.Throws<ArgumentException>(() => GroupStatistics.AdjustedRandIndex([0], [0, 1]));
    }

    [Fact]
    public void Without_a_difference_p_is_uniform()
    {
        const int Trials = 500;
        int below = 0, half = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            RandomStream random = RandomStream.Named(trial, "groups");
            double[][] groups = [.. new[] { 40, 15, 25 }.Select(n => Enumerable.Range(0, n).Select(_ => random.NextNormal()).ToArray())];
            double p = GroupStatistics.KruskalWallis(groups).PValue;
            below += p < 0.05 ? 1 : 0;
            half += p < 0.5 ? 1 : 0;
        }
        Assert.InRange(below / (double)Trials, 0.025, 0.08);
        Assert.InRange(half / (double)Trials, 0.43, 0.57);
    }

    private static void AssertTest(double statistic, int freedom, double p, RankTest actual)
    {
        Assert.Equal(statistic, actual.Statistic, 1e-10);
        Assert.Equal(freedom, actual.DegreesOfFreedom);
        Assert.Equal(p, actual.PValue, 1e-10);
    }
}
