using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Covariance;

/// <summary>
/// The posterior over M candidates from scratch (Rasmussen and Williams 2006, Alg. 2.1; SPEC 2.4): V = L^-1 k(X, C), mean = m + V^T beta,
/// variance = max(s - sum of V^2 down each column, 1e-10).
/// </summary>
/// <remarks>
/// points is d x n, candidates d x M, lengthscale d x 1, lower n x n, beta 1 x n, mean and variance 1 x M; whitened n x M receives V, or is
/// absent: then V is never in memory as a whole. Host: strips of 512 candidates, shared out to the threads; distances, covariance, triangular
/// solve and both sums are done on a strip while it is in the second-level cache. Device: one thread per candidate, V in scratch memory where
/// it is not wanted. Tolerance: that of TriangularSolve, 10 n eps |L| |V|, and n eps |beta| |V| for the mean.
/// </remarks>
public static unsafe class PosteriorSolve
{
    private const int Strip = 512;
    private const long ParallelFrom = 1_000_000;
    private const double SmallestVariance = 1e-10;

    private static readonly LoadedKernel<Action<
        AcceleratorStream, Index1D, ArrayView<float>, Arguments, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, ArrayView<float>>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<
            Index1D, ArrayView<float>, Arguments, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, ArrayView<float>>(DeviceKernel));

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(CovarianceFunction function, ReadOnlyMatrixSpan<T> points, ReadOnlyMatrixSpan<T> candidates,
        ReadOnlyMatrixSpan<T> lengthscale, T outputScale, ReadOnlyMatrixSpan<T> lower, ReadOnlyMatrixSpan<T> beta, T constantMean,
        MatrixSpan<T> whitened, MatrixSpan<T> mean, MatrixSpan<T> variance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool wanted = Check(points.Rows, points.Columns, candidates.Rows, candidates.Columns, lengthscale.Rows, lengthscale.Columns, lower.Rows,
            lower.Columns, beta.Rows, beta.Columns, whitened.Rows, whitened.Columns, mean.Rows, mean.Columns, variance.Rows, variance.Columns);
        int n = points.Columns;
        double s = double.CreateChecked(outputScale);
        var column = new double[n];
        for (int j = 0; j < candidates.Columns; j++)
        {
            double sum = double.CreateChecked(constantMean), left = s;
            for (int i = 0; i < n; i++)
            {
                double distance = 0;
                for (int d = 0; d < points.Rows; d++)
                {
                    double step = double.CreateChecked(points[d, i]) - double.CreateChecked(candidates[d, j]);
                    step /= double.CreateChecked(lengthscale[d, 0]);
                    distance += step * step;
                }
                double v = s * Value(function, distance);
                for (int k = 0; k < i; k++)
                    v -= double.CreateChecked(lower[i, k]) * column[k];
                column[i] = v / double.CreateChecked(lower[i, i]);
                sum += double.CreateChecked(beta[0, i]) * column[i];
                left -= column[i] * column[i];
                if (wanted)
                    whitened[i, j] = T.CreateChecked(column[i]);
            }
            mean[0, j] = T.CreateChecked(sum);
            variance[0, j] = T.CreateChecked(Math.Max(left, SmallestVariance));
        }
    }

    /// <summary>The same with SIMD, in one streaming pass.</summary>
    public static void Host<T>(CovarianceFunction function, ReadOnlyMatrixSpan<T> points, ReadOnlyMatrixSpan<T> candidates,
        ReadOnlyMatrixSpan<T> lengthscale, T outputScale, ReadOnlyMatrixSpan<T> lower, ReadOnlyMatrixSpan<T> beta, T constantMean,
        MatrixSpan<T> whitened, MatrixSpan<T> mean, MatrixSpan<T> variance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool wanted = Check(points.Rows, points.Columns, candidates.Rows, candidates.Columns, lengthscale.Rows, lengthscale.Columns, lower.Rows,
            lower.Columns, beta.Rows, beta.Columns, whitened.Rows, whitened.Columns, mean.Rows, mean.Columns, variance.Rows, variance.Columns);
        fixed (T* x = points.Values, y = candidates.Values, l = lengthscale.Values, f = lower.Values, b = beta.Values, v = whitened.Values,
            m = mean.Values, s = variance.Values)
        {
            Strips<T> strips = Strips<T>.Mine;
            strips.Points = new(x, points.Stride);
            strips.Candidates = new(y, candidates.Stride);
            strips.Lengthscale = new(l, lengthscale.Stride);
            strips.Lower = new(f, lower.Stride);
            strips.Whitened = wanted ? new(v, whitened.Stride) : default;
            strips.Beta = b;
            strips.Mean = m;
            strips.Variance = s;
            strips.Solve(function, points.Rows, points.Columns, candidates.Columns, outputScale, constantMean);
        }
    }

    internal static void DeviceKernel(Index1D column, ArrayView<float> arena, Arguments a, Tensor points, Tensor candidates, Tensor lengthscale,
        Tensor lower, Tensor beta, Tensor mean, Tensor variance, ArrayView<float> whitened)
    {
        float sum = a.ConstantMean;
        float left = a.OutputScale;
        for (int i = 0; i < points.Columns; i++)
        {
            float d2 = 0;
            for (int d = 0; d < points.Rows; d++)
            {
                float step = (arena[points.Offset + (d * points.Stride) + i] - arena[candidates.Offset + (d * candidates.Stride) + column])
                    / arena[lengthscale.Offset + (d * lengthscale.Stride)];
                d2 += step * step;
            }
            // Root of 1, 3 or 5 times the squared distance; the polynomial before the exponential.
            float u = XMath.Sqrt(d2 * (a.Function == 1 ? 1f : a.Function == 2 ? 3f : 5f));
            float factor = a.Function < 2 ? 1f : a.Function == 2 ? 1f + u : 1f + u + (u * u / 3f);
            float v = a.OutputScale * factor * XMath.Exp(a.Function == 0 ? -0.5f * d2 : -u);
            int row = lower.Offset + (i * lower.Stride);
            for (int k = 0; k < i; k++)
                v -= arena[row + k] * whitened[a.Offset + (k * a.Stride) + column];
            v /= arena[row + i];
            whitened[a.Offset + (i * a.Stride) + column] = v;
            sum += arena[beta.Offset + i] * v;
            left -= v * v;
        }
        arena[mean.Offset + column] = sum;
        // Written so that NaN stays NaN.
        arena[variance.Offset + column] = left < (float)SmallestVariance ? (float)SmallestVariance : left;
    }

    internal static void Launch(DeviceQueue queue, CovarianceFunction function, Tensor points, Tensor candidates, Tensor lengthscale,
        float outputScale, Tensor lower, Tensor beta, float constantMean, Tensor? whitened, Tensor mean, Tensor variance)
    {
        Check(points.Rows, points.Columns, candidates.Rows, candidates.Columns, lengthscale.Rows, lengthscale.Columns, lower.Rows, lower.Columns,
            beta.Rows, beta.Columns, whitened?.Rows ?? 0, whitened?.Columns ?? 0, mean.Rows, mean.Columns, variance.Rows, variance.Columns);
        if (candidates.Columns == 0)
            return;
        bool own = whitened is { Count: > 0 };
        var arguments = new Arguments(
            (int)function, outputScale, constantMean, own ? whitened!.Value.Offset : 0, own ? whitened!.Value.Stride : candidates.Columns);
        ArrayView<float> memory = own ? queue.Arena : queue.Scratch(Math.Max(1, points.Columns * candidates.Columns));
        Kernel.On(queue)(
            queue.Stream, candidates.Columns, queue.Arena, arguments, points, candidates, lengthscale, lower, beta, mean, variance, memory);
    }

    private static double Value(CovarianceFunction function, double squaredDistance)
    {
        double r = Math.Sqrt(squaredDistance);
        return function switch
        {
            CovarianceFunction.Rbf => Math.Exp(-0.5 * squaredDistance),
            CovarianceFunction.Matern12 => Math.Exp(-r),
            CovarianceFunction.Matern32 => (1 + (Math.Sqrt(3) * r)) * Math.Exp(-Math.Sqrt(3) * r),
            CovarianceFunction.Matern52 => (1 + (Math.Sqrt(5) * r) + (5 * squaredDistance / 3)) * Math.Exp(-Math.Sqrt(5) * r),
            _ => throw new ArgumentOutOfRangeException(nameof(function), function, "Not a covariance function."),
        };
    }

    private static bool Check(int d, int n, int rowsC, int m, int rowsL, int columnsL, int rowsF, int columnsF, int rowsB, int columnsB,
        int rowsV, int columnsV, int rowsM, int columnsM, int rowsS, int columnsS)
    {
        Shape.Require(nameof(PosteriorSolve), "candidates", rowsC, m, d, m);
        Shape.Require(nameof(PosteriorSolve), "lengthscale", rowsL, columnsL, d, 1);
        Shape.Require(nameof(PosteriorSolve), "lower", rowsF, columnsF, n, n);
        Shape.Require(nameof(PosteriorSolve), "beta", rowsB, columnsB, 1, n);
        Shape.Require(nameof(PosteriorSolve), "mean", rowsM, columnsM, 1, m);
        Shape.Require(nameof(PosteriorSolve), "variance", rowsS, columnsS, 1, m);
        if (rowsV == 0 && columnsV == 0)
            return false;
        Shape.Require(nameof(PosteriorSolve), "whitened", rowsV, columnsV, n, m);
        return true;
    }

    /// <summary>What a device thread needs beside tensors; offset and stride are those of V.</summary>
    internal readonly record struct Arguments(int Function, float OutputScale, float ConstantMean, int Offset, int Stride);

    private readonly struct Rows<T>(T* start, int stride)
        where T : unmanaged
    {
        internal T* Start => start;

        internal int Stride => stride;

        internal MatrixSpan<T> Block(int column, int rows, int columns) =>
            new(new Span<T>(start + column, rows == 0 ? 0 : ((rows - 1) * stride) + columns), rows, columns, stride);
    }

    private sealed class Scratch;

    private sealed class Strips<T> : HostWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static Strips<T>? mine;
        private CovarianceFunction function;
        private int dimensions;
        private int n;
        private int m;
        private T outputScale;
        private T constantMean;

        internal static Strips<T> Mine => mine ??= new Strips<T>();

        internal Rows<T> Points { get; set; }

        internal Rows<T> Candidates { get; set; }

        internal Rows<T> Lengthscale { get; set; }

        internal Rows<T> Lower { get; set; }

        internal Rows<T> Whitened { get; set; }

        internal T* Beta { get; set; }

        internal T* Mean { get; set; }

        internal T* Variance { get; set; }

        internal void Solve(CovarianceFunction shape, int depth, int points, int candidates, T scale, T offset)
        {
            function = shape;
            dimensions = depth;
            n = points;
            m = candidates;
            outputScale = scale;
            constantMean = offset;
            int blocks = (candidates + Strip - 1) / Strip;
            if ((long)points * points * candidates >= ParallelFrom)
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
            Rows<T> v = Whitened.Start is null
                ? new Rows<T>(ScratchMatrix<T, Scratch>.Get(Math.Max(1, n) * Strip), Strip)
                : new Rows<T>(Whitened.Start + first, Whitened.Stride);
            MatrixSpan<T> tile = v.Block(0, n, count);
            ScaledSquaredDistance.Host<T>(
                Points.Block(0, dimensions, n), Candidates.Block(first, dimensions, count), Lengthscale.Block(0, dimensions, 1), tile);
            switch (function)
            {
                case CovarianceFunction.Rbf:
                    RbfCovariance.Host(tile, outputScale, tile);
                    break;
                case CovarianceFunction.Matern12:
                    Matern12Covariance.Host(tile, outputScale, tile);
                    break;
                case CovarianceFunction.Matern32:
                    Matern32Covariance.Host(tile, outputScale, tile);
                    break;
                default:
                    Matern52Covariance.Host(tile, outputScale, tile);
                    break;
            }
            if (n > 0)
                TriangularSolve.Solve(Lower.Start, Lower.Stride, false, v.Start, v.Stride, n, count);
            Sums(v.Start, v.Stride, first, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Sums(T* v, nint stride, int first, int count)
        {
            int width = Vector<T>.Count;
            T* mean = Mean + first;
            T* variance = Variance + first;
            T floor = T.CreateChecked(SmallestVariance);
            var least = new Vector<T>(floor);
            int j = 0;
            for (; j <= count - (2 * width); j += 2 * width)
            {
                var m0 = new Vector<T>(constantMean);
                Vector<T> m1 = m0, s0 = new(outputScale), s1 = s0;
                T* at = v + j;
                for (int i = 0; i < n; i++, at += stride)
                {
                    var weight = new Vector<T>(Beta[i]);
                    Vector<T> v0 = Vector.Load(at), v1 = Vector.Load(at + width);
                    m0 = VectorLoops.Fma(weight, v0, m0);
                    m1 = VectorLoops.Fma(weight, v1, m1);
                    s0 = VectorLoops.Fma(-v0, v0, s0);
                    s1 = VectorLoops.Fma(-v1, v1, s1);
                }
                m0.Store(mean + j);
                m1.Store(mean + j + width);
                Vector.ConditionalSelect(Vector.LessThan(s0, least), least, s0).Store(variance + j);
                Vector.ConditionalSelect(Vector.LessThan(s1, least), least, s1).Store(variance + j + width);
            }
            for (; j < count; j++)
            {
                T sum = constantMean, left = outputScale;
                for (int i = 0; i < n; i++)
                {
                    T value = v[(i * stride) + j];
                    sum = T.MultiplyAddEstimate(Beta[i], value, sum);
                    left = T.MultiplyAddEstimate(-value, value, left);
                }
                mean[j] = sum;
                variance[j] = left < floor ? floor : left;
            }
        }
    }
}
