using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using Xunit;

namespace FastCore.Microscopy.Tests.Spectroscopy;

public class IvQuantitiesTests
{
    private static readonly BiasWaveform Triangle = BiasWaveform.Triangle(new Volts(1.5), 251, new Seconds(1));

    [Fact]
    public void Ohmic_loop_has_the_closed_form_values()
    {
        // Up a v, down b v: area (b-a) V^2/2, index (b-a)/(b+a) everywhere.
        IvQuantities q = Of((k, v) => (k < 125 ? 1e-9 : 2e-9) * v, 0);
        Assert.Equal(1e-9 * 1.5 * 1.5 / 2, q.LoopAreaWatts!.Value, 2e-11);
        IvQuantities exact = Of((k, v) => (k < 125 ? 1e-9 : 2e-9) * Math.Min(v, 1.488), 0);
        Assert.Equal(1 / 3.0, exact.HysteresisIndex!.Value, 5e-3);
        Assert.All(q.HysteresisIndexAt, value => Assert.Equal(1 / 3.0, value!.Value, 1e-9));
        Assert.Equal(2, q.OnOffRatio!.Value, 1e-9);
        Assert.Equal(1e-9, q.ConductanceAt1V!.Value, 1e-15);
        Assert.Equal(1e-9, q.CurrentAt1V!.Value, 1e-18);
        Assert.Equal(1, q.Nonlinearity!.Value, 1e-6);
        Assert.Equal(LoopKind.Normal, q.Loop);
        Assert.Empty(q.CrossingVolts);
        Assert.Null(q.EmfVolts);
        Assert.Equal(.024, q.TurnOnVolts!.Value, 1e-9);
    }

    [Fact]
    public void Power_law_has_its_exponent_and_slope()
    {
        IvQuantities q = Of((_, v) => 1e-9 * v * v, 0);
        Assert.Equal(2e-9, q.ConductanceAt1V!.Value, 1e-14);
        Assert.Equal(3e-9, q.ConductanceAt1V5!.Value, 1e-14);
        Assert.Equal(3e-9, q.LargestConductance!.Value, 1e-14);
        // Linear interpolation between the samples at 0.996 and 1.008 V reads v^2 high by their product of distances.
        Assert.Equal(2 / (1 + (.004 * .008)), q.Nonlinearity!.Value, 1e-9);
        // The tangent of v^2 at its end meets zero at half of it.
        Assert.Equal(.75, q.TangentOnsetVolts!.Value, 1e-4);
        Assert.Equal(0, q.HysteresisIndex!.Value, 1e-9);
        Assert.Equal(LoopKind.None, q.Loop);
    }

    [Fact]
    public void Crossing_branches_are_found_where_they_cross()
    {
        IvQuantities q = Of((k, v) => k <= 125 ? 1e-9 * v : 1e-9 * (v + (.1 * (v - .2) * (1.5 - v))), 0);
        Assert.Equal(.2, Assert.Single(q.CrossingVolts), 1e-3);
        Assert.Equal(LoopKind.Mixed, q.Loop);
        Assert.Equal(.85, q.PeakOpeningVolts!.Value, .012);
    }

    [Fact]
    public void Crossing_within_the_noise_is_none()
    {
        IvQuantities q = Of((k, v) => (1e-9 * v) + (k <= 125 ? 0 : 1e-12 * Math.Sin(40 * v)), 1e-12);
        Assert.Empty(q.CrossingVolts);
        Assert.Equal(LoopKind.None, q.Loop);
    }

    [Fact]
    public void Emf_is_the_zero_crossing_of_the_open_branch()
    {
        IvQuantities q = Of((_, v) => 1e-10 * (v - .3), 1e-13);
        Assert.Equal(.3, q.EmfVolts!.Value, 1e-6);
        Assert.Equal(-3e-11, q.CurrentAtZeroUp!.Value, 1e-18);
        Assert.Equal(-3e-11, q.CurrentAtZeroDown!.Value, 1e-18);
    }

    [Fact]
    public void Single_branch_has_no_loop_quantities_and_nothing_outside_its_bias()
    {
        BiasWaveform line = BiasWaveform.Line(new Volts(.22), new Volts(-.22), 200, new Seconds(3.2));
        IvQuantities q = IvQuantities.Of(line, [.. line.BiasVolts.ToArray().Select(v => 1e-9 * v)], 1e-13);
        Assert.Null(q.HysteresisIndex);
        Assert.Null(q.LoopAreaWatts);
        Assert.Null(q.ConductanceAt1V);
        Assert.Null(q.CurrentAt1V);
        Assert.Null(q.EmfVolts);
        Assert.Null(q.OnOffRatio);
        Assert.Equal(0, q.CurrentAtZeroUp!.Value, 1e-15);
        Assert.Equal(1e-9, q.LargestConductance!.Value, 1e-15);
        Assert.Equal(.22e-9, q.MaximumAmperes!.Value, 1e-15);
    }

    [Fact]
    public void Curve_of_zeros_gives_no_ratio_and_never_NaN()
    {
        foreach (double noise in new[] { 0, 1e-12 })
        {
            IvQuantities q = Of((_, _) => 0, noise);
            Assert.Null(q.HysteresisIndex);
            Assert.Null(q.OnOffRatio);
            Assert.Null(q.Nonlinearity);
            foreach (string name in IvQuantityName.All)
                Assert.True(IvQuantityName.Of(name, q) is not { } value || double.IsFinite(value), name);
        }
    }

    [Fact]
    public void Unknown_quantity_lists_the_known_ones()
    {
        IvQuantities q = Of((_, v) => 1e-9 * v, 0);
        Assert.Equal(1e-9, IvQuantityName.Of("current-at-1V", q)!.Value, 1e-15);
        Assert.True(IvQuantityName.IsKnown("hysteresis-index"));
        var refused = Assert.Throws<ArgumentException>(() => IvQuantityName.Of("hysteresis", q));
        Assert.Contains("hysteresis-index", refused.Message, StringComparison.Ordinal);
        Assert.Contains("turn-on", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Curve_that_is_not_finite_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Of((k, _) => k == 3 ? double.NaN : 0, 0));
        Assert.Throws<ArgumentException>(() => Of((_, _) => 0, double.NaN));
    }

    [Fact]
    public void Recorded_bias_finds_its_turnaround_and_refuses_a_second_one()
    {
        BiasWaveform same = BiasWaveform.FromSamples(Triangle.BiasVolts, new Seconds(1));
        Assert.Equal(125, same.Turnaround);
        Assert.True(same.HasReturnBranch);
        Assert.False(BiasWaveform.FromSamples([-1, 0, 1], new Seconds(1)).HasReturnBranch);
        Assert.Throws<ArgumentException>(() => BiasWaveform.FromSamples([0, 1, 0, 1], new Seconds(1)));
        Assert.Throws<ArgumentException>(() => BiasWaveform.FromSamples([1, 1, 1], new Seconds(1)));
        Assert.Throws<ArgumentException>(() => BiasWaveform.FromSamples([0, double.NaN], new Seconds(1)));
    }

    private static IvQuantities Of(Func<int, double, double> current, double noise)
    {
        var samples = new double[251];
        for (int k = 0; k < samples.Length; k++)
            samples[k] = current(k, Triangle.BiasVolts[k]);
        return IvQuantities.Of(Triangle, samples, noise);
    }
}
