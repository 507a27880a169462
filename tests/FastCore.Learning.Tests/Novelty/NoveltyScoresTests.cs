using FastCore.Learning.Novelty;
using FastCore.Learning.PrincipalComponents;
using FastCore.Learning.Scaling;
using Xunit;

namespace FastCore.Learning.Tests.Novelty;

public sealed class NoveltyScoresTests
{
    // Four points on a line at 0, 1, 3, 10: distances by hand.
    private static readonly double[] Line = [0, 1, 3, 10];

    [Fact]
    public void ScoresOnALineAreThoseByHand()
    {
        Near([2.0, 1.5, 2.5, 8.0], Scores(NoveltyKind.NearestNeighbours, Line, 4, 2));
        Near([1, 1, 2, 7], Scores(NoveltyKind.Minimum, Line, 4, 2));
        Near([14.0 / 3, 12.0 / 3, 12.0 / 3, 26.0 / 3], Scores(NoveltyKind.Mean, Line, 4, 2));
    }

    [Fact]
    public void LocalOutlierFactorIsTheOneByHand()
    {
        // k = 1: neighbours 0->1, 1->0, 3->1, 10->3; radii 1, 1, 2, 7; reach 1, 1, 2, 7; factors 1, 1, 2, 3.5.
        Near([1, 1, 2, 3.5], Scores(NoveltyKind.LocalOutlierFactor, Line, 4, 1));
    }

    [Fact]
    public void CosineLooksAtDirectionsAboutTheMean()
    {
        // Mean 0: opposite pairs have cosine -1, perpendicular ones 0.
        double[] cross = [1, 0, -1, 0, 0, 2, 0, -2];
        Near([1, 1, 1, 1], Scores(NoveltyKind.Cosine, cross, 4, 2));
    }

    [Fact]
    public void MahalanobisInOneDimensionIsTheStandardisedDistance()
    {
        double[] scores = Scores(NoveltyKind.Mahalanobis, Line, 4, 2);
        double[] others = [0, 1, 3];
        double mean = others.Average(), variance = others.Average(v => (v - mean) * (v - mean)) * (1 + 1e-3);
        Assert.Equal((10 - mean) / Math.Sqrt(variance), scores[3], 1e-9);
    }

    [Fact]
    public void ReconstructionIsTheDistanceFromTheLineOfTheOthers()
    {
        // Three points on the diagonal, one off it by (1, -1) / 2 from (2, 2): residual |(0.5, -0.5)| / sqrt 2 = 0.5.
        double[] points = [0, 0, 1, 1, 4, 4, 2.5, 1.5];
        Assert.Equal(0.5, Scores(NoveltyKind.Reconstruction, points, 4, 2, rank: 1)[3], 1e-9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1e-13)]
    [InlineData(1e-100)]
    [InlineData(1e100)]
    public void LocalOutlierFactorDoesNotDependOnTheScale(double scale) =>
        Near([1, 1, 1, 3], Scores(NoveltyKind.LocalOutlierFactor, [0, scale, 2 * scale, 5 * scale], 4, 1));

