using FastCore.Autonomy.Records;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections;

/// <summary>Decision, training and dead time.</summary>
internal static class TimingSection
{
    public static void Write(HtmlPage page, RunReportContent content)
    {
        page.Section("Time", "Real time that computing took. Training runs while the tip moves and sweeps; dead time is what the tip waited for "
            + "it nevertheless.");
        if (content.Steps.Count == 0)
        {
            page.Raw("<p>No step was finished.</p>");
            return;
        }
        double[] x = [.. content.Steps.Select((_, k) => k + 1.0)];
        double[] trainedOn = [.. content.Models.Select(m => (double)m.TrainedOn)];
        RunSummary s = content.Summary;
        page.Grid("grid-3",
        [
            HtmlPage.Figure("Decision", By("Time of each decision", "Measurement", "number", "Decision", x,
                [.. content.Steps.Select(r => Positive(r.DecisionMilliseconds))], 0, AxisScale.Logarithmic), Words(s.DecisionMilliseconds)),
            HtmlPage.Figure("Training", By("Time of each training", "Trained on", "measurements", "Training", trainedOn,
                [.. content.Models.Select(m => Positive(m.TrainingMilliseconds))], 1, AxisScale.Logarithmic), Words(s.TrainingMilliseconds)),
            HtmlPage.Figure("Dead time", By("Time that the tip waited", "Measurement", "number", "Waited", x,
                [.. content.Steps.Select(r => r.DeadTimeMilliseconds / 1000)], 3, AxisScale.Linear),
                $"{SiFormat.Quantity(s.DeadTimeMilliseconds / 1000, "s")} in all"),
        ]);
    }

    private static double Positive(double milliseconds) => milliseconds > 0 ? milliseconds / 1000 : double.NaN;

    private static string By(string title, string xTitle, string xUnit, string yTitle, double[] x, double[] y, int color, AxisScale scale) =>
        new Chart
        {
            Title = title,
            X = new Axis(xTitle, xUnit),
            Y = new Axis(yTitle, "s") { Scale = scale, IncludeZero = true },
            Series = [new ScatterSeries("", color, x, y)],
            Height = 230,
        }.ToSvg();

    private static string Words(Percentiles? p) =>
        p is null ? "none" : $"median {Ms(p.P50)}, 99 % within {Ms(p.P99)}, longest {Ms(p.Max)}";

    private static string Ms(double milliseconds) => SiFormat.Quantity(milliseconds / 1000, "s");
}
