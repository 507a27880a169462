using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>A host operation costs no managed memory, once the buffers of its thread exist.</summary>
public sealed class HostAllocationTests
{
    [Fact]
    public void SingleAllocatesNothing() => Measure<float>();

    [Fact]
    public void DoubleAllocatesNothing() => Measure<double>();

    private static void Measure<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int n = 200;
        const int m = 3000;
        var layout = new ArenaLayout();
        Tensor square = layout.Allocate("square", n, n);
        Tensor factor = layout.Allocate("factor", n, n);
        Tensor other = layout.Allocate("other", n, n);
        Tensor wide = layout.Allocate("wide", n, m);
        Tensor result = layout.Allocate("result", n, m);
        Tensor row = layout.Allocate("row", 1, m);
        Tensor mean = layout.Allocate("mean", 1, m);
        Tensor variance = layout.Allocate("variance", 1, m);
        Tensor short1 = layout.Allocate("short", 1, n);
        Tensor points = layout.Allocate("points", 5, n);
        Tensor gradient = layout.Allocate("gradient", 5, n);
        Tensor scales = layout.Allocate("scales", 5, 1);
        Tensor scaleGradient = layout.Allocate("scaleGradient", 5, 1);
        using var executor = new HostExecutor<T>(layout);
        executor.Fill(scales, T.One);
        executor.Fill(short1, T.One);

        long before = 0;
        for (int round = 0; round < 3; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            executor.Fill(square, T.CreateChecked(0.1));
            executor.AddDiagonal(square, T.One);
            executor.Copy(square, factor);
            executor.AddScaled(T.CreateChecked(0.5), square, other);
            executor.Multiply(square, other, other);
            Assert.True(executor.CholeskyFactor(factor));
            executor.CholeskyInverse(factor, other);
            executor.TriangularSolve(factor, wide, false);
            executor.TriangularSolve(factor, wide, true);
            executor.TriangularSolve(factor, short1.Reshape(n, 1), false);
            executor.MatrixMultiply(square, wide, result, false, false, T.One, T.Zero);
            executor.MatrixMultiply(short1, wide, row, false, false, T.One, T.Zero);
            executor.ColumnSquaredNorm(wide, row);
            executor.ColumnSum(wide, row);
            executor.ScaledSquaredDistance(points, points, scales, other);
            executor.Covariance(CovarianceFunction.Matern52, other, T.One, square);
            executor.CovarianceSlope(CovarianceFunction.Rbf, other, T.One, other);
            executor.ScaledSquaredDistanceGradient(points, scales, other, gradient, scaleGradient);
            executor.PosteriorAppend(wide, n - 1, row, short1, short1, T.Zero, mean, variance);
            executor.KeepSmallest(row, result.TopRows(5));
            executor.Fill(square, T.Zero);
            executor.AddDiagonal(square, T.CreateChecked(9));
            Assert.True(executor.CholeskyAppend(square, n - 1, short1) || executor.CholeskyAppend(square, 0, short1.Block(0, 0, 1, 1)));
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
