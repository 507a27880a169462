using FastCore.Learning.Statistics;
using Xunit;

namespace FastCore.Learning.Tests.Statistics;

public sealed class KMeansTests
{
    [Fact]
    public void Separate_heaps_are_found_with_their_means_and_inertia()
    {
        double[][] points = [[0, 0], [0, 2], [10, 0], [10, 2], [5, 9], [5, 9.5]];
        KMeans fit = KMeans.Fit(points, 3, 1);
        // By hand: four points 1 off their centre, two 0.25 off.
        Assert.Equal(4 + (2 * 0.0625), fit.Inertia, 1e-12);
        Assert.Equal(fit.Assigned[0], fit.Assigned[1]);
        Assert.Equal(fit.Assigned[4], fit.Assigned[5]);
        Assert.Equal(3, fit.Assigned.Distinct().Count());
        Assert.Equal([10, 1], fit.Centres[fit.Assigned[2]]);
        Assert.Equal(fit.Assigned[4], fit.Nearest([4, 8]));
    }

    [Fact]
    public void Fewer_different_points_than_clusters_give_fewer_clusters()
    {
        Assert.Equal(2, KMeans.Fit([[1], [1], [4], [4]], 3, 1).Centres.Count);
        Assert.Equal(0, KMeans.Fit([[1], [1], [4], [4]], 3, 1).Inertia);
        Assert.Throws<ArgumentException>(() => KMeans.Fit([], 1, 1));
        Assert.Throws<ArgumentException>(() => KMeans.Fit([[1], [1, 2]], 1, 1));
    }

    [Fact]
    public void Starts_again_are_never_worse_and_a_seed_repeats()
    {
        RandomStream random = RandomStream.Named(3, "points");
        double[][] points = [.. Enumerable.Range(0, 120).Select(_ => new[] { random.NextDouble(), random.NextDouble() })];
        for (int seed = 0; seed < 5; seed++)
        {
            KMeans one = KMeans.Fit(points, 9, seed, 1), many = KMeans.Fit(points, 9, seed, 20);
            Assert.True(many.Inertia <= one.Inertia);
            Assert.Equal(many.Assigned, KMeans.Fit(points, 9, seed, 20).Assigned);
            double sum = points.Select((p, i) => many.Centres[many.Assigned[i]].Zip(p).Sum(c => (c.First - c.Second) * (c.First - c.Second))).Sum();
            Assert.Equal(sum, many.Inertia, 1e-9);
        }
    }
}
