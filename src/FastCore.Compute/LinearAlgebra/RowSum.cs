using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>result_i := sum over columns of a_ij.</summary>
/// <remarks>
/// a is n x m, any stride; result is n x 1. Without columns the sums are 0. Host: one SIMD sum per row. Device: one group of 64 threads per row,
/// strided partial sums, then a tree in shared memory. Tolerance m eps sum |a_ij|.
/// </remarks>
public static class RowSum
{
    private static readonly LoadedKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>, Tensor, Tensor>> Kernel =
        new(static device => device.LoadKernel<ArrayView<float>, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> a, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(RowSum), nameof(result), result.Rows, result.Columns, a.Rows, 1);
        for (int i = 0; i < a.Rows; i++)
        {
            double sum = 0;
            foreach (T value in a.Row(i))
                sum += double.CreateChecked(value);
            result[i, 0] = T.CreateChecked(sum);
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> a, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(RowSum), nameof(result), result.Rows, result.Columns, a.Rows, 1);
        for (int i = 0; i < a.Rows; i++)
            result[i, 0] = TensorPrimitives.Sum(a.Row(i));
    }

    internal static void DeviceKernel(ArrayView<float> arena, Tensor a, Tensor result)
    {
        int row = Grid.IdxX;
        float sum = 0;
        for (int j = Group.IdxX; j < a.Columns; j += DeviceMath.GroupSize)
            sum += arena[a.Offset + (row * a.Stride) + j];
        sum = DeviceMath.GroupSum(sum);
        if (Group.IdxX == 0)
            arena[result.Offset + (row * result.Stride)] = sum;
    }

    internal static void Launch(DeviceQueue queue, Tensor a, Tensor result)
    {
        Shape.Require(nameof(RowSum), nameof(result), result.Rows, result.Columns, a.Rows, 1);
        if (a.Rows > 0)
            Kernel.On(queue)(queue.Stream, new KernelConfig(a.Rows, DeviceMath.GroupSize), queue.Arena, a, result);
    }
}
