using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>inverse := (L L^T)^-1 = L^-T L^-1, full and symmetric (Higham 2002, ch. 14).</summary>
/// <remarks>
/// lower and inverse are n x n. Host: L^-1 by recursive halves, then the product of its transpose with itself, where only what can be
/// non-zero is multiplied; the lower half is mirrored, so the result is exactly symmetric. Device: two triangular solves of the identity.
/// Tolerance: relative error below 10 n eps cond(A).
/// </remarks>
public static unsafe class CholeskyInverse
{
    private const int Base = 64;
    private const int StripWidth = 128;

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> lower, MatrixSpan<T> inverse)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(lower.Rows, lower.Columns, inverse.Rows, inverse.Columns);
        LinearAlgebra.Fill.Reference(T.Zero, inverse);
        AddDiagonal.Reference(T.One, inverse);
        TriangularSolve.Reference(lower, false, inverse);
        TriangularSolve.Reference(lower, true, inverse);
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> lower, MatrixSpan<T> inverse)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(lower.Rows, lower.Columns, inverse.Rows, inverse.Columns);
        int n = lower.Rows;
        if (n == 0)
            return;
        T* x = ScratchMatrix<T, Scratch>.Get(n * n);
        new Span<T>(x, n * n).Clear();
        fixed (T* startL = lower.Values, startI = inverse.Values)
        {
            Invert(startL, lower.Stride, x, n, n);
            for (int first = 0; first < n; first += StripWidth)
            {
                // Rows first .. first + count of the result; L^-1 is zero above its diagonal, so the sum starts at row first.
                int count = Math.Min(StripWidth, n - first);
                MatrixMultiply.Multiply(new PackedMultiply<T>.Strided(x + ((nint)first * n) + first, 1, n),
                    new PackedMultiply<T>.Strided(x + ((nint)first * n), n, 1),
                    startI + ((nint)first * inverse.Stride), inverse.Stride, count, first + count, n - first, T.One, T.Zero,
                    lowerOnly: first == 0);
            }
        }
        Mirror(inverse);
    }

    internal static void Launch(DeviceQueue queue, Tensor lower, Tensor inverse)
    {
        Check(lower.Rows, lower.Columns, inverse.Rows, inverse.Columns);
        LinearAlgebra.Fill.Launch(queue, 0, inverse);
        AddDiagonal.Launch(queue, 1, inverse);
        TriangularSolve.Launch(queue, lower, false, inverse);
        TriangularSolve.Launch(queue, lower, true, inverse);
    }

    private static void Check(int rows, int columns, int inverseRows, int inverseColumns)
    {
        Shape.Require(nameof(CholeskyInverse), "lower", rows, columns, rows, rows);
        Shape.Require(nameof(CholeskyInverse), "inverse", inverseRows, inverseColumns, rows, rows);
    }

    // [L11 0; L21 L22]^-1 = [X11 0; -X22 L21 X11, X22].
    private static void Invert<T>(T* lower, nint stride, T* x, nint strideX, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (n <= Base)
        {
            for (int i = 0; i < n; i++)
            {
                T* row = x + (i * strideX);
                T pivot = T.One / lower[(i * stride) + i];
                int k = 0;
                for (; k <= i - 4; k += 4)
                    VectorLoops.AddFourRows(lower + (i * stride) + k, x + (k * strideX), strideX, row, k + 4);
                for (; k < i; k++)
                    VectorLoops.AddScaled(lower[(i * stride) + k], x + (k * strideX), row, k + 1);
                VectorLoops.Scale(-pivot, row, i);
                row[i] = pivot;
            }
            return;
        }
        int half = ((n / 2) + Base - 1) / Base * Base;
        T* corner = lower + (half * stride);
        T* below = x + (half * strideX);
        Invert(lower, stride, x, strideX, half);
        MatrixMultiply.Multiply(new PackedMultiply<T>.Strided(corner, stride, 1), new PackedMultiply<T>.Strided(x, strideX, 1),
            below, strideX, n - half, half, half, -T.One, T.Zero);
        TriangularSolve.Solve(corner + half, stride, false, below, strideX, n - half, half);
        Invert(corner + half, stride, below + half, strideX, n - half);
    }

    // Squares of 16 stay in the first-level cache, where a whole column would not.
    private static void Mirror<T>(MatrixSpan<T> square)
        where T : unmanaged
    {
        const int side = 16;
        for (int top = 0; top < square.Rows; top += side)
        {
            for (int left = 0; left <= top; left += side)
            {
                for (int i = top; i < Math.Min(top + side, square.Rows); i++)
                {
                    ReadOnlySpan<T> row = square.Row(i);
                    for (int j = left; j < Math.Min(left + side, i); j++)
                        square[j, i] = row[j];
                }
            }
        }
    }

    private sealed class Scratch;
}
