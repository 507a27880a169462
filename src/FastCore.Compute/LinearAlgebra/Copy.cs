using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>destination := source.</summary>
public static class Copy
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> source, MatrixSpan<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(Copy), nameof(destination), destination.Rows, destination.Columns, source.Rows, source.Columns);
        for (int i = 0; i < source.Rows; i++)
            source.Row(i).CopyTo(destination.Row(i));
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> source, MatrixSpan<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(source, destination);

    internal static void Launch(DeviceQueue queue, Tensor source, Tensor destination) =>
        throw new NotSupportedException("Copy is not available on devices.");
}
