using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>result_j := sum over rows of a_ij^2.</summary>
/// <remarks>
/// a is n x m, any stride; result is 1 x m. Host: row by row, so that memory is read once and in order. Device: one thread per column.
/// Tolerance n eps sum |a_ij^2|.
/// </remarks>
public static unsafe class ColumnSquaredNorm
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> a, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(ColumnSquaredNorm), nameof(result), result.Rows, result.Columns, 1, a.Columns);
        for (int j = 0; j < a.Columns; j++)
        {
            double sum = 0;
            for (int i = 0; i < a.Rows; i++)
                sum += double.CreateChecked(a[i, j]) * double.CreateChecked(a[i, j]);
            result[0, j] = T.CreateChecked(sum);
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> a, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(ColumnSquaredNorm), nameof(result), result.Rows, result.Columns, 1, a.Columns);
        result.Row(0).Clear();
        fixed (T* start = a.Values, sum = result.Values)
        {
            for (int i = 0; i < a.Rows; i++)
                VectorLoops.AddSquares(start + ((nint)i * a.Stride), sum, a.Columns);
        }
    }

    internal static void DeviceKernel(Index1D column, ArrayView<float> arena, Tensor a, Tensor result)
    {
        float sum = 0;
        for (int i = 0; i < a.Rows; i++)
        {
            float value = arena[a.Offset + (i * a.Stride) + column];
            sum += value * value;
        }
        arena[result.Offset + column] = sum;
    }

    internal static void Launch(DeviceQueue queue, Tensor a, Tensor result)
    {
        Shape.Require(nameof(ColumnSquaredNorm), nameof(result), result.Rows, result.Columns, 1, a.Columns);
        if (a.Columns > 0)
            Kernel.On(queue)(queue.Stream, a.Columns, queue.Arena, a, result);
    }
}
