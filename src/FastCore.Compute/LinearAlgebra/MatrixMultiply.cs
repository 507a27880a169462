using System.Numerics;
using System.Runtime.Intrinsics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>c := alpha op(a) op(b) + beta c, op the identity or the transposition; beta = 0 ignores what c held, NaN included.</summary>
/// <remarks>
/// a is m x k, b is k x n, c is m x n after op; any stride. Host: <see cref="PackedMultiply{T}"/>; a single row or column streams the matrix
/// once without packing. Device: groups of 16 x 16 threads, tiles of 64 x 64 with 4 x 4 entries per thread in named locals, because ILGPU
/// neither unrolls loops nor keeps arrays in registers. Tolerance against the definition: 4 eps sqrt(k) times the norm of a row times that
/// of a column.
/// </remarks>
public static unsafe class MatrixMultiply
{
    private const int TileSide = 64;
    private const int TileDepth = 16;
    private const int ColumnBlock = 2048;

    private static readonly LoadedKernel<
        Action<AcceleratorStream, KernelConfig, ArrayView<float>, Tensor, Tensor, Tensor, int, int, float, float>> Kernel =
        new(static device => device.LoadKernel<ArrayView<float>, Tensor, Tensor, Tensor, int, int, float, float>(DeviceKernel));

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
        Multiply(left, right, c, stride, height, width, depth, alpha, beta, null, Activation.Identity, lowerOnly);

    /// <summary>c := activation(a b + bias): the end of a block of c is applied while the block is in cache.</summary>
    internal static void Multiply<T>(PackedMultiply<T>.Strided left, PackedMultiply<T>.Strided right, T* c, nint stride,
        int height, int width, int depth, T* bias, Activation activation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (depth > 0 && height > 1 && Vector256.IsHardwareAccelerated)
        {
            Multiply(left, right, c, stride, height, width, depth, T.One, T.Zero, bias, activation, false);
            return;
        }
        Multiply(left, right, c, stride, height, width, depth, T.One, T.Zero);
        for (int i = 0; i < height; i++)
            Layers.ActivationMap.Apply(activation, new ReadOnlySpan<T>(bias, width), new Span<T>(c + (i * stride), width));
    }

