using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Covariance;

/// <summary>
/// Distance that a vector known only as a normal distribution has to its nearest neighbours among measured ones, for every candidate.
/// </summary>
/// <remarks>
/// <para>
/// With the predicted mean m of r components, a common variance s v of each, and measured y_j: q_j^2 = |m - y_j|^2, E d_j^2 = q_j^2 + r s v and
/// Var d_j^2 = 4 q_j^2 s v + 2 r (s v)^2 (a scaled noncentral chi-squared), so the distance has about the mean sqrt(q_j^2 + r s v) and, by the first
/// order of the square root, the variance Var d_j^2 / (4 E d_j^2). Distances to neighbours move together: their deviations are averaged, not their
/// variances. With k neighbours, mean := offset + factor / k sum sqrt(E d_j^2), variance := (factor / k sum deviation_j)^2.
/// </para>
/// <para>
/// prediction is r x M, unitVariance (v) 1 x M, measured n x r, nearest k x M with k up to n: it receives the k smallest q^2, ascending down each
/// column; without it all n count. Host: up to eight neighbours stay in registers, sorted by minima and maxima; more stay in memory, where
/// most rows leave after one comparison with the k-th smallest. Strips are shared out to the threads. Device: one thread per candidate. Tolerance
/// 60 epsilon of the largest value in the parity cases.
/// </para>
/// </remarks>
public static unsafe class ExpectedNearestDistance
{
    // Keeps 0 / 0 at a certain prediction of a measured vector away; far below any squared distance that single precision tells from 0.
    private const float Least = 1e-30f;
    private const int Strip = 2048;
    private const int Slots = 8;
    private const long ParallelFrom = 200_000;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Weights, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Weights, Tensor, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition; sums in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> prediction, ReadOnlyMatrixSpan<T> unitVariance, ReadOnlyMatrixSpan<T> measured, T outputVariance,
        T factor, T offset, MatrixSpan<T> nearest, MatrixSpan<T> mean, MatrixSpan<T> variance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(prediction, unitVariance, measured, nearest, mean, variance);
        int n = measured.Rows, k = nearest.Rows > 0 ? nearest.Rows : n;
        var squares = new double[n];
        for (int c = 0; c < mean.Columns; c++)
        {
            bool known = true;
            for (int j = 0; j < n; j++)
            {
                squares[j] = 0;
                for (int o = 0; o < prediction.Rows; o++)
                {
                    double difference = double.CreateChecked(prediction[o, c]) - double.CreateChecked(measured[j, o]);
                    squares[j] += difference * difference;
                }
                known &= double.IsFinite(squares[j]);
            }
            Array.Sort(squares);
            double sv = double.CreateChecked(outputVariance) * double.CreateChecked(unitVariance[0, c]), sum = known ? 0 : double.NaN, deviations = sum;
            for (int t = 0; t < k; t++)
            {
                double expected = squares[t] + (prediction.Rows * sv);
                sum += Math.Sqrt(expected);
                deviations += Math.Sqrt(((4 * squares[t] * sv) + (2 * prediction.Rows * sv * sv)) / (4 * (expected + Least)));
            }
            for (int t = 0; t < nearest.Rows; t++)
                nearest[t, c] = T.CreateSaturating(squares[t]);
            double weight = double.CreateChecked(factor) / k;
            mean[0, c] = T.CreateSaturating(double.CreateChecked(offset) + (weight * sum));
            variance[0, c] = T.CreateSaturating(weight * deviations * (weight * deviations));
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> prediction, ReadOnlyMatrixSpan<T> unitVariance, ReadOnlyMatrixSpan<T> measured, T outputVariance,
        T factor, T offset, MatrixSpan<T> nearest, MatrixSpan<T> mean, MatrixSpan<T> variance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(prediction, unitVariance, measured, nearest, mean, variance);
        fixed (T* p = prediction.Values, v = unitVariance.Values, y = measured.Values, near = nearest.Values, to = mean.Values, toVariance = variance.Values)
        {
            Strips<T> work = Strips<T>.Mine;
            work.Prediction = p;
            work.Measured = y;
            work.Nearest = near;
            work.UnitVariance = v;
            work.Mean = to;
            work.Variance = toVariance;
            (work.PredictionStride, work.MeasuredStride, work.NearestStride) = (prediction.Stride, measured.Stride, nearest.Stride);
            (work.Outputs, work.Points, work.Neighbours, work.Columns) = (prediction.Rows, measured.Rows, nearest.Rows, mean.Columns);
            (work.OutputVariance, work.Factor, work.Offset) = (outputVariance, factor, offset);
            int blocks = (mean.Columns + Strip - 1) / Strip;
            if ((long)measured.Rows * mean.Columns * prediction.Rows >= ParallelFrom)
            {
                HostThreads.Run(work, blocks);
                return;
            }
            for (int block = 0; block < blocks; block++)
                work.Run(block);
        }
    }

