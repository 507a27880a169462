using System.Globalization;
using FastCore.Microscopy.Photovoltaics;
using FastCore.Microscopy.Tests.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Photovoltaics;

public class JvAnalysisTests
{
    private static readonly SingleDiode Cell = new(240, 1e-12, 1.4, 1.2e-4, .2);

    private static string Shared(params string[] parts)
    {
        string? path = SharedFolder.File(["data", .. parts]);
        Assert.SkipWhen(path is null, SharedFolder.SkipReason);
        return path;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static double[] Steps(double from, double to, int count) => [.. Enumerable.Range(0, count).Select(k => from + ((to - from) * k / (count - 1)))];

    private static JvCurve Curve(string name, double[] volts, Func<double, double> density) => new(name, volts, Array.ConvertAll(volts, v => density(v)));

    // Relative to the value that the file states.
    private static void Agrees(double written, double? computed, double digits) => Assert.Equal(written, computed!.Value, Math.Abs(written) * digits);

    [Fact]
    public void Hzb_table_gives_what_its_program_wrote()
    {
        IReadOnlyList<JvCurve> curves = JvTextFile.Read(Shared("nomad-hzb+nomad-hysprint", "HZB_MiGo_20230913_Batch-Test-1_0_0.notessfdsf.jv.txt"));
        Assert.Equal(6, curves.Count);
        foreach (JvCurve curve in curves)
        {
            JvParameters mine = JvAnalysis.Of(curve, new JvOptions { Convention = JvConvention.Interpolated });
            double Written(string key) => Number(curve.Reported[key]);
            // Half a unit in the fifth significant digit is 5e-6 of the value at worst; the differences are below 4e-7.
            Agrees(-Written("J_sc [mA/cm2]") * 10, mine.ShortCircuitAmperesPerSquareMetre, 4e-7);
            Agrees(Written("V_oc [V]"), mine.OpenCircuitVolts, 5e-7);
            Agrees(Written("Fill factor [pct.]") / 100, mine.FillFactor, 4e-7);
            Agrees(Written("P_MPP [mW/cm2]") * 10, mine.MaximumPowerWattsPerSquareMetre, 4e-7);
            Agrees(-Written("J_MPP [mA/cm2]") * 10, mine.MaximumPowerAmperesPerSquareMetre, 4e-7);
            Agrees(Written("U_MPP [V]"), mine.MaximumPowerVolts, 1e-12);
            // kOhm cm2 under the title Ohmcm2; six decimals are four digits.
            Assert.Equal(Written("R_ser [Ohmcm2]"), mine.SeriesOhmSquareMetres!.Value * 10, .6e-6);
            // The table rounds J to 1e-5 mA/cm2: over the ten samples within .1 V the slope is off by at most 5e-6 sum|v| / sum v^2 = 7.6e-5 mA/cm2/V.
            double slope = .1 / mine.ShuntOhmSquareMetres!.Value, written = 1 / Written("R_par [Ohmcm2]");
            Assert.Equal(written, slope, 7.6e-5);
            // "Efficiency" of the file is no figure of these samples (20.2 to four curves of 20.7 to 21.4 mW/cm2 at 100 mW/cm2); P_MPP over the intensity is.
            Assert.Equal(Written("P_MPP [mW/cm2]") / 100, mine.Efficiency!.Value, 1e-7);
            Assert.Equal(JvQuality.None, mine.Quality);
            Assert.Equal((-1, 1), (mine.CurrentSign, mine.VoltageSign));
            Assert.Equal(mine.ShortCircuitAmperesPerSquareMetre!.Value * 1.6e-5, mine.ShortCircuitAmperes!.Value, 1e-15);
            Assert.Equal(mine.SeriesOhmSquareMetres.Value / 1.6e-5, mine.SeriesOhms!.Value, 1e-9);
            JvParameters fitted = JvAnalysis.Of(curve, new JvOptions { FitDiode = true });
            Assert.InRange(fitted.FillFactor!.Value / mine.FillFactor!.Value, .998, 1.004);
            Assert.True(fitted.MaximumPowerVolts != mine.MaximumPowerVolts);
            // One diode follows the sweep to .3 % of Jsc; its R_s is less than the slope at Voc, which holds n kT/q Jsc too.
            Assert.True(fitted.Diode!.IsIdentified);
            Assert.InRange(fitted.Diode.DeviationAmperesPerSquareMetre, 0, .7);
            Assert.InRange(fitted.Diode.Ideality.Value, 1.5, 2);
            Assert.Equal(mine.OpenCircuitVolts!.Value, fitted.Diode.OpenCircuitVolts, .001);
            Assert.Equal(fitted.SeriesOhmSquareMetres!.Value, fitted.Diode.SeriesOhmSquareMetres.Value + (fitted.Diode.Model.ThermalVolts / 220),
                .1 * fitted.SeriesOhmSquareMetres.Value);
        }
        Assert.Equal(["b", "c", "f"], JvAnalysis.Pairs(curves).Select(p => p.Name));
        Assert.All(JvAnalysis.Pairs(curves), p => Assert.True(p.Forward.IsForward && !p.Reverse.IsForward && p.OfEfficiency > 0));
    }

    [Fact]
    public void Hzb_json_gives_what_its_program_wrote()
    {
        IReadOnlyList<JvCurve> curves = JvTextFile.Read(Shared("nomad-hzb+nomad-hysprint", "hzb_TestP_AA_1_c-1.1_JM261.jv.txt"));
        int living = 0;
        foreach (JvCurve curve in curves)
        {
            JvParameters mine = JvAnalysis.Of(curve, new JvOptions { Convention = JvConvention.ThreeSamples });
            double Written(string key) => Number(curve.Reported[key]);
            Agrees(-Written("J_sc") * 10, mine.ShortCircuitAmperesPerSquareMetre, 1e-9);
            Agrees(Written("R_p"), mine.ShuntOhms, 1e-9);
            if (Written("V_oc") < 0)
            {
                // Dead cells: no photocurrent.
                Assert.True(mine.Quality.HasFlag(JvQuality.NotIlluminated));
                Assert.True(mine.OpenCircuitVolts is null && mine.FillFactor is null && mine.Efficiency is null);
                continue;
            }
            Agrees(Written("R_s"), mine.SeriesOhms, 1e-9);
            Agrees(Written("V_oc"), mine.OpenCircuitVolts, 1e-9);
            Assert.True(mine.Quality.HasFlag(JvQuality.Shunted));
            // Of one sweep the file states a power that no sample has: it lies beyond Voc, where current and voltage have one sign.
            if (Written("J_Mpp") < 0)
            {
                Agrees(Written("FF"), mine.FillFactor, 1e-9);
                Agrees(Written("PjMpp") * 10, mine.MaximumPowerWattsPerSquareMetre, 1e-9);
                living++;
            }
        }
        Assert.Equal(3, living);
        // All twelve are listed by rising voltage; the names tell the direction.
        IReadOnlyList<JvHysteresis> pairs = JvAnalysis.Pairs(curves);
        Assert.Equal(6, pairs.Count);
        Assert.All(pairs, p => Assert.EndsWith("REV", p.Reverse.Name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("10R")]
    [InlineData("10R-1")]
    public void Turku_curves_give_the_reference(string device)
    {
        IReadOnlyList<JvCurve> curves = JvTextFile.Read(Shared("Rusya665+Solar_cells_measurements_plotting", device + ".csv"));
        // "10R 18": 18 mm2.
        string[] words = File.ReadAllText(Shared("Rusya665+Solar_cells_measurements_plotting", "Acive area.txt")).Trim('\uFEFF', ' ', '\n', '\r').Split(' ');
        Assert.Equal("10R", words[0]);
        double area = Number(words[1]) * 1e-6;
        var rows = Oracle.Read("turku_jv_reference.csv")!.Where(row => row["device"] == device).ToDictionary(row => row["parameter"], StringComparer.Ordinal);
        Assert.Equal(Number(rows["Active area (cm²)"]["first_column(labelled Reverse)"]) * 1e-4, area, 1e-18);
        var options = new JvOptions { Convention = JvConvention.SmallestCurrent, AreaSquareMetres = area };
        foreach ((JvCurve curve, string column) in new[] { (curves[0], "second(labelled Forward)"), (curves[1], "first_column(labelled Reverse)") })
        {
            JvParameters mine = JvAnalysis.Of(curve, options);
            double Written(string key) => Number(rows[key][column]);
            const double digits = 1e-12;
            Agrees(Written("Efficiency (%)") / 100, mine.Efficiency, digits);
            Agrees(Written("Open circuit voltage (V)"), mine.OpenCircuitVolts, digits);
            Agrees(Written("Short-circuit current density (mA/cm²)") * 10, mine.ShortCircuitAmperesPerSquareMetre, digits);
            Agrees(Written("Fill factor"), mine.FillFactor, digits);
            Agrees(Written("Maximum power (W)"), mine.MaximumPowerWatts, digits);
            Agrees(Written("Voltage at MPP (V)"), mine.MaximumPowerVolts, digits);
            Agrees(Written("Current density at MPP (mA/cm²)") * 10, mine.MaximumPowerAmperesPerSquareMetre, digits);
            Agrees(Written("Series resistance, Rs (ohm)"), mine.SeriesOhms, 1e-11);
            Agrees(Written("Shunt resistance, Rsh (ohm)"), mine.ShuntOhms, 1e-11);
            Assert.Equal(JvQuality.IrradianceAssumed, mine.Quality);
        }
        JvHysteresis pair = Assert.Single(JvAnalysis.Pairs(curves, options));
        Assert.Equal(device, pair.Name);
        Agrees(Number(rows["H-index"]["first_column(labelled Reverse)"]), pair.OfEfficiency, 1e-11);
        // The definitions of SPEC 7 differ by what the samples' distance of 10 mV and their noise allow.
        JvHysteresis fitted = Assert.Single(JvAnalysis.Pairs(curves, options with { Convention = JvConvention.Fitted }));
        Assert.Equal(pair.Reverse.OpenCircuitVolts!.Value, fitted.Reverse.OpenCircuitVolts!.Value, .003);
        Assert.Equal(pair.Reverse.Efficiency!.Value, fitted.Reverse.Efficiency!.Value, .0005);
        Assert.InRange(fitted.AtEightTenths!.Value, .02, .1);
        Assert.InRange(fitted.OfArea!.Value, 0, fitted.AtEightTenths.Value);
    }

    [Fact]
    public void Example_of_a_perovskite_cell_gives_its_efficiency()
    {
        // J = Jsc (1 - (v / Voc)^m) has FF = m (m + 1)^-(1 + 1/m); m for FF = .772 by bisection.
        double low = 1, high = 50;
        for (int i = 0; i < 100; i++)
        {
            double m = .5 * (low + high);
            (low, high) = m * Math.Pow(m + 1, -1 - (1 / m)) < .772 ? (m, high) : (low, m);
        }
        foreach (JvConvention convention in Enum.GetValues<JvConvention>())
        {
            JvCurve curve = Curve("cell", Steps(-.2, 1.3, 3001), v => v <= 0 ? 240 : 240 * (1 - Math.Pow(v / 1.1, low))) with
            {
                AreaSquareMetres = 1e-5,
                IrradianceWattsPerSquareMetre = 1000,
            };
            JvParameters figures = JvAnalysis.Of(curve, new JvOptions { Convention = convention });
            Assert.Equal(.2038, figures.Efficiency!.Value, 1e-4 * .2038);
            Assert.Equal(1.1, figures.OpenCircuitVolts!.Value, 2e-6);
            Assert.Equal(.772, figures.FillFactor!.Value, 1e-5);
            Assert.Equal(240, figures.ShortCircuitAmperesPerSquareMetre!.Value, 1e-3);
        }
    }

    [Fact]
    public void Figures_of_a_diode_curve_are_those_of_its_closed_form()
    {
        JvParameters figures = JvAnalysis.Of(Curve("x", Steps(-.2, 1.3, 301), Cell.CurrentDensity));
        double open = Cell.OpenCircuitVolts(), a = Cell.ThermalVolts;
        Assert.Equal(open, figures.OpenCircuitVolts!.Value, 1e-4);
        Assert.Equal(Cell.CurrentDensity(0), figures.ShortCircuitAmperesPerSquareMetre!.Value, 1e-6 * 240);
        // Implicit derivative: dv/dJ = -(R_s + 1/g), g = J_0 exp(v_d/a)/a + 1/R_sh.
        double atOpen = 1 / ((1e-12 / a * Math.Exp(open / a)) + (1 / .2)), atShort = 1 / ((1e-12 / a * Math.Exp(Cell.CurrentDensity(0) * 1.2e-4 / a)) + (1 / .2));
        Assert.Equal(1.2e-4 + atOpen, figures.SeriesOhmSquareMetres!.Value, .01 * (1.2e-4 + atOpen));
        Assert.Equal(1.2e-4 + atShort, figures.ShuntOhmSquareMetres!.Value, 1e-6);
        // Golden-section search for the maximum of v J(v).
        double from = 0, to = open;
        while (to - from > 1e-9)
        {
            double left = to - (.6180339887498949 * (to - from)), right = from + (.6180339887498949 * (to - from));
            (from, to) = left * Cell.CurrentDensity(left) > right * Cell.CurrentDensity(right) ? (from, right) : (left, to);
        }
        Assert.Equal(from, figures.MaximumPowerVolts!.Value, 5e-4);
        Assert.Equal(from * Cell.CurrentDensity(from), figures.MaximumPowerWattsPerSquareMetre!.Value, 1e-5 * 200);
        Assert.Equal(JvQuality.IrradianceAssumed, figures.Quality);
    }

    [Fact]
    public void Signs_and_order_of_a_file_do_not_matter()
    {
        double[] volts = Steps(-.2, 1.3, 76);
        JvParameters plain = JvAnalysis.Of(Curve("x", volts, Cell.CurrentDensity));
        double[] backwards = [.. volts.Reverse()], turned = Array.ConvertAll(volts, v => -v);
        foreach ((JvCurve curve, int current, int voltage) in new[]
        {
            (Curve("x", volts, v => -Cell.CurrentDensity(v)), -1, 1), (Curve("x", backwards, Cell.CurrentDensity), 1, 1),
            (Curve("x", turned, v => -Cell.CurrentDensity(-v)), -1, -1), (Curve("x", turned, v => Cell.CurrentDensity(-v)), 1, -1),
        })
        {
            JvParameters other = JvAnalysis.Of(curve);
            Assert.Equal((current, voltage), (other.CurrentSign, other.VoltageSign));
            Assert.Equal((plain.Efficiency, plain.OpenCircuitVolts, plain.ShuntOhmSquareMetres, plain.SeriesOhmSquareMetres),
                (other.Efficiency, other.OpenCircuitVolts, other.ShuntOhmSquareMetres, other.SeriesOhmSquareMetres));
        }
    }

    [Fact]
    public void Hysteresis_indices_are_those_of_their_integrals()
    {
        // Parabolas c (1 - (v / V)^2): their integral to e is c (e - e^3 / 3 V^2).
        double[] volts = Steps(-.1, 1.2, 2601);
        JvCurve forward = Curve("cell_3 for", volts, v => 200 * (1 - (v * v))), reverse = Curve("cell_3 rev", [.. volts.Reverse()], v => 220 * (1 - (v * v / 1.21)));
        JvHysteresis pair = Assert.Single(JvAnalysis.Pairs([reverse, forward], new JvOptions { AreaSquareMetres = 1e-5 }));
        Assert.Equal("cell_3", pair.Name);
        double ahead = 200 * 2.0 / 3, back = 220 * (1 - (1 / 3.63));
        Assert.Equal((back - ahead) / (back + ahead), pair.OfArea!.Value, 1e-6);
        double place = .88, f = 200 * (1 - (place * place)), r = 220 * (1 - .64);
        Assert.Equal((r - f) / r, pair.AtEightTenths!.Value, 1e-6);
        // The maximum of c v (1 - v^2 / V^2) is 2 c V / (3 sqrt 3).
        Assert.Equal(1 - (200 / (220 * 1.1)), pair.OfEfficiency!.Value, 1e-6);
        JvHysteresis inverted = JvHysteresis.Of("x", pair.Reverse, pair.Forward);
        Assert.True(inverted.OfArea < 0 && inverted.AtEightTenths < 0 && inverted.OfEfficiency < 0);
        Assert.Equal(-pair.OfArea!.Value, inverted.OfArea!.Value, 1e-12);
    }

    [Fact]
    public void What_a_curve_does_not_define_is_flagged_and_absent()
    {
        double[] volts = Steps(-.2, 1.3, 76);
        JvParameters dark = JvAnalysis.Of(Curve("x", volts, (Cell with { PhotocurrentAmperesPerSquareMetre = 0 }).CurrentDensity));
        Assert.Equal((JvQuality.NotIlluminated | JvQuality.IrradianceAssumed, null, null), (dark.Quality, dark.Efficiency, dark.OpenCircuitVolts));
        JvParameters cut = JvAnalysis.Of(Curve("x", Steps(-.2, .5, 40), Cell.CurrentDensity));
        Assert.Equal(JvQuality.NoZeroCrossing | JvQuality.PowerStillRising | JvQuality.IrradianceAssumed, cut.Quality);
        Assert.True(cut.Efficiency is null && cut.FillFactor is null && cut.ShortCircuitAmperesPerSquareMetre > 230);
        JvParameters late = JvAnalysis.Of(Curve("x", Steps(.3, 1.3, 40), Cell.CurrentDensity));
        Assert.Equal(JvQuality.NoZeroVolts | JvQuality.IrradianceAssumed, late.Quality);
        Assert.True(late.FillFactor is null && late.ShortCircuitAmperesPerSquareMetre is null && late.Efficiency > .15);
        JvParameters clipped = JvAnalysis.Of(Curve("x", volts, v => Math.Max(Cell.CurrentDensity(v), -100)));
        Assert.Equal(JvQuality.Clipped | JvQuality.IrradianceAssumed, clipped.Quality);
        JvParameters shunted = JvAnalysis.Of(Curve("x", volts, (Cell with { ShuntOhmSquareMetres = .008 }).CurrentDensity));
        Assert.Equal(JvQuality.Shunted | JvQuality.IrradianceAssumed, shunted.Quality);
        Assert.Equal(JvQuality.TooFewPoints | JvQuality.IrradianceAssumed, JvAnalysis.Of(Curve("x", [0, .5, 1], Cell.CurrentDensity)).Quality);
        JvParameters whole = JvAnalysis.Of(Curve("x", volts, v => Cell.CurrentDensity(v) * 1e-5) with { IsCurrent = true });
        Assert.Equal(JvQuality.NoArea | JvQuality.IrradianceAssumed, whole.Quality);
        Assert.True(whole.Efficiency is null && whole.ShortCircuitAmperesPerSquareMetre is null && whole.SeriesOhmSquareMetres is null && whole.CurrentUnit == "A");
        JvParameters known = JvAnalysis.Of(Curve("x", volts, v => Cell.CurrentDensity(v) * 1e-5) with { IsCurrent = true, AreaSquareMetres = 1e-5 });
        Assert.Equal(whole.ShortCircuitAmperes!.Value, known.ShortCircuitAmperes!.Value, 1e-12);
        Assert.Equal(whole.SeriesOhms!.Value, known.SeriesOhms!.Value, 1e-9 * whole.SeriesOhms.Value);
        Assert.Equal(240, known.ShortCircuitAmperesPerSquareMetre!.Value, .5);
        Assert.Equal(whole.FillFactor!.Value, known.FillFactor!.Value, 1e-12);
    }

    [Fact]
    public void Bad_curves_are_refused_in_a_sentence()
    {
        double[] volts = Steps(0, 1, 11);
        string Refused(JvCurve curve, JvOptions? options = null) => Assert.ThrowsAny<ArgumentException>(() => JvAnalysis.Of(curve, options)).Message;
        Assert.Contains("x: sample 3 is not finite; cut", Refused(Curve("x", volts, v => v > .25 && v < .35 ? double.NaN : 1 - v)), StringComparison.Ordinal);
        Assert.Contains("turns back at sample 11; give there and back as two curves", Refused(Curve("x", [.. volts, .9, .8], v => 1 - v)), StringComparison.Ordinal);
        Assert.Contains("11 voltages and 2 currents", Refused(new JvCurve("x", volts, [1, 2])), StringComparison.Ordinal);
        Assert.Contains("all voltages are equal", Refused(Curve("x", new double[9], v => 1)), StringComparison.Ordinal);
        Assert.Contains("the area is 0 m2", Refused(Curve("x", volts, v => 1 - v) with { AreaSquareMetres = 0 }), StringComparison.Ordinal);
        Assert.Contains("irradiance is -1 W/m2", Refused(Curve("x", volts, v => 1 - v), new JvOptions { IrradianceWattsPerSquareMetre = -1 }), StringComparison.Ordinal);
    }

    [Fact]
    public void Stabilised_output_is_the_mean_of_the_last_half_minute()
    {
        double[] time = Steps(0, 120, 121);
        double[] power = Array.ConvertAll(time, t => t < 90 ? 50 : 200 + ((t - 105) * .1));
        StabilisedOutput output = StabilisedOutput.Of(time, power);
        Assert.Equal((31, 90d, 120d), (output.Samples, output.FromSeconds, output.ToSeconds));
        Assert.Equal(200, output.PowerWattsPerSquareMetre, 1e-9);
        Assert.Equal(.2, output.Efficiency, 1e-12);
        Assert.Equal(.1, output.DriftWattsPerSquareMetrePerSecond, 1e-9);
        // Variance of 31 equal steps: h^2 N (N + 1) / 12.
        Assert.Equal(.1 * Math.Sqrt(31 * 32 / 12.0), output.DeviationWattsPerSquareMetre, 1e-9);
        Assert.Contains("shorter than 30 s", Assert.Throws<ArgumentException>(() => StabilisedOutput.Of(time.AsSpan(0, 20), power.AsSpan(0, 20))).Message,
            StringComparison.Ordinal);
        Assert.Contains("does not rise at sample 1", Assert.Throws<ArgumentException>(() => StabilisedOutput.Of([0, 0], [1, 1])).Message, StringComparison.Ordinal);
    }
}
