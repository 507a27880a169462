namespace FastCore.Learning.Acquisition;

/// <summary>Two objectives at once, both maximised: which candidates nothing dominates, and how much area a point would add.</summary>
public static class ParetoFront
{
    /// <summary>Indices of the non-dominated points, the first objective descending; of equal points the lowest index stays.</summary>
    public static int[] Of(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        if (first.Length != second.Length)
            throw new ArgumentException($"{first.Length} values of the first objective, {second.Length} of the second.", nameof(second));
        var order = new int[first.Length];
        var keys = new (float First, float Second, int Index)[first.Length];
        for (int i = 0; i < order.Length; i++)
            keys[i] = (-first[i], -second[i], i);
        Array.Sort(keys);
        var front = new List<int>();
        float best = float.NegativeInfinity;
        foreach ((_, float negative, int index) in keys)
        {
            if (-negative > best)
            {
                best = -negative;
                front.Add(index);
            }
        }
        return [.. front];
    }

    /// <summary>Area dominated by a front above a reference point.</summary>
    public static double Hypervolume(ReadOnlySpan<(double First, double Second)> points, (double First, double Second) reference)
    {
        var sorted = points.ToArray();
        Array.Sort(sorted, (a, b) => b.First.CompareTo(a.First));
        double area = 0, covered = reference.Second;
        foreach ((double x, double y) in sorted)
        {
            if (x > reference.First && y > covered)
            {
                area += (x - reference.First) * (y - covered);
                covered = y;
            }
        }
        return area;
    }

    /// <summary>
    /// Area that each point of the front adds to the other points of the front; 0 for dominated points and those not above the reference. Along the
    /// front with the first objective descending, (x_i - x_{i+1}) (y_i - y_{i-1}) with the reference at both ends. Dominated points take nothing
    /// away: neighbours that are nearly as good would leave every point next to nothing.
    /// </summary>
    /// <param name="first">First objective of each point.</param>
    /// <param name="second">Second objective of each point.</param>
    /// <param name="allowed">Points that count; the others get 0.</param>
    /// <param name="reference">Corner from which areas are measured.</param>
    /// <param name="order">Scratch, one element per point.</param>
    /// <param name="keys">Scratch, one element per point.</param>
    /// <param name="area">Receives the areas; allocates nothing. Of equal points the lowest index takes the area.</param>
    public static void Contributions(ReadOnlySpan<float> first, ReadOnlySpan<float> second, ReadOnlySpan<bool> allowed,
        (double First, double Second) reference, Span<int> order, Span<float> keys, Span<float> area)
    {
        if (second.Length != first.Length || allowed.Length != first.Length || order.Length < first.Length || keys.Length < first.Length
            || area.Length != first.Length)
            throw new ArgumentException($"All spans must belong to the {first.Length} points of the first objective.", nameof(second));
        area.Clear();
        int count = 0;
        for (int i = 0; i < first.Length; i++)
        {
            if (!allowed[i] || !(first[i] > reference.First) || !(second[i] > reference.Second))
                continue;
            order[count] = i;
            keys[count++] = -first[i];
        }
        keys[..count].Sort(order[..count]);
        int last = -1;
        double below = reference.Second, covered = reference.Second;
        for (int k = 0; k < count;)
        {
            // Points with one first objective stand in any order: the highest of them counts, of equal ones the lowest index.
            int best = order[k], next = k + 1;
            for (; next < count && keys[next] == keys[k]; next++)
            {
                int other = order[next];
                if (second[other] > second[best] || (second[other] == second[best] && other < best))
                    best = other;
            }
            k = next;
            if (!(second[best] > covered))
                continue;
            if (last >= 0)
                area[last] = (float)((first[last] - (double)first[best]) * (second[last] - below));
            below = covered;
            covered = second[best];
            last = best;
        }
        if (last >= 0)
            area[last] = (float)((first[last] - reference.First) * (second[last] - below));
    }

    /// <summary>Area that one more point adds to a front.</summary>
    public static double HypervolumeImprovement(ReadOnlySpan<(double First, double Second)> front, (double First, double Second) point, (double First, double Second) reference) =>
        Hypervolume([.. front, point], reference) - Hypervolume(front, reference);
}
