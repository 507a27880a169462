using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// Slope of the radial power spectrum of the patch around each candidate (SPEC 4; Jacobs, Junge and Pastewka 2017): with the Hann window
/// w_i = 1/2 - cos(2 pi (i + 1/2) / n) / 2 along both axes, m the mean of the heights weighted by it, and P_uv the squared modulus of the discrete
/// Fourier transform of w_i w_j (h_ij - m), P_r is the mean of P_uv over the ring r - 1/2 &lt; sqrt(u^2 + v^2) &lt; r + 1/2; the slope is that of the
/// least-squares line of ln P_r over ln r for r = 2 .. n/2.
/// </summary>
/// <remarks>
/// image is H x W, any stride; result is 1 x count; n = size from 6 to 64; rows r - n/2 .. r - n/2 + n - 1, mirrored at the edge without repeating it.
/// Ring 1 holds the tilt and the window's main lobe and is left out. A self-affine surface of Hurst exponent H has slope -2 - 2 H, noise 0; in patches
/// of 16 pixels slopes of -4 read half a unit steeper, because waves longer than the patch reach ring 2. Rings below 1e-9 of the strongest count as that
/// much, where rounding of the transform begins; a constant patch has slope 0. Host: rows, then columns by tables of cosines and sines, lanes along the
/// frequencies of a row; blocks of candidates shared out to the threads. Device: one group of 64 threads per candidate, patch and spectrum in shared
/// memory. Tolerance 1,000 eps where rings differ by less than 1e4.
/// </remarks>
public static unsafe class RadialSpectrumSlope
{
    private const int SmallestSize = 6;
    private const int LargestSize = 64;
    private const int LargestHalf = (LargestSize / 2) + 1;
    private const int FirstRing = 2;
    private const int Block = 32;
    private const double Weakest = 1e-9;

    private static readonly LoadedKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<int>, Tensor, int, Tensor>> Kernel =
        new(static device => device.LoadKernel<ArrayView<float>, ArrayView<int>, Tensor, int, Tensor>(DeviceKernel));

