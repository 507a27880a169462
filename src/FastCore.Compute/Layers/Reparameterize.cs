using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Layers;

/// <summary>
/// sample := mean + e^logSigma noise, so that a gradient passes through a random draw (Kingma and Welling 2014, eq. 10); the noise is an input.
/// Gradients: dmean = dsample, dlogSigma = dsample e^logSigma noise.
/// </summary>
/// <remarks>
/// All b x d, any stride. Gradients are added into: sample, divergence and alignment each give a part of them. Latent rows are shorter than a
/// vector, so the host's form is scalar. Device: one thread per element. Tolerance 4 eps (|mean| + e^logSigma |noise|).
/// </remarks>
public static class Reparameterize
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor>(DeviceKernel));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor, Tensor>>
        GradientKernel = new(static device =>
            device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor, Tensor>(DeviceKernelGradient));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> mean, ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> noise, MatrixSpan<T> sample)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(mean, logSigma, noise, sample);
        for (int i = 0; i < mean.Rows; i++)
        {
            for (int j = 0; j < mean.Columns; j++)
            {
                double sigma = Math.Exp(double.CreateChecked(logSigma[i, j]));
                sample[i, j] = T.CreateChecked(double.CreateChecked(mean[i, j]) + (sigma * double.CreateChecked(noise[i, j])));
            }
        }
    }

    /// <summary>The same in precision T.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> mean, ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> noise, MatrixSpan<T> sample)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(mean, logSigma, noise, sample);
        for (int i = 0; i < mean.Rows; i++)
        {
            for (int j = 0; j < mean.Columns; j++)
                sample[i, j] = mean[i, j] + (T.Exp(logSigma[i, j]) * noise[i, j]);
        }
    }

    /// <summary>The definition of the gradients, added into what stands there.</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> noise, ReadOnlyMatrixSpan<T> gradientSample,
        MatrixSpan<T> gradientMean, MatrixSpan<T> gradientLogSigma)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckGradient(logSigma, noise, gradientSample, gradientMean, gradientLogSigma);
        for (int i = 0; i < logSigma.Rows; i++)
        {
            for (int j = 0; j < logSigma.Columns; j++)
            {
                double g = double.CreateChecked(gradientSample[i, j]);
                double sigma = Math.Exp(double.CreateChecked(logSigma[i, j]));
                gradientMean[i, j] = T.CreateChecked(double.CreateChecked(gradientMean[i, j]) + g);
                gradientLogSigma[i, j] = T.CreateChecked(
                    double.CreateChecked(gradientLogSigma[i, j]) + (g * sigma * double.CreateChecked(noise[i, j])));
            }
        }
    }

    /// <summary>The gradients in precision T.</summary>
    public static void GradientHost<T>(ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> noise, ReadOnlyMatrixSpan<T> gradientSample,
        MatrixSpan<T> gradientMean, MatrixSpan<T> gradientLogSigma)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckGradient(logSigma, noise, gradientSample, gradientMean, gradientLogSigma);
        for (int i = 0; i < logSigma.Rows; i++)
        {
            for (int j = 0; j < logSigma.Columns; j++)
            {
                T g = gradientSample[i, j];
                gradientMean[i, j] += g;
                gradientLogSigma[i, j] += g * T.Exp(logSigma[i, j]) * noise[i, j];
            }
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor mean, Tensor logSigma, Tensor noise, Tensor sample)
    {
        int row = index / mean.Columns;
        int column = index - (row * mean.Columns);
        float sigma = XMath.Exp(arena[logSigma.Offset + (row * logSigma.Stride) + column]);
        arena[sample.Offset + (row * sample.Stride) + column] =
            arena[mean.Offset + (row * mean.Stride) + column] + (sigma * arena[noise.Offset + (row * noise.Stride) + column]);
    }

    internal static void DeviceKernelGradient(Index1D index, ArrayView<float> arena, Tensor logSigma, Tensor noise, Tensor gradientSample,
        Tensor gradientMean, Tensor gradientLogSigma)
    {
        int row = index / logSigma.Columns;
        int column = index - (row * logSigma.Columns);
        float g = arena[gradientSample.Offset + (row * gradientSample.Stride) + column];
        float sigma = XMath.Exp(arena[logSigma.Offset + (row * logSigma.Stride) + column]);
        arena[gradientMean.Offset + (row * gradientMean.Stride) + column] += g;
        arena[gradientLogSigma.Offset + (row * gradientLogSigma.Stride) + column] +=
            g * sigma * arena[noise.Offset + (row * noise.Stride) + column];
    }

    internal static void Launch(DeviceQueue queue, Tensor mean, Tensor logSigma, Tensor noise, Tensor sample)
    {
        Shape.RequireEqual(nameof(Reparameterize), nameof(logSigma), logSigma, mean);
        Shape.RequireEqual(nameof(Reparameterize), nameof(noise), noise, mean);
        Shape.RequireEqual(nameof(Reparameterize), nameof(sample), sample, mean);
        if (mean.Count > 0)
            Kernel.On(queue)(queue.Stream, mean.Count, queue.Arena, mean, logSigma, noise, sample);
    }

    internal static void LaunchGradient(DeviceQueue queue, Tensor logSigma, Tensor noise, Tensor gradientSample, Tensor gradientMean,
        Tensor gradientLogSigma)
    {
        Shape.RequireEqual(nameof(Reparameterize), nameof(noise), noise, logSigma);
        Shape.RequireEqual(nameof(Reparameterize), nameof(gradientSample), gradientSample, logSigma);
        Shape.RequireEqual(nameof(Reparameterize), nameof(gradientMean), gradientMean, logSigma);
        Shape.RequireEqual(nameof(Reparameterize), nameof(gradientLogSigma), gradientLogSigma, logSigma);
        if (logSigma.Count > 0)
        {
            GradientKernel.On(queue)(
                queue.Stream, logSigma.Count, queue.Arena, logSigma, noise, gradientSample, gradientMean, gradientLogSigma);
        }
    }

    private static void Check<T>(ReadOnlyMatrixSpan<T> mean, ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> noise,
        ReadOnlyMatrixSpan<T> sample)
        where T : unmanaged
    {
        Shape.RequireEqual(nameof(Reparameterize), nameof(logSigma), logSigma, mean);
        Shape.RequireEqual(nameof(Reparameterize), nameof(noise), noise, mean);
        Shape.RequireEqual(nameof(Reparameterize), nameof(sample), sample, mean);
    }

    private static void CheckGradient<T>(ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> noise, ReadOnlyMatrixSpan<T> gradientSample,
        ReadOnlyMatrixSpan<T> gradientMean, ReadOnlyMatrixSpan<T> gradientLogSigma)
        where T : unmanaged
    {
        Shape.RequireEqual(nameof(Reparameterize), nameof(noise), noise, logSigma);
        Shape.RequireEqual(nameof(Reparameterize), nameof(gradientSample), gradientSample, logSigma);
        Shape.RequireEqual(nameof(Reparameterize), nameof(gradientMean), gradientMean, logSigma);
        Shape.RequireEqual(nameof(Reparameterize), nameof(gradientLogSigma), gradientLogSigma, logSigma);
    }
}
