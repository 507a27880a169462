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

    [Fact]
    public void ImagesAllocateNothingInSingle() => MeasureImages<float>();

    [Fact]
    public void ImagesAllocateNothingInDouble() => MeasureImages<double>();

    private static void MeasureImages<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int rows = 90, columns = 120, size = 5;
        int[] centres = [.. Enumerable.Range(0, rows * columns)];
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", rows, columns);
        Tensor planes = layout.Allocate("planes", 5 * rows, columns);
        Tensor features = layout.Allocate("features", 5, centres.Length), profile = layout.Allocate("profile", 6, centres.Length);
        Tensor references = layout.Allocate("references", 2, size * size), distance = layout.Allocate("distance", 2, centres.Length);
        Tensor weight = layout.Allocate("weight", size * size, 7), bias = layout.Allocate("bias", 1, 7), output = layout.Allocate("output", centres.Length, 7);
        Tensor Plane(int k) => planes.Block(k * rows, 0, rows, columns);
        using var executor = new HostExecutor<T>(layout);
        executor.Upload([.. Enumerable.Range(0, image.Count).Select(k => T.CreateChecked(Math.Sin(k * 0.37)))], image);
        Tensor a = Plane(0), b = Plane(1), c = Plane(2), d = Plane(3), e = Plane(4);
        long before = 0;
        for (int round = 0; round < 3; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            executor.LevelPolynomial(image, 2, a);
            executor.LineMedian(image, a);
            executor.GaussianFilter(image, 2, a);
            executor.Gradient(image, a, b);
            executor.StructureTensor(image, 2, T.Zero, a, b);
            executor.LocalMoments(image, 16, a, b, c, d, e);
            executor.CurvatureFit(image, T.One, a, b);
            executor.PatchMinMax(image, 16, a, b);
            executor.HessianEigenvalues(image, 2, a, b, c, d, e);
            executor.NormalProfile(image, d, e, centres, 1.5, profile);
            executor.TakePixels(planes, centres, features);
            executor.StandardizeRows(features);
            executor.PatchDistance(image, centres, size, PatchNormalization.Patch, references, distance);
            executor.DihedralPatchDistance(image, centres, size, PatchNormalization.Patch, references, distance);
            executor.PatchDense(image, centres, size, PatchNormalization.Patch, weight, bias, Activation.Relu, output);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
