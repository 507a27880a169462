using ILGPU;
using ILGPU.Runtime;
using Covariances = FastCore.Compute.Covariance;

namespace FastCore.Compute.Execution;

/// <summary>Runs every operation on a CUDA or OpenCL device, or on the emulator; the arena lies in device memory.</summary>
internal sealed class DeviceExecutor : IExecutor<float>
{
    private readonly DeviceQueue queue;

    internal DeviceExecutor(Accelerator accelerator, DeviceKernels kernels, string description, ArenaLayout layout)
    {
        queue = new DeviceQueue(accelerator, kernels, layout.Length);
        Description = description;
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, Tensor destination)
    {
        Shape.RequireLength(nameof(Upload), nameof(source), source.Length, destination);
        queue.Upload(source, destination);
    }

    /// <inheritdoc/>
    public void Download(Tensor source, Span<float> destination)
    {
        Shape.RequireLength(nameof(Download), nameof(destination), destination.Length, source);
        queue.Download(source, destination);
    }

    /// <inheritdoc/>
    public void Synchronize() => queue.Synchronize();

    /// <inheritdoc/>
    public void Fill(Tensor x, float value) =>
        LinearAlgebra.Fill.Launch(queue, value, x);

    /// <inheritdoc/>
    public void Copy(Tensor source, Tensor destination) =>
        LinearAlgebra.Copy.Launch(queue, source, destination);

    /// <inheritdoc/>
    public void AddScaled(float alpha, Tensor x, Tensor y) =>
        LinearAlgebra.AddScaled.Launch(queue, alpha, x, y);

    /// <inheritdoc/>
    public void Multiply(Tensor x, Tensor y, Tensor z) =>
        LinearAlgebra.Multiply.Launch(queue, x, y, z);

    /// <inheritdoc/>
    public void AddDiagonal(Tensor a, float value) =>
        LinearAlgebra.AddDiagonal.Launch(queue, value, a);

    /// <inheritdoc/>
    public void MatrixMultiply(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, float alpha, float beta) =>
        LinearAlgebra.MatrixMultiply.Launch(queue, a, b, transposeA, transposeB, alpha, beta, c);

    /// <inheritdoc/>
    public bool CholeskyFactor(Tensor a) =>
        LinearAlgebra.CholeskyFactor.Launch(queue, a);

    /// <inheritdoc/>
    public bool CholeskyAppend(Tensor factor, int n, Tensor newRow) =>
        LinearAlgebra.CholeskyAppend.Launch(queue, newRow, n, factor);

    /// <inheritdoc/>
    public void TriangularSolve(Tensor lower, Tensor b, bool transpose) =>
        LinearAlgebra.TriangularSolve.Launch(queue, lower, transpose, b);

    /// <inheritdoc/>
    public void CholeskyInverse(Tensor lower, Tensor inverse) =>
        LinearAlgebra.CholeskyInverse.Launch(queue, lower, inverse);

    /// <inheritdoc/>
    public void ColumnSquaredNorm(Tensor a, Tensor result) =>
        LinearAlgebra.ColumnSquaredNorm.Launch(queue, a, result);

    /// <inheritdoc/>
    public void ColumnSum(Tensor a, Tensor result) =>
        LinearAlgebra.ColumnSum.Launch(queue, a, result);

    /// <inheritdoc/>
    public void ScaledSquaredDistance(Tensor x, Tensor y, Tensor lengthscale, Tensor distance) =>
        Covariances.ScaledSquaredDistance.Launch(queue, x, y, lengthscale, distance);

    /// <inheritdoc/>
    public void ScaledSquaredDistanceGradient(Tensor x, Tensor lengthscale, Tensor weight, Tensor gradientX, Tensor gradientLengthscale) =>
        Covariances.ScaledSquaredDistanceGradient.Launch(queue, x, lengthscale, weight, gradientX, gradientLengthscale);

