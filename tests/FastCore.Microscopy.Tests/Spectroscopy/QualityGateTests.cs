using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using Xunit;

namespace FastCore.Microscopy.Tests.Spectroscopy;

public class QualityGateTests
{
    private static readonly BiasWaveform Triangle = BiasWaveform.Triangle(new Volts(1.5), 251, new Seconds(1));
    private static readonly BiasWaveform Line = BiasWaveform.Line(new Volts(-.22), new Volts(.22), 200, new Seconds(3.2));

    [Fact]
    public void Noise_of_known_deviation_is_estimated()
    {
        double sum = 0;
        for (int k = 0; k < 40; k++)
            sum += Assess(Triangle, v => 1e-9 * v * v, 3e-12, seed: k).NoiseAmperes;
        // A robust estimate from 247 samples: 8 % per curve, 1.3 % for the mean of 40.
        Assert.Equal(3e-12, sum / 40, .12e-12);
    }

    [Fact]
    public void Good_curve_has_no_flags_and_its_displacement_is_removed()
    {
        double rate = 3 * 251.0 / 250;
        IvAssessment found = Assess(Triangle, v => .5e-9 * v * v, .5e-12, out double[] cleaned, capacitance: 4e-12);
        Assert.Equal(IvQuality.Good, found.Quality);
        Assert.True(found.IsGood);
        Assert.True(found.DisplacementRemoved);
        Assert.Equal(4e-12, found.CapacitanceFarads!.Value, .5e-12 / rate);
        Assert.Equal(.5e-9 * .36, cleaned[50], 3e-12);
        Assert.Equal(.5e-9 * .36, cleaned[200], 3e-12);
    }

