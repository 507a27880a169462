using FastCore.Autonomy.Analysis;
using FastCore.Autonomy.LatentMap;
using FastCore.Microscopy.Grains;

namespace FastCore.Autonomy.Tests.Analysis;

public sealed class RunAnalysisTests
{
    private static readonly StructuralClass[] Classes =
        [.. Enumerable.Repeat(StructuralClass.Interior, 8), .. Enumerable.Repeat(StructuralClass.Boundary, 8), .. Enumerable.Repeat(StructuralClass.Junction, 2)];

    [Fact]
    public void Classes_are_compared_by_ranks_and_corrected_for_all_quantities()
    {
        double[] apart = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 100, 200];
        double[] mixed = [1, 3, 5, 7, 9, 11, 13, 15, 2, 4, 6, 8, 10, 12, 14, 16, 0, 0];
        double[] undefined = [.. Enumerable.Repeat(double.NaN, 18)];
        IReadOnlyList<ClassComparison> found = RunAnalysis.Compare([Quantity("apart", apart), Quantity("mixed", mixed), Quantity("undefined", undefined)], Classes);

        // Two groups of 8 that do not overlap: H = 12 / (16 17) (36^2 + 100^2) / 8 - 3 17 = 11.2941; p of chi-squared with one degree of freedom (scipy.stats.kruskal).
        Assert.Equal(11.294117647, found[0].Statistic, 1e-8);
        Assert.Equal(0.0007775304, found[0].PValue, 1e-9);
        Assert.Equal(2 * 0.0007775304, found[0].AdjustedPValue, 2e-8);
        Assert.True(found[0].Stands);
        ClassPair pair = Assert.Single(found[0].Pairs);
        Assert.Equal((0, 1, 1.0), (pair.First, pair.Second, pair.CliffsDelta));
        Assert.Equal((8, 4.5), (found[0].Classes[0].Count, found[0].Classes[0].Median));
        // Two values are too few for a comparison and are described all the same.
        Assert.Equal((2, 150.0), (found[0].Classes[2].Count, found[0].Classes[2].Median));
        Assert.Equal(0, found[0].Classes[3].Count);

        Assert.False(found[1].Stands);
        // Of 64 pairs the second class is larger in 1 + 2 + .. + 8 = 36: delta = (36 - 28) / 64.
        Assert.Equal(0.125, found[1].Pairs[0].CliffsDelta, 1e-12);
        Assert.True(double.IsNaN(found[2].AdjustedPValue));
        Assert.False(found[2].Stands);
    }

    private static PointQuantity Quantity(string name, double[] values) => new(name, "A", QuantityKind.Transport, "curve", values);
}
