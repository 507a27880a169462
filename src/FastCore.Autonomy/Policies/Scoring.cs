using FastCore.Autonomy.Plan;
using FastCore.Learning.Acquisition;
using Bound = FastCore.Learning.Acquisition.UpperConfidenceBound;

namespace FastCore.Autonomy.Policies;

/// <summary>Parts of scores that several policies share (SPEC 1.6).</summary>
internal static class Scoring
{
    // Scratch: one set per thread that decides, grown once. A shared pool would be emptied now and then, and allocate again within a decision.
    [ThreadStatic]
    private static int[]? order;

    [ThreadStatic]
    private static float[]? keys;

    [ThreadStatic]
    private static float[]? area;

    [ThreadStatic]
    private static float[]? part;

    /// <summary>Room for one more part of a score, until the next call on this thread.</summary>
    public static Span<float> Part(int count) => Room(ref part, count);

    /// <summary>mean + kappa * sqrt(variance) of each candidate.</summary>
    public static void UpperConfidenceBound(ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, float kappa, Span<float> destination)
    {
        CandidateScores.Deviations(variance, destination);
        Bound.Score(mean, destination, kappa, destination);
    }

    /// <summary>
    /// Area above the 5th percentiles of both parts that each candidate on the front of the allowed ones adds to the rest of the front (SPEC 1.6), in
    /// place of <paramref name="first"/>; dominated candidates and those not above both percentiles get 0.
    /// </summary>
    public static void ParetoContribution(ReadOnlySpan<bool> allowed, Span<float> first, ReadOnlySpan<float> second)
    {
        Reserve(first.Length);
        (float, float) reference = (LowPercentile(allowed, first), LowPercentile(allowed, second));
        Span<float> contribution = Room(ref area, first.Length);
        ParetoFront.Contributions(first, second, allowed, reference, order, keys, contribution);
        contribution.CopyTo(first);
    }

    // Nearest rank: the smallest value that 5 % of the allowed ones do not exceed.
    private static float LowPercentile(ReadOnlySpan<bool> allowed, ReadOnlySpan<float> values)
    {
        int count = 0;
        for (int c = 0; c < values.Length; c++)
        {
            if (allowed[c])
                keys![count++] = values[c];
        }
        Span<float> sorted = keys.AsSpan(0, count);
        sorted.Sort();
        return count == 0 ? float.NaN : sorted[((count + 19) / 20) - 1];
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
        Reserve(values.Length);
        int count = 0;
        for (int c = 0; c < values.Length; c++)
        {
            if (!allowed[c])
                continue;
            order![count] = c;
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
            values[order![i]] = (float)rank / Math.Max(1, count - 1);
        }
    }

    private static Span<float> Room(ref float[]? values, int count)
    {
        if (values is null || values.Length < count)
            values = new float[count];
        return values.AsSpan(0, count);
    }

    private static void Reserve(int count)
    {
        if (order is not null && order.Length >= count)
            return;
        order = new int[count];
        keys = new float[count];
    }
}
