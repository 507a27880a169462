using System.Globalization;
using FastCore.Autonomy.Records;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections;

/// <summary>The first screen: what was found, in words and a handful of figures.</summary>
internal static class HeadlineSection
{
    public static string Title(RunReportContent content)
    {
        RunSummary s = content.Summary;
        string points = Count(s.Measured, "measurement");
        if (s.Status == RunStatus.Faulted)
            return $"The run stopped after {points}: the instrument failed";
        if (s.Status == RunStatus.Cancelled)
            return $"The run was cancelled after {points}";
        if (s.ClassesFound is { } found && content.ClassNames.Count > 0)
        {
            // Open and jumping contacts are found too, but they are no structure of the sample.
            int all = content.ClassNames.Count, seen = content.ClassNames.Count(found.ContainsKey);
            return seen == all
                ? $"{s.Policy} saw all {all} structural classes within {content.ClassNames.Max(name => found[name])} of {points}"
                : $"{s.Policy} saw {seen} of {all} structural classes in {points}";
        }
        return $"{s.Policy} took {points} on {s.Instrument}";
    }

    public static void Write(HtmlPage page, RunReportContent content)
    {
        RunSummary s = content.Summary;
        string sample = $"Autonomous conductive AFM · {s.Instrument} · seed {s.Seed} · {s.Executor}";
        page.Raw($"<header><h1>{HtmlPage.Escape(Title(content))}</h1><p>{HtmlPage.Escape(sample)}</p></header>");
        var facts = new List<string>
        {
            HtmlPage.Fact(s.Status switch { RunStatus.Done => "done", RunStatus.Cancelled => "cancelled", _ => "faulted" }, "status",
                s.Status == RunStatus.Done ? "good" : "bad"),
            HtmlPage.Fact(content.Budget > 0 && content.Budget != s.Measured ? $"{s.Measured} of {content.Budget}" : N(s.Measured), s.Rejected == 0
                ? "measurements, none rejected" : $"measurements, {s.Rejected} rejected"),
        };
        if (s.ClassesFound is { } found && content.ClassNames.Count > 0)
            facts.Add(HtmlPage.Fact($"{content.ClassNames.Count(found.ContainsKey)} of {content.ClassNames.Count}", "structural classes seen"));
        if (s.Diversity is { } diversity)
            facts.Add(HtmlPage.Fact(SiFormat.Significant(diversity, 3), "diversity: mean pairwise spectral distance"));
        if (s.Coverage is { } coverage)
            facts.Add(HtmlPage.Fact(Percent(coverage), "coverage: kinds of curve visited"));
        if (s.ClassEntropy is { } entropy)
            facts.Add(HtmlPage.Fact(SiFormat.Significant(entropy, 2), "class entropy; 1 is even"));
        facts.Add(HtmlPage.Fact(SiFormat.Duration(s.InstrumentSeconds), "on the instrument's clock"));
        facts.Add(HtmlPage.Fact(SiFormat.Quantity(s.DeadTimeMilliseconds / 1000, "s"), "tip waited for computing, in all"));
        page.Grid("facts", facts);
        page.Raw("<ul class=\"findings\">" + string.Concat(Findings(content).Select(f => $"<li>{HtmlPage.Escape(f)}</li>")) + "</ul>");
    }

    public static string Percent(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture) + " %";

    public static string Count(int number, string noun) => number == 1 ? $"1 {noun}" : $"{N(number)} {noun}s";

    private static string N(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> Findings(RunReportContent content)
    {
        RunSummary s = content.Summary;
        if (s.Reason.Length > 0)
            yield return $"How it ended: {s.Reason.TrimEnd('.')}.";
        foreach (string remark in content.Remarks)
            yield return $"The journal: {remark.TrimEnd('.')}.";
        if (s.ClassesFound is { Count: > 0 } found)
            yield return "First seen: " + string.Join(", ", found.OrderBy(f => f.Value).Select(f => $"{f.Key} at measurement {f.Value}")) + ".";
        if (s.ClassesFound is not null && content.ClassNames.Where(c => !s.ClassesFound.ContainsKey(c)).ToArray() is { Length: > 0 } missing)
            yield return "Not seen: " + string.Join(", ", missing) + ".";
        StepRecord[] rejected = [.. content.Steps.Where(r => !r.Accepted)];
        if (rejected.Length > 0)
        {
            yield return $"{rejected.Length} of {Count(content.Steps.Count, "curve")} {(rejected.Length == 1 ? "was" : "were")} rejected by the "
                + $"quality gate: "
                + string.Join(", ", rejected.GroupBy(r => QualityWords.Short(r.Quality)).OrderByDescending(g => g.Count())
                    .Select(g => $"{g.Count()} {g.Key}")) + ".";
        }
        if (content.Models.Count > 0)
        {
            IGrouping<string, ModelRecord> favourite = content.Models.GroupBy(m => m.Member).MaxBy(g => g.Count())!;
            string sentence = $"The surrogate {favourite.Key} was chosen in {favourite.Count()} of {Count(content.Models.Count, "training")}";
            if (s.Calibration is { Count: >= 2 } calibration && double.IsFinite(calibration[1]))
                sentence += $"; its 90 % intervals held {Percent(calibration[1])} of the next measurements";
            yield return sentence + ".";
        }
        if (s.PredictionError is { } error && double.IsFinite(error))
        {
            yield return $"Predictions one step ahead err by {SiFormat.Significant(error, 2)} standard deviations of the target "
                + (error < 1 ? "(1 would be no better than the mean)."
                    : "(no better than predicting the mean: the choice of points rests on the uncertainty and on structure).");
        }
        if (s.InstrumentSeconds > 0 && double.IsFinite(s.DeadTimeMilliseconds))
        {
            double share = s.DeadTimeMilliseconds / 1000 / s.InstrumentSeconds;
            yield return $"The tip waited {SiFormat.Quantity(s.DeadTimeMilliseconds / 1000, "s")} for computing, "
                + $"{(share < 0.001 ? "less than 0.1 %" : $"{SiFormat.Significant(100 * share, 2)} %")} of the instrument's time.";
        }
    }
}
