using System.Globalization;
using System.Text;
using FastCore.Autonomy.LatentMap;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections.LatentMap;

/// <summary>What each latent direction goes with: the table of correlations, and the strongest as curves.</summary>
internal static class CorrelationSection
{
    public static void Write(HtmlPage page, LatentMapRecord record)
    {
        if (record.Analysis is not { } analysis)
            return;
        int across = analysis.Correlations.Where(c => c.Across).Select(c => c.Points).DefaultIfEmpty(0).Max();
        page.Section("From map to meaning", $"Spearman's ρ of each latent direction with what is known of each place and curve. Bold: stands at 5 % for the whole table ({analysis.Permutations} permutations, "
            + "Westfall and Young). Dashed cells compare a code with the other modality"
            + (record.HeldOut.Count > 0 ? $", over the {across} pairs at most that were held out of the training: an encoder can know its training pairs by heart." : "."));
        page.Raw($"<figure class=\"wide\"><figcaption>Correlations<small>ρ, and below it the corrected p; n where pairs lack the quantity</small></figcaption>{Table(analysis.Correlations, record)}</figure>");
        if (analysis.Dependences.Count == 0)
            return;
        page.Section("Along a direction", "How a quantity follows one latent direction while the others stay where they are (partial dependence by local linear regression), with 95 % intervals; points are "
            + "means of bins.");
        page.Grid("grid-3", analysis.Dependences.Select(Dependence));
    }

    private static string Table(IReadOnlyList<CodeCorrelation> entries, LatentMapRecord record)
    {
        string[] codes = [.. entries.Select(c => c.Code).Distinct()];
        var text = new StringBuilder("<div class=\"scroll\"><table class=\"corr\"><thead><tr><th>Quantity</th>");
        foreach (string code in codes)
            text.Append("<th class=\"n\">").Append(HtmlPage.Escape(code)).Append("</th>");
        text.Append("</tr></thead>");
        foreach (IGrouping<QuantityKind, PointQuantity> kind in record.Table.Quantities.GroupBy(q => q.Kind).OrderBy(g => g.Key))
        {
            text.Append("<tbody><tr><th colspan=\"").Append(codes.Length
                + 1).Append("\">").Append(HtmlPage.Escape(Heading(kind.Key))).Append("</th></tr>");
            foreach (PointQuantity quantity in kind)
            {
                text.Append("<tr><td>").Append(HtmlPage.Escape(quantity.Name)).Append("<small>").Append(HtmlPage.Escape(quantity.Origin)).Append("</small></td>");
                foreach (string code in codes)
                    text.Append(Cell(entries.FirstOrDefault(c => c.Code == code && c.Quantity == quantity.Name && c.Kind == quantity.Kind),
                        record.Table.Count));
                text.Append("</tr>");
            }
            text.Append("</tbody>");
        }
        return text.Append("</table></div>").ToString();
    }

    // The tint says how strong and which way; the number says it too, and bold says whether it stands.
    internal static string Cell(CodeCorrelation? entry, int pairs)
    {
        if (entry is null || !double.IsFinite(entry.Coefficient))
            return "<td class=\"n\">–</td>";
        string tint = string.Create(CultureInfo.InvariantCulture,
            $"background:rgba({(entry.Coefficient >= 0 ? "0,114,178" : "213,94,0")},{0.55 * Math.Min(1, Math.Abs(entry.Coefficient)):0.##})");
        string rho = SiFormat.Significant(Math.Round(entry.Coefficient, 2), Math.Abs(entry.Coefficient) < 0.095 ? 1 : 2);
        string points = entry.Points < pairs && !entry.Across ? $", n {entry.Points}" : "";
        return $"<td class=\"n{(entry.Across ? " across" : "")}\" style=\"{tint}\">{(entry.Stands ? $"<b>{rho}</b>" : rho)}"
            + $"<small>{HtmlPage.Escape(double.IsFinite(entry.AdjustedPValue) ? "p " + LatentMapReport.PValue(entry.AdjustedPValue) + points : "no test")}</small></td>";
    }

    private static string Dependence(CodeDependence dependence)
    {
        string unit = LatentMapReport.AxisUnit(dependence.Unit);
        return HtmlPage.Figure($"{Capital(dependence.Quantity)} along {dependence.Code}", new Chart
        {
            Title = $"{Capital(dependence.Quantity)} along {dependence.Code}",
            X = new Axis(Capital(dependence.Code), "dimensionless"),
            Y = new Axis(Capital(dependence.Quantity), unit),
            Series =
            [
                new BandSeries("95 % interval", 0, dependence.Codes, dependence.Lower, dependence.Upper),
                new LineSeries("dependence", 0, dependence.Codes, dependence.Curve) { Width = 2.2 },
                .. dependence.Bins.Select(bin => new LineSeries("", 1, [bin.Centre, bin.Centre], [bin.Lower, bin.Upper]) { Width = 1.2 }),
                new ScatterSeries("bins", 1, [.. dependence.Bins.Select(bin => bin.Centre)], [.. dependence.Bins.Select(bin => bin.Mean)])
                {
                    Radius = 3.2,
                    Notes = [.. dependence.Bins.Select(bin => $"{bin.Count} pairs: {LatentMapReport.Quantity(bin.Mean, dependence.Unit)}")],
                },
            ],
        }.ToSvg(), $"{(dependence.Across ? "held-out pairs; " : "")}the codes explain {Percent(dependence.Explained)} at pairs left out",
            dependence.Confounded.Count == 0 ? "" : $"Not told apart from {string.Join(" and ", dependence.Confounded)}, which goes with it.");
    }

    private static string Percent(double share) => double.IsFinite(share) ? $"{SiFormat.Significant(100 * Math.Max(share, 0), 2)} %" : "–";

    private static string Heading(QuantityKind kind) => kind switch
    {
        QuantityKind.Structure => "Structure",
        QuantityKind.Transport => "Transport",
        _ => "From the file",
    };

    private static string Capital(string name) => name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..];
}