    /// <summary>The definition: the transform as a double sum, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, ReadOnlySpan<int> centres, int size, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, centres, size, result.Rows, result.Columns);
        int half = size / 2, low = -((size - 1) / 2);
        var patch = new double[size * size];
        for (int k = 0; k < centres.Length; k++)
        {
            int row = centres[k] / image.Columns, column = centres[k] % image.Columns;
            double own = ImageRows.At(image, row, column), mean = 0, all = 0;
            for (int p = 0; p < patch.Length; p++)
            {
                double weight = Window(p / size, size) * Window(p % size, size);
                patch[p] = ImageRows.At(image, row - half + (p / size), column - half + (p % size)) - own;
                mean += weight * patch[p];
                all += weight;
            }
            for (int p = 0; p < patch.Length; p++)
                patch[p] = Window(p / size, size) * Window(p % size, size) * (patch[p] - (mean / all));
            var power = new double[half + 1];
            var count = new int[half + 1];
            for (int u = low; u <= half; u++)
            {
                for (int v = low; v <= half; v++)
                {
                    int ring = Ring(u, v);
                    if (ring < FirstRing || ring > half)
                        continue;
                    double real = 0, imaginary = 0;
                    for (int p = 0; p < patch.Length; p++)
                    {
                        (double sine, double cosine) = Math.SinCos(2 * Math.PI * (((u * (p / size)) + (v * (p % size))) % size) / size);
                        real += patch[p] * cosine;
                        imaginary -= patch[p] * sine;
                    }
                    power[ring] += (real * real) + (imaginary * imaginary);
                    count[ring]++;
                }
            }
            for (int r = FirstRing; r <= half; r++)
                power[r] /= count[r];
            Span<double> factors = new double[half + 1];
            Slopes(half, factors);
            result[0, k] = T.CreateChecked(Line(power, factors, half));
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, ReadOnlySpan<int> centres, int size, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, centres, size, result.Rows, result.Columns);
        if (centres.IsEmpty)
            return;
        int half = size / 2, modes = half + 1, pair = 2 * Vector<T>.Count, pitch = (modes + pair - 1) / pair * pair;
        T* window = ScratchMatrix<T, Tables>.Get(size + LargestSize + ((2 * size) + 1) * pitch);
        T* inverseCounts = window + size, others = inverseCounts + LargestSize, waves = others + pitch;
        double* slopes = ScratchMatrix<double, Factors>.Get(LargestHalf);
        int* rings = ScratchMatrix<int, Tables>.Get(modes * modes);
        new Span<T>(others, ((2 * size) + 1) * pitch).Clear();
        for (int i = 0; i < size; i++)
        {
            window[i] = T.CreateTruncating(Window(i, size));
            for (int v = 0; v < modes; v++)
            {
                (double sine, double cosine) = Math.SinCos(2 * Math.PI * (i * v % size) / size);
                waves[(2 * i * pitch) + v] = T.CreateTruncating(cosine);
                waves[(((2 * i) + 1) * pitch) + v] = T.CreateTruncating(sine);
            }
        }
        new Span<T>(inverseCounts, LargestSize).Clear();
        for (int k = 0; k < modes * modes; k++)
        {
            rings[k] = Ring(k / modes, k % modes);
            inverseCounts[rings[k]] += T.CreateTruncating(Waves(k / modes, k % modes, size));
        }
        for (int r = FirstRing; r <= half; r++)
            inverseCounts[r] = T.One / inverseCounts[r];
        for (int v = 1; 2 * v < size; v++)
            others[v] = T.One;
        Slopes(half, new Span<double>(slopes, LargestHalf));
        fixed (T* from = image.Values, to = result.Values)
        fixed (int* pixels = centres)
        {
            var tables = new Spectrum<T>(size, pitch, window, others, waves, rings, inverseCounts, slopes);
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), pixels, tables, to);
            RowBlocks<Job<T>>.Run(job, centres.Length, Block, (long)centres.Length * size * size * 8);
        }
    }

    internal static void DeviceKernel(ArrayView<float> arena, ArrayView<int> table, Tensor image, int size, Tensor result)
    {
        ArrayView<float> patch = SharedMemory.Allocate<float>(LargestSize * LargestSize);
        ArrayView<float> rows = SharedMemory.Allocate<float>(2 * LargestSize * LargestHalf);
        ArrayView<float> rings = SharedMemory.Allocate<float>(LargestHalf);
        int thread = Group.IdxX, half = size / 2, modes = half + 1;
        // Window, cosines and sines stand before the candidates.
        int centre = table[(3 * size) + Grid.IdxX];
        int top = centre / image.Columns, left = centre - (top * image.Columns);
        float own = arena[image.Offset + (top * image.Stride) + left], weighted = 0;
        top -= half;
        left -= half;
        for (int p = thread; p < size * size; p += DeviceMath.GroupSize)
        {
            int i = p / size, j = p - (i * size);
            int row = image.Offset + (PatchGather.Mirror(top + i, image.Rows) * image.Stride);
            float weight = Value(table, i) * Value(table, j);
            float value = arena[row + PatchGather.Mirror(left + j, image.Columns)] - own;
            patch[p] = value;
            weighted += weight * value;
        }
        // The window sums to n/2 along each axis.
        float mean = DeviceMath.GroupSum(weighted) / (0.25f * size * size);
        for (int p = thread; p < size * size; p += DeviceMath.GroupSize)
        {
            int i = p / size;
            patch[p] = Value(table, i) * Value(table, p - (i * size)) * (patch[p] - mean);
        }
        Group.Barrier();
        for (int p = thread; p < size * modes; p += DeviceMath.GroupSize)
        {
            int i = p / modes, v = p - (i * modes), turn = 0;
            float real = 0, imaginary = 0;
            for (int j = 0; j < size; j++)
            {
                float value = patch[(i * size) + j];
                real += value * Value(table, size + turn);
                imaginary += value * Value(table, (2 * size) + turn);
                turn += v;
                turn -= turn >= size ? size : 0;
            }
            rows[2 * p] = real;
            rows[(2 * p) + 1] = imaginary;
        }
        Group.Barrier();
        // The patch is no longer needed: its memory takes the power of (u, v) and (-u, v).
        for (int p = thread; p < modes * modes; p += DeviceMath.GroupSize)
        {
            int u = p / modes, v = p - (u * modes), turn = 0;
            float cosReal = 0, sinReal = 0, cosImaginary = 0, sinImaginary = 0;
            for (int i = 0; i < size; i++)
            {
                float c = Value(table, size + turn), s = Value(table, (2 * size) + turn);
                float real = rows[2 * ((i * modes) + v)], imaginary = rows[(2 * ((i * modes) + v)) + 1];
                cosReal += c * real;
                sinReal += s * real;
                cosImaginary += c * imaginary;
                sinImaginary += s * imaginary;
                turn += u;
                turn -= turn >= size ? size : 0;
            }
            float a = cosReal - sinImaginary, b = cosImaginary + sinReal, d = cosReal + sinImaginary, e = cosImaginary - sinReal;
            int otherU = u > 0 && 2 * u < size ? 1 : 0, otherV = v > 0 && 2 * v < size ? 1 : 0;
            patch[p] = ((1 + (otherU * otherV)) * ((a * a) + (b * b))) + ((otherU + otherV) * ((d * d) + (e * e)));
        }
        Group.Barrier();
        for (int r = FirstRing + thread; r <= half; r += DeviceMath.GroupSize)
        {
            float power = 0, count = 0;
            for (int p = 0; p < modes * modes; p++)
            {
                int u = p / modes, v = p - (u * modes), squared = (u * u) + (v * v);
                bool inside = squared > (r * r) - r && squared <= (r * r) + r;
                power += inside ? patch[p] : 0;
                count += inside ? Waves(u, v, size) : 0;
            }
            rings[r] = power / count;
        }
        Group.Barrier();
        if (thread != 0)
            return;
        float strongest = 0, middle = 0, squares = 0, slope = 0;
        for (int r = FirstRing; r <= half; r++)
        {
            // Written so that NaN stays NaN.
            strongest = rings[r] <= strongest ? strongest : rings[r];
            middle += XMath.Log((float)r) / (half - FirstRing + 1);
        }
        float least = (float)Weakest * strongest, unit = strongest > 0 ? strongest : 1;
        for (int r = FirstRing; r <= half; r++)
        {
            float x = XMath.Log((float)r) - middle;
            squares += x * x;
            slope += x * XMath.Log((rings[r] < least ? least : rings[r]) / unit);
        }
        arena[result.Offset + Grid.IdxX] = strongest == 0 ? 0 : slope / squares;
    }

    internal static void Launch(DeviceQueue queue, Tensor image, ReadOnlySpan<int> centres, int size, Tensor result)
    {
        Check(image.Rows, image.Columns, centres, size, result.Rows, result.Columns);
        if (centres.IsEmpty)
            return;
        var table = new int[(3 * size) + centres.Length];
        for (int i = 0; i < size; i++)
        {
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * i / size);
            table[i] = BitConverter.SingleToInt32Bits((float)Window(i, size));
            table[size + i] = BitConverter.SingleToInt32Bits((float)cosine);
            table[(2 * size) + i] = BitConverter.SingleToInt32Bits((float)sine);
        }
        centres.CopyTo(table.AsSpan(3 * size));
        Kernel.On(queue)(queue.Stream, new KernelConfig(centres.Length, DeviceMath.GroupSize), queue.Arena, queue.UploadIndices(table), image, size, result);
    }

    private static float Value(ArrayView<int> table, int at) => Interop.IntAsFloat((uint)table[at]);

    private static double Window(int i, int size) => 0.5 - (0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / size));

    // The r with r - 1/2 < sqrt(u^2 + v^2) < r + 1/2: equality needs a fraction.
    private static int Ring(int u, int v)
    {
        int squared = (u * u) + (v * v), r = (int)Math.Sqrt(squared);
        return squared > (r * r) + r ? r + 1 : r;
    }

    // How many waves have frequencies u and v up to the sign: a wave at the border is its own opposite.
    private static int Waves(int u, int v, int size) => (u > 0 && 2 * u < size ? 2 : 1) * (v > 0 && 2 * v < size ? 2 : 1);

    // The factors of ln P_r in the slope of the least-squares line; they sum to 0.
    private static void Slopes(int half, Span<double> factors)
    {
        double mean = 0, squares = 0;
        for (int r = FirstRing; r <= half; r++)
            mean += Math.Log(r) / (half - FirstRing + 1);
        for (int r = FirstRing; r <= half; r++)
        {
            factors[r] = Math.Log(r) - mean;
            squares += factors[r] * factors[r];
        }
        for (int r = FirstRing; r <= half; r++)
            factors[r] /= squares;
    }

    private static double Line(ReadOnlySpan<double> power, ReadOnlySpan<double> factors, int half)
    {
        double strongest = 0, slope = 0;
        for (int r = FirstRing; r <= half; r++)
            strongest = Math.Max(strongest, power[r]);
        if (strongest == 0)
            return 0;
        for (int r = FirstRing; r <= half; r++)
            slope += factors[r] * Math.Log(Math.Max(power[r], Weakest * strongest) / strongest);
        return slope;
    }

    private static void Check(int rows, int columns, ReadOnlySpan<int> centres, int size, int resultRows, int resultColumns)
    {
        PatchGather.Check(nameof(RadialSpectrumSlope), rows, columns, centres, size);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, SmallestSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        Shape.Require(nameof(RadialSpectrumSlope), "result", resultRows, resultColumns, 1, centres.Length);
    }

    private sealed class Tables;

    private sealed class Factors;

    // window: size; others: 1 for the frequencies whose opposite is another one; waves: for every step cosines, then sines of all frequencies.
    private readonly struct Spectrum<T>(int size, int pitch, T* window, T* others, T* waves, int* rings, T* inverseCounts, double* slopes)
        where T : unmanaged
    {
        internal int Size => size;

        internal int Pitch => pitch;

        internal T* Window => window;

        internal T* Others => others;

        internal T* Cosines(int step) => waves + (2 * step * pitch);

        internal T* Sines(int step) => waves + (((2 * step) + 1) * pitch);

        internal int* Rings => rings;

        internal T* InverseCounts => inverseCounts;

        internal ReadOnlySpan<double> Slopes => new(slopes, LargestHalf);
    }

    private readonly struct Job<T>(ImagePointer<T> image, int* centres, Spectrum<T> spectrum, T* result) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            int size = spectrum.Size, half = size / 2, even = size + (size % 2);
            // A row of zeros behind an odd number of rows: two are transformed at a time.
            T* patch = ScratchMatrix<T, Job<T>>.Get((even * size) + (2 * even * spectrum.Pitch) + spectrum.Pitch);
            T* rows = patch + (even * size), power = rows + (2 * even * spectrum.Pitch);
            new Span<T>(patch + (size * size), (even - size) * size).Clear();
            T* sums = stackalloc T[LargestSize];
            Span<double> means = stackalloc double[LargestHalf];
            for (int k = first; k < end; k++)
            {
                Gather(centres[k], patch);
                for (int i = 0; i < even; i += 2)
                    Across(patch + (i * size), rows + (2 * i * spectrum.Pitch));
                new Span<T>(sums, LargestSize).Clear();
                for (int u = 0; u <= half; u++)
                {
                    Down(rows, u, power);
                    int* ring = spectrum.Rings + (u * (half + 1));
                    for (int v = 0; v <= half; v++)
                        sums[ring[v]] += power[v];
                }
                for (int r = FirstRing; r <= half; r++)
                    means[r] = double.CreateTruncating(sums[r] * spectrum.InverseCounts[r]);
                result[k] = T.CreateTruncating(Line(means, spectrum.Slopes, half));
            }
        }

        // The patch minus its weighted mean, times the window.
        private void Gather(int centre, T* patch)
        {
            int size = spectrum.Size, row = centre / image.Columns, column = centre % image.Columns, left = column - (size / 2);
            T own = image.Row(row)[column], weighted = T.Zero;
            bool inside = left >= 0 && left + size <= image.Columns;
            for (int i = 0; i < size; i++)
            {
                T* from = image.Row(row - (size / 2) + i), to = patch + (i * size);
                for (int j = 0; j < size; j++)
                    to[j] = (inside ? from[left + j] : from[PatchGather.Mirror(left + j, image.Columns)]) - own;
                weighted += spectrum.Window[i] * VectorLoops.Dot(to, spectrum.Window, size);
            }
            // The window sums to size / 2 along each axis.
            T mean = weighted * T.CreateTruncating(4.0 / (size * size));
            for (int i = 0; i < size; i++)
            {
                T* to = patch + (i * size);
                for (int j = 0; j < size; j++)
                    to[j] = spectrum.Window[i] * (spectrum.Window[j] * (to[j] - mean));
            }
        }

        // Two rows, real and imaginary parts of each (with the sign of the latter turned).
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Across(T* patch, T* to)
        {
            int size = spectrum.Size, pitch = spectrum.Pitch, width = Vector<T>.Count;
            T* second = patch + size;
            for (int v = 0; v < pitch; v += 2 * width)
            {
                Vector<T> r0 = Vector<T>.Zero, r1 = r0, m0 = r0, m1 = r0, s0 = r0, s1 = r0, n0 = r0, n1 = r0;
                T* wave = spectrum.Cosines(0) + v;
                for (int j = 0; j < size; j++, wave += 2 * pitch)
                {
                    Vector<T> c0 = Vector.Load(wave), c1 = Vector.Load(wave + width);
                    Vector<T> d0 = Vector.Load(wave + pitch), d1 = Vector.Load(wave + pitch + width);
                    var x = new Vector<T>(patch[j]);
                    r0 = VectorLoops.Fma(x, c0, r0);
                    r1 = VectorLoops.Fma(x, c1, r1);
                    m0 = VectorLoops.Fma(x, d0, m0);
                    m1 = VectorLoops.Fma(x, d1, m1);
                    x = new Vector<T>(second[j]);
                    s0 = VectorLoops.Fma(x, c0, s0);
                    s1 = VectorLoops.Fma(x, c1, s1);
                    n0 = VectorLoops.Fma(x, d0, n0);
                    n1 = VectorLoops.Fma(x, d1, n1);
                }
                r0.Store(to + v);
                r1.Store(to + v + width);
                m0.Store(to + pitch + v);
                m1.Store(to + pitch + v + width);
                s0.Store(to + (2 * pitch) + v);
                s1.Store(to + (2 * pitch) + v + width);
                n0.Store(to + (3 * pitch) + v);
                n1.Store(to + (3 * pitch) + v + width);
            }
        }

        // Power of the waves (+-u, +-v), all together, for every v.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Down(T* rows, int u, T* power)
        {
            int size = spectrum.Size, pitch = spectrum.Pitch, width = Vector<T>.Count;
            var other = new Vector<T>(spectrum.Others[u]);
            for (int v = 0; v < pitch; v += 2 * width)
            {
                Vector<T> cr0 = Vector<T>.Zero, cr1 = cr0, ci0 = cr0, ci1 = cr0, sr0 = cr0, sr1 = cr0, si0 = cr0, si1 = cr0;
                T* row = rows + v, wave = spectrum.Cosines(0) + u;
                for (int i = 0; i < size; i++, row += 2 * pitch, wave += 2 * pitch)
                {
                    Vector<T> c = new(wave[0]), s = new(wave[pitch]);
                    Vector<T> real = Vector.Load(row), imaginary = Vector.Load(row + pitch);
                    cr0 = VectorLoops.Fma(c, real, cr0);
                    sr0 = VectorLoops.Fma(s, real, sr0);
                    ci0 = VectorLoops.Fma(c, imaginary, ci0);
                    si0 = VectorLoops.Fma(s, imaginary, si0);
                    real = Vector.Load(row + width);
                    imaginary = Vector.Load(row + pitch + width);
                    cr1 = VectorLoops.Fma(c, real, cr1);
                    sr1 = VectorLoops.Fma(s, real, sr1);
                    ci1 = VectorLoops.Fma(c, imaginary, ci1);
                    si1 = VectorLoops.Fma(s, imaginary, si1);
                }
                Sum(cr0, sr0, ci0, si0, other, Vector.Load(spectrum.Others + v)).Store(power + v);
                Sum(cr1, sr1, ci1, si1, other, Vector.Load(spectrum.Others + v + width)).Store(power + v + width);
            }
        }

        // (u, v) stands for itself and (-u, -v), (-u, v) for itself and (u, -v), where those are other waves.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<T> Sum(Vector<T> cr, Vector<T> sr, Vector<T> ci, Vector<T> si, Vector<T> otherU, Vector<T> otherV)
        {
            Vector<T> a = cr - si, b = ci + sr, d = cr + si, e = ci - sr;
            Vector<T> same = VectorLoops.Fma(a, a, b * b), turned = VectorLoops.Fma(d, d, e * e);
            return VectorLoops.Fma(otherU * otherV, same, same) + ((otherU + otherV) * turned);
        }
    }
}
