using FastCore.Compute.Execution;
using FastCore.Learning.Novelty;
using FastCore.Learning.PrincipalComponents;
using FastCore.Learning.Surrogates;

namespace FastCore.Learning.CurvePrediction;

/// <summary>
/// Learns the curves themselves instead of their novelty: Gaussian processes on the scores along the leading principal components of the measured
/// curves, all with one covariance over the candidates' descriptors. The novelty of a place is then computed from the curve that is predicted there.
/// A novelty as target moves with every measurement and is blind to what the curve would be; curves stay what they are.
/// </summary>
/// <remarks>
/// Scores Y (n x r, centred), covariance s (R(l) + ratio I) for each column: minus log marginal likelihood r sum ln L_ii + (n r / 2) ln s with
/// s = |L^-1 Y|^2 / (n r) in closed form (the matrix-normal likelihood with equal column scales), minimised over the grid of SPEC 1.6b, l^2 from 0.05 to
/// 6 times the median squared distance, noise ratio from 0.01 to 1. Of RBF and Matern 5/2 the RBF is kept unless the other one's leave-one-out density
/// is better by more than a standard error. Deterministic; nothing of an earlier training is used.
/// </remarks>
public sealed class CurveTrainer
{
    private const double Jitter = 1e-6;
    private static readonly double[] SquaredLengthRatios = [0.05, 0.15, 0.4, 1, 2.5, 6];
    private static readonly double[] NoiseRatios = [0.01, 0.1, 0.3, 1];
    private static readonly double[] Quantiles = [0.67448975019608171, 1.6448536269514722, 1.9599639845400543];
    private readonly ExecutionBackend backend;
    private readonly CurveOptions options;
    private readonly CandidateFeatures features;

