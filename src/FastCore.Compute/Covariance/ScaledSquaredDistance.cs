using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Covariance;

/// <summary>distance_ij := sum_d ((x_di - y_dj) / l_d)^2 for points in columns (SPEC 2.2); gradient in ScaledSquaredDistanceGradient.</summary>
/// <remarks>
/// x is d x n, y is d x m, lengthscale d x 1, distance n x m. Differences are squared one by one: the product form |x|^2 + |y|^2 - 2 x y is
/// faster and gives negative distances for near points. Host: register tiles of four points by two vectors; fewer points stream y once.
/// Device: one thread per entry. Tolerance (d + 4) eps of the distance.
/// </remarks>
public static unsafe class ScaledSquaredDistance
{
    private const int Strip = 2048;
    private const long ParallelFrom = 500_000;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> y, ReadOnlyMatrixSpan<T> lengthscale, MatrixSpan<T> distance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(x.Rows, x.Columns, y.Rows, y.Columns, lengthscale.Rows, lengthscale.Columns, distance.Rows, distance.Columns);
        for (int i = 0; i < distance.Rows; i++)
        {
            for (int j = 0; j < distance.Columns; j++)
            {
                double sum = 0;
                for (int d = 0; d < x.Rows; d++)
                {
                    double step = (double.CreateChecked(x[d, i]) - double.CreateChecked(y[d, j])) / double.CreateChecked(lengthscale[d, 0]);
                    sum += step * step;
                }
                distance[i, j] = T.CreateChecked(sum);
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> y, ReadOnlyMatrixSpan<T> lengthscale, MatrixSpan<T> distance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(x.Rows, x.Columns, y.Rows, y.Columns, lengthscale.Rows, lengthscale.Columns, distance.Rows, distance.Columns);
        if (distance.Rows == 0 || distance.Columns == 0)
            return;
        T* inverse = ScratchMatrix<T, Scratch>.Get(Math.Max(1, x.Rows));
        for (int d = 0; d < x.Rows; d++)
            inverse[d] = T.One / lengthscale[d, 0];
        fixed (T* startX = x.Values, startY = y.Values, startD = distance.Values)
        {
            Strips<T> strips = Strips<T>.Mine;
            strips.X = startX;
            strips.StrideX = x.Stride;
            strips.Y = startY;
            strips.StrideY = y.Stride;
            strips.Inverse = inverse;
            strips.Distance = startD;
            strips.StrideD = distance.Stride;
            strips.Compute(x.Rows, x.Columns, y.Columns);
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor x, Tensor y, Tensor lengthscale, Tensor distance)
    {
        int i = index / distance.Columns;
        int j = index - (i * distance.Columns);
        float sum = 0;
        for (int d = 0; d < x.Rows; d++)
        {
            float step = (arena[x.Offset + (d * x.Stride) + i] - arena[y.Offset + (d * y.Stride) + j])
                / arena[lengthscale.Offset + (d * lengthscale.Stride)];
            sum += step * step;
        }
        arena[distance.Offset + (i * distance.Stride) + j] = sum;
    }

    internal static void Launch(DeviceQueue queue, Tensor x, Tensor y, Tensor lengthscale, Tensor distance)
    {
        Check(x.Rows, x.Columns, y.Rows, y.Columns, lengthscale.Rows, lengthscale.Columns, distance.Rows, distance.Columns);
        if (distance.Count > 0)
            Kernel.On(queue)(queue.Stream, distance.Count, queue.Arena, x, y, lengthscale, distance);
    }

    private static void Check(int dimensions, int n, int rowsY, int m, int rowsL, int columnsL, int rowsD, int columnsD)
    {
        Shape.Require(nameof(ScaledSquaredDistance), "y", rowsY, m, dimensions, m);
        Shape.Require(nameof(ScaledSquaredDistance), "lengthscale", rowsL, columnsL, dimensions, 1);
        Shape.Require(nameof(ScaledSquaredDistance), "distance", rowsD, columnsD, n, m);
    }

    private sealed class Scratch;

    private sealed class Strips<T> : HostWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static Strips<T>? mine;
        private int dimensions;
        private int n;
        private int m;

        internal static Strips<T> Mine => mine ??= new Strips<T>();

        internal T* X { get; set; }

        internal nint StrideX { get; set; }

        internal T* Y { get; set; }

        internal nint StrideY { get; set; }

        internal T* Inverse { get; set; }

        internal T* Distance { get; set; }

        internal nint StrideD { get; set; }

        internal void Compute(int depth, int rows, int columns)
        {
            dimensions = depth;
            n = rows;
            m = columns;
            int blocks = (columns + Strip - 1) / Strip;
            if ((long)rows * columns * depth >= ParallelFrom)
            {
                HostThreads.Run(this, blocks);
                return;
            }
            for (int block = 0; block < blocks; block++)
                Run(block);
        }

        internal override void Run(int block)
        {
            int first = block * Strip;
            int count = Math.Min(Strip, m - first);
            int row = 0;
            for (; row <= n - 4; row += 4)
                FourPoints(row, first, count);
            for (; row < n; row++)
                OnePoint(row, first, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void FourPoints(int row, int first, int count)
        {
            int width = Vector<T>.Count;
            T* to = Distance + (row * StrideD) + first;
            int j = 0;
            while (j < count && count >= 2 * width)
            {
                // The last tile overlaps the one before: the same values are written twice.
                j = Math.Min(j, count - (2 * width));
                Vector<T> s00 = Vector<T>.Zero, s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
                T* point = X + row;
                T* others = Y + first + j;
                for (int d = 0; d < dimensions; d++, point += StrideX, others += StrideY)
                {
                    Vector<T> y0 = Vector.Load(others);
                    Vector<T> y1 = Vector.Load(others + width);
                    var inverse = new Vector<T>(Inverse[d]);
                    var x = new Vector<T>(point[0]);
                    s00 = AddSquare((x - y0) * inverse, s00);
                    s01 = AddSquare((x - y1) * inverse, s01);
                    x = new Vector<T>(point[1]);
                    s10 = AddSquare((x - y0) * inverse, s10);
                    s11 = AddSquare((x - y1) * inverse, s11);
                    x = new Vector<T>(point[2]);
                    s20 = AddSquare((x - y0) * inverse, s20);
                    s21 = AddSquare((x - y1) * inverse, s21);
                    x = new Vector<T>(point[3]);
                    s30 = AddSquare((x - y0) * inverse, s30);
                    s31 = AddSquare((x - y1) * inverse, s31);
                }
                T* at = to + j;
                s00.Store(at);
                s01.Store(at + width);
                s10.Store(at + StrideD);
                s11.Store(at + StrideD + width);
                s20.Store(at + (2 * StrideD));
                s21.Store(at + (2 * StrideD) + width);
                s30.Store(at + (3 * StrideD));
                s31.Store(at + (3 * StrideD) + width);
                j += 2 * width;
            }
            for (; j < count; j++)
            {
                for (int i = 0; i < 4; i++)
                    to[(i * StrideD) + j] = Single(row + i, first + j);
            }
        }

        // Dimension by dimension: y is read in order, the sums stay in the first-level cache.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void OnePoint(int row, int first, int count)
        {
            int width = Vector<T>.Count;
            T* to = Distance + (row * StrideD) + first;
            int end = count / width * width;
            new Span<T>(to, count).Clear();
            for (int d = 0; d < dimensions; d++)
            {
                T* others = Y + (d * StrideY) + first;
                var x = new Vector<T>(X[(d * StrideX) + row]);
                var inverse = new Vector<T>(Inverse[d]);
                for (int j = 0; j < end; j += width)
                    AddSquare((x - Vector.Load(others + j)) * inverse, Vector.Load(to + j)).Store(to + j);
            }
            for (int j = end; j < count; j++)
                to[j] = Single(row, first + j);
        }

        private T Single(int row, int column)
        {
            T sum = T.Zero;
            for (int d = 0; d < dimensions; d++)
            {
                T step = (X[(d * StrideX) + row] - Y[(d * StrideY) + column]) * Inverse[d];
                sum = T.MultiplyAddEstimate(step, step, sum);
            }
            return sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<T> AddSquare(Vector<T> step, Vector<T> sum) => VectorLoops.Fma(step, step, sum);
    }
}
