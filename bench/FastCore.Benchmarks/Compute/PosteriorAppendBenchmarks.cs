using BenchmarkDotNet.Attributes;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>
/// Deciding the next point with a frozen model: distances of the new point to all candidates, covariance, novelty's nearest distances, and the
/// posterior update, which must stream n M values (4 n M bytes) from memory.
/// </summary>
[MemoryDiagnoser]
public class PosteriorAppendBenchmarks
{
    private const int Dimensions = 27;
    private HostExecutor<float> executor = null!;
    private Tensor whitened;
    private Tensor cross;
    private Tensor factorRow;
    private Tensor beta;
    private Tensor mean;
    private Tensor variance;
    private Tensor candidates;
    private Tensor point;
    private Tensor lengthscale;
    private Tensor smallest;

    [Params(50, 210)]
    public int Points { get; set; }

    [Params(10_000, 58_081)]
    public int Candidates { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var layout = new ArenaLayout();
        whitened = layout.Allocate("whitened", Points + 1, Candidates);
        cross = layout.Allocate("cross", 1, Candidates);
        factorRow = layout.Allocate("factorRow", 1, Points + 1);
        beta = layout.Allocate("beta", 1, Points + 1);
        mean = layout.Allocate("mean", 1, Candidates);
        variance = layout.Allocate("variance", 1, Candidates);
        candidates = layout.Allocate("candidates", Dimensions, Candidates);
        point = layout.Allocate("point", Dimensions, 1);
        lengthscale = layout.Allocate("lengthscale", Dimensions, 1);
        smallest = layout.Allocate("smallest", 5, Candidates);
        executor = new HostExecutor<float>(layout);
        executor.Fill(whitened, 0.01f);
        executor.Fill(factorRow, 0.5f);
        executor.Fill(candidates, 0.3f);
        executor.Fill(lengthscale, 1);
        executor.Fill(smallest, 1);
    }

    [Benchmark]
    public void Append() => executor.PosteriorAppend(whitened, Points, cross, factorRow, beta, 0, mean, variance);

    [Benchmark]
    public void Distances() => executor.ScaledSquaredDistance(point, candidates, lengthscale, cross);

    [Benchmark]
    public void Nearest() => executor.KeepSmallest(cross, smallest);

    [Benchmark]
    public void Step()
    {
        executor.ScaledSquaredDistance(point, candidates, lengthscale, cross);
        executor.KeepSmallest(cross, smallest);
        executor.Covariance(CovarianceFunction.Matern52, cross, 1, cross);
        executor.PosteriorAppend(whitened, Points, cross, factorRow, beta, 0, mean, variance);
    }

    [GlobalCleanup]
    public void Cleanup() => executor.Dispose();
}
