using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>Central differences: x := (h(r, c + 1) - h(r, c - 1)) / 2, y := (h(r + 1, c) - h(r - 1, c)) / 2, per pixel.</summary>
/// <remarks>
/// All three are H x W, any stride. The picture is mirrored at the edge without repeating it, so the difference across an edge is 0. Host: lanes
/// along a row, whose mirrored margins stand in a scratch row. Device: one thread per pixel. Tolerance 1 eps of the largest magnitude.
/// </remarks>
public static unsafe class Gradient
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, MatrixSpan<T> x, MatrixSpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, x.Rows, x.Columns, y.Rows, y.Columns);
        for (int i = 0; i < image.Rows; i++)
        {
            for (int j = 0; j < image.Columns; j++)
            {
                x[i, j] = T.CreateChecked(0.5 * (ImageRows.At(image, i, j + 1) - ImageRows.At(image, i, j - 1)));
                y[i, j] = T.CreateChecked(0.5 * (ImageRows.At(image, i + 1, j) - ImageRows.At(image, i - 1, j)));
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, MatrixSpan<T> x, MatrixSpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, x.Rows, x.Columns, y.Rows, y.Columns);
        if (image.Rows == 0 || image.Columns == 0)
            return;
        fixed (T* from = image.Values, toX = x.Values, toY = y.Values)
        {
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), toX, x.Stride, toY, y.Stride);
            RowBlocks<Job<T>>.Run(job, image.Rows, ImageRows.BlockHeight, (long)image.Rows * image.Columns);
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor image, Tensor x, Tensor y)
    {
        int i = index / image.Columns;
        int j = index - (i * image.Columns);
        int row = image.Offset + (i * image.Stride);
        int left = PatchGather.Mirror(j - 1, image.Columns), right = PatchGather.Mirror(j + 1, image.Columns);
        int above = PatchGather.Mirror(i - 1, image.Rows), below = PatchGather.Mirror(i + 1, image.Rows);
        arena[x.Offset + (i * x.Stride) + j] = 0.5f * (arena[row + right] - arena[row + left]);
        arena[y.Offset + (i * y.Stride) + j] =
            0.5f * (arena[image.Offset + (below * image.Stride) + j] - arena[image.Offset + (above * image.Stride) + j]);
    }

    internal static void Launch(DeviceQueue queue, Tensor image, Tensor x, Tensor y)
    {
        Check(image.Rows, image.Columns, x.Rows, x.Columns, y.Rows, y.Columns);
        if (image.Count > 0)
            Kernel.On(queue)(queue.Stream, image.Count, queue.Arena, image, x, y);
    }

    private static void Check(int rows, int columns, int rowsX, int columnsX, int rowsY, int columnsY)
    {
        Shape.Require(nameof(Gradient), "x", rowsX, columnsX, rows, columns);
        Shape.Require(nameof(Gradient), "y", rowsY, columnsY, rows, columns);
    }

    private readonly struct Job<T>(ImagePointer<T> image, T* toX, nint strideX, T* toY, nint strideY) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int first, int end)
        {
            int columns = image.Columns;
            T* row = ScratchMatrix<T, Job<T>>.Get(columns + 2 + ImageRows.Slack) + 1;
            var half = new Vector<T>(T.CreateChecked(0.5));
            for (int i = first; i < end; i++)
            {
                ImageRows.Padded(image.Row(i), row, columns, 1, 1);
                T* above = image.Row(i - 1);
                T* below = image.Row(i + 1);
                for (int j = 0; j < columns; j += Vector<T>.Count)
                {
                    int valid = columns - j;
                    ImageRows.Put(half * (Vector.Load(row + j + 1) - Vector.Load(row + j - 1)), toX + (i * strideX) + j, valid);
                    ImageRows.Put(half * (ImageRows.Get(below + j, valid) - ImageRows.Get(above + j, valid)), toY + (i * strideY) + j, valid);
                }
            }
        }
    }
}
