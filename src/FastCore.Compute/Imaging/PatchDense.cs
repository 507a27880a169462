using System.Numerics;
using FastCore.Compute.Execution;
using FastCore.Compute.Layers;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// output := activation(patches weight + bias) for the normalised patches around centres (SPEC 1.1, 2.1): the first layer of a network on patches that
/// nobody stores.
/// </summary>
/// <remarks>
/// image is H x W, weight size^2 x o, bias 1 x o, output count x o, any stride. The value is that of <see cref="ExtractPatches"/> followed by
/// <see cref="Dense"/>. Neighbouring patches overlap, so a sliding product could read the image in place, but it would have to normalise after
/// the sum, which loses the digits that a small patch range needs; patches are normalised when they are gathered. Host: threads claim blocks of
/// 288 patches, gather them into scratch memory (295 kB for 16 x 16 in float, whatever the number of candidates) and multiply them there. Device: the
/// tiles of <see cref="MatrixMultiply"/>, whose left tile is gathered from the image; ranges of 16,384 patches at a time in scratch memory.
/// Tolerance that of the product.
/// </remarks>
public static unsafe class PatchDense
{
    private const int Block = 288;
    private const int TileSide = 64;
    private const int TileDepth = 16;
    private const int DeviceChunk = 16_384;

    private static readonly LoadedKernel<Action<
        AcceleratorStream, Index1D, ArrayView<float>, ArrayView<int>, ArrayView<float>, Tensor, int, int>> LinesKernel =
        new(static device => device.LoadAutoGroupedKernel<
            Index1D, ArrayView<float>, ArrayView<int>, ArrayView<float>, Tensor, int, int>(DeviceKernelLines));

    private static readonly LoadedKernel<Action<
        AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<int>, ArrayView<float>, Tensor, int, Tensor, Tensor, int, Tensor>> Kernel =
        new(static device => device.LoadKernel<
            ArrayView<float>, ArrayView<int>, ArrayView<float>, Tensor, int, Tensor, Tensor, int, Tensor>(DeviceKernel));

