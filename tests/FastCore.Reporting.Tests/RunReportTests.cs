using System.Text.RegularExpressions;
using System.Xml.Linq;
using FastCore.Autonomy.Records;
using Xunit;

namespace FastCore.Reporting.Tests;

public sealed partial class RunReportTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static TheoryData<string> Cases => ["full", "no truth", "no models", "empty", "one step", "all rejected", "nan maps", "faulted without "
        + "image"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_run_gives_well_formed_html_without_network(string name)
    {
        string html = RunReport.Render(Case(name));
        XDocument document = Parse(html);
        Assert.DoesNotMatch(External(), html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        Assert.DoesNotContain("NaN\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", html, StringComparison.Ordinal);
        foreach (XElement image in document.Descendants(Svg + "image"))
            Assert.StartsWith("data:image/png;base64,", image.Attribute("href")!.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(document.Descendants(), e => e.Name.LocalName is "script" or "link" or "iframe");
        Keep("run-" + name.Replace(' ', '-'), html);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_chart_names_itself_and_its_axes_with_units(string name)
    {
        XDocument document = Parse(RunReport.Render(Case(name)));
        AssertCharts(document);
    }

    [Fact]
    public void Full_report_shows_all_that_was_asked_for()
    {
        RunReportContent content = SyntheticRun.Content();
        XDocument document = Parse(RunReport.Render(content));
        string text = document.Root!.Value;
        foreach (string wanted in (string[])["Predicted mean", "Uncertainty", "Acquisition", "Spectral novelty", "Structural novelty", "junction",
            "no contact", "Diversity", "Leave-one-out density", "Do the intervals hold?", "Dead time", "policy.spectralWeight"])
            Assert.Contains(wanted, text, StringComparison.Ordinal);
        XElement overview = document.Descendants(Svg + "svg").Single(s =>
            s.Attribute("aria-label")?.Value.StartsWith("Overview image", StringComparison.Ordinal) == true);
        Assert.Equal(content.Steps.Count, overview.Elements().Count(e => e.Element(Svg + "title") is not null));
        Assert.Equal(content.Steps.Count - 1, overview.Elements(Svg + "line").Count(e => e.Attribute("class")?.Value == "path"));
        Assert.Contains(overview.Descendants(Svg + "g"), g => g.Attribute("class")?.Value == "scale-bar");
        Assert.Contains(overview.Descendants(Svg + "g"), g => g.Attribute("class")?.Value == "color-bar");
    }

    [Fact]
    public void Text_from_outside_is_escaped()
    {
        string html = RunReport.Render(SyntheticRun.Content(12, 32, planName: "<script>alert('x')</script> & \"q\" \u0001 \ud800"));
        XDocument document = Parse(html);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("<script>alert('x')</script> & \"q\"", document.Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Rejected_curves_are_drawn_with_their_reason_and_never_more_than_twelve()
    {
        XDocument document = Parse(RunReport.Render(SyntheticRun.Content(40, 64, rejectedShare: 1)));
        XElement[] charts = [.. document.Descendants(Svg + "svg").Where(s =>
            s.Attribute("aria-label")?.Value.StartsWith("Rejected curve", StringComparison.Ordinal) == true)];
        Assert.Equal(12, charts.Length);
        Assert.Contains(charts, c => c.Attribute("aria-label")!.Value.EndsWith("too noisy", StringComparison.Ordinal)
            || c.Attribute("aria-label")!.Value.Contains("contact lost on the way back", StringComparison.Ordinal));
        Assert.Contains("No curve passed the quality gate.", document.Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Status_decides_the_headline()
    {
        RunReportContent content = SyntheticRun.Content(12, 32);
        Assert.Contains("the instrument failed", RunReport.Render(content with { Summary = content.Summary with { Status = RunStatus.Faulted } }),
            StringComparison.Ordinal);
        Assert.Contains("was cancelled after 12 measurements",
            RunReport.Render(content with { Summary = content.Summary with { Status = RunStatus.Cancelled } }), StringComparison.Ordinal);
    }

    internal static void AssertCharts(XDocument document)
    {
        XElement[] charts = [.. document.Descendants(Svg + "svg").Where(s =>
            s.Attribute("class")?.Value.StartsWith("chart", StringComparison.Ordinal) == true)];
        foreach (XElement chart in charts)
        {
            Assert.False(string.IsNullOrWhiteSpace(chart.Element(Svg + "title")?.Value));
            foreach (string axis in (string[])["axis-x", "axis-y"])
            {
                XElement group = chart.Elements(Svg + "g").Single(g => g.Attribute("class")?.Value == axis);
                string unit = group.Attribute("data-unit")!.Value;
                Assert.NotEqual("", unit);
                Assert.EndsWith($"({unit})", group.Element(Svg + "text")!.Value, StringComparison.Ordinal);
            }
        }
    }

    internal static XDocument Parse(string html)
    {
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        return XDocument.Parse(html["<!DOCTYPE html>".Length..]);
    }

    /// <summary>Leaves the file where FASTCORE_KEEP_REPORTS names a folder, so that people can look at it.</summary>
    internal static void Keep(string name, string html)
    {
        if (Environment.GetEnvironmentVariable("FASTCORE_KEEP_REPORTS") is { Length: > 0 } folder)
            File.WriteAllText(Path.Combine(folder, name + ".html"), html);
    }

    private static RunReportContent Case(string name)
    {
        RunReportContent empty = SyntheticRun.Content(0, 32);
        return name switch
        {
            "full" => SyntheticRun.Content(),
            "no truth" => SyntheticRun.Content(40, 64, truth: false),
            "no models" => SyntheticRun.Content(30, 64, models: false),
            "empty" => empty with { Overview = null, Plan = [] },
            "one step" => SyntheticRun.Content(1, 32),
            "all rejected" => SyntheticRun.Content(20, 32, rejectedShare: 1),
            "nan maps" => SyntheticRun.Content(15,
                32) with
            { Maps = [new CandidateMap("acquisition", "", 8, 8, 1, 4, 4, [.. Enumerable.Repeat(float.NaN, 16)])] },
            "faulted without image" => empty with
            {
                Overview = null,
                Summary =
                empty.Summary with { Status = RunStatus.Faulted, Reason = "the link was lost" }
            },
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
    }

    [GeneratedRegex(@"https?://|url\(|@import|src=""(?!data:)|//cdn", RegexOptions.IgnoreCase)]
    private static partial Regex External();
}
