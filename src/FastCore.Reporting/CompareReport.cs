using FastCore.Autonomy.Records;
using FastCore.Reporting.Charts;
using FastCore.Reporting.Sections;

namespace FastCore.Reporting;

/// <summary>Draws policies side by side as one HTML file: medians, spreads, and ratios to a reference on the same film.</summary>
public static class CompareReport
{
    /// <summary>The report as HTML text (well-formed XML).</summary>
    public static string Render(ComparisonRecord content)
    {
        ArgumentNullException.ThrowIfNull(content);
        string[] policies = [.. content.Runs.Select(r => r.Policy).Distinct()];
        int seeds = content.Runs.Select(r => r.Seed).Distinct().Count();
        var page = new HtmlPage();
        string title = Title(content, policies);
        string size = $"{policies.Length} {(policies.Length == 1 ? "policy" : "policies")} × {HeadlineSection.Count(seeds, "seed")}, "
            + $"{content.Budget} measurements each";
        string sample = content.Sample.Length > 0 ? " · " + content.Sample : "";
        page.Raw($"<header><h1>{HtmlPage.Escape(title)}</h1><p>{HtmlPage.Escape(size + sample)}</p></header>");
        if (content.Runs.Count == 0)
            return page.Raw("<p>No run was finished.</p>").Finish(title);
        page.Section("Medians", "Diversity alone can be gamed: read it together with coverage, entropy of the classes and the first finds. Ratios "
            + "compare runs on the same film.");
        page.Raw(HtmlPage.Figure("Side by side", MedianTable(content, policies), "median, and below it the lower and upper quartile", wide: true));
        string[] rare = RareClasses(content);
        page.Section("Every seed", "Boxes hold the middle half of the runs, the thick stroke is the median; each point is one run, whiskers reach "
            + "to the extremes.");
        var figures = new List<string>
        {
            Strip(content, policies, "Diversity", "Mean pairwise distance", "dimensionless", s => s.Diversity ?? double.NaN, "higher is better"),
            Strip(content, policies, "Coverage", "Kinds of curve visited", "%", s => 100 * (s.Coverage ?? double.NaN), "higher is better"),
            Strip(content, policies, "Entropy of the classes", "Class entropy", "dimensionless", s => s.ClassEntropy ?? double.NaN,
                "1 is even; higher is better"),
            Strip(content, policies, "Rare classes all seen after", "Measurements", "number", s => AllSeen(s, rare),
                "all but the commonest class; lower is better; runs that missed one are left out"),
        };
        if (policies.Contains(content.Reference) && policies.Length > 1)
            figures.Insert(0, RatioStrip(content, policies));
        figures.Add(Strip(content, policies, "Error of prediction", "One-step-ahead RMS", "target sd", s => s.PredictionError ?? double.NaN,
            "1 is no better than the mean; lower is better"));
        figures.Add(Strip(content, policies, "Rejected curves", "Rejected", "curves", s => s.Rejected, "lower is better"));
        page.Grid("grid-2", figures);
        FirstFinds(page, content, policies);
        page.Raw("<footer>FastCore comparison. compare.json beside this file holds every figure.</footer>");
        return page.Finish(title);
    }

