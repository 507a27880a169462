using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy.Policies;

/// <summary>Parts of scores that several policies share (SPEC 1.6).</summary>
internal static class Scoring
{
    // Scratch of the rank normalisation: one set per thread that decides, grown once.
    [ThreadStatic]
    private static int[]? order;

    [ThreadStatic]
    private static float[]? keys;

    /// <summary>mean + kappa * sqrt(variance) of each candidate.</summary>
    public static void UpperConfidenceBound(ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, float kappa, Span<float> destination)
    {
        for (int c = 0; c < destination.Length; c++)
            destination[c] = mean[c] + (kappa * MathF.Sqrt(variance[c]));
    }

    /// <summary>Brings <paramref name="values"/> to 0 .. 1 over the allowed candidates, in place; equal values become 0.</summary>
    public static void Normalise(PartNormalisation how, ReadOnlySpan<bool> allowed, Span<float> values)
    {
        if (how == PartNormalisation.Rank)
        {
            Rank(allowed, values);
            return;
        }
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        for (int c = 0; c < values.Length; c++)
        {
            if (!allowed[c])
                continue;
            low = MathF.Min(low, values[c]);
            high = MathF.Max(high, values[c]);
        }
        float range = high - low;
        if (!(range > 0))
        {
            values.Clear();
            return;
        }
        float scale = 1 / range;
        for (int c = 0; c < values.Length; c++)
            values[c] = (values[c] - low) * scale;
    }

    // Equal values share the smallest of their ranks, so that the result does not depend on the order of sorting.
    private static void Rank(ReadOnlySpan<bool> allowed, Span<float> values)
    {
        if (order is null || order.Length < values.Length)
        {
            order = new int[values.Length];
            keys = new float[values.Length];
        }
        int count = 0;
        for (int c = 0; c < values.Length; c++)
        {
            if (!allowed[c])
                continue;
            order[count] = c;
            keys![count++] = values[c];
        }
        Span<float> sorted = keys.AsSpan(0, count);
        sorted.Sort(order.AsSpan(0, count));
        values.Clear();
        int rank = 0;
        for (int i = 0; i < count; i++)
        {
            if (i > 0 && sorted[i] != sorted[i - 1])
                rank = i;
            values[order[i]] = (float)rank / Math.Max(1, count - 1);
        }
    }
}
