using FastCore.Compute.Execution;
using FastCore.Learning.GaussianProcess;
using FastCore.Learning.Surrogates;
using Xunit;

namespace FastCore.Learning.Tests.Surrogates;

public sealed class SurrogateTrainerTests
{
    private static readonly CandidateInputs Inputs = SurrogateCases.Inputs();

    [Fact]
    public void TheSameArgumentsGiveTheSameSurrogate()
    {
        string[] hashes = new string[2];
        for (int run = 0; run < 2; run++)
        {
            int[] measured = SurrogateCases.Measured(Inputs, 40);
            double[] targets = SurrogateCases.Targets(Inputs, measured);
            using var trainer = Trainer("auto");
            TrainedSurrogate first = trainer.Train(measured.AsSpan(0, 32), targets.AsSpan(0, 32), null, TestContext.Current.CancellationToken);
            TrainedSurrogate second = trainer.Train(measured, targets, first, TestContext.Current.CancellationToken);
            Assert.NotEqual(first.Hash, second.Hash);
            Assert.Matches("^[0-9a-f]{16}$", second.Hash);
            hashes[run] = first.Hash + second.Hash;
        }
        Assert.Equal(hashes[0], hashes[1]);
    }

    [Fact]
    public void TheChoiceHasTheBestDensityAndIsReported()
    {
        int[] measured = SurrogateCases.Measured(Inputs, 40);
        double[] targets = SurrogateCases.Targets(Inputs, measured);
        using var trainer = Trainer("auto");
        TrainedSurrogate surrogate = trainer.Train(measured, targets, null, TestContext.Current.CancellationToken);
        Assert.Contains(surrogate.LeaveOneOutDensity.Keys, name => name.StartsWith("dkl", StringComparison.Ordinal));
        Assert.Equal(surrogate.LeaveOneOutDensity.Values.Max(), surrogate.LeaveOneOutDensity[surrogate.Member]);
        Assert.True(surrogate.Margin >= 0);
        Assert.Equal(3, surrogate.Coverage.Count);
        Assert.InRange(surrogate.Coverage[2], 0.7, 1);
        Assert.InRange(surrogate.LeaveOneOutError, 0, 1.1);
        Assert.NotEmpty(surrogate.HyperParameters);
        Assert.Equal(measured, surrogate.TrainedOn);
        // The target is made of descriptors: raw patches alone cannot be the best model of it.
        Assert.False(surrogate.Member.StartsWith("gp-patches", StringComparison.Ordinal));
    }

    [Fact]
    public void TheReportedDensityIsThatOfPredictionsWithoutThePoint()
    {
        const int n = 14;
        int[] measured = SurrogateCases.Measured(Inputs, n);
        double[] targets = SurrogateCases.Targets(Inputs, measured);
        using var trainer = Trainer("gp-descriptors-rbf");
        var surrogate = (FittedSurrogate)trainer.Train(measured, targets, null, TestContext.Current.CancellationToken);
        FittedModel model = surrogate.Parts[0].Model;
        double sum = 0, square = 0;
        for (int i = 0; i < n; i++)
        {
            int[] others = [.. measured.Where((_, k) => k != i)];
            double[] t = [.. targets.Where((_, k) => k != i).Select(v => (v - surrogate.TargetMean) / surrogate.TargetDeviation)];
            var posterior = new GaussianProcessPosterior<double>(TestBackend.Host, [model.Terms[0].Covariance], model.Parameters,
                [trainer.Features.Columns(InputKind.Descriptors, others)], t);
            double[] mean = new double[1], variance = new double[1];
            posterior.Predict([trainer.Features.Columns(InputKind.Descriptors, [measured[i]])], 1, mean, variance);
            double total = (variance[0] + model.Parameters.NoiseVariance) * surrogate.TargetDeviation * surrogate.TargetDeviation;
            double error = targets[i] - surrogate.TargetMean - (surrogate.TargetDeviation * mean[0]);
            sum += -0.5 * ((error * error / total) + Math.Log(2 * Math.PI * total)) / n;
            square += error * error / (surrogate.TargetDeviation * surrogate.TargetDeviation) / n;
        }
        Assert.Equal(sum, surrogate.LeaveOneOutDensity["gp-descriptors-rbf"], 1e-6);
        Assert.Equal(Math.Sqrt(square), surrogate.LeaveOneOutError, 1e-6);
    }

