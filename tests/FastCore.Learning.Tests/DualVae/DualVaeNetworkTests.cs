using System.Numerics;
using FastCore.Compute.Execution;
using FastCore.Learning.DualVae;
using FastCore.Learning.GaussianProcess;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Learning.Tests.DualVae;

/// <summary>Loss, gradients and steps against PyTorch, and against finite differences where PyTorch's values do not reach.</summary>
public sealed class DualVaeNetworkTests
{
    private static readonly Dictionary<string, string> FixtureNames = new()
    {
        ["patchEncoder.0"] = "enc1_W1 enc1_b1",
        ["patchEncoder.1"] = "enc1_W2 enc1_b2",
        ["patchEncoder.mean"] = "enc1_mu_W enc1_mu_b",
        ["patchEncoder.logSigma"] = "enc1_ls_W enc1_ls_b",
        ["spectrumEncoder.0"] = "enc2_W1 enc2_b1",
        ["spectrumEncoder.1"] = "enc2_W2 enc2_b2",
        ["spectrumEncoder.mean"] = "enc2_mu_W enc2_mu_b",
        ["spectrumEncoder.logSigma"] = "enc2_ls_W enc2_ls_b",
        ["alignment"] = "A",
        ["patchDecoder.coordinates"] = "dec1_coord_W dec1_coord_b",
        ["patchDecoder.latent"] = "dec1_latent_W",
        ["patchDecoder.0"] = "dec1_W1 dec1_b1",
        ["patchDecoder.1"] = "dec1_W2 dec1_b2",
        ["patchDecoder.output"] = "dec1_W3 dec1_b3",
        ["spectrumDecoder.0"] = "dec2_W1 dec2_b1",
        ["spectrumDecoder.1"] = "dec2_W2 dec2_b2",
        ["spectrumDecoder.output"] = "dec2_W3 dec2_b3",
    };

    [Theory]
    [InlineData("host", DualVaeMode.Published, 5)]
    [InlineData("host", DualVaeMode.Published, 2)]
    [InlineData("host", DualVaeMode.Corrected, 5)]
    [InlineData("host", DualVaeMode.Corrected, 3)]
    [InlineData("reference", DualVaeMode.Published, 2)]
    [InlineData("reference", DualVaeMode.Corrected, 1)]
    public void DoubleFollowsPyTorch(string backend, DualVaeMode mode, int chunk) => FollowPyTorch<double>(backend, mode, chunk, 1e-10);

    [Theory]
    [InlineData("host")]
    [InlineData("emulator")]
    public void SingleFollowsPyTorch(string backend) => FollowPyTorch<float>(backend, DualVaeMode.Corrected, 3, 2e-5);

    [Fact]
    public void OpenClFollowsPyTorch()
    {
        OpenClDevice.RequireOrSkip();
        FollowPyTorch<float>("opencl", DualVaeMode.Published, 3, 2e-5);
    }

    public static TheoryData<string, DualVaeOptions, DualVaeShape> Options => new()
    {
        { "closed form", Tiny with { Divergence = DivergenceEstimate.ClosedForm }, new(4, 3, 7) },
        { "cosine", Tiny with { CosineWeight = 3, Gamma = 2, Beta = 0.4 }, new(4, 3, 7) },
        { "spectra across", Tiny with { CrossWeight = 0.6, Gamma = 1 }, new(4, 3, 7) },
        { "spectra across, classes", Tiny with { CrossWeight = 1.5, Invariance = Invariance.Rotation }, new(3, 3, 5, Classes: 2) },
        { "free bits", Tiny with { FreeBits = 0.05 }, new(4, 3, 7) },
        { "free bits, closed form", Tiny with { FreeBits = 0.02, Divergence = DivergenceEstimate.ClosedForm }, new(4, 3, 7) },
        { "covariance through A", Tiny with { TransformCovariance = true, Beta = 0.7 }, new(4, 3, 7) },
        { "no invariance", Tiny with { Invariance = Invariance.None }, new(4, 3, 7) },
        { "rotation", Tiny with { Invariance = Invariance.Rotation }, new(4, 3, 7) },
        { "translation", Tiny with { Invariance = Invariance.Translation }, new(3, 4, 7) },
        { "published translation", Tiny with { Invariance = Invariance.Translation, Mode = DualVaeMode.Published }, new(4, 3, 7) },
        { "published rotation", Tiny with { Invariance = Invariance.Rotation, Mode = DualVaeMode.Published }, new(4, 3, 7) },
        { "channels", Tiny, new(4, 3, 5, PatchChannels: 2, SpectrumChannels: 3) },
        { "classes", Tiny, new(3, 4, 5, Classes: 3) },
        { "channels and classes", Tiny with { Mode = DualVaeMode.Published }, new(3, 3, 5, 2, 2, 2) },
        { "three contents, three layers", Tiny with { LatentSize = 3, EncoderWidths = [6, 5, 4], DecoderWidths = [5, 6, 4] }, new(4, 3, 7) },
        { "one layer", Tiny with { LatentSize = 1, EncoderWidths = [5], DecoderWidths = [4] }, new(4, 3, 7) },
        { "features and classes", Tiny with { Features = PatchFeatures.Groove, NoiseLevel = 0.3 }, new(8, 9, 5, PatchChannels: 2, Classes: 2) },
        { "noise on the inputs", Tiny with { NoiseLevel = 0.3 }, new(4, 3, 7) },
    };

