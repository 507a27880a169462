using System.Text.RegularExpressions;
using System.Xml.Linq;
using FastCore.Autonomy.LatentMap;
using Xunit;

namespace FastCore.Reporting.Tests;

public sealed partial class LatentMapReportTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static TheoryData<string> Cases => ["full", "no image", "no truth", "one dimension", "three dimensions", "no bias", "nothing held out",
        "no analysis", "few pairs", "cancelled"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_map_gives_well_formed_html_without_network(string name)
    {
        string html = LatentMapReport.Render(Case(name));
        XDocument document = RunReportTests.Parse(html);
        RunReportTests.AssertCharts(document);
        Assert.DoesNotMatch(External(), html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", html, StringComparison.Ordinal);
        Assert.DoesNotContain(document.Descendants(), e => e.Name.LocalName is "script" or "link" or "iframe");
        RunReportTests.Keep("map-" + name.Replace(' ', '-'), html);
    }

    [Fact]
    public void The_page_shows_all_that_was_asked_for()
    {
        LatentMapRecord record = SyntheticMap.Record();
        XDocument document = RunReportTests.Parse(LatentMapReport.Render(record));
        string text = document.Root!.Value;
        foreach (string wanted in (string[])["Latent 2 of the curves has collapsed", "Loss", "The joint map", "Patches", "Curves", "Latent 1",
            "From map to meaning", "Westfall", "hysteresis index",
            "Clusters", "True classes", "Canonical", "Structure and transport without any code", "learning rate", "quality gate rejected",
                "temperature <K>"])
            Assert.Contains(wanted, text, StringComparison.Ordinal);
        // Every pair once as patch, once as curve, with a link between.
        XElement joint = Chart(document, "Codes of patches and curves with links");
        Assert.Equal(90, joint.Descendants(Svg + "circle").Count(e => e.Element(Svg + "title") is not null));
        Assert.Equal(90, joint.Descendants(Svg + "rect").Count(e => e.Element(Svg + "title") is not null));
        Assert.Equal(90, Regex.Count(joint.Descendants(Svg + "path").First(p => p.Attribute("class")?.Value == "line").Attribute("d")!.Value, "M"));
        // Eight by eight tiles, one path in each.
        XElement curves = Chart(document, "Curves that the decoder draws");
        Assert.Equal(64, curves.Descendants(Svg + "rect").Count(r => r.Attribute("class")?.Value == "tile"));
        Assert.Equal(64, curves.Descendants(Svg + "path").Count());
        Assert.Single(Chart(document, "Patches that the decoder draws").Descendants(Svg + "image"));
        // The warning comes first.
        Assert.Equal("warning", document.Descendants("li").First().Attribute("class")?.Value);
    }

    [Fact]
    public void The_table_holds_every_correlation_and_marks_those_that_stand_and_those_across()
    {
        LatentMapRecord record = SyntheticMap.Record();
        XDocument document = RunReportTests.Parse(LatentMapReport.Render(record));
        XElement table = document.Descendants("table").Single(t => t.Attribute("class")?.Value == "corr");
        XElement[] cells = [.. table.Descendants("td").Where(td => td.Attribute("class")?.Value.StartsWith('n') == true)];
        CodeCorrelation[] entries = [.. record.Analysis!.Correlations];
        Assert.Equal(entries.Length, cells.Length);
        Assert.Equal(entries.Count(c => c.Stands), cells.Count(td => td.Element("b") is not null));
        Assert.Equal(entries.Count(c => c.Across && double.IsFinite(c.Coefficient)),
            cells.Count(td => td.Attribute("class")!.Value.Contains("across", StringComparison.Ordinal)));
        Assert.Contains("curve 1 goes with height over surroundings", document.Descendants("h1").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_held_out_pairs_the_page_says_that_links_cannot_be_tested()
    {
        string text = RunReportTests.Parse(LatentMapReport.Render(Case("nothing held out"))).Root!.Value;
        Assert.Contains("cannot be tested", text, StringComparison.Ordinal);
        Assert.Contains("no test", text, StringComparison.Ordinal);
        Assert.Contains("cancelled after 17 of 500 epochs", RunReportTests.Parse(LatentMapReport.Render(Case("cancelled"))).Root!.Value,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Text_from_outside_is_escaped()
    {
        string html = LatentMapReport.Render(SyntheticMap.Record(30, name: "<script>alert('x')</script> & \"q\" \u0001"));
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("<script>alert('x')</script> & \"q\"", RunReportTests.Parse(html).Root!.Value, StringComparison.Ordinal);
    }

    private static XElement Chart(XDocument document, string title) => document.Descendants(Svg + "svg").Single(s =>
        s.Attribute("aria-label")?.Value.StartsWith(title, StringComparison.Ordinal) == true);

    private static LatentMapRecord Case(string name) => name switch
    {
        "full" => SyntheticMap.Record(),
        "no image" => SyntheticMap.Record(image: false),
        "no truth" => SyntheticMap.Record(truth: false),
        "one dimension" => SyntheticMap.Record(size: 1),
        "three dimensions" => SyntheticMap.Record(size: 3),
        "no bias" => SyntheticMap.Record(volts: false),
        "nothing held out" => SyntheticMap.Record(heldOutEvery: 0),
        "no analysis" => SyntheticMap.Record(image: false) with { Analysis = null, Manifold = null, History = [], Monitors = [] },
        "few pairs" => SyntheticMap.Record(3),
        "cancelled" => SyntheticMap.Record(40) with { Cancelled = true, Epochs = 17 },
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    [GeneratedRegex(@"https?://|url\(|@import|src=""(?!data:)|//cdn", RegexOptions.IgnoreCase)]
    private static partial Regex External();
}
