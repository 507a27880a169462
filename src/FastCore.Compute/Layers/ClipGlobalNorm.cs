using System.Numerics;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Layers;

/// <summary>gradient := gradient min(1, maximumNorm / |gradient|_2) over all entries (Pascanu, Mikolov and Bengio 2013, Alg. 1).</summary>
/// <remarks>
/// Any shape and stride. Host: sums of pieces joined in double in their order, long rows on all threads. Device: 256 partial sums, which every
/// thread of the second stage adds up. Tolerance 4 eps per entry.
/// </remarks>
public static unsafe class ClipGlobalNorm
{
    private const int Partials = 256;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>>> SumKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernelPartials));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, float, ArrayView<float>>> ScaleKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, float, ArrayView<float>>(DeviceKernelScale));

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(T maximumNorm, MatrixSpan<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double sum = 0;
        for (int i = 0; i < gradient.Rows; i++)
        {
            foreach (T value in gradient.Row(i))
                sum += double.CreateChecked(value) * double.CreateChecked(value);
        }
        double norm = Math.Sqrt(sum), limit = double.CreateChecked(maximumNorm);
        if (!(norm > limit))
            return;
        for (int i = 0; i < gradient.Rows; i++)
        {
            foreach (ref T value in gradient.Row(i))
                value = T.CreateChecked(double.CreateChecked(value) * limit / norm);
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(T maximumNorm, MatrixSpan<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Pieces<T> pieces = Pieces<T>.Mine;
        fixed (T* start = gradient.Values)
        {
            double sum = 0;
            for (int i = 0; i < gradient.Rows; i++)
                sum += pieces.SumOfSquares(start + ((nint)i * gradient.Stride), gradient.Columns);
            double norm = Math.Sqrt(sum), limit = double.CreateChecked(maximumNorm);
            if (!(norm > limit))
                return;
            for (int i = 0; i < gradient.Rows; i++)
                pieces.Scale(T.CreateChecked(limit / norm), start + ((nint)i * gradient.Stride), gradient.Columns);
        }
    }

    internal static void DeviceKernelPartials(Index1D part, ArrayView<float> arena, Tensor gradient, ArrayView<float> scratch)
    {
        float sum = 0;
        int count = gradient.Rows * gradient.Columns;
        for (int k = part; k < count; k += 256)
        {
            int row = k / gradient.Columns;
            float value = arena[gradient.Offset + (row * gradient.Stride) + k - (row * gradient.Columns)];
            sum += value * value;
        }
        scratch[part] = sum;
    }

    internal static void DeviceKernelScale(Index1D index, ArrayView<float> arena, Tensor gradient, float maximumNorm, ArrayView<float> scratch)
    {
        float sum = 0;
        for (int k = 0; k < 256; k++)
            sum += scratch[k];
        float norm = XMath.Sqrt(sum);
        int row = index / gradient.Columns;
        int at = gradient.Offset + (row * gradient.Stride) + index - (row * gradient.Columns);
        if (norm > maximumNorm)
            arena[at] = arena[at] * (maximumNorm / norm);
    }

    internal static void Launch(DeviceQueue queue, Tensor gradient, float maximumNorm)
    {
        if (gradient.Count == 0)
            return;
        ArrayView<float> scratch = queue.Scratch(Partials);
        SumKernel.On(queue)(queue.Stream, Partials, queue.Arena, gradient, scratch);
        ScaleKernel.On(queue)(queue.Stream, gradient.Count, queue.Arena, gradient, maximumNorm, scratch);
    }

    /// <summary>Pieces of a row: short ones keep the rounding of a single-precision sum over a million weights small.</summary>
    private sealed class Pieces<T> : HostWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Piece = 4096;
        private const int ParallelFrom = 65_536;
        private const int MostPieces = 1024;
        [ThreadStatic]
        private static Pieces<T>? mine;
        private readonly double[] sums = new double[MostPieces];
        private T* values;
        private int count;
        private bool scales;
        private T factor;

        internal static Pieces<T> Mine => mine ??= new Pieces<T>();

        internal double SumOfSquares(T* row, int length)
        {
            scales = false;
            double sum = 0;
            for (int start = 0; start < length; start += MostPieces * Piece)
            {
                int pieces = All(row + start, Math.Min(MostPieces * Piece, length - start));
                for (int piece = 0; piece < pieces; piece++)
                    sum += sums[piece];
            }
            return sum;
        }

        internal void Scale(T by, T* row, int length)
        {
            scales = true;
            factor = by;
            All(row, length);
        }

        internal override void Run(int block)
        {
            T* piece = values + ((nint)block * Piece);
            int length = Math.Min(Piece, count - (block * Piece));
            if (scales)
                VectorLoops.Scale(factor, piece, length);
            else
                sums[block] = double.CreateChecked(VectorLoops.Dot(piece, piece, length));
        }

        private int All(T* row, int length)
        {
            values = row;
            count = length;
            int pieces = (length + Piece - 1) / Piece;
            if (length >= ParallelFrom)
            {
                HostThreads.Run(this, pieces);
                return pieces;
            }
            for (int piece = 0; piece < pieces; piece++)
                Run(piece);
            return pieces;
        }
    }
}
