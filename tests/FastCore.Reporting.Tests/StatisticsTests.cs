using FastCore.Autonomy.Records;
using FastCore.Microscopy.Spectroscopy;
using Xunit;

namespace FastCore.Reporting.Tests;

public sealed class StatisticsTests
{
    [Fact]
    public void Diversity_by_step_is_the_mean_over_all_pairs_of_accepted_curves()
    {
        IReadOnlyList<StepRecord> steps = SyntheticRun.Content(25, 32, rejectedShare: 0.3).Steps;
        double[] diversity = SpectralStatistics.DiversityByStep(steps);
        for (int k = 0; k < steps.Count; k++)
        {
            double[][] curves = [.. steps.Take(k + 1).Where(s => s.Quality == IvQuality.Good).Select(s => s.CurrentAmperes)];
            double sum = 0;
            int pairs = 0;
            for (int i = 0; i < curves.Length; i++)
            {
                for (int j = 0; j < i; j++, pairs++)
                    sum += Math.Sqrt(Enumerable.Range(0, 251).Average(v =>
                        Math.Pow(Math.Asinh(curves[i][v] / 1e-11) - Math.Asinh(curves[j][v] / 1e-11), 2)));
            }
            Assert.Equal(pairs == 0 ? double.NaN : sum / pairs, diversity[k], 1e-9);
        }
    }

    [Fact]
    public void The_error_of_a_prediction_is_taken_from_the_novelty_against_earlier_curves()
    {
        StepRecord[] steps = [.. SyntheticRun.Content(30, 32, rejectedShare: 0).Steps];
        double[] errors = PredictionErrors.OneStepAhead(steps);
        double[][] curves = [.. steps.Select(s => SpectralStatistics.Compress(s.CurrentAmperes))];
        double Novelty(int i, int count) =>
            Enumerable.Range(0, count).Where(j => j != i).Select(j => SpectralStatistics.Distance(curves[i], curves[j])).Order().Take(5).Average();
        Assert.All(Enumerable.Range(0, 10), k => Assert.True(double.IsNaN(errors[k])));
        for (int k = 10; k < steps.Length; k++)
        {
            double[] before = [.. Enumerable.Range(0, k).Select(i => Novelty(i, k))];
            double mean = before.Average(), deviation = Math.Sqrt(before.Average(v => Math.Pow(v - mean, 2)));
            Assert.Equal(((Novelty(k, k) - mean) / deviation) - steps[k].PredictedMean, errors[k], 1e-9);
        }
    }

    [Fact]
    public void Clusters_separate_kinds_of_curve_and_are_the_same_every_time()
    {
        var random = new Random(2);
        double[][] curves = [.. Enumerable.Range(0, 30).Select(k =>
            Enumerable.Range(0, 50).Select(v => Math.Pow(100, k % 3) * 1e-12 * v * (1 + (0.05 * random.NextDouble()))).ToArray())];
        int[] group = SpectralStatistics.Cluster(curves, 3);
        for (int i = 0; i < 30; i++)
        {
            for (int j = 0; j < 30; j++)
                Assert.Equal(i % 3 == j % 3, group[i] == group[j]);
        }
        Assert.Equal(group, SpectralStatistics.Cluster(curves, 3));
        Assert.Empty(SpectralStatistics.Cluster([], 4));
        Assert.Equal([0], SpectralStatistics.Cluster([curves[0]], 4));
    }

    [Fact]
    public void Plans_are_listed_key_by_key() => Assert.Equal(
        [new("seed", "1"), new("sweep.samples", "251"), new("controller.file", "–"), new("controller.realtime", "no"), new("name", "<b>")],
        RunReportContent.Flatten("""{ "seed": 1, "sweep": { "samples": 251 }, "controller": { "file": null, "realtime": false }, "name": "<b>" }"""));
}