    /// <inheritdoc/>
    public void Covariance(CovarianceFunction function, Tensor squaredDistance, float outputScale, Tensor covariance)
    {
        switch (function)
        {
            case CovarianceFunction.Rbf:
                Covariances.RbfCovariance.Launch(queue, squaredDistance, outputScale, covariance);
                break;
            case CovarianceFunction.Matern12:
                Covariances.Matern12Covariance.Launch(queue, squaredDistance, outputScale, covariance);
                break;
            case CovarianceFunction.Matern32:
                Covariances.Matern32Covariance.Launch(queue, squaredDistance, outputScale, covariance);
                break;
            case CovarianceFunction.Matern52:
                Covariances.Matern52Covariance.Launch(queue, squaredDistance, outputScale, covariance);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(function), function, "Not a covariance function.");
        }
    }

    /// <inheritdoc/>
    public void CovarianceSlope(CovarianceFunction function, Tensor squaredDistance, float outputScale, Tensor slope)
    {
        switch (function)
        {
            case CovarianceFunction.Rbf:
                Covariances.RbfCovariance.LaunchSlope(queue, squaredDistance, outputScale, slope);
                break;
            case CovarianceFunction.Matern12:
                Covariances.Matern12Covariance.LaunchSlope(queue, squaredDistance, outputScale, slope);
                break;
            case CovarianceFunction.Matern32:
                Covariances.Matern32Covariance.LaunchSlope(queue, squaredDistance, outputScale, slope);
                break;
            case CovarianceFunction.Matern52:
                Covariances.Matern52Covariance.LaunchSlope(queue, squaredDistance, outputScale, slope);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(function), function, "Not a covariance function.");
        }
    }

    /// <inheritdoc/>
    public void PosteriorAppend(
        Tensor whitened, int n, Tensor crossCovariance, Tensor factorRow, Tensor beta, float constantMean, Tensor mean,
        Tensor variance) =>
        Covariances.PosteriorAppend.Launch(
            queue, n, crossCovariance, factorRow, beta, constantMean, whitened, mean, variance);

    /// <inheritdoc/>
    public void KeepSmallest(Tensor distance, Tensor smallest) =>
        Covariances.KeepSmallest.Launch(queue, distance, smallest);

    /// <inheritdoc/>
    public void Dense(Tensor input, Tensor weight, Tensor bias, Activation activation, Tensor output) =>
        Layers.Dense.Launch(queue, input, weight, bias, activation, output);

    /// <inheritdoc/>
    public void DenseGradient(
        Tensor input, Tensor weight, Tensor output, Activation activation, Tensor gradientOutput,
        Tensor? gradientInput, Tensor gradientWeight, Tensor gradientBias, bool accumulate) =>
        Layers.Dense.LaunchGradient(queue, input, weight, output, activation, gradientOutput, gradientInput, gradientWeight, gradientBias, accumulate);

    /// <inheritdoc/>
    public void BatchNormalize(
        Tensor input, Tensor scale, Tensor shift, float epsilon, float momentum, Tensor batchMean,
        Tensor batchInverseDeviation, Tensor runningMean, Tensor runningVariance, Tensor output) =>
        Layers.BatchNormalize.Launch(
            queue, new(input, scale, shift, batchMean, batchInverseDeviation, runningMean, runningVariance, output), epsilon, momentum);

    /// <inheritdoc/>
    public void BatchNormalizePredict(
        Tensor input, Tensor scale, Tensor shift, float epsilon, Tensor runningMean, Tensor runningVariance,
        Tensor output) =>
        Layers.BatchNormalize.LaunchPredict(queue, new(input, scale, shift, default, default, runningMean, runningVariance, output), epsilon);

    /// <inheritdoc/>
    public void BatchNormalizeGradient(
        Tensor input, Tensor scale, Tensor batchMean, Tensor batchInverseDeviation, Tensor gradientOutput,
        Tensor gradientInput, Tensor gradientScale, Tensor gradientShift) =>
        Layers.BatchNormalize.LaunchGradient(
            queue, new(input, scale, batchMean, batchInverseDeviation, gradientOutput, gradientInput, gradientScale, gradientShift));

    /// <inheritdoc/>
    public void ScaleToBounds(Tensor input, float low, float high, Tensor bounds, Tensor output) =>
        Layers.ScaleToBounds.Launch(queue, input, low, high, bounds, output);

    /// <inheritdoc/>
    public void ScaleToKnownBounds(Tensor input, float low, float high, Tensor bounds, Tensor output) =>
        Layers.ScaleToBounds.LaunchKnown(queue, input, low, high, bounds, output);

    /// <inheritdoc/>
    public void ScaleToBoundsGradient(Tensor input, float low, float high, Tensor bounds, Tensor gradientOutput, Tensor gradientInput) =>
        Layers.ScaleToBounds.LaunchGradient(queue, input, low, high, bounds, gradientOutput, gradientInput);

    /// <inheritdoc/>
    public void ClipGlobalNorm(Tensor gradient, float maximumNorm) =>
        Layers.ClipGlobalNorm.Launch(queue, gradient, maximumNorm);

    /// <inheritdoc/>
    public void AdamStep(Tensor gradient, Tensor firstMoment, Tensor secondMoment, Tensor parameters, AdamSettings settings) =>
        Layers.AdamStep.Launch(queue, gradient, firstMoment, secondMoment, parameters, settings);

    /// <inheritdoc/>
    public void RowSum(Tensor a, Tensor result) =>
        LinearAlgebra.RowSum.Launch(queue, a, result);

    /// <inheritdoc/>
    public void Sum(Tensor a, float alpha, float beta, Tensor result) =>
        LinearAlgebra.Sum.Launch(queue, a, alpha, beta, result);

    /// <inheritdoc/>
    public void SigmoidCrossEntropy(Tensor logits, Tensor target, Tensor result) =>
        Layers.SigmoidCrossEntropy.Launch(queue, logits, target, result);

    /// <inheritdoc/>
    public void SigmoidCrossEntropyGradient(Tensor logits, Tensor target, float weight, Tensor gradientLogits) =>
        Layers.SigmoidCrossEntropy.LaunchGradient(queue, logits, target, weight, gradientLogits);

    /// <inheritdoc/>
    public void Reparameterize(Tensor mean, Tensor logSigma, Tensor noise, Tensor sample) =>
        Layers.Reparameterize.Launch(queue, mean, logSigma, noise, sample);

    /// <inheritdoc/>
    public void ReparameterizeGradient(Tensor logSigma, Tensor noise, Tensor gradientSample, Tensor gradientMean, Tensor gradientLogSigma) =>
        Layers.Reparameterize.LaunchGradient(queue, logSigma, noise, gradientSample, gradientMean, gradientLogSigma);

    /// <inheritdoc/>
    public void KlDivergence(Tensor mean, Tensor logSigma, Tensor priorLogSigma, Tensor terms) =>
        Layers.KlDivergence.Launch(queue, mean, logSigma, priorLogSigma, terms);

    /// <inheritdoc/>
    public void KlDivergenceGradient(Tensor mean, Tensor logSigma, Tensor priorLogSigma, float weight, Tensor gradientMean,
        Tensor gradientLogSigma) =>
        Layers.KlDivergence.LaunchGradient(queue, mean, logSigma, priorLogSigma, weight, gradientMean, gradientLogSigma);

    /// <inheritdoc/>
    public void SampledKlDivergence(Tensor logSigma, Tensor noise, Tensor sample, Tensor priorLogSigma, Tensor terms) =>
        Layers.SampledKlDivergence.Launch(queue, logSigma, noise, sample, priorLogSigma, terms);

    /// <inheritdoc/>
    public void SampledKlDivergenceGradient(Tensor sample, Tensor priorLogSigma, float weight, Tensor gradientSample, Tensor gradientLogSigma) =>
        Layers.SampledKlDivergence.LaunchGradient(queue, sample, priorLogSigma, weight, gradientSample, gradientLogSigma);

    /// <inheritdoc/>
    public void TransformGrid(Tensor grid, Tensor angle, Tensor shift, float shiftScale, Tensor transformed) =>
        Layers.TransformGrid.Launch(queue, grid, angle, shift, shiftScale, transformed);

    /// <inheritdoc/>
    public void TransformGridGradient(Tensor grid, Tensor angle, float shiftScale, Tensor gradientTransformed, Tensor gradientAngle,
        Tensor gradientShift) =>
        Layers.TransformGrid.LaunchGradient(queue, grid, angle, shiftScale, gradientTransformed, gradientAngle, gradientShift);

    /// <inheritdoc/>
    public void SpatialDense(Tensor coordinates, Tensor weight, Tensor bias, Tensor latent, Activation activation, Tensor output) =>
        Layers.SpatialDense.Launch(queue, coordinates, weight, bias, latent, activation, output);

    /// <inheritdoc/>
    public void SpatialDenseGradient(Tensor coordinates, Tensor weight, Tensor output, Activation activation, Tensor gradientOutput,
        Tensor? gradientCoordinates, Tensor gradientWeight, Tensor gradientBias, Tensor gradientLatent, bool accumulate) =>
        Layers.SpatialDense.LaunchGradient(queue, coordinates, weight, output, activation, gradientOutput, gradientCoordinates,
            gradientWeight, gradientBias, gradientLatent, accumulate);

    /// <inheritdoc/>
    public void L1Alignment(Tensor first, Tensor second, Tensor result) =>
        Layers.L1Alignment.Launch(queue, first, second, result);

    /// <inheritdoc/>
    public void L1AlignmentGradient(Tensor first, Tensor second, float weight, Tensor gradientFirst, Tensor gradientSecond) =>
        Layers.L1Alignment.LaunchGradient(queue, first, second, weight, gradientFirst, gradientSecond);

    /// <inheritdoc/>
    public void CosineAlignment(Tensor first, Tensor second, Tensor result) =>
        Layers.CosineAlignment.Launch(queue, first, second, result);

    /// <inheritdoc/>
    public void CosineAlignmentGradient(Tensor first, Tensor second, float weight, Tensor gradientFirst, Tensor gradientSecond) =>
        Layers.CosineAlignment.LaunchGradient(queue, first, second, weight, gradientFirst, gradientSecond);

    /// <inheritdoc/>
    public void ExtractPatches(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor patches) =>
        Imaging.ExtractPatches.Launch(queue, image, centres, size, normalization, patches);

    /// <inheritdoc/>
    public void PatchDistance(
        Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor references,
        Tensor distance) =>
        Imaging.PatchDistance.Launch(queue, image, centres, size, normalization, references, distance);

    /// <inheritdoc/>
    public void Dispose() => queue.Dispose();
}
