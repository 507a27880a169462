namespace FastCore.Learning.Scaling;

/// <summary>
/// Values replaced by the standard normal quantiles of their ranks, Phi^-1((rank + 1/2) / n) (van der Waerden 1952): a heavy tail no longer
/// decides what is near in a space of several features.
/// </summary>
public static class NormalScores
{
    /// <summary>Replaces the values in place; equal values share the score of their mean rank, a constant becomes 0.</summary>
    /// <exception cref="ArgumentException">A value that is not finite.</exception>
    public static void Apply(Span<float> values)
    {
        int n = values.Length;
        var sorted = new float[n];
        var order = new int[n];
        for (int i = 0; i < n; i++)
        {
            if (!float.IsFinite(values[i]))
                throw new ArgumentException($"Value {i} is {values[i]}; ranks need finite values.", nameof(values));
            sorted[i] = values[i];
            order[i] = i;
        }
        sorted.AsSpan().Sort(order.AsSpan());
        for (int first = 0; first < n;)
        {
            int end = first + 1;
            while (end < n && sorted[end] == sorted[first])
                end++;
            double rank = 0.5 * (first + end - 1);
            float score = end - first == n ? 0 : (float)MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, (rank + 0.5) / n);
            for (; first < end; first++)
                values[order[first]] = score;
        }
    }
}
