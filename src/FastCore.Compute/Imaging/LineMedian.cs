using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// Each line minus its median (SPEC 4): takes jumps between lines away, and the true slope along the slow axis with them. The median of an even
/// number of values is the middle of the two in the centre. In place allowed.
/// </summary>
/// <remarks>
/// Both are H x W, any stride; values are finite. Exact but for one rounding of the difference. The bits of a floating-point number, the lower
/// ones turned over for negative numbers, order as the numbers do, so the value of a rank is found bit by bit: the largest key that at most rank
/// values lie below. Host: counting is vectorised, 32 (64) passes over a line in the nearest cache, faster than a sort and free of branches on
/// data. Device: one thread per line.
/// </remarks>
public static unsafe class LineMedian
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition: by sorting.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, MatrixSpan<T> levelled)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(LineMedian), nameof(levelled), levelled.Rows, levelled.Columns, image.Rows, image.Columns);
        for (int i = 0; i < image.Rows && image.Columns > 0; i++)
        {
            T[] sorted = image.Row(i).ToArray();
            Array.Sort(sorted);
            T median = Middle(sorted[(image.Columns - 1) / 2], sorted[image.Columns / 2]);
            for (int j = 0; j < image.Columns; j++)
                levelled[i, j] = image[i, j] - median;
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, MatrixSpan<T> levelled)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(LineMedian), nameof(levelled), levelled.Rows, levelled.Columns, image.Rows, image.Columns);
        if (image.Rows == 0 || image.Columns == 0)
            return;
        fixed (T* from = image.Values, to = levelled.Values)
        {
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), to, levelled.Stride);
            RowBlocks<Job<T>>.Run(job, image.Rows, ImageRows.BlockHeight, (long)image.Rows * image.Columns * 8);
        }
    }

    internal static void DeviceKernel(Index1D row, ArrayView<float> arena, Tensor image, Tensor levelled)
    {
        int at = image.Offset + (row * image.Stride), count = image.Columns;
        int low = Select(arena, at, count, (count - 1) / 2);
        int below = 0, next = int.MaxValue;
        for (int j = 0; j < count; j++)
        {
            int key = Key((int)Interop.FloatAsInt(arena[at + j]));
            below += key <= low ? 1 : 0;
            next = key > low && key < next ? key : next;
        }
        int high = below > count / 2 ? low : next;
        float a = Interop.IntAsFloat((uint)Key(low)), b = Interop.IntAsFloat((uint)Key(high));
        float median = (0.5f * a) + (0.5f * b);
        int to = levelled.Offset + (row * levelled.Stride);
        for (int j = 0; j < count; j++)
            arena[to + j] = arena[at + j] - median;
    }

    internal static void Launch(DeviceQueue queue, Tensor image, Tensor levelled)
    {
        Shape.Require(nameof(LineMedian), nameof(levelled), levelled.Rows, levelled.Columns, image.Rows, image.Columns);
        if (image.Count > 0)
            Kernel.On(queue)(queue.Stream, image.Rows, queue.Arena, image, levelled);
    }

    // Its own inverse.
    private static int Key(int bits) => bits < 0 ? bits ^ int.MaxValue : bits;

    private static int Select(ArrayView<float> arena, int at, int count, int rank)
    {
        int found = int.MinValue;
        for (int bit = 31; bit >= 0; bit--)
        {
            // The highest bit turns the smallest key into 0.
            int tried = bit == 31 ? 0 : found | (1 << bit);
            int below = 0;
            for (int j = 0; j < count; j++)
                below += Key((int)Interop.FloatAsInt(arena[at + j])) < tried ? 1 : 0;
            found = below <= rank ? tried : found;
        }
        return found;
    }

    private static T Middle<T>(T low, T high)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T half = T.CreateChecked(0.5);
        return (half * low) + (half * high);
    }

    private readonly struct Job<T>(ImagePointer<T> image, T* to, nint stride) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            int columns = image.Columns;
            T* keys = ScratchMatrix<T, Job<T>>.Get(columns);
            for (int i = first; i < end; i++)
            {
                T* from = image.Row(i);
                T median = typeof(T) == typeof(float)
                    ? T.CreateTruncating(Single((float*)from, (int*)keys, columns))
                    : T.CreateTruncating(Double((double*)from, (long*)keys, columns));
                System.Numerics.Tensors.TensorPrimitives.Subtract(new ReadOnlySpan<T>(from, columns), median, new Span<T>(to + (i * stride), columns));
            }
        }

        private static float Single(float* from, int* keys, int count)
        {
            for (int j = 0; j < count; j++)
                keys[j] = Key(BitConverter.SingleToInt32Bits(from[j]));
            (int low, int high) = Central(keys, count, 32);
            return Middle(BitConverter.Int32BitsToSingle(Key(low)), BitConverter.Int32BitsToSingle(Key(high)));
        }

        private static double Double(double* from, long* keys, int count)
        {
            for (int j = 0; j < count; j++)
            {
                long bits = BitConverter.DoubleToInt64Bits(from[j]);
                keys[j] = bits < 0 ? bits ^ long.MaxValue : bits;
            }
            (long low, long high) = Central(keys, count, 64);
            return Middle(
                BitConverter.Int64BitsToDouble(low < 0 ? low ^ long.MaxValue : low), BitConverter.Int64BitsToDouble(high < 0 ? high ^ long.MaxValue : high));
        }

        // The keys of ranks (count - 1) / 2 and count / 2.
        private static (TKey Low, TKey High) Central<TKey>(TKey* keys, int count, int bits)
            where TKey : unmanaged, IBinaryInteger<TKey>, IMinMaxValue<TKey>
        {
            TKey low = TKey.MinValue;
            for (int bit = bits - 1; bit >= 0; bit--)
            {
                TKey tried = bit == bits - 1 ? TKey.Zero : low | (TKey.One << bit);
                if (Below(keys, count, tried) <= (count - 1) / 2)
                    low = tried;
            }
            TKey next = TKey.MaxValue;
            int upTo = 0;
            for (int j = 0; j < count; j++)
            {
                upTo += keys[j] <= low ? 1 : 0;
                next = keys[j] > low && keys[j] < next ? keys[j] : next;
            }
            return (low, upTo > count / 2 ? low : next);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static int Below<TKey>(TKey* keys, int count, TKey limit)
            where TKey : unmanaged, IBinaryInteger<TKey>
        {
            // A comparison gives -1 where it holds.
            var sum = Vector<TKey>.Zero;
            var bound = new Vector<TKey>(limit);
            int j = 0;
            for (; j <= count - Vector<TKey>.Count; j += Vector<TKey>.Count)
                sum -= Vector.LessThan(Vector.Load(keys + j), bound);
            int below = int.CreateTruncating(Vector.Sum(sum));
            for (; j < count; j++)
                below += keys[j] < limit ? 1 : 0;
            return below;
        }
    }
}