    [Fact]
    public void Open_curves_are_flagged_with_and_without_noise()
    {
        Assert.True(Assess(Triangle, _ => 0, 1e-12).Quality.HasFlag(IvQuality.Open));
        Assert.True(Assess(Triangle, _ => 0, 0).Quality.HasFlag(IvQuality.Open));
        Assert.True(Assess(Triangle, _ => 3e-12, 0).Quality.HasFlag(IvQuality.Open));
        Assert.True(Assess(Line, _ => 0, 1e-12).Quality.HasFlag(IvQuality.Open));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void Three_samples_at_the_limit_are_saturation(int samples, bool saturated)
    {
        double[] current = [.. Triangle.BiasVolts.ToArray().Select(v => 9e-9 * v / 1.5)];
        for (int k = 0; k < samples; k++)
            current[125 - k] = 9.95e-9;
        IvAssessment found = new QualityGate().Assess(Triangle, current, new double[251]);
        Assert.Equal(saturated, found.Quality.HasFlag(IvQuality.Saturated));
    }

    [Fact]
    public void Fully_saturated_curve_is_saturated()
    {
        var current = new double[251];
        Array.Fill(current, 10e-9);
        Assert.True(new QualityGate().Assess(Triangle, current, new double[251]).Quality.HasFlag(IvQuality.Saturated));
    }

    [Fact]
    public void Jump_is_found_within_a_branch_and_not_at_the_turnaround()
    {
        Assert.True(Assess(Triangle, (k, v) => k < 90 ? 0 : 1e-9 * v, .5e-12).Quality.HasFlag(IvQuality.Jump));
        Assert.True(Assess(Line, (k, v) => k < 90 ? 0 : 1e-10, .5e-12).Quality.HasFlag(IvQuality.Jump));
        // Two branches of different weak current meet with a step at the turnaround: no jump, whatever its size.
        Assert.False(Assess(Triangle, (k, v) => k <= 125 ? 12e-12 : -12e-12, .3e-12).Quality.HasFlag(IvQuality.Jump));
    }

    [Fact]
    public void Lost_contact_needs_a_return_branch()
    {
        Assert.True(Assess(Triangle, (k, v) => k <= 125 ? 1e-9 * v : 0, .5e-12).Quality.HasFlag(IvQuality.Lost));
        Assert.False(Assess(Line, (k, v) => k <= 100 ? 1e-9 * v : 0, .5e-12).Quality.HasFlag(IvQuality.Lost));
    }

    [Fact]
    public void Noisy_curve_is_flagged()
    {
        Assert.Equal(IvQuality.Noisy, Assess(Triangle, v => 20e-12 * v, 2e-12).Quality & IvQuality.Noisy);
        Assert.Equal(IvQuality.Good, Assess(Triangle, v => 200e-12 * v, 2e-12).Quality);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Not_finite_curve_is_flagged_and_reports_finite_numbers(double bad)
    {
        var current = new double[251];
        current[100] = bad;
        IvAssessment found = new QualityGate().Assess(Triangle, current, new double[251]);
        Assert.Equal(IvQuality.NotFinite, found.Quality);
        Assert.Equal(0, found.NoiseAmperes);
    }

    [Fact]
    public void Offset_comes_from_the_pre_trigger_near_zero_bias_only()
    {
        double[] volts = [0, .01, -.02, .5, 0];
        double[] amperes = [5e-12, 6e-12, 4e-12, 900e-12, 5e-12];
        double[] current = [.. Triangle.BiasVolts.ToArray().Select(v => (1e-9 * v) + 5e-12)];
        var cleaned = new double[251];
        IvAssessment found = new QualityGate().Assess(Triangle, current, cleaned, volts, amperes);
        Assert.Equal(5e-12, found.OffsetAmperes, 1e-20);
        Assert.Equal(1e-9 * Triangle.BiasVolts[60], cleaned[60], 1e-18);
        Assert.Equal(0, new QualityGate().Assess(Triangle, current, cleaned).OffsetAmperes);
    }

    [Fact]
    public void Gate_allocates_nothing()
    {
        var gate = new QualityGate();
        double[] current = [.. Triangle.BiasVolts.ToArray().Select(v => 1e-9 * v)];
        var cleaned = new double[251];
        gate.Assess(Triangle, current, cleaned);
        long before = GC.GetAllocatedBytesForCurrentThread();
        gate.Assess(Triangle, current, cleaned);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new QualityGate().Assess(Triangle, new double[250], new double[251]));
        Assert.Throws<ArgumentException>(() => new QualityGate().Assess(Triangle, new double[251], new double[251], [0], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new QualityGate(new Amperes(double.NaN)));
    }

    private static IvAssessment Assess(BiasWaveform waveform, Func<double, double> current, double noise, int seed = 0) =>
        Assess(waveform, (_, v) => current(v), noise, seed);

    private static IvAssessment Assess(BiasWaveform waveform, Func<int, double, double> current, double noise, int seed = 0) =>
        Assess(waveform, current, noise, out _, 0, seed);

    private static IvAssessment Assess(BiasWaveform waveform, Func<double, double> current, double noise, out double[] cleaned, double capacitance) =>
        Assess(waveform, (_, v) => current(v), noise, out cleaned, capacitance, 0);

    private static IvAssessment Assess(
        BiasWaveform waveform, Func<int, double, double> current, double noise, out double[] cleaned, double capacitance, int seed)
    {
        var random = RandomStream.Named(seed, "gate");
        var samples = new double[waveform.Count];
        double rate = waveform.Count * (waveform.BiasVolts[1] - waveform.BiasVolts[0]) / waveform.Duration.Value;
        for (int k = 0; k < samples.Length; k++)
        {
            double sign = k < waveform.Turnaround ? 1 : k == waveform.Turnaround ? 0 : -1;
            samples[k] = current(k, waveform.BiasVolts[k]) + (noise * random.NextNormal()) + (sign * capacitance * rate);
        }
        cleaned = new double[waveform.Count];
        return new QualityGate().Assess(waveform, samples, cleaned);
    }
}