    [Fact]
    public void WithManyLengthscalesEveryPointIsPredictedByValuesThatHaveNotSeenIt()
    {
        const int n = 26;
        int[] measured = SurrogateCases.Measured(Inputs, n);
        double[] targets = SurrogateCases.Targets(Inputs, measured);
        using var trainer = Trainer("gp-descriptors-ard-matern52");
        TrainedSurrogate[] surrogates = new TrainedSurrogate[2];
        for (int run = 0; run < 2; run++)
        {
            // What the values of fold 1 are trained on does not change when a target of fold 1 does (the other 25 fix the scale to 1e-3).
            double[] t = (double[])targets.Clone();
            t[5] += run * 1e-6;
            surrogates[run] = trainer.Train(measured, t, null, TestContext.Current.CancellationToken);
        }
        var surrogate = (FittedSurrogate)surrogates[0];
        IReadOnlyList<HyperParameters> blind = surrogate.Memory["gp-descriptors-ard-matern52"].FoldParameters;
        IReadOnlyList<HyperParameters> moved = ((FittedSurrogate)surrogates[1]).Memory["gp-descriptors-ard-matern52"].FoldParameters;
        Assert.Equal(TrainingPoints.Folds, blind.Count);
        Assert.Equal(blind[1].Lengthscales[0][2], moved[1].Lengthscales[0][2], 1e-5);
        double[] standardised = [.. targets.Select(v => (v - surrogate.TargetMean) / surrogate.TargetDeviation)];
        using var process = new GaussianProcess<double>(TestBackend.Host, n, [surrogate.Parts[0].Model.Terms[0].Covariance]);
        process.SetInputs(0, trainer.Features.Columns(InputKind.Descriptors, measured));
        process.SetTargets(standardised);
        double[] mean = new double[n], variance = new double[n];
        double scale = 4;
        for (int i = 0; i < n; i++)
        {
            Assert.True(process.TryEvaluate(blind[i % TrainingPoints.Folds], [], out _));
            LeaveOneOut here = process.LeaveOneOut();
            mean[i] = here.Mean[i];
            variance[i] = here.Variance[i];
            scale += (standardised[i] - mean[i]) * (standardised[i] - mean[i]) / variance[i];
        }
        scale = Math.Max(1, scale / (n + 4));
        var expected = new LeaveOneOut(mean, [.. variance.Select(v => v * scale)]);
        Assert.Equal(expected.MeanLogDensity(standardised) - Math.Log(surrogate.TargetDeviation), surrogate.LeaveOneOutDensity[surrogate.Member],
            1e-9);
    }

