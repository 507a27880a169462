using FastCore.Autonomy.LatentMap;
using FastCore.Learning.Statistics;
using FastCore.Microscopy.Imaging;

namespace FastCore.Autonomy.Tests.LatentMap;

/// <summary>
/// The simulator's truth: boundaries carry an electromotive force (current at 0 V), junctions a wide loop, asymmetric boundaries a high turn-on; the
/// size of a
/// grain does nothing to its curves. Codes are the cross-fitted canonical ones, which take a second.
/// </summary>
public sealed class CodeAnalysisTests(SimulatedPairs pairs) : IClassFixture<SimulatedPairs>
{
    [Fact]
    public void Links_that_the_film_has_are_found_and_others_are_not()
    {
        CodeAnalysisRecord found = Analyse(pairs.Table);
        // Without any code.
        AssertLink(found.Direct, "distance to boundary", "current at 0 V", 0.4, 1);
        AssertLink(found.Direct, "distance to junction", "emf", 0.4, 1);
        AssertLink(found.Direct, "distance to groove", "turn-on", 0.2, 0.7);
        AssertLink(found.Direct, "groove depth", "current at 0 V", -0.9, -0.3);
        // What the codes have learned.
        AssertLink(found.Correlations, "patch 1", "height over surroundings", -1, -0.6);
        AssertLink(found.Correlations, "patch 1", "current at 0 V", -0.8, -0.2);
        AssertLink(found.Correlations, "curve 1", "distance to boundary", -0.95, -0.5);
        Assert.DoesNotContain(found.Correlations, c => c.Quantity == "grain diameter" && c.Stands);
        Assert.All(found.Correlations, c => Assert.Equal(c.Kind == (c.Code.StartsWith('p') ? QuantityKind.Transport : QuantityKind.Structure),
            c.Across));
        // A linear model finds the same, and its canonical codes go together at pairs left out.
        Assert.InRange(found.Baselines.CanonicalCorrelations[0], 0.3, 0.9);
        Assert.Contains(found.Baselines.Correlations, c => c.Code == "canonical curve 1" && c.Quantity == "distance to boundary" && c.Stands);
        // Every dependence drawn stands in the table, and follows the code in the same sense.
        Assert.NotEmpty(found.Dependences);
        Assert.All(found.Dependences, d =>
        {
            CodeCorrelation entry = found.Correlations.Single(c => c.Code == d.Code && c.Quantity == d.Quantity);
            Assert.True(entry.Stands);
            Assert.Equal(Math.Sign(entry.Coefficient), Math.Sign(d.Bins[^1].Mean - d.Bins[0].Mean));
        });
    }

    [Fact]
    public void Classes_differ_as_the_film_was_made_and_clusters_follow_them()
    {
        CodeAnalysisRecord found = Analyse(pairs.Table);
        Grouping classes = found.Classes!;
        int boundary = classes.Groups.ToList().FindIndex(name => name == "boundary"),
            interior = classes.Groups.ToList().FindIndex(name => name == "interior");
        Assert.Equal(pairs.Table.Count, classes.Groups.Select((_, g) => classes.CountOf(g)).Sum());
        GroupedQuantity zero = classes.Quantities.Single(q => q.Quantity == "current at 0 V");
        Assert.True(zero.AdjustedPValue < 1e-6 && zero.Spreads[boundary].Median < -1e-11 && Math.Abs(zero.Spreads[interior].Median) < 5e-12);
        Assert.InRange(zero.LargestDelta, 0.9, 1);
        Assert.InRange(classes.Quantities.Single(q => q.Quantity == "distance to boundary").AdjustedPValue, 0, 1e-9);
        Assert.InRange(classes.Quantities.Single(q => q.Quantity == "grain diameter").AdjustedPValue, 0.05, 1);
        ClusterAnalysis clusters = found.Clusters!;
        Assert.True(clusters.ByMixture);
        Assert.InRange(clusters.ClassAgreement, 0.4, 1);
        Assert.Equal(pairs.Table.Count, clusters.ClassCounts.Sum(row => row.Sum()));
        Assert.Equal(clusters.Components, clusters.Clusters.Groups.Count);
        Assert.Equal(clusters.Criteria.Min(), clusters.Criteria[clusters.Components - 1]);
    }

