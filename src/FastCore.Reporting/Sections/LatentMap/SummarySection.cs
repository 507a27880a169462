using FastCore.Autonomy.LatentMap;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections.LatentMap;

/// <summary>What the map says in a line, its figures, and its monitors in words.</summary>
internal static class SummarySection
{
    /// <summary>The strongest link between structure and transport that stands; else what was done.</summary>
    public static string Title(LatentMapRecord record)
    {
        string pairs = $"{record.Table.Count} pairs of patch and curve in one map";
        CodeCorrelation? link = record.Analysis?.Correlations.Where(c => c.Across && c.Stands).MaxBy(c => Math.Abs(c.Coefficient));
        return link is null ? pairs : $"{pairs}: {Words(link)}";
    }

    public static void Write(HtmlPage page, LatentMapRecord record)
    {
        PairTable table = record.Table;
        string trained = record.Cancelled ? $"training was cancelled after {record.Epochs} of {record.EpochsAsked} epochs"
            : record.Epochs < record.EpochsAsked ? $"training stopped by itself after {record.Epochs} epochs" : $"{record.Epochs} epochs";
        page.Raw($"<header><h1>{HtmlPage.Escape(Title(record))}</h1><p>{HtmlPage.Escape($"{table.Source} · {record.Mode} Dual-VAE, {trained}")}</p></header>");
        var facts = new List<string>
        {
            HtmlPage.Fact(table.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), record.HeldOut.Count == 0
                ? "pairs, all trained on" : $"pairs, {record.HeldOut.Count} held out"),
            HtmlPage.Fact($"{table.PatchHeight} × {table.PatchWidth}", table.PatchChannels > 1 ? $"pixels a patch, {table.PatchChannels} channels"
                : "pixels a patch"),
            HtmlPage.Fact(table.SpectrumLength.ToString(System.Globalization.CultureInfo.InvariantCulture), table.SpectrumChannels > 1
                ? $"points a curve, {table.SpectrumChannels} channels" : "points a curve"),
        };
        if (record.History.Count > 0)
            facts.Add(HtmlPage.Fact(SiFormat.Significant(record.History[^1].Loss, 4), "loss of the last epoch, nats"));
        if (record.TrainingSeconds > 0)
            facts.Add(HtmlPage.Fact(SiFormat.Duration(record.TrainingSeconds), "training"
                + (record.Executor.Length > 0 ? " on " + record.Executor : "")));
        if (record.Analysis is { } analysis)
        {
            if (record.Monitors.FirstOrDefault(monitor => monitor.Name == "patch-to-curve error") is { } error)
                facts.Add(HtmlPage.Fact(Figure(1 - error.Value), "less error than the mean curve: curves from patches"));
            int found = analysis.Correlations.Count(c => c.Across && c.Stands);
            facts.Add(HtmlPage.Fact(found.ToString(System.Globalization.CultureInfo.InvariantCulture),
                "links across modalities at 5 % for the whole table"));
        }
        page.Raw($"<div class=\"facts\">{string.Concat(facts)}</div>");
        MapMonitor[] warnings = [.. record.Monitors.Where(m => m.IsWarning)], rest = [.. record.Monitors.Where(m => !m.IsWarning)];
        string[] sentences = [.. warnings.Select(m => m.Sentence), .. rest.Select(m => m.Sentence), .. Findings(record), .. table.Remarks];
        if (sentences.Length > 0)
        {
            page.Raw("<ul class=\"findings\">" + string.Concat(sentences.Select((s, k) =>
                $"<li{(k < warnings.Length ? " class=\"warning\"" : "")}>{HtmlPage.Escape(s)}</li>")) + "</ul>");
        }
    }

    /// <summary>A link as a phrase: "patch 1 goes with current at 0 V (ρ −0.46)".</summary>
    public static string Words(CodeCorrelation link) => $"{link.Code} goes with {link.Quantity} (ρ {SiFormat.Significant(link.Coefficient, 2)})";

    private static IEnumerable<string> Findings(LatentMapRecord record)
    {
        if (record.Analysis is not { } analysis)
            yield break;
        foreach (IGrouping<string, CodeCorrelation> code in analysis.Correlations.Where(c => c.Stands).GroupBy(c => c.Code))
        {
            CodeCorrelation[] own = [.. code.Where(c => !c.Across).OrderByDescending(c => Math.Abs(c.Coefficient)).Take(3)];
            CodeCorrelation[] across = [.. code.Where(c => c.Across).OrderByDescending(c => Math.Abs(c.Coefficient)).Take(3)];
            string sentence = own.Length == 0 ? "" : $"{Capital(code.Key)} goes with {List(own)}";
            if (across.Length > 0)
                sentence += own.Length == 0 ? $"{Capital(code.Key)} goes, across modalities, with {List(across)}"
                    : $"; across modalities with {List(across)}";
            yield return sentence + ".";
        }
        if (analysis.Correlations.Any(c => c.Across) && !analysis.Correlations.Any(c => c.Across && c.Stands))
        {
            yield return analysis.Correlations.Any(c => c.Across && double.IsFinite(c.AdjustedPValue))
                ? "No code goes with a quantity of the other modality at 5 % for the whole table, over the pairs that may be compared."
                : "No pairs were held out of the training, so that links between codes and quantities of the other modality cannot be tested.";
        }
    }

    private static string List(CodeCorrelation[] entries) => string.Join(", ",
        entries.Select(e => $"{e.Quantity} (ρ {SiFormat.Significant(e.Coefficient, 2)})"));

    private static string Figure(double share) => double.IsFinite(share) ? $"{SiFormat.Significant(100 * share, 2)} %" : "–";

    private static string Capital(string name) => name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..];
}