    /// <summary>Ratios of a policy's figure to the reference's on the same seed.</summary>
    public static double[] Ratios(ComparisonRecord content, string policy, Func<RunSummary, double> pick)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(pick);
        var reference = new Dictionary<long, double>();
        foreach (ComparisonEntry run in content.Runs.Where(r => r.Policy == content.Reference))
            reference[run.Seed] = pick(run.Summary);
        return [.. content.Runs.Where(r => r.Policy == policy && reference.ContainsKey(r.Seed))
            .Select(r => pick(r.Summary) / reference[r.Seed]).Where(double.IsFinite)];
    }

    // The commonest class is hit by anything; what tells policies apart is when the others were all seen.
    private static string[] RareClasses(ComparisonRecord content)
    {
        string? commonest = content.ClassNames.MaxBy(c =>
            content.Runs.Sum(r => r.Summary.ClassCounts is { } n && n.TryGetValue(c, out int count) ? count : 0));
        return content.ClassNames.Count < 2 ? [.. content.ClassNames] : [.. content.ClassNames.Where(c => c != commonest)];
    }

    private static double AllSeen(RunSummary summary, string[] classes) =>
        summary.ClassesFound is { } found && classes.Length > 0 && classes.All(found.ContainsKey) ? classes.Max(c => found[c]) : double.NaN;

    private static string Title(ComparisonRecord content, string[] policies)
    {
        var best = policies.Where(p => p != content.Reference)
            .Select(p => (Policy: p, Ratio: SpectralStatistics.Median(Ratios(content, p, s => s.Diversity ?? double.NaN))))
            .Where(p => double.IsFinite(p.Ratio)).OrderByDescending(p => p.Ratio).FirstOrDefault();
        return best.Policy is null
            ? "Comparison of policies"
            : $"{best.Policy} reaches {SiFormat.Significant(best.Ratio, 3)} times the diversity of {content.Reference}";
    }

    private static string MedianTable(ComparisonRecord content, string[] policies)
    {
        bool ratios = policies.Contains(content.Reference);
        string[] heads = ["Policy", "#Diversity", .. ratios ? new[] { "#Ratio to " + content.Reference } : [], "#Coverage", "#Entropy",
            "#Rare classes seen", "#All after", "#Rejected", "#Decision p50"];
        var rows = new List<IReadOnlyList<string>>();
        string[] rare = RareClasses(content);
        foreach (string policy in policies)
        {
            RunSummary[] runs = [.. content.Runs.Where(r => r.Policy == policy).Select(r => r.Summary)];
            double[] seen = [.. runs.Select(s => AllSeen(s, rare))];
            int all = seen.Count(double.IsFinite);
            rows.Add(
            [
                policy,
                Spread(runs.Select(s => s.Diversity ?? double.NaN), 3),
                .. ratios ? new[] { Spread(Ratios(content, policy, s => s.Diversity ?? double.NaN), 3) } : [],
                Spread(runs.Select(s => s.Coverage ?? double.NaN), 2),
                Spread(runs.Select(s => s.ClassEntropy ?? double.NaN), 2),
                content.ClassNames.Count == 0 ? "–" : $"{all} of {runs.Length}",
                Spread(seen, 2),
                Spread(runs.Select(s => (double)s.Rejected), 2),
                SiFormat.Quantity(SpectralStatistics.Median(runs.Select(s => s.DecisionMilliseconds?.P50 ?? double.NaN)) / 1000, "s"),
            ]);
        }
        return HtmlPage.Table(heads, rows);
    }

    private static string Spread(IEnumerable<double> values, int digits)
    {
        double[] five = SeriesPainter.FiveNumbers([.. values]);
        return five.Length == 0 ? "–" : five[1] == five[3]
            ? SiFormat.Significant(five[2], digits)
            : $"{SiFormat.Significant(five[2], digits)}\n{SiFormat.Significant(five[1], digits)} – {SiFormat.Significant(five[3], digits)}";
    }

    private static string Strip(ComparisonRecord content, string[] policies, string caption, string axis, string unit, Func<RunSummary,
        double> pick, string subtitle)
    {
        double[][] groups = [.. policies.Select(p => content.Runs.Where(r => r.Policy == p).Select(r => pick(r.Summary)).ToArray())];
        string[][] notes = [.. policies.Select(p => content.Runs.Where(r => r.Policy == p)
            .Select(r => $"{p}, seed {r.Seed}: {SiFormat.Significant(pick(r.Summary), 3)}").ToArray())];
        return HtmlPage.Figure(caption, StripChart(policies, caption, new Axis(axis, unit), groups, notes, []), subtitle);
    }

    private static string RatioStrip(ComparisonRecord content, string[] policies)
    {
        double[][] groups = [.. policies.Select(p => Ratios(content, p, s => s.Diversity ?? double.NaN))];
        return HtmlPage.Figure($"Diversity as a ratio to {content.Reference}", StripChart(policies, "Ratio of diversity on the same film",
            new Axis("Ratio on the same film", "times"), groups, [], [new RuleSeries(content.Reference, -1, 1, Vertical: true)]),
                "each point is one film");
    }

    private static string StripChart(string[] policies, string title, Axis axis, double[][] groups, string[][] notes, ChartSeries[] rules)
    {
        var series = new List<ChartSeries>(rules) { new BoxSeries("", 0, groups) };
        for (int p = 0; p < groups.Length; p++)
        {
            // Points of one policy are spread over its lane by their order, the same way every time.
            double[] lane = [.. groups[p].Select((_, k) => p + (0.22 * ((k * 0.6180339887498949 % 1) - 0.5) * 2))];
            series.Add(new ScatterSeries("", 1, groups[p], lane) { Radius = 2.3, Notes = p < notes.Length ? notes[p] : null });
        }
        return new Chart
        {
            Title = title,
            X = axis,
            Y = new Axis("Policy", "name") { Categories = policies },
            Series = series,
            Width = 520,
            Height = 70 + (Math.Max(policies.Length, 1) * 40),
        }.ToSvg();
    }

    private static void FirstFinds(HtmlPage page, ComparisonRecord content, string[] policies)
    {
        if (content.ClassNames.Count == 0)
            return;
        page.Section("First finds", "Measurement at which each structural class was hit first, and in how many runs it was hit at all.");
        page.Grid("grid-2", content.ClassNames.Select(name =>
        {
            double[][] groups = [.. policies.Select(p => content.Runs.Where(r => r.Policy == p)
                .Select(r => r.Summary.ClassesFound is { } f && f.TryGetValue(name, out int at) ? at : double.NaN).ToArray())];
            string[][] notes = [.. policies.Select(p => content.Runs.Where(r => r.Policy == p).Select(r => $"{p}, seed {r.Seed}").ToArray())];
            string[] missed = [.. policies.Select((p, k) => (Policy: p, Hits: groups[k].Count(double.IsFinite), All: groups[k].Length))
                .Where(h => h.Hits < h.All).Select(h => $"{h.Policy} {h.Hits} of {h.All}")];
            return HtmlPage.Figure(name, StripChart(policies, $"First hit of {name}", new Axis("First hit", "measurement") { Minimum = 0 }, groups,
                notes, []), missed.Length == 0 ? "hit in every run" : "hit in every run, except: " + string.Join(", ", missed));
        }));
    }
}
