using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Covariance;

/// <summary>Takes one row of distances into the k smallest of every candidate: one pass of insertion, carrying the larger one down.</summary>
/// <remarks>
/// distance is 1 x M, smallest k x M, ascending down each column, +infinity where fewer than k distances came in. A NaN is smaller than
/// nothing and is not kept. Exact everywhere. Host: strips of columns shared out to the threads. Device: one thread per column.
/// </remarks>
public static unsafe class KeepSmallest
{
    private const int Strip = 4096;
    private const int ParallelFrom = 100_000;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> distance, MatrixSpan<T> smallest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(KeepSmallest), nameof(distance), distance.Rows, distance.Columns, 1, smallest.Columns);
        for (int j = 0; j < smallest.Columns; j++)
        {
            T carried = distance[0, j];
            for (int k = 0; k < smallest.Rows; k++)
            {
                if (carried < smallest[k, j])
                    (carried, smallest[k, j]) = (smallest[k, j], carried);
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> distance, MatrixSpan<T> smallest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(KeepSmallest), nameof(distance), distance.Rows, distance.Columns, 1, smallest.Columns);
        fixed (T* from = distance.Values, to = smallest.Values)
            Strips<T>.Mine.Insert(from, to, smallest.Stride, smallest.Rows, smallest.Columns);
    }

    internal static void DeviceKernel(Index1D column, ArrayView<float> arena, Tensor distance, Tensor smallest)
    {
        float carried = arena[distance.Offset + column];
        for (int k = 0; k < smallest.Rows; k++)
        {
            int at = smallest.Offset + (k * smallest.Stride) + column;
            float kept = arena[at];
            bool less = carried < kept;
            arena[at] = less ? carried : kept;
            carried = less ? kept : carried;
        }
    }

    internal static void Launch(DeviceQueue queue, Tensor distance, Tensor smallest)
    {
        Shape.Require(nameof(KeepSmallest), nameof(distance), distance.Rows, distance.Columns, 1, smallest.Columns);
        if (smallest.Count > 0)
            Kernel.On(queue)(queue.Stream, smallest.Columns, queue.Arena, distance, smallest);
    }

    private sealed class Strips<T> : HostWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static Strips<T>? mine;
        private T* distance;
        private T* smallest;
        private nint stride;
        private int rows;
        private int columns;

        internal static Strips<T> Mine => mine ??= new Strips<T>();

        internal void Insert(T* from, T* to, nint toStride, int height, int width)
        {
            distance = from;
            smallest = to;
            stride = toStride;
            rows = height;
            columns = width;
            int blocks = (width + Strip - 1) / Strip;
            if ((long)height * width >= ParallelFrom)
            {
                HostThreads.Run(this, blocks);
                return;
            }
            for (int block = 0; block < blocks; block++)
                Run(block);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        internal override void Run(int block)
        {
            int column = block * Strip;
            int end = Math.Min(column + Strip, columns);
            for (; column <= end - Vector<T>.Count; column += Vector<T>.Count)
            {
                Vector<T> carried = Vector.Load(distance + column);
                for (int k = 0; k < rows; k++)
                {
                    T* at = smallest + (k * stride) + column;
                    Vector<T> kept = Vector.Load(at);
                    Vector<T> less = Vector.LessThan(carried, kept);
                    Vector.ConditionalSelect(less, carried, kept).Store(at);
                    carried = Vector.ConditionalSelect(less, kept, carried);
                }
            }
            for (; column < end; column++)
            {
                T carried = distance[column];
                for (int k = 0; k < rows; k++)
                {
                    ref T kept = ref smallest[(k * stride) + column];
                    if (carried < kept)
                        (carried, kept) = (kept, carried);
                }
            }
        }
    }
}
