using System.Numerics;

namespace FastCore.Microscopy.Imaging;

/// <summary>
/// Exact Euclidean distance of every pixel to the nearest marked one, and which that is: first along the columns, then along each row the minimum of
/// (c - v)^2 + d(v)^2 over all columns v. Where the minimum is near it is looked for among the columns around, many pixels at once; elsewhere by the lower
/// envelope of those parabolas (Felzenszwalb and Huttenlocher, "Distance transforms of sampled functions", 2012).
/// </summary>
internal sealed class Distances
{
    private const float Far = 1e18f;
    private const int Near = 32;

    private readonly int columns;
    private readonly float[] padded;
    private readonly float[] halfReciprocal;
    private readonly float[] raised;
    private readonly float[] from;
    private readonly int[] apex;

    private Distances(int columns)
    {
        this.columns = columns;
        padded = new float[columns + (2 * Near)];
        Array.Fill(padded, Far);
        raised = new float[columns];
        from = new float[columns + 1];
        apex = new int[columns];
        halfReciprocal = new float[columns];
        for (int d = 1; d < columns; d++)
            halfReciprocal[d] = 0.5f / d;
    }

    /// <summary>Distances in pixels; infinite everywhere where nothing is marked.</summary>
    /// <param name="marked">rows x columns.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <param name="nearest">Destination: index of the nearest marked pixel, -1 where there is none.</param>
    public static float[] To(ReadOnlySpan<bool> marked, int rows, int columns, int[] nearest)
    {
        var distances = new float[rows * columns];
        AlongColumns(marked, rows, columns, distances, nearest);
        var search = new Distances(columns);
        var column = new int[columns];
        var rowOf = new int[columns];
        for (int r = 0; r < rows; r++)
        {
            Span<float> distance = distances.AsSpan(r * columns, columns);
            Span<int> found = nearest.AsSpan(r * columns, columns);
            found.CopyTo(rowOf);
            if (!search.TryNear(distance, column) && !search.TryEnvelope(distance, column))
            {
                distance.Fill(float.PositiveInfinity);
                found.Fill(-1);
                continue;
            }
            for (int c = 0; c < found.Length; c++)
            {
                found[c] = (rowOf[column[c]] * columns) + column[c];
                distance[c] = MathF.Sqrt(distance[c]);
            }
        }
        return distances;
    }

    // Whole numbers: two sweeps are enough. Squared distances, and the row of the nearest mark in the column, -1 where it has none.
    private static void AlongColumns(ReadOnlySpan<bool> marked, int rows, int columns, float[] squared, int[] nearest)
    {
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
    }

    // The minimum among columns up to Near away; false where one further away may be the least for some pixel of the row.
    private bool TryNear(Span<float> line, int[] column)
    {
        int width = Vector<float>.Count;
        if (columns < width)
            return false;
        line.CopyTo(padded.AsSpan(Near));
        for (int start = 0; start < columns; start += width)
        {
            // The last group of pixels overlaps the one before it.
            int c = Math.Min(start, columns - width);
            var least = new Vector<float>(padded, Near + c);
            Vector<int> here = Vector.CreateSequence(c, 1), where = here;
            int reach = 1;
            for (; reach <= Near && Vector.GreaterThanAny(least, new Vector<float>(reach * reach)); reach++)
            {
                var square = new Vector<float>(reach * reach);
                Vector<float> left = new Vector<float>(padded, Near + c - reach) + square, right = new Vector<float>(padded, Near + c + reach) + square;
                where = Vector.ConditionalSelect(Vector.LessThan(left, least), here - new Vector<int>(reach), where);
                least = Vector.Min(left, least);
                where = Vector.ConditionalSelect(Vector.LessThan(right, least), here + new Vector<int>(reach), where);
                least = Vector.Min(right, least);
            }
            if (reach > Near && Vector.GreaterThanAny(least, new Vector<float>((Near + 1) * (Near + 1))))
            {
                padded.AsSpan(Near, columns).CopyTo(line);
                return false;
            }
            least.CopyTo(line[c..]);
            where.CopyTo(column, c);
        }
        return true;
    }

    // False where no column has a mark.
    private bool TryEnvelope(Span<float> line, int[] column)
    {
        int last = -1;
        for (int c = 0; c < line.Length; c++)
        {
            if (line[c] >= Far)
                continue;
            float height = raised[c] = line[c] + ((float)c * c), start = float.NegativeInfinity;
            while (last >= 0)
            {
                // Where two parabolas meet is the difference of their heights over twice their distance.
                int v = apex[last];
                start = (height - raised[v]) * halfReciprocal[c - v];
                if (start > from[last])
                    break;
                last--;
                start = float.NegativeInfinity;
            }
            apex[++last] = c;
            from[last] = start;
        }
        if (last < 0)
            return false;
        from[last + 1] = float.PositiveInfinity;
        line.CopyTo(raised);
        int part = 0;
        for (int c = 0; c < line.Length; c++)
        {
            while (from[part + 1] < c)
                part++;
            int v = column[c] = apex[part];
            line[c] = ((float)(c - v) * (c - v)) + raised[v];
        }
        return true;
    }
}
