namespace FastCore.Learning.Statistics;

/// <summary>Corrections of p-values for the number of tests. Entries that are NaN (a test that could not be made) stay NaN and do not
/// count.</summary>
public static class MultipleTests
{
    /// <summary>
    /// Holm (1979): the k-th smallest p times (m - k + 1), made monotone, at most 1. Holds the chance of any false finding, whatever the dependence.
    /// </summary>
    public static double[] Holm(ReadOnlySpan<double> pValues)
    {
        int[] order = Ascending(pValues);
        var adjusted = Empty(pValues.Length);
        double largest = 0;
        for (int k = 0; k < order.Length; k++)
        {
            largest = Math.Max(largest, Math.Min(1, pValues[order[k]] * (order.Length - k)));
            adjusted[order[k]] = largest;
        }
        return adjusted;
    }

    /// <summary>
    /// Benjamini and Hochberg (1995): q of the k-th smallest p is the least p m / k of it and all larger ones. To call everything with q below 0.1 a
    /// finding is to expect at most a tenth of the findings to be false (independent or positively dependent tests).
    /// </summary>
    public static double[] BenjaminiHochberg(ReadOnlySpan<double> pValues)
    {
        int[] order = Ascending(pValues);
        var adjusted = Empty(pValues.Length);
        double smallest = 1;
        for (int k = order.Length - 1; k >= 0; k--)
        {
            smallest = Math.Min(smallest, pValues[order[k]] * order.Length / (k + 1));
            adjusted[order[k]] = smallest;
        }
        return adjusted;
    }

    private static int[] Ascending(ReadOnlySpan<double> pValues)
    {
        var known = new List<int>();
        double[] values = pValues.ToArray();
        for (int k = 0; k < values.Length; k++)
        {
            if (double.IsNaN(values[k]))
                continue;
            if (values[k] is < 0 or > 1)
                throw new ArgumentException($"{values[k]} is no p-value; they lie between 0 and 1.", nameof(pValues));
            known.Add(k);
        }
        return [.. known.OrderBy(k => values[k])];
    }

    private static double[] Empty(int count)
    {
        var values = new double[count];
        Array.Fill(values, double.NaN);
        return values;
    }
}
