using FastCore.Learning.Statistics;
using Xunit;

namespace FastCore.Learning.Tests.Statistics;

public sealed class RanksTests
{
    [Fact]
    public void Equal_values_share_the_mean_of_their_ranks()
    {
        // scipy.stats.rankdata([3, 1, 3, 2, 3])
        Assert.Equal([4, 1, 4, 2, 4], Ranks.Of([3, 1, 3, 2, 3]));
        Assert.Equal((3 * 3 * 3) - 3, Ranks.TieSum([3, 1, 3, 2, 3]));
        Assert.Equal(6 + 6, Ranks.TieSum([1, 1, 2, 2, 5]));
        Assert.Empty(Ranks.Of([]));
    }

    [Fact]
    public void What_is_no_number_has_no_rank() =>
        Assert.Contains("Value 1", Assert.Throws<ArgumentException>(() => Ranks.Of([1, double.NaN])).Message, StringComparison.Ordinal);
}
