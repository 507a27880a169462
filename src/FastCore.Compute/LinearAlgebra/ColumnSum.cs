using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>result_j := sum over rows of a_ij.</summary>
/// <remarks>
/// a is n x m, any stride; result is 1 x m. Host: row by row, so that memory is read once and in order. Device: one thread per column; above 512
/// rows up to 64 threads per column take every 64th row, then one joins them. Tolerance n eps sum |a_ij|.
/// </remarks>
public static unsafe class ColumnSum
{
    private const int Parts = 64;
    private const int OneStage = 512;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, int, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, int, Tensor>(DeviceKernel));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>>> PartKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernelParts));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, int, Tensor>> JoinKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, int, Tensor>(DeviceKernelJoin));

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> a, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(ColumnSum), nameof(result), result.Rows, result.Columns, 1, a.Columns);
        for (int j = 0; j < a.Columns; j++)
        {
            double sum = 0;
            for (int i = 0; i < a.Rows; i++)
                sum += double.CreateChecked(a[i, j]);
            result[0, j] = T.CreateChecked(sum);
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> a, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(ColumnSum), nameof(result), result.Rows, result.Columns, 1, a.Columns);
        result.Row(0).Clear();
        fixed (T* start = a.Values, sum = result.Values)
        {
            for (int i = 0; i < a.Rows; i++)
                VectorLoops.AddScaled(T.One, start + ((nint)i * a.Stride), sum, a.Columns);
        }
    }

    internal static void DeviceKernel(Index1D column, ArrayView<float> arena, Tensor a, int accumulate, Tensor result)
    {
        float sum = accumulate != 0 ? arena[result.Offset + column] : 0;
        for (int i = 0; i < a.Rows; i++)
            sum += arena[a.Offset + (i * a.Stride) + column];
        arena[result.Offset + column] = sum;
    }

    internal static void DeviceKernelParts(Index1D index, ArrayView<float> arena, Tensor a, ArrayView<float> scratch)
    {
        int part = index / a.Columns;
        int column = index - (part * a.Columns);
        float sum = 0;
        for (int i = part; i < a.Rows; i += Parts)
            sum += arena[a.Offset + (i * a.Stride) + column];
        scratch[index] = sum;
    }

    internal static void DeviceKernelJoin(Index1D column, ArrayView<float> arena, ArrayView<float> scratch, int accumulate, Tensor result)
    {
        float sum = accumulate != 0 ? arena[result.Offset + column] : 0;
        for (int part = 0; part < Parts; part++)
            sum += scratch[(part * result.Columns) + column];
        arena[result.Offset + column] = sum;
    }

    internal static void Launch(DeviceQueue queue, Tensor a, Tensor result, bool accumulate = false)
    {
        Shape.Require(nameof(ColumnSum), nameof(result), result.Rows, result.Columns, 1, a.Columns);
        if (a.Columns == 0)
            return;
        if (a.Rows <= OneStage)
        {
            Kernel.On(queue)(queue.Stream, a.Columns, queue.Arena, a, accumulate ? 1 : 0, result);
            return;
        }
        ArrayView<float> scratch = queue.Scratch(Parts * a.Columns);
        PartKernel.On(queue)(queue.Stream, Parts * a.Columns, queue.Arena, a, scratch);
        JoinKernel.On(queue)(queue.Stream, a.Columns, queue.Arena, scratch, accumulate ? 1 : 0, result);
    }
}
