using System.Numerics;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Layers;

/// <summary>output := activation(input weight + bias), and its gradients (Goodfellow, Bengio and Courville 2016, Alg. 6.3 and 6.4).</summary>
/// <remarks>
/// input is b x i, weight i x o, bias 1 x o, output b x o, any stride. Host: the packed matrix product, whose blocks take bias and activation
/// while they are in cache, as they take the slope on the way back; slope and bias gradient share one pass, and a layer with one output needs one pass for each direction
/// (<see cref="DenseRows{T}"/>). Device: the tiled product, then one thread per element. Tolerance that of
/// the product, plus 2e-7 of tanh in float.
/// The derivative is taken from the output: tanh' = 1 - y^2, sigmoid' = y (1 - y); the (leaky) rectifiers keep their sign, so y tells the side.
/// With accumulate the gradients of weight and bias are added into: a batch may come in chunks. Where input is the output of an earlier layer with
/// inputActivation, gradientInput := (gradientOutput weight^T) inputActivation'(input), element by element in the end of the product: it is then the
/// gradient of that layer's pre-activation, whose own gradients are taken with the identity.
/// </remarks>
public static unsafe class Dense
{
    private const double Leak = 0.01;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, int, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, int, Tensor>(DeviceKernelActivate));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, int, Tensor>> GradientKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, int, Tensor>(DeviceKernelSlope));

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> bias, Activation activation, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(input.Rows, input.Columns, weight.Rows, weight.Columns, bias.Rows, bias.Columns, output.Rows, output.Columns);
        for (int b = 0; b < output.Rows; b++)
        {
            for (int o = 0; o < output.Columns; o++)
            {
                double sum = double.CreateChecked(bias[0, o]);
                for (int i = 0; i < input.Columns; i++)
                    sum += double.CreateChecked(input[b, i]) * double.CreateChecked(weight[i, o]);
                output[b, o] = T.CreateChecked(Activate(activation, sum));
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> bias, Activation activation, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(input.Rows, input.Columns, weight.Rows, weight.Columns, bias.Rows, bias.Columns, output.Rows, output.Columns);
        fixed (T* x = input.Values, w = weight.Values, shift = bias.Values, y = output.Values)
        {
            if (IsColumn(input.Columns, weight))
            {
                DenseRows<T>.Column(input, w, shift, activation, output);
                return;
            }
            MatrixMultiply.Multiply(new PackedMultiply<T>.Strided(x, input.Stride, 1), new PackedMultiply<T>.Strided(w, weight.Stride, 1),
                y, output.Stride, output.Rows, output.Columns, input.Columns, new MatrixMultiply.End<T>(shift, null, 0, activation));
        }
    }

    /// <summary>The definition of the gradients; gradientInput is empty (0 x 0) where it is not wanted.</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> output, Activation activation,
        MatrixSpan<T> gradientOutput, MatrixSpan<T> gradientInput, MatrixSpan<T> gradientWeight, MatrixSpan<T> gradientBias,
        bool accumulate = false, Activation inputActivation = Activation.Identity)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool wanted = CheckGradient(input, weight, output, gradientOutput, gradientInput, gradientWeight, gradientBias);
        for (int b = 0; b < output.Rows; b++)
        {
            for (int o = 0; o < output.Columns; o++)
            {
                double slope = Slope(activation, double.CreateChecked(output[b, o]));
                gradientOutput[b, o] = T.CreateChecked(double.CreateChecked(gradientOutput[b, o]) * slope);
            }
        }
        MatrixMultiply.Reference(input, gradientOutput, true, false, T.One, accumulate ? T.One : T.Zero, gradientWeight);
        for (int o = 0; o < output.Columns; o++)
        {
            double sum = accumulate ? double.CreateChecked(gradientBias[0, o]) : 0;
            for (int b = 0; b < output.Rows; b++)
                sum += double.CreateChecked(gradientOutput[b, o]);
            gradientBias[0, o] = T.CreateChecked(sum);
        }
        if (!wanted)
            return;
        for (int b = 0; b < gradientInput.Rows; b++)
        {
            for (int i = 0; i < gradientInput.Columns; i++)
            {
                double sum = 0;
                for (int o = 0; o < output.Columns; o++)
                    sum += double.CreateChecked(gradientOutput[b, o]) * double.CreateChecked(weight[i, o]);
                gradientInput[b, i] = T.CreateChecked(sum * Slope(inputActivation, double.CreateChecked(input[b, i])));
            }
        }
    }

    /// <summary>The gradients with SIMD.</summary>
    public static void GradientHost<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> output, Activation activation,
        MatrixSpan<T> gradientOutput, MatrixSpan<T> gradientInput, MatrixSpan<T> gradientWeight, MatrixSpan<T> gradientBias,
        bool accumulate = false, Activation inputActivation = Activation.Identity)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool wanted = CheckGradient(input, weight, output, gradientOutput, gradientInput, gradientWeight, gradientBias);
        if (!accumulate)
            gradientBias.Row(0).Clear();
        fixed (T* sum = gradientBias.Values, w = weight.Values, toWeight = gradientWeight.Values)
        {
            if (IsColumn(input.Columns, weight) && (gradientWeight.Stride == 1 || gradientWeight.Rows == 1))
            {
                if (!accumulate)
                    new Span<T>(toWeight, input.Columns).Clear();
                DenseRows<T>.ColumnGradient(input, w, output, activation, gradientOutput, gradientInput, toWeight, sum, inputActivation);
                return;
            }
            DenseRows<T>.Slope(activation, output, gradientOutput, sum);
        }
        MatrixMultiply.Host(input, gradientOutput, true, false, T.One, accumulate ? T.One : T.Zero, gradientWeight);
        if (!wanted)
            return;
        fixed (T* x = input.Values, g = gradientOutput.Values, w = weight.Values, to = gradientInput.Values)
        {
            T* outputs = inputActivation == Activation.Identity ? null : x;
            MatrixMultiply.Multiply(new PackedMultiply<T>.Strided(g, gradientOutput.Stride, 1), new PackedMultiply<T>.Strided(w, 1, weight.Stride),
                to, gradientInput.Stride, gradientInput.Rows, gradientInput.Columns, output.Columns,
                new MatrixMultiply.End<T>(null, outputs, input.Stride, inputActivation));
        }
    }

    internal static void DeviceKernelActivate(Index1D index, ArrayView<float> arena, Tensor bias, int activation, Tensor output)
    {
        int row = index / output.Columns;
        int column = index - (row * output.Columns);
        int at = output.Offset + (row * output.Stride) + column;
        float x = arena[at] + arena[bias.Offset + column];
        arena[at] = DeviceActivate(x, activation);
    }

    internal static void DeviceKernelSlope(Index1D index, ArrayView<float> arena, Tensor output, int activation, Tensor gradientOutput)
    {
        int row = index / output.Columns;
        int column = index - (row * output.Columns);
        float y = arena[output.Offset + (row * output.Stride) + column];
        int at = gradientOutput.Offset + (row * gradientOutput.Stride) + column;
        arena[at] = arena[at] * DeviceSlope(y, activation);
    }

    /// <summary>The activation of one element, in double. NaN stays NaN.</summary>
    internal static double Activate(Activation activation, double x) => activation switch
    {
        Activation.Tanh => Math.Tanh(x),
        Activation.Relu => x > 0 ? x : 0 * x,
        Activation.LeakyRelu => x > 0 ? x : Leak * x,
        Activation.Sigmoid => 1 / (1 + Math.Exp(-x)),
        _ => x,
    };

    /// <summary>Its derivative, from the output.</summary>
    internal static double Slope(Activation activation, double y) => activation switch
    {
        Activation.Tanh => 1 - (y * y),
        Activation.Relu => y > 0 ? 1 : 0,
        Activation.LeakyRelu => y > 0 ? 1 : Leak,
        Activation.Sigmoid => y * (1 - y),
        _ => 1,
    };

    /// <summary>The activation of one element on a device.</summary>
    internal static float DeviceActivate(float x, int activation)
    {
        float leak = activation == (int)Activation.LeakyRelu ? 0.01f : 0f;
        float rectified = x > 0 ? x : leak * x;
        if (activation == (int)Activation.Tanh)
            rectified = DeviceMath.Tanh(x);
        if (activation == (int)Activation.Sigmoid)
            rectified = DeviceMath.Sigmoid(x);
        return activation == (int)Activation.Identity ? x : rectified;
    }

    /// <summary>Its derivative on a device, from the output.</summary>
    internal static float DeviceSlope(float y, int activation)
    {
        float leak = activation == (int)Activation.LeakyRelu ? 0.01f : 0f;
        float rectified = y > 0 ? 1f : leak;
        float curved = activation == (int)Activation.Tanh ? 1 - (y * y) : y * (1 - y);
        float bent = activation is ((int)Activation.Tanh) or ((int)Activation.Sigmoid) ? curved : rectified;
        return activation == (int)Activation.Identity ? 1f : bent;
    }

    internal static void Launch(DeviceQueue queue, Tensor input, Tensor weight, Tensor bias, Activation activation, Tensor output)
    {
        Check(input.Rows, input.Columns, weight.Rows, weight.Columns, bias.Rows, bias.Columns, output.Rows, output.Columns);
        MatrixMultiply.Launch(queue, input, weight, false, false, 1, 0, output);
        if (output.Count > 0)
            Kernel.On(queue)(queue.Stream, output.Count, queue.Arena, bias, (int)activation, output);
    }

    internal static void LaunchGradient(DeviceQueue queue, Tensor input, Tensor weight, Tensor output, Activation activation,
        Tensor gradientOutput, Tensor? gradientInput, Tensor gradientWeight, Tensor gradientBias,
        bool accumulate = false, Activation inputActivation = Activation.Identity)
    {
        if (output.Count > 0 && activation != Activation.Identity)
            GradientKernel.On(queue)(queue.Stream, output.Count, queue.Arena, output, (int)activation, gradientOutput);
        MatrixMultiply.Launch(queue, input, gradientOutput, true, false, 1, accumulate ? 1 : 0, gradientWeight);
        ColumnSum.Launch(queue, gradientOutput, gradientBias, accumulate);
        if (gradientInput is { } wanted && inputActivation != Activation.Identity)
            MatrixMultiply.Launch(queue, gradientOutput, weight, false, true, input, inputActivation, wanted);
        else if (gradientInput is { } plain)
            MatrixMultiply.Launch(queue, gradientOutput, weight, false, true, 1, 0, plain);
    }

    // One output whose weights stand without gaps.
    private static bool IsColumn<T>(int inputs, ReadOnlyMatrixSpan<T> weight)
        where T : unmanaged => weight.Columns == 1 && inputs > 0 && (weight.Stride == 1 || inputs == 1);

    private static void Check(int b, int i, int weightRows, int o, int biasRows, int biasColumns, int outputRows, int outputColumns)
    {
        Shape.Require(nameof(Dense), "weight", weightRows, o, i, o);
        Shape.Require(nameof(Dense), "bias", biasRows, biasColumns, 1, o);
        Shape.Require(nameof(Dense), "output", outputRows, outputColumns, b, o);
    }

    private static bool CheckGradient<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> output,
        ReadOnlyMatrixSpan<T> gradientOutput, ReadOnlyMatrixSpan<T> gradientInput, ReadOnlyMatrixSpan<T> gradientWeight, ReadOnlyMatrixSpan<T> gradientBias)
        where T : unmanaged
    {
        Check(input.Rows, input.Columns, weight.Rows, weight.Columns, gradientBias.Rows, gradientBias.Columns, output.Rows, output.Columns);
        Shape.Require(nameof(Dense), nameof(gradientOutput), gradientOutput.Rows, gradientOutput.Columns, output.Rows, output.Columns);
        Shape.Require(nameof(Dense), nameof(gradientWeight), gradientWeight.Rows, gradientWeight.Columns, weight.Rows, weight.Columns);
        if (gradientInput.Rows == 0 && gradientInput.Columns == 0)
            return false;
        Shape.Require(nameof(Dense), nameof(gradientInput), gradientInput.Rows, gradientInput.Columns, input.Rows, input.Columns);
        return true;
    }
}
