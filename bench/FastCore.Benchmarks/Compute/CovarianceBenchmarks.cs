using BenchmarkDotNet.Attributes;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>Covariance and slope of all pairs, and the distances below them, in the precision of training and of scoring.</summary>
[MemoryDiagnoser]
public class CovarianceBenchmarks
{
    private const int Dimensions = 27;
    private HostExecutor<float> single = null!;
    private HostExecutor<double> twice = null!;
    private Tensor points;
    private Tensor lengthscale;
    private Tensor distance;
    private Tensor result;
    private Tensor gradient;
    private Tensor gradientLengthscale;

    [Params(CovarianceFunction.Rbf, CovarianceFunction.Matern52)]
    public CovarianceFunction Function { get; set; }

    [Params(210)]
    public int Points { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var layout = new ArenaLayout();
        points = layout.Allocate("points", Dimensions, Points);
        lengthscale = layout.Allocate("lengthscale", Dimensions, 1);
        distance = layout.Allocate("distance", Points, Points);
        result = layout.Allocate("result", Points, Points);
        gradient = layout.Allocate("gradient", Dimensions, Points);
        gradientLengthscale = layout.Allocate("gradientLengthscale", Dimensions, 1);
        single = new HostExecutor<float>(layout);
        twice = new HostExecutor<double>(layout);
        single.Fill(lengthscale, 1);
        twice.Fill(lengthscale, 1);
        single.Fill(distance, 0.7f);
        twice.Fill(distance, 0.7);
    }

    [Benchmark]
    public void SingleValue() => single.Covariance(Function, distance, 1, result);

    [Benchmark]
    public void DoubleValue() => twice.Covariance(Function, distance, 1, result);

    [Benchmark]
    public void DoubleSlope() => twice.CovarianceSlope(Function, distance, 1, result);

    [Benchmark]
    public void DoubleDistances() => twice.ScaledSquaredDistance(points, points, lengthscale, distance);

    [Benchmark]
    public void DoubleDistanceGradient() => twice.ScaledSquaredDistanceGradient(points, lengthscale, distance, gradient, gradientLengthscale);

    [GlobalCleanup]
    public void Cleanup()
    {
        single.Dispose();
        twice.Dispose();
    }
}
