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
    public void The_error_of_a_prediction_is_what_was_observed_minus_what_was_predicted()
    {
        StepRecord step = SyntheticRun.Content(30, 32, rejectedShare: 0).Steps[20];
        double[] errors = PredictionErrors.OneStepAhead([
            step with { PredictedMean = 0.5, ObservedTarget = 2 },
            step with { PredictedMean = double.NaN, ObservedTarget = 2 },
            step with { PredictedMean = 0.5, ObservedTarget = double.NaN }]);
        Assert.Equal([1.5, double.NaN, double.NaN], errors);
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
