using FastCore.Autonomy.LatentMap;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections.LatentMap;

/// <summary>Loss and its parts by epoch.</summary>
internal static class TrainingSection
{
    public static void Write(HtmlPage page, LatentMapRecord record)
    {
        page.Section("Training", "Loss by epoch: how well both decoders draw (cross-entropies), how far codes are from their prior (divergences), how far the two codes of a pair "
            + "are apart. Where held-out loss turns up, the model begins to learn its pairs by heart.");
        if (record.History.Count == 0)
        {
            page.Raw("<p>No epoch was finished.</p>");
            return;
        }
        // A thousand epochs are drawn as a few hundred points; the last one is always among them.
        int stride = Math.Max(1, record.History.Count / 400);
        MapEpoch[] shown = [.. record.History.Where((e, k) => k % stride == 0 || k == record.History.Count - 1)];
        double[] x = [.. shown.Select(e => (double)e.Epoch)];
        bool heldOut = shown.Any(e => double.IsFinite(e.HeldOutLoss));
        page.Grid("grid-3",
        [
            HtmlPage.Figure("Loss", Chart("Loss by epoch", "Loss", "nats", x,
            [
                new LineSeries(heldOut ? "training" : "", 0, x, [.. shown.Select(e => e.Loss)]),
                .. heldOut ? [new LineSeries("held out", 1, x, [.. shown.Select(e => e.HeldOutLoss)]) { Dashed = true }] : Array.Empty<ChartSeries>(),
            ], false), heldOut ? "training pairs, and pairs held out" : "training pairs"),
            HtmlPage.Figure("Its parts", Chart("Parts of the loss by epoch", "Part", "nats", x,
            [
                new LineSeries("patches", 0, x, [.. shown.Select(e => e.PatchError)]),
                new LineSeries("curves", 1, x, [.. shown.Select(e => e.CurveError)]) { Dashed = true },
                new LineSeries("divergence, patches", 2, x, [.. shown.Select(e => e.PatchDivergence)]),
                new LineSeries("divergence, curves", 3, x, [.. shown.Select(e => e.CurveDivergence)]) { Dashed = true },
            ], true), "training pairs, without their weights; logarithmic"),
            HtmlPage.Figure("Distance of the two codes", Chart("Mean distance of the codes of a pair by epoch", "Distance", "dimensionless", x,
            [
                new LineSeries(heldOut ? "training" : "", 0, x, [.. shown.Select(e => e.Distance)]),
                .. heldOut ? [new LineSeries("held out", 1, x, [.. shown.Select(e => e.HeldOutDistance)]) { Dashed = true }]
                    : Array.Empty<ChartSeries>(),
            ], false), "mean |z patch − z curve| of samples; 1.13 is chance"),
        ]);
    }

    private static string Chart(string title, string name, string unit, double[] x, ChartSeries[] series, bool logarithmic) => new Chart
    {
        Title = title,
        X = new Axis("Epoch", "number"),
        // A divergence that starts near 0 must not flatten the rest.
        Y = new Axis(name, unit) { Scale = logarithmic ? AxisScale.Logarithmic : AxisScale.Linear, Minimum = logarithmic ? 0.3 : null },
        Series = series,
        Height = 290,
    }.ToSvg();
}
