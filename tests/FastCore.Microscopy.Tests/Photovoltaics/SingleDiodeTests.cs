using FastCore.Microscopy.Photovoltaics;
using Xunit;

namespace FastCore.Microscopy.Tests.Photovoltaics;

public class SingleDiodeTests
{
    private static double[] Volts(double from, double to, int count) => [.. Enumerable.Range(0, count).Select(k => from + ((to - from) * k / (count - 1)))];

    private static JvCurve Noisy(SingleDiode cell, double[] volts, double sigma, long seed)
    {
        var noise = RandomStream.Named(seed, "test.diode");
        return new JvCurve("x", volts, Array.ConvertAll(volts, v => cell.CurrentDensity(v) + (sigma * noise.NextNormal())));
    }

    [Fact]
    public void Lambert_function_solves_its_equation_from_underflow_to_overflow()
    {
        // scipy.special.lambertw 1.10.1 of 1, e, 10 and 1e-3; then w + ln w = x.
        Assert.Equal(.5671432904097838, LambertW.OfExponential(0), 1e-15);
        Assert.Equal(1, LambertW.OfExponential(1), 1e-15);
        Assert.Equal(1.7455280027406994, LambertW.OfExponential(Math.Log(10)), 1e-15);
        Assert.Equal(9.990014973385308e-4, LambertW.OfExponential(Math.Log(1e-3)), 1e-18);
        for (double x = -700; x < 1e6; x = x < 0 ? x * .8 + .3 : (x * 1.3) + .1)
        {
            double w = LambertW.OfExponential(x);
            Assert.Equal(x, w + Math.Log(w), 1e-14 * Math.Max(1, Math.Abs(x)));
        }
    }

    [Theory]
    [InlineData(1e-5, .05)]
    [InlineData(1e-3, 10)]
    [InlineData(1e-9, 1e3)]
    [InlineData(0, 1)]
    [InlineData(2e-4, double.PositiveInfinity)]
    public void Closed_forms_solve_the_implicit_equation(double series, double shunt)
    {
        var cell = new SingleDiode(240, 1e-14, 1.3, series, shunt);
        for (double v = -1; v < 1.4; v += .05)
        {
            double j = cell.CurrentDensity(v), junction = v + (j * series);
            double right = 240 - (1e-14 * (Math.Exp(junction / cell.ThermalVolts) - 1)) - (junction / shunt);
            // An error e of J shows in the right side multiplied by R_s times the conductance.
            double gain = 1 + (series * ((1e-14 / cell.ThermalVolts * Math.Exp(junction / cell.ThermalVolts)) + (1 / shunt)));
            Assert.Equal(j, right, 1e-11 * (240 + Math.Abs(j)) * gain);
        }
        Assert.Equal(0, cell.CurrentDensity(cell.OpenCircuitVolts()), 1e-9);
        // Far forward the exponential alone overflows.
        Assert.True(series == 0 || double.IsFinite(cell.CurrentDensity(1000)));
    }

    [Fact]
    public void Known_parameters_come_back_from_a_curve_without_noise()
    {
        foreach (SingleDiode cell in new[] { new SingleDiode(240, 1e-12, 1.4, 1.2e-4, .2), new SingleDiode(118, 1e-7, 2.1, 5e-4, .12),
            new SingleDiode(220, 1e-15, 1.1, 5e-5, 2) })
        {
            JvParameters figures = JvAnalysis.Of(Noisy(cell, Volts(-.2, 1.2, 141), 0, 1), new JvOptions { FitDiode = true });
            SingleDiode found = figures.Diode!.Model;
            Assert.Equal(cell.PhotocurrentAmperesPerSquareMetre, found.PhotocurrentAmperesPerSquareMetre, 1e-5 * cell.PhotocurrentAmperesPerSquareMetre);
            Assert.Equal(Math.Log(cell.SaturationAmperesPerSquareMetre), Math.Log(found.SaturationAmperesPerSquareMetre), 1e-4);
            Assert.Equal(cell.Ideality, found.Ideality, 1e-5);
            Assert.Equal(cell.SeriesOhmSquareMetres, found.SeriesOhmSquareMetres, 1e-4 * cell.SeriesOhmSquareMetres);
            Assert.Equal(cell.ShuntOhmSquareMetres, found.ShuntOhmSquareMetres, 1e-4 * cell.ShuntOhmSquareMetres);
            Assert.Equal(cell.OpenCircuitVolts(), figures.Diode.OpenCircuitVolts, 1e-6);
            Assert.True(figures.Diode.IsIdentified);
            Assert.Equal(figures.VoltageVolts.Length, figures.Diode.FittedAmperesPerSquareMetre.Length);
        }
    }

