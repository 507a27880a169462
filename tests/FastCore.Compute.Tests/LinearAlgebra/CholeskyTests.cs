using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using FastCore.Microscopy.Files;
using FastCore.TestKit;

namespace FastCore.Compute.Tests.LinearAlgebra;

/// <summary>Factor, append, solves and inverse against published values and algebra.</summary>
public sealed class CholeskyTests
{
    [Theory]
    [InlineData("rbf", "host")]
    [InlineData("matern52", "host")]
    [InlineData("rbf", "reference")]
    [InlineData("matern52", "reference")]
    public void FactorAndWeightsAreThoseOfTheFixture(string function, string executorName)
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("gp_lml");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        double[] covariance = fixture[function + "_K"].Values;
        double[] factor = fixture[function + "_L"].Values;
        double[] weights = fixture[function + "_alpha"].Values;
        double[] y = fixture["y"].Values;
        double constant = fixture["theta"].Values[5];
        int n = y.Length;
        var layout = new ArenaLayout();
        Tensor a = layout.Allocate("a", n, n);
        Tensor b = layout.Allocate("b", n, 1);
        using ExecutionBackend backend = ExecutionBackends.Open(executorName);
        using IExecutor<double> executor = backend.CreateDouble(layout);
        executor.Upload(covariance, a);
        executor.Upload([.. y.Select(value => value - constant)], b);
        Assert.True(executor.CholeskyFactor(a));
        var found = new double[n * n];
        executor.Download(a, found);
        AssertClose(factor, found, 1e-13);
        executor.TriangularSolve(a, b, false);
        executor.TriangularSolve(a, b, true);
        var solved = new double[n];
        executor.Download(b, solved);
        AssertClose(weights, solved, 1e-11);
    }

    [Theory]
    [InlineData(0, 1e-6)]
    [InlineData(1, 1e-4)]
    [InlineData(2, 1e-2)]
    public void LikelihoodOfAnIllConditionedMatrixIsThatOfSixtyDigits(int index, double tolerance)
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("gp_illconditioned");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        double[] x = fixture["X"].Values;
        double[] y = fixture["y"].Values;
        double[] jitters = fixture["jitter"].Values;
        // The fixture's order of jitters is its own; the tolerance grows as the jitter shrinks.
        int at = Array.IndexOf(jitters, jitters.OrderDescending().ElementAt(index));
        int n = y.Length;
        var layout = new ArenaLayout();
        Tensor points = layout.Allocate("x", 1, n);
        Tensor scale = layout.Allocate("l", 1, 1);
        Tensor a = layout.Allocate("a", n, n);
        Tensor b = layout.Allocate("b", n, 1);
        using var executor = new HostExecutor<double>(layout);
        executor.Upload(x, points);
        executor.Fill(scale, 2);
        executor.Upload(y, b);
        executor.ScaledSquaredDistance(points, points, scale, a);
        executor.Covariance(CovarianceFunction.Rbf, a, 1, a);
        executor.AddDiagonal(a, jitters[at]);
        Assert.True(executor.CholeskyFactor(a));
        executor.TriangularSolve(a, b, false);
        var factor = new double[n * n];
        var beta = new double[n];
        executor.Download(a, factor);
        executor.Download(b, beta);
        double likelihood = -0.5 * n * Math.Log(2 * Math.PI);
        for (int i = 0; i < n; i++)
            likelihood -= (0.5 * beta[i] * beta[i]) + Math.Log(factor[(i * n) + i]);
        double expected = fixture["lml_exact"].Values[at];
        Assert.InRange(likelihood, expected - (tolerance * Math.Abs(expected)), expected + (tolerance * Math.Abs(expected)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public void FactorTimesItsTransposeIsTheMatrix(int n)
    {
        double[] matrix = Matrix(n);
        double[] factor = [.. matrix];
        Assert.True(CholeskyFactor.Host(new MatrixSpan<double>(factor, n, n)));
        double largest = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int k = 0; k < n; k++)
                    sum += factor[(i * n) + k] * factor[(j * n) + k];
                largest = Math.Max(largest, Math.Abs(sum - matrix[(i * n) + j]));
                if (j > i)
                    Assert.Equal(0, factor[(i * n) + j]);
            }
        }
        Assert.True(largest < 4e-15 * 2, $"residual {largest}");
    }

    [Fact]
    public void InverseTimesTheMatrixIsTheIdentityAndSymmetric()
    {
        const int n = 150;
        double[] matrix = Matrix(n);
        double[] factor = [.. matrix];
        var inverse = new double[n * n];
        Assert.True(CholeskyFactor.Host(new MatrixSpan<double>(factor, n, n)));
        CholeskyInverse.Host(new ReadOnlyMatrixSpan<double>(factor, n, n), new MatrixSpan<double>(inverse, n, n));
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int k = 0; k < n; k++)
                    sum += matrix[(i * n) + k] * inverse[(k * n) + j];
                Assert.InRange(sum - (i == j ? 1 : 0), -1e-13, 1e-13);
                Assert.Equal(inverse[(i * n) + j], inverse[(j * n) + i]);
            }
        }
    }

    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    [InlineData("emulator")]
    public void AppendingRowsGivesTheFactorOfTheWhole(string name)
    {
        const int n = 9;
        var layout = new ArenaLayout();
        Tensor whole = layout.Allocate("whole", n, n);
        Tensor grown = layout.Allocate("grown", n + 1, n + 1);
        Tensor row = layout.Allocate("row", 1, n);
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        float[] matrix = [.. Matrix(n).Select(value => (float)value)];
        executor.Upload(matrix, whole);
        Assert.True(executor.CholeskyFactor(whole));
        for (int i = 0; i < n; i++)
        {
            executor.Upload(matrix.AsSpan(i * n, i + 1), row.Block(0, 0, 1, i + 1));
            Assert.True(executor.CholeskyAppend(grown, i, row.Block(0, 0, 1, i + 1)));
        }
        var expected = new float[n * n];
        var found = new float[n * n];
        executor.Download(whole, expected);
        executor.Download(grown.Leading(n), found);
        AssertClose([.. expected.Select(value => (double)value)], [.. found.Select(value => (double)value)], 1e-6);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    [InlineData("emulator")]
    public void ADuplicateIsReportedAndTheFactorStays(string name)
    {
        var layout = new ArenaLayout();
        Tensor factor = layout.Allocate("factor", 3, 3);
        Tensor row = layout.Allocate("row", 1, 3);
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        float[] before = [2, 0, 7, 1, 3, 7, 7, 7, 7];
        executor.Upload(before, factor);
        foreach (float[] refused in new float[][] { [4, 2, 4], [2, 10, 10], [4, 2, 3], [float.NaN, 1, 50], [1, 1, float.PositiveInfinity] })
        {
            executor.Upload(refused, row);
            Assert.False(executor.CholeskyAppend(factor, 2, row), string.Join(" ", refused));
            var after = new float[9];
            executor.Download(factor, after);
            Assert.Equal(before, after);
        }
    }

    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    [InlineData("emulator")]
    public void WhatHasNoFactorIsReported(string name)
    {
        var layout = new ArenaLayout();
        Tensor a = layout.Allocate("a", 3, 3);
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        foreach (float[] matrix in new float[][]
        {
            [1, 0, 0, 2, 1, 0, 0, 0, 1],
            [1, 0, 0, 0, float.NaN, 0, 0, 0, 1],
            [0, 0, 0, 0, 0, 0, 0, 0, 0],
            [1, 0, 0, float.NaN, 1, 0, 0, 0, 1],
            [float.PositiveInfinity, 0, 0, 0, 1, 0, 0, 0, 1],
        })
        {
            executor.Upload(matrix, a);
            Assert.False(executor.CholeskyFactor(a), string.Join(" ", matrix));
        }
    }

    [Fact]
    public void WhatStandsAboveTheDiagonalIsNotRead()
    {
        foreach (int n in new[] { 3, 40, 130 })
        {
            double[] clean = Matrix(n);
            double[] soiled = [.. clean];
            for (int i = 0; i < n; i++)
                soiled.AsSpan((i * n) + i + 1, n - i - 1).Fill(double.NaN);
            Assert.True(CholeskyFactor.Host(new MatrixSpan<double>(clean, n, n)));
            Assert.True(CholeskyFactor.Host(new MatrixSpan<double>(soiled, n, n)));
            Assert.Equal(clean, soiled);
        }
    }

    private static double[] Matrix(int n)
    {
        var matrix = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                matrix[(i * n) + j] = Execution.OperationCases.Definite(i, j);
        }
        return matrix;
    }

    private static void AssertClose(double[] expected, double[] found, double relative)
    {
        double scale = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.InRange(found[i], expected[i] - (relative * scale), expected[i] + (relative * scale));
    }
}
