using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>inverse := (L L^T)^-1 = L^-T L^-1, full and symmetric (Higham 2002, ch. 14).</summary>
/// <remarks>
/// lower and inverse are n x n. Host: L^-1 by recursive halves, then the product of its transpose with itself, where only what can be
/// non-zero is multiplied; the lower half is mirrored, so the result is exactly symmetric. With 512-bit vectors up to 128 rows are inverted by strips
/// of two vectors of columns, four rows at a time in registers, and multiplied in register tiles straight from there, without packing. Device: two triangular solves of the identity.
/// Tolerance: relative error below 10 n eps cond(A).
/// </remarks>
public static unsafe class CholeskyInverse
{
    private const int Base = 64;
    private const int StripWidth = 128;

    // With 512-bit vectors: up to so many rows one call inverts; the result stays in the second-level cache.
    private const int WideBase = 128;

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
        if (Vector512.IsHardwareAccelerated && n <= WideBase)
        {
            Small(lower, inverse);
            return;
        }
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

    private static void Small<T>(ReadOnlyMatrixSpan<T> lower, MatrixSpan<T> inverse)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int tile = 12;
        int n = lower.Rows, across = 2 * Vector512<T>.Count;
        // Columns in whole strips; rows so that a tile that begins among the n columns ends inside.
        int pitch = ((n + tile + across - 1) / across * across) + Vector512<T>.Count;
        T* x = ScratchMatrix<T, Scratch>.Get(2 * (n + tile) * pitch), square = x + ((n + tile) * pitch);
        new Span<T>(x, n * pitch).Clear();
        fixed (T* startL = lower.Values)
            InvertWide(startL, lower.Stride, x, pitch, n);
        for (int i = 0; i < n; i += tile)
        {
            // L^-1 is zero above its diagonal: sums begin at row i.
            T* from = x + ((nint)i * pitch);
            for (int j = 0; j < Math.Min(i + tile, n); j += across)
                RegisterTile512.Rows12(n - i, from + i, pitch, from + j, pitch, square + ((nint)i * pitch) + j, pitch, T.One, T.Zero);
        }
        for (int i = 0; i < n; i++)
            new ReadOnlySpan<T>(square + ((nint)i * pitch), i + 1).CopyTo(inverse.Row(i));
        Mirror(inverse);
    }

    // x := L^-1 for x that is zero: row i is (e_i - sum over k < i of l_ik x_k) / l_ii. A strip begins at the row of its first column.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InvertWide<T>(T* lower, nint stride, T* x, nint pitch, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector512<T>.Count;
        for (int column = 0; column < n; column += 2 * width)
        {
            T* strip = x + column;
            int i = column;
            for (; i <= n - 4; i += 4)
            {
                T* l0 = lower + (i * stride), l1 = l0 + stride, l2 = l1 + stride, l3 = l2 + stride;
                T* row = strip + (i * pitch);
                for (int r = 0; r < 4; r++)
                {
                    if (i + r < column + (2 * width))
                        row[(r * pitch) + i + r - column] = T.One;
                }
                Vector512<T> s0 = Vector512.Load(row), t0 = Vector512.Load(row + width);
                Vector512<T> s1 = Vector512.Load(row + pitch), t1 = Vector512.Load(row + pitch + width);
                Vector512<T> s2 = Vector512.Load(row + (2 * pitch)), t2 = Vector512.Load(row + (2 * pitch) + width);
                Vector512<T> s3 = Vector512.Load(row + (3 * pitch)), t3 = Vector512.Load(row + (3 * pitch) + width);
                T* above = strip + (column * pitch);
                for (int k = column; k < i; k++, above += pitch)
                {
                    Vector512<T> u = Vector512.Load(above), v = Vector512.Load(above + width);
                    var factor = Vector512.Create(-l0[k]);
                    s0 = RegisterTile512.Fma(factor, u, s0);
                    t0 = RegisterTile512.Fma(factor, v, t0);
                    factor = Vector512.Create(-l1[k]);
                    s1 = RegisterTile512.Fma(factor, u, s1);
                    t1 = RegisterTile512.Fma(factor, v, t1);
                    factor = Vector512.Create(-l2[k]);
                    s2 = RegisterTile512.Fma(factor, u, s2);
                    t2 = RegisterTile512.Fma(factor, v, t2);
                    factor = Vector512.Create(-l3[k]);
                    s3 = RegisterTile512.Fma(factor, u, s3);
                    t3 = RegisterTile512.Fma(factor, v, t3);
                }
                var pivot = Vector512.Create(T.One / l0[i]);
                s0 *= pivot;
                t0 *= pivot;
                Next(l1, i, s0, t0, ref s1, ref t1);
                pivot = Vector512.Create(T.One / l1[i + 1]);
                s1 *= pivot;
                t1 *= pivot;
                Next(l2, i, s0, t0, ref s2, ref t2);
                Next(l2, i + 1, s1, t1, ref s2, ref t2);
                pivot = Vector512.Create(T.One / l2[i + 2]);
                s2 *= pivot;
                t2 *= pivot;
                Next(l3, i, s0, t0, ref s3, ref t3);
                Next(l3, i + 1, s1, t1, ref s3, ref t3);
                Next(l3, i + 2, s2, t2, ref s3, ref t3);
                pivot = Vector512.Create(T.One / l3[i + 3]);
                s3 *= pivot;
                t3 *= pivot;
                s0.Store(row);
                t0.Store(row + width);
                s1.Store(row + pitch);
                t1.Store(row + pitch + width);
                s2.Store(row + (2 * pitch));
                t2.Store(row + (2 * pitch) + width);
                s3.Store(row + (3 * pitch));
                t3.Store(row + (3 * pitch) + width);
            }
            for (; i < n; i++)
            {
                T* own = lower + (i * stride), row = strip + (i * pitch);
                if (i < column + (2 * width))
                    row[i - column] = T.One;
                Vector512<T> s = Vector512.Load(row), t = Vector512.Load(row + width);
                for (int k = column; k < i; k++)
                    Next(own, k, Vector512.Load(strip + (k * pitch)), Vector512.Load(strip + (k * pitch) + width), ref s, ref t);
                var pivot = Vector512.Create(T.One / own[i]);
                (s * pivot).Store(row);
                (t * pivot).Store(row + width);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Next<T>(T* row, int k, Vector512<T> u, Vector512<T> v, ref Vector512<T> s, ref Vector512<T> t)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var factor = Vector512.Create(-row[k]);
        s = RegisterTile512.Fma(factor, u, s);
        t = RegisterTile512.Fma(factor, v, t);
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
