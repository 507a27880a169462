using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.Imaging;

/// <summary>distance (references x centres) := |reference patch - patch around the centre|_2, the latter gathered on the fly.</summary>
/// <remarks>
/// image is H x W, references k x size^2, distance k x count. No array of all patches is built: a patch is gathered once, normalised, and
/// compared with every reference while it is in the nearest cache; blocks of centres are shared out to the threads. Tolerance size eps of the
/// largest distance. Device: one thread per centre.
/// </remarks>
public static unsafe class PatchDistance
{
    private const int LargestSize = 64;
    private const int Block = 256;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<int>, ArrayView<float>, Tensor, int, int, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<int>, ArrayView<float>, Tensor, int, int, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization,
        ReadOnlyMatrixSpan<T> references, MatrixSpan<T> distance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, centres, size, references.Rows, references.Columns, distance.Rows, distance.Columns);
        Span<T> buffer = new T[size * size];
        var patch = new MatrixSpan<T>(buffer, 1, size * size);
        for (int c = 0; c < centres.Length; c++)
        {
            ExtractPatches.Reference(image, centres.Slice(c, 1), size, normalization, patch);
            for (int k = 0; k < references.Rows; k++)
            {
                double sum = 0;
                for (int p = 0; p < buffer.Length; p++)
                    sum += Math.Pow(double.CreateChecked(buffer[p]) - double.CreateChecked(references[k, p]), 2);
                distance[k, c] = T.CreateChecked(Math.Sqrt(sum));
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization,
        ReadOnlyMatrixSpan<T> references, MatrixSpan<T> distance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, centres, size, references.Rows, references.Columns, distance.Rows, distance.Columns);
        if (distance.Rows == 0 || distance.Columns == 0)
            return;
        (T Shift, T Gain) line = PatchGather.ImageLine(image, normalization);
        fixed (T* from = image.Values, known = references.Values, to = distance.Values)
        fixed (int* pixels = centres)
        {
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), pixels, size, normalization, line, known, references.Stride,
                references.Rows, to, distance.Stride);
            RowBlocks<Job<T>>.Run(job, centres.Length, Block, (long)centres.Length * size * size * (references.Rows + 1));
        }
    }

    internal static void DeviceKernel(Index1D centre, ArrayView<float> arena, ArrayView<int> centres, ArrayView<float> scratch, Tensor image, int size, int normalization,
        Tensor references, Tensor distance)
    {
        int row = (centres[centre] / image.Columns) - (size / 2);
        int column = (centres[centre] - (centres[centre] / image.Columns * image.Columns)) - (size / 2);
        float low = 0, high = 1;
        if (normalization == 1)
        {
            low = scratch[0];
            high = scratch[1];
            for (int i = 1; i < image.Rows; i++)
            {
                float a = scratch[2 * i], b = scratch[(2 * i) + 1];
                low = a < low ? a : low;
                high = b > high ? b : high;
            }
        }
        else if (normalization == 2)
        {
            low = ExtractPatches.Pixel(arena, image, row, column);
            high = low;
            for (int p = 1; p < size * size; p++)
            {
                float value = ExtractPatches.Pixel(arena, image, row + (p / size), column + p - (p / size * size));
                low = value < low ? value : low;
                high = value > high ? value : high;
            }
        }
        float gain = high - low < 1e-12f ? 0 : 1 / (high - low);
        for (int k = 0; k < references.Rows; k++)
        {
            float sum = 0;
            for (int p = 0; p < size * size; p++)
            {
                float value = (ExtractPatches.Pixel(arena, image, row + (p / size), column + p - (p / size * size)) - low) * gain;
                float difference = value - arena[references.Offset + (k * references.Stride) + p];
                sum += difference * difference;
            }
            arena[distance.Offset + (k * distance.Stride) + centre] = XMath.Sqrt(sum);
        }
    }

    internal static void Launch(DeviceQueue queue, Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor references, Tensor distance)
    {
        Check(image.Rows, image.Columns, centres, size, references.Rows, references.Columns, distance.Rows, distance.Columns);
        if (distance.Count == 0)
            return;
        ArrayView<int> pixels = queue.UploadIndices(centres);
        ArrayView<float> scratch = ExtractPatches.LaunchRowBounds(queue, image);
        Kernel.On(queue)(queue.Stream, centres.Length, queue.Arena, pixels, scratch, image, size, (int)normalization, references, distance);
    }

    private static void Check(int rows, int columns, ReadOnlySpan<int> centres, int size, int referenceRows, int referenceColumns, int distanceRows, int distanceColumns)
    {
        PatchGather.Check(nameof(PatchDistance), rows, columns, centres, size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        Shape.Require(nameof(PatchDistance), "references", referenceRows, referenceColumns, referenceRows, size * size);
        Shape.Require(nameof(PatchDistance), "distance", distanceRows, distanceColumns, referenceRows, centres.Length);
    }

    private readonly struct Job<T>(ImagePointer<T> image, int* centres, int size, PatchNormalization normalization, (T Shift, T Gain) line, T* references,
        nint strideR, int count, T* distance, nint strideD) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            Span<T> patch = stackalloc T[size * size];
            for (int c = first; c < end; c++)
            {
                PatchGather.Take(image.Matrix, centres[c], size, normalization, line, patch);
                for (int k = 0; k < count; k++)
                    distance[(k * strideD) + c] = TensorPrimitives.Distance(patch, new ReadOnlySpan<T>(references + (k * strideR), size * size));
            }
        }
    }
}
