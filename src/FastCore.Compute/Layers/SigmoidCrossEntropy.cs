using System.Numerics;
using System.Runtime.InteropServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Layers;

/// <summary>
/// result_i := sum over columns of -t ln s - (1 - t) ln(1 - s) with s = sigmoid(x), in the log-sum form max(x, 0) - x t + ln(1 + e^-|x|) that
/// neither overflows nor takes the logarithm of 0 (SPEC 3); the gradient is weight (s - t).
/// </summary>
/// <remarks>
/// logits x and target t are b x n, any stride; targets lie in [0, 1]; result is b x 1; the gradient is b x n and may be the logits (in place).
/// weight is 1 / B for the mean over a batch of B. NaN stays NaN in its row. Host: SIMD along rows. Device: one group of 64 threads per row for
/// the sum, one thread per element for the gradient. Tolerance 4 eps times the sum of the largest term; the gradient 4 eps weight.
/// </remarks>
public static class SigmoidCrossEntropy
{
    private static readonly LoadedKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadKernel<ArrayView<float>, Tensor, Tensor, Tensor>(DeviceKernel));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, float, Tensor>> GradientKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, float, Tensor>(DeviceKernelGradient));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> logits, ReadOnlyMatrixSpan<T> target, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(logits.Rows, logits.Columns, target.Rows, target.Columns, result.Rows, result.Columns);
        for (int i = 0; i < logits.Rows; i++)
        {
            double sum = 0;
            for (int j = 0; j < logits.Columns; j++)
            {
                double x = double.CreateChecked(logits[i, j]);
                sum += Math.Max(x, 0) - (x * double.CreateChecked(target[i, j])) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
            }
            result[i, 0] = T.CreateChecked(sum);
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> logits, ReadOnlyMatrixSpan<T> target, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(logits.Rows, logits.Columns, target.Rows, target.Columns, result.Rows, result.Columns);
        int width = Vector<T>.Count;
        for (int i = 0; i < logits.Rows; i++)
        {
            ref T x = ref MemoryMarshal.GetReference(logits.Row(i));
            ref T t = ref MemoryMarshal.GetReference(target.Row(i));
            Vector<T> sums = Vector<T>.Zero;
            int j = 0;
            for (; j <= logits.Columns - width; j += width)
            {
                Vector<T> value = Vector.LoadUnsafe(ref x, (nuint)j);
                Vector<T> log = VectorMath.Log(Vector<T>.One + VectorMath.Exp(-Vector.Abs(value)));
                sums += Vector.Max(value, Vector<T>.Zero) - (value * Vector.LoadUnsafe(ref t, (nuint)j)) + log;
            }
            T sum = Vector.Sum(sums);
            for (; j < logits.Columns; j++)
            {
                T value = logits[i, j];
                sum += T.Max(value, T.Zero) - (value * target[i, j]) + T.Log(T.One + T.Exp(-T.Abs(value)));
            }
            result[i, 0] = sum;
        }
    }

    /// <summary>The definition of the gradient.</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> logits, ReadOnlyMatrixSpan<T> target, T weight, MatrixSpan<T> gradientLogits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckGradient(logits.Rows, logits.Columns, target.Rows, target.Columns, gradientLogits.Rows, gradientLogits.Columns);
        for (int i = 0; i < logits.Rows; i++)
        {
            for (int j = 0; j < logits.Columns; j++)
            {
                double sigmoid = 1 / (1 + Math.Exp(-double.CreateChecked(logits[i, j])));
                gradientLogits[i, j] = T.CreateChecked(double.CreateChecked(weight) * (sigmoid - double.CreateChecked(target[i, j])));
            }
        }
    }

    /// <summary>The gradient with SIMD.</summary>
    public static void GradientHost<T>(ReadOnlyMatrixSpan<T> logits, ReadOnlyMatrixSpan<T> target, T weight, MatrixSpan<T> gradientLogits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckGradient(logits.Rows, logits.Columns, target.Rows, target.Columns, gradientLogits.Rows, gradientLogits.Columns);
        int width = Vector<T>.Count;
        for (int i = 0; i < logits.Rows; i++)
        {
            ref T x = ref MemoryMarshal.GetReference(logits.Row(i));
            ref T t = ref MemoryMarshal.GetReference(target.Row(i));
            Span<T> row = gradientLogits.Row(i);
            ref T g = ref MemoryMarshal.GetReference(row);
            int j = 0;
            for (; j <= row.Length - width; j += width)
            {
                Vector<T> sigmoid = VectorMath.Sigmoid(Vector.LoadUnsafe(ref x, (nuint)j));
                ((sigmoid - Vector.LoadUnsafe(ref t, (nuint)j)) * new Vector<T>(weight)).StoreUnsafe(ref g, (nuint)j);
            }
            for (; j < row.Length; j++)
                row[j] = weight * (VectorMath.Sigmoid(logits[i, j]) - target[i, j]);
        }
    }

    internal static void DeviceKernel(ArrayView<float> arena, Tensor logits, Tensor target, Tensor result)
    {
        int row = Grid.IdxX;
        float sum = 0;
        for (int j = Group.IdxX; j < logits.Columns; j += DeviceMath.GroupSize)
        {
            float x = arena[logits.Offset + (row * logits.Stride) + j];
            float positive = x > 0 ? x : 0;
            float log = XMath.Log(1 + XMath.Exp(x > 0 ? -x : x));
            sum += positive - (x * arena[target.Offset + (row * target.Stride) + j]) + log;
        }
        sum = DeviceMath.GroupSum(sum);
        if (Group.IdxX == 0)
            arena[result.Offset + (row * result.Stride)] = sum;
    }

    internal static void DeviceKernelGradient(Index1D index, ArrayView<float> arena, Tensor logits, Tensor target, float weight,
        Tensor gradientLogits)
    {
        int row = index / logits.Columns;
        int column = index - (row * logits.Columns);
        float sigmoid = DeviceMath.Sigmoid(arena[logits.Offset + (row * logits.Stride) + column]);
        arena[gradientLogits.Offset + (row * gradientLogits.Stride) + column] =
            weight * (sigmoid - arena[target.Offset + (row * target.Stride) + column]);
    }

    internal static void Launch(DeviceQueue queue, Tensor logits, Tensor target, Tensor result)
    {
        Check(logits.Rows, logits.Columns, target.Rows, target.Columns, result.Rows, result.Columns);
        if (logits.Rows > 0)
            Kernel.On(queue)(queue.Stream, new KernelConfig(logits.Rows, DeviceMath.GroupSize), queue.Arena, logits, target, result);
    }

    internal static void LaunchGradient(DeviceQueue queue, Tensor logits, Tensor target, float weight, Tensor gradientLogits)
    {
        CheckGradient(logits.Rows, logits.Columns, target.Rows, target.Columns, gradientLogits.Rows, gradientLogits.Columns);
        if (logits.Count > 0)
            GradientKernel.On(queue)(queue.Stream, logits.Count, queue.Arena, logits, target, weight, gradientLogits);
    }

    private static void Check(int b, int n, int targetRows, int targetColumns, int resultRows, int resultColumns)
    {
        Shape.Require(nameof(SigmoidCrossEntropy), "target", targetRows, targetColumns, b, n);
        Shape.Require(nameof(SigmoidCrossEntropy), "result", resultRows, resultColumns, b, 1);
    }

    private static void CheckGradient(int b, int n, int targetRows, int targetColumns, int gradientRows, int gradientColumns)
    {
        Shape.Require(nameof(SigmoidCrossEntropy), "target", targetRows, targetColumns, b, n);
        Shape.Require(nameof(SigmoidCrossEntropy), "gradientLogits", gradientRows, gradientColumns, b, n);
    }
}
