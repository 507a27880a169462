using FastCore.Learning.Statistics;
using Xunit;

namespace FastCore.Learning.Tests.Statistics;

public sealed class MultipleTestsTests
{
    private static readonly double[] PValues = [0.01, 0.04, double.NaN, 0.03, 0.005, 0.2];

    // By hand, m = 5: 5 x .005, 4 x .01, 3 x .03, max(2 x .04, .09), .2.
    [Fact]
    public void Holm_steps_down() => AssertEqual([0.04, 0.09, double.NaN, 0.09, 0.025, 0.2], MultipleTests.Holm(PValues));

    // By hand: .005 x 5/1, .01 x 5/2, .03 x 5/3, .04 x 5/4, .2.
    [Fact]
    public void Benjamini_and_Hochberg_step_up() =>
        AssertEqual([0.025, 0.05, double.NaN, 0.05, 0.025, 0.2], MultipleTests.BenjaminiHochberg(PValues));

    [Fact]
    public void Corrected_values_stay_within_1_and_nonsense_is_refused()
    {
        Assert.Equal([1, 1], MultipleTests.Holm([0.7, 0.9]));
        Assert.Equal([0.9, 0.9], MultipleTests.BenjaminiHochberg([0.9, 0.7]));
        Assert.Throws<ArgumentException>(() => MultipleTests.Holm([1.5]));
    }

    private static void AssertEqual(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], actual[k], 1e-12);
    }
}
