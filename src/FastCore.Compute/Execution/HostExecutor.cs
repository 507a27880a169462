using System.Numerics;
using Covariances = FastCore.Compute.Covariance;

namespace FastCore.Compute.Execution;

/// <summary>Runs every operation with SIMD on the cores of this machine; a call costs no managed memory.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class HostExecutor<T> : IExecutor<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena<T> arena;

    /// <summary>Reserves the arena that <paramref name="layout"/> plans.</summary>
    public HostExecutor(ArenaLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        arena = new Arena<T>(layout.Length);
    }

    /// <inheritdoc/>
    public string Description => HostThreads.Description;

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<T> source, Tensor destination)
    {
        Shape.RequireLength(nameof(Upload), nameof(source), source.Length, destination);
        MatrixSpan<T> rows = arena.Write(destination);
        for (int i = 0; i < destination.Rows; i++)
            source.Slice(i * destination.Columns, destination.Columns).CopyTo(rows.Row(i));
    }

    /// <inheritdoc/>
    public void Download(Tensor source, Span<T> destination)
    {
        Shape.RequireLength(nameof(Download), nameof(destination), destination.Length, source);
        ReadOnlyMatrixSpan<T> rows = arena.Read(source);
        for (int i = 0; i < source.Rows; i++)
            rows.Row(i).CopyTo(destination.Slice(i * source.Columns, source.Columns));
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void Fill(Tensor x, T value) =>
        LinearAlgebra.Fill.Host(value, arena.Write(x));

    /// <inheritdoc/>
    public void Copy(Tensor source, Tensor destination) =>
        LinearAlgebra.Copy.Host(arena.Read(source), arena.Write(Apart.From(nameof(Copy), destination, source)));

    /// <inheritdoc/>
    public void AddScaled(T alpha, Tensor x, Tensor y) =>
        LinearAlgebra.AddScaled.Host(alpha, arena.Read(x), arena.Write(Apart.From(nameof(AddScaled), y, x)));

    /// <inheritdoc/>
    public void Multiply(Tensor x, Tensor y, Tensor z) =>
        LinearAlgebra.Multiply.Host(arena.Read(x), arena.Read(y), arena.Write(z));

    /// <inheritdoc/>
    public void AddDiagonal(Tensor a, T value) =>
        LinearAlgebra.AddDiagonal.Host(value, arena.Write(a));

    /// <inheritdoc/>
    public void MatrixMultiply(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, T alpha, T beta) =>
        LinearAlgebra.MatrixMultiply.Host(arena.Read(a), arena.Read(b), transposeA, transposeB, alpha, beta,
            arena.Write(Apart.From(nameof(MatrixMultiply), c, a, b)));

    /// <inheritdoc/>
    public bool CholeskyFactor(Tensor a) =>
        LinearAlgebra.CholeskyFactor.Host(arena.Write(a));

    /// <inheritdoc/>
    public bool CholeskyAppend(Tensor factor, int n, Tensor newRow) =>
        LinearAlgebra.CholeskyAppend.Host(arena.Read(newRow), n, arena.Write(Apart.From(nameof(CholeskyAppend), factor, newRow)));

    /// <inheritdoc/>
    public void TriangularSolve(Tensor lower, Tensor b, bool transpose) =>
        LinearAlgebra.TriangularSolve.Host(arena.Read(lower), transpose, arena.Write(Apart.From(nameof(TriangularSolve), b, lower)));

    /// <inheritdoc/>
    public void CholeskyInverse(Tensor lower, Tensor inverse) =>
        LinearAlgebra.CholeskyInverse.Host(arena.Read(lower), arena.Write(Apart.From(nameof(CholeskyInverse), inverse, lower)));

    /// <inheritdoc/>
    public void ColumnSquaredNorm(Tensor a, Tensor result) =>
        LinearAlgebra.ColumnSquaredNorm.Host(arena.Read(a), arena.Write(Apart.From(nameof(ColumnSquaredNorm), result, a)));

    /// <inheritdoc/>
    public void ColumnSum(Tensor a, Tensor result) =>
        LinearAlgebra.ColumnSum.Host(arena.Read(a), arena.Write(Apart.From(nameof(ColumnSum), result, a)));

    /// <inheritdoc/>
    public void ScaledSquaredDistance(Tensor x, Tensor y, Tensor lengthscale, Tensor distance) =>
        Covariances.ScaledSquaredDistance.Host(arena.Read(x), arena.Read(y), arena.Read(lengthscale),
            arena.Write(Apart.From(nameof(ScaledSquaredDistance), distance, x, y, lengthscale)));

    /// <inheritdoc/>
    public void ScaledSquaredDistanceGradient(Tensor x, Tensor lengthscale, Tensor weight, Tensor gradientX, Tensor gradientLengthscale) =>
        Covariances.ScaledSquaredDistanceGradient.Host(arena.Read(x), arena.Read(lengthscale), arena.Read(weight),
            arena.Write(Apart.From(nameof(ScaledSquaredDistanceGradient), gradientX, x, lengthscale, weight)),
            arena.Write(Apart.From(nameof(ScaledSquaredDistanceGradient), gradientLengthscale, x, lengthscale, weight, gradientX)));

    /// <inheritdoc/>
    public void Covariance(CovarianceFunction function, Tensor squaredDistance, T outputScale, Tensor covariance)
    {
        switch (function)
        {
            case CovarianceFunction.Rbf:
                Covariances.RbfCovariance.Host(arena.Read(squaredDistance), outputScale, arena.Write(covariance));
                break;
            case CovarianceFunction.Matern12:
                Covariances.Matern12Covariance.Host(arena.Read(squaredDistance), outputScale, arena.Write(covariance));
                break;
            case CovarianceFunction.Matern32:
                Covariances.Matern32Covariance.Host(arena.Read(squaredDistance), outputScale, arena.Write(covariance));
                break;
            case CovarianceFunction.Matern52:
                Covariances.Matern52Covariance.Host(arena.Read(squaredDistance), outputScale, arena.Write(covariance));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(function), function, "Not a covariance function.");
        }
    }

    /// <inheritdoc/>
    public void CovarianceSlope(CovarianceFunction function, Tensor squaredDistance, T outputScale, Tensor slope)
    {
        switch (function)
        {
            case CovarianceFunction.Rbf:
                Covariances.RbfCovariance.SlopeHost(arena.Read(squaredDistance), outputScale, arena.Write(slope));
                break;
            case CovarianceFunction.Matern12:
                Covariances.Matern12Covariance.SlopeHost(arena.Read(squaredDistance), outputScale, arena.Write(slope));
                break;
            case CovarianceFunction.Matern32:
                Covariances.Matern32Covariance.SlopeHost(arena.Read(squaredDistance), outputScale, arena.Write(slope));
                break;
            case CovarianceFunction.Matern52:
                Covariances.Matern52Covariance.SlopeHost(arena.Read(squaredDistance), outputScale, arena.Write(slope));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(function), function, "Not a covariance function.");
        }
    }

    /// <inheritdoc/>
    public void PosteriorAppend(
        Tensor whitened, int n, Tensor crossCovariance, Tensor factorRow, Tensor beta, T constantMean, Tensor mean,
        Tensor variance) =>
        Covariances.PosteriorAppend.Host(n, arena.Read(crossCovariance), arena.Read(factorRow), arena.Read(beta), constantMean,
            arena.Write(Apart.From(nameof(PosteriorAppend), whitened, crossCovariance, factorRow, beta)),
            arena.Write(Apart.From(nameof(PosteriorAppend), mean, whitened, crossCovariance, factorRow, beta)),
            arena.Write(Apart.From(nameof(PosteriorAppend), variance, whitened, crossCovariance, factorRow, beta, mean)));

    /// <inheritdoc/>
    public void PosteriorSolve(CovarianceFunction function, Tensor points, Tensor candidates, Tensor lengthscale, T outputScale, Tensor lower,
        Tensor beta, T constantMean, Tensor? whitened, Tensor mean, Tensor variance)
    {
        Apart.All(nameof(PosteriorSolve), [points, candidates, lengthscale, lower, beta], [whitened, mean, variance]);
        Covariances.PosteriorSolve.Host(
            function, arena.Read(points), arena.Read(candidates), arena.Read(lengthscale), outputScale, arena.Read(lower), arena.Read(beta),
            constantMean, Write(whitened), arena.Write(mean), arena.Write(variance));
    }

    /// <inheritdoc/>
    public void KeepSmallest(Tensor distance, Tensor smallest) =>
        Covariances.KeepSmallest.Host(arena.Read(distance), arena.Write(Apart.From(nameof(KeepSmallest), smallest, distance)));

    /// <inheritdoc/>
    public void ExpectedNearestDistance(Tensor prediction, Tensor unitVariance, Tensor measured, T outputVariance, T factor, T offset, Tensor? nearest,
        Tensor mean, Tensor variance) =>
        Covariances.ExpectedNearestDistance.Host(arena.Read(prediction), arena.Read(unitVariance), arena.Read(measured), outputVariance, factor, offset,
            Apart.From(nameof(ExpectedNearestDistance), nearest, prediction, unitVariance, measured, mean, variance) is { } wanted
                ? arena.Write(wanted) : default,
            arena.Write(Apart.From(nameof(ExpectedNearestDistance), mean, prediction, unitVariance, measured)),
            arena.Write(Apart.From(nameof(ExpectedNearestDistance), variance, prediction, unitVariance, measured, mean)));

    /// <inheritdoc/>
    public void Dense(Tensor input, Tensor weight, Tensor bias, Activation activation, Tensor output) =>
        Layers.Dense.Host(arena.Read(input), arena.Read(weight), arena.Read(bias), activation,
            arena.Write(Apart.From(nameof(Dense), output, input, weight, bias)));

    /// <inheritdoc/>
    public void DenseGradient(
        Tensor input, Tensor weight, Tensor output, Activation activation, Tensor gradientOutput,
        Tensor? gradientInput, Tensor gradientWeight, Tensor gradientBias, bool accumulate, Activation inputActivation) =>
        Layers.Dense.GradientHost(arena.Read(input), arena.Read(weight), arena.Read(output), activation,
            arena.Write(Apart.From(nameof(DenseGradient), gradientOutput, input, weight)),
            Apart.From(nameof(DenseGradient), gradientInput, input, weight, gradientOutput) is { } wanted ? arena.Write(wanted) : default,
            arena.Write(Apart.From(nameof(DenseGradient), gradientWeight, input, weight, output, gradientOutput)),
            arena.Write(Apart.From(nameof(DenseGradient), gradientBias, gradientOutput, gradientWeight)), accumulate, inputActivation);

    /// <inheritdoc/>
    public void BatchNormalize(
        Tensor input, Tensor scale, Tensor shift, T epsilon, T momentum, Tensor batchMean,
        Tensor batchInverseDeviation, Tensor runningMean, Tensor runningVariance, Tensor output) =>
        Layers.BatchNormalize.Host(
            arena.Read(input), arena.Read(scale), arena.Read(shift), epsilon, momentum, arena.Write(batchMean),
            arena.Write(batchInverseDeviation), arena.Write(runningMean), arena.Write(runningVariance), arena.Write(output));

    /// <inheritdoc/>
    public void BatchNormalizePredict(
        Tensor input, Tensor scale, Tensor shift, T epsilon, Tensor runningMean, Tensor runningVariance, Tensor output) =>
        Layers.BatchNormalize.PredictHost(
            arena.Read(input), arena.Read(scale), arena.Read(shift), epsilon, arena.Read(runningMean), arena.Read(runningVariance),
            arena.Write(output));

    /// <inheritdoc/>
    public void BatchNormalizeGradient(
        Tensor input, Tensor scale, Tensor batchMean, Tensor batchInverseDeviation, Tensor gradientOutput,
        Tensor gradientInput, Tensor gradientScale, Tensor gradientShift) =>
        Layers.BatchNormalize.GradientHost(
            arena.Read(input), arena.Read(scale), arena.Read(batchMean), arena.Read(batchInverseDeviation), arena.Read(gradientOutput),
            arena.Write(gradientInput), arena.Write(gradientScale), arena.Write(gradientShift));

    /// <inheritdoc/>
    public void ScaleToBounds(Tensor input, T low, T high, Tensor bounds, Tensor output) =>
        Layers.ScaleToBounds.Host(arena.Read(input), low, high, arena.Write(bounds), arena.Write(output));

    /// <inheritdoc/>
    public void ScaleToKnownBounds(Tensor input, T low, T high, Tensor bounds, Tensor output) =>
        Layers.ScaleToBounds.KnownHost(arena.Read(input), low, high, arena.Read(bounds), arena.Write(output));

    /// <inheritdoc/>
    public void ScaleToBoundsGradient(Tensor input, T low, T high, Tensor bounds, Tensor gradientOutput, Tensor gradientInput) =>
        Layers.ScaleToBounds.GradientHost(
            arena.Read(input), low, high, arena.Read(bounds), arena.Read(gradientOutput), arena.Write(gradientInput));

    /// <inheritdoc/>
    public void ClipGlobalNorm(Tensor gradient, T maximumNorm) =>
        Layers.ClipGlobalNorm.Host(maximumNorm, arena.Write(gradient));

    /// <inheritdoc/>
    public void AdamStep(Tensor gradient, Tensor firstMoment, Tensor secondMoment, Tensor parameters, AdamSettings settings, Tensor? previous = null) =>
        Layers.AdamStep.Host(arena.Read(gradient), settings, arena.Write(firstMoment), arena.Write(secondMoment), arena.Write(parameters),
            previous is { } kept ? arena.Write(Apart.From(nameof(AdamStep), kept, gradient, firstMoment, secondMoment, parameters)) : default);

    /// <inheritdoc/>
    public void RowSum(Tensor a, Tensor result) =>
        LinearAlgebra.RowSum.Host(arena.Read(a), arena.Write(Apart.From(nameof(RowSum), result, a)));

    /// <inheritdoc/>
    public void Sum(Tensor a, T alpha, T beta, Tensor result) =>
        LinearAlgebra.Sum.Host(arena.Read(a), alpha, beta, arena.Write(Apart.From(nameof(Sum), result, a)));

    /// <inheritdoc/>
    public void SigmoidCrossEntropy(Tensor logits, Tensor target, Tensor result) =>
        Layers.SigmoidCrossEntropy.Host(arena.Read(logits), arena.Read(target),
            arena.Write(Apart.From(nameof(SigmoidCrossEntropy), result, logits, target)));

    /// <inheritdoc/>
    public void SigmoidCrossEntropyGradient(Tensor logits, Tensor target, T weight, Tensor gradientLogits) =>
        Layers.SigmoidCrossEntropy.GradientHost(arena.Read(logits), arena.Read(target), weight,
            arena.Write(Apart.From(nameof(SigmoidCrossEntropyGradient), gradientLogits, target)));

    /// <inheritdoc/>
    public void Reparameterize(Tensor mean, Tensor logSigma, Tensor noise, Tensor sample) =>
        Layers.Reparameterize.Host(arena.Read(mean), arena.Read(logSigma), arena.Read(noise),
            arena.Write(Apart.From(nameof(Reparameterize), sample, mean, logSigma, noise)));

    /// <inheritdoc/>
    public void ReparameterizeGradient(Tensor logSigma, Tensor noise, Tensor gradientSample, Tensor gradientMean, Tensor gradientLogSigma) =>
        Layers.Reparameterize.GradientHost(arena.Read(logSigma), arena.Read(noise), arena.Read(gradientSample),
            arena.Write(Apart.From(nameof(ReparameterizeGradient), gradientMean, logSigma, noise, gradientSample)),
            arena.Write(Apart.From(nameof(ReparameterizeGradient), gradientLogSigma, logSigma, noise, gradientSample, gradientMean)));

    /// <inheritdoc/>
    public void KlDivergence(Tensor mean, Tensor logSigma, Tensor priorLogSigma, Tensor terms) =>
        Layers.KlDivergence.Host(arena.Read(mean), arena.Read(logSigma), arena.Read(priorLogSigma),
            arena.Write(Apart.From(nameof(KlDivergence), terms, mean, logSigma, priorLogSigma)));

    /// <inheritdoc/>
    public void KlDivergenceGradient(Tensor mean, Tensor logSigma, Tensor priorLogSigma, T weight, Tensor gradientMean,
        Tensor gradientLogSigma) =>
        Layers.KlDivergence.GradientHost(arena.Read(mean), arena.Read(logSigma), arena.Read(priorLogSigma), weight,
            arena.Write(Apart.From(nameof(KlDivergenceGradient), gradientMean, mean, logSigma, priorLogSigma)),
            arena.Write(Apart.From(nameof(KlDivergenceGradient), gradientLogSigma, mean, logSigma, priorLogSigma, gradientMean)));

    /// <inheritdoc/>
    public void SampledKlDivergence(Tensor logSigma, Tensor noise, Tensor sample, Tensor priorLogSigma, Tensor terms) =>
        Layers.SampledKlDivergence.Host(arena.Read(logSigma), arena.Read(noise), arena.Read(sample), arena.Read(priorLogSigma),
            arena.Write(Apart.From(nameof(SampledKlDivergence), terms, logSigma, noise, sample, priorLogSigma)));

    /// <inheritdoc/>
    public void SampledKlDivergenceGradient(Tensor sample, Tensor priorLogSigma, T weight, Tensor gradientSample, Tensor gradientLogSigma) =>
        Layers.SampledKlDivergence.GradientHost(arena.Read(sample), arena.Read(priorLogSigma), weight,
            arena.Write(Apart.From(nameof(SampledKlDivergenceGradient), gradientSample, sample, priorLogSigma)),
            arena.Write(Apart.From(nameof(SampledKlDivergenceGradient), gradientLogSigma, sample, priorLogSigma, gradientSample)));

    /// <inheritdoc/>
    public void TransformGrid(Tensor grid, Tensor angle, Tensor shift, T shiftScale, Tensor transformed) =>
        Layers.TransformGrid.Host(arena.Read(grid), arena.Read(angle), arena.Read(shift), shiftScale,
            arena.Write(Apart.From(nameof(TransformGrid), transformed, grid, angle, shift)));

    /// <inheritdoc/>
    public void TransformGridGradient(Tensor grid, Tensor angle, T shiftScale, Tensor gradientTransformed, Tensor gradientAngle,
        Tensor gradientShift) =>
        Layers.TransformGrid.GradientHost(arena.Read(grid), arena.Read(angle), shiftScale, arena.Read(gradientTransformed),
            arena.Write(Apart.From(nameof(TransformGridGradient), gradientAngle, grid, angle, gradientTransformed)),
            arena.Write(Apart.From(nameof(TransformGridGradient), gradientShift, grid, angle, gradientTransformed, gradientAngle)));

    /// <inheritdoc/>
    public void SpatialDense(Tensor coordinates, Tensor weight, Tensor bias, Tensor latent, Activation activation, Tensor output) =>
        Layers.SpatialDense.Host(arena.Read(coordinates), arena.Read(weight), arena.Read(bias), arena.Read(latent), activation,
            arena.Write(Apart.From(nameof(SpatialDense), output, coordinates, weight, bias, latent)));

    /// <inheritdoc/>
    public void SpatialDenseGradient(Tensor coordinates, Tensor weight, Tensor output, Activation activation, Tensor gradientOutput,
        Tensor? gradientCoordinates, Tensor gradientWeight, Tensor gradientBias, Tensor gradientLatent, bool accumulate) =>
        Layers.SpatialDense.GradientHost(arena.Read(coordinates), arena.Read(weight), arena.Read(output), activation,
            arena.Write(Apart.From(nameof(SpatialDenseGradient), gradientOutput, coordinates, weight)),
            Apart.From(nameof(SpatialDenseGradient), gradientCoordinates, coordinates, weight, output,
                gradientOutput) is { } wanted ? arena.Write(wanted) : default,
            arena.Write(Apart.From(nameof(SpatialDenseGradient), gradientWeight, coordinates, weight, output, gradientOutput)),
            arena.Write(Apart.From(nameof(SpatialDenseGradient), gradientBias, gradientOutput, gradientWeight)),
            arena.Write(Apart.From(nameof(SpatialDenseGradient), gradientLatent, coordinates, weight, output, gradientOutput, gradientBias)),
            accumulate);

    /// <inheritdoc/>
    public void L1Alignment(Tensor first, Tensor second, Tensor result) =>
        Layers.L1Alignment.Host(arena.Read(first), arena.Read(second), arena.Write(Apart.From(nameof(L1Alignment), result, first, second)));

    /// <inheritdoc/>
    public void L1AlignmentGradient(Tensor first, Tensor second, T weight, Tensor gradientFirst, Tensor gradientSecond) =>
        Layers.L1Alignment.GradientHost(arena.Read(first), arena.Read(second), weight,
            arena.Write(Apart.From(nameof(L1AlignmentGradient), gradientFirst, first, second)),
            arena.Write(Apart.From(nameof(L1AlignmentGradient), gradientSecond, first, second, gradientFirst)));

    /// <inheritdoc/>
    public void CosineAlignment(Tensor first, Tensor second, Tensor result) =>
        Layers.CosineAlignment.Host(arena.Read(first), arena.Read(second), arena.Write(Apart.From(nameof(CosineAlignment), result, first, second)));

    /// <inheritdoc/>
    public void CosineAlignmentGradient(Tensor first, Tensor second, T weight, Tensor gradientFirst, Tensor gradientSecond) =>
        Layers.CosineAlignment.GradientHost(arena.Read(first), arena.Read(second), weight,
            arena.Write(Apart.From(nameof(CosineAlignmentGradient), gradientFirst, first, second)),
            arena.Write(Apart.From(nameof(CosineAlignmentGradient), gradientSecond, first, second, gradientFirst)));

    /// <inheritdoc/>
    public void ExtractPatches(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor patches)
    {
        Apart.All(nameof(ExtractPatches), [image], [patches]);
        Imaging.ExtractPatches.Host(arena.Read(image), centres, size, normalization, arena.Write(patches));
    }

    /// <inheritdoc/>
    public void PatchDistance(
        Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor references,
        Tensor distance)
    {
        Apart.All(nameof(PatchDistance), [image, references], [distance]);
        Imaging.PatchDistance.Host(
            arena.Read(image), centres, size, normalization, arena.Read(references), arena.Write(distance));
    }

    /// <inheritdoc/>
    public void LevelPolynomial(Tensor image, int order, Tensor levelled) =>
        Imaging.LevelPolynomial.Host(arena.Read(image), order, arena.Write(levelled));

    /// <inheritdoc/>
    public void LineMedian(Tensor image, Tensor levelled) =>
        Imaging.LineMedian.Host(arena.Read(image), arena.Write(levelled));

    /// <inheritdoc/>
    public void StepLineCorrection(Tensor image, Tensor? mask, T limit, Tensor levelled, Tensor? replaced)
    {
        // Levelled may be the image itself.
        Apart.All(nameof(StepLineCorrection), mask is { } cover ? [cover] : [], [levelled, replaced]);
        Apart.From(nameof(StepLineCorrection), replaced, image);
        Imaging.StepLineCorrection.Host(arena.Read(image), mask is { } covered ? arena.Read(covered) : default, limit, arena.Write(levelled),
            Write(replaced));
    }

    /// <inheritdoc/>
    public void GaussianFilter(Tensor image, double sigma, Tensor result)
    {
        Apart.All(nameof(GaussianFilter), [image], [result]);
        Imaging.GaussianFilter.Host(arena.Read(image), sigma, arena.Write(result));
    }

    /// <inheritdoc/>
    public void Gradient(Tensor image, Tensor x, Tensor y)
    {
        Apart.All(nameof(Gradient), [image], [x, y]);
        Imaging.Gradient.Host(arena.Read(image), arena.Write(x), arena.Write(y));
    }

    /// <inheritdoc/>
    public void StructureTensor(Tensor image, double sigma, T flat, Tensor? orientation, Tensor coherence)
    {
        Apart.All(nameof(StructureTensor), [image], [orientation, coherence]);
        Imaging.StructureTensor.Host(arena.Read(image), sigma, flat, Write(orientation), arena.Write(coherence));
    }

    /// <inheritdoc/>
    public void HessianEigenvalues(Tensor image, double sigma, Tensor larger, Tensor smaller, Tensor? gradient, Tensor? normalX,
        Tensor? normalY)
    {
        Apart.All(nameof(HessianEigenvalues), [image], [larger, smaller, gradient, normalX, normalY]);
        Imaging.HessianEigenvalues.Host(arena.Read(image), sigma, arena.Write(larger), arena.Write(smaller), Write(gradient),
            Write(normalX), Write(normalY));
    }

    /// <inheritdoc/>
    public void LocalMoments(Tensor image, int size, Tensor mean, Tensor deviation, Tensor? skewness, Tensor? kurtosis, Tensor? height)
    {
        Apart.All(nameof(LocalMoments), [image], [mean, deviation, skewness, kurtosis, height]);
        Imaging.LocalMoments.Host(arena.Read(image), size, arena.Write(mean), arena.Write(deviation), Write(skewness), Write(kurtosis),
            Write(height));
    }

    /// <inheritdoc/>
    public void CurvatureFit(Tensor image, T scale, Tensor mean, Tensor gaussian)
    {
        Apart.All(nameof(CurvatureFit), [image], [mean, gaussian]);
        Imaging.CurvatureFit.Host(arena.Read(image), scale, arena.Write(mean), arena.Write(gaussian));
    }

    /// <inheritdoc/>
    public void PatchMinMax(Tensor image, int size, Tensor minimum, Tensor maximum)
    {
        Apart.All(nameof(PatchMinMax), [image], [minimum, maximum]);
        Imaging.PatchMinMax.Host(arena.Read(image), size, arena.Write(minimum), arena.Write(maximum));
    }

    /// <inheritdoc/>
    public void RotationEnergy(Tensor image, int size, Tensor fourfold, Tensor eightfold)
    {
        Apart.All(nameof(RotationEnergy), [image], [fourfold, eightfold]);
        Imaging.RotationEnergy.Host(arena.Read(image), size, arena.Write(fourfold), arena.Write(eightfold));
    }

    /// <inheritdoc/>
    public void RadialSpectrumSlope(Tensor image, ReadOnlySpan<int> centres, int size, Tensor result)
    {
        Apart.All(nameof(RadialSpectrumSlope), [image], [result]);
        Imaging.RadialSpectrumSlope.Host(arena.Read(image), centres, size, arena.Write(result));
    }

    /// <inheritdoc/>
    public void NormalProfile(Tensor image, Tensor normalX, Tensor normalY, ReadOnlySpan<int> centres, double step, Tensor profile)
    {
        Apart.All(nameof(NormalProfile), [image, normalX, normalY], [profile]);
        Imaging.NormalProfile.Host(arena.Read(image), arena.Read(normalX), arena.Read(normalY), centres, step, arena.Write(profile));
    }

    /// <inheritdoc/>
    public void TakePixels(Tensor planes, ReadOnlySpan<int> centres, Tensor result)
    {
        Apart.All(nameof(TakePixels), [planes], [result]);
        Imaging.TakePixels.Host(arena.Read(planes), centres, arena.Write(result));
    }

    /// <inheritdoc/>
    public void StandardizeRows(Tensor values) =>
        Imaging.StandardizeRows.Host(arena.Write(values));

    /// <inheritdoc/>
    public void DihedralPatchDistance(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization,
        Tensor references, Tensor distance)
    {
        Apart.All(nameof(DihedralPatchDistance), [image, references], [distance]);
        Imaging.DihedralPatchDistance.Host(arena.Read(image), centres, size, normalization, arena.Read(references), arena.Write(distance));
    }

    /// <inheritdoc/>
    public void PatchDense(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor weight, Tensor bias,
        Activation activation, Tensor output)
    {
        Apart.All(nameof(PatchDense), [image, weight, bias], [output]);
        Imaging.PatchDense.Host(arena.Read(image), centres, size, normalization, arena.Read(weight), arena.Read(bias), activation,
            arena.Write(output));
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    private MatrixSpan<T> Write(Tensor? tensor) => tensor is { } there ? arena.Write(there) : default;
}
