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

    /// <summary>Area that one more point adds to a front.</summary>
    public static double HypervolumeImprovement(ReadOnlySpan<(double First, double Second)> front, (double First, double Second) point, (double First, double Second) reference) =>
        Hypervolume([.. front, point], reference) - Hypervolume(front, reference);
}
