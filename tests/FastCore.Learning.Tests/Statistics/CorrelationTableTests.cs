using FastCore.Learning.Statistics;
using Xunit;

namespace FastCore.Learning.Tests.Statistics;

public sealed class CorrelationTableTests
{
    [Fact]
    public void Rho_agrees_with_scipy()
    {
        // scipy.stats.spearmanr of the same columns.
        Assert.Equal(0.8207826816681233, CorrelationTable.Spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), 1e-14);
        Assert.Equal(0.7987960649466378, CorrelationTable.Spearman(
            [3.1, 2.0, 2.0, 5.5, 4.2, 4.2, 4.2, 0.3, 9.0, 7.7], [1.0, 0.5, 0.7, 2.2, 2.2, 1.9, 0.1, 0.4, 3.0, 3.0]), 1e-14);
        Assert.Equal(-1, CorrelationTable.Spearman([1, 2, 3], [9, 4, -8]), 1e-14);
        Assert.True(double.IsNaN(CorrelationTable.Spearman([1, 2, 3], [4, 4, 4])));
    }

    [Fact]
    public void P_values_agree_with_all_720_permutations()
    {
        double[][] codes = [[1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 3, 5]], quantities = [[2, 1, 4, 3, 6, 5], [6, 5, 5, 1, 2, 2]];
        const int Draws = 20000;
        CorrelationTable table = CorrelationTable.Compute(codes, quantities, Draws, 1);
        // Enumerated with itertools.permutations and scipy.stats.rankdata: rho, single and step-down p (Westfall and Young).
        double[] rho = [0.8285714285714283, -0.7944613465542745, 0.7537023463481829, -0.4328840396692357];
        double[] single = [0.05833333, 0.07777778, 0.09444444, 0.4], adjusted = [0.18472222, 0.19027778, 0.19027778, 0.4];
        for (int k = 0; k < 4; k++)
        {
            RankCorrelation entry = table[k / 2, k % 2];
            Assert.Equal(rho[k], entry.Coefficient, 1e-12);
            Assert.Equal(single[k], entry.PValue, 4 * Math.Sqrt(single[k] * (1 - single[k]) / Draws));
            Assert.Equal(adjusted[k], entry.AdjustedPValue, 4 * Math.Sqrt(adjusted[k] * (1 - adjusted[k]) / Draws));
        }
        Assert.Equal(MultipleTests.BenjaminiHochberg([table[0, 0].PValue, table[0, 1].PValue, table[1, 0].PValue, table[1, 1].PValue])[1],
            table[0, 1].FalseDiscoveryRate);
    }

    [Fact]
    public void Points_without_the_quantity_are_left_out()
    {
        double[] code = [5, 1, 4, 2, 3, 9, 8, 7], quantity = [4, 2, double.NaN, 1, 3, 8, double.NaN, 6];
        CorrelationTable table = CorrelationTable.Compute([code], [quantity, Constant(8), [.. Constant(4), .. Missing(4)]], 199, 3);
        Assert.Equal(CorrelationTable.Spearman([5, 1, 2, 3, 9, 7], [4, 2, 1, 3, 8, 6]), table[0, 0].Coefficient, 1e-14);
        Assert.Equal(6, table[0, 0].Points);
        // Neither a constant nor four points are a test, and they do not weigh on the others.
        Assert.True(double.IsNaN(table[0, 1].Coefficient) && double.IsNaN(table[0, 1].PValue) && double.IsNaN(table[0, 2].AdjustedPValue));
        Assert.Equal(table[0, 0].PValue, table[0, 0].AdjustedPValue);
        Assert.Equal(table[0, 0].PValue, table[0, 0].FalseDiscoveryRate);
    }

    [Fact]
    public void Groups_keep_to_themselves_and_tests_that_are_not_asked_for_do_not_count()
    {
        // Both columns differ between the groups and are unrelated within: shuffled together they seem to go together.
        RandomStream random = RandomStream.Named(1, "groups");
        int[] strata = [.. Enumerable.Range(0, 40).Select(i => i % 2)];
        double[] code = [.. strata.Select(s => (5 * s) + random.NextNormal())], quantity = [.. strata.Select(s => (5 * s) + random.NextNormal())];
        Assert.Equal(0.005, CorrelationTable.Compute([code], [quantity], 199, 1)[0, 0].PValue, 1e-12);
        Assert.InRange(CorrelationTable.Compute([code], [quantity], 199, 1, strata)[0, 0].PValue, 0.05, 1);
        CorrelationTable some = CorrelationTable.Compute([code, quantity], [quantity, code], 199, 1, null, (c, q) => c == 0 && q == 0);
        Assert.Equal(some[0, 0].PValue, some[0, 0].AdjustedPValue);
        Assert.True(double.IsNaN(some[1, 0].Coefficient) && double.IsNaN(some[0, 1].PValue));
    }

    [Fact]
    public void The_same_seed_gives_the_same_table_and_bad_columns_are_refused()
    {
        (double[][] codes, double[][] quantities) = Unrelated(20, 7);
        CorrelationTable a = CorrelationTable.Compute(codes, quantities, 99, 5), b = CorrelationTable.Compute(codes, quantities, 99, 5);
        Assert.Equal(a[1, 3], b[1, 3]);
        Assert.Throws<ArgumentException>(() => CorrelationTable.Compute([[1, 2, double.NaN]], [[1, 2, 3]], 9, 1));
        Assert.Throws<ArgumentException>(() => CorrelationTable.Compute([[1, 2, 3]], [[1, 2]], 9, 1));
        Assert.Throws<ArgumentException>(() => CorrelationTable.Compute([], [], 9, 1));
    }

    [Fact]
    public void Without_an_association_p_is_uniform_and_the_table_is_called_wrongly_as_often_as_promised()
    {
        const int Trials = 400;
        var p = new double[Trials];
        int false05 = 0, false20 = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            (double[][] codes, double[][] quantities) = Unrelated(24, trial);
            CorrelationTable table = CorrelationTable.Compute(codes, quantities, 99, trial);
            p[trial] = table[1, 2].PValue;
            double least = Enumerable.Range(0, 8).Min(k => table[k / 4, k % 4].AdjustedPValue);
            false05 += least <= 0.05 ? 1 : 0;
            false20 += least <= 0.2 ? 1 : 0;
        }
        Array.Sort(p);
        // Kolmogorov and Smirnov: 1.63 / sqrt(n) is passed once in a hundred; p comes in steps of 1/100.
        double distance = Enumerable.Range(0, Trials).Max(k => Math.Max(Math.Abs(((k + 1.0) / Trials) - p[k]),
            Math.Abs(p[k] - ((double)k / Trials))));
        Assert.InRange(distance, 0, (1.63 / Math.Sqrt(Trials)) + 0.01);
        Assert.InRange(false05 / (double)Trials, 0.02, 0.09);
        Assert.InRange(false20 / (double)Trials, 0.13, 0.27);
    }

    [Fact]
    public void An_association_is_found_among_many_without_one()
    {
        (double[][] codes, double[][] quantities) = Unrelated(60, 11);
        for (int i = 0; i < 60; i++)
            quantities[1][i] = Math.Exp(codes[0][i] + (0.5 * quantities[1][i]));
        CorrelationTable table = CorrelationTable.Compute(codes, quantities, 999, 1);
        Assert.InRange(table[0, 1].Coefficient, 0.7, 1);
        Assert.Equal(0.001, table[0, 1].AdjustedPValue, 1e-12);
        // The second code goes with the first one.
        Assert.Equal([1, 5], Enumerable.Range(0, 8).Where(k => table[k / 4, k % 4].AdjustedPValue < 0.05));
    }

    // Two codes that go together, four quantities that go together, one of them with gaps, one with ties.
    private static (double[][] Codes, double[][] Quantities) Unrelated(int count, int trial)
    {
        RandomStream random = RandomStream.Named(trial, "unrelated columns");
        double[][] codes = [new double[count], new double[count]], quantities = [new double[count], new double[count], new double[count],
            new double[count]];
        for (int i = 0; i < count; i++)
        {
            codes[0][i] = random.NextNormal();
            codes[1][i] = codes[0][i] + random.NextNormal();
            double common = random.NextNormal();
            for (int q = 0; q < 4; q++)
                quantities[q][i] = common + random.NextNormal();
            quantities[2][i] = Math.Round(quantities[2][i]);
            if (i % 5 == 0)
                quantities[3][i] = double.NaN;
        }
        return (codes, quantities);
    }

    private static double[] Constant(int count) => [.. Enumerable.Repeat(2.0, count)];

    private static double[] Missing(int count) => [.. Enumerable.Repeat(double.NaN, count)];
}
