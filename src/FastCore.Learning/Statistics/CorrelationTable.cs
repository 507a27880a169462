namespace FastCore.Learning.Statistics;

/// <summary>One rank correlation of a table.</summary>
/// <param name="Coefficient">Spearman's rho; NaN where either side is constant or fewer than <see cref="CorrelationTable.FewestPoints"/> points have
/// both.</param>
/// <param name="Points">Number of points that have both values.</param>
/// <param name="PValue">Two-sided, by permutation, of this correlation alone.</param>
/// <param name="AdjustedPValue">The same for the whole table: the chance that shuffled codes show any correlation as strong.</param>
/// <param name="FalseDiscoveryRate">Benjamini and Hochberg's q of <paramref name="PValue"/> over the table.</param>
public readonly record struct RankCorrelation(double Coefficient, int Points, double PValue, double AdjustedPValue, double FalseDiscoveryRate);

/// <summary>
/// Spearman correlations of all codes with all quantities, with p-values by permutation that hold for the table as a whole.
/// </summary>
/// <remarks>
/// rho is Pearson's correlation of the ranks, equal values sharing their mean rank. A permutation shuffles whole points of the codes against the
/// quantities, so that whatever the codes have in common among themselves, and the quantities among themselves, stays as it is. p = (1 + number of
/// permutations at least as strong) / (permutations + 1) (Phipson and Smyth 2010). The strength is |rho| sqrt(n - 1), of unit variance without an
/// association whatever the number n of points, since quantities may be missing (NaN) at some of them; ranks are then those among the points that
/// have the quantity. The table is corrected by step-down maxima (Westfall and Young 1993, algorithm 4.1; Ge, Dudoit and Speed 2003, box 2), which
/// loses little where columns are nearly copies of one another.
/// </remarks>
public sealed class CorrelationTable
{
    /// <summary>Fewest points with which a correlation is computed.</summary>
    public const int FewestPoints = 5;

    private readonly RankCorrelation[] entries;

    private CorrelationTable(RankCorrelation[] entries, int codes, int quantities, int permutations)
    {
        this.entries = entries;
        (Codes, Quantities, Permutations) = (codes, quantities, permutations);
    }

    /// <summary>Number of codes.</summary>
    public int Codes { get; }

    /// <summary>Number of quantities.</summary>
    public int Quantities { get; }

    /// <summary>Number of permutations.</summary>
    public int Permutations { get; }

    /// <summary>The correlation of a code with a quantity.</summary>
    public RankCorrelation this[int code, int quantity] => entries[(code * Quantities) + quantity];

