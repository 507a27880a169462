using FastCore.Autonomy.LatentMap;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections.LatentMap;

/// <summary>What linear models make of the same pairs, and structure against transport without any code.</summary>
internal static class BaselineSection
{
    private const int MostRows = 12;

    public static void Write(HtmlPage page, LatentMapRecord record)
    {
        if (record.Analysis is not { } analysis)
            return;
        LinearBaselines linear = analysis.Baselines;
        page.Section("Beside it: linear models", "Principal components and canonical correlations of the same patches and curves. A map that finds less than these has not learned enough.");
        var figures = new List<string>();
        var errors = new List<IReadOnlyList<string>>
        {
            new[] { "curve from patch", Share(Monitor(record, "patch-to-curve error")), Share(linear.CurveFromPatch) },
            new[] { "patch from curve", Share(Monitor(record, "curve-to-patch error")), Share(linear.PatchFromCurve) },
        };
        figures.Add(HtmlPage.Figure("Predicting one from the other", HtmlPage.Table(["Prediction", "#Dual-VAE", "#Linear"], errors),
            "error at pairs left out, as a share of that of predicting the mean",
            linear.CanonicalCorrelations.Count == 0 ? "" : "Canonical codes of patch and curve correlate by "
                + string.Join(" and ", linear.CanonicalCorrelations.Select(c => SiFormat.Significant(c, 2))) + " at pairs left out."));
        string[] methods = ["principal", "canonical"];
        CodeCorrelation[] own = [.. analysis.Correlations.Where(c => c.Across)];
        var rows = new List<(double Strength, IReadOnlyList<string> Row)>();
        foreach (PointQuantity quantity in record.Table.Quantities.Where(q => q.Kind != QuantityKind.Other))
        {
            CodeCorrelation? vae = Strongest(own, quantity);
            CodeCorrelation?[] others = [.. methods.Select(m => Strongest(linear.Correlations.Where(c =>
                c.Code.StartsWith(m, StringComparison.Ordinal)), quantity))];
            double strength = others.Append(vae).Max(c => Math.Abs(c?.Coefficient ?? 0));
            rows.Add((strength, [quantity.Name, Words(vae), .. others.Select(Words)]));
        }
        figures.Add(HtmlPage.Figure("Strongest link across modalities", HtmlPage.Table(["Quantity", "#Dual-VAE", "#Principal", "#Canonical"],
            rows.OrderByDescending(r => r.Strength).Take(MostRows).Select(r => r.Row)),
            "ρ of the other modality's best code; corrected p below. Dual-VAE: held-out pairs only; the others: all pairs, by fits that had not seen them"));
        page.Grid("grid-2", figures);
        Direct(page, analysis);
    }

    private static void Direct(HtmlPage page, CodeAnalysisRecord analysis)
    {
        if (analysis.Direct.Count == 0)
            return;
        CodeCorrelation[] standing = [.. analysis.Direct.Where(c => c.Stands).OrderByDescending(c => Math.Abs(c.Coefficient))];
        page.Raw(HtmlPage.Figure("Structure and transport without any code", standing.Length == 0
            ? "<p>No link stands at 5 % for the whole table.</p>"
            : HtmlPage.Table(["Structure", "Transport", "#ρ", "#Pairs", "#p", "#q"], standing.Take(MostRows).Select(c => (IReadOnlyList<string>)
                [c.Code, c.Quantity, SiFormat.Significant(c.Coefficient, 2), c.Points.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    LatentMapReport.PValue(c.AdjustedPValue), LatentMapReport.PValue(c.FalseDiscoveryRate)])),
            $"Spearman's ρ over all pairs; {standing.Length} of {analysis.Direct.Count} stand at 5 % for the whole table{(standing.Length > MostRows ? $", the strongest {MostRows} are shown" : "")}", wide: true));
    }

    private static CodeCorrelation? Strongest(IEnumerable<CodeCorrelation> entries, PointQuantity quantity) =>
        entries.Where(c => c.Quantity == quantity.Name && c.Kind == quantity.Kind && double.IsFinite(c.Coefficient)).MaxBy(c =>
            Math.Abs(c.Coefficient));

    private static string Words(CodeCorrelation? c) => c is null ? "–"
        : $"{SiFormat.Significant(c.Coefficient, 2)}\np {LatentMapReport.PValue(c.AdjustedPValue)}";

    private static double Monitor(LatentMapRecord record, string name) => record.Monitors.FirstOrDefault(m => m.Name == name)?.Value ?? double.NaN;

    private static string Share(double value) => double.IsFinite(value) ? $"{SiFormat.Significant(100 * value, 3)} %" : "–";
}
