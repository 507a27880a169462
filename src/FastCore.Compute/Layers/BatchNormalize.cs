using System.Numerics;
using System.Runtime.InteropServices;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Layers;

/// <summary>Batch normalisation (Ioffe and Szegedy 2015, Alg. 1 and 2) over the rows of a batch, per column, and its gradients.</summary>
/// <remarks>
/// Training: y = scale (x - mean) / sqrt(var + eps) + shift with the biased variance of the batch; running statistics move by the momentum with
/// the unbiased variance, as PyTorch's do; a batch of one row has none and leaves the running variance alone. Gradient:
/// dx = scale inv / n (n dy - sum dy - xhat sum(dy xhat)). Host: rows in order with the statistics of all columns in registers' reach; device:
/// one thread per column. Tolerance n eps of the column's largest value.
/// </remarks>
public static class BatchNormalize
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, BatchNormalizeTensors, float, float>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, BatchNormalizeTensors, float, float>(DeviceKernelTrain));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, BatchNormalizeTensors, float>> PredictKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, BatchNormalizeTensors, float>(DeviceKernelPredict));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, BatchNormalizeGradientTensors>> GradientKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, BatchNormalizeGradientTensors>(DeviceKernelGradient));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> scale, ReadOnlyMatrixSpan<T> shift, T epsilon, T momentum,
        MatrixSpan<T> batchMean, MatrixSpan<T> batchInverseDeviation, MatrixSpan<T> runningMean, MatrixSpan<T> runningVariance, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(input, scale, shift, output);
        int n = input.Rows;
        double move = double.CreateChecked(momentum);
        for (int j = 0; j < input.Columns && n > 0; j++)
        {
            double mean = 0, variance = 0;
            for (int i = 0; i < n; i++)
                mean += double.CreateChecked(input[i, j]) / n;
            for (int i = 0; i < n; i++)
                variance += Math.Pow(double.CreateChecked(input[i, j]) - mean, 2) / n;
            double inverse = 1 / Math.Sqrt(variance + double.CreateChecked(epsilon));
            for (int i = 0; i < n; i++)
                output[i, j] = T.CreateChecked((double.CreateChecked(scale[0, j]) * (double.CreateChecked(input[i, j]) - mean) * inverse) + double.CreateChecked(shift[0, j]));
            batchMean[0, j] = T.CreateChecked(mean);
            batchInverseDeviation[0, j] = T.CreateChecked(inverse);
            runningMean[0, j] = T.CreateChecked(((1 - move) * double.CreateChecked(runningMean[0, j])) + (move * mean));
            if (n > 1)
                runningVariance[0, j] = T.CreateChecked(((1 - move) * double.CreateChecked(runningVariance[0, j])) + (move * variance * n / (n - 1)));
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> scale, ReadOnlyMatrixSpan<T> shift, T epsilon, T momentum,
        MatrixSpan<T> batchMean, MatrixSpan<T> batchInverseDeviation, MatrixSpan<T> runningMean, MatrixSpan<T> runningVariance, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(input, scale, shift, output);
        int n = input.Rows, width = Vector<T>.Count;
        if (n == 0)
            return;
        T count = T.CreateChecked(n), unbiased = n > 1 ? count / T.CreateChecked(n - 1) : T.One;
        for (int j = 0; j < input.Columns; j += width)
        {
            if (input.Columns - j < width)
            {
                Reference(Tail(input, j), Tail(scale, j), Tail(shift, j), epsilon, momentum, Tail(batchMean, j), Tail(batchInverseDeviation, j),
                    Tail(runningMean, j), Tail(runningVariance, j), Tail(output, j));
                break;
            }
            Vector<T> mean = Vector<T>.Zero, variance = Vector<T>.Zero;
            for (int i = 0; i < n; i++)
                mean += new Vector<T>(input.Row(i)[j..]);
            mean /= new Vector<T>(count);
            for (int i = 0; i < n; i++)
            {
                Vector<T> centred = new Vector<T>(input.Row(i)[j..]) - mean;
                variance += centred * centred;
            }
            variance /= new Vector<T>(count);
            Vector<T> inverse = Vector<T>.One / Vector.SquareRoot(variance + new Vector<T>(epsilon));
            Vector<T> gain = new Vector<T>(scale.Row(0)[j..]) * inverse, offset = new(shift.Row(0)[j..]);
            for (int i = 0; i < n; i++)
                (((new Vector<T>(input.Row(i)[j..]) - mean) * gain) + offset).CopyTo(output.Row(i)[j..]);
            mean.CopyTo(batchMean.Row(0)[j..]);
            inverse.CopyTo(batchInverseDeviation.Row(0)[j..]);
            var move = new Vector<T>(momentum);
            Vector<T> keep = Vector<T>.One - move;
            ((keep * new Vector<T>(runningMean.Row(0)[j..])) + (move * mean)).CopyTo(runningMean.Row(0)[j..]);
            if (n > 1)
                ((keep * new Vector<T>(runningVariance.Row(0)[j..])) + (move * variance * new Vector<T>(unbiased))).CopyTo(runningVariance.Row(0)[j..]);
        }
    }

    /// <summary>Prediction with the running statistics; the definition.</summary>
    public static void PredictReference<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> scale, ReadOnlyMatrixSpan<T> shift, T epsilon,
        ReadOnlyMatrixSpan<T> runningMean, ReadOnlyMatrixSpan<T> runningVariance, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(input, scale, shift, output);
        for (int j = 0; j < input.Columns; j++)
        {
            double inverse = 1 / Math.Sqrt(double.CreateChecked(runningVariance[0, j]) + double.CreateChecked(epsilon));
            for (int i = 0; i < input.Rows; i++)
            {
                double centred = double.CreateChecked(input[i, j]) - double.CreateChecked(runningMean[0, j]);
                output[i, j] = T.CreateChecked((double.CreateChecked(scale[0, j]) * centred * inverse) + double.CreateChecked(shift[0, j]));
            }
        }
    }

    /// <summary>Prediction with SIMD.</summary>
    public static void PredictHost<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> scale, ReadOnlyMatrixSpan<T> shift, T epsilon,
        ReadOnlyMatrixSpan<T> runningMean, ReadOnlyMatrixSpan<T> runningVariance, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(input, scale, shift, output);
        int width = Vector<T>.Count;
        for (int j = 0; j < input.Columns; j += width)
        {
            if (input.Columns - j < width)
            {
                PredictReference(Tail(input, j), Tail(scale, j), Tail(shift, j), epsilon, Tail(runningMean, j), Tail(runningVariance, j), Tail(output, j));
                break;
            }
            var mean = new Vector<T>(runningMean.Row(0)[j..]);
            Vector<T> gain = new Vector<T>(scale.Row(0)[j..]) / Vector.SquareRoot(new Vector<T>(runningVariance.Row(0)[j..]) + new Vector<T>(epsilon));
            var offset = new Vector<T>(shift.Row(0)[j..]);
            for (int i = 0; i < input.Rows; i++)
                (((new Vector<T>(input.Row(i)[j..]) - mean) * gain) + offset).CopyTo(output.Row(i)[j..]);
        }
    }

    /// <summary>The definition of the gradients.</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> scale, ReadOnlyMatrixSpan<T> batchMean,
        ReadOnlyMatrixSpan<T> batchInverseDeviation, ReadOnlyMatrixSpan<T> gradientOutput, MatrixSpan<T> gradientInput, MatrixSpan<T> gradientScale, MatrixSpan<T> gradientShift)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(input, scale, gradientShift, gradientInput);
        int n = input.Rows;
        for (int j = 0; j < input.Columns; j++)
        {
            double mean = double.CreateChecked(batchMean[0, j]), inverse = double.CreateChecked(batchInverseDeviation[0, j]), sum = 0, product = 0;
            for (int i = 0; i < n; i++)
            {
                double dy = double.CreateChecked(gradientOutput[i, j]);
                sum += dy;
                product += dy * (double.CreateChecked(input[i, j]) - mean) * inverse;
            }
            for (int i = 0; i < n; i++)
            {
                double hat = (double.CreateChecked(input[i, j]) - mean) * inverse;
                double dx = double.CreateChecked(scale[0, j]) * inverse * (double.CreateChecked(gradientOutput[i, j]) - (sum / n) - (hat * product / n));
                gradientInput[i, j] = T.CreateChecked(dx);
            }
            gradientScale[0, j] = T.CreateChecked(product);
            gradientShift[0, j] = T.CreateChecked(sum);
        }
    }

    /// <summary>The gradients with SIMD.</summary>
    public static void GradientHost<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> scale, ReadOnlyMatrixSpan<T> batchMean,
        ReadOnlyMatrixSpan<T> batchInverseDeviation, ReadOnlyMatrixSpan<T> gradientOutput, MatrixSpan<T> gradientInput, MatrixSpan<T> gradientScale, MatrixSpan<T> gradientShift)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(input, scale, gradientShift, gradientInput);
        int n = input.Rows, width = Vector<T>.Count;
        var share = new Vector<T>(n == 0 ? T.Zero : T.One / T.CreateChecked(n));
        for (int j = 0; j < input.Columns; j += width)
        {
            if (input.Columns - j < width)
            {
                GradientReference(Tail(input, j), Tail(scale, j), Tail(batchMean, j), Tail(batchInverseDeviation, j), Tail(gradientOutput, j),
                    Tail(gradientInput, j), Tail(gradientScale, j), Tail(gradientShift, j));
                break;
            }
            Vector<T> mean = new(batchMean.Row(0)[j..]), inverse = new(batchInverseDeviation.Row(0)[j..]), sum = Vector<T>.Zero, product = Vector<T>.Zero;
            for (int i = 0; i < n; i++)
            {
                var dy = new Vector<T>(gradientOutput.Row(i)[j..]);
                sum += dy;
                product += dy * (new Vector<T>(input.Row(i)[j..]) - mean) * inverse;
            }
            Vector<T> gain = new Vector<T>(scale.Row(0)[j..]) * inverse;
            for (int i = 0; i < n; i++)
            {
                Vector<T> hat = (new Vector<T>(input.Row(i)[j..]) - mean) * inverse;
                (gain * (new Vector<T>(gradientOutput.Row(i)[j..]) - (sum * share) - (hat * product * share))).CopyTo(gradientInput.Row(i)[j..]);
            }
            product.CopyTo(gradientScale.Row(0)[j..]);
            sum.CopyTo(gradientShift.Row(0)[j..]);
        }
    }

    internal static void DeviceKernelTrain(Index1D column, ArrayView<float> arena, BatchNormalizeTensors at, float epsilon, float momentum)
    {
        int n = at.Input.Rows, from = at.Input.Offset + column, to = at.Output.Offset + column;
        float mean = 0, variance = 0;
        for (int i = 0; i < n; i++)
            mean += arena[from + (i * at.Input.Stride)];
        mean /= n;
        for (int i = 0; i < n; i++)
        {
            float centred = arena[from + (i * at.Input.Stride)] - mean;
            variance += centred * centred;
        }
        variance /= n;
        float inverse = 1 / XMath.Sqrt(variance + epsilon);
        float scale = arena[at.Scale.Offset + column], shift = arena[at.Shift.Offset + column];
        for (int i = 0; i < n; i++)
            arena[to + (i * at.Output.Stride)] = (scale * (arena[from + (i * at.Input.Stride)] - mean) * inverse) + shift;
        arena[at.BatchMean.Offset + column] = mean;
        arena[at.BatchInverseDeviation.Offset + column] = inverse;
        arena[at.RunningMean.Offset + column] = ((1 - momentum) * arena[at.RunningMean.Offset + column]) + (momentum * mean);
        if (n > 1)
            arena[at.RunningVariance.Offset + column] = ((1 - momentum) * arena[at.RunningVariance.Offset + column]) + (momentum * variance * n / (n - 1));
    }

    internal static void DeviceKernelPredict(Index1D column, ArrayView<float> arena, BatchNormalizeTensors at, float epsilon)
    {
        float mean = arena[at.RunningMean.Offset + column];
        float gain = arena[at.Scale.Offset + column] / XMath.Sqrt(arena[at.RunningVariance.Offset + column] + epsilon);
        float shift = arena[at.Shift.Offset + column];
        for (int i = 0; i < at.Input.Rows; i++)
        {
            float centred = arena[at.Input.Offset + (i * at.Input.Stride) + column] - mean;
            arena[at.Output.Offset + (i * at.Output.Stride) + column] = (centred * gain) + shift;
        }
    }

    internal static void DeviceKernelGradient(Index1D column, ArrayView<float> arena, BatchNormalizeGradientTensors at)
    {
        int n = at.Input.Rows;
        float mean = arena[at.BatchMean.Offset + column], inverse = arena[at.BatchInverseDeviation.Offset + column], sum = 0, product = 0;
        for (int i = 0; i < n; i++)
        {
            float dy = arena[at.GradientOutput.Offset + (i * at.GradientOutput.Stride) + column];
            sum += dy;
            product += dy * (arena[at.Input.Offset + (i * at.Input.Stride) + column] - mean) * inverse;
        }
        float gain = arena[at.Scale.Offset + column] * inverse;
        for (int i = 0; i < n; i++)
        {
            float hat = (arena[at.Input.Offset + (i * at.Input.Stride) + column] - mean) * inverse;
            float dy = arena[at.GradientOutput.Offset + (i * at.GradientOutput.Stride) + column];
            arena[at.GradientInput.Offset + (i * at.GradientInput.Stride) + column] = gain * (dy - (sum / n) - (hat * product / n));
        }
        arena[at.GradientScale.Offset + column] = product;
        arena[at.GradientShift.Offset + column] = sum;
    }

    internal static void Launch(DeviceQueue queue, BatchNormalizeTensors tensors, float epsilon, float momentum)
    {
        if (tensors.Input.Count > 0)
            Kernel.On(queue)(queue.Stream, tensors.Input.Columns, queue.Arena, tensors, epsilon, momentum);
    }

    internal static void LaunchPredict(DeviceQueue queue, BatchNormalizeTensors tensors, float epsilon)
    {
        if (tensors.Input.Count > 0)
            PredictKernel.On(queue)(queue.Stream, tensors.Input.Columns, queue.Arena, tensors, epsilon);
    }

    internal static void LaunchGradient(DeviceQueue queue, BatchNormalizeGradientTensors tensors)
    {
        if (tensors.Input.Count > 0)
            GradientKernel.On(queue)(queue.Stream, tensors.Input.Columns, queue.Arena, tensors);
    }

    private static ReadOnlyMatrixSpan<T> Tail<T>(ReadOnlyMatrixSpan<T> matrix, int from)
        where T : unmanaged => new(matrix.Values[from..], matrix.Rows, matrix.Columns - from, matrix.Stride);

    private static MatrixSpan<T> Tail<T>(MatrixSpan<T> matrix, int from)
        where T : unmanaged => new(matrix.Values[from..], matrix.Rows, matrix.Columns - from, matrix.Stride);

    private static void Check<T>(ReadOnlyMatrixSpan<T> input, ReadOnlyMatrixSpan<T> scale, ReadOnlyMatrixSpan<T> shift, ReadOnlyMatrixSpan<T> output)
        where T : unmanaged
    {
        Shape.Require(nameof(BatchNormalize), nameof(scale), scale.Rows, scale.Columns, 1, input.Columns);
        Shape.Require(nameof(BatchNormalize), nameof(shift), shift.Rows, shift.Columns, 1, input.Columns);
        Shape.Require(nameof(BatchNormalize), nameof(output), output.Rows, output.Columns, input.Rows, input.Columns);
    }
}

/// <summary>The tensors of a batch normalisation: one argument instead of eight.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BatchNormalizeTensors(
    Tensor Input, Tensor Scale, Tensor Shift, Tensor BatchMean, Tensor BatchInverseDeviation, Tensor RunningMean, Tensor RunningVariance, Tensor Output);

/// <summary>The tensors of its gradient.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BatchNormalizeGradientTensors(
    Tensor Input, Tensor Scale, Tensor BatchMean, Tensor BatchInverseDeviation, Tensor GradientOutput, Tensor GradientInput, Tensor GradientScale, Tensor GradientShift);
