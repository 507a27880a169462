using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Analysis;

/// <summary>Draws what was found in measured files, or in the folder of a run, as one HTML page that needs no network.</summary>
public static class AnalysisReport
{
    /// <summary>The page as HTML text (well-formed XML).</summary>
    public static string Render(IReadOnlyList<AnalysisPart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        string[] sources = [.. parts.Select(part => part.Source).Distinct()];
        string title = sources.Length == 1 ? $"What {Path.GetFileName(sources[0].TrimEnd('/'))} shows" : $"What {sources.Length} files show";
        var page = new HtmlPage();
        page.Raw($"<header><h1>{HtmlPage.Escape(title)}</h1><p>{HtmlPage.Escape(sources.Length == 1 ? sources[0] : string.Join(", ", sources.Select(Path.GetFileName)))}</p></header>");
        foreach (AnalysisPart part in parts)
        {
            switch (part)
            {
                case GrainPart grains:
                    GrainSection.Write(page, grains);
                    break;
                case IvPart curves:
                    IvSection.Write(page, curves);
                    break;
                case DecayPart decay:
                    DecaySection.Write(page, decay);
                    break;
                case JvPart cells:
                    JvSection.Write(page, cells);
                    break;
                case RunPart run:
                    ClassSection.Write(page, run);
                    break;
                default:
                    throw new ArgumentException($"There is no section for {part.GetType().Name}.", nameof(parts));
            }
            if (part.Remarks.Count > 0)
                page.Raw($"<ul class=\"findings\">{string.Concat(part.Remarks.Select(remark => $"<li>{HtmlPage.Escape(remark)}</li>"))}</ul>");
        }
        page.Raw("<footer>FastCore analysis. Everything is in this file; analysis.json beside it holds the numbers.</footer>");
        return page.Finish(title);
    }

    /// <summary>A number with its unit in three digits, a dash where there is none.</summary>
    internal static string Text(double? value, string unit) => value is { } number && double.IsFinite(number) ? SiFormat.Quantity(number, unit) : "–";

    /// <summary>A plain number in three digits, a dash where there is none.</summary>
    internal static string Number(double? value) => value is { } number && double.IsFinite(number) ? SiFormat.Significant(number, 3) : "–";
}
