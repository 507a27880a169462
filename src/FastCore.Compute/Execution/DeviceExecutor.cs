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

    /// <summary>How often the host has waited for the device.</summary>
    internal int Waits => queue.Waits;

    internal DeviceQueue Queue => queue;

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
        LinearAlgebra.Copy.Launch(queue, source, Apart.From(nameof(Copy), destination, source));

    /// <inheritdoc/>
    public void AddScaled(float alpha, Tensor x, Tensor y) =>
        LinearAlgebra.AddScaled.Launch(queue, alpha, x, Apart.From(nameof(AddScaled), y, x));

    /// <inheritdoc/>
    public void Multiply(Tensor x, Tensor y, Tensor z) =>
        LinearAlgebra.Multiply.Launch(queue, x, y, z);

    /// <inheritdoc/>
    public void AddDiagonal(Tensor a, float value) =>
        LinearAlgebra.AddDiagonal.Launch(queue, value, a);

    /// <inheritdoc/>
    public void MatrixMultiply(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, float alpha, float beta) =>
        LinearAlgebra.MatrixMultiply.Launch(queue, a, b, transposeA, transposeB, alpha, beta, Apart.From(nameof(MatrixMultiply), c, a, b));

    /// <inheritdoc/>
    public bool CholeskyFactor(Tensor a) =>
        LinearAlgebra.CholeskyFactor.Launch(queue, a);

    /// <inheritdoc/>
    public bool CholeskyAppend(Tensor factor, int n, Tensor newRow) =>
        LinearAlgebra.CholeskyAppend.Launch(queue, newRow, n, Apart.From(nameof(CholeskyAppend), factor, newRow));

    /// <inheritdoc/>
    public void TriangularSolve(Tensor lower, Tensor b, bool transpose) =>
        LinearAlgebra.TriangularSolve.Launch(queue, lower, transpose, Apart.From(nameof(TriangularSolve), b, lower));

    /// <inheritdoc/>
    public void CholeskyInverse(Tensor lower, Tensor inverse) =>
        LinearAlgebra.CholeskyInverse.Launch(queue, lower, Apart.From(nameof(CholeskyInverse), inverse, lower));

    /// <inheritdoc/>
    public void ColumnSquaredNorm(Tensor a, Tensor result) =>
        LinearAlgebra.ColumnSquaredNorm.Launch(queue, a, Apart.From(nameof(ColumnSquaredNorm), result, a));

    /// <inheritdoc/>
    public void ColumnSum(Tensor a, Tensor result) =>
        LinearAlgebra.ColumnSum.Launch(queue, a, Apart.From(nameof(ColumnSum), result, a));

    /// <inheritdoc/>
    public void ScaledSquaredDistance(Tensor x, Tensor y, Tensor lengthscale, Tensor distance) =>
        Covariances.ScaledSquaredDistance.Launch(queue, x, y, lengthscale, Apart.From(nameof(ScaledSquaredDistance), distance, x, y, lengthscale));

    /// <inheritdoc/>
    public void ScaledSquaredDistanceGradient(Tensor x, Tensor lengthscale, Tensor weight, Tensor gradientX, Tensor gradientLengthscale) =>
        Covariances.ScaledSquaredDistanceGradient.Launch(queue, x, lengthscale, weight,
            Apart.From(nameof(ScaledSquaredDistanceGradient), gradientX, x, lengthscale, weight),
            Apart.From(nameof(ScaledSquaredDistanceGradient), gradientLengthscale, x, lengthscale, weight, gradientX));

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
        Covariances.PosteriorAppend.Launch(queue, n, crossCovariance, factorRow, beta, constantMean,
            Apart.From(nameof(PosteriorAppend), whitened, crossCovariance, factorRow, beta),
            Apart.From(nameof(PosteriorAppend), mean, whitened, crossCovariance, factorRow, beta),
            Apart.From(nameof(PosteriorAppend), variance, whitened, crossCovariance, factorRow, beta, mean));

    /// <inheritdoc/>
    public void PosteriorSolve(CovarianceFunction function, Tensor points, Tensor candidates, Tensor lengthscale, float outputScale, Tensor lower,
        Tensor beta, float constantMean, Tensor? whitened, Tensor mean, Tensor variance)
    {
        Apart.All(nameof(PosteriorSolve), [points, candidates, lengthscale, lower, beta], [whitened, mean, variance]);
        Covariances.PosteriorSolve.Launch(
            queue, function, points, candidates, lengthscale, outputScale, lower, beta, constantMean, whitened, mean, variance);
    }

    /// <inheritdoc/>
    public void KeepSmallest(Tensor distance, Tensor smallest) =>
        Covariances.KeepSmallest.Launch(queue, distance, Apart.From(nameof(KeepSmallest), smallest, distance));

    /// <inheritdoc/>
    public void ExpectedNearestDistance(Tensor prediction, Tensor unitVariance, Tensor measured, float outputVariance, float factor, float offset,
        Tensor? nearest, Tensor mean, Tensor variance) =>
        Covariances.ExpectedNearestDistance.Launch(queue, prediction, unitVariance, measured, outputVariance, factor, offset,
            Apart.From(nameof(ExpectedNearestDistance), nearest, prediction, unitVariance, measured, mean, variance) ?? default,
            Apart.From(nameof(ExpectedNearestDistance), mean, prediction, unitVariance, measured),
            Apart.From(nameof(ExpectedNearestDistance), variance, prediction, unitVariance, measured, mean));

    /// <inheritdoc/>
    public void Dense(Tensor input, Tensor weight, Tensor bias, Activation activation, Tensor output) =>
        Layers.Dense.Launch(queue, input, weight, bias, activation, Apart.From(nameof(Dense), output, input, weight, bias));

    /// <inheritdoc/>
    public void DenseGradient(
        Tensor input, Tensor weight, Tensor output, Activation activation, Tensor gradientOutput,
        Tensor? gradientInput, Tensor gradientWeight, Tensor gradientBias, bool accumulate, Activation inputActivation) =>
        Layers.Dense.LaunchGradient(queue, input, weight, output, activation, Apart.From(nameof(DenseGradient), gradientOutput, input, weight),
            Apart.From(nameof(DenseGradient), gradientInput, input, weight, gradientOutput),
            Apart.From(nameof(DenseGradient), gradientWeight, input, weight, output, gradientOutput),
            Apart.From(nameof(DenseGradient), gradientBias, gradientOutput, gradientWeight), accumulate, inputActivation);

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
    public void AdamStep(Tensor gradient, Tensor firstMoment, Tensor secondMoment, Tensor parameters, AdamSettings settings, Tensor? previous = null) =>
        Layers.AdamStep.Launch(queue, gradient, firstMoment, secondMoment, parameters,
            previous is { } kept ? Apart.From(nameof(AdamStep), kept, gradient, firstMoment, secondMoment, parameters) : default, settings);

    /// <inheritdoc/>
    public void RowSum(Tensor a, Tensor result) =>
        LinearAlgebra.RowSum.Launch(queue, a, Apart.From(nameof(RowSum), result, a));

    /// <inheritdoc/>
    public void Sum(Tensor a, float alpha, float beta, Tensor result) =>
        LinearAlgebra.Sum.Launch(queue, a, alpha, beta, Apart.From(nameof(Sum), result, a));

    /// <inheritdoc/>
    public void SigmoidCrossEntropy(Tensor logits, Tensor target, Tensor result) =>
        Layers.SigmoidCrossEntropy.Launch(queue, logits, target, Apart.From(nameof(SigmoidCrossEntropy), result, logits, target));

    /// <inheritdoc/>
    public void SigmoidCrossEntropyGradient(Tensor logits, Tensor target, float weight, Tensor gradientLogits) =>
        Layers.SigmoidCrossEntropy.LaunchGradient(queue, logits, target, weight,
            Apart.From(nameof(SigmoidCrossEntropyGradient), gradientLogits, target));

    /// <inheritdoc/>
    public void Reparameterize(Tensor mean, Tensor logSigma, Tensor noise, Tensor sample) =>
        Layers.Reparameterize.Launch(queue, mean, logSigma, noise, Apart.From(nameof(Reparameterize), sample, mean, logSigma, noise));

    /// <inheritdoc/>
    public void ReparameterizeGradient(Tensor logSigma, Tensor noise, Tensor gradientSample, Tensor gradientMean, Tensor gradientLogSigma) =>
        Layers.Reparameterize.LaunchGradient(queue, logSigma, noise, gradientSample,
            Apart.From(nameof(ReparameterizeGradient), gradientMean, logSigma, noise, gradientSample),
            Apart.From(nameof(ReparameterizeGradient), gradientLogSigma, logSigma, noise, gradientSample, gradientMean));

    /// <inheritdoc/>
    public void KlDivergence(Tensor mean, Tensor logSigma, Tensor priorLogSigma, Tensor terms) =>
        Layers.KlDivergence.Launch(queue, mean, logSigma, priorLogSigma, Apart.From(nameof(KlDivergence), terms, mean, logSigma, priorLogSigma));

    /// <inheritdoc/>
    public void KlDivergenceGradient(Tensor mean, Tensor logSigma, Tensor priorLogSigma, float weight, Tensor gradientMean,
        Tensor gradientLogSigma) =>
        Layers.KlDivergence.LaunchGradient(queue, mean, logSigma, priorLogSigma, weight,
            Apart.From(nameof(KlDivergenceGradient), gradientMean, mean, logSigma, priorLogSigma),
            Apart.From(nameof(KlDivergenceGradient), gradientLogSigma, mean, logSigma, priorLogSigma, gradientMean));

    /// <inheritdoc/>
    public void SampledKlDivergence(Tensor logSigma, Tensor noise, Tensor sample, Tensor priorLogSigma, Tensor terms) =>
        Layers.SampledKlDivergence.Launch(queue, logSigma, noise, sample, priorLogSigma,
            Apart.From(nameof(SampledKlDivergence), terms, logSigma, noise, sample, priorLogSigma));

    /// <inheritdoc/>
    public void SampledKlDivergenceGradient(Tensor sample, Tensor priorLogSigma, float weight, Tensor gradientSample, Tensor gradientLogSigma) =>
        Layers.SampledKlDivergence.LaunchGradient(queue, sample, priorLogSigma, weight,
            Apart.From(nameof(SampledKlDivergenceGradient), gradientSample, sample, priorLogSigma),
            Apart.From(nameof(SampledKlDivergenceGradient), gradientLogSigma, sample, priorLogSigma, gradientSample));

    /// <inheritdoc/>
    public void TransformGrid(Tensor grid, Tensor angle, Tensor shift, float shiftScale, Tensor transformed) =>
        Layers.TransformGrid.Launch(queue, grid, angle, shift, shiftScale, Apart.From(nameof(TransformGrid), transformed, grid, angle, shift));

    /// <inheritdoc/>
    public void TransformGridGradient(Tensor grid, Tensor angle, float shiftScale, Tensor gradientTransformed, Tensor gradientAngle,
        Tensor gradientShift) =>
        Layers.TransformGrid.LaunchGradient(queue, grid, angle, shiftScale, gradientTransformed,
            Apart.From(nameof(TransformGridGradient), gradientAngle, grid, angle, gradientTransformed),
            Apart.From(nameof(TransformGridGradient), gradientShift, grid, angle, gradientTransformed, gradientAngle));

    /// <inheritdoc/>
    public void SpatialDense(Tensor coordinates, Tensor weight, Tensor bias, Tensor latent, Activation activation, Tensor output) =>
        Layers.SpatialDense.Launch(queue, coordinates, weight, bias, latent, activation,
            Apart.From(nameof(SpatialDense), output, coordinates, weight, bias, latent));

    /// <inheritdoc/>
    public void SpatialDenseGradient(Tensor coordinates, Tensor weight, Tensor output, Activation activation, Tensor gradientOutput,
        Tensor? gradientCoordinates, Tensor gradientWeight, Tensor gradientBias, Tensor gradientLatent, bool accumulate) =>
        Layers.SpatialDense.LaunchGradient(queue, coordinates, weight, output, activation,
            Apart.From(nameof(SpatialDenseGradient), gradientOutput, coordinates, weight),
            Apart.From(nameof(SpatialDenseGradient), gradientCoordinates, coordinates, weight, output, gradientOutput),
            Apart.From(nameof(SpatialDenseGradient), gradientWeight, coordinates, weight, output, gradientOutput),
            Apart.From(nameof(SpatialDenseGradient), gradientBias, gradientOutput, gradientWeight),
            Apart.From(nameof(SpatialDenseGradient), gradientLatent, coordinates, weight, output, gradientOutput, gradientBias), accumulate);

    /// <inheritdoc/>
    public void L1Alignment(Tensor first, Tensor second, Tensor result) =>
        Layers.L1Alignment.Launch(queue, first, second, Apart.From(nameof(L1Alignment), result, first, second));

    /// <inheritdoc/>
    public void L1AlignmentGradient(Tensor first, Tensor second, float weight, Tensor gradientFirst, Tensor gradientSecond) =>
        Layers.L1Alignment.LaunchGradient(queue, first, second, weight, Apart.From(nameof(L1AlignmentGradient), gradientFirst, first, second),
            Apart.From(nameof(L1AlignmentGradient), gradientSecond, first, second, gradientFirst));

    /// <inheritdoc/>
    public void CosineAlignment(Tensor first, Tensor second, Tensor result) =>
        Layers.CosineAlignment.Launch(queue, first, second, Apart.From(nameof(CosineAlignment), result, first, second));

    /// <inheritdoc/>
    public void CosineAlignmentGradient(Tensor first, Tensor second, float weight, Tensor gradientFirst, Tensor gradientSecond) =>
        Layers.CosineAlignment.LaunchGradient(queue, first, second, weight,
            Apart.From(nameof(CosineAlignmentGradient), gradientFirst, first, second),
            Apart.From(nameof(CosineAlignmentGradient), gradientSecond, first, second, gradientFirst));

    /// <inheritdoc/>
    public void ExtractPatches(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor patches)
    {
        Apart.All(nameof(ExtractPatches), [image], [patches]);
        Imaging.ExtractPatches.Launch(queue, image, centres, size, normalization, patches);
    }

    /// <inheritdoc/>
    public void PatchDistance(
        Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor references,
        Tensor distance)
    {
        Apart.All(nameof(PatchDistance), [image, references], [distance]);
        Imaging.PatchDistance.Launch(queue, image, centres, size, normalization, references, distance);
    }

    /// <inheritdoc/>
    public void LevelPolynomial(Tensor image, int order, Tensor levelled) =>
        Imaging.LevelPolynomial.Launch(queue, image, order, levelled);

    /// <inheritdoc/>
    public void LineMedian(Tensor image, Tensor levelled) =>
        Imaging.LineMedian.Launch(queue, image, levelled);

    /// <inheritdoc/>
    public void StepLineCorrection(Tensor image, Tensor? mask, float limit, Tensor levelled, Tensor? replaced)
    {
        // Levelled may be the image itself.
        Apart.All(nameof(StepLineCorrection), mask is { } cover ? [cover] : [], [levelled, replaced]);
        Apart.From(nameof(StepLineCorrection), replaced, image);
        Imaging.StepLineCorrection.Launch(queue, image, mask, limit, levelled, replaced);
    }

    /// <inheritdoc/>
    public void GaussianFilter(Tensor image, double sigma, Tensor result)
    {
        Apart.All(nameof(GaussianFilter), [image], [result]);
        Imaging.GaussianFilter.Launch(queue, image, sigma, result);
    }

    /// <inheritdoc/>
    public void Gradient(Tensor image, Tensor x, Tensor y)
    {
        Apart.All(nameof(Gradient), [image], [x, y]);
        Imaging.Gradient.Launch(queue, image, x, y);
    }

    /// <inheritdoc/>
    public void StructureTensor(Tensor image, double sigma, float flat, Tensor? orientation, Tensor coherence)
    {
        Apart.All(nameof(StructureTensor), [image], [orientation, coherence]);
        Imaging.StructureTensor.Launch(queue, image, sigma, flat, orientation, coherence);
    }

    /// <inheritdoc/>
    public void HessianEigenvalues(Tensor image, double sigma, Tensor larger, Tensor smaller, Tensor? gradient, Tensor? normalX,
        Tensor? normalY)
    {
        Apart.All(nameof(HessianEigenvalues), [image], [larger, smaller, gradient, normalX, normalY]);
        Imaging.HessianEigenvalues.Launch(queue, image, sigma, larger, smaller, gradient, normalX, normalY);
    }

    /// <inheritdoc/>
    public void LocalMoments(Tensor image, int size, Tensor mean, Tensor deviation, Tensor? skewness, Tensor? kurtosis, Tensor? height)
    {
        Apart.All(nameof(LocalMoments), [image], [mean, deviation, skewness, kurtosis, height]);
        Imaging.LocalMoments.Launch(queue, image, size, mean, deviation, skewness, kurtosis, height);
    }

    /// <inheritdoc/>
    public void CurvatureFit(Tensor image, float scale, Tensor mean, Tensor gaussian)
    {
        Apart.All(nameof(CurvatureFit), [image], [mean, gaussian]);
        Imaging.CurvatureFit.Launch(queue, image, scale, mean, gaussian);
    }

    /// <inheritdoc/>
    public void PatchMinMax(Tensor image, int size, Tensor minimum, Tensor maximum)
    {
        Apart.All(nameof(PatchMinMax), [image], [minimum, maximum]);
        Imaging.PatchMinMax.Launch(queue, image, size, minimum, maximum);
    }

    /// <inheritdoc/>
    public void RotationEnergy(Tensor image, int size, Tensor fourfold, Tensor eightfold)
    {
        Apart.All(nameof(RotationEnergy), [image], [fourfold, eightfold]);
        Imaging.RotationEnergy.Launch(queue, image, size, fourfold, eightfold);
    }

    /// <inheritdoc/>
    public void RadialSpectrumSlope(Tensor image, ReadOnlySpan<int> centres, int size, Tensor result)
    {
        Apart.All(nameof(RadialSpectrumSlope), [image], [result]);
        Imaging.RadialSpectrumSlope.Launch(queue, image, centres, size, result);
    }

    /// <inheritdoc/>
    public void NormalProfile(Tensor image, Tensor normalX, Tensor normalY, ReadOnlySpan<int> centres, double step, Tensor profile)
    {
        Apart.All(nameof(NormalProfile), [image, normalX, normalY], [profile]);
        Imaging.NormalProfile.Launch(queue, image, normalX, normalY, centres, step, profile);
    }

    /// <inheritdoc/>
    public void TakePixels(Tensor planes, ReadOnlySpan<int> centres, Tensor result)
    {
        Apart.All(nameof(TakePixels), [planes], [result]);
        Imaging.TakePixels.Launch(queue, planes, centres, result);
    }

    /// <inheritdoc/>
    public void StandardizeRows(Tensor values) =>
        Imaging.StandardizeRows.Launch(queue, values);

    /// <inheritdoc/>
    public void DihedralPatchDistance(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization,
        Tensor references, Tensor distance)
    {
        Apart.All(nameof(DihedralPatchDistance), [image, references], [distance]);
        Imaging.DihedralPatchDistance.Launch(queue, image, centres, size, normalization, references, distance);
    }

    /// <inheritdoc/>
    public void PatchDense(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor weight, Tensor bias,
        Activation activation, Tensor output)
    {
        Apart.All(nameof(PatchDense), [image, weight, bias], [output]);
        Imaging.PatchDense.Launch(queue, image, centres, size, normalization, weight, bias, activation, output);
    }

    /// <inheritdoc/>
    public void Dispose() => queue.Dispose();
}
