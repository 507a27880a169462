using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>b := L^-1 b, or L^-T b: forward or backward substitution (Golub and Van Loan 2013, sec. 3.1).</summary>
/// <remarks>
/// lower is n x n (what stands above its diagonal is not read), b is n x m. Host: recursive halves joined by the matrix product, columns
/// shared out to the threads in strips; few columns are solved one by one along contiguous rows of L. Device: one thread per column.
/// Tolerance: backward stable, residual below 10 n eps |L| |b|.
/// </remarks>
public static unsafe class TriangularSolve
{
    private const int Base = 32;
    private const int FewColumns = 4;
    private const int Strip = 512;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, int, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, int, Tensor>(DeviceKernel));

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

    /// <summary>The same with SIMD, on all threads where there are many columns.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> lower, bool transpose, MatrixSpan<T> b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(TriangularSolve), nameof(lower), lower.Rows, lower.Columns, b.Rows, b.Rows);
        if (b.Rows == 0 || b.Columns == 0)
            return;
        fixed (T* startL = lower.Values, startB = b.Values)
            Solve(startL, lower.Stride, transpose, startB, b.Stride, b.Rows, b.Columns);
    }

    internal static void Solve<T>(T* lower, nint strideL, bool transpose, T* b, nint strideB, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (columns < FewColumns)
            ColumnByColumn(lower, strideL, transpose, b, strideB, rows, columns);
        else if (columns >= 2 * Strip && (long)rows * rows * columns >= 10_000_000)
            Strips<T>.Mine.Solve(lower, strideL, transpose, b, strideB, rows, columns);
        else
            Recursive(lower, strideL, transpose, b, strideB, rows, columns);
    }

    internal static void DeviceKernel(Index1D column, ArrayView<float> arena, Tensor lower, int transpose, Tensor b)
    {
        int start = b.Offset + column;
        for (int step = 0; step < b.Rows; step++)
        {
            int i = transpose != 0 ? b.Rows - 1 - step : step;
            int first = transpose != 0 ? i + 1 : 0;
            int end = transpose != 0 ? b.Rows : i;
            float sum = arena[start + (i * b.Stride)];
            for (int k = first; k < end; k++)
            {
                int at = transpose != 0 ? (k * lower.Stride) + i : (i * lower.Stride) + k;
                sum -= arena[lower.Offset + at] * arena[start + (k * b.Stride)];
            }
            arena[start + (i * b.Stride)] = sum / arena[lower.Offset + (i * lower.Stride) + i];
        }
    }

    internal static void Launch(DeviceQueue queue, Tensor lower, bool transpose, Tensor b)
    {
        Shape.Require(nameof(TriangularSolve), nameof(lower), lower.Rows, lower.Columns, b.Rows, b.Rows);
        if (b.Count > 0)
            Kernel.On(queue)(queue.Stream, b.Columns, queue.Arena, lower, transpose ? 1 : 0, b);
    }

    private static void Recursive<T>(T* lower, nint strideL, bool transpose, T* b, nint strideB, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (rows <= Base)
        {
            Substitute(lower, strideL, transpose, b, strideB, rows, columns);
            return;
        }
        int half = (rows / 2 + Base - 1) / Base * Base;
        T* corner = lower + (half * strideL);
        T* below = b + (half * strideB);
        T* last = corner + half;
        if (transpose)
        {
            Recursive(last, strideL, true, below, strideB, rows - half, columns);
            MatrixMultiply.Multiply(new PackedMultiply<T>.Strided(corner, 1, strideL), new PackedMultiply<T>.Strided(below, strideB, 1),
                b, strideB, half, columns, rows - half, -T.One, T.One);
            Recursive(lower, strideL, true, b, strideB, half, columns);
            return;
        }
        Recursive(lower, strideL, false, b, strideB, half, columns);
        MatrixMultiply.Multiply(new PackedMultiply<T>.Strided(corner, strideL, 1), new PackedMultiply<T>.Strided(b, strideB, 1),
            below, strideB, rows - half, columns, half, -T.One, T.One);
        Recursive(last, strideL, false, below, strideB, rows - half, columns);
    }

    // Four vectors of columns at a time stay in registers while the rows above (or below) them are subtracted.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Substitute<T>(T* lower, nint strideL, bool transpose, T* b, nint strideB, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector<T>.Count;
        nint across = transpose ? strideL : 1;
        nint down = transpose ? 1 : strideL;
        int column = Wide(lower, strideL, transpose, b, strideB, rows, columns);
        for (; column <= columns - (4 * width); column += 4 * width)
        {
            for (int step = 0; step < rows; step++)
            {
                int i = transpose ? rows - 1 - step : step;
                T* row = b + (i * strideB) + column;
                Vector<T> s0 = Vector.Load(row);
                Vector<T> s1 = Vector.Load(row + width);
                Vector<T> s2 = Vector.Load(row + (2 * width));
                Vector<T> s3 = Vector.Load(row + (3 * width));
                int end = transpose ? rows : i;
                for (int k = transpose ? i + 1 : 0; k < end; k++)
                {
                    var factor = new Vector<T>(-lower[(i * down) + (k * across)]);
                    T* other = b + (k * strideB) + column;
                    s0 = VectorLoops.Fma(factor, Vector.Load(other), s0);
                    s1 = VectorLoops.Fma(factor, Vector.Load(other + width), s1);
                    s2 = VectorLoops.Fma(factor, Vector.Load(other + (2 * width)), s2);
                    s3 = VectorLoops.Fma(factor, Vector.Load(other + (3 * width)), s3);
                }
                var pivot = new Vector<T>(T.One / lower[(i * strideL) + i]);
                (s0 * pivot).Store(row);
                (s1 * pivot).Store(row + width);
                (s2 * pivot).Store(row + (2 * width));
                (s3 * pivot).Store(row + (3 * width));
            }
        }
        if (column < columns)
            SubstituteRest(lower, strideL, transpose, b + column, strideB, rows, columns - column);
    }

    // The same with 512-bit vectors; returns how many columns are done.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Wide<T>(T* lower, nint strideL, bool transpose, T* b, nint strideB, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector512<T>.Count;
        nint across = transpose ? strideL : 1;
        nint down = transpose ? 1 : strideL;
        int column = 0;
        if (!Vector512.IsHardwareAccelerated)
            return 0;
        for (; column <= columns - (4 * width); column += 4 * width)
        {
            for (int step = 0; step < rows; step++)
            {
                int i = transpose ? rows - 1 - step : step;
                T* row = b + (i * strideB) + column;
                Vector512<T> s0 = Vector512.Load(row);
                Vector512<T> s1 = Vector512.Load(row + width);
                Vector512<T> s2 = Vector512.Load(row + (2 * width));
                Vector512<T> s3 = Vector512.Load(row + (3 * width));
                int end = transpose ? rows : i;
                for (int k = transpose ? i + 1 : 0; k < end; k++)
                {
                    var factor = Vector512.Create(-lower[(i * down) + (k * across)]);
                    T* other = b + (k * strideB) + column;
                    s0 = RegisterTile512.Fma(factor, Vector512.Load(other), s0);
                    s1 = RegisterTile512.Fma(factor, Vector512.Load(other + width), s1);
                    s2 = RegisterTile512.Fma(factor, Vector512.Load(other + (2 * width)), s2);
                    s3 = RegisterTile512.Fma(factor, Vector512.Load(other + (3 * width)), s3);
                }
                var pivot = Vector512.Create(T.One / lower[(i * strideL) + i]);
                (s0 * pivot).Store(row);
                (s1 * pivot).Store(row + width);
                (s2 * pivot).Store(row + (2 * width));
                (s3 * pivot).Store(row + (3 * width));
            }
        }
        return column;
    }

    private static void SubstituteRest<T>(T* lower, nint strideL, bool transpose, T* b, nint strideB, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int step = 0; step < rows; step++)
        {
            int i = transpose ? rows - 1 - step : step;
            T* row = b + (i * strideB);
            int end = transpose ? rows : i;
            for (int k = transpose ? i + 1 : 0; k < end; k++)
                VectorLoops.AddScaled(-lower[transpose ? (k * strideL) + i : (i * strideL) + k], b + (k * strideB), row, columns);
            T pivot = T.One / lower[(i * strideL) + i];
            for (int j = 0; j < columns; j++)
                row[j] *= pivot;
        }
    }

    private static void ColumnByColumn<T>(T* lower, nint strideL, bool transpose, T* b, nint strideB, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* x = ScratchMatrix<T, ColumnScratch>.Get(rows);
        for (int j = 0; j < columns; j++)
        {
            for (int i = 0; i < rows; i++)
                x[i] = b[(i * strideB) + j];
            for (int step = 0; step < rows; step++)
            {
                int i = transpose ? rows - 1 - step : step;
                T* row = lower + (i * strideL);
                if (transpose)
                {
                    x[i] /= row[i];
                    VectorLoops.AddScaled(-x[i], row, x, i);
                }
                else
                {
                    x[i] = (x[i] - VectorLoops.Dot(row, x, i)) / row[i];
                }
            }
            for (int i = 0; i < rows; i++)
                b[(i * strideB) + j] = x[i];
        }
    }

    private sealed class ColumnScratch;

    /// <summary>Strips of columns are independent systems; each stays in the second-level cache.</summary>
    [SuppressMessage("Performance", "CA1812", Justification = "Made by Mine.")]
    private sealed class Strips<T> : HostWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static Strips<T>? mine;
        private T* lower;
        private T* b;
        private nint strideL;
        private nint strideB;
        private bool transpose;
        private int rows;
        private int columns;

        internal static Strips<T> Mine => mine ??= new Strips<T>();

        internal void Solve(T* factor, nint factorStride, bool transposed, T* sides, nint sidesStride, int height, int width)
        {
            lower = factor;
            strideL = factorStride;
            transpose = transposed;
            b = sides;
            strideB = sidesStride;
            rows = height;
            columns = width;
            HostThreads.Run(this, (width + Strip - 1) / Strip);
        }

        internal override void Run(int block) =>
            Recursive(lower, strideL, transpose, b + (block * Strip), strideB, rows, Math.Min(Strip, columns - (block * Strip)));
    }
}
