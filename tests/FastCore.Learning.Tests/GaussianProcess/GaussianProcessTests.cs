using FastCore.Compute.Execution;
using FastCore.Learning.GaussianProcess;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Learning.Tests.GaussianProcess;

public sealed class GaussianProcessTests
{
    [Theory]
    [InlineData("rbf", CovarianceFunction.Rbf)]
    [InlineData("matern52", CovarianceFunction.Matern52)]
    public void LikelihoodAndGradientMatchTheFixture(string name, CovarianceFunction function)
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("gp_lml");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        using GaussianProcess<double> process = Fixture(fixture, function, out HyperParameters h);
        var gradient = new double[h.Count];
        Assert.True(process.TryEvaluate(h, gradient, out double loss));
        int n = process.PointCount;
        Assert.Equal(fixture[name + "_lml"].Values[0], -loss * n, 1e-9);
        // The fixture derives by logarithms of all but the mean.
        var own = new double[h.Count];
        h.CopyTo(own);
        for (int i = 0; i < own.Length; i++)
            Assert.Equal(fixture[name + "_grad"].Values[i], -n * gradient[i] * (i < own.Length - 1 ? own[i] : 1), 1e-8);
        var factor = new double[n * n];
        process.CopyFactor(factor);
        AssertClose(fixture[name + "_L"].Values, factor, 1e-11);
        var alpha = new double[n];
        process.CopyWeights(alpha);
        AssertClose(fixture[name + "_alpha"].Values, alpha, 1e-9);
    }

    [Theory]
    [InlineData("rbf", CovarianceFunction.Rbf)]
    [InlineData("matern52", CovarianceFunction.Matern52)]
    public void PosteriorAndLeaveOneOutMatchTheFixture(string name, CovarianceFunction function)
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("gp_posterior");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        using GaussianProcess<double> process = Fixture(fixture, function, out HyperParameters h);
        Assert.True(process.TryEvaluate(h, [], out _));
        LeaveOneOut leaveOneOut = process.LeaveOneOut();
        AssertClose(fixture[name + "_loo_mean"].Values, leaveOneOut.Mean, 1e-9);
        AssertClose(fixture[name + "_loo_var"].Values, leaveOneOut.Variance, 1e-10);
        var posterior = new GaussianProcessPosterior<double>(TestBackend.Host, process.Terms, h, [Columns(fixture["X"])], fixture["y"].Values);
        int m = fixture["Xs"].Shape[0];
        double[] mean = new double[m], variance = new double[m];
        posterior.Predict([Columns(fixture["Xs"])], m, mean, variance);
        AssertClose(fixture[name + "_mean"].Values, mean, 1e-10);
        AssertClose(fixture[name + "_var_latent"].Values, variance, 1e-10);
    }

    [Fact]
    public void IllConditionedLikelihoodsAreRightToTheAccuracyThatDoubleAllows()
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("gp_illconditioned");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        int n = fixture["X"].Shape[0];
        using var process = new GaussianProcess<double>(TestBackend.Host, n, [new CovarianceTerm(CovarianceFunction.Rbf, 1, false)]);
        process.SetInputs(0, fixture["X"].Values);
        process.SetTargets(fixture["y"].Values);
        var h = new HyperParameters(process.Terms);
        h.Lengthscales[0][0] = 2;
        h.OutputScales[0] = 1;
        for (int i = 0; i < 3; i++)
        {
            double jitter = fixture["jitter"].Values[i];
            h.NoiseVariance = jitter;
            Assert.True(process.TryEvaluate(h, [], out double loss));
            Assert.Equal(0, process.Jitter);
            double exact = fixture["lml_exact"].Values[i];
            double allowed = fixture["condition_number"].Values[i] * 2.2e-16 * 30;
            Assert.InRange(Math.Abs((-loss * n) - exact) / Math.Abs(exact), 0, Math.Min(allowed, 1e-2));
        }
        // Without noise the matrix is singular to rounding: jitter must step in and be reported.
        h.NoiseVariance = 0;
        Assert.True(process.TryEvaluate(h, [], out _));
        Assert.InRange(process.Jitter, 1e-6, 1e-2);
    }

    [Theory]
    [InlineData(CovarianceFunction.Rbf, false)]
    [InlineData(CovarianceFunction.Rbf, true)]
    [InlineData(CovarianceFunction.Matern12, true)]
    [InlineData(CovarianceFunction.Matern32, true)]
    [InlineData(CovarianceFunction.Matern32, false)]
    [InlineData(CovarianceFunction.Matern52, true)]
    public void GradientsMatchFiniteDifferences(CovarianceFunction function, bool ard)
    {
        const int n = 13;
        const int d = 3;
        const int other = 2;
        double[] x = Normals(d * n, 1), z = Normals(other * n, 2), t = Normals(n, 3);
        CovarianceTerm[] terms =
        [
            new(function, d, ard) { LengthscalePrior = LogNormalPrior.ForLengthscale(d), OutputScalePrior = new LogNormalPrior(0.3, 0.8) },
            new(CovarianceFunction.Matern52, other, !ard),
        ];
        using var process = new GaussianProcess<double>(TestBackend.Host, n, terms)
        {
            NoisePrior = LogNormalPrior.ForNoise,
            MeanPriorDeviation = 0.7
        };
        process.SetInputs(0, x);
        process.SetInputs(1, z);
        process.SetTargets(t);
        var h = new HyperParameters(terms);
        var raw = new double[h.Count];
        for (int i = 0; i < raw.Length; i++)
            raw[i] = 0.3 * Math.Sin(i + 1);
        h.FromRaw(raw);
        var gradient = new double[h.Count];
        Assert.True(process.TryEvaluate(h, gradient, out _));
        HyperParameters.GradientToRaw(raw, gradient);
        var byInput = new double[d * n];
        process.InputGradient(0, byInput);
        for (int i = 0; i < raw.Length; i++)
            Assert.Equal(Difference(e => Loss(raw.Select((r, k) => k == i ? r + e : r).ToArray(), x)), gradient[i], 2e-8);
        for (int i = 0; i < x.Length; i++)
            Assert.Equal(Difference(e => Loss(raw, x.Select((r, k) => k == i ? r + e : r).ToArray())), byInput[i], 2e-8);

        double Loss(double[] at, double[] inputs)
        {
            process.SetInputs(0, inputs);
            var moved = new HyperParameters(terms);
            moved.FromRaw(at);
            Assert.True(process.TryEvaluate(moved, [], out double loss));
            return loss;
        }
    }

    [Fact]
    public void SingleAndDoublePrecisionAgree()
    {
        const int n = 40;
        double[] x = Normals(2 * n, 5), t = Normals(n, 6);
        CovarianceTerm[] terms = [new(CovarianceFunction.Matern52, 2, true)];
        using var exact = new GaussianProcess<double>(TestBackend.Host, n, terms);
        using var single = new GaussianProcess<float>(TestBackend.Host, n, terms);
        exact.SetInputs(0, x);
        single.SetInputs(0, x);
        exact.SetTargets(t);
        single.SetTargets(t);
        var h = new HyperParameters(terms) { NoiseVariance = 0.1 };
        double[] g = new double[h.Count], gSingle = new double[h.Count];
        Assert.True(exact.TryEvaluate(h, g, out double loss));
        Assert.True(single.TryEvaluate(h, gSingle, out double lossSingle));
        Assert.Equal(loss, lossSingle, 1e-5);
        AssertClose(g, gSingle, 2e-5);
        AssertClose(exact.LeaveOneOut().Mean, single.LeaveOneOut().Mean, 2e-5);
    }

    [Fact]
    public void RawParametersComeBack()
    {
        CovarianceTerm[] terms = [new(CovarianceFunction.Rbf, 3, true), new(CovarianceFunction.Rbf, 2, false)];
        var h = new HyperParameters(terms);
        double[] raw = [-3, 0, 4, 1, 40, -0.5, -2, 0.7];
        h.FromRaw(raw);
        Assert.Equal(40, h.Lengthscales[1][0]);
        Assert.Equal(Math.Log(1 + Math.Exp(-2)) + 1e-4, h.NoiseVariance, 1e-15);
        var back = new double[raw.Length];
        h.ToRaw(back);
        AssertClose(raw, back, 1e-9);
        h.ToLog(back);
        HyperParameters other = new(terms);
        other.FromLog(back);
        Assert.Equal(h.NoiseVariance, other.NoiseVariance, 1e-12);
        Assert.Equal(h.Mean, other.Mean);
    }

    [Fact]
    public void TheMinimiserSolvesRosenbrock()
    {
        double[] x = [-1.2, 1];
        double value = LimitedMemoryMinimizer.Minimize(Function, x, 200, 1e-14, TestContext.Current.CancellationToken);
        Assert.InRange(value, 0, 1e-9);
        Assert.Equal(1, x[0], 1e-4);

        static double Function(ReadOnlySpan<double> p, Span<double> g)
        {
            double a = 1 - p[0];
            double b = p[1] - (p[0] * p[0]);
            g[0] = (-2 * a) - (400 * p[0] * b);
            g[1] = 200 * b;
            return (a * a) + (100 * b * b);
        }
    }

    [Fact]
    public void TheFitFindsAtLeastAsGoodAPointAsASearchAroundIt()
    {
        const int n = 60;
        double[] x = Normals(2 * n, 11), noise = Normals(n, 12), t = new double[n];
        for (int i = 0; i < n; i++)
            t[i] = Math.Sin(2 * x[i]) + (0.1 * noise[i]);
        using var process = new GaussianProcess<double>(TestBackend.Host, n, [new CovarianceTerm(CovarianceFunction.Rbf, 2, false)]);
        process.SetInputs(0, x);
        process.SetTargets(t);
        (HyperParameters h, double loss) = GaussianProcessFit.Improve(process, GaussianProcessFit.GridStart(process), 40,
            TestContext.Current.CancellationToken);
        Assert.InRange(h.NoiseVariance, 0.003, 0.04);
        foreach (double l in new[] { 0.3, 0.6, 1, 1.5, 2.5 })
        {
            foreach (double s in new[] { 0.3, 1, 3 })
            {
                foreach (double v in new[] { 0.003, 0.01, 0.03, 0.1 })
                {
                    var other = new HyperParameters(process.Terms) { NoiseVariance = v };
                    other.Lengthscales[0][0] = l;
                    other.OutputScales[0] = s;
                    if (process.TryEvaluate(other, [], out double there))
                        Assert.True(loss <= there + 1e-3, $"l {l} s {s} noise {v}: {there} < {loss}");
                }
            }
        }
    }

    [Fact]
    public void WhatIsNotFiniteIsRefusedWithItsPlace()
    {
        using var process = new GaussianProcess<double>(TestBackend.Host, 2, [new CovarianceTerm(CovarianceFunction.Rbf, 1, false)]);
        Assert.Contains("point 1", Assert.Throws<ArgumentException>(() => process.SetInputs(0, [1, double.NaN])).Message, StringComparison.Ordinal);
        Assert.Contains("Target 0", Assert.Throws<ArgumentException>(() => process.SetTargets([double.PositiveInfinity, 1])).Message,
            StringComparison.Ordinal);
        process.SetInputs(0, [1, 1]);
        process.SetTargets([1, 2]);
        var h = new HyperParameters(process.Terms) { NoiseVariance = double.NaN };
        Assert.False(process.TryEvaluate(h, [], out _));
    }

    internal static double[] Normals(int count, ulong stream)
    {
        var random = new RandomStream(7, stream);
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = random.NextNormal();
        return values;
    }

    internal static double Difference(Func<double, double> f)
    {
        const double e = 1e-4;
        // Fourth order: the error is of the order of e^4.
        return ((8 * (f(e) - f(-e))) - (f(2 * e) - f(-2 * e))) / (12 * e);
    }

    internal static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"[{i}] expected {expected[i]}, is {actual[i]}");
    }

    internal static double[] Columns(NpyArray rows)
    {
        int n = rows.Shape[0];
        int d = rows.Shape[1];
        var result = new double[n * d];
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < d; k++)
                result[(k * n) + i] = rows.Values[(i * d) + k];
        }
        return result;
    }

    private static GaussianProcess<double> Fixture(Dictionary<string, NpyArray> fixture, CovarianceFunction function, out HyperParameters h)
    {
        NpyArray x = fixture["X"];
        var process = new GaussianProcess<double>(TestBackend.Host, x.Shape[0], [new CovarianceTerm(function, x.Shape[1], true)]);
        process.SetInputs(0, Columns(x));
        process.SetTargets(fixture["y"].Values);
        double[] theta = fixture["theta"].Values;
        h = new HyperParameters(process.Terms);
        h.CopyFrom([.. theta.Take(theta.Length - 1).Select(Math.Exp), theta[^1]]);
        return process;
    }
}