    [Fact]
    public void Shuffled_pairs_show_none()
    {
        int tables = 0, calledWrongly = 0;
        for (int shuffle = 0; shuffle < 4; shuffle++)
        {
            CodeAnalysisRecord found = Analyse(Shuffled(pairs.Table, shuffle), 499);
            tables += 2;
            calledWrongly += found.Direct.Any(c => c.Stands) ? 1 : 0;
            calledWrongly += found.Correlations.Any(c => c.Across && c.Stands) ? 1 : 0;
            // Within a modality nothing was shuffled.
            Assert.Contains(found.Correlations, c => !c.Across && c.Stands);
            Assert.InRange(found.Baselines.CurveFromPatch, 0.97, 1.3);
        }
        // One in twenty tables is called wrongly by promise.
        Assert.InRange(calledWrongly, 0, 1);
        Assert.Equal(8, tables);
    }

    [Fact]
    public void Codes_that_know_their_training_pairs_by_heart_pretend_no_link()
    {
        PairTable table = Shuffled(pairs.Table, 9);
        int[] heldOut = [.. Enumerable.Range(0, table.Count).Where(i => i % 4 == 0)];
        (double[] patch, double[] curve) = Codes(table);
        // The patch's code is the curve's own wherever both were seen in training.
        for (int i = 0; i < table.Count; i++)
        {
            if (i % 4 != 0)
                (patch[2 * i], patch[(2 * i) + 1]) = (curve[2 * i], curve[(2 * i) + 1]);
        }
        CodeAnalysisRecord honest = CodeAnalysis.Run(table, patch, curve, 2, heldOut, 1, 499),
            fooled = CodeAnalysis.Run(table, patch, curve, 2, null, 1, 499);
        Assert.Contains(fooled.Correlations, c => c.Across && c.Stands);
        Assert.DoesNotContain(honest.Correlations, c => c.Across && c.Stands);
        Assert.All(honest.Correlations.Where(c => c.Across), c => Assert.InRange(c.Points, 0, heldOut.Length));
        // Without held-out pairs there is a coefficient but no test.
        CodeAnalysisRecord none = CodeAnalysis.Run(table, patch, curve, 2, [], 1, 99);
        Assert.All(none.Correlations.Where(c => c.Across), c => Assert.True(double.IsNaN(c.AdjustedPValue) && !c.Stands));
        Assert.Contains(none.Correlations, c => c.Across && Math.Abs(c.Coefficient) > 0.2);
    }

    [Fact]
    public void Codes_that_do_not_fit_are_refused() =>
        Assert.Throws<ArgumentException>(() => CodeAnalysis.Run(pairs.Table, new double[3], new double[3], 2, null, 1));

    private static CodeAnalysisRecord Analyse(PairTable table, int permutations = 999)
    {
        (double[] patch, double[] curve) = Codes(table);
        return CodeAnalysis.Run(table, patch, curve, 2, null, 1, permutations);
    }

    private static (double[] Patch, double[] Curve) Codes(PairTable table)
    {
        HeldOutCodes codes = CanonicalCorrelation.HeldOut(table.Patches, table.Spectra, table.Count, 2);
        return ([.. Rows(codes.First)], [.. Rows(codes.Second)]);

        IEnumerable<double> Rows(double[][] columns) => Enumerable.Range(0, table.Count).SelectMany(i => columns.Select(column => column[i]));
    }

    // Curves with all that is known of them change places.
    private static PairTable Shuffled(PairTable table, int seed)
    {
        var random = new Random(seed);
        int[] order = [.. Enumerable.Range(0, table.Count)];
        random.Shuffle(order);
        int length = table.SpectrumValues;
        return table with
        {
            Spectra = [.. order.SelectMany(i => table.Spectra.AsSpan(i * length, length).ToArray())],
            Quantities = [.. table.Quantities.Select(q => q.Kind == QuantityKind.Transport ? q with { Values = [.. order.Select(i => q.Values[i])] }
                : q)],
        };
    }

    private static void AssertLink(IEnumerable<CodeCorrelation> table, string code, string quantity, double least, double most)
    {
        CodeCorrelation entry = table.Single(c => c.Code == code && c.Quantity == quantity);
        Assert.InRange(entry.Coefficient, least, most);
        Assert.InRange(entry.AdjustedPValue, 0, 0.05);
        Assert.InRange(entry.FalseDiscoveryRate, 0, 0.05);
    }
}
