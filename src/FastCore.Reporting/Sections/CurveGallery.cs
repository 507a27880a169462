using FastCore.Autonomy.Records;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections;

/// <summary>The current-voltage curves: small multiples with shared axes, one per class or cluster, and the rejected ones with their
/// reasons.</summary>
internal static class CurveGallery
{
    private const int MostCurves = 40;
    private const int MostRejected = 12;

    public static void Write(HtmlPage page, RunReportContent content, Groups groups)
    {
        page.Section("Current-voltage curves", (groups.HasTruth ? "By the true class of the point" : "By likeness (clusters of the curves, since "
            + "no true classes are known)")
            + ". Thin lines are single sweeps, the thick line is the median at each bias; all panels share their axes.");
        StepRecord[] accepted = [.. groups.All.SelectMany(g => g.Steps), .. groups.Unknown];
        if (accepted.Length == 0)
            page.Raw("<p>No curve passed the quality gate.</p>");
        (double low, double high) = Range(accepted);
        var panels = new List<string>();
        foreach (CurveGroup group in groups.All)
        {
            if (group.Steps.Length > 0)
                panels.Add(Panel(content, group, low, high));
        }
        if (groups.Unknown.Length > 0 && groups.HasTruth)
            panels.Add(Panel(content, new CurveGroup("class unknown", 7, groups.Unknown), low, high));
        page.Grid(panels.Count is 4 or > 6 ? "grid-4" : "grid-3", panels);
        WriteMagnitudes(page, content, groups);
        WriteRejected(page, content);
    }

    private static void WriteMagnitudes(HtmlPage page, RunReportContent content, Groups groups)
    {
        CurveGroup[] filled = [.. groups.All.Where(g => g.Steps.Length > 0)];
        if (filled.Length == 0)
            return;
        double[] bias = Bias(content, filled[0].Steps[0]);
        page.Grid("grid-2",
        [
            HtmlPage.Figure("Medians together", new Chart
            {
                Title = "Median curve of each group",
                X = BiasAxis(content),
                Y = new Axis("Current", "A") { IncludeZero = true },
                Series = [.. filled.Select(g => new LineSeries(g.Name, g.Color, bias, Median(g.Steps, bias.Length)) { Width = 2 })],
                Width = 520,
                Height = 330,
            }.ToSvg(), "both branches of the sweep"),
            HtmlPage.Figure("Medians on a logarithmic scale", new Chart
            {
                Title = "Magnitude of the median current of each group",
                X = BiasAxis(content),
                Y = new Axis("Magnitude of current", "A") { Scale = AxisScale.Logarithmic },
                Series = [.. filled.Select(g =>
                    new LineSeries(g.Name, g.Color, bias, [.. Median(g.Steps, bias.Length).Select(Math.Abs)]) { Width = 2 })],
                Width = 520,
                Height = 330,
            }.ToSvg(), "dips are sign changes of the current"),
        ]);
    }

    private static void WriteRejected(HtmlPage page, RunReportContent content)
    {
        StepRecord[] rejected = [.. content.Steps.Where(s => !s.Accepted)];
        if (rejected.Length == 0)
            return;
        page.Section("Rejected curves", "The quality gate kept these out of the spectral model; their positions still count as visited."
            + (rejected.Length > MostRejected ? $" The first {MostRejected} of {rejected.Length} are drawn." : ""));
        page.Grid("grid-4", rejected.Take(MostRejected).Select(s => HtmlPage.Figure($"Measurement {s.Step + 1}", new Chart
        {
            Title = $"Rejected curve of measurement {s.Step + 1}: {QualityWords.Reason(s.Quality)}",
            X = BiasAxis(content),
            Y = new Axis("Current", "A"),
            Series = [new LineSeries("", 1, Bias(content, s), s.CurrentAmperes) { Width = 1.4 }],
            Width = 330,
            Height = 215,
        }.ToSvg(), "rejected: " + QualityWords.Reason(s.Quality))));
    }

    private static string Panel(RunReportContent content, CurveGroup group, double low, double high)
    {
        double[] bias = Bias(content, group.Steps[0]);
        // An even choice when there are many: the picture says the same with less ink.
        int stride = Math.Max(1, (group.Steps.Length + MostCurves - 1) / MostCurves);
        var series = new List<ChartSeries>();
        series.AddRange(group.Steps.Where((_, k) => k % stride == 0).Select(s =>
            new LineSeries("", group.Color, bias, s.CurrentAmperes) { Width = 1, Opacity = group.Steps.Length > 8 ? 0.28 : 0.45 }));
        if (group.Steps.Length > 1)
            series.Add(new LineSeries("", group.Color, bias, Median(group.Steps, bias.Length)) { Width = 2.6 });
        double peak = SpectralStatistics.Median(group.Steps.Select(s =>
            s.CurrentAmperes.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(double.NaN).Max()));
        return HtmlPage.Figure(group.Name, new Chart
        {
            Title = $"Current-voltage curves of {group.Name}",
            X = BiasAxis(content),
            Y = new Axis("Current", "A") { Minimum = low, Maximum = high },
            Series = series,
            Width = 360,
            Height = 250,
        }.ToSvg(), $"{HeadlineSection.Count(group.Steps.Length, "curve")}, median peak {SiFormat.Quantity(peak, "A")}");
    }

    private static Axis BiasAxis(RunReportContent content) => content.BiasVolts.Length > 0 ? new Axis("Bias", "V") : new Axis("Sample", "number");

    private static double[] Bias(RunReportContent content, StepRecord step) =>
        content.BiasVolts.Length == step.CurrentAmperes.Length ? content.BiasVolts
            : [.. Enumerable.Range(0, step.CurrentAmperes.Length).Select(k => (double)k)];

    private static double[] Median(StepRecord[] steps, int count) =>
        [.. Enumerable.Range(0, count).Select(k =>
            SpectralStatistics.Median(steps.Where(s => k < s.CurrentAmperes.Length).Select(s => s.CurrentAmperes[k])))];

    private static (double Low, double High) Range(StepRecord[] steps)
    {
        double low = 0, high = 0;
        foreach (double current in steps.SelectMany(s => s.CurrentAmperes).Where(double.IsFinite))
            (low, high) = (Math.Min(low, current), Math.Max(high, current));
        if (high <= low)
            return (0, 1e-9);
        SiPrefix prefix = SiFormat.For(Math.Max(high, -low), "A");
        (low, high) = Ticks.Widen(low / prefix.Factor, high / prefix.Factor, 5);
        return (low * prefix.Factor, high * prefix.Factor);
    }
}
