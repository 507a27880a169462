using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>Least and largest value of the patch around every pixel, rows r - size/2 .. r - size/2 + size - 1: min-max of patches without patches.</summary>
/// <remarks>
/// All tensors are H x W, any stride; size from 1 to 64; mirrored at the edge without repeating it. Exact everywhere; images hold no NaN. Host:
/// windows of 1, 2, 4 .. pixels by doubling, the window itself as the union of two of them; along rows first, then down the columns of a block
/// that stays in cache: 2 (log2 size + 1) comparisons per pixel. Device: one thread per pixel along rows into scratch memory, then down columns.
/// </remarks>
public static unsafe class PatchMinMax
{
    private const int LargestSize = 64;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, int, ArrayView<float>>> AcrossKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, int, ArrayView<float>>(DeviceKernelAcross));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, int, Tensor, Tensor>> DownKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, int, Tensor, Tensor>(DeviceKernelDown));

    /// <summary>The definition: every window by itself.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, int size, MatrixSpan<T> minimum, MatrixSpan<T> maximum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, size, minimum.Rows, minimum.Columns, maximum.Rows, maximum.Columns);
        for (int i = 0; i < image.Rows; i++)
        {
            for (int j = 0; j < image.Columns; j++)
            {
                double low = double.PositiveInfinity, high = double.NegativeInfinity;
                for (int y = 0; y < size; y++)
                {
                    for (int x = 0; x < size; x++)
                    {
                        double value = ImageRows.At(image, i - (size / 2) + y, j - (size / 2) + x);
                        low = Math.Min(low, value);
                        high = Math.Max(high, value);
                    }
                }
                minimum[i, j] = T.CreateChecked(low);
                maximum[i, j] = T.CreateChecked(high);
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, int size, MatrixSpan<T> minimum, MatrixSpan<T> maximum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, size, minimum.Rows, minimum.Columns, maximum.Rows, maximum.Columns);
        if (image.Rows == 0 || image.Columns == 0)
            return;
        fixed (T* from = image.Values, low = minimum.Values, high = maximum.Values)
        {
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), size, low, minimum.Stride, high, maximum.Stride);
            RowBlocks<Job<T>>.Run(job, image.Rows, ImageRows.BlockHeight, (long)image.Rows * image.Columns * 8);
        }
    }

    internal static void DeviceKernelAcross(Index1D index, ArrayView<float> arena, Tensor image, int size, ArrayView<float> between)
    {
        int i = index / image.Columns;
        int j = index - (i * image.Columns);
        int row = image.Offset + (i * image.Stride);
        float low = arena[row + PatchGather.Mirror(j - (size / 2), image.Columns)], high = low;
        for (int x = 1; x < size; x++)
        {
            float value = arena[row + PatchGather.Mirror(j - (size / 2) + x, image.Columns)];
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        between[index] = low;
        between[index + (image.Rows * image.Columns)] = high;
    }

    internal static void DeviceKernelDown(Index1D index, ArrayView<float> arena, ArrayView<float> between, int size, Tensor minimum, Tensor maximum)
    {
        int rows = minimum.Rows, columns = minimum.Columns;
        int i = index / columns;
        int j = index - (i * columns);
        int first = (PatchGather.Mirror(i - (size / 2), rows) * columns) + j;
        float low = between[first], high = between[first + (rows * columns)];
        for (int y = 1; y < size; y++)
        {
            int at = (PatchGather.Mirror(i - (size / 2) + y, rows) * columns) + j;
            float a = between[at], b = between[at + (rows * columns)];
            low = a < low ? a : low;
            high = b > high ? b : high;
        }
        arena[minimum.Offset + (i * minimum.Stride) + j] = low;
        arena[maximum.Offset + (i * maximum.Stride) + j] = high;
    }

    internal static void Launch(DeviceQueue queue, Tensor image, int size, Tensor minimum, Tensor maximum)
    {
        Check(image.Rows, image.Columns, size, minimum.Rows, minimum.Columns, maximum.Rows, maximum.Columns);
        if (image.Count == 0)
            return;
        ArrayView<float> scratch = queue.Scratch(2 * image.Count);
        AcrossKernel.On(queue)(queue.Stream, image.Count, queue.Arena, image, size, scratch);
        DownKernel.On(queue)(queue.Stream, image.Count, queue.Arena, scratch, size, minimum, maximum);
    }

    private static void Check(int rows, int columns, int size, int minimumRows, int minimumColumns, int maximumRows, int maximumColumns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        Shape.Require(nameof(PatchMinMax), "minimum", minimumRows, minimumColumns, rows, columns);
        Shape.Require(nameof(PatchMinMax), "maximum", maximumRows, maximumColumns, rows, columns);
    }

    private readonly struct Job<T>(ImagePointer<T> image, int size, T* minimum, nint strideMinimum, T* maximum, nint strideMaximum) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            int columns = image.Columns, before = size / 2, length = columns + size - 1;
            int height = end - first + size - 1, pitch = columns + ImageRows.Slack, line = length + (2 * ImageRows.Slack);
            int power = (int)BitOperations.RoundUpToPowerOf2((uint)size + 1) / 2;
            T* low = ScratchMatrix<T, Job<T>>.Get((2 * line) + (2 * height * pitch)), high = low + line;
            T* lows = high + line, highs = lows + (height * pitch);
            for (int r = 0; r < height; r++)
            {
                ImageRows.Padded(image.Row(first - before + r), low + before, columns, before, size - 1 - before);
                new ReadOnlySpan<T>(low, length).CopyTo(new Span<T>(high, length));
                for (int s = 1; s < power; s *= 2)
                    Pair(low, low + s, high, high + s, low, high, length);
                Pair(low, low + size - power, high, high + size - power, lows + (r * pitch), highs + (r * pitch), columns);
            }
            for (int s = 1; s < power; s *= 2)
            {
                for (int r = 0; r < height - s; r++)
                {
                    T* a = lows + (r * pitch), b = highs + (r * pitch);
                    Pair(a, a + (s * pitch), b, b + (s * pitch), a, b, columns);
                }
            }
            for (int i = first; i < end; i++)
            {
                T* a = lows + ((i - first) * pitch), b = highs + ((i - first) * pitch);
                int apart = (size - power) * pitch;
                End(a, a + apart, b, b + apart, minimum + (i * strideMinimum), maximum + (i * strideMaximum), columns);
            }
        }

        // Reads run ahead of writes, so the destination may be the first source; up to a vector beyond the count is written.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Pair(T* low, T* low2, T* high, T* high2, T* toLow, T* toHigh, int count)
        {
            for (int j = 0; j < count; j += Vector<T>.Count)
            {
                Vector.MinNative(Vector.Load(low + j), Vector.Load(low2 + j)).Store(toLow + j);
                Vector.MaxNative(Vector.Load(high + j), Vector.Load(high2 + j)).Store(toHigh + j);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void End(T* low, T* low2, T* high, T* high2, T* toLow, T* toHigh, int count)
        {
            for (int j = 0; j < count; j += Vector<T>.Count)
            {
                ImageRows.Put(Vector.MinNative(Vector.Load(low + j), Vector.Load(low2 + j)), toLow + j, count - j);
                ImageRows.Put(Vector.MaxNative(Vector.Load(high + j), Vector.Load(high2 + j)), toHigh + j, count - j);
            }
        }
    }
}
