using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>result (f x count) := the values of f stacked images at the pixels centres[k] = row * W + column: features of candidates, feature-major.</summary>
/// <remarks>
/// planes is (f H) x W, image after image. Exact. Host: candidates that follow each other along a row are copied as one run; blocks of candidates
/// shared out to the threads. Device: one thread per value.
/// </remarks>
public static unsafe class TakePixels
{
    private const int Block = 4096;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<int>, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<int>, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> planes, ReadOnlySpan<int> centres, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int height = Check(planes.Rows, planes.Columns, centres, result.Rows, result.Columns);
        for (int f = 0; f < result.Rows; f++)
        {
            for (int k = 0; k < centres.Length; k++)
                result[f, k] = planes[(f * height) + (centres[k] / planes.Columns), centres[k] % planes.Columns];
        }
    }

    /// <summary>The same by runs.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> planes, ReadOnlySpan<int> centres, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int height = Check(planes.Rows, planes.Columns, centres, result.Rows, result.Columns);
        if (centres.IsEmpty || result.Rows == 0)
            return;
        fixed (T* from = planes.Values, to = result.Values)
        fixed (int* pixels = centres)
        {
            var job = new Job<T>(from, planes.Stride, planes.Columns, height, pixels, to, result.Stride, result.Rows);
            RowBlocks<Job<T>>.Run(job, centres.Length, Block, (long)centres.Length * result.Rows);
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, ArrayView<int> centres, Tensor planes, Tensor result)
    {
        int f = index / result.Columns;
        int k = index - (f * result.Columns);
        int row = centres[k] / planes.Columns;
        int column = centres[k] - (row * planes.Columns);
        arena[result.Offset + (f * result.Stride) + k] = arena[planes.Offset + (((f * (planes.Rows / result.Rows)) + row) * planes.Stride) + column];
    }

    internal static void Launch(DeviceQueue queue, Tensor planes, ReadOnlySpan<int> centres, Tensor result)
    {
        Check(planes.Rows, planes.Columns, centres, result.Rows, result.Columns);
        if (result.Count > 0)
            Kernel.On(queue)(queue.Stream, result.Count, queue.Arena, queue.UploadIndices(centres), planes, result);
    }

    private static int Check(int rows, int columns, ReadOnlySpan<int> centres, int resultRows, int resultColumns)
    {
        if (resultRows > 0 && rows % resultRows != 0)
            throw new ArgumentException($"TakePixels: planes has {rows} rows, which are not {resultRows} images of equal height.", nameof(resultRows));
        int height = resultRows == 0 ? 0 : rows / resultRows;
        Shape.Require(nameof(TakePixels), "result", resultRows, resultColumns, resultRows, centres.Length);
        if (resultRows > 0)
            PatchGather.Check(nameof(TakePixels), height, columns, centres, 1);
        return height;
    }

    private readonly struct Job<T>(T* planes, nint stride, int columns, int height, int* centres, T* result, nint strideResult, int features) : IRowJob
        where T : unmanaged
    {
        public void Run(int first, int end)
        {
            for (int k = first; k < end;)
            {
                int row = centres[k] / columns, column = centres[k] - (row * columns), run = 1;
                while (k + run < end && column + run < columns && centres[k + run] == centres[k] + run)
                    run++;
                for (int f = 0; f < features; f++)
                {
                    T* from = planes + (((f * height) + row) * stride) + column;
                    new ReadOnlySpan<T>(from, run).CopyTo(new Span<T>(result + (f * strideResult) + k, run));
                }
                k += run;
            }
        }
    }
}
