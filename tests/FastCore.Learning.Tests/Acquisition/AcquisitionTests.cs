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
        // The first calls run the classes' initialisers.
        long bytes = 0;
        for (int call = 0; call < 3; call++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            UpperConfidenceBound.Score(mean, deviation, 2, a);
            ExpectedImprovement.Score(mean, deviation, 0.5, 0.01, b);
            LogExpectedImprovement.Score(mean, deviation, 0.5, 0.01, b);
            ProbabilityOfImprovement.Score(mean, deviation, 0.5, 0.01, b);
            ConstrainedExpectedImprovement.Constrain(mean, deviation, double.NegativeInfinity, 1, a);
            ConstrainedExpectedImprovement.ConstrainLog(mean, deviation, -1, 1, a);
            CandidateScores.Deviations(mean.AsSpan(0, 1), a.AsSpan(0, 1));
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, bytes);
    }

    [Fact]
    public void NotANumberIsRefused()
    {
        Assert.Throws<ArgumentException>(() => UpperConfidenceBound.Score([float.NaN], [1], 1, new float[1]));
        Assert.Throws<ArgumentException>(() => ExpectedImprovement.Score([0], [float.NaN], 1, 0, new float[1]));
        Assert.Throws<ArgumentException>(() => ExpectedImprovement.Score([0, 1], [1], 1, 0, new float[1]));
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.84134474606854293)]
    [InlineData(-1.96, 0.024997895148220435)]
    [InlineData(-8, 6.2209605742717841e-16)]
    [InlineData(40, 1)]
    public void TheNormalDistributionHasItsTabulatedValues(double z, double expected) =>
        Near(expected, NormalDistribution.Cumulative(z), 1e-12);

    [Fact]
    public void LogExpectedImprovementRisesWithoutAJumpFromFarBelowTheBest()
    {
        // d ln h / du = Phi / h = 1 / (u + phi / Phi), with phi / Phi from the logarithm of the cumulative probability.
        double last = LogExpectedImprovement.Of(-60, 1, 0, 0);
        for (double u = -59.99; u < 5; u += 0.01)
        {
            double value = LogExpectedImprovement.Of(u, 1, 0, 0), middle = u - 0.005;
            double logDensity = (-0.5 * middle * middle) - (0.5 * Math.Log(2 * Math.PI));
            double slope = 1 / (middle + Math.Exp(logDensity - NormalDistribution.LogCumulative(middle)));
            Assert.Equal(slope, (value - last) / 0.01, 1e-3 * slope);
            last = value;
        }
    }

    [Theory]
    [InlineData(0.3, 0.7, -1, 0.5)]
    [InlineData(-2, 0.5, 0, double.PositiveInfinity)]
    [InlineData(1, 2, double.NegativeInfinity, 0.25)]
    [InlineData(3, 1, -0.5, 4)]
    public void TheProbabilityOfAConstraintIsThatOfQuadrature(double mean, double deviation, double minimum, double maximum)
    {
        double sum = 0, from = Math.Max(minimum, mean - (12 * deviation)), to = Math.Min(maximum, mean + (12 * deviation));
        const int steps = 200_000;
        for (int k = 0; k < steps; k++)
        {
            double z = (from + ((to - from) * (k + 0.5) / steps) - mean) / deviation;
            sum += Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI) / deviation * (to - from) / steps;
        }
        Near(sum, ConstrainedExpectedImprovement.Probability(mean, deviation, minimum, maximum), 1e-7);
        Near(Math.Log(sum), ConstrainedExpectedImprovement.LogProbability(mean, deviation, minimum, maximum), 1e-7);
        var scores = new float[] { 2 };
        ConstrainedExpectedImprovement.Constrain([(float)mean], [(float)deviation], minimum, maximum, scores);
        Near(2 * sum, scores[0], 1e-6);
        scores[0] = -3;
        ConstrainedExpectedImprovement.ConstrainLog([(float)mean], [(float)deviation], minimum, maximum, scores);
        Near(-3 + Math.Log(sum), scores[0], 1e-6);
    }

    [Fact]
    public void TailsOfAConstraintKeepTheirDigits()
    {
        Near(6.2209605742717841e-16, ConstrainedExpectedImprovement.Probability(8, 1, double.NegativeInfinity, 0), 1e-12);
        Near(6.2209605742717841e-16, ConstrainedExpectedImprovement.Probability(-8, 1, 0, double.PositiveInfinity), 1e-12);
        // ln Phi(-50) = -1254.8313611393194 (50 digits)
        Near(-1254.8313611393194, ConstrainedExpectedImprovement.LogProbability(-50, 1, 0, double.PositiveInfinity), 1e-12);
        Assert.Equal(1, ConstrainedExpectedImprovement.Probability(2, 0, 1, 3));
        Assert.Equal(0, ConstrainedExpectedImprovement.Probability(4, 0, 1, 3));
    }

    [Fact]
    public void DeviationsAreRootsAndRefuseWhatIsNone()
    {
        var deviation = new float[3];
        CandidateScores.Deviations([4, 0, 0.25f], deviation);
        Assert.Equal([2, 0, 0.5f], deviation);
        Assert.Throws<ArgumentException>(() => CandidateScores.Deviations([-1], new float[1]));
        Assert.Throws<ArgumentException>(() => CandidateScores.Deviations([float.PositiveInfinity], new float[1]));
        Assert.Throws<ArgumentException>(() => CandidateScores.Deviations([1, 1], new float[1]));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public void ContributionsAreWhatTheFrontLosesWithoutThePoint(int digits)
    {
        const int n = 200;
        var random = new RandomStream(4, 9);
        var x = new float[n];
        var y = new float[n];
        var allowed = new bool[n];
        for (int i = 0; i < n; i++)
        {
            // Few digits on a falling band: many points of the front share a coordinate, some are equal.
            double u = random.NextDouble();
            x[i] = (float)Math.Round(u, digits);
            y[i] = (float)Math.Round((1 - (u * u)) - (0.1 * random.NextDouble()), digits);
            allowed[i] = i % 5 != 0;
        }
        (double, double) reference = (0.11, 0.07);
        var order = new int[n];
        float[] keys = new float[n], area = new float[n];
        ParetoFront.Contributions(x, y, allowed, reference, order, keys, area);
        (double First, double Second)[] all = [.. Enumerable.Range(0, n).Where(i => allowed[i]).Select(i => ((double)x[i], (double)y[i])).Distinct()];
        all = [.. all.Where(p => !all.Any(q => q != p && q.First >= p.First && q.Second >= p.Second))];
        double whole = ParetoFront.Hypervolume(all, reference);
        for (int i = 0; i < n; i++)
        {
            bool twin = Enumerable.Range(0, i).Any(j => allowed[j] && x[j] == x[i] && y[j] == y[i]);
            (double, double)[] without = [.. all.Where(p => p != (x[i], y[i]))];
            double expected = allowed[i] && !twin ? whole - ParetoFront.Hypervolume(without, reference) : 0;
            Assert.Equal(expected, area[i], 1e-7);
        }
        Assert.True(area.Count(a => a > 0) > 3);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ParetoFront.Contributions(x, y, allowed, reference, order, keys, area);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void ADrawnFunctionIsTheSameAtOnePointAndAtMany()
    {
        const int count = 700;
        var draw = new RandomFourierFeatures(CovarianceFunction.Matern52, [0.7, 2], 1.5, 300, 5);
        var random = new RandomStream(1, 2);
        float[] points = [.. Enumerable.Range(0, 2 * count).Select(_ => (float)random.NextNormal())], values = new float[count];
        values[3] = 10;
        draw.AddTo(points, count, values);
        for (int i = 0; i < count; i++)
            Assert.Equal(draw.At([points[i], points[count + i]]) + (i == 3 ? 10 : 0), values[i], 1e-4);
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
