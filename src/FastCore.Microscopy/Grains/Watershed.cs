using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
    public static int Flood(float[] landscape, int rows, int columns, double depth, Span<int> labels)
    {
        int[] order = ArrayPool<int>.Shared.Rent(landscape.Length);
        Order(landscape, order);
        // One pixel of frame around the labels makes every neighbour addressable; the last one is read with a fourth beside it.
        int wide = columns + 2;
        int size = ((rows + 2) * wide) + 1;
        int[] basin = ArrayPool<int>.Shared.Rent(size);
        basin.AsSpan(0, size).Fill(-1);
        var sets = new DisjointSets();
        var floor = new List<float>();
        int[] around = [-wide - 1, -wide, -wide + 1, -1, 1, wide - 1, wide, wide + 1];
        int[] step = [-columns - 1, -columns, -columns + 1, -1, 1, columns - 1, columns, columns + 1];
        // Three pixels of a row in a register of four.
        Vector128<int> three = Vector128.Create(-1, -1, -1, 0);
        ref int first = ref MemoryMarshal.GetArrayDataReference(basin);
        foreach (int k in order.AsSpan(0, landscape.Length))
        {
            int row = k / columns, at = k + (2 * row) + wide + 1;
            // Dry pixels are -1: the largest of all as unsigned numbers, the smallest as signed ones. Most pixels lie in the midst of one basin.
            Vector128<int> above = Vector128.LoadUnsafe(ref first, (nuint)(at - wide - 1)) | ~three;
            Vector128<int> beside = Vector128.LoadUnsafe(ref first, (nuint)(at - 1)) | ~three;
            Vector128<int> below = Vector128.LoadUnsafe(ref first, (nuint)(at + wide - 1)) | ~three;
            Vector128<int> most = Vector128.Max(Vector128.Max(above, beside), below);
            Vector128<uint> least = Vector128.Min(Vector128.Min(above.AsUInt32(), beside.AsUInt32()), below.AsUInt32());
            int one = Math.Max(Math.Max(most[0], most[1]), most[2]);
            if (one < 0)
            {
                basin[at] = sets.Add();
                floor.Add(landscape[k]);
            }
            else if ((uint)one == Math.Min(Math.Min(least[0], least[1]), least[2]))
            {
                basin[at] = sets.Root(one);
            }
            else
            {
                basin[at] = Meet(k, at);
            }
        }
        for (int k = 0; k < labels.Length; k++)
            labels[k] = basin[(((k / columns) + 1) * wide) + (k % columns) + 1];
        ArrayPool<int>.Shared.Return(order);
        ArrayPool<int>.Shared.Return(basin);
        return sets.Renumber(labels);

        // Joins shallow basins around a pixel to the deepest one; returns the basin of the lowest neighbour, from where water reaches a pass.
        int Meet(int k, int at)
        {
            int deepest = -1, lowest = -1;
            for (int a = 0; a < around.Length; a++)
            {
                if (basin[at + around[a]] < 0)
                    continue;
                int root = sets.Root(basin[at + around[a]]);
                if (deepest < 0 || floor[root] < floor[deepest])
                    deepest = root;
                if (lowest < 0 || landscape[k + step[a]] < landscape[k + step[lowest]])
                    lowest = a;
            }
            foreach (int offset in around)
            {
                if (basin[at + offset] >= 0 && sets.Root(basin[at + offset]) is var root && root != deepest && landscape[k] - floor[root] < depth)
                    sets.Join(root, deepest);
            }
            return sets.Root(basin[at + around[lowest]]);
        }
    }

    // Pixels by rising value, sorted by counting on 65,536 levels; equal levels keep the order of the image.
    private static void Order(ReadOnlySpan<float> values, int[] order)
    {
        float most = float.NegativeInfinity, least = float.PositiveInfinity;
        foreach (float value in values)
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        float scale = most > least ? (Levels - 1) / (most - least) : 0;
        int[] start = ArrayPool<int>.Shared.Rent(Levels + 1);
        start.AsSpan(0, Levels + 1).Clear();
        ushort[] level = ArrayPool<ushort>.Shared.Rent(values.Length);
        for (int k = 0; k < values.Length; k++)
        {
            level[k] = (ushort)((values[k] - least) * scale);
            start[level[k] + 1]++;
        }
        for (int l = 0; l < Levels; l++)
            start[l + 1] += start[l];
        for (int k = 0; k < values.Length; k++)
            order[start[level[k]]++] = k;
        ArrayPool<int>.Shared.Return(start);
        ArrayPool<ushort>.Shared.Return(level);
    }
}
