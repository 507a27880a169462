using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Covariance;

/// <summary>One point joins a posterior over M candidates (SPEC 2.5): w = (k - l^T V) / lambda, mean = m + [V; w]^T beta, variance -= w^2.</summary>
/// <remarks>
/// whitened is capacity x M and holds V in its first n rows; row n receives w. crossCovariance, mean and variance are 1 x M, factorRow and
/// beta 1 x (n + 1). V streams through once: both sums over it are taken in the same pass, four rows at a time, over tiles of 2,048 candidates
/// whose residual and mean (16 KiB) stay in the first-level cache; tiles are shared out to the threads. Reading V from memory bounds it. Narrower
/// tiles are slower: a row of 64 candidates is 256 B on a page of its own; stored tile by tile they would stream the same bytes, but then no
/// other operation could read V as a matrix. Device: one thread per candidate. Tolerance against the definition in float: n eps |l| |v| for w,
/// n eps |beta| |v| for the mean.
/// </remarks>
public static unsafe class PosteriorAppend
{
    private const int Strip = 2048;
    private const long ParallelFrom = 200_000;
    private const double SmallestVariance = 1e-10;

    private static readonly LoadedKernel<
        Action<AcceleratorStream, Index1D, ArrayView<float>, int, Tensor, Tensor, Tensor, float, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<
            Index1D, ArrayView<float>, int, Tensor, Tensor, Tensor, float, Tensor, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(int n, ReadOnlyMatrixSpan<T> crossCovariance, ReadOnlyMatrixSpan<T> factorRow, ReadOnlyMatrixSpan<T> beta,
        T constantMean, MatrixSpan<T> whitened, MatrixSpan<T> mean, MatrixSpan<T> variance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(n, crossCovariance, factorRow, beta, whitened, mean, variance);
        for (int j = 0; j < whitened.Columns; j++)
        {
            double residual = double.CreateChecked(crossCovariance[0, j]);
            double sum = double.CreateChecked(constantMean);
            for (int i = 0; i < n; i++)
            {
                double v = double.CreateChecked(whitened[i, j]);
                residual -= double.CreateChecked(factorRow[0, i]) * v;
                sum += double.CreateChecked(beta[0, i]) * v;
            }
            double w = residual / double.CreateChecked(factorRow[0, n]);
            whitened[n, j] = T.CreateChecked(w);
            mean[0, j] = T.CreateChecked(sum + (double.CreateChecked(beta[0, n]) * w));
            variance[0, j] = T.CreateChecked(Math.Max(double.CreateChecked(variance[0, j]) - (w * w), SmallestVariance));
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(int n, ReadOnlyMatrixSpan<T> crossCovariance, ReadOnlyMatrixSpan<T> factorRow, ReadOnlyMatrixSpan<T> beta,
        T constantMean, MatrixSpan<T> whitened, MatrixSpan<T> mean, MatrixSpan<T> variance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(n, crossCovariance, factorRow, beta, whitened, mean, variance);
        fixed (T* k = crossCovariance.Values, l = factorRow.Values, b = beta.Values, v = whitened.Values, m = mean.Values, s = variance.Values)
        {
            Strips<T> strips = Strips<T>.Mine;
            strips.Cross = k;
            strips.Factor = l;
            strips.Beta = b;
            strips.Whitened = v;
            strips.Stride = whitened.Stride;
            strips.Mean = m;
            strips.Variance = s;
            strips.ConstantMean = constantMean;
            strips.Append(n, whitened.Columns);
        }
    }

    internal static void DeviceKernel(Index1D column, ArrayView<float> arena, int n, Tensor crossCovariance, Tensor factorRow, Tensor beta,
        float constantMean, Tensor whitened, Tensor mean, Tensor variance)
    {
        float residual = arena[crossCovariance.Offset + column];
        float sum = constantMean;
        int at = whitened.Offset + column;
        for (int i = 0; i < n; i++, at += whitened.Stride)
        {
            float v = arena[at];
            residual -= arena[factorRow.Offset + i] * v;
            sum += arena[beta.Offset + i] * v;
        }
        float w = residual / arena[factorRow.Offset + n];
        arena[at] = w;
        arena[mean.Offset + column] = sum + (arena[beta.Offset + n] * w);
        float left = arena[variance.Offset + column] - (w * w);
        // Written so that NaN stays NaN.
        arena[variance.Offset + column] = left < (float)SmallestVariance ? (float)SmallestVariance : left;
    }

    internal static void Launch(DeviceQueue queue, int n, Tensor crossCovariance, Tensor factorRow, Tensor beta,
        float constantMean, Tensor whitened, Tensor mean, Tensor variance)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        int candidates = whitened.Columns;
        Shape.RequireRoom(nameof(PosteriorAppend), nameof(whitened), whitened.Rows, candidates, n + 1, candidates);
        Shape.Require(nameof(PosteriorAppend), nameof(crossCovariance), crossCovariance.Rows, crossCovariance.Columns, 1, candidates);
        Shape.Require(nameof(PosteriorAppend), nameof(factorRow), factorRow.Rows, factorRow.Columns, 1, n + 1);
        Shape.Require(nameof(PosteriorAppend), nameof(beta), beta.Rows, beta.Columns, 1, n + 1);
        Shape.Require(nameof(PosteriorAppend), nameof(mean), mean.Rows, mean.Columns, 1, candidates);
        Shape.Require(nameof(PosteriorAppend), nameof(variance), variance.Rows, variance.Columns, 1, candidates);
        if (candidates > 0)
            Kernel.On(queue)(queue.Stream, candidates, queue.Arena, n, crossCovariance, factorRow, beta, constantMean, whitened, mean, variance);
    }

    private static void Check<T>(int n, ReadOnlyMatrixSpan<T> crossCovariance, ReadOnlyMatrixSpan<T> factorRow, ReadOnlyMatrixSpan<T> beta,
        MatrixSpan<T> whitened, MatrixSpan<T> mean, MatrixSpan<T> variance)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        int candidates = whitened.Columns;
        Shape.RequireRoom(nameof(PosteriorAppend), nameof(whitened), whitened.Rows, candidates, n + 1, candidates);
        Shape.Require(nameof(PosteriorAppend), nameof(crossCovariance), crossCovariance.Rows, crossCovariance.Columns, 1, candidates);
        Shape.Require(nameof(PosteriorAppend), nameof(factorRow), factorRow.Rows, factorRow.Columns, 1, n + 1);
        Shape.Require(nameof(PosteriorAppend), nameof(beta), beta.Rows, beta.Columns, 1, n + 1);
        Shape.Require(nameof(PosteriorAppend), nameof(mean), mean.Rows, mean.Columns, 1, candidates);
        Shape.Require(nameof(PosteriorAppend), nameof(variance), variance.Rows, variance.Columns, 1, candidates);
    }

