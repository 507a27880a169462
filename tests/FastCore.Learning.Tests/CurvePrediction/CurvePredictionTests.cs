using FastCore.Compute.Execution;
using FastCore.Learning.CurvePrediction;
using FastCore.Learning.Novelty;
using FastCore.Learning.Surrogates;
using FastCore.Learning.Tests.Surrogates;
using Xunit;

namespace FastCore.Learning.Tests.CurvePrediction;

public class CurvePredictionTests
{
    private const int Samples = 31;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("gp-curve-rbf", 12, 20)]
    [InlineData("gp-curve-matern52", 12, 20)]
    [InlineData("gp-curve-rbf", 5, 75)]
    public void Appended_points_give_the_posterior_of_the_definition(string member, int start, int end)
    {
        CandidateInputs inputs = SurrogateCases.Inputs(PatchNormalization.Image);
        int[] measured = SurrogateCases.Measured(inputs, end);
        double[] curves = Curves(inputs, measured);
        var trainer = new CurveTrainer(TestBackend.Host, inputs, new CurveOptions { Member = member });
        var surrogate = (CurveSurrogate)trainer.Train(measured.AsSpan(0, start), curves.AsSpan(0, start * Samples), Token);
        using var posterior = (CurvePosterior)surrogate.OverCandidates(TestBackend.Host, end);
        for (int n = start; n < end; n++)
            posterior.Append(measured[n], new double[n + 1], curves.AsSpan(n * Samples, Samples));
        Assert.Equal(end, posterior.PointCount);
        (double[] mean, double[] variance) = Definition(surrogate, inputs, measured, curves);
        float[] scores = posterior.MeanScores(), shares = posterior.UnitVariance();
        double unit = Math.Sqrt(surrogate.Scale);
        for (int c = 0; c < inputs.Count; c++)
        {
            Assert.True(Math.Abs(variance[c] - shares[c]) < 2e-4, $"variance of {c}: {shares[c]} against {variance[c]}");
            for (int o = 0; o < surrogate.Outputs; o++)
            {
                double expected = mean[(c * surrogate.Outputs) + o], found = scores[(o * inputs.Count) + c];
                Assert.True(Math.Abs(expected - found) < 1e-3 * unit, $"score {o} of {c}: {found} against {expected}");
            }
        }
    }

    [Fact]
    public void Leave_one_out_density_is_that_of_solving_without_the_point()
    {
        CandidateInputs inputs = SurrogateCases.Inputs(PatchNormalization.Image);
        int[] measured = SurrogateCases.Measured(inputs, 14);
        double[] curves = Curves(inputs, measured);
        var surrogate = (CurveSurrogate)new CurveTrainer(TestBackend.Host, inputs, new CurveOptions { Member = "gp-curve-rbf" }).Train(measured, curves, Token);
        double density = 0, errors = 0, squares = 0;
        for (int left = 0; left < measured.Length; left++)
        {
            int[] others = [.. Enumerable.Range(0, measured.Length).Where(i => i != left)];
            (double[] weights, double variance) = Weights(surrogate, inputs, [.. others.Select(i => measured[i])], measured[left]);
            double observed = surrogate.Scale * (variance + surrogate.NoiseRatio + 1e-6);
            for (int o = 0; o < surrogate.Outputs; o++)
            {
                double truth = surrogate.Scores[(left * surrogate.Outputs) + o], error = truth;
                for (int i = 0; i < others.Length; i++)
                    error -= weights[i] * surrogate.Scores[(others[i] * surrogate.Outputs) + o];
                density -= 0.5 * (Math.Log(2 * Math.PI * observed) + (error * error / observed)) / measured.Length;
                errors += error * error;
                squares += truth * truth;
            }
        }
        Assert.Equal(density, surrogate.LeaveOneOutDensity["gp-curve-rbf"], 1e-6 * Math.Abs(density));
        Assert.Equal(Math.Sqrt(errors / squares), surrogate.LeaveOneOutError, 1e-7);
    }

    [Fact]
    public void Known_structure_is_learned_and_shuffled_curves_are_not()
    {
        CandidateInputs inputs = SurrogateCases.Inputs(PatchNormalization.Image);
        int[] measured = SurrogateCases.Measured(inputs, 40);
        double[] curves = Curves(inputs, measured);
        var trainer = new CurveTrainer(TestBackend.Host, inputs, new CurveOptions());
        Assert.True(trainer.Train(measured, curves, Token).LeaveOneOutError < 0.5);
        int[] shuffled = [.. measured.Select((_, i) => measured[((i * 17) + 5) % measured.Length])];
        Assert.True(trainer.Train(shuffled, curves, Token).LeaveOneOutError > 0.8);
    }

    [Theory]
    [InlineData(NoveltyKind.NearestNeighbours, 5)]
    [InlineData(NoveltyKind.Minimum, 5)]
    [InlineData(NoveltyKind.Mean, 5)]
    [InlineData(NoveltyKind.NearestNeighbours, 40)]
    public void A_certain_curve_has_the_novelty_of_the_batch_score(NoveltyKind kind, int neighbours)
    {
        const int outputs = 3, n = 11;
        foreach (int m in (int[])[1, 7, 8, 9, 33])
        {
            double[] references = Random(n * outputs, 1), means = Random(m * outputs, 2);
            var mean = new float[m];
            var variance = new float[m];
            Predict(new CurveOptions { Novelty = kind, Neighbours = neighbours }, means, new float[m], references, n, 2, 0.3, 0.5, mean, variance);
            for (int c = 0; c < m; c++)
            {
                // The batch score of the place as one more point of the set; its own dimension is the number of scores here.
                double[] all = [.. references, .. Enumerable.Range(0, outputs).Select(o => (double)(float)means[(o * m) + c])];
                var scores = new double[n + 1];
                NoveltyScores.Compute(kind, all, n + 1, neighbours, 3, scores);
                Assert.Equal((scores[n] - 0.3) / 0.5, mean[c], 1e-5);
                Assert.Equal(0, variance[c], 1e-10);
            }
        }
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.3)]
    [InlineData(1)]
    public void Moments_of_an_uncertain_curve_are_those_of_drawn_ones(double unitVariance)
    {
        const int outputs = 6, draws = 40_000;
        const double scale = 0.8;
        double[] reference = Random(outputs, 3), predicted = Random(outputs, 4);
        float[] mean = [0], variance = [0];
        Predict(new CurveOptions { Novelty = NoveltyKind.Minimum }, predicted, [(float)unitVariance], reference, 1, scale, 0, 1, mean, variance);
        RandomStream random = RandomStream.Named(5, "drawn curves");
        double sum = 0, squares = 0;
        for (int i = 0; i < draws; i++)
        {
            double square = 0;
            for (int o = 0; o < outputs; o++)
                square += Math.Pow(predicted[o] + (Math.Sqrt(scale * unitVariance) * random.NextNormal()) - reference[o], 2);
            double distance = Math.Sqrt(square / outputs);
            sum += distance;
            squares += distance * distance;
        }
        double expected = sum / draws, deviation = Math.Sqrt((squares / draws) - (expected * expected));
        // The root of the mean square exceeds the mean by about the variance over twice the mean.
        Assert.Equal(expected, mean[0], 0.06 * expected);
        Assert.Equal(deviation, Math.Sqrt(variance[0]), 0.1 * deviation);
    }

    [Fact]
    public void Appending_and_expressing_allocates_nothing()
    {
        CandidateInputs inputs = SurrogateCases.Inputs(PatchNormalization.Image);
        int[] measured = SurrogateCases.Measured(inputs, 20);
        double[] curves = Curves(inputs, measured), targets = new double[20];
        var trainer = new CurveTrainer(TestBackend.Host, inputs, new CurveOptions { Member = "gp-curve-rbf" });
        TrainedSurrogate surrogate = trainer.Train(measured.AsSpan(0, 12), curves.AsSpan(0, 12 * Samples), Token);
        // The buffers of this thread exist after the first pass.
        for (int pass = 0; pass < 2; pass++)
        {
            using CandidatePosterior posterior = surrogate.OverCandidates(TestBackend.Host, 20);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int n = 12; n < 20; n++)
            {
                posterior.Append(measured[n], targets.AsSpan(0, n + 1), curves.AsSpan(n * Samples, Samples));
                posterior.Standardise(0.2, 0.4);
            }
            if (pass == 1)
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void What_cannot_be_learned_is_refused()
    {
        CandidateInputs inputs = SurrogateCases.Inputs(PatchNormalization.Image);
        Assert.Contains("gp-curve-rbf", Assert.Throws<ArgumentException>(() => new CurveTrainer(TestBackend.Host, inputs, new CurveOptions { Member = "gp" })).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new CurveTrainer(TestBackend.Host, inputs, new CurveOptions { Novelty = NoveltyKind.Cosine }));
        var trainer = new CurveTrainer(TestBackend.Host, inputs, new CurveOptions());
        Assert.Throws<ArgumentException>(() => trainer.Train([1], [0.0, 1], Token));
        Assert.Throws<ArgumentException>(() => trainer.Train([1, inputs.Count], [0.0, 1], Token));
        Assert.Throws<ArgumentException>(() => trainer.Train([1, 2], [0.0, double.NaN], Token));
    }

    [Fact]
    public void Equal_curves_leave_a_posterior_without_novelty()
    {
        CandidateInputs inputs = SurrogateCases.Inputs(PatchNormalization.Image);
        int[] measured = SurrogateCases.Measured(inputs, 6);
        double[] curves = [.. Enumerable.Range(0, 6 * Samples).Select(k => (double)(k % Samples))];
        TrainedSurrogate surrogate = new CurveTrainer(TestBackend.Host, inputs, new CurveOptions()).Train(measured, curves, Token);
        using CandidatePosterior posterior = surrogate.OverCandidates(TestBackend.Host, 8);
        posterior.Standardise(0, 0);
        Assert.All(posterior.Mean.ToArray(), value => Assert.Equal(0, value, 1e-6f));
    }

    // Curves that follow two of the descriptors: a slope and a bump.
    private static double[] Curves(CandidateInputs inputs, int[] measured)
    {
        var curves = new double[measured.Length * Samples];
        for (int i = 0; i < measured.Length; i++)
        {
            double a = inputs.Descriptors[measured[i]], b = inputs.Descriptors[inputs.Count + measured[i]];
            for (int k = 0; k < Samples; k++)
            {
                double x = k / (Samples - 1.0);
                curves[(i * Samples) + k] = (a * x) + (0.7 * b * Math.Exp(-40 * (x - 0.5) * (x - 0.5)));
            }
        }
        return curves;
    }

    // Curves have as many samples as scores here.
    private static void Predict(CurveOptions options, double[] predicted, float[] unitVariance, double[] measured, int n, double scale, double targetMean,
        double targetDeviation, float[] mean, float[] variance)
    {
        int outputs = measured.Length / n;
        var layout = new ArenaLayout();
        Tensor prediction = layout.Allocate("prediction", outputs, unitVariance.Length), unit = layout.Allocate("variance", 1, unitVariance.Length);
        var novelty = new PredictedNovelty(layout, options, n + 2, outputs, unitVariance.Length);
        using IExecutor<float> executor = TestBackend.Host.CreateSingle(layout);
        executor.Upload(Array.ConvertAll(predicted, x => (float)x), prediction);
        executor.Upload(unitVariance, unit);
        for (int i = 0; i < n; i++)
            novelty.Measured(executor, i, Array.ConvertAll(measured[(i * outputs)..((i + 1) * outputs)], x => (float)x));
        novelty.Compute(executor, prediction, unit, n, scale, outputs, targetMean, targetDeviation, mean, variance);
    }

    private static double[] Random(int count, int seed)
    {
        RandomStream random = RandomStream.Named(seed, "curve prediction test");
        return [.. Enumerable.Range(0, count).Select(_ => random.NextNormal())];
    }

    // Mean scores (M x outputs) and unit variance by solving the full system for every candidate.
    private static (double[] Mean, double[] Variance) Definition(CurveSurrogate surrogate, CandidateInputs inputs, int[] measured, double[] curves)
    {
        int n = measured.Length, r = surrogate.Outputs;
        var scores = new double[n * r];
        for (int i = 0; i < n; i++)
            surrogate.Components.Project(curves.AsSpan(i * Samples, Samples), scores.AsSpan(i * r, r));
        double[] mean = new double[inputs.Count * r], variance = new double[inputs.Count];
        for (int c = 0; c < inputs.Count; c++)
        {
            (double[] weights, variance[c]) = Weights(surrogate, inputs, measured, c);
            for (int i = 0; i < n; i++)
            {
                for (int o = 0; o < r; o++)
                    mean[(c * r) + o] += weights[i] * scores[(i * r) + o];
            }
        }
        return (mean, variance);
    }

    // K^-1 k and 1 - k^T K^-1 k, solved by MathNet.
    private static (double[] Weights, double Variance) Weights(CurveSurrogate surrogate, CandidateInputs inputs, int[] measured, int candidate)
    {
        int n = measured.Length;
        var kernel = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(n, n, (i, j) => Covariance(surrogate, inputs, measured[i], measured[j])
            + (i == j ? surrogate.NoiseRatio + 1e-6 : 0));
        var cross = MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(n, i => Covariance(surrogate, inputs, measured[i], candidate));
        var weights = kernel.Solve(cross);
        return (weights.ToArray(), 1 - weights.DotProduct(cross));
    }

    private static double Covariance(CurveSurrogate surrogate, CandidateInputs inputs, int a, int b)
    {
        double square = 0;
        for (int k = 0; k < inputs.DescriptorCount; k++)
            square += Math.Pow((inputs.Descriptors[(k * inputs.Count) + a] - inputs.Descriptors[(k * inputs.Count) + b]) / surrogate.Lengthscale, 2);
        double root = Math.Sqrt(5 * square);
        return surrogate.Function == CovarianceFunction.Rbf ? Math.Exp(-square / 2) : (1 + root + (5 * square / 3)) * Math.Exp(-root);
    }
}
