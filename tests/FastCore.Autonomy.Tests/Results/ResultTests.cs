using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Results;
using FastCore.Autonomy.Tests.Stand;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy.Tests.Results;

public sealed class ResultTests
{
    private static StepRecord Step(int number, double current, int trueClass = -1, IvQuality quality = IvQuality.Good, double mean = double.NaN,
        double deviation = double.NaN, double observed = double.NaN) => new()
        {
            Step = number,
            Candidate = number,
            Pixel = default,
            Commanded = default,
            ReadBack = default,
            IsSeed = double.IsNaN(mean),
            CurrentAmperes = [0, current],
            Quality = quality,
            SpectralNovelty = 0,
            StructuralNovelty = 0,
            PredictedMean = mean,
            PredictedDeviation = deviation,
            ObservedTarget = observed,
            Acquisition = 0,
            Model = -1,
            TrueClass = trueClass,
            DecisionMilliseconds = 0,
            DeadTimeMilliseconds = 0,
            InstrumentSeconds = 0,
        };

    [Fact]
    public void Diversity_is_the_mean_pairwise_distance_of_accepted_curves()
    {
        // asinh(sinh(s)) = s: curves (0, s) with s = 1, 2, 4 are 1, 3 and 2 apart, divided by sqrt 2.
        StepRecord[] steps = [Step(0, 1e-11 * Math.Sinh(1)), Step(1, 1e-11 * Math.Sinh(2)), Step(2, 5, quality: IvQuality.Jump), Step(3,
            1e-11 * Math.Sinh(4))];
        Assert.Equal((1 + 3 + 2) / 3.0 / Math.Sqrt(2), RunMetrics.Diversity(steps)!.Value, 1e-12);
        Assert.Null(RunMetrics.Diversity(steps[1..3]));
    }

    [Fact]
    public void Classes_are_counted_by_accepted_measurements_and_found_by_any()
    {
        string[] names = ["a", "b", "c"];
        StepRecord[] steps = [Step(0, 0, 1, IvQuality.Open), Step(1, 0, 0), Step(2, 0, 0), Step(3, 0, 1), Step(4, 0, 0,
            IvQuality.Jump | IvQuality.Noisy)];
        Assert.Equal(new Dictionary<string, int> { ["b"] = 1, ["open contact"] = 1, ["a"] = 2, ["jump contact"] = 5 }, RunMetrics.ClassesFound(steps,
            names));
        Dictionary<string, int>? counts = RunMetrics.ClassCounts(steps, names);
        Assert.Equal(new Dictionary<string, int> { ["a"] = 2, ["b"] = 1, ["c"] = 0 }, counts);
        Assert.Equal(((2.0 / 3 * Math.Log(1.5)) + (1.0 / 3 * Math.Log(3))) / Math.Log(3), RunMetrics.Entropy(counts)!.Value, 1e-12);
        Assert.Equal(1, RunMetrics.Entropy(new Dictionary<string, int> { ["x"] = 4, ["y"] = 4 })!.Value, 1e-12);
        Assert.Null(RunMetrics.ClassesFound(steps, []));
    }

    [Fact]
    public void Predictions_are_judged_by_their_closed_forms()
    {
        StepRecord[] steps = [Step(0, 0), Step(1, 0, mean: 1, deviation: 2, observed: 2), Step(2, 0, mean: 0, deviation: 1, observed: -1.8), Step(3,
            0, mean: 0, deviation: 1)];
        (double error, double density, double[] calibration) = RunMetrics.Predictions(steps)!.Value;
        Assert.Equal(Math.Sqrt((1 + (1.8 * 1.8)) / 2), error, 1e-12);
        Assert.Equal(((0.5 * Math.Log(8 * Math.PI)) + 0.125 + (0.5 * Math.Log(2 * Math.PI)) + (0.5 * 1.8 * 1.8)) / 2, density, 1e-12);
        Assert.Equal([0.5, 0.5, 1], calibration);
        Assert.Null(RunMetrics.Predictions(steps[..1]));
    }

    [Fact]
    public void Percentiles_are_by_the_nearest_rank()
    {
        Assert.Equal(new Percentiles(50, 99, 100), RunMetrics.PercentilesOf(Enumerable.Range(1, 100).Select(v => (double)v)));
        Assert.Equal(new Percentiles(7, 7, 7), RunMetrics.PercentilesOf([7]));
        Assert.Null(RunMetrics.PercentilesOf([]));
    }

    [Fact]
    public void Coverage_is_the_share_of_kinds_that_were_seen()
    {
        // A truth of 20 kinds of curves, one per candidate column: cells and kinds are the same.
        var geometry = new CandidateGeometry(4, 4, 1, 10, 20, 8);
        StepRecord At(int column) => Step(0, 0) with { Candidate = 60 + column };
        Assert.Equal(1.0, Coverage.Of(new Kinds(), geometry, [.. Enumerable.Range(0, 20).Select(At)], 5));
        Assert.Equal(0.15, Coverage.Of(new Kinds(), geometry, [At(3), At(9), At(9), At(15), At(4) with { Quality = IvQuality.Open }], 5)!.Value,
            1e-12);
        Assert.Null(Coverage.Of(null, geometry, [], 5));
    }

