namespace FastCore.Microscopy.Imaging;

/// <summary>
/// Exact Euclidean distance of every pixel to the nearest marked one, and which that is (Felzenszwalb and Huttenlocher, "Distance transforms of sampled
/// functions", 2012: lower envelopes of parabolas along the columns, then along the rows).
/// </summary>
internal static class Distances
{
    private const float Far = 1e18f;

    /// <summary>Distances in pixels; infinite everywhere where nothing is marked.</summary>
    /// <param name="marked">rows x columns.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <param name="nearest">Destination: index of the nearest marked pixel, -1 where there is none.</param>
    public static float[] To(ReadOnlySpan<bool> marked, int rows, int columns, int[] nearest)
    {
        var squared = new float[rows * columns];
        // Along a column distances are whole numbers: two sweeps are enough.
        var gap = new int[columns];
        Array.Fill(gap, -1);
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0, k = r * columns; c < columns; c++, k++)
            {
                gap[c] = marked[k] ? r : gap[c];
                nearest[k] = gap[c];
            }
        }
        Array.Fill(gap, -1);
        for (int r = rows - 1; r >= 0; r--)
        {
            for (int c = 0, k = r * columns; c < columns; c++, k++)
            {
                gap[c] = marked[k] ? r : gap[c];
                int above = nearest[k], below = gap[c];
                int row = above < 0 ? below : below < 0 || r - above <= below - r ? above : below;
                nearest[k] = row;
                squared[k] = row < 0 ? Far : (float)(row - r) * (row - r);
            }
        }
        var apex = new int[columns];
        var from = new float[columns + 1];
        var line = new float[columns];
        var rowOf = new int[columns];
        var distances = new float[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            squared.AsSpan(r * columns, columns).CopyTo(line);
            nearest.AsSpan(r * columns, columns).CopyTo(rowOf);
            int last = -1;
            for (int c = 0; c < columns; c++)
            {
                if (line[c] >= Far)
                    continue;
                float start = float.NegativeInfinity;
                while (last >= 0)
                {
                    int v = apex[last];
                    start = (line[c] - line[v] + (((float)c * c) - ((float)v * v))) / (2 * (c - v));
                    if (start > from[last])
                        break;
                    last--;
                    start = float.NegativeInfinity;
                }
                apex[++last] = c;
                from[last] = start;
            }
            int part = 0;
            for (int c = 0, k = r * columns; c < columns; c++, k++)
            {
                if (last < 0)
                {
                    distances[k] = float.PositiveInfinity;
                    nearest[k] = -1;
                    continue;
                }
                while (part < last && from[part + 1] < c)
                    part++;
                int v = apex[part];
                distances[k] = MathF.Sqrt(((float)(c - v) * (c - v)) + line[v]);
                nearest[k] = (rowOf[v] * columns) + v;
            }
        }
        return distances;
    }
}
