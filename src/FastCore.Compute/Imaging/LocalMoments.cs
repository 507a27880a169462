using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.Imaging;

/// <summary>
/// Moments of the size x size values around every pixel, rows r - size/2 .. r - size/2 + size - 1 (SPEC 4): mean m; deviation
/// Sq = sqrt(mean (h - m)^2); skewness mean (h - m)^3 / Sq^3; kurtosis mean (h - m)^4 / Sq^4; and the pixel itself minus m. Least and largest
/// value of the same window: <see cref="PatchMinMax"/>.
/// </summary>
/// <remarks>
/// All tensors are H x W, any stride; skewness with kurtosis, and the pixel's own height, may be absent; size from 1 to 64; mirrored at the edge
/// without repeating it. Power sums lose digits when values are far from 0, so all are sums of differences from a pixel nearby, in double on the
/// host: blocks of 32 x 64 pixels with the middle pixel subtracted; running sums down the columns, windows along rows by doubling. Error of m about
/// 1e-15 of the range r of such a block, of Sq^2 1e-15 r^2, of kurtosis 1e-14 (r / Sq)^4; below 1e-7 r Sq is 0, below 1e-6 r skewness and kurtosis.
/// Definition and device subtract the window's own middle and go over it twice. Device: one thread per pixel.
/// </remarks>
public static unsafe class LocalMoments
{
    private const int LargestSize = 64;
    private const int Strip = 64;
    private const double Flat = 1e-12;
    private const double Nothing = 1e-14;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, int, Tensor, Tensor, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, int, Tensor, Tensor, Tensor, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition: twice over every window, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, int size, MatrixSpan<T> mean, MatrixSpan<T> deviation, MatrixSpan<T> skewness,
        MatrixSpan<T> kurtosis, MatrixSpan<T> height)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, size, Size(mean), Size(deviation), Size(skewness), Size(kurtosis), Size(height));
        for (int i = 0; i < image.Rows; i++)
        {
            for (int j = 0; j < image.Columns; j++)
            {
                double own = ImageRows.At(image, i, j), average = 0, second = 0, third = 0, fourth = 0;
                double Value(ReadOnlyMatrixSpan<T> from, int k) => ImageRows.At(from, i - (size / 2) + (k / size), j - (size / 2) + (k % size)) - own;
                for (int k = 0; k < size * size; k++)
                    average += Value(image, k) / (size * size);
                for (int k = 0; k < size * size; k++)
                {
                    double d = Value(image, k) - average;
                    second += d * d / (size * size);
                    third += d * d * d / (size * size);
                    fourth += d * d * d * d / (size * size);
                }
                bool flat = second <= Flat * average * average;
                mean[i, j] = T.CreateChecked(own + average);
                deviation[i, j] = T.CreateChecked(Math.Sqrt(second));
                if (skewness.Rows > 0)
                {
                    skewness[i, j] = T.CreateChecked(flat ? 0 : third / (second * Math.Sqrt(second)));
                    kurtosis[i, j] = T.CreateChecked(flat ? 0 : fourth / (second * second));
                }
                if (height.Rows > 0)
                    height[i, j] = T.CreateChecked(-average);
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, int size, MatrixSpan<T> mean, MatrixSpan<T> deviation, MatrixSpan<T> skewness,
        MatrixSpan<T> kurtosis, MatrixSpan<T> height)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, size, Size(mean), Size(deviation), Size(skewness), Size(kurtosis), Size(height));
        if (image.Rows == 0 || image.Columns == 0)
            return;
        fixed (T* from = image.Values, first = mean.Values, second = deviation.Values, third = skewness.Values, fourth = kurtosis.Values,
            own = height.Values)
        {
            var outputs = new Outputs<T>(first, mean.Stride, second, deviation.Stride, third, skewness.Stride, fourth, kurtosis.Stride, own,
                height.Stride);
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), size, outputs);
            RowBlocks<Job<T>>.Run(job, image.Rows, ImageRows.BlockHeight, (long)image.Rows * image.Columns * 16);
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor image, int size, Tensor mean, Tensor deviation, Tensor skewness,
        Tensor kurtosis, Tensor height)
    {
        int i = index / image.Columns;
        int j = index - (i * image.Columns);
        float own = arena[image.Offset + (i * image.Stride) + j], share = 1f / (size * size), average = 0;
        for (int y = 0; y < size; y++)
        {
            int row = image.Offset + (PatchGather.Mirror(i - (size / 2) + y, image.Rows) * image.Stride);
            float sum = 0;
            for (int x = 0; x < size; x++)
                sum += arena[row + PatchGather.Mirror(j - (size / 2) + x, image.Columns)] - own;
            average += sum * share;
        }
        float second = 0, third = 0, fourth = 0;
        for (int y = 0; y < size; y++)
        {
            int row = image.Offset + (PatchGather.Mirror(i - (size / 2) + y, image.Rows) * image.Stride);
            float sum2 = 0, sum3 = 0, sum4 = 0;
            for (int x = 0; x < size; x++)
            {
                float d = arena[row + PatchGather.Mirror(j - (size / 2) + x, image.Columns)] - own - average;
                float squared = d * d;
                sum2 += squared;
                sum3 += squared * d;
                sum4 += squared * squared;
            }
            second += sum2 * share;
            third += sum3 * share;
            fourth += sum4 * share;
        }
        bool flat = second <= 1e-12f * average * average;
        float root = XMath.Sqrt(second), safe = flat ? 1 : root;
        arena[mean.Offset + (i * mean.Stride) + j] = own + average;
        arena[deviation.Offset + (i * deviation.Stride) + j] = root;
        if (skewness.Rows > 0)
        {
            arena[skewness.Offset + (i * skewness.Stride) + j] = flat ? 0 : third / safe / safe / safe;
            arena[kurtosis.Offset + (i * kurtosis.Stride) + j] = flat ? 0 : fourth / safe / safe / safe / safe;
        }
        if (height.Rows > 0)
            arena[height.Offset + (i * height.Stride) + j] = -average;
    }

    internal static void Launch(DeviceQueue queue, Tensor image, int size, Tensor mean, Tensor deviation, Tensor? skewness, Tensor? kurtosis,
        Tensor? height)
    {
        Check(image.Rows, image.Columns, size, Size(mean), Size(deviation), Size(skewness), Size(kurtosis), Size(height));
        if (image.Count > 0)
        {
            Kernel.On(queue)(queue.Stream, image.Count, queue.Arena, image, size, mean, deviation, skewness ?? default, kurtosis ?? default,
                height ?? default);
        }
    }

    private static (int Rows, int Columns) Size<T>(MatrixSpan<T> matrix)
        where T : unmanaged => (matrix.Rows, matrix.Columns);

    private static (int Rows, int Columns) Size(Tensor? tensor) => tensor is { } there ? (there.Rows, there.Columns) : (0, 0);

    private static void Check(int rows, int columns, int size, (int Rows, int Columns) mean, (int Rows, int Columns) deviation,
        (int Rows, int Columns) skewness, (int Rows, int Columns) kurtosis, (int Rows, int Columns) height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        Shape.Require(nameof(LocalMoments), "mean", mean.Rows, mean.Columns, rows, columns);
        Shape.Require(nameof(LocalMoments), "deviation", deviation.Rows, deviation.Columns, rows, columns);
        if (skewness != (0, 0) || kurtosis != (0, 0))
        {
            Shape.Require(nameof(LocalMoments), "skewness", skewness.Rows, skewness.Columns, rows, columns);
            Shape.Require(nameof(LocalMoments), "kurtosis", kurtosis.Rows, kurtosis.Columns, rows, columns);
        }
        if (height != (0, 0))
            Shape.Require(nameof(LocalMoments), "height", height.Rows, height.Columns, rows, columns);
    }

    private readonly struct Outputs<T>(T* mean, nint strideM, T* deviation, nint strideD, T* skewness, nint strideS, T* kurtosis, nint strideK, T* height,
        nint strideH)
        where T : unmanaged
    {
        internal bool Four => skewness != null;

        internal bool Own => height != null;

        internal void Write(int row, int column, double* values, int count)
        {
            ImageRows.Narrow(values, mean + (row * strideM) + column, count);
            ImageRows.Narrow(values + (2 * Strip), deviation + (row * strideD) + column, count);
            if (skewness != null)
            {
                ImageRows.Narrow(values + (4 * Strip), skewness + (row * strideS) + column, count);
                ImageRows.Narrow(values + (6 * Strip), kurtosis + (row * strideK) + column, count);
            }
            if (height != null)
                ImageRows.Narrow(values + (8 * Strip), height + (row * strideH) + column, count);
        }
    }

    private readonly struct Job<T>(ImagePointer<T> image, int size, Outputs<T> outputs) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            int powers = outputs.Four ? 4 : 2;
            // A strip with the window's overhang and idle lanes.
            int pitch = Strip + LargestSize + (2 * ImageRows.Slack);
            double* sums = ScratchMatrix<double, Job<T>>.Get((5 + 5 + size) * pitch);
            double* work = sums + (4 * pitch), windows = work + pitch, ring = windows + (5 * pitch);
            double* results = stackalloc double[10 * Strip];
            T* line = stackalloc T[Strip + LargestSize + ImageRows.Slack];
            for (int column = 0; column < image.Columns; column += Strip)
            {
                int count = Math.Min(Strip, image.Columns - column), length = count + size - 1;
                double middle = double.CreateTruncating(image.Row((first + end) / 2)[column + (count / 2)]), largest = 0;
                new Span<double>(sums, 4 * pitch).Clear();
                new Span<double>(ring, size * pitch).Clear();
                // The window of row i takes row i - size/2 + size - 1 in and leaves the row that stood in the same slot.
                for (int i = first - size + 1; i < end; i++)
                {
                    int source = i - (size / 2) + size - 1, slot = (i - first + size - 1) % size;
                    Segment(image.Row(source), column - (size / 2), length, line, middle, work);
                    largest = Math.Max(largest, Math.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<double>(work, length))));
                    Slide(work, ring + (slot * pitch), sums, pitch, length, powers);
                    if (i < first)
                        continue;
                    for (int p = 0; p < powers; p++)
                        Window(sums + (p * pitch), work, length, size, windows + (p * pitch), count);
                    double* own = ring + ((slot + 1 + (size / 2)) % size * pitch) + (size / 2);
                    Moments(windows, pitch, own, middle, 1.0 / (size * size), largest * largest, count, powers == 4, results);
                    outputs.Write(i, column, results, count);
                }
            }
        }

        // Columns start .. start + length - 1 of a row, mirrored, minus the reference.
        private void Segment(T* row, int start, int length, T* line, double middle, double* to)
        {
            if (start < 0 || start + length > image.Columns)
            {
                for (int k = 0; k < length; k++)
                    line[k] = row[PatchGather.Mirror(start + k, image.Columns)];
                ImageRows.Widen(line, middle, to, length);
                return;
            }
            ImageRows.Widen(row + start, middle, to, length);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Slide(double* entering, double* slot, double* sums, nint pitch, int length, int powers)
        {
            for (int j = 0; j < length; j += Vector<double>.Count)
            {
                Vector<double> a = Vector.Load(entering + j), b = Vector.Load(slot + j), a2 = a * a, b2 = b * b;
                a.Store(slot + j);
                (Vector.Load(sums + j) + (a - b)).Store(sums + j);
                (Vector.Load(sums + pitch + j) + (a2 - b2)).Store(sums + pitch + j);
                if (powers == 4)
                {
                    (Vector.Load(sums + (2 * pitch) + j) + ((a2 * a) - (b2 * b))).Store(sums + (2 * pitch) + j);
                    (Vector.Load(sums + (3 * pitch) + j) + ((a2 * a2) - (b2 * b2))).Store(sums + (3 * pitch) + j);
                }
            }
        }

        // to[j] := sum of size values from j on: the doubled windows of the binary digits of size, one behind the other.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Window(double* from, double* work, int length, int size, double* to, int count)
        {
            int offset = 0;
            double* source = from;
            for (int power = 1; power <= size; power *= 2)
            {
                if ((size & power) != 0)
                {
                    for (int j = 0; j < count; j += Vector<double>.Count)
                    {
                        Vector<double> part = Vector.Load(source + offset + j);
                        (offset == 0 ? part : Vector.Load(to + j) + part).Store(to + j);
                    }
                    offset += power;
                }
                if (2 * power <= size)
                {
                    for (int j = 0; j < length; j += Vector<double>.Count)
                        (Vector.Load(source + j) + Vector.Load(source + power + j)).Store(work + j);
                    source = work;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Moments(double* windows, nint pitch, double* own, double middle, double share, double range, int count, bool four, double* to)
        {
            var part = new Vector<double>(share);
            var least = new Vector<double>(Flat * range);
            var nothing = new Vector<double>(Nothing * range);
            var reference = new Vector<double>(middle);
            for (int j = 0; j < count; j += Vector<double>.Count)
            {
                Vector<double> e1 = part * Vector.Load(windows + j), e2 = part * Vector.Load(windows + pitch + j), squared = e1 * e1;
                Vector<double> m2 = e2 - squared;
                m2 = Vector.ConditionalSelect(Vector.GreaterThan(m2, nothing), m2, Vector<double>.Zero);
                Vector<double> root = Vector.SquareRoot(m2);
                (reference + e1).Store(to + j);
                root.Store(to + (2 * Strip) + j);
                (Vector.Load(own + j) - e1).Store(to + (8 * Strip) + j);
                if (!four)
                    continue;
                Vector<double> e3 = part * Vector.Load(windows + (2 * pitch) + j), e4 = part * Vector.Load(windows + (3 * pitch) + j);
                Vector<long> directed = Vector.GreaterThan(m2, least);
                Vector<double> safe = Vector.ConditionalSelect(directed, m2, Vector<double>.One);
                Vector<double> m3 = e3 - (e1 * ((3 * e2) - (2 * squared)));
                Vector<double> m4 = e4 - (e1 * ((4 * e3) - (e1 * ((6 * e2) - (3 * squared)))));
                Vector<double> skew = m3 / (safe * Vector.SquareRoot(safe)), kurt = m4 / (safe * safe);
                Vector.ConditionalSelect(directed, skew, Vector<double>.Zero).Store(to + (4 * Strip) + j);
                Vector.ConditionalSelect(directed, kurt, Vector<double>.Zero).Store(to + (6 * Strip) + j);
            }
        }
    }
}
