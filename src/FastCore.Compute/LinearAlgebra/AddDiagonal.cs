using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>a_ii := a_ii + value for i below min(Rows, Columns).</summary>
/// <remarks>a has any shape and stride. Correctly rounded everywhere. Device: one thread per entry.</remarks>
public static class AddDiagonal
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, float, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, float, Tensor>(DeviceKernel));

    /// <summary>The definition.</summary>
    public static void Reference<T>(T value, MatrixSpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < Math.Min(a.Rows, a.Columns); i++)
            a[i, i] += value;
    }

    /// <summary>The same: a strided walk has nothing to gain from SIMD.</summary>
    public static void Host<T>(T value, MatrixSpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(value, a);

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, float value, Tensor a) =>
        arena[a.Offset + (index * a.Stride) + index] += value;

    internal static void Launch(DeviceQueue queue, float value, Tensor a)
    {
        int count = Math.Min(a.Rows, a.Columns);
        if (count > 0)
            Kernel.On(queue)(queue.Stream, count, queue.Arena, value, a);
    }
}
