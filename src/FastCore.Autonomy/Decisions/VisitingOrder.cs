using FastCore.Microscopy.Imaging;

namespace FastCore.Autonomy.Decisions;

/// <summary>A short path through the places of a batch: nearest neighbour, then 2-opt until no exchange of two legs helps (Croes 1958).</summary>
internal static class VisitingOrder
{
    /// <summary>Indices of <paramref name="places"/> in the order of visiting.</summary>
    public static int[] Of(StagePosition start, IReadOnlyList<StagePosition> places)
    {
        int n = places.Count;
        var order = new int[n];
        var left = Enumerable.Range(0, n).ToList();
        StagePosition at = start;
        for (int k = 0; k < n; k++)
        {
            int next = left.MinBy(i => at.DistanceTo(places[i]).Value);
            order[k] = next;
            left.Remove(next);
            at = places[next];
        }
        bool improved = true;
        while (improved)
        {
            improved = false;
            for (int i = 0; i < n - 1; i++)
            {
                for (int j = i + 1; j < n; j++)
                {
                    StagePosition before = i == 0 ? start : places[order[i - 1]];
                    double now = before.DistanceTo(places[order[i]]).Value, then = before.DistanceTo(places[order[j]]).Value;
                    if (j < n - 1)
                    {
                        now += places[order[j]].DistanceTo(places[order[j + 1]]).Value;
                        then += places[order[i]].DistanceTo(places[order[j + 1]]).Value;
                    }
                    // The margin keeps rounding from exchanging two legs forever.
                    if (then < now * (1 - 1e-12))
                    {
                        Array.Reverse(order, i, j - i + 1);
                        improved = true;
                    }
                }
            }
        }
        return order;
    }
}
