using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>destination := source.</summary>
/// <remarks>Equal shapes, any strides. Exact everywhere. Device: one thread per element.</remarks>
public static class Copy
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> source, MatrixSpan<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(Copy), nameof(destination), destination.Rows, destination.Columns, source.Rows, source.Columns);
        for (int i = 0; i < source.Rows; i++)
        {
            for (int j = 0; j < source.Columns; j++)
                destination[i, j] = source[i, j];
        }
    }

    /// <summary>The same by rows.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> source, MatrixSpan<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(Copy), nameof(destination), destination.Rows, destination.Columns, source.Rows, source.Columns);
        for (int i = 0; i < source.Rows; i++)
            source.Row(i).CopyTo(destination.Row(i));
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor source, Tensor destination)
    {
        int row = index / source.Columns;
        int column = index - (row * source.Columns);
        arena[destination.Offset + (row * destination.Stride) + column] = arena[source.Offset + (row * source.Stride) + column];
    }

    internal static void Launch(DeviceQueue queue, Tensor source, Tensor destination)
    {
        Shape.Require(nameof(Copy), nameof(destination), destination.Rows, destination.Columns, source.Rows, source.Columns);
        if (source.Count > 0)
            Kernel.On(queue)(queue.Stream, source.Count, queue.Arena, source, destination);
    }
}
