using FastCore.Learning.Statistics;
using Xunit;

namespace FastCore.Learning.Tests.Statistics;

public sealed class CanonicalCorrelationTests
{
    private const int Count = 40;

    [Fact]
    public void Correlations_agree_with_the_eigenvalues_of_the_covariances()
    {
        (double[] a, double[] b) = Tables();
        CanonicalCorrelation fit = CanonicalCorrelation.Fit(a, b, Count, regularisation: 0);
        // numpy: sqrt(eigvals(solve(Cxx, Cxy) @ solve(Cyy, Cyx))).
        double[] expected = [0.7397164158803725, 0.39092346731942096, 0.2189176584145203];
        Assert.Equal(3, fit.Rank);
        for (int r = 0; r < 3; r++)
        {
            Assert.Equal(expected[r], fit.Correlations[r], 1e-10);
            double[] u = [.. Enumerable.Range(0, Count).Select(i => fit.ProjectFirst(a.AsSpan(3 * i, 3))[r])];
            double[] v = [.. Enumerable.Range(0, Count).Select(i => fit.ProjectSecond(b.AsSpan(4 * i, 4))[r])];
            Assert.Equal(expected[r], u.Zip(v).Average(p => p.First * p.Second), 1e-9);
            Assert.Equal(1, u.Average(value => value * value), 1e-9);
        }
    }

    [Fact]
    public void Regularised_combinations_have_the_correlation_that_is_stated_and_lean_on_strong_components()
    {
        (double[] a, double[] b) = Tables();
        // A weak column that follows the second table exactly.
        double[] weak = [.. Enumerable.Range(0, Count).SelectMany(i => new[] { a[3 * i], a[(3 * i) + 1], 0.01 * b[4 * i] })];
        CanonicalCorrelation plain = CanonicalCorrelation.Fit(weak, b, Count, regularisation: 0),
            leaning = CanonicalCorrelation.Fit(weak, b, Count, regularisation: 0.1);
        Assert.Equal(1, plain.Correlations[0], 1e-9);
        Assert.InRange(leaning.Correlations[0], 0.3, 0.9);
        double[] u = [.. Enumerable.Range(0, Count).Select(i => leaning.ProjectFirst(weak.AsSpan(3 * i, 3))[0])];
        double[] v = [.. Enumerable.Range(0, Count).Select(i => leaning.ProjectSecond(b.AsSpan(4 * i, 4))[0])];
        Assert.Equal(leaning.Correlations[0], u.Zip(v).Average(p => p.First * p.Second), 1e-9);
        Assert.Equal(1, v.Average(value => value * value), 1e-9);
    }

    [Fact]
    public void More_values_than_points_do_not_pretend_a_correlation_at_points_left_out()
    {
        RandomStream random = RandomStream.Named(1, "unrelated");
        double[] a = [.. Enumerable.Range(0, Count * 60).Select(_ => random.NextNormal())],
            b = [.. Enumerable.Range(0, Count * 50).Select(_ => random.NextNormal())];
        Assert.InRange(CanonicalCorrelation.Fit(a, b, Count).Correlations[0], 0.6, 1);
        Assert.InRange(CanonicalCorrelation.HeldOut(a, b, Count, 1).Correlations[0], -0.5, 0.5);
    }

    [Fact]
    public void A_shared_factor_is_found_at_points_left_out_in_any_unit()
    {
        RandomStream random = RandomStream.Named(2, "related");
        var shared = new double[Count];
        var a = new double[Count * 20];
        var b = new double[Count * 30];
        for (int i = 0; i < Count; i++)
        {
            shared[i] = random.NextNormal();
            for (int j = 0; j < 20; j++)
                a[(i * 20) + j] = 1e-12 * ((shared[i] * Math.Sin(j)) + (0.3 * random.NextNormal()));
            for (int j = 0; j < 30; j++)
                b[(i * 30) + j] = 1e6 * ((shared[i] * Math.Cos(j)) + (0.3 * random.NextNormal()));
        }
        HeldOutCodes codes = CanonicalCorrelation.HeldOut(a, b, Count, 2);
        Assert.InRange(codes.Correlations[0], 0.9, 1);
        // Signs of the folds agree, or the columns as a whole would not go together.
        Assert.InRange(CorrelationTable.Spearman(codes.First[0], codes.Second[0]), 0.9, 1);
        Assert.InRange(Math.Abs(CorrelationTable.Spearman(codes.First[0], shared)), 0.9, 1);
    }

    [Fact]
    public void Constant_vectors_have_no_correlation_and_two_points_are_refused()
    {
        Assert.Equal(0, CanonicalCorrelation.Fit(new double[Count * 3], Tables().B, Count).Rank);
        Assert.Throws<ArgumentException>(() => CanonicalCorrelation.Fit([1, 2], [1, 2], 2));
    }

    internal static (double[] A, double[] B) Tables()
    {
        var a = new double[Count * 3];
        var b = new double[Count * 4];
        int[] column = [0, 1, 2, 0];
        double[] share = [0.9, 0.5, 0, 0.2];
        for (int i = 0; i < Count; i++)
        {
            for (int j = 0; j < 3; j++)
                a[(3 * i) + j] = Math.Sin((i + 1) * (i + 1) * (j + 1) * 0.37);
            for (int j = 0; j < 4; j++)
                b[(4 * i) + j] = Math.Cos((i + 1) * (i + 1) * (j + 2) * 0.29) + (share[j] * a[(3 * i) + column[j]]);
        }
        return (a, b);
    }
}
