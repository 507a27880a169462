using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Layers;

/// <summary>
/// result_i := 1 - a.b / n with n = max(|a| |b|, 1e-8) for the rows a of first and b of second: the optional alignment of the two codes
/// (SPEC 3). Gradient for a: -b / n + (a.b / n) a / |a|^2; where the bound holds, n is constant and the second part falls away.
/// </summary>
/// <remarks>
/// first and second are b x d, result is b x 1, any stride. <c>Sum</c> with 1 / b makes the mean. Gradients, times weight, are added into. Latent
/// rows are shorter than a vector, so the host's form is scalar. Device: one thread per row. Tolerance 8 d eps; the gradients that over |a|.
/// </remarks>
public static class CosineAlignment
{
    private const double Least = 1e-8;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor>(DeviceKernel));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, float, Tensor, Tensor>>
        GradientKernel = new(static device =>
            device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, float, Tensor, Tensor>(DeviceKernelGradient));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(first, second, result);
        for (int i = 0; i < first.Rows; i++)
        {
            (double dot, double squareA, double squareB) = Products<T, double>(first.Row(i), second.Row(i));
            double norm = Math.Sqrt(squareA) * Math.Sqrt(squareB);
            result[i, 0] = T.CreateChecked(1 - (dot / (norm < Least ? Least : norm)));
        }
    }

    /// <summary>The same in precision T.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(first, second, result);
        T least = T.CreateChecked(Least);
        for (int i = 0; i < first.Rows; i++)
        {
            (T dot, T squareA, T squareB) = Products<T, T>(first.Row(i), second.Row(i));
            T norm = T.Sqrt(squareA) * T.Sqrt(squareB);
            result[i, 0] = T.One - (dot / (norm < least ? least : norm));
        }
    }

    /// <summary>The definition of the gradients, times weight, added into what stands there.</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, T weight,
        MatrixSpan<T> gradientFirst, MatrixSpan<T> gradientSecond)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Gradient<T, double>(first, second, weight, gradientFirst, gradientSecond);

    /// <summary>The gradients in precision T.</summary>
    public static void GradientHost<T>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, T weight,
        MatrixSpan<T> gradientFirst, MatrixSpan<T> gradientSecond)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Gradient<T, T>(first, second, weight, gradientFirst, gradientSecond);

    internal static void DeviceKernel(Index1D row, ArrayView<float> arena, Tensor first, Tensor second, Tensor result)
    {
        float dot = 0, squareA = 0, squareB = 0;
        for (int j = 0; j < first.Columns; j++)
        {
            float a = arena[first.Offset + (row * first.Stride) + j], b = arena[second.Offset + (row * second.Stride) + j];
            dot += a * b;
            squareA += a * a;
            squareB += b * b;
        }
        float norm = XMath.Sqrt(squareA) * XMath.Sqrt(squareB);
        arena[result.Offset + (row * result.Stride)] = 1 - (dot / (norm < 1e-8f ? 1e-8f : norm));
    }

    internal static void DeviceKernelGradient(Index1D row, ArrayView<float> arena, Tensor first, Tensor second, float weight,
        Tensor gradientFirst, Tensor gradientSecond)
    {
        float dot = 0, squareA = 0, squareB = 0;
        for (int j = 0; j < first.Columns; j++)
        {
            float a = arena[first.Offset + (row * first.Stride) + j], b = arena[second.Offset + (row * second.Stride) + j];
            dot += a * b;
            squareA += a * a;
            squareB += b * b;
        }
        float norm = XMath.Sqrt(squareA) * XMath.Sqrt(squareB);
        float inverse = weight / (norm < 1e-8f ? 1e-8f : norm);
        float alongA = norm < 1e-8f ? 0 : dot * inverse / squareA, alongB = norm < 1e-8f ? 0 : dot * inverse / squareB;
        for (int j = 0; j < first.Columns; j++)
        {
            float a = arena[first.Offset + (row * first.Stride) + j], b = arena[second.Offset + (row * second.Stride) + j];
            arena[gradientFirst.Offset + (row * gradientFirst.Stride) + j] += (alongA * a) - (inverse * b);
            arena[gradientSecond.Offset + (row * gradientSecond.Stride) + j] += (alongB * b) - (inverse * a);
        }
    }

    internal static void Launch(DeviceQueue queue, Tensor first, Tensor second, Tensor result)
    {
        Shape.RequireEqual(nameof(CosineAlignment), nameof(second), second, first);
        Shape.Require(nameof(CosineAlignment), nameof(result), result.Rows, result.Columns, first.Rows, 1);
        if (first.Rows > 0)
            Kernel.On(queue)(queue.Stream, first.Rows, queue.Arena, first, second, result);
    }

    internal static void LaunchGradient(DeviceQueue queue, Tensor first, Tensor second, float weight, Tensor gradientFirst, Tensor gradientSecond)
    {
        Shape.RequireEqual(nameof(CosineAlignment), nameof(second), second, first);
        Shape.RequireEqual(nameof(CosineAlignment), nameof(gradientFirst), gradientFirst, first);
        Shape.RequireEqual(nameof(CosineAlignment), nameof(gradientSecond), gradientSecond, first);
        if (first.Count > 0)
            GradientKernel.On(queue)(queue.Stream, first.Rows, queue.Arena, first, second, weight, gradientFirst, gradientSecond);
    }

    private static void Gradient<T, TSum>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, T weight,
        MatrixSpan<T> gradientFirst, MatrixSpan<T> gradientSecond)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TSum : unmanaged, IBinaryFloatingPointIeee754<TSum>
    {
        Shape.RequireEqual(nameof(CosineAlignment), nameof(second), second, first);
        Shape.RequireEqual<T>(nameof(CosineAlignment), nameof(gradientFirst), gradientFirst, first);
        Shape.RequireEqual<T>(nameof(CosineAlignment), nameof(gradientSecond), gradientSecond, first);
        TSum least = TSum.CreateChecked(Least), factor = TSum.CreateChecked(weight);
        for (int i = 0; i < first.Rows; i++)
        {
            (TSum dot, TSum squareA, TSum squareB) = Products<T, TSum>(first.Row(i), second.Row(i));
            TSum norm = TSum.Sqrt(squareA) * TSum.Sqrt(squareB);
            bool bounded = norm < least;
            TSum inverse = factor / (bounded ? least : norm);
            TSum alongA = bounded ? TSum.Zero : dot * inverse / squareA, alongB = bounded ? TSum.Zero : dot * inverse / squareB;
            for (int j = 0; j < first.Columns; j++)
            {
                TSum a = TSum.CreateChecked(first[i, j]), b = TSum.CreateChecked(second[i, j]);
                gradientFirst[i, j] = T.CreateChecked(TSum.CreateChecked(gradientFirst[i, j]) + (alongA * a) - (inverse * b));
                gradientSecond[i, j] = T.CreateChecked(TSum.CreateChecked(gradientSecond[i, j]) + (alongB * b) - (inverse * a));
            }
        }
    }

    private static (TSum Dot, TSum SquareA, TSum SquareB) Products<T, TSum>(ReadOnlySpan<T> first, ReadOnlySpan<T> second)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TSum : unmanaged, IBinaryFloatingPointIeee754<TSum>
    {
        TSum dot = TSum.Zero, squareA = TSum.Zero, squareB = TSum.Zero;
        for (int j = 0; j < first.Length; j++)
        {
            TSum a = TSum.CreateChecked(first[j]), b = TSum.CreateChecked(second[j]);
            dot += a * b;
            squareA += a * a;
            squareB += b * b;
        }
        return (dot, squareA, squareB);
    }

    private static void Check<T>(ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, ReadOnlyMatrixSpan<T> result)
        where T : unmanaged
    {
        Shape.RequireEqual(nameof(CosineAlignment), nameof(second), second, first);
        Shape.Require(nameof(CosineAlignment), nameof(result), result.Rows, result.Columns, first.Rows, 1);
    }
}