    private sealed class Kinds : IGroundTruth
    {
        public IReadOnlyList<string> ClassNames => [];

        public int ClassAt(PixelIndex pixel) => -1;

        public void CurveAt(PixelIndex pixel, Span<double> currentAmperes) => currentAmperes.Fill(1e-11 * Math.Sinh(0.4 * (pixel.Column - 4)));
    }

    [Fact]
    public void A_comparison_takes_ratios_on_the_same_seed()
    {
        ComparisonEntry Run(string policy, long seed, double diversity, int? b) => new(policy, seed, new RunSummary
        {
            Status = RunStatus.Done,
            Reason = "",
            Seed = seed,
            Policy = policy,
            Instrument = "",
            Measured = 9,
            Rejected = 0,
            Diversity = diversity,
            DeadTimeMilliseconds = 0,
            InstrumentSeconds = 0,
            Executor = "",
            ClassCounts = new Dictionary<string, int> { ["a"] = 8, ["b"] = 1 },
            ClassesFound = b is { } first ? new Dictionary<string, int> { ["a"] = 90, ["b"] = first } : new Dictionary<string, int> { ["a"] = 1 },
        });
        ComparisonRecord record = Comparison.Summarise(
            [Run("clever", 1, 2, 3), Run("clever", 2, 3, 4), Run("clever", 3, 8, 9), Run("random", 1, 1, 5), Run("random", 2, 2, null), Run("random",
                3, 2, null)],
            ["clever", "random"], [1, 2, 3], 9, "film", ["a", "b"]);
        Assert.Equal("random", record.Reference);
        Assert.Equal((2.0, 3.0), (record.Policies[0].DiversityRatio!.Value, record.Policies[0].Diversity!.Value));
        Assert.Equal([1.75, 2, 3], record.Policies[0].DiversityRatioQuartiles!);
        Assert.Equal((4.0, 1.0), (record.Policies[0].MeasurementsUntilAllClasses!.Value, record.Policies[0].ShareWithAllClasses!.Value));
        Assert.Equal(double.PositiveInfinity, record.Policies[1].MeasurementsUntilAllClasses);
        Assert.Equal(1.0 / 3, record.Policies[1].ShareWithAllClasses!.Value, 1e-12);
    }

    [Fact]
    public void A_comparison_gives_each_policy_its_own_defaults_unless_the_user_set_others()
    {
        ExperimentPlan published = Comparison.For(ExperimentPlan.ForPolicy("dual-novelty") with { Budget = 33 }, "dual-novelty-published");
        Assert.Equal((33, 2.0, StructuralInput.Patch), (published.Budget, published.Acquisition.Kappa, published.Structural.Input));
        ExperimentPlan random = Comparison.For(ExperimentPlan.ForPolicy("dual-novelty"), "random");
        Assert.Equal((SeedingMethod.Random, 10, DescriptorSet.Surroundings), (random.Seeding, random.SeedPoints, random.Descriptors));
        Assert.Equal(7, Comparison.For(ExperimentPlan.ForPolicy("dual-novelty") with { Budget = 7 }, "random").SeedPoints);
        var own = new AcquisitionPlan { Kappa = 9 };
        Assert.Equal(own, Comparison.For(ExperimentPlan.ForPolicy("dual-novelty") with { Acquisition = own }, "dual-novelty-published").Acquisition);
    }

    [Fact]
    public void A_comparison_runs_model_free_policies_into_folders_of_their_own()
    {
        using var stand = new StandRun();
        var told = new List<string>();
        ComparisonRecord record = Comparison.Run(StandRun.Plan(8), ["grid", "random"], [4, 5], stand.Folder, _ => new StandController(),
            StandRun.Backend,
            entry => told.Add($"{entry.Policy}-{entry.Seed}"), TestContext.Current.CancellationToken);
        Assert.Equal(["grid-4", "random-4", "grid-5", "random-5"], told);
        Assert.Equal(["grid", "grid", "random", "random"], record.Runs.Select(run => run.Policy));
        Assert.All(told, name => Assert.True(File.Exists(Path.Combine(stand.Folder, name, "summary.json"))));
        Assert.Contains("\"diversityRatio\"", File.ReadAllText(Path.Combine(stand.Folder, "compare.json")), StringComparison.Ordinal);
        Assert.Equal(1, record.Policies[1].DiversityRatio);
        Assert.Throws<IOException>(() => Comparison.Run(StandRun.Plan(8), ["grid"], [4], stand.Folder, _ => new StandController(), StandRun.Backend,
            null, TestContext.Current.CancellationToken));
        Assert.Throws<PlanException>(() => Comparison.Run(StandRun.Plan(8), ["luck"], [4], stand.Other("x"), _ => new StandController(),
            StandRun.Backend, null, TestContext.Current.CancellationToken));
    }
}
