using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Covariance;

/// <summary>
/// Gradients through <see cref="ScaledSquaredDistance"/> of points with themselves, weight W (SPEC 2.3):
/// gradientX_di = -2 sum_j W_ij (x_di - x_dj) / l_d^2, gradientLengthscale_d = sum_ij W_ij (x_di - x_dj)^2 / l_d^3.
/// </summary>
/// <remarks>
/// x is d x n, lengthscale d x 1, weight n x n and symmetric, gradientX d x n, gradientLengthscale d x 1. Differences are taken before they are
/// weighted, so that near points cancel exactly. Device: one thread per (d, i) leaves its share of the lengthscale's sum in scratch memory, one
/// thread per dimension adds them in order: no atomics, the same result in every run. Tolerance 2 n eps sum |terms|.
/// </remarks>
public static unsafe class ScaledSquaredDistanceGradient
{
    private static readonly LoadedKernel<
        Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor, ArrayView<float>>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<
            Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor, ArrayView<float>>(DeviceKernel));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, int, ArrayView<float>>> SumKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, int, ArrayView<float>>(DeviceKernelSum));

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> lengthscale, ReadOnlyMatrixSpan<T> weight,
        MatrixSpan<T> gradientX, MatrixSpan<T> gradientLengthscale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(x, lengthscale, weight, gradientX, gradientLengthscale);
        for (int d = 0; d < x.Rows; d++)
        {
            double l = double.CreateChecked(lengthscale[d, 0]);
            double total = 0;
            for (int i = 0; i < x.Columns; i++)
            {
                double sum = 0;
                for (int j = 0; j < x.Columns; j++)
                {
                    double step = double.CreateChecked(x[d, i]) - double.CreateChecked(x[d, j]);
                    double weighted = double.CreateChecked(weight[i, j]) * step;
                    sum += weighted;
                    total += weighted * step;
                }
                gradientX[d, i] = T.CreateChecked(-2 * sum / (l * l));
            }
            gradientLengthscale[d, 0] = T.CreateChecked(total / (l * l * l));
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> lengthscale, ReadOnlyMatrixSpan<T> weight,
        MatrixSpan<T> gradientX, MatrixSpan<T> gradientLengthscale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(x, lengthscale, weight, gradientX, gradientLengthscale);
        fixed (T* startX = x.Values, startW = weight.Values, startG = gradientX.Values)
        {
            for (int d = 0; d < x.Rows; d++)
            {
                T inverse = T.One / lengthscale[d, 0];
                T total = OneDimension(startX + ((nint)d * x.Stride), startW, weight.Stride, x.Columns,
                    T.CreateChecked(-2) * inverse * inverse, startG + ((nint)d * gradientX.Stride));
                gradientLengthscale[d, 0] = total * inverse * inverse * inverse;
            }
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor x, Tensor lengthscale, Tensor weight, Tensor gradientX,
        ArrayView<float> partial)
    {
        int d = index / x.Columns;
        int i = index - (d * x.Columns);
        int row = x.Offset + (d * x.Stride);
        float own = arena[row + i];
        float l = arena[lengthscale.Offset + (d * lengthscale.Stride)];
        float sum = 0;
        float total = 0;
        for (int j = 0; j < x.Columns; j++)
        {
            float step = own - arena[row + j];
            // The weight is symmetric: column i read down its rows is contiguous across threads.
            float weighted = arena[weight.Offset + (j * weight.Stride) + i] * step;
            sum += weighted;
            total += weighted * step;
        }
        arena[gradientX.Offset + (d * gradientX.Stride) + i] = -2 * sum / (l * l);
        partial[index] = total;
    }

    internal static void DeviceKernelSum(Index1D d, ArrayView<float> arena, Tensor lengthscale, Tensor gradientLengthscale, int points,
        ArrayView<float> partial)
    {
        float total = 0;
        for (int i = 0; i < points; i++)
            total += partial[(d * points) + i];
        float l = arena[lengthscale.Offset + (d * lengthscale.Stride)];
        arena[gradientLengthscale.Offset + (d * gradientLengthscale.Stride)] = total / (l * l * l);
    }

    internal static void Launch(DeviceQueue queue, Tensor x, Tensor lengthscale, Tensor weight, Tensor gradientX, Tensor gradientLengthscale)
    {
        Check(x.Rows, x.Columns, lengthscale.Rows, lengthscale.Columns, weight.Rows, weight.Columns,
            gradientX.Rows, gradientX.Columns, gradientLengthscale.Rows, gradientLengthscale.Columns);
        if (x.Rows == 0)
            return;
        ArrayView<float> partial = queue.Scratch(Math.Max(1, x.Count));
        if (x.Count > 0)
            Kernel.On(queue)(queue.Stream, x.Count, queue.Arena, x, lengthscale, weight, gradientX, partial);
        SumKernel.On(queue)(queue.Stream, x.Rows, queue.Arena, lengthscale, gradientLengthscale, x.Columns, partial);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T OneDimension<T>(T* x, T* weight, nint stride, int n, T factor, T* gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T all = T.Zero;
        for (int i = 0; i < n; i++, weight += stride)
        {
            var own = new Vector<T>(x[i]);
            Vector<T> sums = Vector<T>.Zero;
            Vector<T> totals = Vector<T>.Zero;
            int j = 0;
            for (; j <= n - Vector<T>.Count; j += Vector<T>.Count)
            {
                Vector<T> step = own - Vector.Load(x + j);
                Vector<T> weighted = Vector.Load(weight + j) * step;
                sums += weighted;
                totals = VectorLoops.Fma(weighted, step, totals);
            }
            T sum = Vector.Sum(sums);
            T total = Vector.Sum(totals);
            for (; j < n; j++)
            {
                T step = x[i] - x[j];
                sum += weight[j] * step;
                total += weight[j] * step * step;
            }
            gradient[i] = factor * sum;
            all += total;
        }
        return all;
    }

    private static void Check<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> lengthscale, ReadOnlyMatrixSpan<T> weight,
        MatrixSpan<T> gradientX, MatrixSpan<T> gradientLengthscale)
        where T : unmanaged =>
        Check(x.Rows, x.Columns, lengthscale.Rows, lengthscale.Columns, weight.Rows, weight.Columns,
            gradientX.Rows, gradientX.Columns, gradientLengthscale.Rows, gradientLengthscale.Columns);

    private static void Check(int dimensions, int n, int rowsL, int columnsL, int rowsW, int columnsW,
        int rowsX, int columnsX, int rowsG, int columnsG)
    {
        Shape.Require(nameof(ScaledSquaredDistanceGradient), "lengthscale", rowsL, columnsL, dimensions, 1);
        Shape.Require(nameof(ScaledSquaredDistanceGradient), "weight", rowsW, columnsW, n, n);
        Shape.Require(nameof(ScaledSquaredDistanceGradient), "gradientX", rowsX, columnsX, dimensions, n);
        Shape.Require(nameof(ScaledSquaredDistanceGradient), "gradientLengthscale", rowsG, columnsG, dimensions, 1);
    }
}