    /// <summary>The definition: patches, then the layer.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization,
        ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> bias, Activation activation, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, centres, size, Size(weight), Size(bias), (output.Rows, output.Columns));
        var patch = new MatrixSpan<T>(new T[size * size], 1, size * size);
        for (int k = 0; k < centres.Length; k++)
        {
            ExtractPatches.Reference(image, centres.Slice(k, 1), size, normalization, patch);
            Dense.Reference(patch, weight, bias, activation, new MatrixSpan<T>(output.Row(k), 1, output.Columns));
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization,
        ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> bias, Activation activation, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, centres, size, Size(weight), Size(bias), (output.Rows, output.Columns));
        if (output.Rows == 0 || output.Columns == 0)
            return;
        (T Shift, T Gain) line = PatchGather.ImageLine(image, normalization);
        fixed (T* from = image.Values, factors = weight.Values, shift = bias.Values, to = output.Values)
        fixed (int* pixels = centres)
        {
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), pixels, size, normalization, line,
                new(factors, weight.Rows, weight.Columns, weight.Stride), shift, activation, to, output.Stride);
            RowBlocks<Job<T>>.Run(job, centres.Length, Block, (long)centres.Length * size * size * output.Columns);
        }
    }

    // Shift and gain of each patch; the extremes of the image's rows stand first in the scratch memory.
    internal static void DeviceKernelLines(Index1D patch, ArrayView<float> arena, ArrayView<int> centres, ArrayView<float> scratch, Tensor image, int size,
        int normalization)
    {
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
            int centre = centres[patch];
            int row = (centre / image.Columns) - (size / 2);
            int column = centre - (centre / image.Columns * image.Columns) - (size / 2);
            low = ExtractPatches.Pixel(arena, image, row, column);
            high = low;
            for (int p = 1; p < size * size; p++)
            {
                float value = ExtractPatches.Pixel(arena, image, row + (p / size), column + p - (p / size * size));
                low = value < low ? value : low;
                high = value > high ? value : high;
            }
        }
        int to = (2 * image.Rows) + (2 * patch);
        scratch[to] = low;
        scratch[to + 1] = high - low < 1e-12f ? 0 : 1 / (high - low);
    }

    // As MatrixMultiply.DeviceKernel, the left operand gathered.
    internal static void DeviceKernel(ArrayView<float> arena, ArrayView<int> centres, ArrayView<float> scratch, Tensor image, int size,
        Tensor weight, Tensor bias, int activation, Tensor output)
    {
        ArrayView<float> tileA = SharedMemory.Allocate<float>(TileDepth * TileSide);
        ArrayView<float> tileB = SharedMemory.Allocate<float>(TileDepth * TileSide);
        int x = Group.IdxX;
        int y = Group.IdxY;
        int thread = (y * 16) + x;
        int firstRow = Grid.IdxY * TileSide;
        int firstColumn = Grid.IdxX * TileSide;
        int inner = size * size;
        float c00 = 0, c01 = 0, c02 = 0, c03 = 0, c10 = 0, c11 = 0, c12 = 0, c13 = 0;
        float c20 = 0, c21 = 0, c22 = 0, c23 = 0, c30 = 0, c31 = 0, c32 = 0, c33 = 0;
        for (int start = 0; start < inner; start += TileDepth)
        {
            for (int load = thread; load < TileDepth * TileSide; load += 256)
            {
                int side = load >> 4;
                int p = load & 15;
                float value = 0;
                if (firstRow + side < output.Rows && start + p < inner)
                    value = Entry(arena, centres, scratch, image, size, firstRow + side, start + p);
                tileA[(p * TileSide) + side] = value;
                side = load & 63;
                p = load >> 6;
                bool inside = firstColumn + side < output.Columns && start + p < inner;
                tileB[(p * TileSide) + side] = inside ? arena[weight.Offset + ((start + p) * weight.Stride) + firstColumn + side] : 0;
            }
            Group.Barrier();
            for (int p = 0; p < TileDepth; p++)
            {
                int at = (p * TileSide) + y;
                float a0 = tileA[at];
                float a1 = tileA[at + 16];
                float a2 = tileA[at + 32];
                float a3 = tileA[at + 48];
                at = (p * TileSide) + x;
                float b0 = tileB[at];
                float b1 = tileB[at + 16];
                float b2 = tileB[at + 32];
                float b3 = tileB[at + 48];
                c00 += a0 * b0;
                c01 += a0 * b1;
                c02 += a0 * b2;
                c03 += a0 * b3;
                c10 += a1 * b0;
                c11 += a1 * b1;
                c12 += a1 * b2;
                c13 += a1 * b3;
                c20 += a2 * b0;
                c21 += a2 * b1;
                c22 += a2 * b2;
                c23 += a2 * b3;
                c30 += a3 * b0;
                c31 += a3 * b1;
                c32 += a3 * b2;
                c33 += a3 * b3;
            }
            Group.Barrier();
        }
        StoreRow(arena, bias, activation, output, firstRow + y, firstColumn + x, c00, c01, c02, c03);
        StoreRow(arena, bias, activation, output, firstRow + y + 16, firstColumn + x, c10, c11, c12, c13);
        StoreRow(arena, bias, activation, output, firstRow + y + 32, firstColumn + x, c20, c21, c22, c23);
        StoreRow(arena, bias, activation, output, firstRow + y + 48, firstColumn + x, c30, c31, c32, c33);
    }

    internal static void Launch(DeviceQueue queue, Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor weight,
        Tensor bias, Activation activation, Tensor output)
    {
        Check(image.Rows, image.Columns, centres, size, (weight.Rows, weight.Columns), (bias.Rows, bias.Columns), (output.Rows, output.Columns));
        if (output.Count == 0)
            return;
        for (int start = 0; start < centres.Length; start += DeviceChunk)
        {
            int here = Math.Min(DeviceChunk, centres.Length - start);
            ArrayView<int> pixels = queue.UploadIndices(centres.Slice(start, here));
            queue.Scratch((2 * image.Rows) + (2 * DeviceChunk));
            ArrayView<float> scratch = ExtractPatches.LaunchRowBounds(queue, image);
            LinesKernel.On(queue)(queue.Stream, here, queue.Arena, pixels, scratch, image, size, (int)normalization);
            var grid = new Index3D((output.Columns + TileSide - 1) / TileSide, (here + TileSide - 1) / TileSide, 1);
            Kernel.On(queue)(queue.Stream, new KernelConfig(grid, new Index3D(16, 16, 1)), queue.Arena, pixels, scratch, image, size, weight, bias,
                (int)activation, output.Block(start, 0, here, output.Columns));
        }
    }

    private static float Entry(
        ArrayView<float> arena, ArrayView<int> centres, ArrayView<float> scratch, Tensor image, int size, int patch, int p)
    {
        int centre = centres[patch];
        int row = (centre / image.Columns) - (size / 2) + (p / size);
        int column = centre - (centre / image.Columns * image.Columns) - (size / 2) + p - (p / size * size);
        int line = (2 * image.Rows) + (2 * patch);
        return (ExtractPatches.Pixel(arena, image, row, column) - scratch[line]) * scratch[line + 1];
    }

    private static void StoreRow(
        ArrayView<float> arena, Tensor bias, int activation, Tensor output, int row, int column, float v0, float v1, float v2, float v3)
    {
        if (row < output.Rows)
        {
            Store(arena, bias, activation, output, row, column, v0);
            Store(arena, bias, activation, output, row, column + 16, v1);
            Store(arena, bias, activation, output, row, column + 32, v2);
            Store(arena, bias, activation, output, row, column + 48, v3);
        }
    }

    private static void Store(ArrayView<float> arena, Tensor bias, int activation, Tensor output, int row, int column, float sum)
    {
        if (column < output.Columns)
        {
            arena[output.Offset + (row * output.Stride) + column] = Dense.DeviceActivate(sum + arena[bias.Offset + column], activation);
        }
    }

    private static (int Rows, int Columns) Size<T>(ReadOnlyMatrixSpan<T> matrix)
        where T : unmanaged => (matrix.Rows, matrix.Columns);

    private static void Check(int rows, int columns, ReadOnlySpan<int> centres, int size, (int Rows, int Columns) weight, (int Rows, int Columns) bias,
        (int Rows, int Columns) output)
    {
        PatchGather.Check(nameof(PatchDense), rows, columns, centres, size);
        Shape.Require(nameof(PatchDense), "weight", weight.Rows, weight.Columns, size * size, output.Columns);
        Shape.Require(nameof(PatchDense), "bias", bias.Rows, bias.Columns, 1, output.Columns);
        Shape.Require(nameof(PatchDense), "output", output.Rows, output.Columns, centres.Length, output.Columns);
    }

    private readonly struct Job<T>(ImagePointer<T> image, int* centres, int size, PatchNormalization normalization, (T Shift, T Gain) line,
        ImagePointer<T> weight, T* bias, Activation activation, T* output, nint stride) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            int length = size * size, columns = weight.Columns, count = end - first;
            T* memory = ScratchMatrix<T, Job<T>>.Get(Block * length);
            var patches = new MatrixSpan<T>(new Span<T>(memory, count * length), count, length);
            for (int k = 0; k < count; k++)
                PatchGather.Take(image.Matrix, centres[first + k], size, normalization, line, patches.Row(k));
            var values = new Span<T>(output + (first * stride), (int)((count - 1) * stride) + columns);
            Dense.Host(patches, weight.Matrix, new ReadOnlyMatrixSpan<T>(new ReadOnlySpan<T>(bias, columns), 1, columns), activation,
                new MatrixSpan<T>(values, count, columns, (int)stride));
        }
    }
}
