namespace FastCore.Learning.Statistics;

/// <summary>Ranks 1 .. n, ascending; equal values share the mean of their ranks.</summary>
public static class Ranks
{
    /// <summary>Ranks of <paramref name="values"/>.</summary>
    /// <returns>n ranks, in the order of the values.</returns>
    /// <exception cref="ArgumentException">A value that is not a number.</exception>
    public static double[] Of(ReadOnlySpan<double> values)
    {
        int[] order = Order(values);
        var ranks = new double[values.Length];
        for (int first = 0; first < order.Length;)
        {
            int end = first + 1;
            while (end < order.Length && values[order[end]] == values[order[first]])
                end++;
            for (int k = first; k < end; k++)
                ranks[order[k]] = 0.5 * (first + end + 1);
            first = end;
        }
        return ranks;
    }

    /// <summary>Sum of t^3 - t over the groups of t equal values: what ties take from variances of ranks.</summary>
    public static double TieSum(ReadOnlySpan<double> values)
    {
        int[] order = Order(values);
        double sum = 0;
        for (int first = 0; first < order.Length;)
        {
            int end = first + 1;
            while (end < order.Length && values[order[end]] == values[order[first]])
                end++;
            double size = end - first;
            sum += (size * size * size) - size;
            first = end;
        }
        return sum;
    }

    /// <summary>Positions of the values in ascending order.</summary>
    internal static int[] Order(ReadOnlySpan<double> values)
    {
        var order = new int[values.Length];
        double[] keys = values.ToArray();
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
            if (double.IsNaN(keys[i]))
                throw new ArgumentException($"Value {i} is not a number and has no rank; leave it out.", nameof(values));
        }
        Array.Sort(keys, order);
        return order;
    }
}
