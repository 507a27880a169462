using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>x := value.</summary>
/// <remarks>x has any shape and stride. Exact everywhere. Device: one thread per element.</remarks>
public static class Fill
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, float, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, float, Tensor>(DeviceKernel));

    /// <summary>The definition.</summary>
    public static void Reference<T>(T value, MatrixSpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
                x[i, j] = value;
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(T value, MatrixSpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Rows; i++)
            x.Row(i).Fill(value);
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, float value, Tensor x)
    {
        int row = index / x.Columns;
        arena[x.Offset + (row * x.Stride) + index - (row * x.Columns)] = value;
    }

    internal static void Launch(DeviceQueue queue, float value, Tensor x)
    {
        if (x.Count > 0)
            Kernel.On(queue)(queue.Stream, x.Count, queue.Arena, value, x);
    }
}
