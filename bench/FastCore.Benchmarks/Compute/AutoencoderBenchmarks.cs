using BenchmarkDotNet.Attributes;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>Operations of the Dual-VAE at the paper's size: 210 pairs of 16 x 16 patches, eight images decoded at a time, 256 wide.</summary>
public class AutoencoderBenchmarks : OperationBenchmarks
{
    private const int Pairs = 210;
    private const int Pixels = 256;
    private const int Images = 8;
    private const int Width = 256;
    private const int Code = 5;
    private Tensor logits;
    private Tensor target;
    private Tensor row;
    private Tensor mean;
    private Tensor logSigma;
    private Tensor noise;
    private Tensor sample;
    private Tensor prior;
    private Tensor terms;
    private Tensor gradientMean;
    private Tensor gradientLogSigma;
    private Tensor grid;
    private Tensor angle;
    private Tensor shift;
    private Tensor points;
    private Tensor gradientPoints;
    private Tensor gradientAngle;
    private Tensor gradientShift;
    private Tensor weight;
    private Tensor bias;
    private Tensor latent;
    private Tensor first;
    private Tensor gradientFirst;
    private Tensor gradientWeight;
    private Tensor gradientBias;
    private Tensor gradientLatent;

    [Benchmark, Work(0, 8.0 * Pairs * Pixels)]
    public void SigmoidCrossEntropy()
    {
        Begin(logits, target);
        Executor.SigmoidCrossEntropy(logits, target, row);
        End(row);
    }

    [Benchmark, Work(0, 12.0 * Pairs * Pixels)]
    public void SigmoidCrossEntropyGradient()
    {
        Begin(target);
        Executor.SigmoidCrossEntropyGradient(logits, target, 1e-6f, logits);
        End(logits);
    }

    [Benchmark, Work(0, 16.0 * Pairs * Code)]
    public void Reparameterize()
    {
        Begin(mean, logSigma, noise);
        Executor.Reparameterize(mean, logSigma, noise, sample);
        End(sample);
    }

    [Benchmark, Work(0, 12.0 * Pairs * Code)]
    public void KlDivergence()
    {
        Begin(mean, logSigma);
        Executor.KlDivergence(mean, logSigma, prior, terms);
        End(terms);
    }

    [Benchmark, Work(0, 12.0 * Pairs * Code)]
    public void SampledKlDivergence()
    {
        Begin(logSigma, noise);
        Executor.SampledKlDivergence(logSigma, noise, sample, prior, terms);
        End(terms);
    }

    [Benchmark, Work(0, 12.0 * Pairs * Code)]
    public void L1AlignmentGradient()
    {
        Begin(mean, sample);
        Executor.L1AlignmentGradient(mean, sample, 1e-6f, gradientMean, gradientLogSigma);
        End(gradientMean);
    }

    [Benchmark, Work(0, 8.0 * Images * Pixels)]
    public void TransformGrid()
    {
        Begin(angle, shift);
        Executor.TransformGrid(grid, angle, shift, 0.5f, points);
        End(points);
    }

    [Benchmark, Work(0, 8.0 * Images * Pixels)]
    public void TransformGridGradient()
    {
        Begin(gradientPoints);
        Executor.TransformGridGradient(grid, angle, 0.5f, gradientPoints, gradientAngle, gradientShift);
        End(gradientAngle);
    }

    [Benchmark, Work(4.0 * Images * Pixels * Width, 4.0 * Images * Pixels * Width)]
    public void SpatialDense()
    {
        Begin(points, latent);
        Executor.SpatialDense(points, weight, bias, latent, Activation.Tanh, first);
        End(first);
    }

    [Benchmark, Work(10.0 * Images * Pixels * Width, 8.0 * Images * Pixels * Width)]
    public void SpatialDenseGradient()
    {
        Begin(gradientFirst);
        Executor.SpatialDenseGradient(points, weight, first, Activation.Tanh, gradientFirst, gradientPoints, gradientWeight, gradientBias, gradientLatent);
        End(gradientLatent);
    }

    protected override void Plan(ArenaLayout layout)
    {
        logits = Take(layout, "logits", Pairs, Pixels, (i, j) => Math.Sin((3 * i) + j));
        target = Take(layout, "target", Pairs, Pixels, (i, j) => 0.5 + (0.5 * Math.Cos(i + (2 * j))));
        row = Take(layout, "row", Pairs, 1);
        mean = Take(layout, "mean", Pairs, Code, (i, j) => Math.Sin(i + j));
        logSigma = Take(layout, "log sigma", Pairs, Code, (i, j) => -1 + (0.3 * Math.Cos(i - j)));
        noise = Take(layout, "noise", Pairs, Code, (i, j) => Math.Sin((5 * i) + (7 * j)));
        sample = Take(layout, "sample", Pairs, Code, (i, j) => Math.Cos((2 * i) + j));
        prior = Take(layout, "prior", 1, Code, (_, _) => 0);
        terms = Take(layout, "terms", Pairs, Code);
        gradientMean = Take(layout, "gradient of mean", Pairs, Code, (_, _) => 0);
        gradientLogSigma = Take(layout, "gradient of log sigma", Pairs, Code, (_, _) => 0);
        grid = Take(layout, "grid", Pixels, 2, (i, j) => Math.Sin(i + j));
        angle = Take(layout, "angle", Images, 1);
        shift = Take(layout, "shift", Images, 2);
        points = Take(layout, "points", Images * Pixels, 2);
        gradientPoints = Take(layout, "gradient of points", Images * Pixels, 2, (i, j) => 1e-3 * Math.Sin(i - j));
        gradientAngle = Take(layout, "gradient of angle", Images, 1);
        gradientShift = Take(layout, "gradient of shift", Images, 2);
        weight = Take(layout, "weight", 2, Width);
        bias = Take(layout, "bias", 1, Width);
        latent = Take(layout, "latent", Images, Width);
        first = Take(layout, "first layer", Images * Pixels, Width);
        gradientFirst = Take(layout, "gradient of first layer", Images * Pixels, Width, (i, j) => 1e-3 * Math.Sin(i + (3 * j)));
        gradientWeight = Take(layout, "gradient of weight", 2, Width);
        gradientBias = Take(layout, "gradient of bias", 1, Width);
        gradientLatent = Take(layout, "gradient of latent", Images, Width);
    }
}
