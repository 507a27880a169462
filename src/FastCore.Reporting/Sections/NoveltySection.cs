using FastCore.Autonomy.Records;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections;

/// <summary>Both novelties by step, diversity and the errors of prediction.</summary>
internal static class NoveltySection
{
    public static void Write(HtmlPage page, RunReportContent content)
    {
        page.Section("How it learned", "Novelty says how unlike everything before a measurement was, in its curve and in its surroundings. A good "
            + "run keeps finding novelty after the seeds; both fall when the sample holds no more surprises.");
        if (content.Steps.Count == 0)
        {
            page.Raw("<p>Nothing was measured.</p>");
            return;
        }
        double[] x = [.. content.Steps.Select((_, k) => k + 1.0)];
        int seeds = content.Steps.Count(s => s.IsSeed);
        page.Grid("grid-3",
        [
            HtmlPage.Figure("Spectral novelty", Novelty(content, x, seeds, "Spectral novelty", s => s.SpectralNovelty, 0).ToSvg(),
                "of each accepted curve when it was measured"),
            HtmlPage.Figure("Structural novelty", Novelty(content, x, seeds, "Structural novelty", s => s.StructuralNovelty, 2).ToSvg(),
                "of the surroundings of each point"),
            HtmlPage.Figure("Diversity", Diversity(content, x, seeds).ToSvg(), "mean pairwise distance of all curves so far"),
            HtmlPage.Figure("Error of prediction", Errors(content, x, seeds).ToSvg(), "measured minus predicted novelty, one step ahead"
                + OffScale(content)),
            HtmlPage.Figure("Did the uncertainty mean anything?", Calibrated(content).ToSvg(),
                "each point's predicted deviation and its actual error" + OffScale(content)),
            HtmlPage.Figure("Classes seen", Classes(content, x, seeds).ToSvg(), content.ClassNames.Count > 0
                ? "number of structural classes hit so far" : "no true classes are known for this sample"),
        ]);
    }

    private static Chart Novelty(RunReportContent content, double[] x, int seeds, string name, Func<StepRecord, double> pick, int color)
    {
        double[] y = [.. content.Steps.Select(pick)];
        double[] mean = SpectralStatistics.RunningMean(y, 10);
        string[] notes = [.. content.Steps.Select((s, k) => $"measurement {k + 1}: {SiFormat.Significant(y[k], 3)}")];
        return new Chart
        {
            Title = name + " by measurement",
            X = new Axis("Measurement", "number"),
            Y = new Axis("Novelty", "dimensionless") { IncludeZero = true },
            Series = [.. Seeds(seeds), new ScatterSeries("each", color, x, y) { Notes = notes }, new LineSeries("mean of ten", color, x, mean)],
        };
    }

    private static Chart Diversity(RunReportContent content, double[] x, int seeds) => new()
    {
        Title = "Diversity by measurement",
        X = new Axis("Measurement", "number"),
        Y = new Axis("Distance", "dimensionless") { IncludeZero = true },
        Series = [.. Seeds(seeds), new LineSeries("", 1, x, SpectralStatistics.DiversityByStep(content.Steps)) { Width = 2.2 }],
    };

    private static Chart Errors(RunReportContent content, double[] x, int seeds)
    {
        double[] error = PredictionErrors.OneStepAhead(content.Steps);
        double[] rms = [.. SpectralStatistics.RunningMean([.. error.Select(e => e * e)], 15).Select(Math.Sqrt)];
        return new Chart
        {
            Title = "One-step-ahead error by measurement",
            X = new Axis("Measurement", "number"),
            Y = new Axis("Absolute error", "target sd") { IncludeZero = true, Maximum = Cap(error) },
            Series =
            [
                .. Seeds(seeds), new RuleSeries("predicting the mean", -1, 1),
                new ScatterSeries("each", 5, x, [.. error.Select(Math.Abs)]), new LineSeries("RMS of fifteen", 0, x, rms) { Width = 2.2 },
            ],
        };
    }

    // One surprise must not flatten all other points: the axis then ends above the bulk, and the caption counts what lies beyond.
    private static double? Cap(double[] errors)
    {
        double[] sizes = [.. errors.Where(double.IsFinite).Select(Math.Abs).Order()];
        if (sizes.Length < 10)
            return null;
        double bulk = Math.Max(1.5 * sizes[(int)(0.9 * (sizes.Length - 1))], 2);
        return sizes[^1] > 2 * bulk ? Math.Ceiling(bulk) : null;
    }

    private static string OffScale(RunReportContent content)
    {
        double[] errors = PredictionErrors.OneStepAhead(content.Steps);
        return Cap(errors) is { } cap ? $"; {errors.Count(e => Math.Abs(e) > cap)} beyond the axis" : "";
    }

    private static Chart Calibrated(RunReportContent content)
    {
        double[] error = PredictionErrors.OneStepAhead(content.Steps);
        double[] deviation = [.. content.Steps.Select(s => s.PredictedDeviation)];
        double largest = deviation.Where((d, k) => double.IsFinite(d) && double.IsFinite(error[k])).DefaultIfEmpty(1).Max();
        return new Chart
        {
            Title = "Predicted deviation against actual error",
            Description = "Points below the upper line lie within two predicted deviations.",
            X = new Axis("Predicted deviation", "target sd") { IncludeZero = true },
            Y = new Axis("Absolute error", "target sd") { IncludeZero = true, Maximum = Cap(error) },
            Series =
            [
                new BandSeries("within 2 deviations", 2, [0, largest], [0, 0], [0, 2 * largest]),
                new ScatterSeries("measurements", 0, deviation, [.. error.Select(Math.Abs)]),
            ],
        };
    }

    private static Chart Classes(RunReportContent content, double[] x, int seeds)
    {
        var seen = new HashSet<int>();
        double[] count = [.. content.Steps.Select(s =>
        {
            if (s.TrueClass >= 0)
                seen.Add(s.TrueClass);
            return content.ClassNames.Count == 0 ? double.NaN : (double)seen.Count;
        })];
        return new Chart
        {
            Title = "Structural classes seen by measurement",
            X = new Axis("Measurement", "number"),
            Y = new Axis("Classes seen", "classes")
            {
                IncludeZero = true,
                Maximum = content.ClassNames.Count > 0 ? content.ClassNames.Count + 0.5
                : null,
                Minimum = 0
            },
            Series = [.. Seeds(seeds), .. content.ClassNames.Count > 0 ? [new RuleSeries("all classes", -1, content.ClassNames.Count)]
                : Array.Empty<ChartSeries>(), new LineSeries("", 3, x, count) { Stepped = true, Width = 2.2 }],
        };
    }

    private static IEnumerable<ChartSeries> Seeds(int seeds) => seeds > 0 ? [new RuleSeries("end of seeds", -1, seeds + 0.5, Vertical: true)] : [];
}
