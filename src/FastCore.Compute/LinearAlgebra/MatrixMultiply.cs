using System.Numerics;
using System.Runtime.Intrinsics;
using FastCore.Compute.Execution;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>c := alpha op(a) op(b) + beta c, op the identity or the transposition; beta = 0 ignores what c held, NaN included.</summary>
/// <remarks>
/// a is m x k, b is k x n, c is m x n after op; any stride. Host: <see cref="PackedMultiply{T}"/>; a single row or column streams the matrix
/// once without packing. Device: <see cref="MatrixMultiplyTiles"/>. Tolerance against the definition: 4 eps sqrt(k) times the norm of a row
/// times that of a column.
/// </remarks>
public static unsafe class MatrixMultiply
{
    private const int ColumnBlock = 2048;

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(
        ReadOnlyMatrixSpan<T> a, ReadOnlyMatrixSpan<T> b, bool transposeA, bool transposeB, T alpha, T beta, MatrixSpan<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inner = Inner(a.Rows, a.Columns, b.Rows, b.Columns, transposeA, transposeB, c.Rows, c.Columns);
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

    /// <summary>The same with SIMD, on all threads above 10 MFLOP; safe from several threads at once.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> a, ReadOnlyMatrixSpan<T> b, bool transposeA, bool transposeB, T alpha, T beta, MatrixSpan<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inner = Inner(a.Rows, a.Columns, b.Rows, b.Columns, transposeA, transposeB, c.Rows, c.Columns);
        if (c.Rows == 0 || c.Columns == 0)
            return;
        fixed (T* startA = a.Values, startB = b.Values, startC = c.Values)
        {
            var left = new PackedMultiply<T>.Strided(startA, transposeA ? 1 : a.Stride, transposeA ? a.Stride : 1);
            var right = new PackedMultiply<T>.Strided(startB, transposeB ? 1 : b.Stride, transposeB ? b.Stride : 1);
            Multiply(left, right, startC, c.Stride, c.Rows, c.Columns, inner, alpha, beta);
        }
    }

    /// <summary>The same on pointers; entries above the diagonal of c may be left as they are with <paramref name="lowerOnly"/>.</summary>
    internal static void Multiply<T>(PackedMultiply<T>.Strided left, PackedMultiply<T>.Strided right, T* c, nint stride,
        int height, int width, int depth, T alpha, T beta, bool lowerOnly = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Multiply(left, right, c, stride, height, width, depth, alpha, beta, default, lowerOnly);

    /// <summary>c := a b with an element-wise end, which is applied while a block of c is in cache.</summary>
    internal static void Multiply<T>(PackedMultiply<T>.Strided left, PackedMultiply<T>.Strided right, T* c, nint stride,
        int height, int width, int depth, End<T> end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (depth > 0 && height > 1 && Vector256.IsHardwareAccelerated)
        {
            Multiply(left, right, c, stride, height, width, depth, T.One, T.Zero, end, false);
            return;
        }
        Multiply(left, right, c, stride, height, width, depth, T.One, T.Zero);
        for (int i = 0; i < height; i++)
        {
            var row = new Span<T>(c + (i * stride), width);
            if (end.Bias is not null)
                Layers.ActivationMap.Apply(end.Activation, new ReadOnlySpan<T>(end.Bias, width), row);
            if (end.Outputs is not null)
                Layers.ActivationMap.ApplySlope(end.Activation, new ReadOnlySpan<T>(end.Outputs + (i * end.OutputStride), width), row);
        }
    }

    private static void Multiply<T>(PackedMultiply<T>.Strided left, PackedMultiply<T>.Strided right, T* c, nint stride,
        int height, int width, int depth, T alpha, T beta, End<T> end, bool lowerOnly)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (height == 0 || width == 0)
            return;
        if (depth == 0 || (height == 1 && right.ColumnStride == 1))
            RowTimesMatrix(left, right, c, stride, height, width, depth, alpha, beta);
        else if (!end.IsWanted && width == 1 && left.ColumnStride == 1 && right.RowStride == 1)
            MatrixTimesColumn(left, right, c, stride, height, depth, alpha, beta);
        else if (Vector256.IsHardwareAccelerated)
            PackedMultiply<T>.Mine.Multiply(left, right, c, stride, height, width, depth, alpha, beta, end, lowerOnly);
        else
            Plain(left, right, c, stride, height, width, depth, alpha, beta);
    }

