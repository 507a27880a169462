using FastCore.Compute.Execution;
using FastCore.Learning.GaussianProcess;
using FastCore.Learning.Surrogates;
using Xunit;

namespace FastCore.Learning.Tests.Surrogates;

public sealed class CandidatePosteriorTests
{
    public static TheoryData<string, PatchNormalization> Cases => new()
    {
        { "gp-descriptors-rbf", PatchNormalization.Image },
        { "gp-patches-matern52", PatchNormalization.Image },
        { "gp-patches-matern52", PatchNormalization.Patch },
        { "gp-components", PatchNormalization.None },
        { "gp-sum", PatchNormalization.Image },
        { "gp-sum", PatchNormalization.Patch },
        { "gp-descriptors-ard-matern52", PatchNormalization.Image },
        { "dkl-descriptors", PatchNormalization.Image },
        { "dkl-64-64-2", PatchNormalization.Image },
        { "dkl-fcbn", PatchNormalization.Patch },
        { "ensemble", PatchNormalization.Image },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void AppendingPointByPointEqualsSolvingAnew(string member, PatchNormalization normalization)
    {
        const int start = 12;
        const int end = 30;
        CandidateInputs inputs = SurrogateCases.Inputs(normalization);
        int[] measured = SurrogateCases.Measured(inputs, end);
        double[] targets = SurrogateCases.Targets(inputs, measured);
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = member, ColdEpochs = 20 });
        var surrogate = (FittedSurrogate)trainer.Train(measured.AsSpan(0, start), targets.AsSpan(0, start), null,
            TestContext.Current.CancellationToken);
        using var posterior = (MixturePosterior)surrogate.OverCandidates(TestBackend.Host, end + 2);
        Assert.Equal(start, posterior.PointCount);
        for (int n = start; n < end; n++)
        {
            // All targets move with every measurement, as novelty scores do.
            double[] moved = [.. targets.Take(n + 1).Select((t, i) => t + (0.05 * Math.Sin(n + i)))];
            posterior.Append(measured[n], moved);
        }
        posterior.Retarget(targets);
        float[] mean = posterior.Mean.ToArray(), variance = posterior.Variance.ToArray();
        posterior.Refresh();
        double scale = surrogate.TargetDeviation;
        for (int c = 0; c < inputs.Count; c++)
        {
            Assert.True(Math.Abs(mean[c] - posterior.Mean[c]) < 1e-4 * scale, $"mean of {c}: {mean[c]} against {posterior.Mean[c]}");
            Assert.True(Math.Abs(variance[c] - posterior.Variance[c]) < 1e-4 * scale * scale,
                $"variance of {c}: {variance[c]} against {posterior.Variance[c]}");
        }
    }

    [Fact]
    public void AnAverageHasTheMomentsOfTheMixture()
    {
        CandidateInputs inputs = SurrogateCases.Inputs();
        int[] measured = SurrogateCases.Measured(inputs, 12);
        double[] targets = SurrogateCases.Targets(inputs, measured);
        var singles = new List<FittedModel>();
        CandidateFeatures? features = null;
        foreach (string member in new[] { "gp-descriptors-rbf", "gp-components" })
        {
            using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = member });
            singles.Add(((FittedSurrogate)trainer.Train(measured, targets, null, TestContext.Current.CancellationToken)).Parts[0].Model);
            features ??= trainer.Features;
        }
        double[] standardised = [.. targets.Select(t => (t - 5) / 2)];
        IncrementalPosterior[] parts = [.. singles.Select(model => new IncrementalPosterior(TestBackend.Host, features!, model, measured,
            standardised, 12))];
        using var mixture = new MixturePosterior(parts, [0.3, 0.7], 5, 2, inputs.Count);
        for (int c = 0; c < inputs.Count; c++)
        {
            double a = parts[0].Mean[c], b = parts[1].Mean[c];
            double mean = (0.3 * a) + (0.7 * b);
            double second = (0.3 * (parts[0].Variance[c] + (a * a))) + (0.7 * (parts[1].Variance[c] + (b * b)));
            Assert.Equal(5 + (2 * mean), mixture.Mean[c], 1e-5);
            Assert.Equal(4 * (second - (mean * mean)), mixture.Variance[c], 1e-5);
        }
        Assert.Equal(4 * ((0.3 * parts[0].NoiseVariance) + (0.7 * parts[1].NoiseVariance)), mixture.NoiseVariance, 1e-12);
    }

    [Theory]
    [InlineData("gp-descriptors-rbf")]
    [InlineData("gp-descriptors-ard-matern52")]
    [InlineData("gp-patches-matern52")]
    [InlineData("gp-sum")]
    [InlineData("dkl-descriptors")]
    public void DrawsHaveTheMomentsOfThePosterior(string member)
    {
        const int n = 20;
        const int draws = 120;
        CandidateInputs inputs = SurrogateCases.Inputs();
        int[] measured = SurrogateCases.Measured(inputs, n);
        double[] targets = SurrogateCases.Targets(inputs, measured);
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = member, ColdEpochs = 20 });
        TrainedSurrogate surrogate = trainer.Train(measured, targets, null, TestContext.Current.CancellationToken);
        using CandidatePosterior posterior = surrogate.OverCandidates(TestBackend.Host, n + 1);
        int count = inputs.Count, at = count / 2;
        double[] sum = new double[count], square = new double[count], product = new double[count];
        var values = new float[count];
        float[] mean = posterior.Mean.ToArray(), variance = posterior.Variance.ToArray();
        for (int k = 0; k < draws; k++)
        {
            posterior.Draw(k, values);
            for (int c = 0; c < count; c++)
            {
                double error = values[c] - mean[c];
                sum[c] += error / draws;
                square[c] += error * error / draws;
                product[c] += error * (values[at] - mean[at]) / draws;
            }
        }
        // Drawing leaves the posterior as it was, and a seed is a function.
        Assert.Equal(mean, posterior.Mean.ToArray());
        float[] again = new float[count];
        posterior.Draw(draws - 1, again);
        Assert.Equal(values, again);
        posterior.Retarget(targets);
        for (int c = 0; c < count; c++)
            Assert.Equal(mean[c], posterior.Mean[c], 1e-5);
        // Appending a point lowers a variance by cov^2 / (var + noise): the covariance that the draws must have, but for its sign.
        posterior.Append(at, [.. targets, mean[at]]);
        for (int c = 0; c < count; c++)
        {
            Assert.True(Math.Abs(sum[c]) < 5 * Math.Sqrt(variance[c] / draws), $"mean of {c}: off by {sum[c]} of {Math.Sqrt(variance[c])}");
            Assert.True(Math.Abs(square[c] - variance[c]) < 6 * variance[c] * Math.Sqrt(2.0 / draws),
                $"variance of {c}: {square[c]} against {variance[c]}");
            double covariance = Math.Sqrt(Math.Max(0, variance[c] - posterior.Variance[c]) * (variance[at] + posterior.NoiseVariance));
            double error = 6 * Math.Sqrt(((variance[c] * variance[at]) + (covariance * covariance)) / draws);
            Assert.True(Math.Abs(Math.Abs(product[c]) - covariance) < error, $"covariance of {c}: {product[c]} against {covariance}");
        }
    }

    [Fact]
    public void ADrawFromAnAverageIsADrawFromOneOfItsParts()
    {
        CandidateInputs inputs = SurrogateCases.Inputs();
        int[] measured = SurrogateCases.Measured(inputs, 12);
        double[] targets = SurrogateCases.Targets(inputs, measured);
        double[] standardised = [.. targets.Select(t => (t - 5) / 2)];
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = "gp-descriptors-rbf" });
        FittedModel model = ((FittedSurrogate)trainer.Train(measured, targets, null, TestContext.Current.CancellationToken)).Parts[0].Model;
        IncrementalPosterior Part(double[] t) => new(TestBackend.Host, trainer.Features, model, measured, t, 12);
        // The second part has learned the opposite: the two cannot be taken for each other.
        using IncrementalPosterior first = Part(standardised), second = Part([.. standardised.Select(t => -t)]);
        using var mixture = new MixturePosterior([Part(standardised), Part([.. standardised.Select(t => -t)])], [0.3, 0.7], 5, 2, inputs.Count);
        float[] values = new float[inputs.Count], one = new float[inputs.Count];
        int ofFirst = 0;
        for (int k = 0; k < 100; k++)
        {
            mixture.Draw(k, values);
            first.Draw(k, one);
            bool isFirst = Math.Abs(5 + (2 * one[7]) - values[7]) < 1e-5;
            if (!isFirst)
                second.Draw(k, one);
            for (int c = 0; c < values.Length; c++)
                Assert.Equal(5 + (2 * one[c]), values[c], 1e-5);
            ofFirst += isFirst ? 1 : 0;
        }
        // Binomial with p = .3: 30 +- 4 * 4.6.
        Assert.InRange(ofFirst, 12, 48);
    }

    [Theory]
    [InlineData("gp-descriptors-matern52")]
    [InlineData("gp-patches-rbf")]
    [InlineData("gp-sum")]
    public void TheCandidatesPosteriorIsTheProcessPosterior(string member)
    {
        const int n = 25;
        CandidateInputs inputs = SurrogateCases.Inputs();
        int[] measured = SurrogateCases.Measured(inputs, n);
        double[] targets = SurrogateCases.Targets(inputs, measured);
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = member });
        var surrogate = (FittedSurrogate)trainer.Train(measured, targets, null, TestContext.Current.CancellationToken);
        using CandidatePosterior posterior = surrogate.OverCandidates(TestBackend.Host, n);
        FittedModel model = surrogate.Parts[0].Model;
        int[] all = [.. Enumerable.Range(0, inputs.Count)];
        double[] standardised = [.. targets.Select(t => (t - surrogate.TargetMean) / surrogate.TargetDeviation)];
        var exact = new GaussianProcessPosterior<double>(TestBackend.Host, [.. model.Terms.Select(t => t.Covariance)], model.Parameters,
            [.. model.Terms.Select(t => trainer.Features.Columns(t.Kind, measured))], standardised);
        double[] mean = new double[all.Length], variance = new double[all.Length];
        exact.Predict([.. model.Terms.Select(t => trainer.Features.Columns(t.Kind, all))], all.Length, mean, variance);
        double s = surrogate.TargetDeviation;
        for (int c = 0; c < all.Length; c++)
        {
            Assert.Equal(surrogate.TargetMean + (s * mean[c]), posterior.Mean[c], 1e-3 * s);
            Assert.Equal(s * s * variance[c], posterior.Variance[c], 1e-3 * s * s);
        }
        Assert.Equal(s * s * model.Parameters.NoiseVariance, posterior.NoiseVariance, 1e-12);
    }

    [Theory]
    [InlineData("gp-descriptors-matern52")]
    [InlineData("gp-patches-matern52")]
    [InlineData("gp-sum")]
    [InlineData("dkl-descriptors")]
    [InlineData("ensemble")]
    public void AppendAndRetargetAllocateNothing(string member)
    {
        const int start = 10;
        CandidateInputs inputs = SurrogateCases.Inputs();
        int[] measured = SurrogateCases.Measured(inputs, 100);
        double[] targets = SurrogateCases.Targets(inputs, measured);
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = member, ColdEpochs = 5 });
        TrainedSurrogate surrogate = trainer.Train(measured.AsSpan(0, start), targets.AsSpan(0, start), null, TestContext.Current.CancellationToken);
        long allocated = 0;
        // The first pass lets the operations' scratch memory of this thread grow to its size; what counts is the second.
        for (int pass = 0; pass < 2; pass++)
        {
            using CandidatePosterior posterior = surrogate.OverCandidates(TestBackend.Host, 100);
            long before = GC.GetAllocatedBytesForCurrentThread();
            // More than a refresh interval, so that the full solve is counted too.
            for (int n = start; n < 90; n++)
            {
                posterior.Append(measured[n], targets.AsSpan(0, n + 1));
                posterior.Retarget(targets.AsSpan(0, n + 1));
            }
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void WrongCallsSayWhatIsExpected()
    {
        CandidateInputs inputs = SurrogateCases.Inputs();
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = "gp-descriptors-rbf" });
        TrainedSurrogate surrogate = trainer.Train([3, 50, 100], [1, 2, 3], null, TestContext.Current.CancellationToken);
        Assert.Throws<ArgumentOutOfRangeException>(() => surrogate.OverCandidates(TestBackend.Host, 2));
        using CandidatePosterior posterior = surrogate.OverCandidates(TestBackend.Host, 4);
        Assert.Contains("4", Assert.Throws<ArgumentException>(() => posterior.Append(7, [1, 2, 3])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => posterior.Append(7, [1, 2, 3, double.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>(() => posterior.Append(inputs.Count, [1, 2, 3, 4]));
        Assert.Equal(3, posterior.PointCount);
        posterior.Append(7, [1, 2, 3, 4]);
        Assert.Throws<InvalidOperationException>(() => posterior.Append(8, [1, 2, 3, 4, 5]));
    }

    [Fact]
    public void ADuplicatePointTightensItsPredictionWithoutBreakingAnything()
    {
        CandidateInputs inputs = SurrogateCases.Inputs();
        int[] measured = SurrogateCases.Measured(inputs, 15);
        double[] targets = SurrogateCases.Targets(inputs, measured);
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = "gp-descriptors-matern52" });
        TrainedSurrogate surrogate = trainer.Train(measured, targets, null, TestContext.Current.CancellationToken);
        using CandidatePosterior posterior = surrogate.OverCandidates(TestBackend.Host, 20);
        for (int again = 0; again < 3; again++)
        {
            float before = posterior.Variance[measured[4]];
            posterior.Append(measured[4], [.. targets, .. Enumerable.Repeat(targets[4], again + 1)]);
            Assert.True(posterior.Variance[measured[4]] < before);
        }
        foreach (float value in posterior.Mean)
            Assert.True(float.IsFinite(value));
    }
}
