using FastCore.Autonomy.Records;
using FastCore.Reporting.Sections;

namespace FastCore.Reporting;

/// <summary>Draws a run as one HTML file that needs no network: charts are inline SVG, images are embedded PNG, styles follow light, dark and
/// paper.</summary>
public static class RunReport
{
    /// <summary>The report of a run as HTML text.</summary>
    public static string Render(RunRecord run) => Render(RunReportContent.From(run));

    /// <summary>The report as HTML text (well-formed XML). Every part of <paramref name="content"/> may be empty.</summary>
    public static string Render(RunReportContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var page = new HtmlPage();
        var groups = new Groups(content);
        HeadlineSection.Write(page, content);
        MapSection.Write(page, content, groups);
        CurveGallery.Write(page, content, groups);
        NoveltySection.Write(page, content);
        SurrogateSection.Write(page, content);
        TimingSection.Write(page, content);
        page.Section("The plan", "What was asked for. The file plan.json in the same folder repeats the run.");
        int half = (content.Plan.Count + 1) / 2;
        IReadOnlyList<string>[] rows = [.. content.Plan.Select(p => (IReadOnlyList<string>)[p.Key, p.Value])];
        page.Grid("grid-2", rows.Chunk(Math.Max(half, 1)).Select(part => HtmlPage.Table(["", ""], part, "plan")));
        page.Raw("<footer>FastCore run report. Everything is in this file; the journal beside it holds the measured values.</footer>");
        return page.Finish(HeadlineSection.Title(content));
    }
}
