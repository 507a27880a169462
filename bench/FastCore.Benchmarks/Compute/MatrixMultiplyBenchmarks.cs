using BenchmarkDotNet.Attributes;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>Matrix products of the shapes that networks and Gaussian processes ask for; 2 m n k operations each.</summary>
[MemoryDiagnoser]
public class MatrixMultiplyBenchmarks
{
    private HostExecutor<float> single = null!;
    private HostExecutor<double> twice = null!;
    private Tensor a;
    private Tensor b;
    private Tensor c;

    [Params("64x256x256", "256x256x256", "1024x1024x1024", "2000x256x256", "210x251x256", "256x256x2000")]
    public string Shape { get; set; } = "";

    [Params(false, true)]
    public bool TransposeB { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = [.. Shape.Split('x').Select(int.Parse)];
        var layout = new ArenaLayout();
        a = layout.Allocate("a", sizes[0], sizes[2]);
        b = TransposeB ? layout.Allocate("b", sizes[1], sizes[2]) : layout.Allocate("b", sizes[2], sizes[1]);
        c = layout.Allocate("c", sizes[0], sizes[1]);
        single = new HostExecutor<float>(layout);
        twice = new HostExecutor<double>(layout);
        single.Fill(a, 0.5f);
        single.Fill(b, 0.5f);
        twice.Fill(a, 0.5);
        twice.Fill(b, 0.5);
    }

    [Benchmark]
    public void InSingle() => single.MatrixMultiply(a, b, c, false, TransposeB, 1, 0);

    [Benchmark]
    public void InDouble() => twice.MatrixMultiply(a, b, c, false, TransposeB, 1, 0);

    [GlobalCleanup]
    public void Cleanup()
    {
        single.Dispose();
        twice.Dispose();
    }
}