    [Theory]
    [InlineData("gp-descriptors-ard-matern52")]
    [InlineData("dkl-descriptors")]
    public void ManyTrainedValuesEarnNothingFromNoise(string member)
    {
        // Targets that have nothing to do with the inputs: no model can honestly beat ln N(0, 1) by more than its scatter over 40 points.
        int[] measured = SurrogateCases.Measured(Inputs, 40);
        double[] targets = [.. Enumerable.Range(0, 40).Select(i => new RandomStream(5, (ulong)i).NextNormal())];
        using var trainer = Trainer(member);
        var surrogate = (FittedSurrogate)trainer.Train(measured, targets, null, TestContext.Current.CancellationToken);
        double chance = -0.5 * Math.Log(2 * Math.PI * Math.E * surrogate.TargetDeviation * surrogate.TargetDeviation);
        Assert.True(surrogate.LeaveOneOutDensity[member] < chance + 0.05, $"{surrogate.LeaveOneOutDensity[member]} against {chance}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void AFewPointsAreEnough(int n)
    {
        int[] measured = SurrogateCases.Measured(Inputs, n);
        double[] targets = SurrogateCases.Targets(Inputs, measured);
        using var trainer = Trainer("auto");
        TrainedSurrogate surrogate = trainer.Train(measured, targets, null, TestContext.Current.CancellationToken);
        using CandidatePosterior posterior = surrogate.OverCandidates(TestBackend.Host, n + 1);
        posterior.Append(99, [.. targets, 4]);
        AllFinite(posterior);
        Assert.True(double.IsFinite(surrogate.LeaveOneOutDensity[surrogate.Member]));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("dkl-64-64-2")]
    [InlineData("gp-sum")]
    public void DuplicatesAndConstantTargetsAreNoObstacle(string member)
    {
        int[] measured = [.. Enumerable.Repeat(17, 6), .. Enumerable.Repeat(300, 6), 44];
        using var trainer = Trainer(member);
        TrainedSurrogate same = trainer.Train(measured, [.. measured.Select(_ => 2.5)], null, TestContext.Current.CancellationToken);
        using CandidatePosterior constant = same.OverCandidates(TestBackend.Host, 20);
        AllFinite(constant);
        Assert.Equal(2.5, constant.Mean[200], 0.05);
        TrainedSurrogate noisy = trainer.Train(measured, [.. measured.Select((_, i) => (double)i)], same, TestContext.Current.CancellationToken);
        using CandidatePosterior posterior = noisy.OverCandidates(TestBackend.Host, 20);
        AllFinite(posterior);
    }

    [Fact]
    public void OneCandidateAlone()
    {
        using var trainer = Trainer("auto");
        TrainedSurrogate surrogate = trainer.Train([5, 5, 5], [1, 1, 1], null, TestContext.Current.CancellationToken);
        using CandidatePosterior posterior = surrogate.OverCandidates(TestBackend.Host, 3);
        AllFinite(posterior);
    }

    [Fact]
    public void WhatCannotBeLearnedFromIsRefused()
    {
        using var trainer = Trainer("auto");
        CancellationToken none = TestContext.Current.CancellationToken;
        Assert.Contains("Target 1 (candidate 9)", Assert.Throws<ArgumentException>(() => trainer.Train([8, 9], [1, double.NaN], null,
            none)).Message, StringComparison.Ordinal);
        Assert.Contains("one each", Assert.Throws<ArgumentException>(() => trainer.Train([8, 9], [1], null, none)).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<ArgumentException>(() => trainer.Train([-1], [1], null, none)).Message,
            StringComparison.Ordinal);
        Assert.Contains("measure at least one", Assert.Throws<ArgumentException>(() => trainer.Train([], [], null, none)).Message,
            StringComparison.Ordinal);
        Assert.Contains("gp-sum", Assert.Throws<ArgumentException>(() => Trainer("gp")).Message, StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => trainer.Train([8, 9], [1, 2], null, new CancellationToken(true)));
        CandidateInputs good = Inputs;
        float[] image = (float[])good.Image.Clone();
        image[7] = float.NaN;
        var bad = new CandidateInputs(image, good.ImageRows, good.ImageColumns, good.Centres, good.PatchSize, good.Normalization, good.Descriptors,
            good.DescriptorCount);
        Assert.Contains("Pixel 7", Assert.Throws<ArgumentException>(() => new SurrogateTrainer(TestBackend.Host, bad,
            new SurrogateOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryNameCanBeForced()
    {
        int[] measured = SurrogateCases.Measured(Inputs, 9);
        double[] targets = SurrogateCases.Targets(Inputs, measured);
        foreach (string name in SurrogateTrainer.MemberNames.Where(name => name != "dkl-1000-500-50-2"))
        {
            using var trainer = new SurrogateTrainer(TestBackend.Host, Inputs, new SurrogateOptions { Member = name, ColdEpochs = 2 });
            TrainedSurrogate surrogate = trainer.Train(measured, targets, null, TestContext.Current.CancellationToken);
            Assert.StartsWith(name == "ensemble" ? "" : name, surrogate.Member, StringComparison.Ordinal);
            TrainedSurrogate again = trainer.Train(measured, targets, surrogate, TestContext.Current.CancellationToken);
            Assert.Equal(surrogate.Member, again.Member);
        }
    }

    [Fact]
    public void WeightsOfAnAverageMaximiseItsDensity()
    {
        double[][] densities = [[-1, -3, -0.5, -2], [-2, -1, -2.5, -0.7], [-9, -9, -9, -9]];
        double[] weights = DensityMixture.Weights(densities);
        Assert.Equal(1, weights.Sum(), 1e-12);
        Assert.InRange(weights[2], 0, 1e-6);
        double best = DensityMixture.LogDensity(densities, weights).Average();
        for (double w = 0; w <= 1; w += 0.01)
            Assert.True(DensityMixture.LogDensity(densities, [w, 1 - w, 0]).Average() <= best + 1e-6);
    }

    private static SurrogateTrainer Trainer(string member) => new(TestBackend.Host, Inputs, new SurrogateOptions { Member = member });

    private static void AllFinite(CandidatePosterior posterior)
    {
        foreach (float value in posterior.Mean)
            Assert.True(float.IsFinite(value));
        foreach (float value in posterior.Variance)
            Assert.True(value > 0);
    }
}
