using System.Globalization;
using FastCore.Autonomy.LatentMap;
using FastCore.Reporting.Charts;
using FastCore.Reporting.Sections.LatentMap;

namespace FastCore.Reporting;

/// <summary>Draws a latent map as one HTML file that needs no network: training, both codes, both manifolds, the map over the image, and what the
/// codes go with.</summary>
public static class LatentMapReport
{
    /// <summary>The report as HTML text (well-formed XML). Every part of <paramref name="record"/> but the codes may be empty.</summary>
    public static string Render(LatentMapRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var page = new HtmlPage();
        SummarySection.Write(page, record);
        TrainingSection.Write(page, record);
        JointMapSection.Write(page, record);
        ManifoldSection.Write(page, record);
        ImageSection.Write(page, record);
        CorrelationSection.Write(page, record);
        ClusterSection.Write(page, record);
        BaselineSection.Write(page, record);
        page.Section("How it was trained", "What the model and its training were.");
        IReadOnlyList<string>[] rows = [.. record.Options.Select(o => (IReadOnlyList<string>)[o.Key, o.Value])];
        page.Grid("grid-2", rows.Chunk(Math.Max((rows.Length + 1) / 2, 1)).Select(part => HtmlPage.Table(["", ""], part, "plan")));
        page.Raw("<footer>FastCore latent map. Everything is in this file; latent.npz beside it holds codes, manifolds and maps.</footer>");
        return page.Finish(SummarySection.Title(record));
    }

    /// <summary>A quantity in its unit; a plain number where it is dimensionless.</summary>
    internal static string Quantity(double value, string unit) =>
        !double.IsFinite(value) ? "–" : unit.Length == 0 ? SiFormat.Significant(value, 3) : SiFormat.Quantity(value, unit);

    /// <summary>p as people print it: no false precision, and a bound where no permutation was as strong.</summary>
    internal static string PValue(double value) => !double.IsFinite(value) ? "–" : value < 0.001 ? "< 0.001"
        : value.ToString(value < 0.095 ? "0.###" : "0.##", CultureInfo.InvariantCulture);

    /// <summary>Unit of an axis: dimensionless has a name.</summary>
    internal static string AxisUnit(string unit) => unit.Length == 0 ? "dimensionless" : unit;
}
