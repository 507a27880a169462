using System.Runtime.InteropServices;
using FastCore.Compute.Execution;
using FastCore.Learning.DeepKernel;
using FastCore.Learning.DualVae;
using FastCore.Learning.GaussianProcess;

namespace FastCore.Benchmarks.Peers;

/// <summary>What is compared: FastCore's side of each script of bench/peers, from the same numbers.</summary>
internal static class PeerWork
{
    private static readonly double[] Primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];

    /// <summary>All works; each opens its sides when its turn comes.</summary>
    internal static IEnumerable<Work> All()
    {
        string[] shapes = ["64 256 256", "256 256 256", "512 512 512", "1024 1024 1024", "2000 256 256", "210 251 256", "256 2000 256"];
        foreach (string shape in shapes)
        {
            double[] s = Numbers(shape);
            yield return new("Matrix product, float", $"{shape.Replace(' ', 'x')}", 2 * s[0] * s[1] * s[2], 0, true, "multiply.py", shape,
                () => Product((int)s[0], (int)s[1], (int)s[2]), () => NativeProduct((int)s[0], (int)s[1], (int)s[2]));
        }
        foreach (string size in new[] { "128", "256", "1024", "2048" })
        {
            double n = Numbers(size)[0];
            yield return new("Cholesky factor, double", $"n = {size}", n * n * n / 3, 0, false, "cholesky.py", size,
                () => Factor((int)n), () => NativeFactor((int)n));
        }
        foreach (string widths in new[] { "64-64-2", "1000-500-50-2" })
        {
            yield return new("Deep kernel", $"training cycle 64-{widths}, n = 110", CycleOperations(64, widths, 110), 0, true, "deep_kernel.py",
                $"64 {widths} 110", () => Cycle(64, widths, 110), null);
        }
        yield return new("Deep kernel", "prediction of 65,536 candidates, 64-1000-500-50-2, n = 110",
            (65_536 * ForwardOperations(64, "1000-500-50-2")) + (65_536.0 * 110 * 110), 0, true, "prediction.py",
            "64 1000-500-50-2 110 65536 512", () => Prediction(64, "1000-500-50-2", 110, 65_536, 512), null);
        yield return new("Dual-VAE", "training step, 210 patches 16 x 16, 251 points", 210 * DualVaeOperations, 0, true, "dual_vae.py dual_vae_torch.py",
            "210 8", () => DualVaeStep(210), null);
        yield return new("Gaussian process", "likelihood and gradient, n = 200, float", 200.0 * 200 * 200, 0, true, "likelihood.py", "200",
            () => Likelihood(200), null);
        yield return new("Gaussian process", "full posterior, n = 200, M = 65,536, d = 2", 200.0 * 200 * 65_536, 0, true, "posterior.py", "200 65536",
            () => FullPosterior(200, 65_536), null);
        yield return new("Gaussian process", "appended point, n = 200, M = 65,536", 0, 200.0 * 65_536 * sizeof(float), true, "append.py", "200 65536",
            () => Append(200, 65_536), null);
        yield return new("Images", "per-pixel features of 512 x 512, 21 planes", 0, 22.0 * 512 * 512 * sizeof(float), true, "image_features.py ridges.py", "512",
            () => ImageWork.Features(512), null);
        yield return new("Images", "first layer, 64 outputs, all 16 x 16 patches of 512 x 512", 2.0 * 512 * 512 * 256 * 64, 0, true, "first_layer.py", "512 64",
            () => ImageWork.FirstLayer(512, 64), null);
        yield return new("Images", "grains of a topography, 512 x 512, 400 domes", 0, 2.0 * 512 * 512 * sizeof(float), true, "grains.py", "512 20",
            () => ImageWork.Grains(512, 20), null);
    }

    /// <summary>The sequence of peer.py.</summary>
    internal static double[] Uniform(int seed, int count)
    {
        double step = Math.Sqrt(Primes[seed]);
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = (2 * ((i + 1) * step % 1.0)) - 1;
        return values;
    }

    private static float[] Singles(int seed, int count) => Array.ConvertAll(Uniform(seed, count), value => (float)value);

    private static double[] Numbers(string words) => [.. words.Split(' ').Select(double.Parse)];

    private static double ForwardOperations(double inputs, string widths)
    {
        double sum = 0;
        foreach (double outputs in Numbers(widths.Replace('-', ' ')))
        {
            sum += 2 * inputs * outputs;
            inputs = outputs;
        }
        return sum;
    }

    // Forward, gradient by weights and gradient by inputs cost the same; the first layer has no gradient by inputs. The process: n^3.
    private static double CycleOperations(double inputs, string widths, double n) =>
        (n * ((3 * ForwardOperations(inputs, widths)) - (2 * inputs * Numbers(widths.Replace('-', ' '))[0]))) + (n * n * n);

    // Multiply-adds of both encoders, both decoders and their gradients for one pair; the first layers of the encoders have no gradient by inputs.
    private static double DualVaeOperations => 2 * ((3 * 256.0 * ((256 * 256 * 2) + 256 + (2 * 2))) + (3 * ((256 * 256 * 3) + (256 * 251) + (256 * 18)))
        + (2 * 256 * (256 + 251)));

    // The same start as dual_vae_start.py.
    private static LocalSide DualVaeStep(int n)
    {
        var options = new DualVaeOptions();
        var architecture = new DualVaeArchitecture(new DualVaeShape(16, 16, 251), options);
        var layout = new ArenaLayout();
        var network = new DualVaeNetwork<float>(layout, architecture, n, options.ChunkRows, training: true);
        var executor = new HostExecutor<float>(layout);
        network.Prepare(executor);
        executor.Upload(Array.ConvertAll(Uniform(0, n * 256), value => (float)(0.5 + (0.5 * value))), network.Patches);
        executor.Upload(Array.ConvertAll(Uniform(1, n * 251), value => (float)(0.5 + (0.5 * value))), network.Spectra);
        executor.Upload(Array.ConvertAll(Uniform(2, n * 5), value => (float)(1.7 * value)), network.PatchNoise);
        executor.Upload(Array.ConvertAll(Uniform(3, n * 2), value => (float)(1.7 * value)), network.SpectrumNoise);
        foreach (DualVaeParameter p in architecture.Parameters)
        {
            double[] values = p.FanIn == 0 ? [1, 0, 0, 1] : Uniform(p.Rows == 1 && p.Name.EndsWith(".bias", StringComparison.Ordinal) ? 6 : 5, p.Rows * p.Columns);
            double bound = p.FanIn == 0 ? 1 : 1 / Math.Sqrt(p.FanIn);
            executor.Upload(Array.ConvertAll(values, value => (float)(bound * value)), network.Parameters.Value(p.Name));
        }
        var weights = new DualVaeWeights(1, 10, 0);
        network.LossAndGradient(executor, n, weights);
        double loss = network.ReadLoss(executor, weights).Total;
        int step = 0;
        return new("FastCore", () =>
        {
            network.LossAndGradient(executor, n, weights);
            network.ReadLoss(executor, weights);
            network.Update(executor, ++step, options.LearningRate);
        }, () => loss, executor);
    }

    private static LocalSide Product(int m, int n, int k)
    {
        var layout = new ArenaLayout();
        Tensor a = layout.Allocate("a", m, k), b = layout.Allocate("b", k, n), c = layout.Allocate("c", m, n);
        var executor = new HostExecutor<float>(layout);
        executor.Upload(Singles(0, m * k), a);
        executor.Upload(Singles(1, k * n), b);
        return new("FastCore", () => executor.MatrixMultiply(a, b, c, false, false, 1, 0), () => Largest(executor, c), executor);
    }

    private static unsafe LocalSide NativeProduct(int m, int n, int k)
    {
        var memory = new NativeFloats((m * k) + (k * n) + (m * n));
        float* a = (float*)memory.Start, b = a + (m * k), c = b + (k * n);
        Singles(0, m * k).CopyTo(new Span<float>(a, m * k));
        Singles(1, k * n).CopyTo(new Span<float>(b, k * n));
        return new(OpenBlas.Description, () => OpenBlas.Multiply(m, n, k, a, b, c), () =>
        {
            float largest = 0;
            foreach (float value in new ReadOnlySpan<float>(c, m * n))
                largest = Math.Max(largest, Math.Abs(value));
            return largest;
        }, memory);
    }

    private static double Definite(int i, int j) => Math.Exp(-Math.Abs(i - j) / 5.0) + (i == j ? 0.5 : 0);

    private static LocalSide Factor(int n)
    {
        var layout = new ArenaLayout();
        Tensor matrix = layout.Allocate("matrix", n, n), factor = layout.Allocate("factor", n, n);
        var executor = new HostExecutor<double>(layout);
        executor.Upload([.. Enumerable.Range(0, n * n).Select(at => Definite(at / n, at % n))], matrix);
        var last = new double[1];
        return new("FastCore", () =>
        {
            executor.Copy(matrix, factor);
            if (!executor.CholeskyFactor(factor))
                throw new InvalidOperationException("not positive definite");
        }, () =>
        {
            executor.Download(factor.Block(n - 1, n - 1, 1, 1), last);
            return last[0];
        }, executor);
    }

    private static unsafe LocalSide NativeFactor(int n)
    {
        var memory = new NativeFloats(4 * n * n);
        double* matrix = (double*)memory.Start, factor = matrix + (n * n);
        for (int at = 0; at < n * n; at++)
            matrix[at] = Definite(at / n, at % n);
        return new(OpenBlas.Description, () =>
        {
            new ReadOnlySpan<double>(matrix, n * n).CopyTo(new Span<double>(factor, n * n));
            OpenBlas.Factor(n, factor);
        }, () => factor[(n * n) - 1], memory);
    }

    private static float[] Weights(int inputs, int[] widths)
    {
        var all = new List<float>();
        foreach (int outputs in widths)
        {
            double bound = 1 / Math.Sqrt(inputs);
            all.AddRange(Uniform(5, inputs * outputs).Select(value => (float)(bound * value)));
            all.AddRange(Uniform(6, outputs).Select(value => (float)(bound * value)));
            inputs = outputs;
        }
        return [.. all];
    }

    private static int[] Widths(string widths) => [.. widths.Split('-').Select(int.Parse)];

    // Twenty cycles a call: what every training ends with, one evaluation more, is shared by them.
    private static LocalSide Cycle(int inputs, string widths, int n)
    {
        const int cycles = 20;
        var settings = new DeepKernelSettings { Architecture = ExtractorArchitecture.FullyConnected(widths, Activation.Relu, Widths(widths)) };
        var model = new DeepKernelModel<float>(ExecutionBackends.Open("host"), settings, inputs, n);
        model.SetPoints(Singles(0, n * inputs), Uniform(1, n));
        model.Load(new DeepKernelState(Weights(inputs, Widths(widths)), [], new double[Widths(widths)[^1] + 3]));
        model.TryEvaluate(out double loss);
        return new("FastCore", () => model.Train(cycles, 1, CancellationToken.None), () => loss, model) { CallsInOne = cycles };
    }

    private static (float[] Factor, float[] Beta) SmallProcess(double[] points, int n)
    {
        var layout = new ArenaLayout();
        Tensor x = layout.Allocate("x", 2, n), l = layout.Allocate("l", 2, 1), k = layout.Allocate("k", n, n);
        using var executor = new HostExecutor<double>(layout);
        executor.Upload(points, x);
        executor.Fill(l, 0.6);
        executor.ScaledSquaredDistance(x, x, l, k);
        executor.Covariance(CovarianceFunction.Rbf, k, 1, k);
        executor.AddDiagonal(k, 0.1);
        executor.CholeskyFactor(k);
        var factor = new double[n * n];
        executor.Download(k, factor);
        return (Array.ConvertAll(factor, value => (float)value), Singles(2, n));
    }

    private static LocalSide Prediction(int inputs, string widths, int n, int count, int chunk)
    {
        var layout = new ArenaLayout();
        var extractor = new FeatureExtractor<float>(
            layout, ExtractorArchitecture.FullyConnected(widths, Activation.Relu, Widths(widths)), inputs, chunk, false);
        Tensor x = layout.Allocate("x", 2, n), y = layout.Allocate("y", 2, chunk), l = layout.Allocate("l", 2, 1);
        Tensor factor = layout.Allocate("factor", n, n), beta = layout.Allocate("beta", 1, n);
        Tensor mean = layout.Allocate("mean", 1, chunk), variance = layout.Allocate("variance", 1, chunk);
        var executor = new HostExecutor<float>(layout);
        double[] points = Uniform(7, 2 * n);
        (float[] factorValues, float[] betaValues) = SmallProcess(points, n);
        executor.Upload(Weights(inputs, Widths(widths)), extractor.Weights);
        executor.Upload(Array.ConvertAll(points, value => (float)value), x);
        executor.Fill(l, 0.6f);
        executor.Upload(factorValues, factor);
        executor.Upload(betaValues, beta);
        float[] rows = Singles(0, count * inputs), means = new float[count], variances = new float[count];
        float[] features = new float[2 * chunk], turned = new float[2 * chunk];
        return new("FastCore", Predict, () => means.Max(Math.Abs), executor);

        void Predict()
        {
            for (int at = 0; at < count; at += chunk)
            {
                executor.Upload(rows.AsSpan(at * inputs, chunk * inputs), extractor.Input);
                extractor.Forward(executor, chunk, training: false);
                executor.Download(extractor.Output, features);
                for (int i = 0; i < chunk; i++)
                    (turned[i], turned[chunk + i]) = (features[2 * i], features[(2 * i) + 1]);
                executor.Upload(turned, y);
                executor.PosteriorSolve(CovarianceFunction.Rbf, x, y, l, 1, factor, beta, 0, null, mean, variance);
                executor.Download(mean, means.AsSpan(at, chunk));
                executor.Download(variance, variances.AsSpan(at, chunk));
            }
        }
    }

    private static LocalSide FullPosterior(int n, int count)
    {
        var layout = new ArenaLayout();
        Tensor x = layout.Allocate("x", 2, n), y = layout.Allocate("y", 2, count), l = layout.Allocate("l", 2, 1);
        Tensor factor = layout.Allocate("factor", n, n), beta = layout.Allocate("beta", 1, n);
        Tensor mean = layout.Allocate("mean", 1, count), variance = layout.Allocate("variance", 1, count);
        var executor = new HostExecutor<float>(layout);
        double[] points = Array.ConvertAll(Singles(0, 2 * n), value => (double)value);
        (float[] factorValues, float[] betaValues) = SmallProcess(points, n);
        executor.Upload(Singles(0, 2 * n), x);
        executor.Upload(Singles(1, 2 * count), y);
        executor.Fill(l, 0.6f);
        executor.Upload(factorValues, factor);
        executor.Upload(betaValues, beta);
        return new("FastCore", () => executor.PosteriorSolve(CovarianceFunction.Rbf, x, y, l, 1, factor, beta, 0, null, mean, variance),
            () => Largest(executor, mean), executor);
    }

    private static LocalSide Append(int n, int count)
    {
        var layout = new ArenaLayout();
        Tensor point = layout.Allocate("point", 2, 1), y = layout.Allocate("y", 2, count), l = layout.Allocate("l", 2, 1);
        Tensor whitened = layout.Allocate("V", n + 1, count), row = layout.Allocate("row", 1, n + 1), beta = layout.Allocate("beta", 1, n + 1);
        Tensor cross = layout.Allocate("cross", 1, count), mean = layout.Allocate("mean", 1, count), variance = layout.Allocate("variance", 1, count);
        var executor = new HostExecutor<float>(layout);
        executor.Upload(Singles(0, 2), point);
        executor.Upload(Singles(1, 2 * count), y);
        executor.Fill(l, 0.6f);
        executor.Upload(Array.ConvertAll(Uniform(3, (n + 1) * count), value => (float)(0.01 * value)), whitened);
        executor.Upload([.. Singles(4, n), 1.3f], row);
        executor.Upload(Singles(2, n + 1), beta);
        executor.Fill(variance, 1);
        return new("FastCore", () =>
        {
            executor.ScaledSquaredDistance(point, y, l, cross);
            executor.Covariance(CovarianceFunction.Rbf, cross, 1, cross);
            executor.PosteriorAppend(whitened, n, cross, row, beta, 0, mean, variance);
        }, () => Largest(executor, mean), executor);
    }

    private static LocalSide Likelihood(int n)
    {
        float[] inputs = Singles(0, 2 * n), noise = Singles(1, n);
        var process = new GaussianProcess<float>(ExecutionBackends.Open("host"), n, [new CovarianceTerm(CovarianceFunction.Rbf, 2, false)]);
        process.SetInputs(0, Array.ConvertAll(inputs, value => (double)value));
        process.SetTargets([.. Enumerable.Range(0, n).Select(i => (double)(MathF.Sin(2 * inputs[i]) + (0.3f * noise[i])))]);
        var parameters = new HyperParameters(process.Terms) { NoiseVariance = 0.1 };
        parameters.Lengthscales[0][0] = 0.6;
        parameters.OutputScales[0] = 1.2;
        var gradient = new double[parameters.Count];
        double loss = 0;
        return new("FastCore", () => process.TryEvaluate(parameters, gradient, out loss), () => loss, process);
    }

    private static double Largest(HostExecutor<float> executor, Tensor tensor)
    {
        var values = new float[tensor.Count];
        executor.Download(tensor, values);
        return values.Max(Math.Abs);
    }

    /// <summary>One work item.</summary>
    internal sealed record Work(string Group, string Name, double Operations, double Bytes, bool Single, string Script, string Arguments,
        Func<LocalSide> Own, Func<LocalSide>? Native);

    private sealed unsafe class NativeFloats : IDisposable
    {
        internal NativeFloats(int count)
        {
            Start = (nint)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 64);
            new Span<float>((void*)Start, count).Clear();
        }

        internal nint Start { get; private set; }

        public void Dispose()
        {
            NativeMemory.AlignedFree((void*)Start);
            Start = 0;
        }
    }
}
