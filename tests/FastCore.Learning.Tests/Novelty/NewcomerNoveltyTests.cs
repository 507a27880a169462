using FastCore.Learning.Novelty;
using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace FastCore.Learning.Tests.Novelty;

public sealed class NewcomerNoveltyTests
{
    private static double[] Vectors(int count, int dimension, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count * dimension).Select(k => (1 + (k % dimension)) * (random.NextDouble() + 3))];
    }

    // Dimensions and counts cross the width of SIMD lanes.
    [Theory]
    [InlineData(2, 3, 8)]
    [InlineData(9, 3, 8)]
    [InlineData(9, 4, 2)]
    [InlineData(4, 11, 8)]
    [InlineData(20, 17, 8)]
    [InlineData(33, 2, 1)]
    [InlineData(65, 27, 8)]
    public void ScoresAreThoseOfTheDefinition(int count, int dimension, int rank)
    {
        double[] set = Vectors(count, dimension, 1);
        Matrix<double> all = Matrix<double>.Build.DenseOfRowMajor(count, dimension, set);
        Vector<double> mean = all.ColumnSums() / count;
        Matrix<double> centred = Matrix<double>.Build.Dense(count, dimension, (i, d) => all[i, d] - mean[d]);
        Matrix<double> covariance = centred.TransposeThisAndMultiply(centred) / count;
        // Eigenvectors of the covariance, largest first.
        var eigen = covariance.Evd(Symmetricity.Symmetric);
        int r = Math.Min(rank, Math.Min(count - 1, dimension));
        Matrix<double> axes = Matrix<double>.Build.DenseOfColumnVectors(
            Enumerable.Range(0, r).Select(k => eigen.EigenVectors.Column(dimension - 1 - k)));
        Matrix<double> scores = centred * axes;
        Matrix<double> s = scores.TransposeThisAndMultiply(scores) / count;
        Matrix<double> ridged = s + (Matrix<double>.Build.DenseIdentity(r) * (1e-3 * s.Trace() / r));
        foreach (int seed in new[] { 2, 3, 4 })
        {
            double[] newcomer = Vectors(1, dimension, seed);
            Vector<double> y = Vector<double>.Build.DenseOfArray(newcomer) - mean;
            Vector<double> u = axes.TransposeThisAndMultiply(y);
            Assert.Equal(Math.Sqrt(u * ridged.Solve(u)), Score(NoveltyKind.Mahalanobis, set, count, rank, newcomer), 1e-7);
            Assert.Equal((y - (axes * u)).L2Norm() / Math.Sqrt(dimension), Score(NoveltyKind.Reconstruction, set, count, rank, newcomer), 1e-7);
            double largest = Enumerable.Range(0, count).Max(j => centred.Row(j) * y / (centred.Row(j).L2Norm() * y.L2Norm()));
            Assert.Equal(1 - largest, Score(NoveltyKind.Cosine, set, count, rank, newcomer), 1e-12);
        }
    }

    [Fact]
    public void ReconstructionIsTheLeaveOneOutScoreOfANewcomerThatJoins()
    {
        double[] set = Vectors(9, 6, 5), newcomer = Vectors(1, 6, 6), joined = new double[10];
        NoveltyScores.Compute(NoveltyKind.Reconstruction, [.. set, .. newcomer], 10, 5, 3, joined);
        Assert.Equal(joined[9], Score(NoveltyKind.Reconstruction, set, 9, 3, newcomer), 1e-12);
    }

    [Fact]
    public void ASetWithoutSpreadIsComparedByDistance()
    {
        double[] point = [0.1, 0.7], far = [3.1, 4.7];
        foreach (int copies in new[] { 1, 2, 11 })
        {
            double[] set = [.. Enumerable.Repeat(point, copies).SelectMany(v => v)];
            foreach (NoveltyKind kind in new[] { NoveltyKind.Mahalanobis, NoveltyKind.Reconstruction })
            {
                Assert.Equal(Math.Sqrt(12.5), Score(kind, set, copies, 8, far), 1e-12);
                Assert.Equal(0, Score(kind, set, copies, 8, point), 1e-12);
            }
            Assert.Equal(1, Score(NoveltyKind.Cosine, set, copies, 8, far));
            Assert.Equal(1, Score(NoveltyKind.Cosine, set, copies, 8, point));
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        foreach (NoveltyKind kind in new[] { NoveltyKind.Mahalanobis, NoveltyKind.Reconstruction, NoveltyKind.Cosine })
        {
            Assert.Throws<ArgumentException>(() => NewcomerNovelty.Fit(kind, [], 0, 8));
            Assert.Throws<ArgumentException>(() => NewcomerNovelty.Fit(kind, [1, 2, 3], 2, 8));
            Assert.Throws<ArgumentException>(() => NewcomerNovelty.Fit(kind, [double.NaN, 1], 1, 8));
            Assert.Throws<ArgumentException>(() => NewcomerNovelty.Fit(kind, [1, 1, double.NaN, 1], 2, 8));
            NewcomerNovelty fitted = NewcomerNovelty.Fit(kind, [1, 2, 3, 5], 2, 8);
            Assert.Throws<ArgumentException>(() => fitted.Score([1]));
            Assert.Throws<ArgumentException>(() => fitted.Score([1, double.NaN]));
        }
        foreach (NoveltyKind kind in Enum.GetValues<NoveltyKind>().Where(IncrementalNovelty.IsMadeOfDistances))
            Assert.Throws<ArgumentException>(() => NewcomerNovelty.Fit(kind, [1, 2], 2, 8));
    }

    private static double Score(NoveltyKind kind, double[] set, int count, int rank, double[] newcomer) =>
        NewcomerNovelty.Fit(kind, set, count, rank).Score(newcomer);
}
