using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// How much of the picture around every pixel survives averaging over its turned copies (SPEC 4): with g the heights on circles around the pixel
/// minus their mean, R the turn by 360/m degrees and (x, y) the inner product with weight r / A_r, E_m = (1/m) sum_k (g, R^k g) / (g, g) for m = 4
/// and 8. The mean of all turns is a projection, so E_m is also the energy of the averaged picture over that of the picture.
/// </summary>
/// <remarks>
/// All tensors are H x W, any stride; size from 3 to 64; mirrored at the edge without repeating it. Circles have radii r = 1 .. (size - 1) / 2 pixels
/// and A_r = 8 ceil(2 pi r / 8) samples about one pixel apart, bilinear between pixels: turns by 45 degrees move samples onto samples, so that nothing
/// is interpolated twice and the square lattice favours no m. E_m counts the angular harmonics that m divides, the round part among them: 1 for a
/// picture with that symmetry, 0 for a stripe's second harmonic, about 1/m for noise; E_8 is at most E_4. A tilt has no part in the numerator but in
/// the energy: level first. Heights are taken from the pixel's own; where (g, g) is at most 1e-5 of their energy before the mean is subtracted both
/// are 0. Host: lanes along a row, rows of a block with margins in scratch memory. Device: one thread per pixel. Tolerance 64 eps of (energy before the
/// mean) / (g, g).
/// </remarks>
public static unsafe class RotationEnergy
{
    private const int LargestSize = 64;
    private const int Turns = 8;
    private const double Flat = 1e-5;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<int>, Tensor, int, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<int>, Tensor, int, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition: inner products with every turned copy, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, int size, MatrixSpan<T> fourfold, MatrixSpan<T> eightfold)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, size, fourfold.Rows, fourfold.Columns, eightfold.Rows, eightfold.Columns);
        int reach = (size - 1) / 2;
        var circles = new double[reach + 1][];
        for (int i = 0; i < image.Rows; i++)
        {
            for (int j = 0; j < image.Columns; j++)
            {
                double own = ImageRows.At(image, i, j), mean = 0, before = 0, energy = 0, four = 0, eight = 0;
                for (int r = 1; r <= reach; r++)
                {
                    int samples = Samples(r);
                    circles[r] = new double[samples];
                    for (int a = 0; a < samples; a++)
                    {
                        (int y, double fy, int x, double fx) = Place(r, a);
                        double upper = ((1 - fx) * ImageRows.At(image, i + y, j + x)) + (fx * ImageRows.At(image, i + y, j + x + 1));
                        double below = ((1 - fx) * ImageRows.At(image, i + y + 1, j + x)) + (fx * ImageRows.At(image, i + y + 1, j + x + 1));
                        double value = ((1 - fy) * upper) + (fy * below) - own;
                        circles[r][a] = value;
                        mean += r * value / samples / Weight(reach);
                        before += r * value * value / samples;
                    }
                }
                for (int r = 1; r <= reach; r++)
                {
                    int samples = Samples(r);
                    for (int a = 0; a < samples; a++)
                    {
                        double g = circles[r][a] - mean;
                        energy += r * g * g / samples;
                        for (int k = 0; k < Turns; k++)
                        {
                            double product = r * g * (circles[r][(a + (k * samples / Turns)) % samples] - mean) / samples;
                            eight += product / 8;
                            four += k % 2 == 0 ? product / 4 : 0;
                        }
                    }
                }
                bool flat = energy <= Flat * before;
                fourfold[i, j] = T.CreateChecked(flat ? 0 : four / energy);
                eightfold[i, j] = T.CreateChecked(flat ? 0 : eight / energy);
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, int size, MatrixSpan<T> fourfold, MatrixSpan<T> eightfold)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, size, fourfold.Rows, fourfold.Columns, eightfold.Rows, eightfold.Columns);
        if (image.Rows == 0 || image.Columns == 0)
            return;
        int reach = (size - 1) / 2, pitch = image.Columns + (2 * reach) + 2 + ImageRows.Slack, count = Count(reach);
        Sample<T>* samples = ScratchMatrix<Sample<T>, Table>.Get(count);
        int at = 0;
        for (int r = 1; r <= reach; r++)
        {
            for (int a = 0; a < Samples(r); a++, at++)
            {
                (int y, double fy, int x, double fx) = Place(r, Turned(a, r));
                samples[at] = new(((nint)y * pitch) + x, T.CreateTruncating((1 - fy) * (1 - fx)), T.CreateTruncating((1 - fy) * fx),
                    T.CreateTruncating(fy * (1 - fx)), T.CreateTruncating(fy * fx));
            }
        }
        fixed (T* from = image.Values, four = fourfold.Values, eight = eightfold.Values)
        {
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), reach, pitch, samples, four, fourfold.Stride, eight, eightfold.Stride);
            RowBlocks<Job<T>>.Run(job, image.Rows, ImageRows.BlockHeight, (long)image.Rows * image.Columns * count);
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, ArrayView<int> table, Tensor image, int reach, Tensor fourfold, Tensor eightfold)
    {
        int i = index / image.Columns;
        int j = index - (i * image.Columns);
        float own = arena[image.Offset + (i * image.Stride) + j];
        float sum = 0, before = 0, four = 0, eight = 0;
        int at = 0;
        for (int r = 1; r <= reach; r++)
        {
            float weight = Interop.IntAsFloat((uint)table[at]);
            int classes = table[at + 1];
            at += 2;
            float circleSum = 0, circleBefore = 0, circleFour = 0, circleEight = 0;
            for (int c = 0; c < classes; c++)
            {
                float even = 0, odd = 0;
                for (int k = 0; k < Turns; k++, at += 4)
                {
                    int y = i + table[at], x = j + table[at + 2];
                    float fy = Interop.IntAsFloat((uint)table[at + 1]), fx = Interop.IntAsFloat((uint)table[at + 3]);
                    int above = image.Offset + (PatchGather.Mirror(y, image.Rows) * image.Stride);
                    int below = image.Offset + (PatchGather.Mirror(y + 1, image.Rows) * image.Stride);
                    int left = PatchGather.Mirror(x, image.Columns), right = PatchGather.Mirror(x + 1, image.Columns);
                    float upper = ((1 - fx) * (arena[above + left] - own)) + (fx * (arena[above + right] - own));
                    float lower = ((1 - fx) * (arena[below + left] - own)) + (fx * (arena[below + right] - own));
                    float value = ((1 - fy) * upper) + (fy * lower);
                    circleBefore += value * value;
                    even += (k & 1) == 0 ? value : 0;
                    odd += (k & 1) == 0 ? 0 : value;
                }
                circleSum += even + odd;
                circleFour += (even * even) + (odd * odd);
                circleEight += (even + odd) * (even + odd);
            }
            sum += weight * circleSum;
            before += weight * circleBefore;
            four += weight * circleFour;
            eight += weight * circleEight;
        }
        float mean = sum * sum / (0.5f * reach * (reach + 1)), energy = before - mean;
        bool flat = energy <= (float)Flat * before;
        float safe = flat ? 1 : energy;
        arena[fourfold.Offset + (i * fourfold.Stride) + j] = flat ? 0 : ((0.25f * four) - mean) / safe;
        arena[eightfold.Offset + (i * eightfold.Stride) + j] = flat ? 0 : ((0.125f * eight) - mean) / safe;
    }

    internal static void Launch(DeviceQueue queue, Tensor image, int size, Tensor fourfold, Tensor eightfold)
    {
        Check(image.Rows, image.Columns, size, fourfold.Rows, fourfold.Columns, eightfold.Rows, eightfold.Columns);
        if (image.Count == 0)
            return;
        int reach = (size - 1) / 2, at = 0;
        var table = new int[(2 * reach) + (4 * Count(reach))];
        for (int r = 1; r <= reach; r++)
        {
            table[at++] = BitConverter.SingleToInt32Bits((float)r / Samples(r));
            table[at++] = Samples(r) / Turns;
            for (int a = 0; a < Samples(r); a++)
            {
                (int y, double fy, int x, double fx) = Place(r, Turned(a, r));
                table[at++] = y;
                table[at++] = BitConverter.SingleToInt32Bits((float)fy);
                table[at++] = x;
                table[at++] = BitConverter.SingleToInt32Bits((float)fx);
            }
        }
        Kernel.On(queue)(queue.Stream, image.Count, queue.Arena, queue.UploadIndices(table), image, reach, fourfold, eightfold);
    }

    private static int Samples(int radius) => Turns * (int)Math.Ceiling(2 * Math.PI * radius / Turns);

    private static int Count(int reach)
    {
        int count = 0;
        for (int r = 1; r <= reach; r++)
            count += Samples(r);
        return count;
    }

    // Sum of the weights of all samples.
    private static double Weight(int reach) => 0.5 * reach * (reach + 1);

    // In the tables the eight samples that turns by 45 degrees lead to stand together.
    private static int Turned(int place, int radius) => (place / Turns) + (place % Turns * (Samples(radius) / Turns));

    // Sample a of a circle: the pixel above and left of it, and the distance from there. Quarter turns are exact.
    private static (int Y, double FractionY, int X, double FractionX) Place(int radius, int sample)
    {
        int samples = Samples(radius), quarter = sample / (samples / 4);
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * (sample % (samples / 4)) / samples);
        (double y, double x) = quarter switch
        {
            0 => (radius * sine, radius * cosine),
            1 => (radius * cosine, -radius * sine),
            2 => (-radius * sine, -radius * cosine),
            _ => (-radius * cosine, radius * sine),
        };
        return ((int)Math.Floor(y), y - Math.Floor(y), (int)Math.Floor(x), x - Math.Floor(x));
    }

    private static void Check(int rows, int columns, int size, int fourRows, int fourColumns, int eightRows, int eightColumns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 3);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        Shape.Require(nameof(RotationEnergy), "fourfold", fourRows, fourColumns, rows, columns);
        Shape.Require(nameof(RotationEnergy), "eightfold", eightRows, eightColumns, rows, columns);
    }

    private sealed class Table;

    // Distance of the first of four pixels from the centre in a scratch row's memory, and the weights of all four.
    private readonly record struct Sample<T>(nint Offset, T UpperLeft, T UpperRight, T LowerLeft, T LowerRight)
        where T : unmanaged;

    private readonly struct Job<T>(
        ImagePointer<T> image, int reach, int pitch, Sample<T>* samples, T* fourfold, nint strideF, T* eightfold, nint strideE) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            int columns = image.Columns, height = end - first + (2 * reach) + 1;
            T* padded = ScratchMatrix<T, Job<T>>.Get(height * pitch) + reach;
            // Differences from a pixel nearby keep the digits of heights far from 0.
            T middle = image.Row((first + end) / 2)[columns / 2];
            for (int i = 0; i < height; i++)
            {
                var row = new Span<T>(padded + (i * pitch), columns);
                System.Numerics.Tensors.TensorPrimitives.Subtract(new ReadOnlySpan<T>(image.Row(first - reach + i), columns), middle, row);
                ImageRows.Margins(padded + (i * pitch), columns, reach, reach + 1);
            }
            for (int i = first; i < end; i++)
                Energies(padded + ((i - first + reach) * pitch), pitch, columns, reach, samples, fourfold + (i * strideF), eightfold + (i * strideE));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Energies(T* row, nint pitch, int columns, int reach, Sample<T>* samples, T* fourfold, T* eightfold)
        {
            var share = new Vector<T>(T.CreateTruncating(1 / Weight(reach)));
            var least = new Vector<T>(T.CreateTruncating(Flat));
            var quarter = new Vector<T>(T.CreateTruncating(0.25));
            var eighth = new Vector<T>(T.CreateTruncating(0.125));
            for (int j = 0; j < columns; j += Vector<T>.Count)
            {
                Vector<T> own = Vector.Load(row + j), sum = Vector<T>.Zero, before = sum, four = sum, eight = sum;
                Sample<T>* sample = samples;
                for (int r = 1; r <= reach; r++)
                {
                    int classes = Samples(r) / Turns;
                    Vector<T> circleSum = Vector<T>.Zero, circleBefore = circleSum, circleFour = circleSum, circleEight = circleSum;
                    for (int c = 0; c < classes; c++, sample += Turns)
                    {
                        Vector<T> even = Vector<T>.Zero, odd = even;
                        for (int k = 0; k < Turns; k += 2)
                        {
                            Vector<T> value = Value(sample + k, row + j, pitch) - own;
                            even += value;
                            circleBefore = VectorLoops.Fma(value, value, circleBefore);
                            value = Value(sample + k + 1, row + j, pitch) - own;
                            odd += value;
                            circleBefore = VectorLoops.Fma(value, value, circleBefore);
                        }
                        Vector<T> all = even + odd;
                        circleSum += all;
                        circleFour = VectorLoops.Fma(even, even, VectorLoops.Fma(odd, odd, circleFour));
                        circleEight = VectorLoops.Fma(all, all, circleEight);
                    }
                    var weight = new Vector<T>(T.CreateTruncating(r) / T.CreateTruncating(Turns * classes));
                    sum = VectorLoops.Fma(weight, circleSum, sum);
                    before = VectorLoops.Fma(weight, circleBefore, before);
                    four = VectorLoops.Fma(weight, circleFour, four);
                    eight = VectorLoops.Fma(weight, circleEight, eight);
                }
                Vector<T> mean = sum * sum * share, energy = before - mean;
                Vector<T> flat = Vector.LessThanOrEqual(energy, least * before);
                Vector<T> safe = Vector.ConditionalSelect(flat, Vector<T>.One, energy);
                four = ((quarter * four) - mean) / safe;
                eight = ((eighth * eight) - mean) / safe;
                ImageRows.Put(Vector.ConditionalSelect(flat, Vector<T>.Zero, four), fourfold + j, columns - j);
                ImageRows.Put(Vector.ConditionalSelect(flat, Vector<T>.Zero, eight), eightfold + j, columns - j);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<T> Value(Sample<T>* sample, T* centre, nint pitch)
        {
            T* at = centre + sample->Offset;
            Vector<T> value = new Vector<T>(sample->UpperLeft) * Vector.Load(at);
            value = VectorLoops.Fma(new Vector<T>(sample->UpperRight), Vector.Load(at + 1), value);
            value = VectorLoops.Fma(new Vector<T>(sample->LowerLeft), Vector.Load(at + pitch), value);
            return VectorLoops.Fma(new Vector<T>(sample->LowerRight), Vector.Load(at + pitch + 1), value);
        }
    }
}