    [Fact]
    public void Intervals_hold_the_truth_as_often_as_they_say()
    {
        var cell = new SingleDiode(240, 1e-11, 1.5, 1.5e-4, .15);
        double[] volts = Volts(-.2, 1.25, 146);
        int inside = 0;
        const int seeds = 60;
        for (int seed = 0; seed < seeds; seed++)
        {
            SingleDiodeFit fit = JvAnalysis.Of(Noisy(cell, volts, .5, seed), new JvOptions { FitDiode = true }).Diode!;
            Assert.True(fit.IsIdentified);
            Assert.InRange(fit.DeviationAmperesPerSquareMetre, .4, .6);
            inside += Holds(fit.PhotocurrentAmperesPerSquareMetre, 240) + Holds(fit.SaturationAmperesPerSquareMetre, 1e-11) + Holds(fit.Ideality, 1.5)
                + Holds(fit.SeriesOhmSquareMetres, 1.5e-4) + Holds(fit.ShuntOhmSquareMetres, .15);
        }
        // 300 intervals; those of J_0, n and R_s of one curve miss together, so that sqrt(3 * .95 * .05 / 300) = .022 is one deviation.
        Assert.InRange(inside / (5.0 * seeds), .89, .99);
    }

    private static int Holds(FittedValue value, double truth) => value.Lower95 <= truth && truth <= value.Upper95 ? 1 : 0;

    [Fact]
    public void Parameters_that_a_curve_does_not_show_have_no_interval()
    {
        // Neither leaks nor resists within the noise.
        SingleDiodeFit fit = JvAnalysis.Of(Noisy(new SingleDiode(240, 1e-12, 1.4, 1e-9, 1e4), Volts(-.1, 1.25, 100), 1, 5), new JvOptions { FitDiode = true }).Diode!;
        Assert.False(fit.ShuntOhmSquareMetres.IsIdentified);
        Assert.False(fit.SeriesOhmSquareMetres.IsIdentified);
        Assert.False(fit.IsIdentified);
        Assert.True(fit.PhotocurrentAmperesPerSquareMetre.IsIdentified && fit.Ideality.IsIdentified);
    }

    [Fact]
    public void A_curve_that_cannot_be_fitted_says_why()
    {
        var cell = new SingleDiode(240, 1e-12, 1.4, 1e-4, 1);
        JvParameters dark = JvAnalysis.Of(Noisy(cell with { PhotocurrentAmperesPerSquareMetre = 0 }, Volts(-.2, 1.2, 50), 0, 1), new JvOptions { FitDiode = true });
        Assert.True(dark.Diode is null);
        Assert.Contains("needs an illuminated sweep across both", dark.DiodeRefusal, StringComparison.Ordinal);
        Assert.Contains("7 samples for five parameters", JvAnalysis.Of(Noisy(cell, Volts(-.2, 1.2, 7), 0, 1), new JvOptions { FitDiode = true }).DiodeRefusal,
            StringComparison.Ordinal);
        Assert.Contains("give an area", JvAnalysis.Of(Noisy(cell, Volts(-.2, 1.2, 50), 0, 1) with { IsCurrent = true },
            new JvOptions { FitDiode = true }).DiodeRefusal, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SingleDiodeFit.Of(dark));
    }
}
