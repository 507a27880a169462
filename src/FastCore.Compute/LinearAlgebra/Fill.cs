using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>x := value.</summary>
public static class Fill
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(T value, MatrixSpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Rows; i++)
            x.Row(i).Fill(value);
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(T value, MatrixSpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(value, x);

    internal static void Launch(DeviceQueue queue, float value, Tensor x) =>
        throw new NotSupportedException("Fill is not available on devices.");
}
