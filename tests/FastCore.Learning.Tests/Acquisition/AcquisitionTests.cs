using FastCore.Compute.Execution;
using FastCore.Learning.Acquisition;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Learning.Tests.Acquisition;

/// <summary>Acquisition functions against scipy's values and 50-digit arithmetic.</summary>
public sealed class AcquisitionTests
{
    [Fact]
    public void NormalDistributionIsThatOfScipy()
    {
        Dictionary<string, NpyArray>? f = SharedFolder.Fixture("normal");
        Assert.SkipWhen(f is null, SharedFolder.SkipReason);
        for (int i = 0; i < f["z"].Values.Length; i++)
        {
            double z = f["z"].Values[i];
            Near(f["pdf"].Values[i], NormalDistribution.Density(z), 1e-12);
            Near(f["cdf"].Values[i], NormalDistribution.Cumulative(z), 1e-12);
            Near(f["logcdf"].Values[i], NormalDistribution.LogCumulative(z), 1e-11);
        }
        for (int i = 0; i < f["p"].Values.Length; i++)
            Near(f["ppf"].Values[i], NormalDistribution.InverseCumulative(f["p"].Values[i]), 1e-9);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.01)]
    public void ImprovementsAreThoseOfTheFixture(double margin)
    {
        Dictionary<string, NpyArray>? f = SharedFolder.Fixture("acquisition");
        Assert.SkipWhen(f is null, SharedFolder.SkipReason);
        string suffix = margin == 0 ? "0.0" : "0.01";
        double best = f["best"].Values[0];
        for (int i = 0; i < f["mu"].Values.Length; i++)
        {
            double mean = f["mu"].Values[i], deviation = f["sd"].Values[i];
            Near(f["ei_xi" + suffix].Values[i], ExpectedImprovement.Of(mean, deviation, best, margin), 1e-7, 1e-17);
            Near(f["pi_xi" + suffix].Values[i], ProbabilityOfImprovement.Of(mean, deviation, best, margin), 1e-11);
            if (margin == 0)
                Near(f["log_ei_exact"].Values[i], LogExpectedImprovement.Of(mean, deviation, best, 0), 1e-9);
        }
    }

    [Fact]
    public void SpansScoreLikeScalarsAndAllocateNothing()
    {
        float[] mean = [0.1f, -2, 3, 0], deviation = [1, 0.5f, 0, 2];
        var a = new float[4];
        var b = new float[4];
        UpperConfidenceBound.Score(mean, deviation, 2, a);
        ExpectedImprovement.Score(mean, deviation, 0.5, 0.01, b);
        Assert.Equal([2.1f, -1, 3, 4], a);
        Assert.Equal((float)ExpectedImprovement.Of(-2, 0.5, 0.5, 0.01), b[1]);
        Assert.Equal(2.49f, b[2], 1e-6f);
        long before = GC.GetAllocatedBytesForCurrentThread();
        UpperConfidenceBound.Score(mean, deviation, 2, a);
        ExpectedImprovement.Score(mean, deviation, 0.5, 0.01, b);
        LogExpectedImprovement.Score(mean, deviation, 0.5, 0.01, b);
        ProbabilityOfImprovement.Score(mean, deviation, 0.5, 0.01, b);
        ConstrainedExpectedImprovement.Constrain(mean, deviation, 1, a);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void NotANumberIsRefused()
    {
        Assert.Throws<ArgumentException>(() => UpperConfidenceBound.Score([float.NaN], [1], 1, new float[1]));
        Assert.Throws<ArgumentException>(() => ExpectedImprovement.Score([0], [float.NaN], 1, 0, new float[1]));
        Assert.Throws<ArgumentException>(() => ExpectedImprovement.Score([0, 1], [1], 1, 0, new float[1]));
    }

    [Fact]
    public void FrontIsWhatNothingDominates()
    {
        var random = new Random(3);
        float[] x = [.. Enumerable.Range(0, 60).Select(_ => (float)random.NextDouble())], y = [.. Enumerable.Range(0, 60).Select(_ => (float)random.NextDouble())];
        int[] expected = [.. Enumerable.Range(0, 60).Where(i => !Enumerable.Range(0, 60).Any(j => j != i && x[j] >= x[i] && y[j] >= y[i])).OrderByDescending(i => x[i])];
        Assert.Equal(expected, ParetoFront.Of(x, y));
    }

    [Fact]
    public void HypervolumeIsTheAreaOfTheStaircase()
    {
        (double, double)[] front = [(3, 1), (1, 3), (2, 2)];
        Assert.Equal(6, ParetoFront.Hypervolume(front, (0, 0)), 1e-12);
        Assert.Equal(1, ParetoFront.HypervolumeImprovement(front, (2.5, 1.8), (0, 0)) / 0.4, 1e-12);
        Assert.Equal(0, ParetoFront.HypervolumeImprovement(front, (0.5, 0.5), (0, 0)), 1e-12);
    }

    [Theory]
    [InlineData(CovarianceFunction.Rbf)]
    [InlineData(CovarianceFunction.Matern12)]
    [InlineData(CovarianceFunction.Matern32)]
    [InlineData(CovarianceFunction.Matern52)]
    public void DrawnFunctionsHaveTheCovarianceOfTheProcess(CovarianceFunction function)
    {
        // f(0) f(x) averaged over draws; the error of an average of products of two normals of variance s is at most s sqrt(2 / draws).
        const double s = 1.5, length = 0.7;
        const int draws = 3000;
        foreach (double x in new[] { 0, 0.4, 1.1 })
        {
            double sum = 0;
            for (int k = 0; k < draws; k++)
            {
                var f = new RandomFourierFeatures(function, [length], s, 40, k);
                sum += f.At([0.2]) * f.At([0.2 + x]);
            }
            double r = x / length, expected = s * (function switch
            {
                CovarianceFunction.Rbf => Math.Exp(-0.5 * r * r),
                CovarianceFunction.Matern12 => Math.Exp(-r),
                CovarianceFunction.Matern32 => (1 + (Math.Sqrt(3) * r)) * Math.Exp(-Math.Sqrt(3) * r),
                _ => (1 + (Math.Sqrt(5) * r) + (5 * r * r / 3)) * Math.Exp(-Math.Sqrt(5) * r),
            });
            Assert.InRange(sum / draws, expected - (4 * s * Math.Sqrt(2.0 / draws)), expected + (4 * s * Math.Sqrt(2.0 / draws)));
        }
    }

    private static void Near(double expected, double actual, double relative, double absolute = 1e-300) =>
        Assert.True(Math.Abs(expected - actual) <= (relative * Math.Abs(expected)) + absolute || expected.Equals(actual), $"{actual:R} is not {expected:R}");
}
