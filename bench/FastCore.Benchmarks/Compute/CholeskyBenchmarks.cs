using BenchmarkDotNet.Attributes;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>What one training cycle of a Gaussian process asks for: factor (n^3 / 3 operations), inverse, append.</summary>
[MemoryDiagnoser]
public class CholeskyBenchmarks
{
    private HostExecutor<double> executor = null!;
    private Tensor matrix;
    private Tensor factor;
    private Tensor inverse;
    private Tensor row;

    [Params(64, 128, 210, 500, 1024)]
    public int Points { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var layout = new ArenaLayout();
        matrix = layout.Allocate("matrix", Points, Points);
        factor = layout.Allocate("factor", Points, Points);
        inverse = layout.Allocate("inverse", Points, Points);
        row = layout.Allocate("row", 1, Points);
        executor = new HostExecutor<double>(layout);
        var values = new double[matrix.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Math.Exp(-Math.Abs((i / Points) - (i % Points)) / 5.0) + (i / Points == i % Points ? 0.5 : 0);
        executor.Upload(values, matrix);
        executor.Upload(values.AsSpan((Points - 1) * Points, Points), row);
    }

    [Benchmark]
    public bool Factor()
    {
        executor.Copy(matrix, factor);
        return executor.CholeskyFactor(factor);
    }

    [Benchmark]
    public void FactorAndInverse()
    {
        executor.Copy(matrix, factor);
        executor.CholeskyFactor(factor);
        executor.CholeskyInverse(factor, inverse);
    }

    [Benchmark]
    public bool FactorAndAppend()
    {
        executor.Copy(matrix, factor);
        executor.CholeskyFactor(factor.Leading(Points - 1));
        return executor.CholeskyAppend(factor, Points - 1, row);
    }

    [GlobalCleanup]
    public void Cleanup() => executor.Dispose();
}
