using System.Numerics;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Files;
using FastCore.TestKit;

namespace FastCore.Compute.Tests.Covariance;

/// <summary>A posterior that grows point by point ends where the direct solution stands.</summary>
public sealed class PosteriorAppendTests
{
    [Theory]
    [InlineData(CovarianceFunction.Rbf, "rbf", "host")]
    [InlineData(CovarianceFunction.Matern52, "matern52", "host")]
    [InlineData(CovarianceFunction.Matern52, "matern52", "reference")]
    public void GrownPosteriorIsThatOfTheFixture(CovarianceFunction function, string name, string executorName)
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("gp_posterior");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        using ExecutionBackend backend = ExecutionBackends.Open(executorName);
        (double[] mean, double[] variance) = Grow(backend.CreateDouble, function, fixture);
        AssertClose(fixture[name + "_mean"].Values, mean, 1e-11);
        AssertClose(fixture[name + "_var_latent"].Values, variance, 1e-11);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("emulator")]
    public void InSinglePrecisionItStaysWithinTheFloorOfTheNoise(string executorName)
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("gp_posterior");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        using ExecutionBackend backend = ExecutionBackends.Open(executorName);
        (double[] mean, double[] variance) = Grow(backend.CreateSingle, CovarianceFunction.Rbf, fixture);
        AssertClose(fixture["rbf_mean"].Values, mean, 1e-4);
        AssertClose(fixture["rbf_var_latent"].Values, variance, 1e-4);
    }

    [Fact]
    public void VarianceHasAFloor()
    {
        var layout = new ArenaLayout();
        Tensor v = layout.Allocate("v", 1, 40);
        Tensor row = layout.Allocate("row", 1, 40);
        Tensor one = layout.Allocate("one", 1, 1);
        Tensor mean = layout.Allocate("mean", 1, 40);
        Tensor variance = layout.Allocate("variance", 1, 40);
        using var executor = new HostExecutor<double>(layout);
        executor.Fill(row, 1.5);
        executor.Fill(one, 1);
        executor.Fill(variance, 2);
        executor.PosteriorAppend(v, 0, row, one, one, 0.5, mean, variance);
        var values = new double[40];
        executor.Download(variance, values);
        Assert.All(values, value => Assert.Equal(1e-10, value));
        executor.Download(mean, values);
        Assert.All(values, value => Assert.Equal(2, value));
    }

    private static (double[] Mean, double[] Variance) Grow<T>(Func<ArenaLayout, IExecutor<T>> make, CovarianceFunction function,
        Dictionary<string, NpyArray> fixture)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int d = 3;
        double[] theta = fixture["theta"].Values;
        double[] y = fixture["y"].Values;
        int n = y.Length;
        double[] candidates = fixture["Xs"].Values;
        int m = candidates.Length / d;
        var layout = new ArenaLayout();
        Tensor x = layout.Allocate("x", d, n);
        Tensor c = layout.Allocate("c", d, m);
        Tensor l = layout.Allocate("l", d, 1);
        Tensor factor = layout.Allocate("factor", n, n);
        Tensor row = layout.Allocate("row", 1, n);
        Tensor cross = layout.Allocate("cross", 1, m);
        Tensor v = layout.Allocate("v", n, m);
        Tensor t = layout.Allocate("t", n, 1);
        Tensor beta = layout.Allocate("beta", n, 1);
        Tensor mean = layout.Allocate("mean", 1, m);
        Tensor variance = layout.Allocate("variance", 1, m);
        using IExecutor<T> executor = make(layout);
        T scale = T.CreateChecked(Math.Exp(theta[3]));
        Upload(executor, x, i => fixture["X"].Values[(i % n * d) + (i / n)]);
        Upload(executor, c, i => candidates[(i % m * d) + (i / m)]);
        Upload(executor, l, i => Math.Exp(theta[i]));
        Upload(executor, t, i => y[i] - theta[5]);
        executor.Fill(variance, scale);
        for (int i = 0; i < n; i++)
        {
            Tensor point = x.Block(0, i, d, 1);
            Tensor head = row.Block(0, 0, 1, i + 1);
            executor.ScaledSquaredDistance(point, x.Block(0, 0, d, i + 1), l, head);
            executor.Covariance(function, head, scale, head);
            executor.AddDiagonal(head.Block(0, i, 1, 1), T.CreateChecked(Math.Exp(theta[4])));
            Assert.True(executor.CholeskyAppend(factor, i, head));
            executor.Copy(t, beta);
            executor.TriangularSolve(factor.Leading(i + 1), beta.TopRows(i + 1), false);
            executor.ScaledSquaredDistance(point, c, l, cross);
            executor.Covariance(function, cross, scale, cross);
            executor.PosteriorAppend(v, i, cross, factor.Block(i, 0, 1, i + 1), beta.TopRows(i + 1).Reshape(1, i + 1),
                T.CreateChecked(theta[5]), mean, variance);
        }
        return (Download(executor, mean), Download(executor, variance));
    }

    private static void Upload<T>(IExecutor<T> executor, Tensor tensor, Func<int, double> value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        executor.Upload([.. Enumerable.Range(0, tensor.Count).Select(i => T.CreateChecked(value(i)))], tensor);

    private static double[] Download<T>(IExecutor<T> executor, Tensor tensor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = new T[tensor.Count];
        executor.Download(tensor, values);
        return [.. values.Select(double.CreateChecked)];
    }

    private static void AssertClose(double[] expected, double[] found, double tolerance)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.InRange(found[i], expected[i] - tolerance, expected[i] + tolerance);
    }
}
