using System.Xml.Linq;
using FastCore.Autonomy.Records;
using Xunit;

namespace FastCore.Reporting.Tests;

public sealed class CompareReportTests
{
    [Fact]
    public void Comparison_is_well_formed_and_every_chart_has_axes()
    {
        string html = CompareReport.Render(SyntheticRun.Comparison());
        XDocument document = RunReportTests.Parse(html);
        RunReportTests.AssertCharts(document);
        Assert.Contains("dual-novelty reaches", document.Root!.Value, StringComparison.Ordinal);
        RunReportTests.Keep("compare", html);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Few_runs_still_give_a_page(int seeds)
    {
        XDocument document = RunReportTests.Parse(CompareReport.Render(SyntheticRun.Comparison(seeds)));
        RunReportTests.AssertCharts(document);
    }

    [Fact]
    public void Ratios_pair_runs_of_the_same_seed()
    {
        ComparisonRecord content = SyntheticRun.Comparison(2);
        ComparisonEntry Entry(string policy, long seed, double? diversity) =>
            new(policy, seed, content.Runs[0].Summary with { Diversity = diversity });
        content = content with
        {
            Runs = [Entry("a", 1, 2), Entry("a", 2, 9), Entry("a", 3, 5), Entry("random", 2, 3), Entry("random", 1, 4),
            Entry("random", 4, 1)]
        };
        Assert.Equal([0.5, 3.0], CompareReport.Ratios(content, "a", s => s.Diversity ?? double.NaN));
    }
}