    internal static void Launch(DeviceQueue queue, Tensor a, Tensor b, bool transposeA, bool transposeB, float alpha, float beta, Tensor c)
    {
        Inner(a.Rows, a.Columns, b.Rows, b.Columns, transposeA, transposeB, c.Rows, c.Columns);
        if (c.Count == 0)
            return;
        MatrixMultiplyTiles.Launch(queue, a, b, transposeA, transposeB, alpha, beta, c, default, Activation.Identity);
    }

    /// <summary>c := op(a) op(b) activation'(outputs), element by element in the end; outputs has the shape of c.</summary>
    internal static void Launch(DeviceQueue queue, Tensor a, Tensor b, bool transposeA, bool transposeB, Tensor outputs, Activation activation, Tensor c)
    {
        Inner(a.Rows, a.Columns, b.Rows, b.Columns, transposeA, transposeB, c.Rows, c.Columns);
        Shape.RequireEqual(nameof(MatrixMultiply), nameof(outputs), outputs, c);
        if (c.Count > 0)
            MatrixMultiplyTiles.Launch(queue, a, b, transposeA, transposeB, 1, 0, c, outputs, activation);
    }

    private static int Inner(int rowsA, int columnsA, int rowsB, int columnsB, bool transposeA, bool transposeB, int rowsC, int columnsC)
    {
        int inner = transposeA ? rowsA : columnsA;
        Shape.Require(nameof(MatrixMultiply), "op(b)", transposeB ? columnsB : rowsB, transposeB ? rowsB : columnsB, inner, columnsC);
        Shape.Require(nameof(MatrixMultiply), "op(a)", transposeA ? columnsA : rowsA, inner, rowsC, inner);
        return inner;
    }

    private static void Scale<T>(T* c, int count, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var row = new Span<T>(c, count);
        if (beta == T.Zero)
            row.Clear();
        else if (beta != T.One)
            TensorPrimitives.Multiply(row, beta, row);
    }

    // The rows of b pass once through the cache, four at a time; the piece of c that they add to stays in the first-level cache.
    private static void RowTimesMatrix<T>(PackedMultiply<T>.Strided left, PackedMultiply<T>.Strided right, T* c, nint stride,
        int height, int width, int depth, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* four = stackalloc T[4];
        for (int i = 0; i < height; i++)
        {
            for (int column = 0; column < width; column += ColumnBlock)
            {
                int count = Math.Min(ColumnBlock, width - column);
                T* to = c + (i * stride) + column;
                Scale(to, count, beta);
                int p = 0;
                for (; p <= depth - 4; p += 4)
                {
                    for (int q = 0; q < 4; q++)
                        four[q] = alpha * *left.At(i, p + q).Start;
                    VectorLoops.AddFourRows(four, right.At(p, column).Start, right.RowStride, to, count);
                }
                for (; p < depth; p++)
                    VectorLoops.AddScaled(alpha * *left.At(i, p).Start, right.At(p, column).Start, to, count);
            }
        }
    }

    private static void MatrixTimesColumn<T>(PackedMultiply<T>.Strided left, PackedMultiply<T>.Strided right, T* c, nint stride,
        int height, int depth, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < height; i++)
        {
            T* entry = c + (i * stride);
            T sum = alpha * VectorLoops.Dot(left.At(i, 0).Start, right.Start, depth);
            *entry = beta == T.Zero ? sum : sum + (beta * *entry);
        }
    }

    private static void Plain<T>(PackedMultiply<T>.Strided left, PackedMultiply<T>.Strided right, T* c, nint stride,
        int height, int width, int depth, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < height; i++)
        {
            Scale(c + (i * stride), width, beta);
            for (int p = 0; p < depth; p++)
            {
                T factor = alpha * *left.At(i, p).Start;
                for (int j = 0; j < width; j++)
                    c[(i * stride) + j] += factor * *right.At(p, j).Start;
            }
        }
    }

    /// <summary>The element-wise end of a product c: activation(c + bias), or c times activation'(outputs). Without pointers there is none.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    internal readonly struct End<T>(T* bias, T* outputs, nint outputStride, Activation activation)
        where T : unmanaged
    {
        /// <summary>One value per column of c, or null.</summary>
        internal T* Bias => bias;

        /// <summary>Outputs of the activation, of the shape of c, or null.</summary>
        internal T* Outputs => outputs;

        internal nint OutputStride => outputStride;

        internal Activation Activation => activation;

        internal bool IsWanted => bias is not null || outputs is not null;
    }
}
