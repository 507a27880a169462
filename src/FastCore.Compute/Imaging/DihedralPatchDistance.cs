using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// distance (references x centres) := least Euclidean distance between the patch around a centre and the eight turned and mirrored forms of a
/// reference patch (the dihedral group of the square): what looks the same whichever way it lies has distance 0.
/// </summary>
/// <remarks>
/// image is H x W, references k x size^2, distance k x count. No array of all patches is built: 64 patches at a time are gathered and normalised.
/// Form t of a reference: transposed if t has bit 4, rows turned over if bit 2, columns if bit 1; distances to the forms of the reference are those
/// of the forms of the patch. Host: the forms are made once per call; one pass over a patch compares it with all eight. Device: one thread per
/// centre, forms by index. Differences are squared one by one. Tolerance 2 size eps of the largest distance.
/// </remarks>
public static unsafe class DihedralPatchDistance
{
    private const int LargestSize = 64;
    private const int Forms = 8;
    private const int Block = 64;

    private static readonly LoadedKernel<Action<
        AcceleratorStream, Index1D, ArrayView<float>, ArrayView<int>, ArrayView<float>, Tensor, int, int, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<
            Index1D, ArrayView<float>, ArrayView<int>, ArrayView<float>, Tensor, int, int, Tensor, Tensor>(DeviceKernel));

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
                double least = double.PositiveInfinity;
                for (int form = 0; form < Forms; form++)
                {
                    double sum = 0;
                    for (int p = 0; p < buffer.Length; p++)
                        sum += Math.Pow(double.CreateChecked(buffer[p]) - double.CreateChecked(references[k, Source(form, p, size)]), 2);
                    least = Math.Min(least, sum);
                }
                distance[k, c] = T.CreateChecked(Math.Sqrt(least));
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
        // Whole vectors: what lies behind a patch is 0 in both.
        int pitch = (size * size + ImageRows.Slack - 1) / ImageRows.Slack * ImageRows.Slack;
        T* forms = ScratchMatrix<T, Turned>.Get(references.Rows * Forms * pitch);
        new Span<T>(forms, references.Rows * Forms * pitch).Clear();
        for (int k = 0; k < references.Rows; k++)
        {
            ReadOnlySpan<T> reference = references.Row(k);
            for (int form = 0; form < Forms; form++)
            {
                for (int p = 0; p < size * size; p++)
                    forms[(((k * Forms) + form) * pitch) + p] = reference[Source(form, p, size)];
            }
        }
        fixed (T* from = image.Values, to = distance.Values)
        fixed (int* pixels = centres)
        {
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), pixels, size, normalization,
                PatchGather.ImageLine(image, normalization), forms, pitch, references.Rows, to, distance.Stride);
            RowBlocks<Job<T>>.Run(job, centres.Length, Block, (long)centres.Length * size * size * (1 + (Forms * references.Rows)));
        }
    }

    internal static void DeviceKernel(Index1D centre, ArrayView<float> arena, ArrayView<int> centres, ArrayView<float> scratch, Tensor image, int size,
        int normalization, Tensor references, Tensor distance)
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
            int reference = references.Offset + (k * references.Stride);
            float least = 0;
            for (int form = 0; form < Forms; form++)
            {
                float sum = 0;
                for (int p = 0; p < size * size; p++)
                {
                    float value = (ExtractPatches.Pixel(arena, image, row + (p / size), column + p - (p / size * size)) - low) * gain;
                    float difference = value - arena[reference + Source(form, p, size)];
                    sum += difference * difference;
                }
                least = form == 0 || sum < least ? sum : least;
            }
            arena[distance.Offset + (k * distance.Stride) + centre] = XMath.Sqrt(least);
        }
    }

    internal static void Launch(DeviceQueue queue, Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor references,
        Tensor distance)
    {
        Check(image.Rows, image.Columns, centres, size, references.Rows, references.Columns, distance.Rows, distance.Columns);
        if (distance.Count == 0)
            return;
        ArrayView<int> pixels = queue.UploadIndices(centres);
        ArrayView<float> scratch = ExtractPatches.LaunchRowBounds(queue, image);
        Kernel.On(queue)(queue.Stream, centres.Length, queue.Arena, pixels, scratch, image, size, (int)normalization, references, distance);
    }

    // Where entry p of a form stands in the patch itself.
    private static int Source(int form, int p, int size)
    {
        int i = p / size;
        int j = p - (i * size);
        int y = (form & 4) != 0 ? j : i;
        int x = (form & 4) != 0 ? i : j;
        y = (form & 2) != 0 ? size - 1 - y : y;
        x = (form & 1) != 0 ? size - 1 - x : x;
        return (y * size) + x;
    }

    private static void Check(int rows, int columns, ReadOnlySpan<int> centres, int size, int referenceRows, int referenceColumns, int distanceRows,
        int distanceColumns)
    {
        PatchGather.Check(nameof(DihedralPatchDistance), rows, columns, centres, size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        Shape.Require(nameof(DihedralPatchDistance), "references", referenceRows, referenceColumns, referenceRows, size * size);
        Shape.Require(nameof(DihedralPatchDistance), "distance", distanceRows, distanceColumns, referenceRows, centres.Length);
    }

    private sealed class Turned;

    private readonly struct Job<T>(ImagePointer<T> image, int* centres, int size, PatchNormalization normalization, (T Shift, T Gain) line, T* forms,
        int pitch, int references, T* distance, nint stride) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            T* patches = ScratchMatrix<T, Job<T>>.Get(Block * pitch);
            for (int c = first; c < end; c++)
            {
                var patch = new Span<T>(patches + ((c - first) * pitch), pitch);
                PatchGather.Take(image.Matrix, centres[c], size, normalization, line, patch[..(size * size)]);
                patch[(size * size)..].Clear();
            }
            for (int k = 0; k < references; k++)
            {
                for (int c = first; c < end; c++)
                    distance[(k * stride) + c] = T.Sqrt(Least(patches + ((c - first) * pitch), forms + (k * Forms * pitch), pitch));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static T Least(T* patch, T* form, nint pitch)
        {
            Vector<T> s0 = Vector<T>.Zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
            T* second = form + (4 * pitch);
            for (nint p = 0; p < pitch; p += Vector<T>.Count)
            {
                Vector<T> value = Vector.Load(patch + p);
                s0 = AddSquare(value - Vector.Load(form + p), s0);
                s1 = AddSquare(value - Vector.Load(form + pitch + p), s1);
                s2 = AddSquare(value - Vector.Load(form + (2 * pitch) + p), s2);
                s3 = AddSquare(value - Vector.Load(form + (3 * pitch) + p), s3);
                s4 = AddSquare(value - Vector.Load(second + p), s4);
                s5 = AddSquare(value - Vector.Load(second + pitch + p), s5);
                s6 = AddSquare(value - Vector.Load(second + (2 * pitch) + p), s6);
                s7 = AddSquare(value - Vector.Load(second + (3 * pitch) + p), s7);
            }
            T low = T.Min(T.Min(Vector.Sum(s0), Vector.Sum(s1)), T.Min(Vector.Sum(s2), Vector.Sum(s3)));
            return T.Min(low, T.Min(T.Min(Vector.Sum(s4), Vector.Sum(s5)), T.Min(Vector.Sum(s6), Vector.Sum(s7))));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<T> AddSquare(Vector<T> step, Vector<T> sum) => VectorLoops.Fma(step, step, sum);
    }
}
