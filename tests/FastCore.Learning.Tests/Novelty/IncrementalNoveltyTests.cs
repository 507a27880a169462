using FastCore.Learning.Novelty;
using Xunit;

namespace FastCore.Learning.Tests.Novelty;

public sealed class IncrementalNoveltyTests
{
    private const int Points = 14;
    private const int Dimension = 3;

    public static TheoryData<NoveltyKind, int> Cases()
    {
        var cases = new TheoryData<NoveltyKind, int>();
        foreach (NoveltyKind kind in Enum.GetValues<NoveltyKind>().Where(IncrementalNovelty.IsMadeOfDistances))
        {
            foreach (int neighbours in new[] { 1, 2, 5, 40 })
                cases.Add(kind, neighbours);
        }
        return cases;
    }

    // On a lattice of few values, so that many distances are equal and some points coincide.
    private static double[][] Lattice(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Points).Select(_ => Enumerable.Range(0, Dimension).Select(_ => (double)random.Next(3)).ToArray())];
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Average());

    [Theory]
    [MemberData(nameof(Cases))]
    public void ScoresAreThoseOfTheDefinitionAndOfTheBatchAsTheSetGrows(NoveltyKind kind, int neighbours)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            double[][] points = Lattice(seed);
            var novelty = new IncrementalNovelty(kind, neighbours, Points);
            for (int n = 0; n < Points; n++)
            {
                double[] toEarlier = [.. points.Take(n).Select(point => Distance(point, points[n]))];
                Assert.Equal(n == 0 ? 0 : Newcomer(kind, points[..n], points[n], neighbours), novelty.ScoreOf(toEarlier), 1e-9);
                novelty.Add(toEarlier);
                double[] scores = new double[n + 1], batch = new double[n + 1];
                novelty.Scores(scores);
                NoveltyScores.Compute(kind, [.. points.Take(n + 1).SelectMany(point => point)], n + 1, neighbours, 8, batch);
                Assert.Equal(batch, scores);
                double[] expected = LeaveOneOut(kind, points[..(n + 1)], neighbours);
                for (int i = 0; i <= n; i++)
                    Assert.Equal(expected[i], scores[i], 1e-9 * Math.Max(1, scores[i]));
            }
            double mean = points.SelectMany((a, i) => points.Take(i).Select(b => Distance(a, b))).Average();
            Assert.Equal(mean, novelty.MeanPairwise(), 1e-12);
        }
    }

    private static double[] LeaveOneOut(NoveltyKind kind, double[][] points, int neighbours)
    {
        if (points.Length == 1)
            return [0];
        if (kind != NoveltyKind.LocalOutlierFactor)
        {
            return [.. points.Select((point, i) => Mean(kind, [.. points.Where((_, j) => j != i).Select(other => Distance(other, point)).Order()],
                neighbours))];
        }
        double[] reach = Reaches(points, neighbours);
        // Where all coincide each is like the others.
        return [.. points.Select((point, i) => reach[i] == 0 ? 1 : Near(points, point, i, neighbours).Average(j => reach[i] / reach[j]))];
    }

    private static double Newcomer(NoveltyKind kind, double[][] points, double[] newcomer, int neighbours)
    {
        if (kind != NoveltyKind.LocalOutlierFactor)
            return Mean(kind, [.. points.Select(point => Distance(point, newcomer)).Order()], neighbours);
        if (points.Length < 2)
            return 1;
        double[] reach = Reaches(points, neighbours);
        if (reach.Max() == 0)
            return Distance(points[0], newcomer) > 0 ? 1e9 : 1;
        int[] near = Near(points, newcomer, -1, neighbours);
        double own = Math.Max(near.Average(j => Math.Max(Radius(points, points[j], j, neighbours), Distance(points[j], newcomer))), Least(points));
        return near.Average(j => own / reach[j]);
    }

    private static double Mean(NoveltyKind kind, double[] ascending, int neighbours) => ascending.Take(
        kind == NoveltyKind.Minimum ? 1 : kind == NoveltyKind.Mean ? ascending.Length : neighbours).Average();

    private static double Radius(double[][] points, double[] of, int self, int neighbours)
    {
        double[] distances = [.. points.Where((_, j) => j != self).Select(point => Distance(point, of)).Order()];
        return distances[Math.Min(neighbours, distances.Length) - 1];
    }

    private static int[] Near(double[][] points, double[] of, int self, int neighbours)
    {
        double radius = Radius(points, of, self, neighbours);
        return [.. Enumerable.Range(0, points.Length).Where(j => j != self && Distance(points[j], of) <= radius * (1 + 1e-12))];
    }

    private static double Least(double[][] points) => 1e-9 * points.SelectMany((a, i) => points.Take(i).Select(b => Distance(a, b))).Average();

    private static double[] Reaches(double[][] points, int neighbours)
    {
        double[] radii = [.. points.Select((point, i) => Radius(points, point, i, neighbours))];
        double least = Least(points);
        return [.. points.Select((point, i) => Math.Max(Near(points, point, i, neighbours)
            .Average(j => Math.Max(radii[j], Distance(points[j], point))), least))];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void NothingIsAllocatedAfterTheConstructor(NoveltyKind kind, int neighbours)
    {
        double[][] points = Lattice(1);
        double[][] toEarlier = [.. points.Select((point, n) => points.Take(n).Select(other => Distance(point, other)).ToArray())];
        var scores = new double[Points];
        Fill(new IncrementalNovelty(kind, neighbours, Points));
        var novelty = new IncrementalNovelty(kind, neighbours, Points);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Fill(novelty);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Fill(IncrementalNovelty set)
        {
            foreach (double[] row in toEarlier)
            {
                set.ScoreOf(row);
                set.Add(row);
                set.Scores(scores);
            }
            set.Scale(2);
            set.Scores(scores);
        }
    }

    [Fact]
    public void ScalingScalesDistancesAndLeavesTheFactor()
    {
        foreach (NoveltyKind kind in Enum.GetValues<NoveltyKind>().Where(IncrementalNovelty.IsMadeOfDistances))
        {
            var novelty = new IncrementalNovelty(kind, 1, 3);
            novelty.Add([]);
            novelty.Add([1]);
            novelty.Add([3, 2]);
            double[] scores = new double[3], scaled = new double[3];
            novelty.Scores(scores);
            novelty.Scale(4);
            novelty.Scores(scaled);
            double factor = kind == NoveltyKind.LocalOutlierFactor ? 1 : 4;
            Assert.Equal(scores.Select(score => factor * score), scaled);
            Assert.Equal(8, novelty.MeanPairwise());
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        var novelty = new IncrementalNovelty(NoveltyKind.Mean, 5, 2);
        Assert.Throws<ArgumentException>(() => novelty.Add([1]));
        novelty.Add([]);
        Assert.Throws<ArgumentException>(() => novelty.Add([]));
        foreach (double distance in new[] { double.NaN, double.PositiveInfinity, -1 })
            Assert.Contains("point 0", Assert.Throws<ArgumentException>(() => novelty.Add([distance])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => novelty.ScoreOf([1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => novelty.Scale(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => novelty.Scale(double.NaN));
        Assert.Contains("46340", Assert.Throws<ArgumentOutOfRangeException>(() => new IncrementalNovelty(NoveltyKind.Mean, 1, 46_341)).Message,
            StringComparison.Ordinal);
        novelty.Add([1]);
        Assert.Throws<InvalidOperationException>(() => novelty.Add([1, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IncrementalNovelty(NoveltyKind.Mean, 0, 2));
        foreach (NoveltyKind kind in new[] { NoveltyKind.Mahalanobis, NoveltyKind.Cosine, NoveltyKind.Reconstruction })
            Assert.Throws<ArgumentException>(() => new IncrementalNovelty(kind, 5, 2));
    }
}
