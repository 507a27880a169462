using FastCore.Learning.Scaling;
using Xunit;

namespace FastCore.Learning.Tests.Scaling;

public class NormalScoresTests
{
    [Fact]
    public void Ranks_become_quantiles_of_the_normal_distribution()
    {
        // Phi^-1 of 1/8, 3/8, 5/8, 7/8 (tables of the normal distribution).
        float[] values = [1000, -3, 0.5f, 0.25f];
        NormalScores.Apply(values);
        Assert.Equal(1.1503494f, values[0], 1e-5f);
        Assert.Equal(-1.1503494f, values[1], 1e-5f);
        Assert.Equal(0.3186394f, values[2], 1e-5f);
        Assert.Equal(-0.3186394f, values[3], 1e-5f);
    }

    [Fact]
    public void Equal_values_share_a_score_and_a_constant_becomes_0()
    {
        float[] values = [5, 1, 5, 9];
        NormalScores.Apply(values);
        Assert.Equal(values[0], values[2]);
        // The mean rank of the pair is the middle.
        Assert.Equal(0, values[0], 1e-6f);
        float[] constant = [3, 3, 3];
        NormalScores.Apply(constant);
        Assert.All(constant, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_has_no_rank_is_refused(float value) =>
        Assert.Contains("Value 1", Assert.Throws<ArgumentException>(() => NormalScores.Apply([1, value, 2])).Message, StringComparison.Ordinal);
}
