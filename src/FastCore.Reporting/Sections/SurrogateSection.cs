using FastCore.Autonomy.Records;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections;

/// <summary>Which surrogate was chosen when, by what margin, and whether its intervals held.</summary>
internal static class SurrogateSection
{
    public static void Write(HtmlPage page, RunReportContent content)
    {
        page.Section("Which model was in use", "At each training every member is judged by its leave-one-out predictive density (higher is "
            + "better); the best one predicts until the next training.");
        if (content.Models.Count == 0)
        {
            page.Raw("<p>This run trained no model.</p>");
            return;
        }
        double[] x = [.. content.Models.Select(m => (double)m.TrainedOn)];
        string[] members = [.. content.Models.SelectMany(m => m.LeaveOneOutDensity.Keys.Append(m.Member)).Distinct().Order(StringComparer.Ordinal)];
        string[] chosen = [.. content.Models.GroupBy(m => m.Member).OrderByDescending(g => g.Count()).Select(g => g.Key)];
        page.Grid("grid-2",
        [
            HtmlPage.Figure("Chosen member", Choice(content, x, members).ToSvg(), "one mark per training"),
            HtmlPage.Figure("Leave-one-out density", Densities(content, x, members, chosen).ToSvg(),
                "lower end cut at the worst useful value; members chosen at least once are coloured"),
            HtmlPage.Figure("Do the intervals hold?", Coverage(content, x).ToSvg(),
                "share of leave-one-out truths inside the central intervals; dashed: what it should be"),
            HtmlPage.Figure("Leave-one-out error", Errors(content, x).ToSvg(), "root mean square; 1 is no better than the mean"),
        ]);
        ModelRecord last = content.Models[^1];
        var rows = last.LeaveOneOutDensity.OrderByDescending(d => d.Value).Select(d => (IReadOnlyList<string>)
            [d.Key + (d.Key == last.Member ? "  ← chosen" : ""), SiFormat.Significant(d.Value, 3)]);
        var parameters = last.HyperParameters.Select(p => (IReadOnlyList<string>)[p.Key, SiFormat.Significant(p.Value, 3)]);
        string remarks = string.Join(" ", content.Models.Where(m => m.Remarks.Length > 0).Select(m => $"Training {m.Number + 1}: {m.Remarks}.")
            .Take(6));
        page.Grid("grid-2",
        [
            HtmlPage.Figure("Last training", HtmlPage.Table(["Member", "#Density (nats per point)"], rows),
                $"trained on {HeadlineSection.Count(last.TrainedOn, "measurement")}, margin {SiFormat.Significant(last.Margin, 2)}", remarks),
            HtmlPage.Figure("Hyper-parameters of the last model", HtmlPage.Table(["Name", "#Value"], parameters),
                $"model {last.Hash[..Math.Min(12, last.Hash.Length)]}"),
        ]);
    }

    private static Chart Choice(RunReportContent content, double[] x, string[] members) => new()
    {
        Title = "Chosen surrogate by number of measurements",
        X = new Axis("Trained on", "measurements"),
        Y = new Axis("Member", "name") { Categories = members },
        Series = [new ScatterSeries("", 0, x, [.. content.Models.Select(m => (double)Array.IndexOf(members, m.Member))])
        {
            Marker = Marker.Square,
            Radius = 3.4,
            Notes = [.. content.Models.Select(m => $"{m.Member} on {m.TrainedOn}, margin {SiFormat.Significant(m.Margin, 2)}")],
        }],
        Width = 520,
        Height = Math.Max(200, 70 + (24 * members.Length)),
    };

    private static Chart Densities(RunReportContent content, double[] x, string[] members, string[] chosen)
    {
        double[] all = [.. content.Models.SelectMany(m => m.LeaveOneOutDensity.Values).Where(double.IsFinite).Order()];
        // One failed member must not flatten all others: the axis starts at the lower fence of the box rule.
        double? floor = null;
        if (all.Length > 8)
        {
            double q1 = all[all.Length / 4], q3 = all[3 * all.Length / 4];
            double fence = q1 - (2.5 * (q3 - q1));
            floor = all[0] < fence ? fence : null;
        }
        var series = new List<ChartSeries>();
        foreach (string member in members.OrderBy(m => Array.IndexOf(chosen, m)))
        {
            int color = Array.IndexOf(chosen, member);
            double[] y = [.. content.Models.Select(m => m.LeaveOneOutDensity.TryGetValue(member, out double value) ? value : double.NaN)];
            series.Add(color is >= 0 and < 7
                ? new LineSeries(member, color, x, y) { Width = 2 }
                : new LineSeries("", -1, x, y) { Width = 1, Opacity = 0.5 });
        }
        series.Reverse();
        return new Chart
        {
            Title = "Leave-one-out density of every member",
            X = new Axis("Trained on", "measurements"),
            Y = new Axis("Density", "nats per point") { Minimum = floor },
            Series = series,
            Width = 520,
            Height = Math.Max(240, 70 + (24 * members.Length)),
        };
    }

    private static Chart Coverage(RunReportContent content, double[] x)
    {
        double[] nominal = [50, 90, 95];
        var series = new List<ChartSeries>();
        for (int k = 0; k < nominal.Length; k++)
        {
            int index = k;
            series.Add(new RuleSeries("", k, nominal[k]));
            series.Add(new LineSeries($"{nominal[k]:0} % interval", k, x,
                [.. content.Models.Select(m => index < m.Coverage.Count ? 100 * m.Coverage[index] : double.NaN)])
            { Width = 2 });
        }
        return new Chart
        {
            Title = "Coverage of predictive intervals by training",
            X = new Axis("Trained on", "measurements"),
            Y = new Axis("Truths inside", "%") { Minimum = 0, Maximum = 100 },
            Series = series,
            Width = 520,
        };
    }

    private static Chart Errors(RunReportContent content, double[] x) => new()
    {
        Title = "Leave-one-out error by training",
        X = new Axis("Trained on", "measurements"),
        Y = new Axis("RMS error", "target sd") { IncludeZero = true },
        Series = [new RuleSeries("predicting the mean", -1, 1),
            new LineSeries("", 0, x, [.. content.Models.Select(m => m.LeaveOneOutError)]) { Width = 2 }],
        Width = 520,
    };
}