    internal static void DeviceKernel(Index1D column, ArrayView<float> arena, Tensor prediction, Tensor unitVariance, Tensor measured, Weights weights,
        Tensor nearest, Tensor mean, Tensor variance)
    {
        float sv = weights.OutputVariance * arena[unitVariance.Offset + column];
        float extra = prediction.Rows * sv, spread = 2 * extra * sv, sum = 0, deviations = 0, poison = 0;
        int k = nearest.Rows;
        for (int t = 0; t < k; t++)
            arena[nearest.Offset + (t * nearest.Stride) + column] = float.PositiveInfinity;
        for (int j = 0; j < measured.Rows; j++)
        {
            float square = 0;
            for (int o = 0; o < prediction.Rows; o++)
            {
                float difference = arena[prediction.Offset + (o * prediction.Stride) + column] - arena[measured.Offset + (j * measured.Stride) + o];
                square += difference * difference;
            }
            poison += square * 0;
            if (k == 0)
            {
                float expected = square + extra;
                sum += XMath.Sqrt(expected);
                deviations += XMath.Sqrt(((4 * square * sv) + spread) / (4 * (expected + Least)));
            }
            for (int t = 0; t < k; t++)
            {
                int at = nearest.Offset + (t * nearest.Stride) + column;
                float kept = arena[at];
                bool less = square < kept;
                arena[at] = less ? square : kept;
                square = less ? kept : square;
            }
        }
        for (int t = 0; t < k; t++)
        {
            float square = arena[nearest.Offset + (t * nearest.Stride) + column], expected = square + extra;
            sum += XMath.Sqrt(expected);
            deviations += XMath.Sqrt(((4 * square * sv) + spread) / (4 * (expected + Least)));
        }
        float weight = weights.Factor / (k == 0 ? measured.Rows : k), deviation = (weight * deviations) + poison;
        arena[mean.Offset + column] = weights.Offset + (weight * sum) + poison;
        arena[variance.Offset + column] = deviation * deviation;
    }

    internal static void Launch(DeviceQueue queue, Tensor prediction, Tensor unitVariance, Tensor measured, float outputVariance, float factor, float offset,
        Tensor nearest, Tensor mean, Tensor variance)
    {
        Check(prediction.Rows, prediction.Columns, unitVariance.Rows, unitVariance.Columns, measured.Rows, measured.Columns, nearest.Rows, nearest.Columns,
            mean.Rows, mean.Columns, variance.Rows, variance.Columns);
        if (mean.Count > 0)
        {
            Kernel.On(queue)(queue.Stream, mean.Columns, queue.Arena, prediction, unitVariance, measured, new Weights(outputVariance, factor, offset), nearest, mean,
                variance);
        }
    }

    private static void Check<T>(ReadOnlyMatrixSpan<T> prediction, ReadOnlyMatrixSpan<T> unitVariance, ReadOnlyMatrixSpan<T> measured, MatrixSpan<T> nearest,
        MatrixSpan<T> mean, MatrixSpan<T> variance)
        where T : unmanaged =>
        Check(prediction.Rows, prediction.Columns, unitVariance.Rows, unitVariance.Columns, measured.Rows, measured.Columns, nearest.Rows, nearest.Columns,
            mean.Rows, mean.Columns, variance.Rows, variance.Columns);

    private static void Check(int outputs, int m, int vRows, int vColumns, int n, int width, int k, int nearColumns, int meanRows, int meanColumns,
        int varianceRows, int varianceColumns)
    {
        const string Name = nameof(ExpectedNearestDistance);
        Shape.Require(Name, "unitVariance", vRows, vColumns, 1, m);
        Shape.Require(Name, "measured", n, width, Math.Max(n, Math.Max(1, k)), outputs);
        if (k > 0)
            Shape.Require(Name, "nearest", k, nearColumns, k, m);
        Shape.Require(Name, "mean", meanRows, meanColumns, 1, m);
        Shape.Require(Name, "variance", varianceRows, varianceColumns, 1, m);
    }

    /// <summary>What a launch passes by value.</summary>
    internal readonly record struct Weights(float OutputVariance, float Factor, float Offset);

    private sealed class Strips<T> : HostWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static Strips<T>? mine;