    private sealed class Strips<T> : HostWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static Strips<T>? mine;
        private int n;
        private int candidates;

        internal static Strips<T> Mine => mine ??= new Strips<T>();

        internal T* Cross { get; set; }

        internal T* Factor { get; set; }

        internal T* Beta { get; set; }

        internal T* Whitened { get; set; }

        internal nint Stride { get; set; }

        internal T* Mean { get; set; }

        internal T* Variance { get; set; }

        internal T ConstantMean { get; set; }

        internal void Append(int points, int count)
        {
            n = points;
            candidates = count;
            int blocks = (count + Strip - 1) / Strip;
            if ((long)(points + 1) * count >= ParallelFrom)
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
            int count = Math.Min(Strip, candidates - first);
            T* residual = Whitened + (n * Stride) + first;
            T* mean = Mean + first;
            new ReadOnlySpan<T>(Cross + first, count).CopyTo(new Span<T>(residual, count));
            new Span<T>(mean, count).Fill(ConstantMean);
            int i = 0;
            for (; i <= n - 4; i += 4)
                FourRows(Factor + i, Beta + i, Whitened + (i * Stride) + first, Stride, residual, mean, count);
            for (; i < n; i++)
            {
                VectorLoops.AddScaled(-Factor[i], Whitened + (i * Stride) + first, residual, count);
                VectorLoops.AddScaled(Beta[i], Whitened + (i * Stride) + first, mean, count);
            }
            Finish(T.One / Factor[n], Beta[n], residual, mean, Variance + first, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void FourRows(T* factor, T* beta, T* row, nint stride, T* residual, T* mean, int count)
        {
            T* row1 = row + stride;
            T* row2 = row1 + stride;
            T* row3 = row2 + stride;
            var l0 = new Vector<T>(-factor[0]);
            var l1 = new Vector<T>(-factor[1]);
            var l2 = new Vector<T>(-factor[2]);
            var l3 = new Vector<T>(-factor[3]);
            var b0 = new Vector<T>(beta[0]);
            var b1 = new Vector<T>(beta[1]);
            var b2 = new Vector<T>(beta[2]);
            var b3 = new Vector<T>(beta[3]);
            nint ahead = 4 * stride;
            int i = 0;
            for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            {
                // The next four rows are on their way while these are used; the processor itself foresees no jump from row to row.
                if (Sse.IsSupported)
                {
                    Sse.Prefetch1(row + ahead + i);
                    Sse.Prefetch1(row1 + ahead + i);
                    Sse.Prefetch1(row2 + ahead + i);
                    Sse.Prefetch1(row3 + ahead + i);
                }
                Vector<T> v = Vector.Load(row + i);
                Vector<T> r = VectorLoops.Fma(l0, v, Vector.Load(residual + i));
                Vector<T> m = VectorLoops.Fma(b0, v, Vector.Load(mean + i));
                v = Vector.Load(row1 + i);
                r = VectorLoops.Fma(l1, v, r);
                m = VectorLoops.Fma(b1, v, m);
                v = Vector.Load(row2 + i);
                r = VectorLoops.Fma(l2, v, r);
                m = VectorLoops.Fma(b2, v, m);
                v = Vector.Load(row3 + i);
                VectorLoops.Fma(l3, v, r).Store(residual + i);
                VectorLoops.Fma(b3, v, m).Store(mean + i);
            }
            for (; i < count; i++)
            {
                for (int q = 0; q < 4; q++)
                {
                    residual[i] = T.MultiplyAddEstimate(-factor[q], row[(q * stride) + i], residual[i]);
                    mean[i] = T.MultiplyAddEstimate(beta[q], row[(q * stride) + i], mean[i]);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Finish(T inversePivot, T beta, T* residual, T* mean, T* variance, int count)
        {
            T floor = T.CreateChecked(SmallestVariance);
            var inverse = new Vector<T>(inversePivot);
            var weight = new Vector<T>(beta);
            var least = new Vector<T>(floor);
            int i = 0;
            for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            {
                Vector<T> w = Vector.Load(residual + i) * inverse;
                w.Store(residual + i);
                VectorLoops.Fma(weight, w, Vector.Load(mean + i)).Store(mean + i);
                Vector<T> left = VectorLoops.Fma(-w, w, Vector.Load(variance + i));
                Vector.ConditionalSelect(Vector.LessThan(left, least), least, left).Store(variance + i);
            }
            for (; i < count; i++)
            {
                T w = residual[i] * inversePivot;
                residual[i] = w;
                mean[i] = T.MultiplyAddEstimate(beta, w, mean[i]);
                T left = T.MultiplyAddEstimate(-w, w, variance[i]);
                variance[i] = left < floor ? floor : left;
            }
        }
    }
}
