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
        LinearAlgebra.Copy.Host(arena.Read(source), arena.Write(destination));

    /// <inheritdoc/>
    public void AddScaled(T alpha, Tensor x, Tensor y) =>
        LinearAlgebra.AddScaled.Host(alpha, arena.Read(x), arena.Write(y));

    /// <inheritdoc/>
    public void Multiply(Tensor x, Tensor y, Tensor z) =>
        LinearAlgebra.Multiply.Host(arena.Read(x), arena.Read(y), arena.Write(z));

    /// <inheritdoc/>
    public void AddDiagonal(Tensor a, T value) =>
        LinearAlgebra.AddDiagonal.Host(value, arena.Write(a));

    /// <inheritdoc/>
    public void MatrixMultiply(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, T alpha, T beta) =>
        LinearAlgebra.MatrixMultiply.Host(arena.Read(a), arena.Read(b), transposeA, transposeB, alpha, beta, arena.Write(c));

    /// <inheritdoc/>
    public bool CholeskyFactor(Tensor a) =>
        LinearAlgebra.CholeskyFactor.Host(arena.Write(a));

    /// <inheritdoc/>
    public bool CholeskyAppend(Tensor factor, int n, Tensor newRow) =>
        LinearAlgebra.CholeskyAppend.Host(arena.Read(newRow), n, arena.Write(factor));

    /// <inheritdoc/>
    public void TriangularSolve(Tensor lower, Tensor b, bool transpose) =>
        LinearAlgebra.TriangularSolve.Host(arena.Read(lower), transpose, arena.Write(b));

    /// <inheritdoc/>
    public void CholeskyInverse(Tensor lower, Tensor inverse) =>
        LinearAlgebra.CholeskyInverse.Host(arena.Read(lower), arena.Write(inverse));

    /// <inheritdoc/>
    public void ColumnSquaredNorm(Tensor a, Tensor result) =>
        LinearAlgebra.ColumnSquaredNorm.Host(arena.Read(a), arena.Write(result));

    /// <inheritdoc/>
    public void ColumnSum(Tensor a, Tensor result) =>
        LinearAlgebra.ColumnSum.Host(arena.Read(a), arena.Write(result));

    /// <inheritdoc/>
    public void ScaledSquaredDistance(Tensor x, Tensor y, Tensor lengthscale, Tensor distance) =>
        Covariances.ScaledSquaredDistance.Host(arena.Read(x), arena.Read(y), arena.Read(lengthscale), arena.Write(distance));

    /// <inheritdoc/>
    public void ScaledSquaredDistanceGradient(Tensor x, Tensor lengthscale, Tensor weight, Tensor gradientX, Tensor gradientLengthscale) =>
        Covariances.ScaledSquaredDistanceGradient.Host(
            arena.Read(x), arena.Read(lengthscale), arena.Read(weight), arena.Write(gradientX),
            arena.Write(gradientLengthscale));

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
        Covariances.PosteriorAppend.Host(
            n, arena.Read(crossCovariance), arena.Read(factorRow), arena.Read(beta), constantMean, arena.Write(whitened),
            arena.Write(mean), arena.Write(variance));

    /// <inheritdoc/>
    public void KeepSmallest(Tensor distance, Tensor smallest) =>
        Covariances.KeepSmallest.Host(arena.Read(distance), arena.Write(smallest));

    /// <inheritdoc/>
    public void Dense(Tensor input, Tensor weight, Tensor bias, Activation activation, Tensor output) =>
        Layers.Dense.Host(arena.Read(input), arena.Read(weight), arena.Read(bias), activation, arena.Write(output));

    /// <inheritdoc/>
    public void DenseGradient(
        Tensor input, Tensor weight, Tensor output, Activation activation, Tensor gradientOutput,
        Tensor? gradientInput, Tensor gradientWeight, Tensor gradientBias, bool accumulate) =>
        Layers.Dense.GradientHost(
            arena.Read(input), arena.Read(weight), arena.Read(output), activation, arena.Write(gradientOutput),
            gradientInput is { } wanted ? arena.Write(wanted) : default, arena.Write(gradientWeight), arena.Write(gradientBias), accumulate);

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
    public void AdamStep(Tensor gradient, Tensor firstMoment, Tensor secondMoment, Tensor parameters, AdamSettings settings) =>
        Layers.AdamStep.Host(
            arena.Read(gradient), settings, arena.Write(firstMoment), arena.Write(secondMoment), arena.Write(parameters));

    /// <inheritdoc/>
    public void RowSum(Tensor a, Tensor result) =>
        LinearAlgebra.RowSum.Host(arena.Read(a), arena.Write(result));

    /// <inheritdoc/>
    public void Sum(Tensor a, T alpha, T beta, Tensor result) =>
        LinearAlgebra.Sum.Host(arena.Read(a), alpha, beta, arena.Write(result));

    /// <inheritdoc/>
    public void SigmoidCrossEntropy(Tensor logits, Tensor target, Tensor result) =>
        Layers.SigmoidCrossEntropy.Host(arena.Read(logits), arena.Read(target), arena.Write(result));

    /// <inheritdoc/>
    public void SigmoidCrossEntropyGradient(Tensor logits, Tensor target, T weight, Tensor gradientLogits) =>
        Layers.SigmoidCrossEntropy.GradientHost(arena.Read(logits), arena.Read(target), weight, arena.Write(gradientLogits));

    /// <inheritdoc/>
    public void Reparameterize(Tensor mean, Tensor logSigma, Tensor noise, Tensor sample) =>
        Layers.Reparameterize.Host(arena.Read(mean), arena.Read(logSigma), arena.Read(noise), arena.Write(sample));

    /// <inheritdoc/>
    public void ReparameterizeGradient(Tensor logSigma, Tensor noise, Tensor gradientSample, Tensor gradientMean, Tensor gradientLogSigma) =>
        Layers.Reparameterize.GradientHost(arena.Read(logSigma), arena.Read(noise), arena.Read(gradientSample), arena.Write(gradientMean),
            arena.Write(gradientLogSigma));

    /// <inheritdoc/>
    public void KlDivergence(Tensor mean, Tensor logSigma, Tensor priorLogSigma, Tensor terms) =>
        Layers.KlDivergence.Host(arena.Read(mean), arena.Read(logSigma), arena.Read(priorLogSigma), arena.Write(terms));

    /// <inheritdoc/>
    public void KlDivergenceGradient(Tensor mean, Tensor logSigma, Tensor priorLogSigma, T weight, Tensor gradientMean,
        Tensor gradientLogSigma) =>
        Layers.KlDivergence.GradientHost(arena.Read(mean), arena.Read(logSigma), arena.Read(priorLogSigma), weight,
            arena.Write(gradientMean), arena.Write(gradientLogSigma));

    /// <inheritdoc/>
    public void SampledKlDivergence(Tensor logSigma, Tensor noise, Tensor sample, Tensor priorLogSigma, Tensor terms) =>
        Layers.SampledKlDivergence.Host(arena.Read(logSigma), arena.Read(noise), arena.Read(sample), arena.Read(priorLogSigma),
            arena.Write(terms));

    /// <inheritdoc/>
    public void SampledKlDivergenceGradient(Tensor sample, Tensor priorLogSigma, T weight, Tensor gradientSample, Tensor gradientLogSigma) =>
        Layers.SampledKlDivergence.GradientHost(arena.Read(sample), arena.Read(priorLogSigma), weight, arena.Write(gradientSample),
            arena.Write(gradientLogSigma));

    /// <inheritdoc/>
    public void TransformGrid(Tensor grid, Tensor angle, Tensor shift, T shiftScale, Tensor transformed) =>
        Layers.TransformGrid.Host(arena.Read(grid), arena.Read(angle), arena.Read(shift), shiftScale, arena.Write(transformed));

    /// <inheritdoc/>
    public void TransformGridGradient(Tensor grid, Tensor angle, T shiftScale, Tensor gradientTransformed, Tensor gradientAngle,
        Tensor gradientShift) =>
        Layers.TransformGrid.GradientHost(arena.Read(grid), arena.Read(angle), shiftScale, arena.Read(gradientTransformed),
            arena.Write(gradientAngle), arena.Write(gradientShift));

    /// <inheritdoc/>
    public void SpatialDense(Tensor coordinates, Tensor weight, Tensor bias, Tensor latent, Activation activation, Tensor output) =>
        Layers.SpatialDense.Host(arena.Read(coordinates), arena.Read(weight), arena.Read(bias), arena.Read(latent), activation,
            arena.Write(output));

    /// <inheritdoc/>
    public void SpatialDenseGradient(Tensor coordinates, Tensor weight, Tensor output, Activation activation, Tensor gradientOutput,
        Tensor? gradientCoordinates, Tensor gradientWeight, Tensor gradientBias, Tensor gradientLatent, bool accumulate) =>
        Layers.SpatialDense.GradientHost(arena.Read(coordinates), arena.Read(weight), arena.Read(output), activation,
            arena.Write(gradientOutput), gradientCoordinates is { } wanted ? arena.Write(wanted) : default, arena.Write(gradientWeight),
            arena.Write(gradientBias), arena.Write(gradientLatent), accumulate);

    /// <inheritdoc/>
    public void L1Alignment(Tensor first, Tensor second, Tensor result) =>
        Layers.L1Alignment.Host(arena.Read(first), arena.Read(second), arena.Write(result));

    /// <inheritdoc/>
    public void L1AlignmentGradient(Tensor first, Tensor second, T weight, Tensor gradientFirst, Tensor gradientSecond) =>
        Layers.L1Alignment.GradientHost(arena.Read(first), arena.Read(second), weight, arena.Write(gradientFirst), arena.Write(gradientSecond));

    /// <inheritdoc/>
    public void CosineAlignment(Tensor first, Tensor second, Tensor result) =>
        Layers.CosineAlignment.Host(arena.Read(first), arena.Read(second), arena.Write(result));

    /// <inheritdoc/>
    public void CosineAlignmentGradient(Tensor first, Tensor second, T weight, Tensor gradientFirst, Tensor gradientSecond) =>
        Layers.CosineAlignment.GradientHost(arena.Read(first), arena.Read(second), weight, arena.Write(gradientFirst),
            arena.Write(gradientSecond));

    /// <inheritdoc/>
    public void ExtractPatches(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor patches) =>
        Imaging.ExtractPatches.Host(arena.Read(image), centres, size, normalization, arena.Write(patches));

    /// <inheritdoc/>
    public void PatchDistance(
        Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor references,
        Tensor distance) =>
        Imaging.PatchDistance.Host(
            arena.Read(image), centres, size, normalization, arena.Read(references), arena.Write(distance));

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
