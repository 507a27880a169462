using System.Numerics;

namespace FastCore.Compute.Execution;

/// <summary>
/// Everything that a model may ask of a machine. A model is written once against this interface; where its arena lies
/// and what runs the operations is the executor's affair. Each operation has one file that holds its formula, its
/// reference, its SIMD form and its device kernel.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; device executors are <see cref="float"/> only.</typeparam>
/// <remarks>
/// Shapes are written rows x columns. Operations check shapes and throw <see cref="ArgumentException"/> that names both
/// sides. Inputs must not overlap the destination unless an operation says "in place"; most operations refuse it. A NaN that goes in comes
/// out (<see cref="KeepSmallest"/> leaves it out, <see cref="CholeskyFactor"/> says false), and a tensor without elements is no error.
/// An executor may be used by one
/// thread at a time; two executors never share state, so two models may run at once. Device executors queue work:
/// <see cref="Download"/> and <see cref="Synchronize"/> wait for it.
/// </remarks>
public interface IExecutor<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>What runs the operations, in words for logs and reports: "host, AVX-512, 2 threads".</summary>
    string Description { get; }

    /// <summary>Copies <paramref name="source"/> (row-major, Rows * Columns elements) into the arena.</summary>
    void Upload(ReadOnlySpan<T> source, Tensor destination);

    /// <summary>Copies a tensor out, row-major without gaps, after all queued work on it is done.</summary>
    void Download(Tensor source, Span<T> destination);

    /// <summary>Waits until everything queued is done.</summary>
    void Synchronize();

    /// <summary>x := value.</summary>
    void Fill(Tensor x, T value);

    /// <summary>destination := source, equal shapes, strides may differ.</summary>
    void Copy(Tensor source, Tensor destination);

    /// <summary>y := y + alpha x, equal shapes.</summary>
    void AddScaled(T alpha, Tensor x, Tensor y);

    /// <summary>z := x * y element by element, equal shapes; z may be x or y (in place).</summary>
    void Multiply(Tensor x, Tensor y, Tensor z);

    /// <summary>a_ii := a_ii + value for i below min(Rows, Columns).</summary>
    void AddDiagonal(Tensor a, T value);

    /// <summary>c := alpha op(a) op(b) + beta c, op the identity or the transposition. beta = 0 ignores what c held.</summary>
    void MatrixMultiply(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, T alpha, T beta);

    /// <summary>Lower Cholesky factor of a symmetric n x n matrix, in place; only the lower triangle is read, the upper one becomes 0.</summary>
    /// <returns>False when a pivot is not positive or not finite; the tensor then holds no factor.</returns>
    bool CholeskyFactor(Tensor a);

    /// <summary>
    /// Adds one row to a factor: <paramref name="factor"/> has at least n + 1 rows and columns and holds L in its leading n x n
    /// block; <paramref name="newRow"/> is 1 x (n + 1): the covariances of the new point with the old ones, then its own variance
    /// (noise included). Afterwards the leading (n + 1) x (n + 1) block is the factor of the enlarged matrix (SPEC 2.5).
    /// </summary>
    /// <returns>False when the new pivot is below 1e-6 or not finite: the point is a duplicate; the factor is unchanged.</returns>
    bool CholeskyAppend(Tensor factor, int n, Tensor newRow);

    /// <summary>b := L^-1 b, or L^-T b with <paramref name="transpose"/>; L is n x n lower, b is n x m (in place).</summary>
    void TriangularSolve(Tensor lower, Tensor b, bool transpose);

    /// <summary>inverse := (L L^T)^-1, full and symmetric.</summary>
    void CholeskyInverse(Tensor lower, Tensor inverse);

    /// <summary>result (1 x m) := sum over rows of a_ij^2.</summary>
    void ColumnSquaredNorm(Tensor a, Tensor result);

    /// <summary>result (1 x m) := sum over rows of a_ij.</summary>
    void ColumnSum(Tensor a, Tensor result);

    /// <summary>
    /// distance (n x m) := sum_d ((x_di - y_dj) / l_d)^2 for points in columns: <paramref name="x"/> d x n, <paramref name="y"/>
    /// d x m, <paramref name="lengthscale"/> d x 1. Never negative; exactly 0 for equal points.
    /// </summary>
    void ScaledSquaredDistance(Tensor x, Tensor y, Tensor lengthscale, Tensor distance);

    /// <summary>
    /// Gradients through the scaled distance of points with themselves, weight W = G o h (n x n, symmetric; SPEC 2.3):
    /// gradientX (d x n): -2 sum_j W_ij (x_di - x_dj) / l_d^2; gradientLengthscale (d x 1): sum_ij W_ij (x_di - x_dj)^2 / l_d^3.
    /// </summary>
    void ScaledSquaredDistanceGradient(Tensor x, Tensor lengthscale, Tensor weight, Tensor gradientX, Tensor gradientLengthscale);

    /// <summary>covariance := k(r) with r^2 = squaredDistance and output scale s (a variance); in place allowed.</summary>
    void Covariance(CovarianceFunction function, Tensor squaredDistance, T outputScale, Tensor covariance);

    /// <summary>slope := h(r) of SPEC 2.2, so that dk/dx_d = -h (x_d - x'_d) / l_d^2; in place allowed.</summary>
    void CovarianceSlope(CovarianceFunction function, Tensor squaredDistance, T outputScale, Tensor slope);

    /// <summary>
    /// One point joins a posterior over M candidates (SPEC 2.5), one streaming pass: <paramref name="whitened"/> (capacity x M)
    /// holds V = L^-1 K in its first n rows; <paramref name="crossCovariance"/> (1 x M) is k(z, c); <paramref name="factorRow"/>
    /// (1 x (n + 1)) is the new row of L with its pivot; <paramref name="beta"/> (1 x (n + 1)) is L^-1 (t - m) for all targets as
    /// they are now. Writes row n of V, sets mean (1 x M) to <paramref name="constantMean"/> + V^T beta and lowers variance (1 x M)
    /// by w^2, floored at 1e-10.
    /// </summary>
    void PosteriorAppend(Tensor whitened, int n, Tensor crossCovariance, Tensor factorRow, Tensor beta, T constantMean, Tensor mean, Tensor variance);

    /// <summary>
    /// The posterior over M candidates from scratch, one streaming pass (SPEC 2.4): V = L^-1 k(points, candidates) with points d x n,
    /// candidates d x M, lengthscale d x 1 and <paramref name="lower"/> n x n; mean (1 x M) := constantMean + V^T beta, beta 1 x n;
    /// variance (1 x M) := max(outputScale - column sums of V^2, 1e-10). <paramref name="whitened"/> (n x M) receives V unless null.
    /// </summary>
    void PosteriorSolve(CovarianceFunction function, Tensor points, Tensor candidates, Tensor lengthscale, T outputScale, Tensor lower,
        Tensor beta, T constantMean, Tensor? whitened, Tensor mean, Tensor variance);

    /// <summary>
    /// Keeps, for every candidate, the k smallest distances to the measured points: <paramref name="smallest"/> (k x M, ascending
    /// down each column, +infinity where there are fewer) takes in <paramref name="distance"/> (1 x M).
    /// </summary>
    void KeepSmallest(Tensor distance, Tensor smallest);

    /// <summary>
    /// Distance of every candidate, whose vector is predicted with mean <paramref name="prediction"/> (r x M) and variance outputVariance
    /// times <paramref name="unitVariance"/> (1 x M) of each component, to its k nearest of the <paramref name="measured"/> (n x r):
    /// <paramref name="mean"/> (1 x M) := offset + factor times the expected mean distance, <paramref name="variance"/> (1 x M) that of it.
    /// <paramref name="nearest"/> (k x M, k up to n) receives the squared distances of the predicted means, ascending; null counts all n.
    /// </summary>
    void ExpectedNearestDistance(Tensor prediction, Tensor unitVariance, Tensor measured, T outputVariance, T factor, T offset, Tensor? nearest,
        Tensor mean, Tensor variance);

    /// <summary>output (b x o) := activation(input (b x i) weight (i x o) + bias (1 x o)).</summary>
    void Dense(Tensor input, Tensor weight, Tensor bias, Activation activation, Tensor output);

    /// <summary>
    /// Gradients of <see cref="Dense"/>. On entry <paramref name="gradientOutput"/> (b x o) holds dF/d output; it is overwritten by
    /// dF/d pre-activation. weight and bias gradients are overwritten, unless <paramref name="accumulate"/> adds to them (a batch in
    /// chunks); <paramref name="gradientInput"/> (b x i) is computed unless null. Where input is the output of an earlier layer with
    /// <paramref name="inputActivation"/>, gradientInput is multiplied by its slope there, in the end of the product: that layer's gradient is then
    /// asked for with the identity.
    /// </summary>
    void DenseGradient(Tensor input, Tensor weight, Tensor output, Activation activation,
        Tensor gradientOutput, Tensor? gradientInput, Tensor gradientWeight, Tensor gradientBias, bool accumulate = false,
        Activation inputActivation = Activation.Identity);

    /// <summary>
    /// Batch normalisation in training (Ioffe and Szegedy 2015): output := scale (x - mean) / sqrt(var + eps) + shift with the
    /// biased statistics of the batch, kept in <paramref name="batchMean"/> and <paramref name="batchInverseDeviation"/> (1 x o);
    /// running statistics (1 x o, unbiased variance) move by <paramref name="momentum"/>.
    /// </summary>
    void BatchNormalize(Tensor input, Tensor scale, Tensor shift, T epsilon, T momentum,
        Tensor batchMean, Tensor batchInverseDeviation, Tensor runningMean, Tensor runningVariance, Tensor output);

    /// <summary>Batch normalisation at prediction, with the running statistics.</summary>
    void BatchNormalizePredict(Tensor input, Tensor scale, Tensor shift, T epsilon, Tensor runningMean, Tensor runningVariance, Tensor output);

    /// <summary>Gradients of <see cref="BatchNormalize"/>; gradientInput may be gradientOutput (in place).</summary>
    void BatchNormalizeGradient(Tensor input, Tensor scale, Tensor batchMean, Tensor batchInverseDeviation,
        Tensor gradientOutput, Tensor gradientInput, Tensor gradientScale, Tensor gradientShift);

    /// <summary>
    /// Maps all entries linearly so that the smallest becomes <paramref name="low"/> and the largest <paramref name="high"/>
    /// (GPyTorch's ScaleToBounds, which uses 0.95 of [-1, 1]). <paramref name="bounds"/> (1 x 2) keeps min and max. An input
    /// with max - min below 1e-12 becomes the middle.
    /// </summary>
    void ScaleToBounds(Tensor input, T low, T high, Tensor bounds, Tensor output);

    /// <summary>The map of <see cref="ScaleToBounds"/> with bounds found before: how candidates follow the training points.</summary>
    void ScaleToKnownBounds(Tensor input, T low, T high, Tensor bounds, Tensor output);

    /// <summary>Gradient of <see cref="ScaleToBounds"/>, through minimum and maximum too (the first of equal extremes takes it).</summary>
    void ScaleToBoundsGradient(Tensor input, T low, T high, Tensor bounds, Tensor gradientOutput, Tensor gradientInput);

    /// <summary>Scales the gradient by min(1, maximumNorm / |gradient|_2) (Pascanu et al. 2013).</summary>
    void ClipGlobalNorm(Tensor gradient, T maximumNorm);

    /// <summary>One Adam step over all parameters of a model, laid out as one tensor; all have equal shapes. previous receives the parameters before the step.</summary>
    void AdamStep(Tensor gradient, Tensor firstMoment, Tensor secondMoment, Tensor parameters, AdamSettings settings, Tensor? previous = null);

    /// <summary>result (n x 1) := sum over columns of a_ij.</summary>
    void RowSum(Tensor a, Tensor result);

    /// <summary>result (1 x 1) := alpha times the sum of all a_ij + beta result. beta = 0 ignores what result held.</summary>
    void Sum(Tensor a, T alpha, T beta, Tensor result);

    /// <summary>result (b x 1) := cross-entropy of sigmoid(logits) (b x n) with targets in [0, 1] (b x n), summed along each row.</summary>
    void SigmoidCrossEntropy(Tensor logits, Tensor target, Tensor result);

    /// <summary>gradientLogits (b x n) := weight (sigmoid(logits) - target); may be the logits (in place).</summary>
    void SigmoidCrossEntropyGradient(Tensor logits, Tensor target, T weight, Tensor gradientLogits);

    /// <summary>sample := mean + exp(logSigma) noise, all b x d.</summary>
    void Reparameterize(Tensor mean, Tensor logSigma, Tensor noise, Tensor sample);

    /// <summary>Gradients of <see cref="Reparameterize"/>, added into gradientMean and gradientLogSigma.</summary>
    void ReparameterizeGradient(Tensor logSigma, Tensor noise, Tensor gradientSample, Tensor gradientMean, Tensor gradientLogSigma);

    /// <summary>
    /// terms (b x d) := divergence of N(mean, exp(logSigma)^2) from N(0, exp(priorLogSigma)^2) in closed form, one per dimension;
    /// <paramref name="priorLogSigma"/> is 1 x d.
    /// </summary>
    void KlDivergence(Tensor mean, Tensor logSigma, Tensor priorLogSigma, Tensor terms);

    /// <summary>Gradients of the sum of <see cref="KlDivergence"/>, times weight, added into gradientMean and gradientLogSigma.</summary>
    void KlDivergenceGradient(Tensor mean, Tensor logSigma, Tensor priorLogSigma, T weight, Tensor gradientMean, Tensor gradientLogSigma);

    /// <summary>
    /// terms (b x d) := log q(sample) - log p(sample), the one-sample estimate of <see cref="KlDivergence"/> at the sample of
    /// <see cref="Reparameterize"/>.
    /// </summary>
    void SampledKlDivergence(Tensor logSigma, Tensor noise, Tensor sample, Tensor priorLogSigma, Tensor terms);

    /// <summary>
    /// Gradients of the sum of <see cref="SampledKlDivergence"/>, times weight, added into gradientSample, which
    /// <see cref="ReparameterizeGradient"/> passes on, and gradientLogSigma.
    /// </summary>
    void SampledKlDivergenceGradient(Tensor sample, Tensor priorLogSigma, T weight, Tensor gradientSample, Tensor gradientLogSigma);

    /// <summary>
    /// transformed (b p x 2), row k p + n := grid_n (p x 2) turned by angle_k (b x 1, or b x 0 for none) and moved by shiftScale
    /// shift_k (b x 2, b x 1 for the same along both axes, or b x 0 for none).
    /// </summary>
    void TransformGrid(Tensor grid, Tensor angle, Tensor shift, T shiftScale, Tensor transformed);

    /// <summary>Gradients of <see cref="TransformGrid"/>, added into gradientAngle and gradientShift, shaped like angle and shift.</summary>
    void TransformGridGradient(Tensor grid, Tensor angle, T shiftScale, Tensor gradientTransformed, Tensor gradientAngle, Tensor gradientShift);

    /// <summary>
    /// First layer of a spatial decoder: output (b p x o) := activation(coordinates (b p x 2) weight (2 x o) + bias (1 x o) + latent
    /// (b x o)), where all p rows of image k take row k of latent.
    /// </summary>
    void SpatialDense(Tensor coordinates, Tensor weight, Tensor bias, Tensor latent, Activation activation, Tensor output);

    /// <summary>
    /// Gradients of <see cref="SpatialDense"/>. On entry gradientOutput holds dF/d output; it is overwritten by dF/d pre-activation.
    /// gradientLatent and, unless null, gradientCoordinates are overwritten; those of weight and bias too, unless
    /// <paramref name="accumulate"/> adds to them.
    /// </summary>
    void SpatialDenseGradient(Tensor coordinates, Tensor weight, Tensor output, Activation activation, Tensor gradientOutput,
        Tensor? gradientCoordinates, Tensor gradientWeight, Tensor gradientBias, Tensor gradientLatent, bool accumulate = false);

    /// <summary>result (b x 1) := sum over columns of |first - second| (both b x d).</summary>
    void L1Alignment(Tensor first, Tensor second, Tensor result);

    /// <summary>Gradients of the sum of <see cref="L1Alignment"/>, times weight, added into both; 0 where the codes are equal.</summary>
    void L1AlignmentGradient(Tensor first, Tensor second, T weight, Tensor gradientFirst, Tensor gradientSecond);

    /// <summary>result (b x 1) := 1 - cosine of the angle between the rows of first and second (both b x d).</summary>
    void CosineAlignment(Tensor first, Tensor second, Tensor result);

    /// <summary>Gradients of the sum of <see cref="CosineAlignment"/>, times weight, added into both.</summary>
    void CosineAlignmentGradient(Tensor first, Tensor second, T weight, Tensor gradientFirst, Tensor gradientSecond);

    /// <summary>
    /// Row k of <paramref name="patches"/> (count x size^2) := the patch around pixel centres[k] (row * image width + column), rows
    /// r - size/2 .. r - size/2 + size - 1. Outside the image the picture is mirrored without repeating the edge.
    /// </summary>
    void ExtractPatches(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor patches);

    /// <summary>
    /// distance (references x centres) := Euclidean distance between each reference patch (row of size^2 values) and the patch around
    /// each centre, gathered from the image on the fly under the same normalisation: no array of all patches is built.
    /// </summary>
    void PatchDistance(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor references, Tensor distance);

    /// <summary>
    /// levelled := image minus its least-squares surface of order 1 (plane) or 2 (bow and twist too); in place allowed.
    /// </summary>
    void LevelPolynomial(Tensor image, int order, Tensor levelled);

    /// <summary>levelled := image, each line minus its median; in place allowed.</summary>
    void LineMedian(Tensor image, Tensor levelled);

    /// <summary>
    /// levelled := image without the steps between its lines, medians of differences from line to line at pixels whose <paramref name="mask"/> is 0 (all
    /// if null); lines rougher than <paramref name="limit"/> (at least 1, infinite for none) times the median line become the straight line between
    /// their neighbours, and <paramref name="replaced"/> (H x 1, absent if null) 1 there, else 0. In place allowed.
    /// </summary>
    void StepLineCorrection(Tensor image, Tensor? mask, T limit, Tensor levelled, Tensor? replaced);

    /// <summary>result := image smoothed with a Gaussian of <paramref name="sigma"/> pixels, cut at four sigma. All images here are mirrored at the edge.</summary>
    void GaussianFilter(Tensor image, double sigma, Tensor result);

    /// <summary>Central differences per pixel, <paramref name="x"/> along a row and <paramref name="y"/> down the columns.</summary>
    void Gradient(Tensor image, Tensor x, Tensor y);

    /// <summary>
    /// Orientation (absent if null) in (-pi/2, pi/2] and coherence of the structure tensor, averaged with a Gaussian of <paramref name="sigma"/> pixels;
    /// both 0 where its trace is at most <paramref name="flat"/>.
    /// </summary>
    void StructureTensor(Tensor image, double sigma, T flat, Tensor? orientation, Tensor coherence);

    /// <summary>
    /// At scale <paramref name="sigma"/>: sigma^2 times the larger and the smaller eigenvalue of the Hessian; sigma times the gradient's length and
    /// the unit vector of the larger eigenvalue, both absent if null.
    /// </summary>
    void HessianEigenvalues(Tensor image, double sigma, Tensor larger, Tensor smaller, Tensor? gradient, Tensor? normalX, Tensor? normalY);

    /// <summary>
    /// Mean, deviation, skewness and kurtosis (both absent if null) of the window of <paramref name="size"/> around every pixel, and the
    /// pixel's <paramref name="height"/> above the mean (absent if null).
    /// </summary>
    void LocalMoments(Tensor image, int size, Tensor mean, Tensor deviation, Tensor? skewness, Tensor? kurtosis, Tensor? height);

    /// <summary>Mean and Gaussian curvature of the quadratic fitted to 5 x 5 heights; heights times <paramref name="scale"/> are in pixel pitches.</summary>
    void CurvatureFit(Tensor image, T scale, Tensor mean, Tensor gaussian);

    /// <summary>Least and largest value of the patch around every pixel.</summary>
    void PatchMinMax(Tensor image, int size, Tensor minimum, Tensor maximum);

    /// <summary>
    /// Share of the energy on the circles around every pixel, inside a window of <paramref name="size"/>, that is left when the picture is averaged over
    /// its turns by 90 (<paramref name="fourfold"/>) and by 45 degrees (<paramref name="eightfold"/>).
    /// </summary>
    void RotationEnergy(Tensor image, int size, Tensor fourfold, Tensor eightfold);

    /// <summary>
    /// result (1 x centres) := slope of the logarithm of the radial power spectrum over that of the frequency, of the patch around each centre under a Hann
    /// window.
    /// </summary>
    void RadialSpectrumSlope(Tensor image, ReadOnlySpan<int> centres, int size, Tensor result);

    /// <summary>
    /// profile ((2 p + 2) x centres) := heights above the centre at p steps on both sides along the given direction, lower side first; depth; asymmetry.
    /// </summary>
    void NormalProfile(Tensor image, Tensor normalX, Tensor normalY, ReadOnlySpan<int> centres, double step, Tensor profile);

    /// <summary>result (f x centres) := the values of f images, stacked in <paramref name="planes"/>, at the centres.</summary>
    void TakePixels(Tensor planes, ReadOnlySpan<int> centres, Tensor result);

    /// <summary>Every row to zero mean and unit deviation, in place; a row that varies by rounding alone becomes 0.</summary>
    void StandardizeRows(Tensor values);

    /// <summary>As <see cref="PatchDistance"/>, the least over the eight turned and mirrored forms of each reference.</summary>
    void DihedralPatchDistance(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor references,
        Tensor distance);

    /// <summary>
    /// output (centres x o) := activation(patches weight (size^2 x o) + bias (1 x o)), the patches gathered on the fly: memory does not grow with
    /// the number of centres.
    /// </summary>
    void PatchDense(Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor weight, Tensor bias,
        Activation activation, Tensor output);
}
