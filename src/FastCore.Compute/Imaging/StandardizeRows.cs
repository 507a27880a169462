using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// Every row to zero mean and unit deviation, in place: features of candidates, feature-major. A row whose deviation is at most 1e-12, or at most 1e-6 of
/// its largest magnitude, varies by rounding alone and becomes 0.
/// </summary>
/// <remarks>
/// values is f x M, any stride. Host: twice over each row for mean and deviation, in double; one row is one block of work. Device: 64 partial sums
/// per row of differences from its first value, joined in order; twice. Tolerance 8 eps of the largest result; on a device 4 sqrt(M / 64) + 16.
/// </remarks>
public static unsafe class StandardizeRows
{
    private const int Chunk = 1024;
    private const int Parts = 64;
    private const double Smallest = 1e-12;
    private const double Rounding = 1e-6;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>>> MeanKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernelMeanParts));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>>> SquareKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernelSquareParts));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>>> JoinKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernelJoin));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>>> MapKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernelMap));

    /// <summary>The definition.</summary>
    public static void Reference<T>(MatrixSpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int f = 0; f < values.Rows && values.Columns > 0; f++)
        {
            Span<T> row = values.Row(f);
            double mean = 0, variance = 0, largest = 0;
            foreach (T value in row)
            {
                mean += double.CreateChecked(value) / row.Length;
                largest = Math.Max(largest, Math.Abs(double.CreateChecked(value)));
            }
            foreach (T value in row)
                variance += Math.Pow(double.CreateChecked(value) - mean, 2) / row.Length;
            double scale = Scale(Math.Sqrt(variance), largest);
            foreach (ref T value in row)
                value = T.CreateChecked((double.CreateChecked(value) - mean) * scale);
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(MatrixSpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (values.Rows == 0 || values.Columns == 0)
            return;
        fixed (T* start = values.Values)
            RowBlocks<Job<T>>.Run(new(start, values.Stride, values.Columns), values.Rows, 1, (long)values.Rows * values.Columns * 3);
    }

    internal static void DeviceKernelMeanParts(Index1D index, ArrayView<float> arena, Tensor values, ArrayView<float> parts)
    {
        int f = index / Parts;
        int part = index - (f * Parts);
        int row = values.Offset + (f * values.Stride);
        float first = arena[row], sum = 0, largest = 0;
        for (int j = part; j < values.Columns; j += Parts)
        {
            float value = arena[row + j], magnitude = XMath.Abs(value);
            sum += value - first;
            largest = magnitude > largest ? magnitude : largest;
        }
        parts[index] = sum;
        parts[index + (Parts * values.Rows)] = largest;
    }

    internal static void DeviceKernelSquareParts(Index1D index, ArrayView<float> arena, Tensor values, ArrayView<float> parts)
    {
        int f = index / Parts;
        int part = index - (f * Parts);
        int row = values.Offset + (f * values.Stride);
        float first = arena[row], total = 0;
        for (int k = 0; k < Parts; k++)
            total += parts[(f * Parts) + k];
        float mean = total / values.Columns, sum = 0;
        for (int j = part; j < values.Columns; j += Parts)
        {
            float d = arena[row + j] - first - mean;
            sum += d * d;
        }
        parts[index + (2 * Parts * values.Rows)] = sum;
    }

    internal static void DeviceKernelJoin(Index1D f, ArrayView<float> arena, Tensor values, ArrayView<float> parts)
    {
        float total = 0, square = 0, largest = 0;
        for (int k = 0; k < Parts; k++)
        {
            int at = (f * Parts) + k;
            float magnitude = parts[at + (Parts * values.Rows)];
            total += parts[at];
            square += parts[at + (2 * Parts * values.Rows)];
            largest = magnitude > largest ? magnitude : largest;
        }
        float deviation = XMath.Sqrt(square / values.Columns);
        int to = (3 * Parts * values.Rows) + (3 * f);
        bool varies = deviation > 1e-12f && deviation > 1e-6f * largest;
        parts[to] = arena[values.Offset + (f * values.Stride)];
        parts[to + 1] = total / values.Columns;
        parts[to + 2] = varies ? 1 / (varies ? deviation : 1) : 0;
    }

    internal static void DeviceKernelMap(Index1D index, ArrayView<float> arena, Tensor values, ArrayView<float> parts)
    {
        int f = index / values.Columns;
        int at = values.Offset + (f * values.Stride) + index - (f * values.Columns);
        int from = (3 * Parts * values.Rows) + (3 * f);
        arena[at] = (arena[at] - parts[from] - parts[from + 1]) * parts[from + 2];
    }

    internal static void Launch(DeviceQueue queue, Tensor values)
    {
        if (values.Count == 0)
            return;
        ArrayView<float> scratch = queue.Scratch(((3 * Parts) + 3) * values.Rows);
        MeanKernel.On(queue)(queue.Stream, Parts * values.Rows, queue.Arena, values, scratch);
        SquareKernel.On(queue)(queue.Stream, Parts * values.Rows, queue.Arena, values, scratch);
        JoinKernel.On(queue)(queue.Stream, values.Rows, queue.Arena, values, scratch);
        MapKernel.On(queue)(queue.Stream, values.Count, queue.Arena, values, scratch);
    }

    private static double Scale(double deviation, double largest) => deviation > Rounding * largest && deviation > Smallest ? 1 / deviation : 0;

    private readonly struct Job<T>(T* start, nint stride, int count) : IRowJob
        where T : unmanaged
    {
        public void Run(int first, int end)
        {
            for (int f = first; f < end; f++)
                Standardize(start + (f * stride), count);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Standardize(T* row, int count)
        {
            double* part = ScratchMatrix<double, Job<T>>.Get(Chunk + (2 * ImageRows.Slack));
            int width = Vector<double>.Count;
            Vector<double> sum = Vector<double>.Zero, largest = sum, square = sum;
            // Lanes beyond the end of the last chunk are 0 here, and -mean below: they are cleared there.
            for (int start = 0; start < count; start += Chunk)
            {
                int here = Math.Min(Chunk, count - start);
                ImageRows.Widen(row + start, 0, part, here);
                for (int j = 0; j < here; j += width)
                {
                    Vector<double> value = Vector.Load(part + j);
                    sum += value;
                    largest = Vector.MaxNative(largest, Vector.Abs(value));
                }
            }
            double mean = Vector.Sum(sum) / count, most = 0;
            for (int lane = 0; lane < width; lane++)
                most = Math.Max(most, largest[lane]);
            for (int start = 0; start < count; start += Chunk)
            {
                int here = Math.Min(Chunk, count - start);
                ImageRows.Widen(row + start, mean, part, here);
                new Span<double>(part + here, width).Clear();
                for (int j = 0; j < here; j += width)
                    square = VectorLoops.Fma(Vector.Load(part + j), Vector.Load(part + j), square);
            }
            var scale = new Vector<double>(Scale(Math.Sqrt(Vector.Sum(square) / count), most));
            for (int start = 0; start < count; start += Chunk)
            {
                int here = Math.Min(Chunk, count - start);
                ImageRows.Widen(row + start, mean, part, here);
                for (int j = 0; j < here; j += width)
                    (Vector.Load(part + j) * scale).Store(part + j);
                ImageRows.Narrow(part, row + start, here);
            }
        }
    }
}
