using FastCore.Autonomy.LatentMap;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections.LatentMap;

/// <summary>Clusters of the joint map, and every quantity over clusters and true classes.</summary>
internal static class ClusterSection
{
    private const int MostRows = 14;

    public static void Write(HtmlPage page, LatentMapRecord record)
    {
        if (record.Analysis is not { } analysis)
            return;
        page.Section("Clusters", "Pairs that stand together in the map, both codes taken together: a mixture of normal distributions, the number of components by the Bayesian information criterion.");
        if (analysis.Clusters is not { } clusters)
        {
            page.Raw("<p>There are too few pairs, or codes that do not vary: no clusters were sought.</p>");
        }
        else
        {
            page.Grid("grid-2", Figures(record, clusters));
            page.Raw(HtmlPage.Figure("What the clusters differ in", Groups(clusters.Clusters), Lead, wide: true));
        }
        if (analysis.Classes is not { } classes)
            return;
        page.Section("True classes", "The same statistics by what each place is in truth: what a perfect map would find.");
        page.Raw(HtmlPage.Figure("What the classes differ in", Groups(classes), Lead, wide: true));
    }

    private const string Lead = "median, and below it the quartiles; p by Kruskal and Wallis, corrected by Holm; δ is Cliff's of the two groups that differ most";

    private static IEnumerable<string> Figures(LatentMapRecord record, ClusterAnalysis clusters)
    {
        double[] x = [.. clusters.Criteria.Select((_, k) => k + 1.0)];
        yield return HtmlPage.Figure("How many", new Chart
        {
            Title = "Information criterion by number of components",
            X = new Axis("Components", "number"),
            Y = new Axis("BIC", "nats"),
            Series = [new LineSeries("", 0, x, [.. clusters.Criteria]), new ScatterSeries("", 0, x, [.. clusters.Criteria]) { Radius = 4 },
                new RuleSeries("taken", 1, clusters.Components, Vertical: true)],
            Width = 520,
            Height = 300,
        }.ToSvg(), "lower is better", clusters.ByMixture
            ? $"k-means with as many clusters agrees to {SiFormat.Significant(clusters.KMeansAgreement, 2)} (adjusted Rand index; 1 is the same, 0 is chance)."
            : "One normal distribution describes the map: there is no sign of clusters. The three of k-means are drawn instead, as a way to cut the map in parts.");
        if (clusters.ClassCounts.Count > 0)
        {
            var rows = clusters.ClassCounts.Select((row, c) => (IReadOnlyList<string>)[clusters.Clusters.Groups[c],
                .. row.Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
            yield return HtmlPage.Figure("Clusters and true classes",
                HtmlPage.Table(["Cluster", .. record.Table.ClassNames.Select(name => "#" + name)], rows),
                $"pairs; agreement {SiFormat.Significant(clusters.ClassAgreement, 2)} (adjusted Rand index)");
        }
        else
        {
            var rows = clusters.Clusters.Groups.Select((name, g) => (IReadOnlyList<string>)[name,
                clusters.Clusters.CountOf(g).ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            yield return HtmlPage.Figure("Sizes", HtmlPage.Table(["Cluster", "#Pairs"], rows));
        }
    }

    private static string Groups(Grouping grouping)
    {
        GroupedQuantity[] shown = [.. grouping.Quantities.OrderBy(q => double.IsNaN(q.AdjustedPValue) ? 2 : q.AdjustedPValue).ThenByDescending(q =>
            Math.Abs(q.LargestDelta)).Take(MostRows)];
        string[] heads = ["Quantity", .. grouping.Groups.Select((name, g) => $"#{name} ({grouping.CountOf(g)})"), "#p", "#q", "#δ"];
        return HtmlPage.Table(heads, shown.Select(q => (IReadOnlyList<string>)
        [
            q.Quantity,
            .. q.Spreads.Select(s => s.Count == 0 ? "–" : $"{LatentMapReport.Quantity(s.Median, q.Unit)}\n{LatentMapReport.Quantity(s.LowerQuartile, q.Unit)} – {LatentMapReport.Quantity(s.UpperQuartile, q.Unit)}"),
            LatentMapReport.PValue(q.AdjustedPValue),
            LatentMapReport.PValue(q.FalseDiscoveryRate),
            double.IsFinite(q.LargestDelta) ? $"{SiFormat.Significant(q.LargestDelta, 2)}\n{grouping.Groups[q.DeltaFirst]} > {grouping.Groups[q.DeltaSecond]}" : "–",
        ]), "groups");
    }
}