        internal static Strips<T> Mine => mine ??= new Strips<T>();

        internal T* Prediction, UnitVariance, Measured, Nearest, Mean, Variance;
        internal nint PredictionStride, MeasuredStride, NearestStride;
        internal int Outputs, Points, Neighbours, Columns;
        internal T OutputVariance, Factor, Offset;

        internal override void Run(int block)
        {
            int column = block * Strip, end = Math.Min(column + Strip, Columns);
            if (Neighbours is > 0 and <= Slots)
            {
                for (; column <= end - Vector<T>.Count; column += Vector<T>.Count)
                    Few(column);
            }
            else
            {
                for (; column <= end - (4 * Vector<T>.Count); column += 4 * Vector<T>.Count)
                    Wide(column);
            }
            for (; column < end; column++)
                One(column);
        }

        // The smallest eight stay in registers: sixteen minima and maxima a row cost less than asking whether a row belongs among the k.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Few(int column)
        {
            T* at = Prediction + column, row = Measured;
            nint stride = PredictionStride, rowStride = MeasuredStride;
            int outputs = Outputs;
            Vector<T> k0 = new(T.PositiveInfinity), k1 = k0, k2 = k0, k3 = k0, k4 = k0, k5 = k0, k6 = k0, k7 = k0, total = default;
            for (int j = 0; j < Points; j++, row += rowStride)
            {
                Vector<T> q = default, larger;
                T* mean = at;
                for (int o = 0; o < outputs; o++, mean += stride)
                {
                    Vector<T> difference = Vector.Load(mean) - new Vector<T>(row[o]);
                    q += difference * difference;
                }
                total += q;
                larger = Vector.MaxNative(k0, q);
                k0 = Vector.MinNative(k0, q);
                q = Vector.MaxNative(k1, larger);
                k1 = Vector.MinNative(k1, larger);
                larger = Vector.MaxNative(k2, q);
                k2 = Vector.MinNative(k2, q);
                q = Vector.MaxNative(k3, larger);
                k3 = Vector.MinNative(k3, larger);
                larger = Vector.MaxNative(k4, q);
                k4 = Vector.MinNative(k4, q);
                q = Vector.MaxNative(k5, larger);
                k5 = Vector.MinNative(k5, larger);
                larger = Vector.MaxNative(k6, q);
                k6 = Vector.MinNative(k6, q);
                k7 = Vector.MinNative(k7, larger);
            }
            Span<Vector<T>> found = [k0, k1, k2, k3, k4, k5, k6, k7];
            var sums = new Sums(this, column);
            for (int t = 0; t < Neighbours; t++)
            {
                found[t].Store(Nearest + (t * NearestStride) + column);
                sums.Add(found[t]);
            }
            Finish(sums, total, column);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Wide(int column)
        {
            int lanes = Vector<T>.Count, k = Neighbours;
            T* at = Prediction + column, row = Measured;
            T* farthest = Nearest + (k > 0 ? ((k - 1) * NearestStride) + column : 0);
            for (int t = 0; t < k; t++)
            {
                for (int i = 0; i < 4; i++)
                    Vector.Store(new Vector<T>(T.PositiveInfinity), Nearest + (t * NearestStride) + column + (i * lanes));
            }
            Sums s0 = new(this, column), s1 = new(this, column + lanes), s2 = new(this, column + (2 * lanes)), s3 = new(this, column + (3 * lanes));
            Vector<T> total0 = default, total1 = default, total2 = default, total3 = default;
            for (int j = 0; j < Points; j++, row += MeasuredStride)
            {
                Vector<T> q0 = default, q1 = default, q2 = default, q3 = default;
                T* mean = at;
                for (int o = 0; o < Outputs; o++, mean += PredictionStride)
                {
                    var y = new Vector<T>(row[o]);
                    Vector<T> d0 = Vector.Load(mean) - y, d1 = Vector.Load(mean + lanes) - y;
                    Vector<T> d2 = Vector.Load(mean + (2 * lanes)) - y, d3 = Vector.Load(mean + (3 * lanes)) - y;
                    q0 += d0 * d0;
                    q1 += d1 * d1;
                    q2 += d2 * d2;
                    q3 += d3 * d3;
                }
                total0 += q0;
                total1 += q1;
                total2 += q2;
                total3 += q3;
                if (k == 0)
                {
                    s0.Add(q0);
                    s1.Add(q1);
                    s2.Add(q2);
                    s3.Add(q3);
                    continue;
                }
                if (Vector.LessThanAny(q0, Vector.Load(farthest)))
                    Insert(q0, column);
                if (Vector.LessThanAny(q1, Vector.Load(farthest + lanes)))
                    Insert(q1, column + lanes);
                if (Vector.LessThanAny(q2, Vector.Load(farthest + (2 * lanes))))
                    Insert(q2, column + (2 * lanes));
                if (Vector.LessThanAny(q3, Vector.Load(farthest + (3 * lanes))))
                    Insert(q3, column + (3 * lanes));
            }
            for (int t = 0; t < k; t++)
            {
                T* near = Nearest + (t * NearestStride) + column;
                s0.Add(Vector.Load(near));
                s1.Add(Vector.Load(near + lanes));
                s2.Add(Vector.Load(near + (2 * lanes)));
                s3.Add(Vector.Load(near + (3 * lanes)));
            }
            Finish(s0, total0, column);
            Finish(s1, total1, column + lanes);
            Finish(s2, total2, column + (2 * lanes));
            Finish(s3, total3, column + (3 * lanes));
        }

        private void Insert(Vector<T> carried, int column)
        {
            T* at = Nearest + column;
            for (int t = 0; t < Neighbours; t++, at += NearestStride)
            {
                Vector<T> kept = Vector.Load(at), less = Vector.LessThan(carried, kept);
                Vector.ConditionalSelect(less, carried, kept).Store(at);
                carried = Vector.ConditionalSelect(less, kept, carried);
            }
        }

        // What is not a number, or infinite, among the inputs leaves no neighbour out unnoticed: 0 times the sum of all squares says so.
        private void Finish(in Sums sums, Vector<T> total, int column)
        {
            T weight = Factor / T.CreateChecked(Neighbours > 0 ? Neighbours : Points);
            Vector<T> poison = total * T.Zero, deviation = (sums.Deviations * weight) + poison;
            (new Vector<T>(Offset) + (sums.Distances * weight) + poison).Store(Mean + column);
            (deviation * deviation).Store(Variance + column);
        }

        private void One(int column)
        {
            T sv = OutputVariance * UnitVariance[column], extra = T.CreateChecked(Outputs) * sv, spread = (extra + extra) * sv;
            T sum = T.Zero, deviations = T.Zero, total = T.Zero, four = T.CreateChecked(4), least = T.CreateChecked(Least);
            for (int t = 0; t < Neighbours; t++)
                Nearest[(t * NearestStride) + column] = T.PositiveInfinity;
            for (int j = 0; j < Points; j++)
            {
                T square = T.Zero;
                for (int o = 0; o < Outputs; o++)
                {
                    T difference = Prediction[(o * PredictionStride) + column] - Measured[(j * MeasuredStride) + o];
                    square += difference * difference;
                }
                total += square;
                if (Neighbours == 0)
                    Add(square);
                for (int t = 0; t < Neighbours; t++)
                {
                    ref T kept = ref Nearest[(t * NearestStride) + column];
                    if (square < kept)
                        (square, kept) = (kept, square);
                }
            }
            for (int t = 0; t < Neighbours; t++)
                Add(Nearest[(t * NearestStride) + column]);
            T weight = Factor / T.CreateChecked(Neighbours > 0 ? Neighbours : Points), poison = total * T.Zero, deviation = (deviations * weight) + poison;
            Mean[column] = Offset + (sum * weight) + poison;
            Variance[column] = deviation * deviation;

            void Add(T square)
            {
                T expected = square + extra;
                sum += T.Sqrt(expected);
                deviations += T.Sqrt(((four * square * sv) + spread) / (four * (expected + least)));
            }
        }

        /// <summary>Sums of expected distances and of their deviations, one lane for each candidate.</summary>
        private struct Sums
        {
            private readonly Vector<T> sv;
            private readonly Vector<T> extra;
            private readonly Vector<T> spread;

            internal Sums(Strips<T> work, int column)
            {
                sv = Vector.Load(work.UnitVariance + column) * work.OutputVariance;
                extra = sv * T.CreateChecked(work.Outputs);
                spread = (extra + extra) * sv;
            }

            internal Vector<T> Distances { get; private set; }

            internal Vector<T> Deviations { get; private set; }

            internal void Add(Vector<T> square)
            {
                var four = new Vector<T>(T.CreateChecked(4));
                Vector<T> expected = square + extra;
                Distances += Vector.SquareRoot(expected);
                Deviations += Vector.SquareRoot(((four * square * sv) + spread) / (four * (expected + new Vector<T>(T.CreateChecked(Least)))));
            }
        }
    }
}
