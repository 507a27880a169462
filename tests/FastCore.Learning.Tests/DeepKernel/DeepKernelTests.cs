using FastCore.Compute.Execution;
using FastCore.Learning.DeepKernel;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;
using static FastCore.Learning.Tests.GaussianProcess.GaussianProcessTests;

namespace FastCore.Learning.Tests.DeepKernel;

public sealed class DeepKernelTests
{
    [Fact]
    public void LossAndAllGradientsMatchTheFixture()
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("dkl_tiny");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        var settings = new DeepKernelSettings { Architecture = ExtractorArchitecture.FullyConnected("tiny", Activation.Relu, 5, 2) };
        using var model = new DeepKernelModel<double>(TestBackend.Host, settings, 6, 14);
        double[] weights = [.. fixture["W1"].Values, .. fixture["b1"].Values, .. fixture["W2"].Values, .. fixture["b2"].Values];
        model.Executor.Upload(weights, model.Extractor.Weights);
        double[] raw = [.. fixture["raw_ls"].Values, fixture["raw_os"].Values[0], fixture["raw_noise"].Values[0], fixture["mean"].Values[0]];
        raw.CopyTo(model.Raw, 0);
        model.SetPoints(fixture["X"].Values, fixture["y"].Values);
        Assert.True(model.TryEvaluate(out double loss));
        Assert.Equal(fixture["loss"].Values[0], loss, 1e-10);
        double[] z = new double[28], s = new double[28];
        model.CopyFeatures(z, s);
        AssertClose(fixture["z"].Values, z, 1e-12);
        AssertClose(fixture["s"].Values, s, 1e-12);
        var gradient = new double[weights.Length];
        model.Executor.Download(model.Extractor.WeightGradient, gradient);
        AssertClose([.. fixture["grad_W1"].Values, .. fixture["grad_b1"].Values, .. fixture["grad_W2"].Values, .. fixture["grad_b2"].Values],
            gradient, 1e-9);
        AssertClose([.. fixture["grad_raw_ls"].Values, fixture["grad_raw_os"].Values[0], fixture["grad_raw_noise"].Values[0],
            fixture["grad_mean"].Values[0]],
            model.RawGradient, 1e-9);
    }

    [Theory]
    [InlineData(FeatureScaling.AllFeatures, false, true)]
    [InlineData(FeatureScaling.EachFeature, false, false)]
    [InlineData(FeatureScaling.None, true, true)]
    [InlineData(FeatureScaling.EachFeature, true, true)]
    public void GradientsMatchFiniteDifferences(FeatureScaling scaling, bool batchNormalization, bool ard)
    {
        const int n = 11;
        const int inputs = 4;
        var settings = new DeepKernelSettings
        {
            Architecture = new ExtractorArchitecture("check", [5, 4, 2], Activation.Tanh, batchNormalization, batchNormalization ? 0.2 : 0),
            Scaling = scaling,
            Covariance = CovarianceFunction.Matern52,
            Ard = ard,
        };
        using var model = new DeepKernelModel<double>(TestBackend.Host, settings, inputs, n);
        double[] weights = Normals(settings.Architecture.WeightCount(inputs), 21);
        foreach (ref double weight in weights.AsSpan())
            weight *= 0.7;
        double[] statistics = [.. settings.Architecture.InitialStatistics().Select(value => (double)value)];
        for (int i = 0; i < model.Raw.Length; i++)
            model.Raw[i] = 0.2 * Math.Cos(i);
        model.SetPoints(Normals(n * inputs, 22), Normals(n, 23));
        int layer = 0;
        foreach (Tensor mask in model.Extractor.Masks)
        {
            layer++;
            double[] values = [.. Enumerable.Range(0, mask.Count).Select(i => (i + layer) % 5 == 0 ? 0 : 1.25)];
            model.Executor.Upload(values, mask);
        }
        Loss(weights);
        var gradient = new double[weights.Length];
        model.Executor.Download(model.Extractor.WeightGradient, gradient);
        double[] rawGradient = (double[])model.RawGradient.Clone();
        for (int i = 0; i < weights.Length; i++)
            Assert.Equal(Difference(e => Loss([.. weights.Select((w, k) => k == i ? w + e : w)])), gradient[i], 5e-8);
        for (int i = 0; i < model.Raw.Length; i++)
        {
            double at = model.Raw[i];
            double expected = Difference(e =>
            {
                model.Raw[i] = at + e;
                return Loss(weights);
            });
            model.Raw[i] = at;
            Assert.Equal(expected, rawGradient[i], 5e-8);
        }

        double Loss(double[] at)
        {
            model.Executor.Upload(at, model.Extractor.Weights);
            if (statistics.Length > 0)
                model.Executor.Upload(statistics, model.Extractor.Statistics);
            Assert.True(model.TryEvaluate(out double loss));
            return loss;
        }
    }

    [Fact]
    public void ArchitecturesHaveThePublishedSizes()
    {
        Assert.Equal((256 * 64) + 64 + (64 * 64) + 64 + (64 * 2) + 2, ExtractorArchitecture.Small.WeightCount(256));
        Assert.Equal(16, ExtractorArchitecture.Literature.FeatureCount(256));
        Assert.Equal(2 * (256 + 128 + 64), ExtractorArchitecture.Literature.StatisticCount);
        float[] weights = ExtractorArchitecture.Small.InitialWeights(256, 5);
        Assert.Equal(ExtractorArchitecture.Small.WeightCount(256), weights.Length);
        Assert.Equal(weights, ExtractorArchitecture.Small.InitialWeights(256, 5));
        Assert.NotEqual(weights, ExtractorArchitecture.Small.InitialWeights(256, 6));
        Assert.InRange(weights.Take(256 * 64).Max(), 0.06f, 1f / 16);
        Assert.InRange(weights[^1], -0.125f, 0.125f);
    }

    [Fact]
    public void TrainingLowersTheLossAndIsRepeatable()
    {
        const int n = 30;
        float[] x = [.. Normals(n * 3, 31).Select(value => (float)value)];
        double[] t = [.. Enumerable.Range(0, n).Select(i => Math.Sin(2 * x[3 * i]) + x[(3 * i) + 1])];
        double[] losses = new double[2];
        float[][] weights = new float[2][];
        for (int run = 0; run < 2; run++)
        {
            using var model = new DeepKernelModel<float>(TestBackend.Host,
                new DeepKernelSettings { Architecture = ExtractorArchitecture.Literature }, 3, n);
            model.Load(new DeepKernelState(ExtractorArchitecture.Literature.InitialWeights(3, 1),
                ExtractorArchitecture.Literature.InitialStatistics(), new double[5 + 14]));
            model.SetPoints(x, t);
            Assert.True(model.TryEvaluate(out double before));
            losses[run] = model.Train(40, 1, TestContext.Current.CancellationToken);
            weights[run] = model.Save().Weights;
            Assert.True(losses[run] < before);
            Assert.NotNull(model.Finish(false, out float[] bounds));
            Assert.Equal(2, bounds.Length);
        }
        Assert.Equal(losses[0], losses[1]);
        Assert.Equal(weights[0], weights[1]);
    }

    [Fact]
    public void AStateThatCannotBeComputedIsLeftBehind()
    {
        const int n = 8;
        ExtractorArchitecture architecture = ExtractorArchitecture.FullyConnected("4-2", Activation.Identity, 4, 2);
        // Steps of 1e30 overflow the features in the second cycle.
        var settings = new DeepKernelSettings { Architecture = architecture, WeightLearningRate = 1e30, Scaling = FeatureScaling.None };
        using var model = new DeepKernelModel<float>(TestBackend.Host, settings, 2, n);
        model.Load(new DeepKernelState(architecture.InitialWeights(2, 1), [], new double[5]));
        model.SetPoints([.. Normals(n * 2, 51).Select(value => (float)value)], Normals(n, 52));
        double loss = model.Train(20, 1, TestContext.Current.CancellationToken);
        Assert.True(double.IsFinite(loss));
        Assert.NotEmpty(model.Remarks);
        Assert.All(model.Save().Weights, weight => Assert.True(float.IsFinite(weight)));
        Assert.NotNull(model.Finish(false, out _));
    }

    [Fact]
    public void CancellationStopsBetweenCycles()
    {
        ExtractorArchitecture architecture = ExtractorArchitecture.FullyConnected("4-2", Activation.Tanh, 4, 2);
        using var model = new DeepKernelModel<float>(TestBackend.Host, new DeepKernelSettings { Architecture = architecture }, 2, 3);
        model.SetPoints([1, 2, 3, 4, 5, 6], [1, 2, 3]);
        Assert.Throws<OperationCanceledException>(() => model.Train(10, 1, new CancellationToken(true)));
    }
}
