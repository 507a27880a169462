using FastCore.Compute.Execution;
using FastCore.Microscopy.Files;
using FastCore.TestKit;

namespace FastCore.Compute.Tests.Covariance;

/// <summary>Distances, covariances and their gradients against published values and finite differences, in double.</summary>
public sealed class CovarianceTests
{
    [Theory]
    [InlineData(CovarianceFunction.Rbf, "rbf", "host")]
    [InlineData(CovarianceFunction.Matern52, "matern52", "host")]
    [InlineData(CovarianceFunction.Rbf, "rbf", "reference")]
    [InlineData(CovarianceFunction.Matern52, "matern52", "reference")]
    public void KernelMatrixIsThatOfTheFixture(CovarianceFunction function, string name, string executorName)
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("gp_lml");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        double[] x = fixture["X"].Values;
        double[] theta = [.. fixture["theta"].Values.Select(Math.Exp)];
        const int n = 12;
        const int dimensions = 3;
        var layout = new ArenaLayout();
        Tensor points = layout.Allocate("x", dimensions, n);
        Tensor scales = layout.Allocate("l", dimensions, 1);
        Tensor k = layout.Allocate("k", n, n);
        using ExecutionBackend backend = ExecutionBackends.Open(executorName);
        using IExecutor<double> executor = backend.CreateDouble(layout);
        executor.Upload([.. Enumerable.Range(0, dimensions * n).Select(i => x[(i % n * dimensions) + (i / n)])], points);
        executor.Upload(theta.AsSpan(0, dimensions), scales);
        executor.ScaledSquaredDistance(points, points, scales, k);
        executor.Covariance(function, k, theta[3], k);
        executor.AddDiagonal(k, theta[4]);
        var found = new double[n * n];
        executor.Download(k, found);
        double[] expected = fixture[name + "_K"].Values;
        for (int i = 0; i < found.Length; i++)
            Assert.InRange(found[i], expected[i] - 1e-14, expected[i] + 1e-14);
    }

    [Theory]
    [InlineData(CovarianceFunction.Rbf)]
    [InlineData(CovarianceFunction.Matern12)]
    [InlineData(CovarianceFunction.Matern32)]
    [InlineData(CovarianceFunction.Matern52)]
    public void GradientsAreFiniteDifferences(CovarianceFunction function)
    {
        // F = sum_ij G_ij k_ij with a symmetric G: dF/dx and dF/dl through slope and distance gradient.
        const int n = 7;
        const int dimensions = 3;
        const double outputScale = 1.3;
        var layout = new ArenaLayout();
        Tensor points = layout.Allocate("x", dimensions, n);
        Tensor scales = layout.Allocate("l", dimensions, 1);
        Tensor distance = layout.Allocate("d", n, n);
        Tensor k = layout.Allocate("k", n, n);
        Tensor weight = layout.Allocate("g", n, n);
        Tensor slope = layout.Allocate("h", n, n);
        Tensor gradientX = layout.Allocate("gx", dimensions, n);
        Tensor gradientScales = layout.Allocate("gl", dimensions, 1);
        using var executor = new HostExecutor<double>(layout);
        var random = new Random(5);
        double[] x = [.. Enumerable.Range(0, dimensions * n).Select(_ => random.NextDouble() * 2)];
        double[] l = [0.7, 1.1, 1.6];
        var g = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
                g[(i * n) + j] = g[(j * n) + i] = random.NextDouble() - 0.5;
        }

        double Value()
        {
            executor.Upload(x, points);
            executor.Upload(l, scales);
            executor.ScaledSquaredDistance(points, points, scales, distance);
            executor.Covariance(function, distance, outputScale, k);
            var values = new double[n * n];
            executor.Download(k, values);
            return values.Zip(g, (a, b) => a * b).Sum();
        }

        Value();
        executor.Upload(g, weight);
        executor.CovarianceSlope(function, distance, outputScale, slope);
        executor.Multiply(weight, slope, slope);
        executor.ScaledSquaredDistanceGradient(points, scales, slope, gradientX, gradientScales);
        var byX = new double[x.Length];
        var byL = new double[l.Length];
        executor.Download(gradientX, byX);
        executor.Download(gradientScales, byL);
        Compare(x, byX);
        Compare(l, byL);

        void Compare(double[] parameters, double[] gradient)
        {
            for (int i = 0; i < parameters.Length; i++)
            {
                double kept = parameters[i];
                const double step = 1e-5;
                parameters[i] = kept + step;
                double above = Value();
                parameters[i] = kept - step;
                double below = Value();
                parameters[i] = kept;
                Assert.InRange(gradient[i] - ((above - below) / (2 * step)), -1e-8, 1e-8);
            }
        }
    }

    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    [InlineData("emulator")]
    public void EqualPointsAreAtDistanceZeroAndHaveFullCovariance(string name)
    {
        const int n = 21;
        var layout = new ArenaLayout();
        Tensor points = layout.Allocate("x", 4, n);
        Tensor scales = layout.Allocate("l", 4, 1);
        Tensor k = layout.Allocate("k", n, n);
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        var random = new Random(9);
        executor.Upload([.. Enumerable.Range(0, 4 * n).Select(_ => 1000 * random.NextSingle())], points);
        executor.Fill(scales, 0.3f);
        var values = new float[n * n];
        foreach (CovarianceFunction function in Enum.GetValues<CovarianceFunction>())
        {
            executor.ScaledSquaredDistance(points, points, scales, k);
            executor.Download(k, values);
            for (int i = 0; i < n; i++)
                Assert.Equal(0, values[(i * n) + i]);
            Assert.All(values, value => Assert.True(value >= 0));
            executor.Covariance(function, k, 2, k);
            executor.Download(k, values);
            for (int i = 0; i < n; i++)
                Assert.Equal(2, values[(i * n) + i]);
        }
    }

    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    [InlineData("emulator")]
    public void NanDistancesStayVisible(string name)
    {
        var layout = new ArenaLayout();
        Tensor d = layout.Allocate("d", 1, 19);
        Tensor k = layout.Allocate("k", 1, 19);
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        var values = new float[19];
        values[2] = values[18] = float.NaN;
        executor.Upload(values, d);
        foreach (CovarianceFunction function in Enum.GetValues<CovarianceFunction>())
        {
            executor.Covariance(function, d, 1, k);
            executor.Download(k, values);
            for (int i = 0; i < values.Length; i++)
                Assert.Equal(i is 2 or 18, float.IsNaN(values[i]));
        }
    }

    [Fact]
    public void AnUnknownFunctionIsRefused()
    {
        var layout = new ArenaLayout();
        Tensor d = layout.Allocate("d", 1, 2);
        using var executor = new HostExecutor<float>(layout);
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.Covariance((CovarianceFunction)9, d, 1, d));
    }
}
