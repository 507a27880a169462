using System.Numerics;
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
/// Both are H x W, any stride; values are finite. Exact but for one rounding of the difference. Host: <see cref="Medians"/>, lines shared out to the
/// threads. Device: one thread per line.
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
            T median = Medians.Middle(sorted[(image.Columns - 1) / 2], sorted[image.Columns / 2]);
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
        float median = Medians.OnDevice(arena, at, count);
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
                T median = Medians.Of(from, keys, columns);
                System.Numerics.Tensors.TensorPrimitives.Subtract(new ReadOnlySpan<T>(from, columns), median, new Span<T>(to + (i * stride), columns));
            }
        }
    }
}
