using FastCore.Reporting.Charts;
using Xunit;

namespace FastCore.Reporting.Tests.Charts;

public sealed class TicksTests
{
    [Fact]
    public void Linear_ticks_lie_inside_are_multiples_of_a_nice_step_and_not_too_many()
    {
        var random = new Random(1);
        for (int k = 0; k < 2000; k++)
        {
            double centre = SyntheticRun.Gauss(random) * Math.Pow(10, random.Next(-12, 9));
            double width = Math.Exp(SyntheticRun.Gauss(random)) * Math.Max(Math.Abs(centre), 1e-14) * Math.Pow(10, random.Next(-4, 3));
            int most = random.Next(2, 10);
            (double[] ticks, double step) = Ticks.Linear(centre - width, centre + width, most);
            Assert.InRange(ticks.Length, 1, most + 1);
            double mantissa = step / Math.Pow(10, Math.Floor(Math.Log10(step) + 1e-9));
            Assert.Contains(Math.Round(mantissa, 6), new[] { 1.0, 2, 5 });
            Assert.All(ticks, t => Assert.InRange(t, centre - width - (1e-6 * step), centre + width + (1e-6 * step)));
            for (int j = 1; j < ticks.Length; j++)
                Assert.Equal(1, (ticks[j] - ticks[j - 1]) / step, 6);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3e-9, 3e-9)]
    [InlineData(-7, -7)]
    [InlineData(5, 1)]
    public void Empty_and_reversed_ranges_give_ticks(double minimum, double maximum)
    {
        (double[] ticks, double step) = Ticks.Linear(minimum, maximum, 5);
        Assert.True(ticks.Length >= 2);
        Assert.True(step > 0);
    }

    [Theory]
    [InlineData(0.13, 9.7, 5, 0, 10)]
    [InlineData(-0.31, 1.62, 5, -0.5, 2)]
    [InlineData(0, 60, 6, 0, 60)]
    public void Widened_ranges_end_on_steps(double minimum, double maximum, int most, double low, double high)
    {
        (double a, double b) = Ticks.Widen(minimum, maximum, most);
        Assert.Equal(low, a, 12);
        Assert.Equal(high, b, 12);
    }

    [Fact]
    public void Logarithmic_ticks_are_decades_or_one_two_five()
    {
        Assert.Equal([1e-12, 1e-11, 1e-10, 1e-9], Ticks.Logarithmic(8e-13, 2e-9, 6), (a, b) => Math.Abs((a / b) - 1) < 1e-9);
        Assert.Equal([2.0, 5, 10, 20], Ticks.Logarithmic(1.5, 30, 6), (a, b) => Math.Abs((a / b) - 1) < 1e-9);
        Assert.InRange(Ticks.Logarithmic(1e-15, 1e9, 6).Length, 2, 7);
        Assert.Throws<ArgumentOutOfRangeException>(() => Ticks.Logarithmic(0, 1, 5));
    }

    [Theory]
    [InlineData(1.234e-9, "A", "1.23 nA")]
    [InlineData(-4.5e-12, "A", "−4.50 pA")]
    [InlineData(0.0123, "V", "12.3 mV")]
    [InlineData(19.5e-9, "m", "19.5 nm")]
    [InlineData(5e-6, "m", "5.00 µm")]
    [InlineData(0.0031, "s", "3.10 ms")]
    [InlineData(143.2, "s", "143 s")]
    [InlineData(0, "A", "0 A")]
    [InlineData(87.2, "%", "87.2 %")]
    [InlineData(double.NaN, "A", "–")]
    public void Quantities_read_as_the_field_writes_them(double value, string unit, string text) =>
        Assert.Equal(text, SiFormat.Quantity(value, unit));

    [Theory]
    [InlineData(0.3, 0.1, "0.3")]
    [InlineData(2, 0.5, "2.0")]
    [InlineData(-150, 50, "−150")]
    [InlineData(1e-17, 0.1, "0")]
    public void Tick_labels_have_the_decimals_of_their_step(double value, double step, string text) => Assert.Equal(text, SiFormat.Tick(value, step));
}
