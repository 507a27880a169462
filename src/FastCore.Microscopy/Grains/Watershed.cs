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
        var sets = new DisjointSets();
        var floor = new List<float>();
        ReadOnlySpan<int> around = [-wide - 1, -wide, -wide + 1, -1, 1, wide - 1, wide, wide + 1];
        ReadOnlySpan<int> step = [-columns - 1, -columns, -columns + 1, -1, 1, columns - 1, columns, columns + 1];
        foreach (int k in order)
        {
            int at = (((k / columns) + 1) * wide) + (k % columns) + 1;
            float level = landscape[k];
            // The deepest basin beside the pixel, and the lowest neighbour: water reaches a pass from there.
            int deepest = -1, lowest = -1;
            bool several = false;
            for (int a = 0; a < around.Length; a++)
            {
                if (basin[at + around[a]] < 0)
                    continue;
                int root = sets.Root(basin[at + around[a]]);
                several |= deepest >= 0 && root != deepest;
                if (deepest < 0 || floor[root] < floor[deepest])
                    deepest = root;
                if (lowest < 0 || landscape[k + step[a]] < landscape[k + step[lowest]])
                    lowest = a;
            }
            if (deepest < 0)
            {
                basin[at] = sets.Add();
                floor.Add(level);
                continue;
            }
            for (int a = 0; several && a < around.Length; a++)
            {
                if (basin[at + around[a]] >= 0 && sets.Root(basin[at + around[a]]) is var root && root != deepest && level - floor[root] < depth)
                    sets.Join(root, deepest);
            }
            basin[at] = sets.Root(basin[at + around[lowest]]);
        }
        for (int k = 0; k < labels.Length; k++)
            labels[k] = basin[(((k / columns) + 1) * wide) + (k % columns) + 1];
        return sets.Renumber(labels);
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
