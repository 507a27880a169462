using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.Layers;

/// <summary>
/// output := low + (input - min) (high - low) / (max - min) with minimum and maximum over all entries: how GPyTorch bounds the features of a
/// deep kernel. The gradient flows through minimum and maximum too.
/// </summary>
/// <remarks>
/// With s = (high - low) / (max - min) and q_i = (x_i - min) / (max - min): dx_i = s g_i; the first minimum also gets
/// -s sum g_i (1 - q_i), the first maximum -s sum g_i q_i. Where max - min is below 1e-12 everything becomes (low + high) / 2 with gradient 0.
/// A NaN anywhere makes everything NaN.
/// Device: one thread per row, then one that joins the rows, then one per element; features of a deep kernel are small.
/// </remarks>
public static class ScaleToBounds
{
    private const double Flat = 1e-12;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>>> RowKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernelRowBounds));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, int, Tensor>> JoinKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, int, Tensor>(DeviceKernelJoinBounds));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, float, float, Tensor, Tensor>> MapKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, float, float, Tensor, Tensor>(DeviceKernelMap));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, float, float, Tensor, Tensor, Tensor>> GradientKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, float, float, Tensor, Tensor, Tensor>(DeviceKernelGradient));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, float, float, Tensor, Tensor, Tensor>> ExtremesKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, float, float, Tensor, Tensor, Tensor>(DeviceKernelExtremes));

    /// <summary>The definition: finds the bounds, then maps.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> input, T low, T high, MatrixSpan<T> bounds, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T minimum = T.PositiveInfinity, maximum = T.NegativeInfinity;
        for (int i = 0; i < input.Rows; i++)
        {
            foreach (T value in input.Row(i))
            {
                minimum = T.Min(minimum, value);
                maximum = T.Max(maximum, value);
            }
        }
        (bounds[0, 0], bounds[0, 1]) = (minimum, maximum);
        KnownReference(input, low, high, bounds, output);
    }

    /// <summary>The definition with bounds found before.</summary>
    public static void KnownReference<T>(ReadOnlyMatrixSpan<T> input, T low, T high, ReadOnlyMatrixSpan<T> bounds, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(input, bounds, output);
        (double minimum, double slope, double offset) = Line(low, high, bounds);
        for (int i = 0; i < input.Rows; i++)
        {
            for (int j = 0; j < input.Columns; j++)
                output[i, j] = T.CreateChecked(offset + (slope * (double.CreateChecked(input[i, j]) - minimum)));
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> input, T low, T high, MatrixSpan<T> bounds, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T minimum = T.PositiveInfinity, maximum = T.NegativeInfinity;
        for (int i = 0; i < input.Rows && input.Columns > 0; i++)
        {
            minimum = T.Min(minimum, TensorPrimitives.Min(input.Row(i)));
            maximum = T.Max(maximum, TensorPrimitives.Max(input.Row(i)));
        }
        (bounds[0, 0], bounds[0, 1]) = (minimum, maximum);
        KnownHost(input, low, high, bounds, output);
    }

    /// <summary>Known bounds with SIMD.</summary>
    public static void KnownHost<T>(ReadOnlyMatrixSpan<T> input, T low, T high, ReadOnlyMatrixSpan<T> bounds, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(input, bounds, output);
        (double minimum, double slope, double offset) = Line(low, high, bounds);
        T origin = T.CreateChecked(minimum), gain = T.CreateChecked(slope), shift = T.CreateChecked(offset);
        for (int i = 0; i < input.Rows; i++)
        {
            Span<T> row = output.Row(i);
            TensorPrimitives.Subtract(input.Row(i), origin, row);
            TensorPrimitives.Multiply(row, gain, row);
            TensorPrimitives.Add(row, shift, row);
        }
    }

    /// <summary>The definition of the gradient.</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> input, T low, T high, ReadOnlyMatrixSpan<T> bounds, ReadOnlyMatrixSpan<T> gradientOutput, MatrixSpan<T> gradientInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(input, bounds, gradientInput);
        Shape.Require(nameof(ScaleToBounds), nameof(gradientOutput), gradientOutput.Rows, gradientOutput.Columns, input.Rows, input.Columns);
        (double minimum, double slope, _) = Line(low, high, bounds);
        double span = double.CreateChecked(bounds[0, 1]) - minimum, toMinimum = 0, toMaximum = 0;
        (int Row, int Column) first = (-1, -1), last = (-1, -1);
        for (int i = 0; i < input.Rows; i++)
        {
            for (int j = 0; j < input.Columns; j++)
            {
                double g = double.CreateChecked(gradientOutput[i, j]), q = slope == 0 ? 0 : (double.CreateChecked(input[i, j]) - minimum) / span;
                toMinimum -= slope * g * (1 - q);
                toMaximum -= slope * g * q;
                gradientInput[i, j] = T.CreateChecked(slope * g);
                if (first.Row < 0 && input[i, j] == bounds[0, 0])
                    first = (i, j);
                if (last.Row < 0 && input[i, j] == bounds[0, 1])
                    last = (i, j);
            }
        }
        if (first.Row >= 0)
            gradientInput[first.Row, first.Column] += T.CreateChecked(toMinimum);
        if (last.Row >= 0)
            gradientInput[last.Row, last.Column] += T.CreateChecked(toMaximum);
    }

    /// <summary>The gradient on the host: sums in double cost nothing beside the network.</summary>
    public static void GradientHost<T>(ReadOnlyMatrixSpan<T> input, T low, T high, ReadOnlyMatrixSpan<T> bounds, ReadOnlyMatrixSpan<T> gradientOutput, MatrixSpan<T> gradientInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        GradientReference(input, low, high, bounds, gradientOutput, gradientInput);

    internal static void DeviceKernelRowBounds(Index1D row, ArrayView<float> arena, Tensor input, ArrayView<float> scratch)
    {
        int at = input.Offset + (row * input.Stride);
        float minimum = arena[at], maximum = arena[at];
        for (int j = 1; j < input.Columns; j++)
        {
            float value = arena[at + j];
            minimum = value < minimum || XMath.IsNaN(value) ? value : minimum;
            maximum = value > maximum || XMath.IsNaN(value) ? value : maximum;
        }
        scratch[2 * row] = minimum;
        scratch[(2 * row) + 1] = maximum;
    }

    internal static void DeviceKernelJoinBounds(Index1D one, ArrayView<float> arena, ArrayView<float> scratch, int rows, Tensor bounds)
    {
        float minimum = scratch[0], maximum = scratch[1];
        for (int i = 1; i < rows; i++)
        {
            float low = scratch[2 * i], high = scratch[(2 * i) + 1];
            minimum = low < minimum || XMath.IsNaN(low) ? low : minimum;
            maximum = high > maximum || XMath.IsNaN(high) ? high : maximum;
        }
        arena[bounds.Offset] = minimum;
        arena[bounds.Offset + 1] = maximum;
    }

    internal static void DeviceKernelMap(Index1D index, ArrayView<float> arena, Tensor input, float low, float high, Tensor bounds, Tensor output)
    {
        int row = index / input.Columns;
        int column = index - (row * input.Columns);
        float minimum = arena[bounds.Offset], span = arena[bounds.Offset + 1] - minimum;
        float value = arena[input.Offset + (row * input.Stride) + column];
        float slope = span < 1e-12f ? 0 : (high - low) / span;
        float offset = span < 1e-12f ? 0.5f * (low + high) : low;
        arena[output.Offset + (row * output.Stride) + column] = offset + (slope * (value - minimum));
    }

    internal static void DeviceKernelGradient(Index1D index, ArrayView<float> arena, Tensor input, float low, float high, Tensor bounds, Tensor gradientOutput, Tensor gradientInput)
    {
        int row = index / input.Columns;
        int column = index - (row * input.Columns);
        float span = arena[bounds.Offset + 1] - arena[bounds.Offset];
        float slope = span < 1e-12f ? 0 : (high - low) / span;
        arena[gradientInput.Offset + (row * gradientInput.Stride) + column] = slope * arena[gradientOutput.Offset + (row * gradientOutput.Stride) + column];
    }

    internal static void DeviceKernelExtremes(Index1D one, ArrayView<float> arena, Tensor input, float low, float high, Tensor bounds, Tensor gradientOutput, Tensor gradientInput)
    {
        float minimum = arena[bounds.Offset], maximum = arena[bounds.Offset + 1], span = maximum - minimum;
        float slope = span < 1e-12f ? 0 : (high - low) / span;
        float toMinimum = 0, toMaximum = 0;
        int first = -1, last = -1;
        for (int i = 0; i < input.Rows; i++)
        {
            for (int j = 0; j < input.Columns; j++)
            {
                float value = arena[input.Offset + (i * input.Stride) + j];
                float g = arena[gradientOutput.Offset + (i * gradientOutput.Stride) + j];
                float q = slope == 0 ? 0 : (value - minimum) / span;
                toMinimum -= slope * g * (1 - q);
                toMaximum -= slope * g * q;
                int target = gradientInput.Offset + (i * gradientInput.Stride) + j;
                first = first < 0 && value == minimum ? target : first;
                last = last < 0 && value == maximum ? target : last;
            }
        }
        if (first >= 0)
            arena[first] += toMinimum;
        if (last >= 0)
            arena[last] += toMaximum;
    }

    internal static void Launch(DeviceQueue queue, Tensor input, float low, float high, Tensor bounds, Tensor output)
    {
        if (input.Count == 0)
            return;
        ArrayView<float> scratch = queue.Scratch(2 * input.Rows);
        RowKernel.On(queue)(queue.Stream, input.Rows, queue.Arena, input, scratch);
        JoinKernel.On(queue)(queue.Stream, 1, queue.Arena, scratch, input.Rows, bounds);
        LaunchKnown(queue, input, low, high, bounds, output);
    }

    internal static void LaunchKnown(DeviceQueue queue, Tensor input, float low, float high, Tensor bounds, Tensor output)
    {
        if (input.Count > 0)
            MapKernel.On(queue)(queue.Stream, input.Count, queue.Arena, input, low, high, bounds, output);
    }

    internal static void LaunchGradient(DeviceQueue queue, Tensor input, float low, float high, Tensor bounds, Tensor gradientOutput, Tensor gradientInput)
    {
        if (input.Count == 0)
            return;
        GradientKernel.On(queue)(queue.Stream, input.Count, queue.Arena, input, low, high, bounds, gradientOutput, gradientInput);
        ExtremesKernel.On(queue)(queue.Stream, 1, queue.Arena, input, low, high, bounds, gradientOutput, gradientInput);
    }

    private static (double Minimum, double Slope, double Offset) Line<T>(T low, T high, ReadOnlyMatrixSpan<T> bounds)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double minimum = double.CreateChecked(bounds[0, 0]), span = double.CreateChecked(bounds[0, 1]) - minimum;
        double bottom = double.CreateChecked(low), top = double.CreateChecked(high);
        return span < Flat ? (minimum, 0, 0.5 * (bottom + top)) : (minimum, (top - bottom) / span, bottom);
    }

    private static void Check<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> bounds, ReadOnlyMatrixSpan<T> output)
        where T : unmanaged
    {
        Shape.Require(nameof(ScaleToBounds), nameof(bounds), bounds.Rows, bounds.Columns, 1, 2);
        Shape.Require(nameof(ScaleToBounds), nameof(output), output.Rows, output.Columns, input.Rows, input.Columns);
    }
}
