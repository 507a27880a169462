using FastCore.Learning.Statistics;
using Xunit;

namespace FastCore.Learning.Tests.Statistics;

public sealed class GaussianMixtureTests
{
    // Two clouds of 40 and 20 points, written so that another program has the same.
    private static double[][] Clouds() => [.. Enumerable.Range(0, 60).Select(k => new[]
    {
        (k % 3 == 0 ? 3 : 0) + Math.Sin((1.7 * k) + 0.3) + (0.4 * Math.Cos(5.1 * k)),
        (k % 3 == 0 ? -1 : 0) + (0.6 * Math.Cos(2.3 * k)) + (0.3 * Math.Sin(1.7 * k)),
    })];

    [Fact]
    public void A_fit_agrees_with_an_independent_one()
    {
        // The same iteration in numpy with scipy.stats.multivariate_normal, 5000 passes from the true clouds.
        GaussianMixture fit = GaussianMixture.Fit(Clouds(), 2, 1);
        Assert.Equal(-141.64237913097935, fit.LogLikelihood, 1e-4);
        Assert.Equal(328.3225484464018, fit.InformationCriterion, 2e-4);
        Assert.Equal(0.66645429, fit.Components[0].Weight, 1e-4);
        Assert.Equal(0.04221158, fit.Components[0].Mean[0], 1e-3);
        Assert.Equal(-1.02729065, fit.Components[1].Mean[1], 1e-3);
        Assert.Equal(0.5800609595279106, fit.Components[0].Covariance[0], 1e-3);
        Assert.Equal(0.13874773222796719, fit.Components[0].Covariance[2], 1e-3);
        int[] assigned = fit.Assign();
        Assert.InRange(GroupStatistics.AdjustedRandIndex(assigned, [.. Enumerable.Range(0, 60).Select(k => k % 3 == 0 ? 1 : 0)]), 0.9, 1);
        Assert.All(Enumerable.Range(0, 60), i => Assert.Equal(1, fit.Responsibilities[2 * i] + fit.Responsibilities[(2 * i) + 1], 1e-12));
        Assert.Equal(fit.LogLikelihood, Clouds().Sum(p => fit.LogDensity(p)), 1e-9);
    }

    [Fact]
    public void One_component_is_the_normal_distribution_of_the_points() =>
        // scipy.stats.multivariate_normal.logpdf with the mean and the covariance (divided by n, ridge added), summed.
        Assert.Equal(-164.40148866634388, GaussianMixture.Fit(Clouds(), 1, 1).LogLikelihood, 1e-9);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_criterion_finds_the_number_of_clouds(int clouds)
    {
        int right = 0;
        for (int trial = 0; trial < 10; trial++)
        {
            RandomStream random = RandomStream.Named(trial, "clouds");
            double[][] points = [.. Enumerable.Range(0, 150).Select(i =>
                new[] { (6.0 * (i % clouds)) + random.NextNormal(), random.NextNormal() * (1 + (i % clouds)) })];
            IReadOnlyList<GaussianMixture> fits = GaussianMixture.FitUpTo(points, 5, 1);
            Assert.Equal(5, fits.Count);
            right += fits.MinBy(f => f.InformationCriterion)!.Components.Count == clouds ? 1 : 0;
        }
        Assert.InRange(right, 9, 10);
    }

    [Fact]
    public void Points_on_a_line_have_a_density_and_too_few_or_equal_points_are_refused()
    {
        double[][] line = [.. Enumerable.Range(0, 30).Select(k => new double[] { k, 2 * k })];
        GaussianMixture fit = GaussianMixture.Fit(line, 2, 1);
        Assert.True(double.IsFinite(fit.LogLikelihood));
        Assert.Throws<ArgumentException>(() => GaussianMixture.Fit([.. line.Take(7)], 2, 1));
        Assert.Throws<ArgumentException>(() => GaussianMixture.Fit([.. Enumerable.Repeat(new double[] { 1, 1 }, 9)], 1, 1));
        Assert.Single(GaussianMixture.FitUpTo([.. line.Take(7)], 4, 1));
    }
}
