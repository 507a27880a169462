using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Layers;

/// <summary>
/// result_i := sum over latent dimensions of |first_ij - second_ij|: how far the two codes of a pair lie apart (SPEC 3). Gradient: the sign of
/// the difference, 0 where it is 0.
/// </summary>
/// <remarks>
/// first and second are b x d, result is b x 1, any stride. <c>Sum</c> with 1 / (b d) makes the mean. Gradients, times weight, are added into;
/// NaN stays NaN. Latent rows are shorter than a vector, so the host's form is scalar. Device: one thread per row, and one per element for the
/// gradient. Tolerance 2 d eps times the largest difference.
/// </remarks>
public static class L1Alignment
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor>(DeviceKernel));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, float, Tensor, Tensor>>
        GradientKernel = new(static device =>
            device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, float, Tensor, Tensor>(DeviceKernelGradient));

    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(first, second, result);
        for (int i = 0; i < first.Rows; i++)
        {
            double sum = 0;
            for (int j = 0; j < first.Columns; j++)
                sum += Math.Abs(double.CreateChecked(first[i, j]) - double.CreateChecked(second[i, j]));
            result[i, 0] = T.CreateChecked(sum);
        }
    }

    /// <summary>The same in precision T.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(first, second, result);
        for (int i = 0; i < first.Rows; i++)
        {
            T sum = T.Zero;
            for (int j = 0; j < first.Columns; j++)
                sum += T.Abs(first[i, j] - second[i, j]);
            result[i, 0] = sum;
        }
    }

    /// <summary>The definition of the gradients, times weight, added into what stands there.</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, T weight,
        MatrixSpan<T> gradientFirst, MatrixSpan<T> gradientSecond)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckGradient(first, second, gradientFirst, gradientSecond);
        for (int i = 0; i < first.Rows; i++)
        {
            for (int j = 0; j < first.Columns; j++)
            {
                T difference = first[i, j] - second[i, j];
                T slope = T.IsNaN(difference) ? difference : weight * T.CreateChecked(T.Sign(difference));
                gradientFirst[i, j] += slope;
                gradientSecond[i, j] -= slope;
            }
        }
    }

    /// <summary>The gradients in precision T.</summary>
    public static void GradientHost<T>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, T weight,
        MatrixSpan<T> gradientFirst, MatrixSpan<T> gradientSecond)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckGradient(first, second, gradientFirst, gradientSecond);
        for (int i = 0; i < first.Rows; i++)
        {
            for (int j = 0; j < first.Columns; j++)
            {
                T difference = first[i, j] - second[i, j];
                T slope = difference > T.Zero ? weight : difference < T.Zero ? -weight : difference;
                gradientFirst[i, j] += slope;
                gradientSecond[i, j] -= slope;
            }
        }
    }

    internal static void DeviceKernel(Index1D row, ArrayView<float> arena, Tensor first, Tensor second, Tensor result)
    {
        float sum = 0;
        for (int j = 0; j < first.Columns; j++)
        {
            float difference = arena[first.Offset + (row * first.Stride) + j] - arena[second.Offset + (row * second.Stride) + j];
            sum += difference < 0 ? -difference : difference;
        }
        arena[result.Offset + (row * result.Stride)] = sum;
    }

    internal static void DeviceKernelGradient(Index1D index, ArrayView<float> arena, Tensor first, Tensor second, float weight,
        Tensor gradientFirst, Tensor gradientSecond)
    {
        int row = index / first.Columns;
        int column = index - (row * first.Columns);
        float difference = arena[first.Offset + (row * first.Stride) + column] - arena[second.Offset + (row * second.Stride) + column];
        float slope = difference > 0 ? weight : difference < 0 ? -weight : difference;
        arena[gradientFirst.Offset + (row * gradientFirst.Stride) + column] += slope;
        arena[gradientSecond.Offset + (row * gradientSecond.Stride) + column] -= slope;
    }

    internal static void Launch(DeviceQueue queue, Tensor first, Tensor second, Tensor result)
    {
        Shape.RequireEqual(nameof(L1Alignment), nameof(second), second, first);
        Shape.Require(nameof(L1Alignment), nameof(result), result.Rows, result.Columns, first.Rows, 1);
        if (first.Rows > 0)
            Kernel.On(queue)(queue.Stream, first.Rows, queue.Arena, first, second, result);
    }

    internal static void LaunchGradient(DeviceQueue queue, Tensor first, Tensor second, float weight, Tensor gradientFirst, Tensor gradientSecond)
    {
        Shape.RequireEqual(nameof(L1Alignment), nameof(second), second, first);
        Shape.RequireEqual(nameof(L1Alignment), nameof(gradientFirst), gradientFirst, first);
        Shape.RequireEqual(nameof(L1Alignment), nameof(gradientSecond), gradientSecond, first);
        if (first.Count > 0)
            GradientKernel.On(queue)(queue.Stream, first.Count, queue.Arena, first, second, weight, gradientFirst, gradientSecond);
    }

    private static void Check<T>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, ReadOnlyMatrixSpan<T> result)
        where T : unmanaged
    {
        Shape.RequireEqual(nameof(L1Alignment), nameof(second), second, first);
        Shape.Require(nameof(L1Alignment), nameof(result), result.Rows, result.Columns, first.Rows, 1);
    }

    private static void CheckGradient<T>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second,
        ReadOnlyMatrixSpan<T> gradientFirst, ReadOnlyMatrixSpan<T> gradientSecond)
        where T : unmanaged
    {
        Shape.RequireEqual(nameof(L1Alignment), nameof(second), second, first);
        Shape.RequireEqual(nameof(L1Alignment), nameof(gradientFirst), gradientFirst, first);
        Shape.RequireEqual(nameof(L1Alignment), nameof(gradientSecond), gradientSecond, first);
    }
}
