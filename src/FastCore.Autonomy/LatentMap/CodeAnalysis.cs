using FastCore.Learning.PrincipalComponents;
using FastCore.Learning.Statistics;

namespace FastCore.Autonomy.LatentMap;

/// <summary>
/// Says what the codes of a map go with: rank correlations, partial dependences, clusters, and linear models beside them.
/// </summary>
/// <remarks>
/// A trained encoder can know its training pairs by heart: the code of a patch then tells something of that patch's curve although structure says
/// nothing about transport. So a code is compared with quantities of its own modality over all pairs, and with those of the other modality only over
/// pairs that were held out of the training; without such pairs these correlations have no p-value. All of them are one family for the correction;
/// permutations keep held-out and training pairs apart. Principal components do not see pairs, canonical codes are cross-fitted; both are compared
/// over all pairs.
/// </remarks>
public static class CodeAnalysis
{
    private const int MostClusters = 6;
    private const int MostDependences = 8;

    /// <summary>Fewest held-out pairs that are compared across modalities.</summary>
    private const int FewestHeldOut = 8;

    /// <summary>Analyses codes.</summary>
    /// <param name="table">The pairs.</param>
    /// <param name="patchCodes">n x <paramref name="size"/>, row-major.</param>
    /// <param name="curveCodes">n x <paramref name="size"/>, row-major, in the space that both share.</param>
    /// <param name="size">Dimensions of the shared space.</param>
    /// <param name="heldOut">Numbers of the pairs that the codes were not trained on; null where the codes of a pair know nothing of its
    /// partner.</param>
    /// <param name="seed">Seed of permutations and clusters.</param>
    /// <param name="permutations">Number of permutations of each table.</param>
    /// <exception cref="ArgumentException">Codes that do not fit the pairs.</exception>
    public static CodeAnalysisRecord Run(PairTable table, double[] patchCodes, double[] curveCodes, int size, IReadOnlyList<int>? heldOut, long seed,
        int permutations = 4999)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(patchCodes);
        ArgumentNullException.ThrowIfNull(curveCodes);
        if (patchCodes.Length != table.Count * size || curveCodes.Length != patchCodes.Length)
            throw new ArgumentException($"{patchCodes.Length} and {curveCodes.Length} values are no codes of {table.Count} pairs in {size} dimensions.", nameof(patchCodes));
        double[][] patch = Columns(patchCodes, size), curve = Columns(curveCodes, size);
        List<CodeCorrelation> correlations = Correlate(table, patch, curve, "patch", "curve", heldOut, seed, permutations);
        return new CodeAnalysisRecord(permutations, correlations, Dependences(table, patch, curve, heldOut, correlations),
            Cluster(table, patch, curve, seed),
            table.TrueClasses.Count == 0 ? null : Group(table, table.ClassNames, table.TrueClasses), Baselines(table, size, seed, permutations),
            Direct(table, seed, permutations));
    }

    /// <summary>All quantities over groups: medians, quartiles, Kruskal and Wallis, Cliff's delta, corrected over the quantities.</summary>
    public static Grouping Group(PairTable table, IReadOnlyList<string> names, IReadOnlyList<int> assigned)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(assigned);
        double[][][] groups = [.. table.Quantities.Select(quantity => Enumerable.Range(0, names.Count)
            .Select(g => quantity.Values.Where((value, i) => assigned[i] == g && double.IsFinite(value)).ToArray()).ToArray())];
        double[] p = [.. groups.Select(values => GroupStatistics.KruskalWallis(values).PValue)];
        double[] holm = MultipleTests.Holm(p), rates = MultipleTests.BenjaminiHochberg(p);
        return new Grouping(names, assigned, [.. table.Quantities.Select((quantity, q) =>
        {
            (double delta, int first, int second) = LargestDelta(groups[q]);
            return new GroupedQuantity(quantity.Name, quantity.Unit, quantity.Kind, [.. groups[q].Select(values =>
            {
                Spread spread = GroupStatistics.Describe(values);
                return new GroupSpread(spread.Count, spread.Median, spread.LowerQuartile, spread.UpperQuartile);
            })], p[q], holm[q], rates[q], delta, first, second);
        })]);
    }

    private static List<CodeCorrelation> Correlate(PairTable table, double[][] patch, double[][] curve, string patchName, string curveName,
        IReadOnlyList<int>? heldOut, long seed, int permutations)
    {
        int n = table.Count, quantities = table.Quantities.Count;
        bool seen = heldOut is not null, enough = heldOut is null || heldOut.Count >= FewestHeldOut;
        var outside = new bool[n];
        foreach (int i in heldOut ?? [])
            outside[i] = true;
        // Every quantity twice: over all pairs, and over those that may be compared across modalities.
        double[][] columns =
        [
            .. table.Quantities.Select(quantity => quantity.Values),
            .. table.Quantities.Select(quantity => seen && enough ? [.. quantity.Values.Select((value, i) => outside[i] ? value : double.NaN)]
                : quantity.Values),
        ];
        double[][] codes = [.. patch, .. curve];
        bool IsAcross(int code, int quantity) => table.Quantities[quantity].Kind == (code < patch.Length ? QuantityKind.Transport
            : QuantityKind.Structure);
        CorrelationTable computed = CorrelationTable.Compute(codes, columns, permutations, seed, seen ? [.. outside.Select(o => o ? 1 : 0)] : null,
            (code, column) => column < quantities ? !IsAcross(code, column) : IsAcross(code, column - quantities) && enough);
        var result = new List<CodeCorrelation>();
        for (int code = 0; code < codes.Length; code++)
        {
            string name = code < patch.Length ? $"{patchName} {code + 1}" : $"{curveName} {code - patch.Length + 1}";
            for (int q = 0; q < quantities; q++)
            {
                PointQuantity quantity = table.Quantities[q];
                bool across = IsAcross(code, q);
                RankCorrelation entry = computed[code, across ? q + quantities : q];
                if (across && !enough)
                {
                    int[] both = [.. Enumerable.Range(0, n).Where(i => double.IsFinite(quantity.Values[i]))];
                    double rho = both.Length < CorrelationTable.FewestPoints ? double.NaN
                        : CorrelationTable.Spearman([.. both.Select(i => codes[code][i])], [.. both.Select(i => quantity.Values[i])]);
                    entry = new RankCorrelation(rho, both.Length, double.NaN, double.NaN, double.NaN);
                }
                result.Add(new CodeCorrelation(name, quantity.Name, quantity.Unit, quantity.Kind, across, entry.Coefficient, entry.Points,
                    entry.PValue,
                    entry.AdjustedPValue, entry.FalseDiscoveryRate));
            }
        }
        return result;
    }

    private static List<CodeDependence> Dependences(PairTable table, double[][] patch, double[][] curve, IReadOnlyList<int>? heldOut,
        List<CodeCorrelation> correlations)
    {
        var outside = new HashSet<int>(heldOut ?? []);
        var result = new List<CodeDependence>();
        // The strongest of each code within its modality and across: what a person asks for first.
        foreach (CodeCorrelation entry in correlations.Where(c => c.Stands).GroupBy(c => (c.Code, c.Across)).Select(g =>
            g.MaxBy(c => Math.Abs(c.Coefficient))!)
            .OrderByDescending(c => c.Across).ThenByDescending(c => Math.Abs(c.Coefficient)).Take(MostDependences))
        {
            bool ofPatch = entry.Code.StartsWith("patch", StringComparison.Ordinal);
            double[][] codes = ofPatch ? patch : curve;
            int direction = int.Parse(entry.Code.AsSpan(entry.Code.LastIndexOf(' ') + 1), System.Globalization.CultureInfo.InvariantCulture) - 1;
            double[] values = table.Quantities.First(q => q.Name == entry.Quantity && q.Kind == entry.Kind).Values;
            if (entry.Across && heldOut is not null)
                values = [.. values.Select((value, i) => outside.Contains(i) ? value : double.NaN)];
            if (values.Count(double.IsFinite) < 10)
                continue;
            // Nothing is measured where one code moves and its near copy stays: such a code is not held still, and the record names it.
            int[] confounded = [.. Enumerable.Range(0, codes.Length).Where(c => c != direction
                && Math.Abs(CorrelationTable.Spearman(codes[c], codes[direction])) > 0.9)];
            double[][] used = [codes[direction], .. codes.Where((_, c) => c != direction && !confounded.Contains(c))];
            PartialDependence found = PartialDependence.Compute(used, 0, values);
            result.Add(new CodeDependence(entry.Code, entry.Quantity, entry.Unit, entry.Across, found.Codes, found.Curve, found.Lower, found.Upper,
                [.. found.Bins.Select(bin => new CodeBin(bin.Centre, bin.Mean, bin.Lower, bin.Upper, bin.Count))], found.Explained,
                [.. confounded.Select(c => $"{(ofPatch ? "patch" : "curve")} {c + 1}")]));
        }
        return result;
    }

    private static ClusterAnalysis? Cluster(PairTable table, double[][] patch, double[][] curve, long seed)
    {
        double[][] points = [.. Enumerable.Range(0, table.Count).Select(i => patch.Concat(curve).Select(column => column[i]).ToArray())];
        int dimension = points[0].Length;
        if (points.Length < 3 * (dimension + 2) || points.All(point => point.SequenceEqual(points[0])))
            return null;
        IReadOnlyList<GaussianMixture> fits = GaussianMixture.FitUpTo(points, MostClusters, seed);
        GaussianMixture best = fits.MinBy(fit => fit.InformationCriterion)!;
        bool byMixture = best.Components.Count > 1;
        KMeans means = KMeans.Fit(points, byMixture ? best.Components.Count : 3, seed);
        int[] mixture = best.Assign(), assigned = byMixture ? mixture : [.. means.Assigned];
        int count = assigned.Max() + 1;
        IReadOnlyList<IReadOnlyList<int>> classCounts = table.TrueClasses.Count == 0 ? [] : [.. Enumerable.Range(0, count).Select(c =>
            (IReadOnlyList<int>)[.. Enumerable.Range(0, table.ClassNames.Count).Select(k =>
                assigned.Where((a, i) => a == c && table.TrueClasses[i] == k).Count())])];
        int[] known = [.. Enumerable.Range(0, table.TrueClasses.Count).Where(i => table.TrueClasses[i] >= 0)];
        return new ClusterAnalysis([.. fits.Select(fit => fit.InformationCriterion)], best.Components.Count, byMixture,
            Group(table, [.. Enumerable.Range(1, count).Select(k => $"cluster {k}")], assigned),
            byMixture ? GroupStatistics.AdjustedRandIndex(mixture, means.Assigned) : double.NaN,
            known.Length == 0 ? double.NaN : GroupStatistics.AdjustedRandIndex([.. known.Select(i => assigned[i])],
                [.. known.Select(i => table.TrueClasses[i])]), classCounts);
    }

    private static LinearBaselines Baselines(PairTable table, int size, long seed, int permutations)
    {
        double[] patches = EachInRange(table);
        (int n, int p, int q) = (table.Count, table.PatchValues, table.SpectrumValues);
        double fromPatch = PrincipalComponentRegression.RelativeError(patches, table.Spectra, n),
            fromCurve = PrincipalComponentRegression.RelativeError(table.Spectra, patches, n);
        var correlations = new List<CodeCorrelation>();
        double[] canonical = [];
        if (n >= 8)
        {
            correlations.AddRange(Correlate(table, Principal(patches, n, p, size), Principal(table.Spectra, n, q, size), "principal patch",
                "principal curve", null,
                seed, permutations).Where(c => c.Across));
            HeldOutCodes codes = CanonicalCorrelation.HeldOut(patches, table.Spectra, n, size);
            canonical = codes.Correlations;
            if (codes.First.Length > 0)
                correlations.AddRange(Correlate(table, codes.First, codes.Second, "canonical patch", "canonical curve", null, seed,
                    permutations).Where(c => c.Across));
        }
        return new LinearBaselines(fromPatch, fromCurve, canonical, correlations);
    }

    private static List<CodeCorrelation> Direct(PairTable table, long seed, int permutations)
    {
        // A quantity that some places lack cannot stand as a code; it is compared where it is known, as a quantity of the complete ones.
        PointQuantity[] structure = [.. table.Quantities.Where(q => q.Kind == QuantityKind.Structure && q.Values.All(double.IsFinite))];
        PointQuantity[] transport = [.. table.Quantities.Where(q => q.Kind == QuantityKind.Transport)];
        if (structure.Length == 0 || transport.Length == 0)
            return [];
        CorrelationTable computed = CorrelationTable.Compute([.. structure.Select(s => s.Values)], [.. transport.Select(t => t.Values)],
            permutations, seed);
        return [.. from s in Enumerable.Range(0, structure.Length)
                   from t in Enumerable.Range(0, transport.Length)
                   let entry = computed[s, t]
                   select new CodeCorrelation(structure[s].Name, transport[t].Name, transport[t].Unit, QuantityKind.Transport, true,
                       entry.Coefficient, entry.Points,
                       entry.PValue, entry.AdjustedPValue, entry.FalseDiscoveryRate)];
    }

    // Patches by their own range, as the model sees them: absolute height is that of the grain.
    private static double[] EachInRange(PairTable table)
    {
        var scaled = new double[table.Patches.Length];
        int pixels = table.PatchHeight * table.PatchWidth;
        for (int at = 0; at < scaled.Length; at += pixels)
        {
            ReadOnlySpan<double> channel = table.Patches.AsSpan(at, pixels);
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            foreach (double value in channel)
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
            for (int k = 0; k < pixels; k++)
                scaled[at + k] = high > low ? (channel[k] - low) / (high - low) : 0;
        }
        return scaled;
    }

    private static double[][] Principal(double[] vectors, int count, int length, int size)
    {
        PrincipalComponentModel model = PrincipalComponentModel.Fit(vectors, count, size);
        double[][] columns = [.. Enumerable.Range(0, model.Rank).Select(_ => new double[count])];
        var scores = new double[model.Rank];
        for (int i = 0; i < count; i++)
        {
            model.Project(vectors.AsSpan(i * length, length), scores);
            for (int r = 0; r < scores.Length; r++)
                columns[r][i] = scores[r];
        }
        // Vectors that do not vary have no component; a constant code goes with nothing.
        return columns.Length > 0 ? columns : [new double[count]];
    }

    private static double[][] Columns(double[] codes, int size) =>
        [.. Enumerable.Range(0, size).Select(c => Enumerable.Range(0, codes.Length / size).Select(i => codes[(i * size) + c]).ToArray())];

    private static (double Delta, int First, int Second) LargestDelta(double[][] groups)
    {
        (double Delta, int First, int Second) largest = (double.NaN, -1, -1);
        for (int a = 0; a < groups.Length; a++)
        {
            for (int b = a + 1; b < groups.Length; b++)
            {
                double delta = GroupStatistics.CliffsDelta(groups[a], groups[b]);
                if (!double.IsNaN(delta) && !(Math.Abs(delta) <= Math.Abs(largest.Delta)))
                    largest = delta >= 0 ? (delta, a, b) : (-delta, b, a);
            }
        }
        return largest;
    }
}
