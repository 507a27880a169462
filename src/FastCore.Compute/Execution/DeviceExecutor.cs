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
    public void PosteriorSolve(CovarianceFunction function, Tensor points, Tensor candidates, Tensor lengthscale, float outputScale, Tensor lower,
        Tensor beta, float constantMean, Tensor? whitened, Tensor mean, Tensor variance) =>
        Covariances.PosteriorSolve.Launch(
            queue, function, points, candidates, lengthscale, outputScale, lower, beta, constantMean, whitened, mean, variance);

    /// <inheritdoc/>
    public void KeepSmallest(Tensor distance, Tensor smallest) =>
        Covariances.KeepSmallest.Launch(queue, distance, smallest);

    /// <inheritdoc/>
    public void Dense(Tensor input, Tensor weight, Tensor bias, Activation activation, Tensor output) =>
        Layers.Dense.Launch(queue, input, weight, bias, activation, output);

    /// <inheritdoc/>
    public void DenseGradient(
        Tensor input, Tensor weight, Tensor output, Activation activation, Tensor gradientOutput,
        Tensor? gradientInput, Tensor gradientWeight, Tensor gradientBias) =>
        Layers.Dense.LaunchGradient(queue, input, weight, output, activation, gradientOutput, gradientInput, gradientWeight, gradientBias);

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
    public void ExtractPatches(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor patches) =>
        Imaging.ExtractPatches.Launch(queue, image, centres, size, normalization, patches);

    /// <inheritdoc/>
    public void PatchDistance(
        Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor references,
        Tensor distance) =>
        Imaging.PatchDistance.Launch(queue, image, centres, size, normalization, references, distance);

    /// <inheritdoc/>
    public void LevelPolynomial(Tensor image, int order, Tensor levelled) =>
        Imaging.LevelPolynomial.Launch(queue, image, order, levelled);

    /// <inheritdoc/>
    public void LineMedian(Tensor image, Tensor levelled) =>
        Imaging.LineMedian.Launch(queue, image, levelled);

    /// <inheritdoc/>
    public void GaussianFilter(Tensor image, double sigma, Tensor result) =>
        Imaging.GaussianFilter.Launch(queue, image, sigma, result);

    /// <inheritdoc/>
    public void Gradient(Tensor image, Tensor x, Tensor y) =>
        Imaging.Gradient.Launch(queue, image, x, y);

    /// <inheritdoc/>
    public void StructureTensor(Tensor image, double sigma, float flat, Tensor? orientation, Tensor coherence) =>
        Imaging.StructureTensor.Launch(queue, image, sigma, flat, orientation, coherence);

    /// <inheritdoc/>
    public void HessianEigenvalues(Tensor image, double sigma, Tensor larger, Tensor smaller, Tensor? gradient, Tensor? normalX,
        Tensor? normalY) =>
        Imaging.HessianEigenvalues.Launch(queue, image, sigma, larger, smaller, gradient, normalX, normalY);

    /// <inheritdoc/>
    public void LocalMoments(Tensor image, int size, Tensor mean, Tensor deviation, Tensor? skewness, Tensor? kurtosis, Tensor? height) =>
        Imaging.LocalMoments.Launch(queue, image, size, mean, deviation, skewness, kurtosis, height);

    /// <inheritdoc/>
    public void CurvatureFit(Tensor image, float scale, Tensor mean, Tensor gaussian) =>
        Imaging.CurvatureFit.Launch(queue, image, scale, mean, gaussian);

    /// <inheritdoc/>
    public void PatchMinMax(Tensor image, int size, Tensor minimum, Tensor maximum) =>
        Imaging.PatchMinMax.Launch(queue, image, size, minimum, maximum);

    /// <inheritdoc/>
    public void NormalProfile(Tensor image, Tensor normalX, Tensor normalY, ReadOnlySpan<int> centres, double step, Tensor profile) =>
        Imaging.NormalProfile.Launch(queue, image, normalX, normalY, centres, step, profile);

    /// <inheritdoc/>
    public void TakePixels(Tensor planes, ReadOnlySpan<int> centres, Tensor result) =>
        Imaging.TakePixels.Launch(queue, planes, centres, result);

    /// <inheritdoc/>
    public void StandardizeRows(Tensor values) =>
        Imaging.StandardizeRows.Launch(queue, values);

    /// <inheritdoc/>
    public void DihedralPatchDistance(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization,
        Tensor references, Tensor distance) =>
        Imaging.DihedralPatchDistance.Launch(queue, image, centres, size, normalization, references, distance);

    /// <inheritdoc/>
    public void PatchDense(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor weight, Tensor bias,
        Activation activation, Tensor output) =>
        Imaging.PatchDense.Launch(queue, image, centres, size, normalization, weight, bias, activation, output);

    /// <inheritdoc/>
    public void Dispose() => queue.Dispose();
}