    [Fact]
    public void LocalOutlierFactorTakesInAllPointsAtTheDistanceOfTheKth()
    {
        // 0, 1, 2, 4 with k = 1: 1 has two nearest, 0 and 2; radii 1, 1, 1, 2; reach 1, 1, 1, 2.
        Near([1, 1, 1, 2], Scores(NoveltyKind.LocalOutlierFactor, [0, 1, 2, 4], 4, 1));
        // -1, 0, 1, 1.5 with k = 1: 0 has -1 and 1 as nearest: reach 1, 1, .5, .5; the mean of the densities about 0 is that of -1 and of 1.
        Near([1, 1.5, 1, 1], Scores(NoveltyKind.LocalOutlierFactor, [-1, 0, 1, 1.5], 4, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void LocalOutlierFactorDoesNotDependOnTheOrderOfPointsWithEqualDistances(int k)
    {
        // A lattice of 4 x 3 points with one of them taken twice and one moved outside: ties everywhere.
        double[][] points = [.. Enumerable.Range(0, 12).Select(i => new double[] { i % 4, i / 4 }), [2, 1], [6, 2]];
        double[] first = Scores(NoveltyKind.LocalOutlierFactor, [.. points.SelectMany(p => p)], points.Length, k);
        for (int seed = 0; seed < 20; seed++)
        {
            int[] order = [.. Enumerable.Range(0, points.Length)];
            new Random(seed).Shuffle(order);
            double[] scores = Scores(NoveltyKind.LocalOutlierFactor, [.. order.SelectMany(i => points[i])], points.Length, k);
            for (int i = 0; i < order.Length; i++)
                Assert.Equal(first[order[i]], scores[i], 1e-12 * first[order[i]]);
        }
    }

    [Fact]
    public void MahalanobisFallsBackToTheDistanceWhereTheOthersCoincide()
    {
        // Two vectors: each has one other, which has no spread.
        Near([Math.Sqrt(12.5), Math.Sqrt(12.5)], Scores(NoveltyKind.Mahalanobis, [0, 0, 3, 4], 2, 5));
        // The last one against three equal ones, at values that have no exact binary form.
        double[] scores = Scores(NoveltyKind.Mahalanobis, [0.1, 0.7, 0.1, 0.7, 0.1, 0.7, 3.1, 4.7], 4, 5);
        Assert.Equal(Math.Sqrt(12.5), scores[3], 1e-12);
        // Against {0, 0, 5}: mean 5 / 3, variance 50 / 9; the ridge of one component adds a thousandth of it.
        Assert.All(scores[..3], score => Assert.Equal(Math.Sqrt(0.5 / 1.001), score, 1e-9));
        Assert.Equal([0, 0, 0], Scores(NoveltyKind.Mahalanobis, [0.1, 0.7, 0.1, 0.7, 0.1, 0.7], 3, 5));
    }

    [Theory]
    [InlineData(NoveltyKind.Mahalanobis, 1)]
    [InlineData(NoveltyKind.Cosine, 1)]
    [InlineData(NoveltyKind.Reconstruction, 1e-60)]
    [InlineData(NoveltyKind.LocalOutlierFactor, 1)]
    [InlineData(NoveltyKind.NearestNeighbours, 1e-60)]
    public void ScalingTheVectorsScalesTheScoresOrLeavesThem(NoveltyKind kind, double expected)
    {
        var random = new Random(5);
        double[] vectors = [.. Enumerable.Range(0, 12 * 5).Select(_ => random.NextDouble())];
        double[] scores = Scores(kind, vectors, 12, 4, rank: 3), small = Scores(kind, [.. vectors.Select(v => 1e-60 * v)], 12, 4, rank: 3);
        for (int i = 0; i < 12; i++)
            Assert.Equal(scores[i], small[i] / expected, 1e-9 * scores[i]);
    }

    [Fact]
    public void EqualVectorsHaveNoDirection()
    {
        // Their mean is not exactly one of them: what rounding leaves is no direction of the data.
        double[] others = [.. Enumerable.Repeat(new[] { 0.1, 0.2, 0.7 }, 11).SelectMany(v => v)];
        Assert.Equal(0, PrincipalComponentModel.Fit(others, 11, 2).Rank);
        Assert.All(Scores(NoveltyKind.Cosine, others, 11, 5), score => Assert.Equal(1, score));
        Assert.Equal(1, Scores(NoveltyKind.Reconstruction, [.. others, 1.1, 1.2, 1.7], 12, 5)[11], 1e-12);
    }

    [Theory]
    [InlineData(NoveltyKind.NearestNeighbours)]
    [InlineData(NoveltyKind.Minimum)]
    [InlineData(NoveltyKind.Mean)]
    [InlineData(NoveltyKind.Mahalanobis)]
    [InlineData(NoveltyKind.Cosine)]
    [InlineData(NoveltyKind.Reconstruction)]
    [InlineData(NoveltyKind.LocalOutlierFactor)]
    public void OrderAndOriginDoNotMatterAndTheOutlierScoresHighest(NoveltyKind kind)
    {
        var random = new Random(2);
        const int n = 14, d = 6;
        var vectors = new double[n * d];
        // All along a few directions, the last one along another.
        for (int i = 0; i < n; i++)
        {
            double a = random.NextDouble() + 0.5, b = random.NextDouble();
            for (int j = 0; j < d; j++)
                vectors[(i * d) + j] = (a * Math.Sin(j)) + (b * Math.Cos(j)) + (i == n - 1 ? 4 * (j % 2) : 0) + (0.01 * random.NextDouble());
        }
        double[] scores = Scores(kind, vectors, n, 5);
        Assert.Equal(n - 1, Array.IndexOf(scores, scores.Max()));
        double[] moved = [.. vectors.Select((v, k) => v + (k % d) - 2)];
        Near(scores, Scores(kind, moved, n, 5), 1e-6);
        double[] reversed = [.. Enumerable.Range(0, n).Reverse().SelectMany(i => vectors[(i * d)..((i + 1) * d)])];
        Near(scores, [.. Scores(kind, reversed, n, 5).Reverse()], 1e-6);
        Assert.Equal([0], Scores(kind, vectors[..d], 1, 5));
        Assert.Empty(Scores(kind, [], 0, 5));
        Assert.All(Scores(kind, [1, 2, 1, 2, 1, 2], 3, 5), value => Assert.True(double.IsFinite(value)));
        Assert.Throws<ArgumentException>(() => Scores(kind, [1, double.NaN], 2, 5));
    }

    [Fact]
    public void PrincipalComponentsOfAnEllipseAreItsAxes()
    {
        double angle = 0.4;
        double[] points = [.. Enumerable.Range(0, 40).SelectMany(i =>
        {
            double a = 3 * Math.Cos(i * Math.PI / 20), b = Math.Sin(i * Math.PI / 20);
            return new[] { 5 + (a * Math.Cos(angle)) - (b * Math.Sin(angle)), -2 + (a * Math.Sin(angle)) + (b * Math.Cos(angle)) };
        })];
        PrincipalComponentModel model = PrincipalComponentModel.Fit(points, 40, 5);
        Assert.Equal(2, model.Rank);
        Assert.Equal(4.5, model.Variances[0], 1e-9);
        Assert.Equal(0.5, model.Variances[1], 1e-9);
        Assert.Equal(Math.Cos(angle), model.Axis(0)[0], 1e-9);
        var scores = new double[2];
        var back = new double[2];
        model.Project(points.AsSpan(6, 2), scores);
        model.Reconstruct(scores, back);
        Near(points[6..8], back);
        Assert.Throws<ArgumentException>(() => PrincipalComponentModel.Fit([1, 2], 1, 1));
    }

    [Fact]
    public void StandardizerComesBackAndKeepsConstants()
    {
        double[] vectors = [1, 7, 3, 7, 5, 7];
        Standardizer scaler = Standardizer.Fit(vectors, 2);
        var scaled = new double[2];
        var back = new double[2];
        scaler.Transform([5, 7], scaled);
        Assert.Equal(2 / Math.Sqrt(8.0 / 3), scaled[0], 1e-12);
        Assert.Equal(0, scaled[1]);
        scaler.Inverse(scaled, back);
        Near([5, 7], back);
        var restored = new Standardizer(scaler.Mean, scaler.Deviation);
        restored.Transform([1, 7], scaled);
        Assert.Equal(-2 / Math.Sqrt(8.0 / 3), scaled[0], 1e-12);
        Assert.Throws<ArgumentException>(() => Standardizer.Fit([1, double.NaN], 1));
    }

    private static double[] Scores(NoveltyKind kind, double[] vectors, int count, int neighbours, int rank = 8)
    {
        var scores = new double[count];
        NoveltyScores.Compute(kind, vectors, count, neighbours, rank, scores);
        return scores;
    }

    private static void Near(double[] expected, double[] actual, double tolerance = 1e-9)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
    }
}
