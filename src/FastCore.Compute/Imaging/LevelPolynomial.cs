using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.Imaging;

/// <summary>
/// levelled := image minus its least-squares surface of order 1 (plane: 1, x, y) or 2 (bow and twist too: x^2, y^2, x y) (SPEC 4). In place allowed.
/// </summary>
/// <remarks>
/// Both are H x W, any stride. Basis: Gram polynomials of the pixel grid, u = 2 j / (n - 1) - 1 and u^2 - mean(u^2), which are orthogonal there, so
/// every coefficient is one quotient of sums; a direction that the image lacks has coefficient 0. The first pixel is subtracted first. Host:
/// three sums per row in double, joined in order of the rows. Device: one thread per row with compensated sums (Kahan 1965), one that joins, one
/// per pixel. Tolerance 8 eps of the largest |image - first pixel|; 16 on a device.
/// </remarks>
public static unsafe class LevelPolynomial
{
    private const double NoDirection = 1e-9;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>>> RowKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernelRows));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, int, ArrayView<float>>> JoinKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, int, ArrayView<float>>(DeviceKernelJoin));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>, Tensor>> EndKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>, Tensor>(DeviceKernelEnd));

    /// <summary>The definition: projections on the basis, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, int order, MatrixSpan<T> levelled)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, order, levelled.Rows, levelled.Columns);
        double[] x = Linear(image.Columns), y = Linear(image.Rows), xx = Square(x), yy = Square(y);
        double[] plane = GaussianFilter.Plane(image);
        var surface = new double[plane.Length];
        double first = plane.Length == 0 ? 0 : plane[0];
        for (int term = 0; term < (order == 1 ? 3 : 6); term++)
        {
            int kind = term;
            double Basis(int k)
            {
                int i = k / x.Length, j = k % x.Length;
                return kind switch { 0 => 1, 1 => x[j], 2 => y[i], 3 => xx[j], 4 => yy[i], _ => x[j] * y[i] };
            }
            double norm = 0, along = 0;
            for (int row = 0; row < y.Length; row++)
            {
                double rowNorm = 0, rowAlong = 0;
                for (int k = row * x.Length; k < (row + 1) * x.Length; k++)
                {
                    rowNorm += Basis(k) * Basis(k);
                    rowAlong += Basis(k) * (plane[k] - first);
                }
                norm += rowNorm;
                along += rowAlong;
            }
            for (int k = 0; k < plane.Length && norm > NoDirection; k++)
                surface[k] += Basis(k) * along / norm;
        }
        for (int k = 0; k < plane.Length; k++)
            levelled[k / x.Length, k % x.Length] = T.CreateChecked(plane[k] - first - surface[k]);
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, int order, MatrixSpan<T> levelled)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, order, levelled.Rows, levelled.Columns);
        int rows = image.Rows, columns = image.Columns;
        if (rows == 0 || columns == 0)
            return;
        double* x = ScratchMatrix<double, Join>.Get((2 * columns) + (5 * rows) + 6);
        double* xx = x + columns, y = xx + columns, yy = y + rows, sums = yy + rows, coefficients = sums + (3 * rows);
        Polynomials(columns, x, xx);
        Polynomials(rows, y, yy);
        fixed (T* from = image.Values, to = levelled.Values)
        {
            double first = double.CreateTruncating(*from);
            RowBlocks<Sums<T>>.Run(new(from, image.Stride, columns, first, x, xx, sums), rows, ImageRows.BlockHeight, (long)rows * columns * 4);
            Solve(order, rows, columns, x, xx, y, yy, sums, coefficients);
            var end = new Subtract<T>(from, image.Stride, columns, first, x, xx, y, yy, coefficients, to, levelled.Stride);
            RowBlocks<Subtract<T>>.Run(end, rows, ImageRows.BlockHeight, (long)rows * columns * 4);
        }
    }

    internal static void DeviceKernelRows(Index1D row, ArrayView<float> arena, Tensor image, ArrayView<float> sums)
    {
        int at = image.Offset + (row * image.Stride);
        float first = arena[image.Offset], square = MeanSquare(image.Columns);
        float s0 = 0, s1 = 0, s2 = 0, lost0 = 0, lost1 = 0, lost2 = 0;
        for (int j = 0; j < image.Columns; j++)
        {
            float value = arena[at + j] - first, u = Linear(j, image.Columns);
            float add = value - lost0, sum = s0 + add;
            lost0 = sum - s0 - add;
            s0 = sum;
            add = (u * value) - lost1;
            sum = s1 + add;
            lost1 = sum - s1 - add;
            s1 = sum;
            add = (((u * u) - square) * value) - lost2;
            sum = s2 + add;
            lost2 = sum - s2 - add;
            s2 = sum;
        }
        sums[3 * row] = s0;
        sums[(3 * row) + 1] = s1;
        sums[(3 * row) + 2] = s2;
    }

    internal static void DeviceKernelJoin(Index1D one, ArrayView<float> arena, Tensor image, int order, ArrayView<float> sums)
    {
        int rows = image.Rows, columns = image.Columns;
        float squareX = MeanSquare(columns), squareY = MeanSquare(rows), normX = 0, normXx = 0, normY = 0, normYy = 0;
        for (int j = 0; j < columns; j++)
        {
            float u = Linear(j, columns), v = (u * u) - squareX;
            normX += u * u;
            normXx += v * v;
        }
        float c0 = 0, cx = 0, cy = 0, cxx = 0, cyy = 0, cxy = 0, l0 = 0, lx = 0, ly = 0, lxx = 0, lyy = 0, lxy = 0;
        for (int i = 0; i < rows; i++)
        {
            float u = Linear(i, rows), v = (u * u) - squareY, s0 = sums[3 * i], s1 = sums[(3 * i) + 1], s2 = sums[(3 * i) + 2];
            normY += u * u;
            normYy += v * v;
            float add = s0 - l0, sum = c0 + add;
            l0 = sum - c0 - add;
            c0 = sum;
            add = s1 - lx;
            sum = cx + add;
            lx = sum - cx - add;
            cx = sum;
            add = (u * s0) - ly;
            sum = cy + add;
            ly = sum - cy - add;
            cy = sum;
            add = s2 - lxx;
            sum = cxx + add;
            lxx = sum - cxx - add;
            cxx = sum;
            add = (v * s0) - lyy;
            sum = cyy + add;
            lyy = sum - cyy - add;
            cyy = sum;
            add = (u * s1) - lxy;
            sum = cxy + add;
            lxy = sum - cxy - add;
            cxy = sum;
        }
        int to = 3 * rows;
        sums[to] = c0 / (rows * columns);
        sums[to + 1] = Quotient(cx, normX * rows);
        sums[to + 2] = Quotient(cy, normY * columns);
        sums[to + 3] = order == 1 ? 0 : Quotient(cxx, normXx * rows);
        sums[to + 4] = order == 1 ? 0 : Quotient(cyy, normYy * columns);
        sums[to + 5] = order == 1 ? 0 : Quotient(cxy, normX * normY);
        sums[to + 6] = arena[image.Offset];
    }

    internal static void DeviceKernelEnd(Index1D index, ArrayView<float> arena, Tensor image, ArrayView<float> sums, Tensor levelled)
    {
        int i = index / image.Columns;
        int j = index - (i * image.Columns);
        int c = 3 * image.Rows;
        float x = Linear(j, image.Columns), y = Linear(i, image.Rows);
        float bow = (sums[c + 3] * ((x * x) - MeanSquare(image.Columns))) + (sums[c + 4] * ((y * y) - MeanSquare(image.Rows)));
        float surface = sums[c] + (sums[c + 1] * x) + (sums[c + 2] * y) + bow + (sums[c + 5] * x * y);
        // The first pixel is overwritten where image and levelled are one: its value stands behind the coefficients.
        arena[levelled.Offset + (i * levelled.Stride) + j] = arena[image.Offset + (i * image.Stride) + j] - sums[c + 6] - surface;
    }

    internal static void Launch(DeviceQueue queue, Tensor image, int order, Tensor levelled)
    {
        Check(image.Rows, image.Columns, order, levelled.Rows, levelled.Columns);
        if (image.Count == 0)
            return;
        ArrayView<float> scratch = queue.Scratch((3 * image.Rows) + 7);
        RowKernel.On(queue)(queue.Stream, image.Rows, queue.Arena, image, scratch);
        JoinKernel.On(queue)(queue.Stream, 1, queue.Arena, image, order, scratch);
        EndKernel.On(queue)(queue.Stream, image.Count, queue.Arena, image, scratch, levelled);
    }

    // u = -1 .. 1 over n pixels; a single pixel has no direction.
    private static float Linear(int index, int count) => count == 1 ? 0 : (((2 * index) - (count - 1)) / (float)(count - 1));

    // mean of u^2 over n pixels: (n + 1) / (3 (n - 1)).
    private static float MeanSquare(int count) => count == 1 ? 0 : (count + 1) / (3f * (count - 1));

    // Two pixels have u^2 = 1 everywhere: what rounding leaves of the square's norm is no direction.
    private static float Quotient(float sum, float norm) => norm > 1e-6f ? sum / norm : 0;

    private static double[] Linear(int count) => [.. Enumerable.Range(0, count).Select(k => count == 1 ? 0 : (2.0 * k / (count - 1)) - 1)];

    private static double[] Square(double[] linear)
    {
        double mean = linear.Length == 0 ? 0 : linear.Average(u => u * u);
        return Array.ConvertAll(linear, u => (u * u) - mean);
    }

    private static void Polynomials(int count, double* linear, double* square)
    {
        double mean = 0;
        for (int k = 0; k < count; k++)
        {
            linear[k] = count == 1 ? 0 : (2.0 * k / (count - 1)) - 1;
            mean += linear[k] * linear[k] / count;
        }
        for (int k = 0; k < count; k++)
            square[k] = (linear[k] * linear[k]) - mean;
    }

    private static void Solve(int order, int rows, int columns, double* x, double* xx, double* y, double* yy, double* sums, double* coefficients)
    {
        new Span<double>(coefficients, 6).Clear();
        for (int i = 0; i < rows; i++)
        {
            double s0 = sums[3 * i], s1 = sums[(3 * i) + 1];
            coefficients[0] += s0;
            coefficients[1] += s1;
            coefficients[2] += y[i] * s0;
            coefficients[3] += sums[(3 * i) + 2];
            coefficients[4] += yy[i] * s0;
            coefficients[5] += y[i] * s1;
        }
        double normX = Norm(x, columns), normY = Norm(y, rows);
        coefficients[0] /= (double)rows * columns;
        coefficients[1] = Quotient(coefficients[1], normX * rows);
        coefficients[2] = Quotient(coefficients[2], normY * columns);
        coefficients[3] = order == 1 ? 0 : Quotient(coefficients[3], Norm(xx, columns) * rows);
        coefficients[4] = order == 1 ? 0 : Quotient(coefficients[4], Norm(yy, rows) * columns);
        coefficients[5] = order == 1 ? 0 : Quotient(coefficients[5], normX * normY);
    }

    private static double Norm(double* values, int count) => TensorPrimitives.SumOfSquares(new ReadOnlySpan<double>(values, count));

    private static double Quotient(double sum, double norm) => norm > NoDirection ? sum / norm : 0;

    private static void Check(int rows, int columns, int order, int levelledRows, int levelledColumns)
    {
        if (order is not (1 or 2))
            throw new ArgumentOutOfRangeException(nameof(order), order, "LevelPolynomial: order 1 is a plane, order 2 a surface of second order.");
        Shape.Require(nameof(LevelPolynomial), "levelled", levelledRows, levelledColumns, rows, columns);
    }

    private sealed class Join;

    private readonly struct Sums<T>(T* image, nint stride, int columns, double reference, double* x, double* xx, double* sums) : IRowJob
        where T : unmanaged
    {
        public void Run(int first, int end)
        {
            double* row = ScratchMatrix<double, Sums<T>>.Get(columns + ImageRows.Slack);
            var values = new ReadOnlySpan<double>(row, columns);
            for (int i = first; i < end; i++)
            {
                ImageRows.Widen(image + (i * stride), reference, row, columns);
                sums[3 * i] = TensorPrimitives.Sum(values);
                sums[(3 * i) + 1] = TensorPrimitives.Dot(values, new ReadOnlySpan<double>(x, columns));
                sums[(3 * i) + 2] = TensorPrimitives.Dot(values, new ReadOnlySpan<double>(xx, columns));
            }
        }
    }

    private readonly struct Subtract<T>(T* image, nint stride, int columns, double reference, double* x, double* xx, double* y, double* yy,
        double* coefficients, T* to, nint strideTo) : IRowJob
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int first, int end)
        {
            double* row = ScratchMatrix<double, Subtract<T>>.Get(columns + (2 * ImageRows.Slack));
            for (int i = first; i < end; i++)
            {
                ImageRows.Widen(image + (i * stride), reference, row, columns);
                var level = new Vector<double>(coefficients[0] + (coefficients[2] * y[i]) + (coefficients[4] * yy[i]));
                var slope = new Vector<double>(coefficients[1] + (coefficients[5] * y[i]));
                var bow = new Vector<double>(coefficients[3]);
                for (int j = 0; j < columns; j += Vector<double>.Count)
                {
                    Vector<double> surface = VectorLoops.Fma(bow, ImageRows.Get(xx + j, columns - j), level);
                    surface = VectorLoops.Fma(slope, ImageRows.Get(x + j, columns - j), surface);
                    (Vector.Load(row + j) - surface).Store(row + j);
                }
                ImageRows.Narrow(row, to + (i * strideTo), columns);
            }
        }
    }
}
