using FastCore.Autonomy.Records;
using FastCore.Reporting;

namespace FastCore.Host;

/// <summary>The content of <c>compare.json</c>.</summary>
internal sealed record CompareTable(int Budget, string Sample, string Reference, IReadOnlyList<RunSummary> Runs, IReadOnlyDictionary<string, CompareTable.Row> Medians)
{
    /// <summary>Medians of one policy over its seeds; null where no run has the figure.</summary>
    internal sealed record Row(
        int Runs, double? Diversity, double? DiversityRatio, double? Coverage, double? ClassEntropy, double? AllClassesSeenAfter, int RunsThatSawAllClasses,
        double? PredictionError, double? Rejected, double? DecisionMillisecondsP50, double? DeadTimeMilliseconds, IReadOnlyDictionary<string, double?> FirstFinds);

    public static CompareTable Of(CompareReportContent content)
    {
        var medians = new Dictionary<string, Row>();
        foreach (string policy in content.Runs.Select(r => r.Policy).Distinct())
        {
            RunSummary[] runs = [.. content.Runs.Where(r => r.Policy == policy).Select(r => r.Summary)];
            double[] seen = [.. runs.Select(s => s.ClassesFound is { } f && content.ClassNames.Count > 0 && f.Count >= content.ClassNames.Count ? f.Values.Max() : double.NaN)];
            medians[policy] = new Row(
                runs.Length,
                Median(runs.Select(r => r.Diversity)),
                Median(CompareReport.Ratios(content, policy, s => s.Diversity ?? double.NaN).Select(v => (double?)v)),
                Median(runs.Select(r => r.Coverage)),
                Median(runs.Select(r => r.ClassEntropy)),
                Median(seen.Select(v => (double?)v)),
                seen.Count(double.IsFinite),
                Median(runs.Select(r => r.PredictionError)),
                Median(runs.Select(r => (double?)r.Rejected)),
                Median(runs.Select(r => r.DecisionMilliseconds?.P50)),
                Median(runs.Select(r => (double?)r.DeadTimeMilliseconds)),
                content.ClassNames.ToDictionary(c => c, c => Median(runs.Select(r => r.ClassesFound is { } f && f.TryGetValue(c, out int at) ? (double?)at : null))));
        }
        return new CompareTable(content.Budget, content.Sample, content.Reference, [.. content.Runs.Select(r => r.Summary)], medians);
    }

    private static double? Median(IEnumerable<double?> values)
    {
        double[] sorted = [.. values.Where(v => v is { } x && double.IsFinite(x)).Select(v => v!.Value).Order()];
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
