namespace FastCore.Microscopy.Grains;

/// <summary>
/// Watershed by immersion (Vincent and Soille 1991) in which basins of little depth are joined on the way: where two meet, the one whose floor is less
/// than a given depth below the meeting is taken up by the other. That is the watershed of the minima that survive an h-minima filter, without the
/// filter. Pixels have eight neighbours.
/// </summary>
internal static class Watershed
{
    private const int Levels = 1 << 16;

    /// <summary>Labels every pixel with its basin, from 0 in the order of first appearance; returns the number of basins.</summary>
    /// <param name="landscape">rows x columns finite values; basins are low.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <param name="depth">Depth below which a basin is none, in the landscape's unit.</param>
    /// <param name="labels">Destination, rows x columns.</param>
    public static int Flood(ReadOnlySpan<float> landscape, int rows, int columns, double depth, Span<int> labels)
    {
        int[] order = Order(landscape);
        // One pixel of frame around the labels makes every neighbour addressable.
        int wide = columns + 2;
        var basin = new int[(rows + 2) * wide];
        Array.Fill(basin, -1);
        var parent = new List<int>();
        var floor = new List<float>();
        ReadOnlySpan<int> around = [-wide - 1, -wide, -wide + 1, -1, 1, wide - 1, wide, wide + 1];
        Span<int> met = stackalloc int[8];
        foreach (int k in order)
        {
            int at = (((k / columns) + 1) * wide) + (k % columns) + 1;
            float level = landscape[k];
            int count = 0;
            foreach (int offset in around)
            {
                int neighbour = basin[at + offset];
                if (neighbour < 0)
                    continue;
                int root = Root(parent, neighbour);
                if (met[..count].IndexOf(root) < 0)
                    met[count++] = root;
            }
            if (count == 0)
            {
                basin[at] = parent.Count;
                parent.Add(parent.Count);
                floor.Add(level);
                continue;
            }
            int own = met[0];
            if (count > 1)
            {
                foreach (int candidate in met[1..count])
                    own = floor[candidate] < floor[own] ? candidate : own;
                int deepest = own;
                int lowest = -1;
                float best = float.PositiveInfinity;
                for (int a = 0; a < 8; a++)
                {
                    int neighbour = basin[at + around[a]];
                    if (neighbour < 0)
                        continue;
                    int root = Root(parent, neighbour);
                    if (root != deepest && level - floor[root] < depth)
                        parent[root] = root = deepest;
                    // Water reaches a pass from its lowest neighbour.
                    float height = landscape[k + ((a < 3 ? -1 : a < 5 ? 0 : 1) * columns) + Across[a]];
                    if (height < best)
                        (best, lowest) = (height, root);
                }
                own = Root(parent, lowest);
            }
            basin[at] = own;
        }
        var number = new int[parent.Count];
        int basins = 0;
        for (int k = 0; k < labels.Length; k++)
        {
            int root = Root(parent, basin[(((k / columns) + 1) * wide) + (k % columns) + 1]);
            if (number[root] == 0)
                number[root] = ++basins;
            labels[k] = number[root] - 1;
        }
        return basins;
    }

    private static ReadOnlySpan<int> Across => [-1, 0, 1, -1, 1, -1, 0, 1];

    private static int Root(List<int> parent, int k)
    {
        while (parent[k] != k)
            k = parent[k] = parent[parent[k]];
        return k;
    }

    // Pixels by rising value, sorted by counting on 65,536 levels; equal levels keep the order of the image.
    private static int[] Order(ReadOnlySpan<float> values)
    {
        float most = float.NegativeInfinity, least = float.PositiveInfinity;
        foreach (float value in values)
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        float scale = most > least ? (Levels - 1) / (most - least) : 0;
        var start = new int[Levels + 1];
        var level = new ushort[values.Length];
        for (int k = 0; k < values.Length; k++)
        {
            level[k] = (ushort)((values[k] - least) * scale);
            start[level[k] + 1]++;
        }
        for (int l = 0; l < Levels; l++)
            start[l + 1] += start[l];
        var order = new int[values.Length];
        for (int k = 0; k < values.Length; k++)
            order[start[level[k]]++] = k;
        return order;
    }
}
