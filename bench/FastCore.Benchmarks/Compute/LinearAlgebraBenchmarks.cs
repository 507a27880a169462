using BenchmarkDotNet.Attributes;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>LinearAlgebra/ at the sizes of a run: products of 256, factors of 210 points, element-wise work on a million values.</summary>
public class LinearAlgebraBenchmarks : OperationBenchmarks
{
    private const int Side = 256;
    private const int Points = 210;
    private const int Long = 1 << 20;
    private Tensor a;
    private Tensor b;
    private Tensor c;
    private Tensor definite;
    private Tensor lower;
    private Tensor square;
    private Tensor sides;
    private Tensor x;
    private Tensor y;
    private Tensor sum;

    [Benchmark, Work(2.0 * Side * Side * Side, 12.0 * Side * Side)]
    public void MatrixMultiply()
    {
        Begin(a, b);
        Executor.MatrixMultiply(a, b, c, false, false, 1, 0);
        End(c);
    }

    [Benchmark, Work(1.0 * Points * Points * Points / 3, 8.0 * Points * Points)]
    public void CholeskyFactor()
    {
        Begin(definite);
        Executor.Copy(definite, square);
        Executor.CholeskyFactor(square);
        End(square);
    }

    [Benchmark, Work(2.0 * Points * Points * Points / 3, 8.0 * Points * Points)]
    public void CholeskyInverse()
    {
        Begin(lower);
        Executor.CholeskyInverse(lower, square);
        End(square);
    }

    [Benchmark, Work(1.0 * Points * Points * Side, 8.0 * Points * Side)]
    public void TriangularSolve()
    {
        Begin(lower, sides);
        Executor.TriangularSolve(lower, sides, false);
        End(sides);
    }

    [Benchmark, Work(2.0 * Long, 12.0 * Long)]
    public void AddScaled()
    {
        Begin(x, y);
        Executor.AddScaled(1e-3f, x, y);
        End(y);
    }

    [Benchmark, Work(Long, 4.0 * Long)]
    public void ColumnSum()
    {
        Begin(x);
        Executor.ColumnSum(x, sum);
        End(sum);
    }

    protected override void Plan(ArenaLayout layout)
    {
        a = Take(layout, "a", Side, Side);
        b = Take(layout, "b", Side, Side);
        c = Take(layout, "c", Side, Side);
        definite = Take(layout, "definite", Points, Points, (i, j) => Math.Exp(-Math.Abs(i - j) / 5.0) + (i == j ? 0.5 : 0));
        lower = Take(layout, "lower", Points, Points, (i, j) => j > i ? 0 : i == j ? 1.5 : 0.1 / (1 + i - j));
        square = Take(layout, "square", Points, Points);
        sides = Take(layout, "sides", Points, Side);
        x = Take(layout, "x", Long / 4096, 4096);
        y = Take(layout, "y", Long / 4096, 4096);
        sum = Take(layout, "sum", 1, 4096);
    }
}