    private static void Multiply<T>(PackedMultiply<T>.Strided left, PackedMultiply<T>.Strided right, T* c, nint stride,
        int height, int width, int depth, T alpha, T beta, T* bias, Activation activation, bool lowerOnly)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (height == 0 || width == 0)
            return;
        if (depth == 0 || (height == 1 && right.ColumnStride == 1))
            RowTimesMatrix(left, right, c, stride, height, width, depth, alpha, beta);
        else if (bias is null && width == 1 && left.ColumnStride == 1 && right.RowStride == 1)
            MatrixTimesColumn(left, right, c, stride, height, depth, alpha, beta);
        else if (Vector256.IsHardwareAccelerated)
            PackedMultiply<T>.Mine.Multiply(left, right, c, stride, height, width, depth, alpha, beta, bias, activation, lowerOnly);
        else
            Plain(left, right, c, stride, height, width, depth, alpha, beta);
    }

    internal static void DeviceKernel(ArrayView<float> arena, Tensor a, Tensor b, Tensor c, int transposeA, int transposeB, float alpha, float beta)
    {
        ArrayView<float> tileA = SharedMemory.Allocate<float>(TileDepth * TileSide);
        ArrayView<float> tileB = SharedMemory.Allocate<float>(TileDepth * TileSide);
        int x = Group.IdxX;
        int y = Group.IdxY;
        int thread = (y * 16) + x;
        int firstRow = Grid.IdxY * TileSide;
        int firstColumn = Grid.IdxX * TileSide;
        int inner = transposeA != 0 ? a.Rows : a.Columns;
        int rowStepA = transposeA != 0 ? 1 : a.Stride;
        int innerStepA = transposeA != 0 ? a.Stride : 1;
        int innerStepB = transposeB != 0 ? 1 : b.Stride;
        int columnStepB = transposeB != 0 ? b.Stride : 1;
        float c00 = 0, c01 = 0, c02 = 0, c03 = 0, c10 = 0, c11 = 0, c12 = 0, c13 = 0;
        float c20 = 0, c21 = 0, c22 = 0, c23 = 0, c30 = 0, c31 = 0, c32 = 0, c33 = 0;
        for (int start = 0; start < inner; start += TileDepth)
        {
            for (int load = thread; load < TileDepth * TileSide; load += 256)
            {
                // Neighbouring threads read neighbouring elements of whichever dimension is contiguous.
                int side = transposeA != 0 ? load & 63 : load >> 4;
                int p = transposeA != 0 ? load >> 6 : load & 15;
                bool inside = firstRow + side < c.Rows && start + p < inner;
                tileA[(p * TileSide) + side] = inside ? arena[a.Offset + ((firstRow + side) * rowStepA) + ((start + p) * innerStepA)] : 0;
                side = transposeB != 0 ? load >> 4 : load & 63;
                p = transposeB != 0 ? load & 15 : load >> 6;
                inside = firstColumn + side < c.Columns && start + p < inner;
                tileB[(p * TileSide) + side] = inside ? arena[b.Offset + ((start + p) * innerStepB) + ((firstColumn + side) * columnStepB)] : 0;
            }
            Group.Barrier();
            for (int p = 0; p < TileDepth; p++)
            {
                int at = (p * TileSide) + y;
                float a0 = tileA[at];
                float a1 = tileA[at + 16];
                float a2 = tileA[at + 32];
                float a3 = tileA[at + 48];
                at = (p * TileSide) + x;
                float b0 = tileB[at];
                float b1 = tileB[at + 16];
                float b2 = tileB[at + 32];
                float b3 = tileB[at + 48];
                c00 += a0 * b0;
                c01 += a0 * b1;
                c02 += a0 * b2;
                c03 += a0 * b3;
                c10 += a1 * b0;
                c11 += a1 * b1;
                c12 += a1 * b2;
                c13 += a1 * b3;
                c20 += a2 * b0;
                c21 += a2 * b1;
                c22 += a2 * b2;
                c23 += a2 * b3;
                c30 += a3 * b0;
                c31 += a3 * b1;
                c32 += a3 * b2;
                c33 += a3 * b3;
            }
            Group.Barrier();
        }
        StoreRow(arena, c, firstRow + y, firstColumn + x, c00, c01, c02, c03, alpha, beta);
        StoreRow(arena, c, firstRow + y + 16, firstColumn + x, c10, c11, c12, c13, alpha, beta);
        StoreRow(arena, c, firstRow + y + 32, firstColumn + x, c20, c21, c22, c23, alpha, beta);
        StoreRow(arena, c, firstRow + y + 48, firstColumn + x, c30, c31, c32, c33, alpha, beta);
    }

    internal static void Launch(DeviceQueue queue, Tensor a, Tensor b, bool transposeA, bool transposeB, float alpha, float beta, Tensor c)
    {
        Inner(a.Rows, a.Columns, b.Rows, b.Columns, transposeA, transposeB, c.Rows, c.Columns);
        if (c.Count == 0)
            return;
        var grid = new Index3D((c.Columns + TileSide - 1) / TileSide, (c.Rows + TileSide - 1) / TileSide, 1);
        Kernel.On(queue)(queue.Stream, new KernelConfig(grid, new Index3D(16, 16, 1)), queue.Arena, a, b, c,
            transposeA ? 1 : 0, transposeB ? 1 : 0, alpha, beta);
    }

    private static void StoreRow(ArrayView<float> arena, Tensor c, int row, int column,
        float v0, float v1, float v2, float v3, float alpha, float beta)
    {
        if (row < c.Rows)
        {
            Store(arena, c, row, column, v0, alpha, beta);
            Store(arena, c, row, column + 16, v1, alpha, beta);
            Store(arena, c, row, column + 32, v2, alpha, beta);
            Store(arena, c, row, column + 48, v3, alpha, beta);
        }
    }

    private static void Store(ArrayView<float> arena, Tensor c, int row, int column, float value, float alpha, float beta)
    {
        if (column < c.Columns)
        {
            int at = c.Offset + (row * c.Stride) + column;
            float result = alpha * value;
            if (beta != 0)
                result += beta * arena[at];
            arena[at] = result;
        }
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
}
