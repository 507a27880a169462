using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.Layers;

/// <summary>gradient := gradient min(1, maximumNorm / |gradient|_2) over all entries (Pascanu, Mikolov and Bengio 2013, Alg. 1).</summary>
/// <remarks>Any shape and stride. Host: row sums joined in double. Device: 256 partial sums, which every thread of the second stage adds up. Tolerance 4 eps per entry.</remarks>
public static class ClipGlobalNorm
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
        double sum = 0;
        for (int i = 0; i < gradient.Rows; i++)
        {
            // Pieces keep the rounding of a single-precision sum over a million weights small.
            ReadOnlySpan<T> row = gradient.Row(i);
            for (int j = 0; j < row.Length; j += 4096)
                sum += double.CreateChecked(TensorPrimitives.SumOfSquares(row.Slice(j, Math.Min(4096, row.Length - j))));
        }
        double norm = Math.Sqrt(sum), limit = double.CreateChecked(maximumNorm);
        if (!(norm > limit))
            return;
        T factor = T.CreateChecked(limit / norm);
        for (int i = 0; i < gradient.Rows; i++)
            TensorPrimitives.Multiply(gradient.Row(i), factor, gradient.Row(i));
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
}
