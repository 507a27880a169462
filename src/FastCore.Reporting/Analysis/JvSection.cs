using FastCore.Microscopy.Photovoltaics;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Analysis;

/// <summary>Current-voltage curves of solar cells with their point of maximum power.</summary>
internal static class JvSection
{
    private const int Most = 12;

    private static readonly (JvQuality Flag, string Words)[] Warnings =
    [
        (JvQuality.TooFewPoints, "too few samples"), (JvQuality.NotIlluminated, "dark or dead"), (JvQuality.NoZeroCrossing, "no zero crossing"),
        (JvQuality.NoZeroVolts, "0 V not swept"), (JvQuality.PowerStillRising, "power still rises at the end"), (JvQuality.NoArea, "no area: use --area"),
        (JvQuality.Clipped, "clipped"), (JvQuality.Shunted, "shunted"), (JvQuality.IrradianceAssumed, "1000 W/m² assumed"),
    ];

    public static void Write(HtmlPage page, JvPart part)
    {
        page.Section($"Solar cells of {Path.GetFileName(part.Source)}", $"{part.Sweeps.Count} sweeps. Points mark the maximum power; current is photocurrent, positive at 0 V."
            + (part.Sweeps.Count > 2 * Most ? $" The first {Most} cells are drawn." : ""));
        var drawn = new HashSet<string>(StringComparer.Ordinal);
        var figures = new List<string>();
        foreach (JvHysteresis pair in part.Pairs.Take(Most))
        {
            drawn.Add(pair.Forward.Name);
            drawn.Add(pair.Reverse.Name);
            figures.Add(Panel(pair.Name, [pair.Forward, pair.Reverse], $"hysteresis index of the efficiency {AnalysisReport.Number(pair.OfEfficiency)}, "
                + $"at 0.8 Voc {AnalysisReport.Number(pair.AtEightTenths)}, of the area {AnalysisReport.Number(pair.OfArea)}"));
        }
        foreach (JvParameters sweep in part.Sweeps.Where(sweep => !drawn.Contains(sweep.Name)).Take(Math.Max(0, Most - figures.Count)))
            figures.Add(Panel(sweep.Name, [sweep], Flags(sweep)));
        page.Grid(figures.Count <= 2 ? "grid-2" : "grid-3", figures);
        page.Raw(HtmlPage.Table(["Sweep", "#Jsc", "#Voc", "#Fill factor", "#Efficiency", "#Pmax at", "#Rs", "#Rsh", "#Ideality", "Remarks"], part.Sweeps.Select(sweep => (IReadOnlyList<string>)
        [
            $"{sweep.Name}\n{(sweep.IsForward ? "forward" : "reverse")}",
            sweep.IsDensity ? sweep.ShortCircuitAmperesPerSquareMetre is { } jsc ? $"{AnalysisReport.Number(jsc / 10)} mA/cm²" : "–" : AnalysisReport.Text(sweep.ShortCircuitAmperes, "A"),
            AnalysisReport.Text(sweep.OpenCircuitVolts, "V"), AnalysisReport.Number(sweep.FillFactor),
            sweep.Efficiency is { } efficiency ? $"{AnalysisReport.Number(100 * efficiency)} %" : AnalysisReport.Text(sweep.MaximumPowerWatts, "W"),
            AnalysisReport.Text(sweep.MaximumPowerVolts, "V"),
            sweep.IsDensity ? Resistance(sweep.SeriesOhmSquareMetres) : AnalysisReport.Text(sweep.SeriesOhms, "Ω"),
            sweep.IsDensity ? Resistance(sweep.ShuntOhmSquareMetres) : AnalysisReport.Text(sweep.ShuntOhms, "Ω"),
            sweep.Diode is { } diode ? AnalysisReport.Number(diode.Model.Ideality) : "–", Flags(sweep),
        ])));
    }

    /// <summary>What a sweep's flags say, separated by commas.</summary>
    internal static string Flags(JvParameters sweep) => string.Join(", ", Warnings.Where(warning => sweep.Quality.HasFlag(warning.Flag)).Select(warning => warning.Words));

    private static string Resistance(double? ohmSquareMetres) => ohmSquareMetres is { } value ? $"{AnalysisReport.Number(value * 1e4)} Ω cm²" : "–";

    private static string Panel(string name, JvParameters[] sweeps, string subtitle)
    {
        // Densities are drawn in the field's unit.
        double scale = sweeps[0].IsDensity ? 0.1 : 1;
        List<ChartSeries> series = [];
        foreach (JvParameters sweep in sweeps)
        {
            int color = sweep.IsForward ? 0 : 1;
            series.Add(new LineSeries(sweep.IsForward ? "forward" : "reverse", color, sweep.VoltageVolts, [.. sweep.Current.Select(j => scale * j)]));
            double? power = sweep.MaximumPowerWattsPerSquareMetre ?? sweep.MaximumPowerWatts;
            if (sweep.MaximumPowerVolts is { } volts && power is { } watts && volts != 0)
                series.Add(new ScatterSeries("", color, [volts], [scale * watts / volts]) { Radius = 4.5, Marker = Marker.Diamond });
            if (sweep.Diode is { } diode)
                series.Add(new LineSeries(sweep == sweeps[0] ? "one diode" : "", 2, diode.VoltageVolts, [.. diode.FittedAmperesPerSquareMetre.Select(j => scale * j)]) { Width = 1.2, Dashed = true });
        }
        // Beyond Voc the diode's current would hide the photocurrent.
        double most = sweeps.Max(sweep => sweep.ShortCircuitAmperesPerSquareMetre ?? sweep.ShortCircuitAmperes ?? double.NaN) * scale;
        bool lit = double.IsFinite(most) && most > 0;
        return HtmlPage.Figure(name, new Chart
        {
            Title = $"Current over voltage of {name}",
            X = new Axis("Voltage", "V"),
            Y = new Axis(sweeps[0].IsDensity ? "Current density" : "Current", sweeps[0].IsDensity ? "mA/cm²" : "A")
            {
                IncludeZero = true,
                Minimum = lit ? Math.Max(sweeps.Min(sweep => sweep.Current.Min()) * scale, -0.25 * most) : null,
            },
            Series = [.. series, new RuleSeries("", -1, 0)],
        }.ToSvg(), subtitle);
    }
}
