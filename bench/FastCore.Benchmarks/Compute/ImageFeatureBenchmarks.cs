using BenchmarkDotNet.Attributes;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>Features of a 512 x 512 image: each operation, and all per-pixel ones together. `peers` compares the latter.</summary>
[MemoryDiagnoser]
public class ImageFeatureBenchmarks
{
    private const int Side = 512;
    private const int Patch = 16;
    private HostExecutor<float> executor = null!;
    private Tensor image;
    private Tensor planes;
    private Tensor features;
    private Tensor profile;
    private Tensor references;
    private Tensor distance;
    private Tensor weight;
    private Tensor bias;
    private Tensor output;
    private int[] centres = [];

    [GlobalSetup]
    public void Setup()
    {
        centres = [.. Enumerable.Range(0, Side * Side)];
        var layout = new ArenaLayout();
        image = layout.Allocate("image", Side, Side);
        planes = layout.Allocate("planes", 21 * Side, Side);
        features = layout.Allocate("features", 17, centres.Length);
        profile = layout.Allocate("profile", 10, centres.Length);
        references = layout.Allocate("references", 1, Patch * Patch);
        distance = layout.Allocate("distance", 1, centres.Length);
        weight = layout.Allocate("weight", Patch * Patch, 64);
        bias = layout.Allocate("bias", 1, 64);
        output = layout.Allocate("output", centres.Length, 64);
        executor = new HostExecutor<float>(layout);
        var random = new Random(1);
        var values = new float[image.Count];
        for (int k = 0; k < values.Length; k++)
            values[k] = (float)(Math.Sin(k / Side * 0.21) + Math.Cos((k % Side * 0.17) + (k / Side * 0.05)) + (0.1 * random.NextDouble()));
        executor.Upload(values, image);
    }

    [Benchmark]
    public void LevelPlane() => executor.LevelPolynomial(image, 1, Plane(0));

    [Benchmark]
    public void LineMedian() => executor.LineMedian(image, Plane(0));

    [Benchmark]
    [Arguments(1.0)]
    [Arguments(4.0)]
    public void Gaussian(double sigma) => executor.GaussianFilter(image, sigma, Plane(0));

    [Benchmark]
    public void Gradient() => executor.Gradient(image, Plane(0), Plane(1));

    [Benchmark]
    [Arguments(1.0)]
    [Arguments(4.0)]
    public void Hessian(double sigma) => executor.HessianEigenvalues(image, sigma, Plane(0), Plane(1), Plane(2), null, null);

    [Benchmark]
    public void StructureTensor() => executor.StructureTensor(image, 2, 1e-12f, Plane(0), Plane(1));

    [Benchmark]
    [Arguments(5)]
    [Arguments(16)]
    public void Moments(int size) => executor.LocalMoments(image, size, Plane(0), Plane(1), Plane(2), Plane(3), Plane(4));

    [Benchmark]
    public void MeanAndDeviation() => executor.LocalMoments(image, Patch, Plane(0), Plane(1), null, null, Plane(2));

    [Benchmark]
    public void MinMax() => executor.PatchMinMax(image, Patch, Plane(0), Plane(1));

    [Benchmark]
    public void Curvature() => executor.CurvatureFit(image, 1, Plane(0), Plane(1));

    [Benchmark]
    public void Profile() => executor.NormalProfile(image, Plane(18), Plane(19), centres, 1.5, profile);

    [Benchmark]
    public void Take() => executor.TakePixels(planes.TopRows(17 * Side), centres, features);

    [Benchmark]
    public void Standardize() => executor.StandardizeRows(features);

    [Benchmark]
    public void Distances() => executor.PatchDistance(image, centres, Patch, PatchNormalization.Patch, references, distance);

    [Benchmark]
    public void DihedralDistances() => executor.DihedralPatchDistance(image, centres, Patch, PatchNormalization.Patch, references, distance);

    [Benchmark]
    public void FirstLayer() => executor.PatchDense(image, centres, Patch, PatchNormalization.Patch, weight, bias, Activation.Tanh, output);

    /// <summary>All per-pixel features of SPEC 4.</summary>
    [Benchmark]
    public void AllFeatures() => PixelFeatures.Compute(executor, image, planes);

    /// <summary>The 27 orientation-free descriptors of every pixel, standardised.</summary>
    [Benchmark]
    public void Descriptors()
    {
        executor.HessianEigenvalues(image, 1, Plane(1), Plane(2), Plane(0), null, null);
        executor.HessianEigenvalues(image, 2, Plane(4), Plane(5), Plane(3), Plane(18), Plane(19));
        executor.HessianEigenvalues(image, 4, Plane(7), Plane(8), Plane(6), null, null);
        executor.LocalMoments(image, 5, Plane(15), Plane(9), null, null, Plane(10));
        executor.LocalMoments(image, 9, Plane(15), Plane(11), null, null, Plane(12));
        executor.LocalMoments(image, 17, Plane(15), Plane(13), null, null, Plane(14));
        executor.StructureTensor(image, 2, 1e-12f, null, Plane(16));
        executor.TakePixels(planes.TopRows(17 * Side), centres, features);
        executor.NormalProfile(image, Plane(18), Plane(19), centres, 1.5, profile);
        executor.StandardizeRows(features);
        executor.StandardizeRows(profile);
    }

    [GlobalCleanup]
    public void Cleanup() => executor.Dispose();

    private Tensor Plane(int index) => planes.Block(index * Side, 0, Side, Side);
}