    /// <summary>Prepares a trainer for one set of candidates.</summary>
    /// <exception cref="ArgumentException">An unknown member, a score that is not made of distances between curves, or no descriptors.</exception>
    public CurveTrainer(ExecutionBackend backend, CandidateInputs inputs, CurveOptions options)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(options);
        if (!MemberNames.Contains(options.Member))
            throw new ArgumentException($"There is no curve surrogate '{options.Member}'; allowed are {string.Join(", ", MemberNames)}.", nameof(options));
        if (!Predicts(options.Novelty))
        {
            throw new ArgumentException($"The novelty {options.Novelty} does not follow from distances to a predicted curve; allowed are "
                + $"{NoveltyKind.NearestNeighbours}, {NoveltyKind.Minimum}, {NoveltyKind.Mean}.", nameof(options));
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Neighbours, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Rank, 1, nameof(options));
        if (inputs.DescriptorCount == 0)
            throw new ArgumentException("Curves are predicted from descriptors, and these candidates have none.", nameof(inputs));
        this.backend = backend;
        this.options = options;
        features = new CandidateFeatures(backend, inputs);
    }

    /// <summary>Features of the candidates.</summary>
    internal CandidateFeatures Features => features;

    /// <summary>Names that <see cref="CurveOptions.Member"/> may take.</summary>
    public static IReadOnlyList<string> MemberNames { get; } = ["gp-curve", "gp-curve-matern52", "gp-curve-rbf"];

    /// <summary>Whether the score of a curve that is only predicted can be computed.</summary>
    public static bool Predicts(NoveltyKind kind) => kind is NoveltyKind.NearestNeighbours or NoveltyKind.Minimum or NoveltyKind.Mean;

    /// <summary>Trains on the measured candidates.</summary>
    /// <param name="candidates">Indices of the measured candidates, in the order of measuring, at least 2.</param>
    /// <param name="curves">Dimensionless features of their curves, count x samples.</param>
    /// <param name="cancellationToken">Stops between grid points.</param>
    /// <exception cref="ArgumentException">Fewer than two points, lengths that do not fit, candidates that do not exist, values that are not finite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public TrainedSurrogate Train(ReadOnlySpan<int> candidates, ReadOnlySpan<double> curves, CancellationToken cancellationToken)
    {
        int n = candidates.Length;
        if (n < 2 || curves.Length == 0 || curves.Length % n != 0)
            throw new ArgumentException($"{curves.Length} values are no curves of {n} points; at least 2 points with curves of one length are needed.", nameof(curves));
        foreach (int candidate in candidates)
        {
            if ((uint)candidate >= (uint)features.Count)
                throw new ArgumentException($"There is no candidate {candidate}; there are {features.Count}.", nameof(candidates));
        }
        PrincipalComponentModel components = PrincipalComponentModel.Fit(curves, n, options.Rank);
        int samples = curves.Length / n, r = Math.Max(1, components.Rank);
        var scores = new double[n * r];
        for (int i = 0; i < n; i++)
            components.Project(curves.Slice(i * samples, samples), scores.AsSpan(i * r, components.Rank));
        string[] names = options.Member == "gp-curve" ? ["gp-curve-rbf", "gp-curve-matern52"] : [options.Member];
        int[] trainedOn = candidates.ToArray();
        Fit[] fits = [.. names.Select(name => FitOne(name, scores, trainedOn, r, cancellationToken))];
        Fit chosen = fits[0];
        if (fits.Length > 1 && fits[1].Mean - fits[0].Mean > StandardError(fits[1].LogDensity, fits[0].LogDensity))
            chosen = fits[1];
        double margin = fits.Length == 1 ? 0 : chosen.Mean - fits.First(fit => fit != chosen).Mean;
        return new CurveSurrogate(features, options, chosen.Name, trainedOn, components, scores, samples, chosen.Function, chosen.Lengthscale,
            chosen.NoiseRatio, chosen.Scale, fits.ToDictionary(fit => fit.Name, fit => fit.Mean), margin, chosen.Coverage, chosen.Error);
    }

    private Fit FitOne(string name, double[] scores, int[] candidates, int r, CancellationToken cancellationToken)
    {
        CovarianceFunction function = name == "gp-curve-rbf" ? CovarianceFunction.Rbf : CovarianceFunction.Matern52;
        int n = candidates.Length, d = features.Dimensions(InputKind.Descriptors);
        var layout = new ArenaLayout();
        Tensor points = layout.Allocate("points", d, n), lengthscale = layout.Allocate("lengthscale", d, 1);
        Tensor distance = layout.Allocate("distance", n, n), covariance = layout.Allocate("R", n, n), factor = layout.Allocate("L", n, n);
        Tensor targets = layout.Allocate("Y", n, r), whitened = layout.Allocate("L^-1 Y", n, r);
        using IExecutor<double> executor = backend.CreateDouble(layout);
        executor.Upload(features.Columns(InputKind.Descriptors, candidates), points);
        executor.Upload(scores, targets);
        executor.Fill(lengthscale, 1);
        executor.ScaledSquaredDistance(points, points, lengthscale, distance);
        var matrix = new double[n * n];
        executor.Download(distance, matrix);
        double median = Median(matrix, n);
        var block = new double[n * r];
        double least = double.PositiveInfinity, length = Math.Sqrt(median), ratio = 1, scale = 0;
        foreach (double squared in SquaredLengthRatios)
        {
            cancellationToken.ThrowIfCancellationRequested();
            executor.Fill(lengthscale, Math.Sqrt(squared * median));
            executor.ScaledSquaredDistance(points, points, lengthscale, covariance);
            executor.Covariance(function, covariance, 1, covariance);
            foreach (double noise in NoiseRatios)
            {
                if (!Factor(noise))
                    continue;
                double square = WhitenedSquare(out double logDeterminant);
                double found = Math.Max(square / (n * r), double.Epsilon), loss = (r * logDeterminant) + (0.5 * n * r * Math.Log(found));
                if (loss < least)
                    (least, length, ratio, scale) = (loss, Math.Sqrt(squared * median), noise, square / (n * r));
            }
        }
        executor.Fill(lengthscale, length);
        executor.ScaledSquaredDistance(points, points, lengthscale, covariance);
        executor.Covariance(function, covariance, 1, covariance);
        if (!Factor(ratio))
            throw new InvalidOperationException($"{name}: the covariance of the {n} points is not positive definite; remove duplicate points.");
        executor.CholeskyInverse(factor, distance);
        executor.MatrixMultiply(distance, targets, whitened, false, false, 1, 0);
        executor.Download(distance, matrix);
        executor.Download(whitened, block);
        return Judge(name, function, length, ratio, scale, matrix, block, scores, n, r);

        bool Factor(double noise)
        {
            executor.Copy(covariance, factor);
            executor.AddDiagonal(factor, noise + Jitter);
            return executor.CholeskyFactor(factor);
        }

        double WhitenedSquare(out double logDeterminant)
        {
            executor.Copy(targets, whitened);
            executor.TriangularSolve(factor, whitened, false);
            executor.Download(whitened, block);
            executor.Download(factor, matrix);
            logDeterminant = 0;
            for (int i = 0; i < n; i++)
                logDeterminant += Math.Log(matrix[(i * n) + i]);
            double square = 0;
            foreach (double value in block)
                square += value * value;
            return square;
        }
    }

    // Closed leave-one-out form for each column: residual alpha_i / (K^-1)_ii, variance s / (K^-1)_ii (Rasmussen and Williams 2006, eq. 5.12).
    private static Fit Judge(string name, CovarianceFunction function, double length, double ratio, double scale, double[] inverse, double[] weights,
        double[] scores, int n, int r)
    {
        var densities = new double[n];
        var coverage = new double[Quantiles.Length];
        double errors = 0, squares = 0, s = Math.Max(scale, 1e-300);
        for (int i = 0; i < n; i++)
        {
            double diagonal = inverse[(i * n) + i], variance = s / diagonal;
            for (int k = 0; k < r; k++)
            {
                double error = weights[(i * r) + k] / diagonal;
                densities[i] -= 0.5 * (Math.Log(2 * Math.PI * variance) + (error * error / variance));
                errors += error * error;
                squares += scores[(i * r) + k] * scores[(i * r) + k];
                for (int q = 0; q < coverage.Length; q++)
                    coverage[q] += Math.Abs(error) <= Quantiles[q] * Math.Sqrt(variance) ? 1.0 / (n * r) : 0;
            }
        }
        return new Fit(name, function, length, ratio, scale, densities, densities.Average(), coverage, squares > 0 ? Math.Sqrt(errors / squares) : 0);
    }

    private static double Median(double[] distance, int n)
    {
        var pairs = new List<double>();
        for (int i = 1; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                pairs.Add(distance[(i * n) + j]);
        }
        pairs.Sort();
        return pairs[pairs.Count / 2] is double median and > 0 ? median : 1;
    }

    // Of the mean of paired differences.
    private static double StandardError(double[] first, double[] second)
    {
        double mean = 0, square = 0;
        for (int i = 0; i < first.Length; i++)
            mean += (first[i] - second[i]) / first.Length;
        for (int i = 0; i < first.Length; i++)
            square += Math.Pow(first[i] - second[i] - mean, 2);
        return Math.Sqrt(square / first.Length / Math.Max(1, first.Length - 1));
    }

    private sealed record Fit(string Name, CovarianceFunction Function, double Lengthscale, double NoiseRatio, double Scale, double[] LogDensity, double Mean,
        double[] Coverage, double Error);
}