    private static DualVaeOptions Tiny { get; } = new() { EncoderWidths = [6, 5], DecoderWidths = [5, 6], ChunkRows = 2 };

    [Theory]
    [MemberData(nameof(Options))]
    public void GradientsMatchFiniteDifferences(string name, DualVaeOptions options, DualVaeShape shape)
    {
        Assert.NotEmpty(name);
        const int n = 5;
        using var stand = new Stand(options, shape, n);
        double[] weights = stand.Weights, gradient = stand.Gradient();
        for (int k = 0; k < weights.Length; k++)
        {
            double at = weights[k];
            double Shifted(double by)
            {
                weights[k] = at + by;
                double loss = stand.Loss();
                weights[k] = at;
                return loss;
            }

            double expected = (8 * (Shifted(1e-4) - Shifted(-1e-4)) - (Shifted(2e-4) - Shifted(-2e-4))) / 1.2e-3;
            Assert.True(Math.Abs(expected - gradient[k]) <= 2e-7 * (1 + Math.Abs(expected)), $"{name}: [{k}] is {gradient[k]}, expected {expected}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ChunksAndGroupsGiveTheGradientOfTheWholeBatch(int chunk)
    {
        // 300 pairs are a full group and a part of one.
        const int n = 300;
        var shape = new DualVaeShape(3, 3, 5, 2, 1, 2);
        using var whole = new Stand(Tiny with { ChunkRows = n, FreeBits = 0.01 }, shape, n);
        using var parts = new Stand(Tiny with { ChunkRows = chunk, FreeBits = 0.01 }, shape, n);
        double[] expected = whole.Gradient(), actual = parts.Gradient();
        Assert.Equal(whole.Loss(), parts.Loss(), 1e-10);
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], actual[k], 1e-11 + (1e-9 * Math.Abs(expected[k])));
    }

    [Fact]
    public void PaperSizedNetworkHasThePublishedNumberOfValuesAndFits()
    {
        var layout = new ArenaLayout();
        var architecture = new DualVaeArchitecture(new DualVaeShape(16, 16, 251), new DualVaeOptions());
        Assert.Equal(529_678, architecture.ParameterCount);
        _ = new DualVaeNetwork<float>(layout, architecture, 2500, new DualVaeOptions().ChunkRows, training: true);
        Assert.True(layout.Length * 4L < 64L << 20, $"{layout.Length * 4L >> 20} MiB");
        float[] weights = architecture.InitialWeights(1);
        Assert.Equal(weights, architecture.InitialWeights(1));
        Assert.NotEqual(weights, architecture.InitialWeights(2));
        Assert.InRange(weights.Take(256 * 256).Max(), 0.06f, 1f / 16);
    }

    private static void FollowPyTorch<T>(string backend, DualVaeMode mode, int chunk, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture(mode == DualVaeMode.Corrected ? "vae_dual_intended" : "vae_dual_as_is");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        T[] Values(string name) => [.. fixture[name].Values.Select(T.CreateChecked)];
        var options = new DualVaeOptions { Mode = mode, EncoderWidths = [6, 6], DecoderWidths = [6, 6], LearningRate = 0.01 };
        var layout = new ArenaLayout();
        var architecture = new DualVaeArchitecture(new DualVaeShape(4, 4, 7), options);
        var network = new DualVaeNetwork<T>(layout, architecture, 5, chunk, training: true);
        using ExecutionBackend machine = ExecutionBackends.Open(backend);
        using IExecutor<T> e = ExecutorFactory.Create<T>(machine, layout);
        network.Prepare(e);
        e.Upload(Values("x1"), network.Patches);
        e.Upload(Values("x2"), network.Spectra);
        e.Upload(Values("eps1"), network.PatchNoise);
        e.Upload(Values("eps2"), network.SpectrumNoise);
        e.Fill(network.Parameters.FirstMoment, T.Zero);
        e.Fill(network.Parameters.SecondMoment, T.Zero);
        foreach (DualVaeParameter p in architecture.Parameters)
            e.Upload(Values(FixtureName(p.Name)), network.Parameters.Value(p.Name));
        var weights = new DualVaeWeights(1, 10, 0);
        for (int step = 1; step <= 3; step++)
        {
            network.LossAndGradient(e, 5, weights);
            DualVaeLoss loss = network.ReadLoss(e, weights);
            double expected = fixture["adam3_losses"].Values[step - 1];
            Assert.Equal(expected, loss.Total, tolerance * Math.Abs(expected));
            if (step == 1)
            {
                Assert.Equal(fixture["re1"].Values.Average(), loss.PatchError, tolerance * 100);
                Assert.Equal(fixture["kl"].Values.Average(), loss.PatchDivergence + loss.SpectrumDivergence, tolerance * 100);
                Assert.Equal(fixture["sim"].Values[0], loss.Distance, tolerance * 10);
                Compare("grad_", p => network.Parameters.GradientOf(p), tolerance);
            }
            network.Update(e, step, 0.01);
        }
        // Adam divides by the size of the gradient: what is rounding there may be a step here, so only double is compared.
        if (typeof(T) == typeof(double))
            Compare("adam3_", p => network.Parameters.Value(p), 1e-7);

        void Compare(string prefix, Func<string, Tensor> of, double allowed)
        {
            foreach (DualVaeParameter p in architecture.Parameters)
            {
                var actual = new T[p.Rows * p.Columns];
                e.Download(of(p.Name), actual);
                double[] values = fixture[prefix + FixtureName(p.Name)].Values;
                double scale = Math.Max(1, values.Max(Math.Abs));
                for (int i = 0; i < values.Length; i++)
                {
                    double difference = Math.Abs(values[i] - double.CreateChecked(actual[i]));
                    Assert.True(difference <= allowed * scale, $"{prefix}{p.Name}[{i}] is {actual[i]}, expected {values[i]}");
                }
            }
        }
    }

    private static string FixtureName(string name)
    {
        int dot = name.LastIndexOf('.');
        if (dot < 0)
            return FixtureNames[name];
        string[] pair = FixtureNames[name[..dot]].Split(' ');
        return name[dot..] == ".weight" ? pair[0] : pair[1];
    }

    /// <summary>A network in double on the host with fixed data and noise.</summary>
    private sealed class Stand : IDisposable
    {
        private readonly DualVaeNetwork<double> network;
        private readonly IExecutor<double> executor;
        private readonly DualVaeWeights parts;
        private readonly int pairs;

        public Stand(DualVaeOptions options, DualVaeShape shape, int pairs)
        {
            this.pairs = pairs;
            var layout = new ArenaLayout();
            var architecture = new DualVaeArchitecture(shape, options);
            network = new DualVaeNetwork<double>(layout, architecture, pairs, options.ChunkRows, training: true);
            executor = TestBackend.Host.CreateDouble(layout);
            network.Prepare(executor);
            RandomStream random = RandomStream.Named(7, "dual-vae test");
            executor.Upload(Rows(ref random, shape.PatchValues + architecture.Features, shape.Classes), network.Patches);
            executor.Upload(Rows(ref random, shape.SpectrumValues, shape.Classes), network.Spectra);
            if (options.NoiseLevel > 0)
            {
                executor.Upload(Rows(ref random, shape.PatchValues + architecture.Features, shape.Classes), network.NoisyPatches);
                executor.Upload(Rows(ref random, shape.SpectrumValues, shape.Classes), network.NoisySpectra);
            }
            executor.Upload(Normals(ref random, network.PatchNoise.Count), network.PatchNoise);
            executor.Upload(Normals(ref random, network.SpectrumNoise.Count), network.SpectrumNoise);
            Weights = [.. architecture.InitialWeights(3).Select(value => (double)value)];
            for (int k = 0; k < Weights.Length; k++)
                Weights[k] += 0.2 * random.NextNormal();
            parts = new DualVaeWeights(options.Beta, options.Gamma, options.CosineWeight, options.FreeBits, options.CrossWeight);
        }

        public double[] Weights { get; }

        public double Loss()
        {
            executor.Upload(Weights, network.Parameters.Values);
            network.LossAndGradient(executor, pairs, parts);
            return network.ReadLoss(executor, parts).Total;
        }

        public double[] Gradient()
        {
            Loss();
            var gradient = new double[Weights.Length];
            executor.Download(network.Parameters.Gradient, gradient);
            return gradient;
        }

        public void Dispose() => executor.Dispose();

        private static double[] Normals(ref RandomStream random, int count)
        {
            var values = new double[count];
            for (int k = 0; k < count; k++)
                values[k] = random.NextNormal();
            return values;
        }

        private double[] Rows(ref RandomStream random, int length, int classes)
        {
            var rows = new double[pairs * (length + classes)];
            for (int k = 0; k < rows.Length; k++)
            {
                int column = k % (length + classes), row = k / (length + classes);
                rows[k] = column < length ? random.NextDouble() : column - length == row % classes ? 1 : 0;
            }
            return rows;
        }
    }
}
