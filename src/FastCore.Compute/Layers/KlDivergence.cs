using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Layers;

/// <summary>
/// Divergence of N(m, e^2l) from the prior N(0, e^2p), one term per latent dimension, in closed form (Kingma and Welling 2014, appendix B, with
/// a prior sigma): p - l + (e^2l + m^2) / (2 e^2p) - 1/2. Gradients: dm = m e^-2p, dl = e^2(l - p) - 1.
/// </summary>
/// <remarks>
/// mean m, logSigma l and the terms are b x d, priorLogSigma p is 1 x d (0 for a standard normal prior), any stride. Terms are kept apart, so
/// that column sums show which dimensions are in use; <c>Sum</c> makes the loss. Gradients are added into, times weight. Latent rows are
/// shorter than a vector, so the host's form is scalar. Device: one thread per element. Tolerance 8 eps times the largest part of a term.
/// </remarks>
public static class KlDivergence
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor>(DeviceKernel));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor, float, Tensor, Tensor>>
        GradientKernel = new(static device =>
            device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor, float, Tensor, Tensor>(DeviceKernelGradient));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> mean, ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> priorLogSigma,
        MatrixSpan<T> terms)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(mean, logSigma, priorLogSigma, terms);
        for (int i = 0; i < mean.Rows; i++)
        {
            for (int j = 0; j < mean.Columns; j++)
            {
                double m = double.CreateChecked(mean[i, j]), l = double.CreateChecked(logSigma[i, j]), p = double.CreateChecked(priorLogSigma[0, j]);
                terms[i, j] = T.CreateChecked(p - l + (((Math.Exp(2 * l) + (m * m)) / (2 * Math.Exp(2 * p))) - 0.5));
            }
        }
    }

    /// <summary>The same in precision T.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> mean, ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> priorLogSigma, MatrixSpan<T> terms)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(mean, logSigma, priorLogSigma, terms);
        T half = T.CreateChecked(0.5);
        for (int i = 0; i < mean.Rows; i++)
        {
            for (int j = 0; j < mean.Columns; j++)
            {
                T m = mean[i, j], l = logSigma[i, j], p = priorLogSigma[0, j];
                terms[i, j] = p - l + (half * (T.Exp(l - p + (l - p)) + (m * m * T.Exp(-p - p)))) - half;
            }
        }
    }

    /// <summary>The definition of the gradients, times weight, added into what stands there.</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> mean, ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> priorLogSigma, T weight,
        MatrixSpan<T> gradientMean, MatrixSpan<T> gradientLogSigma)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(mean, logSigma, priorLogSigma, gradientMean);
        Shape.RequireEqual(nameof(KlDivergence), nameof(gradientLogSigma), gradientLogSigma, mean);
        double w = double.CreateChecked(weight);
        for (int i = 0; i < mean.Rows; i++)
        {
            for (int j = 0; j < mean.Columns; j++)
            {
                double m = double.CreateChecked(mean[i, j]), l = double.CreateChecked(logSigma[i, j]), p = double.CreateChecked(priorLogSigma[0, j]);
                gradientMean[i, j] = T.CreateChecked(double.CreateChecked(gradientMean[i, j]) + (w * m * Math.Exp(-2 * p)));
                gradientLogSigma[i, j] = T.CreateChecked(double.CreateChecked(gradientLogSigma[i, j]) + (w * (Math.Exp(2 * (l - p)) - 1)));
            }
        }
    }

    /// <summary>The gradients in precision T.</summary>
    public static void GradientHost<T>(ReadOnlyMatrixSpan<T> mean, ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> priorLogSigma, T weight,
        MatrixSpan<T> gradientMean, MatrixSpan<T> gradientLogSigma)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(mean, logSigma, priorLogSigma, gradientMean);
        Shape.RequireEqual(nameof(KlDivergence), nameof(gradientLogSigma), gradientLogSigma, mean);
        for (int i = 0; i < mean.Rows; i++)
        {
            for (int j = 0; j < mean.Columns; j++)
            {
                T l = logSigma[i, j], p = priorLogSigma[0, j];
                gradientMean[i, j] += weight * mean[i, j] * T.Exp(-p - p);
                gradientLogSigma[i, j] += weight * (T.Exp(l - p + (l - p)) - T.One);
            }
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor mean, Tensor logSigma, Tensor priorLogSigma, Tensor terms)
    {
        int row = index / mean.Columns;
        int column = index - (row * mean.Columns);
        float m = arena[mean.Offset + (row * mean.Stride) + column];
        float l = arena[logSigma.Offset + (row * logSigma.Stride) + column];
        float p = arena[priorLogSigma.Offset + column];
        arena[terms.Offset + (row * terms.Stride) + column] =
            p - l + (0.5f * (XMath.Exp(2 * (l - p)) + (m * m * XMath.Exp(-2 * p)))) - 0.5f;
    }

    internal static void DeviceKernelGradient(Index1D index, ArrayView<float> arena, Tensor mean, Tensor logSigma, Tensor priorLogSigma, float weight,
        Tensor gradientMean, Tensor gradientLogSigma)
    {
        int row = index / mean.Columns;
        int column = index - (row * mean.Columns);
        float m = arena[mean.Offset + (row * mean.Stride) + column];
        float l = arena[logSigma.Offset + (row * logSigma.Stride) + column];
        float p = arena[priorLogSigma.Offset + column];
        arena[gradientMean.Offset + (row * gradientMean.Stride) + column] += weight * m * XMath.Exp(-2 * p);
        arena[gradientLogSigma.Offset + (row * gradientLogSigma.Stride) + column] += weight * (XMath.Exp(2 * (l - p)) - 1);
    }

    internal static void Launch(DeviceQueue queue, Tensor mean, Tensor logSigma, Tensor priorLogSigma, Tensor terms)
    {
        Check(mean, logSigma, priorLogSigma, terms);
        if (mean.Count > 0)
            Kernel.On(queue)(queue.Stream, mean.Count, queue.Arena, mean, logSigma, priorLogSigma, terms);
    }

    internal static void LaunchGradient(DeviceQueue queue, Tensor mean, Tensor logSigma, Tensor priorLogSigma, float weight,
        Tensor gradientMean, Tensor gradientLogSigma)
    {
        Check(mean, logSigma, priorLogSigma, gradientMean);
        Shape.RequireEqual(nameof(KlDivergence), nameof(gradientLogSigma), gradientLogSigma, mean);
        if (mean.Count > 0)
        {
            GradientKernel.On(queue)(
                queue.Stream, mean.Count, queue.Arena, mean, logSigma, priorLogSigma, weight, gradientMean, gradientLogSigma);
        }
    }

    private static void Check(Tensor mean, Tensor logSigma, Tensor priorLogSigma, Tensor destination)
    {
        Shape.RequireEqual(nameof(KlDivergence), nameof(logSigma), logSigma, mean);
        Shape.Require(nameof(KlDivergence), nameof(priorLogSigma), priorLogSigma.Rows, priorLogSigma.Columns, 1, mean.Columns);
        Shape.RequireEqual(nameof(KlDivergence), nameof(destination), destination, mean);
    }

    private static void Check<T>(ReadOnlyMatrixSpan<T> mean, ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> priorLogSigma,
        ReadOnlyMatrixSpan<T> destination)
        where T : unmanaged
    {
        Shape.RequireEqual(nameof(KlDivergence), nameof(logSigma), logSigma, mean);
        Shape.Require(nameof(KlDivergence), nameof(priorLogSigma), priorLogSigma.Rows, priorLogSigma.Columns, 1, mean.Columns);
        Shape.RequireEqual(nameof(KlDivergence), nameof(destination), destination, mean);
    }
}
