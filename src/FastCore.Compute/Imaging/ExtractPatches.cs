using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>Row k of patches := the normalised patch around pixel centres[k] (SPEC 1.1).</summary>
/// <remarks>
/// image is H x W, any stride; patches is count x size^2. Outside the image the picture is mirrored without repeating the edge. Values are
/// copied and moved by one subtraction and one product: 2 eps. Device: extremes of the image per row, then one thread per patch.
/// </remarks>
public static class ExtractPatches
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>>> RowKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernelRowBounds));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<int>, ArrayView<float>, Tensor, int, int, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<int>, ArrayView<float>, Tensor, int, int, Tensor>(DeviceKernel));

    /// <summary>The definition: pixel by pixel.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, MatrixSpan<T> patches)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, centres, size, patches.Rows, patches.Columns);
        (double imageLow, double imageHigh) = (double.PositiveInfinity, double.NegativeInfinity);
        for (int i = 0; i < image.Rows; i++)
        {
            for (int j = 0; j < image.Columns; j++)
            {
                imageLow = Math.Min(imageLow, double.CreateChecked(image[i, j]));
                imageHigh = Math.Max(imageHigh, double.CreateChecked(image[i, j]));
            }
        }
        for (int k = 0; k < centres.Length; k++)
        {
            int row = centres[k] / image.Columns, column = centres[k] % image.Columns;
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            double Pixel(ReadOnlyMatrixSpan<T> from, int p) => double.CreateChecked(
                from[PatchGather.Mirror(row - (size / 2) + (p / size), from.Rows), PatchGather.Mirror(column - (size / 2) + (p % size), from.Columns)]);
            for (int p = 0; p < size * size; p++)
            {
                low = Math.Min(low, Pixel(image, p));
                high = Math.Max(high, Pixel(image, p));
            }
            if (normalization == PatchNormalization.Image)
                (low, high) = (imageLow, imageHigh);
            for (int p = 0; p < size * size; p++)
            {
                double value = Pixel(image, p);
                patches[k, p] = T.CreateChecked(normalization == PatchNormalization.None ? value : high - low < PatchGather.Flat ? 0 : (value - low) / (high - low));
            }
        }
    }

    /// <summary>The same by whole rows with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, MatrixSpan<T> patches)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, centres, size, patches.Rows, patches.Columns);
        (T Shift, T Gain) line = PatchGather.ImageLine(image, normalization);
        for (int k = 0; k < centres.Length; k++)
            PatchGather.Take(image, centres[k], size, normalization, line, patches.Row(k));
    }

    internal static void DeviceKernelRowBounds(Index1D row, ArrayView<float> arena, Tensor image, ArrayView<float> scratch)
    {
        int at = image.Offset + (row * image.Stride);
        float minimum = arena[at], maximum = arena[at];
        for (int j = 1; j < image.Columns; j++)
        {
            float value = arena[at + j];
            minimum = value < minimum ? value : minimum;
            maximum = value > maximum ? value : maximum;
        }
        scratch[2 * row] = minimum;
        scratch[(2 * row) + 1] = maximum;
    }

    internal static void DeviceKernel(Index1D patch, ArrayView<float> arena, ArrayView<int> centres, ArrayView<float> scratch, Tensor image, int size, int normalization, Tensor patches)
    {
        int row = (centres[patch] / image.Columns) - (size / 2);
        int column = (centres[patch] - (centres[patch] / image.Columns * image.Columns)) - (size / 2);
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
            low = Pixel(arena, image, row, column);
            high = low;
            for (int p = 1; p < size * size; p++)
            {
                float value = Pixel(arena, image, row + (p / size), column + p - (p / size * size));
                low = value < low ? value : low;
                high = value > high ? value : high;
            }
        }
        float gain = high - low < 1e-12f ? 0 : 1 / (high - low);
        for (int p = 0; p < size * size; p++)
        {
            float value = Pixel(arena, image, row + (p / size), column + p - (p / size * size));
            arena[patches.Offset + (patch * patches.Stride) + p] = (value - low) * gain;
        }
    }

    internal static void Launch(DeviceQueue queue, Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor patches)
    {
        Check(image.Rows, image.Columns, centres, size, patches.Rows, patches.Columns);
        if (centres.Length == 0)
            return;
        ArrayView<int> pixels = queue.UploadIndices(centres);
        ArrayView<float> scratch = LaunchRowBounds(queue, image);
        Kernel.On(queue)(queue.Stream, centres.Length, queue.Arena, pixels, scratch, image, size, (int)normalization, patches);
    }

    /// <summary>The value at (row, column) with mirroring, on a device; patches reach at most one image beyond the edge.</summary>
    internal static float Pixel(ArrayView<float> arena, Tensor image, int row, int column)
    {
        int periodY = image.Rows == 1 ? 1 : (2 * image.Rows) - 2, periodX = image.Columns == 1 ? 1 : (2 * image.Columns) - 2;
        int y = ((row % periodY) + periodY) % periodY, x = ((column % periodX) + periodX) % periodX;
        y = y < image.Rows ? y : periodY - y;
        x = x < image.Columns ? x : periodX - x;
        return arena[image.Offset + (y * image.Stride) + x];
    }

    /// <summary>Loads the extremes of each image row into the scratch memory; for kernels that normalise by the image.</summary>
    internal static ArrayView<float> LaunchRowBounds(DeviceQueue queue, Tensor image)
    {
        ArrayView<float> scratch = queue.Scratch(2 * image.Rows);
        RowKernel.On(queue)(queue.Stream, image.Rows, queue.Arena, image, scratch);
        return scratch;
    }

    private static void Check(int rows, int columns, ReadOnlySpan<int> centres, int size, int patchRows, int patchColumns)
    {
        PatchGather.Check(nameof(ExtractPatches), rows, columns, centres, size);
        Shape.Require(nameof(ExtractPatches), "patches", patchRows, patchColumns, centres.Length, size * size);
    }
}
