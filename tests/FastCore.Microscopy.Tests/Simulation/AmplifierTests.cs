using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Units;
using Xunit;

namespace FastCore.Microscopy.Tests.Simulation;

public class AmplifierTests
{
    private static readonly Seconds OneSecond = new(1);

    [Fact]
    public void White_noise_has_the_variance_of_its_averaging_window()
    {
        var options = AmplifierOptions.Ideal with { NoiseDensity = 4e-15, BandwidthHertz = 1000 };
        double square = 0;
        const int Sweeps = 100;
        for (int k = 0; k < Sweeps; k++)
            square += Measure(options, new double[251], k).Sum(value => value * value);
        // One-sided density S through a pole of time constant t, averaged over T: S/(2T) (1 - t/T (1 - exp(-T/t))).
        double window = 1.0 / 251, pole = 1 / (2 * Math.PI * 1000);
        double expected = 16e-30 / (2 * window) * (1 - (pole / window));
        Assert.Equal(1, square / (251 * Sweeps) / expected, .04);
    }

    [Fact]
    public void Flicker_noise_has_equal_power_in_every_decade()
    {
        // Variance of one decade of S fc/f is S fc ln 10; the four processes below the averaging rate contribute nearly all of theirs.
        var options = AmplifierOptions.Ideal with { NoiseDensity = 4e-15, FlickerCornerHertz = 10_000 };
        double square = 0;
        const int Sweeps = 300;
        for (int k = 0; k < Sweeps; k++)
            square += Measure(options, new double[251], k).Sum(value => value * value) / 251;
        double decade = 16e-30 * 10_000 * Math.Log(10);
        Assert.InRange(square / Sweeps / decade, 4.5, 5.5);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(60)]
    public void Mains_is_damped_by_the_averaging_as_a_sinc(double hertz)
    {
        var options = AmplifierOptions.Ideal with { MainsAmplitude = new Amperes(2e-12), MainsHertz = hertz };
        double[] measured = Measure(options, new double[251], 3);
        double angle = Math.PI * hertz / 251;
        double expected = 2e-12 * Math.Sin(angle) / angle / Math.Sqrt(2);
        Assert.Equal(expected, Math.Sqrt(measured.Average(value => value * value)), expected * .01);
    }

    [Fact]
    public void Drift_is_one_picoampere_per_minute_and_the_pre_trigger_takes_it_out()
    {
        var options = AmplifierOptions.Ideal with { DriftAmperesPerSecond = 1e-12 / 60 };
        Assert.All(Measure(options, new double[251], 0, elapsed: 600), value => Assert.Equal(10e-12, value, 1e-15));
        Assert.All(Measure(options with { PreTrigger = new Seconds(.04) }, new double[251], 0, elapsed: 600), value => Assert.Equal(0, value, 1e-15));
    }

    [Fact]
    public void Converter_has_18_bits_over_10_nanoampere_either_way_and_clips()
    {
        var options = AmplifierOptions.Ideal with { ConverterBits = 18 };
        double step = 20e-9 / 262144;
        Assert.Equal(.0763e-12, step, 1e-16);
        var flat = new double[251];
        Array.Fill(flat, 1.4 * step);
        Assert.All(Measure(options, flat, 0), value => Assert.Equal(step, value, 1e-20));
        Array.Fill(flat, 25e-9);
        Assert.All(Measure(options, flat, 0), value => Assert.Equal(10e-9, value, 1e-15));
        Array.Fill(flat, -25e-9);
        Assert.All(Measure(options, flat, 0), value => Assert.Equal(-10e-9, value, 1e-15));
    }

    [Fact]
    public void Pole_delays_a_ramp_by_its_time_constant()
    {
        double[] ramp = [.. Enumerable.Range(0, 251).Select(k => k * 1e-12)];
        double[] measured = Measure(AmplifierOptions.Ideal with { BandwidthHertz = 1000 }, ramp, 0);
        // 1/(2 pi 1 kHz) = 0.159 ms of a 3.98 ms window, less half a converter sample that the discrete pole looks ahead.
        double lag = (ramp[200] - measured[200]) / 1e-12;
        double share = 1 - Math.Exp(-2 * Math.PI * 1000 / (251 * 40.0));
        Assert.Equal((1 - share) / share / 40, lag, 1e-4);
        Assert.Equal(.159e-3 * 251, lag, .5 / 40);
    }

    [Fact]
    public void Contact_change_takes_effect_inside_its_window()
    {
        var before = new double[251];
        var after = new double[251];
        Array.Fill(after, 1e-9);
        double[] measured = Measure(AmplifierOptions.Ideal, before, 0, after: after, changeAt: 100);
        Assert.Equal(0, measured[99], 1e-15);
        Assert.Equal(.5e-9, measured[100], .02e-9);
        Assert.Equal(1e-9, measured[101], 1e-15);
    }

    [Fact]
    public void Same_sweep_number_gives_the_same_samples()
    {
        var options = new AmplifierOptions();
        Assert.Equal(Measure(options, new double[251], 7), Measure(options, new double[251], 7));
        Assert.NotEqual(Measure(options, new double[251], 7), Measure(options, new double[251], 8));
    }

    private static double[] Measure(
        AmplifierOptions options, double[] current, long sweep, double elapsed = 0, double[]? after = null, double changeAt = double.PositiveInfinity)
    {
        var random = RandomStream.Named(5, "sweep", sweep);
        var measured = new double[current.Length];
        new Amplifier(options).Measure(current, after ?? current, changeAt, OneSecond, new Seconds(elapsed), ref random, measured);
        return measured;
    }
}
