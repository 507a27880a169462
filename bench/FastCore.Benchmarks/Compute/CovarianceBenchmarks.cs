using BenchmarkDotNet.Attributes;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>Covariance/ at the sizes of a run: 210 points, 16,384 candidates, 27 descriptors; d = 2 where a network made the features.</summary>
public class CovarianceBenchmarks : OperationBenchmarks
{
    private const int Points = 210;
    private const int Candidates = 16_384;
    private const int Descriptors = 27;
    private const int Scores = 6;
    private Tensor points;
    private Tensor candidates;
    private Tensor point;
    private Tensor lengthscale;
    private Tensor square;
    private Tensor result;
    private Tensor gradient;
    private Tensor gradientLengthscale;
    private Tensor features;
    private Tensor candidateFeatures;
    private Tensor featureScale;
    private Tensor lower;
    private Tensor beta;
    private Tensor row;
    private Tensor whitened;
    private Tensor cross;
    private Tensor mean;
    private Tensor variance;
    private Tensor smallest;
    private Tensor predictedScores;
    private Tensor measuredScores;

    [Benchmark, Work(3.0 * Descriptors * Points * Points, 4.0 * Points * Points)]
    public void ScaledSquaredDistance()
    {
        Begin(points);
        Executor.ScaledSquaredDistance(points, points, lengthscale, square);
        End(square);
    }

    [Benchmark, Work(3.0 * Descriptors * Candidates, 4.0 * Descriptors * Candidates)]
    public void DistancesOfOnePoint()
    {
        Begin(point);
        Executor.ScaledSquaredDistance(point, candidates, lengthscale, cross);
        End(cross);
    }

    [Benchmark, Work(5.0 * Descriptors * Points * Points, 4.0 * Points * Points)]
    public void ScaledSquaredDistanceGradient()
    {
        Begin(points, square);
        Executor.ScaledSquaredDistanceGradient(points, lengthscale, square, gradient, gradientLengthscale);
        End(gradient);
    }

    [Benchmark, Work(0, 8.0 * Points * Points)]
    public void RbfCovariance()
    {
        Begin(square);
        Executor.Covariance(CovarianceFunction.Rbf, square, 1, result);
        End(result);
    }

    [Benchmark, Work(0, 8.0 * Points * Points)]
    public void Matern52Covariance()
    {
        Begin(square);
        Executor.Covariance(CovarianceFunction.Matern52, square, 1, result);
        End(result);
    }

    [Benchmark, Work(1.0 * Points * Points * Candidates, 4.0 * 4 * Candidates)]
    public void PosteriorSolve()
    {
        Begin(features, lower, beta);
        Executor.PosteriorSolve(CovarianceFunction.Rbf, features, candidateFeatures, featureScale, 1, lower, beta, 0, null, mean, variance);
        End(mean);
    }

    [Benchmark, Work(4.0 * Points * Candidates, 4.0 * Points * Candidates)]
    public void PosteriorAppend()
    {
        Begin(row);
        Executor.PosteriorAppend(whitened, Points, cross, row, row, 0, mean, variance);
        End(mean);
    }

    [Benchmark, Work(0, 4.0 * 11 * Candidates)]
    public void KeepSmallest()
    {
        Begin(cross);
        Executor.KeepSmallest(cross, smallest);
        End(smallest);
    }

    [Benchmark, Work(3.0 * Scores * Points * Candidates, 4.0 * (Scores + 3) * Candidates)]
    public void ExpectedNearestDistance()
    {
        Begin(measuredScores);
        Executor.ExpectedNearestDistance(predictedScores, variance, measuredScores, 0.1f, 1, 0, smallest, mean, cross);
        End(mean);
    }

    protected override void Plan(ArenaLayout layout)
    {
        points = Take(layout, "points", Descriptors, Points);
        candidates = Take(layout, "candidates", Descriptors, Candidates);
        point = Take(layout, "point", Descriptors, 1);
        lengthscale = Take(layout, "lengthscale", Descriptors, 1);
        square = Take(layout, "square", Points, Points);
        result = Take(layout, "result", Points, Points);
        gradient = Take(layout, "gradient", Descriptors, Points);
        gradientLengthscale = Take(layout, "gradient of lengthscale", Descriptors, 1);
        features = Take(layout, "features", 2, Points);
        candidateFeatures = Take(layout, "candidate features", 2, Candidates);
        featureScale = Take(layout, "feature scale", 2, 1);
        lower = Take(layout, "lower", Points, Points, (i, j) => j > i ? 0 : i == j ? 1.5 : 0.1 / (1 + i - j));
        beta = Take(layout, "beta", 1, Points);
        row = Take(layout, "row", 1, Points + 1);
        whitened = Take(layout, "whitened", Points + 1, Candidates, (_, _) => 0.01);
        cross = Take(layout, "cross", 1, Candidates);
        mean = Take(layout, "mean", 1, Candidates);
        variance = Take(layout, "variance", 1, Candidates);
        smallest = Take(layout, "smallest", 5, Candidates);
        predictedScores = Take(layout, "predicted scores", Scores, Candidates);
        measuredScores = Take(layout, "measured scores", Points, Scores);
    }
}
