using FastCore.Microscopy.Spectroscopy;
using FastCore.Reporting.Charts;
using FastCore.Reporting.Sections;

namespace FastCore.Reporting.Analysis;

/// <summary>Current-voltage curves of a probe with their quantities drawn in.</summary>
internal static class IvSection
{
    private const int Most = 12;

    public static void Write(HtmlPage page, IvPart part)
    {
        AnalysedIv[] good = [.. part.Curves.Where(curve => curve.Assessment.IsGood)];
        page.Section($"Current-voltage curves: {part.Name}", $"{good.Length} of {part.Curves.Count} curves pass the quality gate. Lines mark turn-on, the tangent's onset, "
            + "crossings of both branches and the widest opening of the loop."
            + (part.Curves.Count > Most ? $" An even choice of {Most} is drawn." : ""));
        double[] bias = part.Waveform.BiasVolts.ToArray();
        int stride = Math.Max(1, (part.Curves.Count + Most - 1) / Most);
        page.Grid(part.Curves.Count == 1 ? "grid-2" : "grid-3", part.Curves.Where((_, k) => k % stride == 0).Select(curve => Panel(part, curve, bias)));
        if (part.Curves.Count > 1)
            page.Raw(Table(part, good));
    }

    private static string Panel(IvPart part, AnalysedIv curve, double[] bias)
    {
        int turn = part.Waveform.Turnaround;
        List<ChartSeries> series = [new LineSeries("there", 0, bias[..(turn + 1)], curve.CurrentAmperes[..(turn + 1)])];
        if (part.Waveform.HasReturnBranch)
            series.Add(new LineSeries("back", 1, bias[turn..], curve.CurrentAmperes[turn..]));
        if (curve.Quantities is { } quantities)
        {
            Rule(quantities.TurnOnVolts, "turn-on", 2);
            Rule(quantities.TangentOnsetVolts, "tangent onset", 3);
            Rule(quantities.PeakOpeningVolts, "widest opening", 4);
            foreach (double crossing in quantities.CrossingVolts.Take(3))
                Rule(crossing, crossing == quantities.CrossingVolts[0] ? "crossing" : "", -1);
        }
        return HtmlPage.Figure(part.Curves.Count == 1 ? part.Name : $"Curve {curve.Index + 1}", new Chart
        {
            Title = $"Current over bias, curve {curve.Index + 1}",
            X = new Axis("Bias", "V"),
            Y = new Axis("Current", "A") { IncludeZero = true },
            Series = series,
        }.ToSvg(), curve.Assessment.IsGood ? curve.Quantities is { } q
            ? $"hysteresis index {AnalysisReport.Number(q.HysteresisIndex)}, largest current {AnalysisReport.Text(q.MaximumAmperes, "A")}" : "" : QualityWords.Reason(curve.Assessment.Quality));

        void Rule(double? at, string name, int color)
        {
            if (at is { } volts && double.IsFinite(volts))
                series.Add(new RuleSeries(name, color, volts, Vertical: true));
        }
    }

    private static string Table(IvPart part, AnalysedIv[] good)
    {
        (string Name, string Unit, Func<IvQuantities, double?> Read)[] rows =
        [
            ("hysteresis index", "", q => q.HysteresisIndex), ("widest opening", "A", q => q.PeakOpeningAmperes), ("turn-on", "V", q => q.TurnOnVolts),
            ("tangent onset", "V", q => q.TangentOnsetVolts), ("conductance at 1 V", "S", q => q.ConductanceAt1V), ("largest current", "A", q => q.MaximumAmperes),
        ];
        return HtmlPage.Table(["Quantity", "#Curves", "#Median", "#Lower quartile", "#Upper quartile"], rows.Select(row =>
        {
            double[] values = [.. good.Select(curve => curve.Quantities is { } q ? row.Read(q) : null).OfType<double>().Where(double.IsFinite)];
            double[] five = SeriesPainter.FiveNumbers(values);
            return (IReadOnlyList<string>)[row.Name, $"{values.Length}", At(2), At(1), At(3)];

            string At(int k) => five.Length == 0 ? "–" : row.Unit.Length == 0 ? AnalysisReport.Number(five[k]) : AnalysisReport.Text(five[k], row.Unit);
        }));
    }
}