    /// <summary>Spearman's rho of two columns; NaN where one is constant.</summary>
    /// <exception cref="ArgumentException">Columns of different lengths, or values that are not numbers.</exception>
    public static double Spearman(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.Length != second.Length)
            throw new ArgumentException($"Columns of {first.Length} and {second.Length} values cannot be correlated.", nameof(second));
        return Dot(Unit(Ranks.Of(first)), Unit(Ranks.Of(second)));
    }

    /// <summary>Correlates.</summary>
    /// <param name="codes">One array of n finite values for each code.</param>
    /// <param name="quantities">One array of n values for each quantity; NaN where a point does not have it.</param>
    /// <param name="permutations">Number of permutations; the smallest p is 1 / (permutations + 1).</param>
    /// <param name="seed">Seed of the permutations.</param>
    /// <param name="strata">
    /// Group of each point: points change places within their group only, as where some were seen in training and some were not; null for one group.
    /// </param>
    /// <param name="include">Which codes are compared with which quantities; null for all with all.</param>
    /// <exception cref="ArgumentException">Columns of different lengths, none at all, or codes that are not finite.</exception>
    public static CorrelationTable Compute(IReadOnlyList<double[]> codes, IReadOnlyList<double[]> quantities, int permutations, long seed,
        IReadOnlyList<int>? strata = null, Func<int, int, bool>? include = null)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(quantities);
        ArgumentOutOfRangeException.ThrowIfLessThan(permutations, 1);
        if (codes.Count == 0)
            throw new ArgumentException("A table of correlations needs at least one code.", nameof(codes));
        int count = codes[0].Length;
        if (codes.Concat(quantities).Any(column => column.Length != count))
            throw new ArgumentException($"All columns of a table of correlations need {count} values.", nameof(quantities));
        if (codes.Any(column => column.Any(value => !double.IsFinite(value))))
            throw new ArgumentException("A code is not finite; leave the point out.", nameof(codes));
        if (strata is not null && strata.Count != count)
            throw new ArgumentException($"{strata.Count} groups are given for {count} points.", nameof(strata));
        CodeColumn[] left = [.. codes.Select(column => new CodeColumn(column))];
        QuantityColumn[] right = [.. quantities.Select(column => new QuantityColumn(column))];
        int tests = left.Length * right.Length;
        bool[] wantedTests = [.. Enumerable.Range(0, tests).Select(k => include?.Invoke(k / right.Length, k % right.Length) ?? true)];
        var observed = new double[tests];
        int[] identity = [.. Enumerable.Range(0, count)];
        var scratch = new double[count];
        Fill(left, right, wantedTests, identity, scratch, observed);
        int[] strongestFirst = [.. Enumerable.Range(0, tests).Where(k => !double.IsNaN(observed[k])).OrderByDescending(k => Math.Abs(observed[k]))];
        int[][] groups = strata is null ? [identity] : [.. identity.GroupBy(i => strata[i]).OrderBy(g => g.Key).Select(g => g.ToArray())];
        var single = new int[tests];
        var stepDown = new int[tests];
        var shuffled = new double[tests];
        int[] order = [.. identity];
        for (int b = 0; b < permutations; b++)
        {
            identity.CopyTo(order, 0);
            RandomStream random = RandomStream.Named(seed, "correlation permutations", b);
            foreach (int[] group in groups)
            {
                for (int i = group.Length - 1; i > 0; i--)
                {
                    int other = random.NextInt(i + 1);
                    (order[group[i]], order[group[other]]) = (order[group[other]], order[group[i]]);
                }
            }
            Fill(left, right, wantedTests, order, scratch, shuffled);
            double maximum = 0;
            for (int k = strongestFirst.Length - 1; k >= 0; k--)
            {
                int test = strongestFirst[k];
                double strength = Math.Abs(shuffled[test]), wanted = Math.Abs(observed[test]) - 1e-10;
                // Codes with ties can become constant among the points that have the quantity: no association, strength 0.
                maximum = Math.Max(maximum, double.IsNaN(strength) ? 0 : strength);
                single[test] += strength >= wanted ? 1 : 0;
                stepDown[test] += maximum >= wanted ? 1 : 0;
            }
        }
        var p = new double[tests];
        var adjusted = new double[tests];
        Array.Fill(p, double.NaN);
        Array.Fill(adjusted, double.NaN);
        double floor = 0;
        foreach (int test in strongestFirst)
        {
            p[test] = (1.0 + single[test]) / (permutations + 1.0);
            adjusted[test] = floor = Math.Max(floor, (1.0 + stepDown[test]) / (permutations + 1.0));
        }
        double[] rates = MultipleTests.BenjaminiHochberg(p);
        var entries = new RankCorrelation[tests];
        for (int test = 0; test < tests; test++)
        {
            int points = right[test % right.Length].Rows.Length;
            entries[test] = new RankCorrelation(observed[test] / Math.Sqrt(points - 1), points, p[test], adjusted[test], rates[test]);
        }
        return new CorrelationTable(entries, left.Length, right.Length, permutations);
    }

    // Strengths with sign, rho sqrt(n - 1), with code row order[i] against quantity row i.
    private static void Fill(CodeColumn[] codes, QuantityColumn[] quantities, bool[] wanted, int[] order, double[] scratch, double[] strengths)
    {
        for (int c = 0; c < codes.Length; c++)
        {
            for (int i = 0; i < order.Length; i++)
                scratch[i] = codes[c].UnitRanks[order[i]];
            for (int q = 0; q < quantities.Length; q++)
            {
                QuantityColumn quantity = quantities[q];
                double rho = quantity.Rows.Length < FewestPoints || !wanted[(c * quantities.Length) + q] ? double.NaN
                    : quantity.IsComplete ? Dot(scratch, quantity.UnitRanks) : OverSome(codes[c], quantity, order);
                strengths[(c * quantities.Length) + q] = rho * Math.Sqrt(quantity.Rows.Length - 1.0);
            }
        }
    }

    private static double OverSome(CodeColumn code, QuantityColumn quantity, int[] order)
    {
        var values = new double[quantity.Rows.Length];
        for (int k = 0; k < values.Length; k++)
            values[k] = code.Ranks[order[quantity.Rows[k]]];
        return Dot(Unit(Ranks.Of(values)), quantity.UnitRanks);
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    // Centred and of unit length; NaN where all are equal.
    private static double[] Unit(double[] ranks)
    {
        double mean = 0.5 * (ranks.Length + 1), squares = 0;
        foreach (double rank in ranks)
            squares += (rank - mean) * (rank - mean);
        double scale = squares > 0 ? 1 / Math.Sqrt(squares) : double.NaN;
        return Array.ConvertAll(ranks, rank => (rank - mean) * scale);
    }

    private sealed class CodeColumn
    {
        public CodeColumn(double[] values)
        {
            Ranks = Statistics.Ranks.Of(values);
            UnitRanks = Unit(Ranks);
        }

        public double[] Ranks { get; }

        public double[] UnitRanks { get; }
    }

    private sealed class QuantityColumn
    {
        public QuantityColumn(double[] values)
        {
            Rows = [.. Enumerable.Range(0, values.Length).Where(i => double.IsFinite(values[i]))];
            IsComplete = Rows.Length == values.Length;
            UnitRanks = Unit(Statistics.Ranks.Of([.. Rows.Select(i => values[i])]));
        }

        public int[] Rows { get; }

        public bool IsComplete { get; }

        public double[] UnitRanks { get; }
    }
}
