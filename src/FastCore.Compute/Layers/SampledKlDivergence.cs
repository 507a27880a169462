using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Layers;

/// <summary>
/// One-sample estimate log q(z) - log p(z) of the divergence of q = N(m, e^2l) from the prior N(0, e^2p) at z = m + e^l noise, one term per
/// latent dimension (SPEC 3: what the published notebook uses): p - l + (z^2 e^-2p - noise^2) / 2. m enters through z alone.
/// </summary>
/// <remarks>
/// logSigma l, noise, sample z and the terms are b x d, priorLogSigma p is 1 x d (0 for a standard normal prior), any stride. Gradients, times
/// weight, are added into gradientSample (z e^-2p, which <see cref="Reparameterize"/> passes on to m and l) and gradientLogSigma (-1). Latent
/// rows are shorter than a vector, so the host's form is scalar. Device: one thread per element. Tolerance 8 eps times the largest part.
/// </remarks>
public static class SampledKlDivergence
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor, Tensor>(DeviceKernel));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, float, Tensor, Tensor>>
        GradientKernel = new(static device =>
            device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, float, Tensor, Tensor>(DeviceKernelGradient));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> noise, ReadOnlyMatrixSpan<T> sample,
        ReadOnlyMatrixSpan<T> priorLogSigma, MatrixSpan<T> terms)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(logSigma, noise, sample, priorLogSigma, terms);
        for (int i = 0; i < sample.Rows; i++)
        {
            for (int j = 0; j < sample.Columns; j++)
            {
                double l = double.CreateChecked(logSigma[i, j]), p = double.CreateChecked(priorLogSigma[0, j]);
                double e = double.CreateChecked(noise[i, j]), z = double.CreateChecked(sample[i, j]);
                terms[i, j] = T.CreateChecked(p - l + (0.5 * ((z * z * Math.Exp(-2 * p)) - (e * e))));
            }
        }
    }

    /// <summary>The same in precision T.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> noise, ReadOnlyMatrixSpan<T> sample,
        ReadOnlyMatrixSpan<T> priorLogSigma, MatrixSpan<T> terms)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(logSigma, noise, sample, priorLogSigma, terms);
        T half = T.CreateChecked(0.5);
        for (int i = 0; i < sample.Rows; i++)
        {
            for (int j = 0; j < sample.Columns; j++)
            {
                T p = priorLogSigma[0, j], e = noise[i, j], z = sample[i, j];
                terms[i, j] = p - logSigma[i, j] + (half * ((z * z * T.Exp(-p - p)) - (e * e)));
            }
        }
    }

    /// <summary>The definition of the gradients, times weight, added into what stands there.</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> sample, ReadOnlyMatrixSpan<T> priorLogSigma, T weight,
        MatrixSpan<T> gradientSample, MatrixSpan<T> gradientLogSigma)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckGradient(sample, priorLogSigma, gradientSample, gradientLogSigma);
        double w = double.CreateChecked(weight);
        for (int i = 0; i < sample.Rows; i++)
        {
            for (int j = 0; j < sample.Columns; j++)
            {
                double z = double.CreateChecked(sample[i, j]), p = double.CreateChecked(priorLogSigma[0, j]);
                gradientSample[i, j] = T.CreateChecked(double.CreateChecked(gradientSample[i, j]) + (w * z * Math.Exp(-2 * p)));
                gradientLogSigma[i, j] = T.CreateChecked(double.CreateChecked(gradientLogSigma[i, j]) - w);
            }
        }
    }

    /// <summary>The gradients in precision T.</summary>
    public static void GradientHost<T>(ReadOnlyMatrixSpan<T> sample, ReadOnlyMatrixSpan<T> priorLogSigma, T weight,
        MatrixSpan<T> gradientSample, MatrixSpan<T> gradientLogSigma)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckGradient(sample, priorLogSigma, gradientSample, gradientLogSigma);
        for (int i = 0; i < sample.Rows; i++)
        {
            for (int j = 0; j < sample.Columns; j++)
            {
                T p = priorLogSigma[0, j];
                gradientSample[i, j] += weight * sample[i, j] * T.Exp(-p - p);
                gradientLogSigma[i, j] -= weight;
            }
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor logSigma, Tensor noise, Tensor sample, Tensor priorLogSigma,
        Tensor terms)
    {
        int row = index / sample.Columns;
        int column = index - (row * sample.Columns);
        float p = arena[priorLogSigma.Offset + column];
        float l = arena[logSigma.Offset + (row * logSigma.Stride) + column];
        float e = arena[noise.Offset + (row * noise.Stride) + column];
        float z = arena[sample.Offset + (row * sample.Stride) + column];
        arena[terms.Offset + (row * terms.Stride) + column] = p - l + (0.5f * ((z * z * XMath.Exp(-2 * p)) - (e * e)));
    }

    internal static void DeviceKernelGradient(Index1D index, ArrayView<float> arena, Tensor sample, Tensor priorLogSigma, float weight,
        Tensor gradientSample, Tensor gradientLogSigma)
    {
        int row = index / sample.Columns;
        int column = index - (row * sample.Columns);
        float scale = weight * XMath.Exp(-2 * arena[priorLogSigma.Offset + column]);
        arena[gradientSample.Offset + (row * gradientSample.Stride) + column] += scale * arena[sample.Offset + (row * sample.Stride) + column];
        arena[gradientLogSigma.Offset + (row * gradientLogSigma.Stride) + column] -= weight;
    }

    internal static void Launch(DeviceQueue queue, Tensor logSigma, Tensor noise, Tensor sample, Tensor priorLogSigma, Tensor terms)
    {
        Shape.RequireEqual(nameof(SampledKlDivergence), nameof(logSigma), logSigma, sample);
        Shape.RequireEqual(nameof(SampledKlDivergence), nameof(noise), noise, sample);
        Shape.Require(nameof(SampledKlDivergence), nameof(priorLogSigma), priorLogSigma.Rows, priorLogSigma.Columns, 1, sample.Columns);
        Shape.RequireEqual(nameof(SampledKlDivergence), nameof(terms), terms, sample);
        if (sample.Count > 0)
            Kernel.On(queue)(queue.Stream, sample.Count, queue.Arena, logSigma, noise, sample, priorLogSigma, terms);
    }

    internal static void LaunchGradient(DeviceQueue queue, Tensor sample, Tensor priorLogSigma, float weight, Tensor gradientSample,
        Tensor gradientLogSigma)
    {
        Shape.Require(nameof(SampledKlDivergence), nameof(priorLogSigma), priorLogSigma.Rows, priorLogSigma.Columns, 1, sample.Columns);
        Shape.RequireEqual(nameof(SampledKlDivergence), nameof(gradientSample), gradientSample, sample);
        Shape.RequireEqual(nameof(SampledKlDivergence), nameof(gradientLogSigma), gradientLogSigma, sample);
        if (sample.Count > 0)
            GradientKernel.On(queue)(queue.Stream, sample.Count, queue.Arena, sample, priorLogSigma, weight, gradientSample, gradientLogSigma);
    }

    private static void Check<T>(ReadOnlyMatrixSpan<T> logSigma, ReadOnlyMatrixSpan<T> noise, ReadOnlyMatrixSpan<T> sample,
        ReadOnlyMatrixSpan<T> priorLogSigma, ReadOnlyMatrixSpan<T> terms)
        where T : unmanaged
    {
        Shape.RequireEqual(nameof(SampledKlDivergence), nameof(logSigma), logSigma, sample);
        Shape.RequireEqual(nameof(SampledKlDivergence), nameof(noise), noise, sample);
        Shape.Require(nameof(SampledKlDivergence), nameof(priorLogSigma), priorLogSigma.Rows, priorLogSigma.Columns, 1, sample.Columns);
        Shape.RequireEqual(nameof(SampledKlDivergence), nameof(terms), terms, sample);
    }

    private static void CheckGradient<T>(ReadOnlyMatrixSpan<T> sample, ReadOnlyMatrixSpan<T> priorLogSigma,
        ReadOnlyMatrixSpan<T> gradientSample, ReadOnlyMatrixSpan<T> gradientLogSigma)
        where T : unmanaged
    {
        Shape.Require(nameof(SampledKlDivergence), nameof(priorLogSigma), priorLogSigma.Rows, priorLogSigma.Columns, 1, sample.Columns);
        Shape.RequireEqual(nameof(SampledKlDivergence), nameof(gradientSample), gradientSample, sample);
        Shape.RequireEqual(nameof(SampledKlDivergence), nameof(gradientLogSigma), gradientLogSigma, sample);
    }
}
