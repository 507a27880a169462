using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>result := alpha sum over all a_ij + beta result; beta = 0 ignores what the result held, NaN included.</summary>
/// <remarks>
/// a any shape and stride; result is 1 x 1. With beta = 1 the terms of a loss, or the chunks of a batch, add up in one place. Host: SIMD sums of
/// 4096 elements joined in double. Device: 1024 strided partial sums, then one group joins them; no atomics, so every run gives the same
/// bits. Tolerance, with n elements, n eps sum |a_ij|.
/// </remarks>
public static class Sum
{
    private const int Partials = 1024;
    private const int Piece = 4096;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>>> PartialKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernelPartials));

    private static readonly LoadedKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, float, float, Tensor>>
        JoinKernel = new(static device => device.LoadKernel<ArrayView<float>, ArrayView<float>, float, float, Tensor>(DeviceKernelJoin));

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> a, T alpha, T beta, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(Sum), nameof(result), result.Rows, result.Columns, 1, 1);
        double sum = 0;
        for (int i = 0; i < a.Rows; i++)
        {
            foreach (T value in a.Row(i))
                sum += double.CreateChecked(value);
        }
        Store(sum, alpha, beta, result);
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> a, T alpha, T beta, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(Sum), nameof(result), result.Rows, result.Columns, 1, 1);
        double sum = 0;
        for (int i = 0; i < a.Rows; i++)
        {
            ReadOnlySpan<T> row = a.Row(i);
            for (int j = 0; j < row.Length; j += Piece)
                sum += double.CreateChecked(TensorPrimitives.Sum(row.Slice(j, Math.Min(Piece, row.Length - j))));
        }
        Store(sum, alpha, beta, result);
    }

    internal static void DeviceKernelPartials(Index1D part, ArrayView<float> arena, Tensor a, ArrayView<float> scratch)
    {
        float sum = 0;
        int count = a.Rows * a.Columns;
        for (int k = part; k < count; k += Partials)
        {
            int row = k / a.Columns;
            sum += arena[a.Offset + (row * a.Stride) + k - (row * a.Columns)];
        }
        scratch[part] = sum;
    }

    internal static void DeviceKernelJoin(ArrayView<float> arena, ArrayView<float> scratch, float alpha, float beta, Tensor result)
    {
        float sum = 0;
        for (int k = Group.IdxX; k < Partials; k += DeviceMath.GroupSize)
            sum += scratch[k];
        sum = DeviceMath.GroupSum(sum);
        if (Group.IdxX == 0)
            arena[result.Offset] = (alpha * sum) + (beta == 0 ? 0 : beta * arena[result.Offset]);
    }

    internal static void Launch(DeviceQueue queue, Tensor a, float alpha, float beta, Tensor result)
    {
        Shape.Require(nameof(Sum), nameof(result), result.Rows, result.Columns, 1, 1);
        ArrayView<float> scratch = queue.Scratch(Partials);
        PartialKernel.On(queue)(queue.Stream, Partials, queue.Arena, a, scratch);
        JoinKernel.On(queue)(queue.Stream, new KernelConfig(1, DeviceMath.GroupSize), queue.Arena, scratch, alpha, beta, result);
    }

    private static void Store<T>(double sum, T alpha, T beta, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double old = beta == T.Zero ? 0 : double.CreateChecked(beta) * double.CreateChecked(result[0, 0]);
        result[0, 0] = T.CreateChecked((double.CreateChecked(alpha) * sum) + old);
    }
}
