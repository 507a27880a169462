namespace FastCore.Microscopy.Grains;

/// <summary>
/// Where the lines of a network run between its steps: at the middle of seven points of pixel edges, and moved across by
/// <see cref="GrainBoundary.OffsetPixels"/>.
/// </summary>
internal static class BoundaryPlaces
{
    // Points on either side of one that its place and direction are taken over; near the ends of a line those that are there.
    private const int Neighbours = 3;
    private const double Whole = 1.0 / ((2 * Neighbours) + 1);

    /// <summary>Place of a point of a line, and the direction across it from the first grain to the second; false where the line has no direction there.</summary>
    public static bool TryPoint(GrainBoundary line, int point, out (double Row, double Column) place, out (double Row, double Column) across)
    {
        ReadOnlySpan<float> rows = line.Rows, columns = line.Columns;
        int from = Math.Max(point - Neighbours, 0), to = Math.Min(point + Neighbours, rows.Length - 1), count = to - from + 1;
        // The line goes in steps around the true one: the middle of seven points lies nearer to it. Sums of halves are exact.
        float y = 0, x = 0;
        for (int p = from; p <= to; p++)
        {
            y += rows[p];
            x += columns[p];
        }
        double part = count == (2 * Neighbours) + 1 ? Whole : 1.0 / count;
        place = (y * part, x * part);
        double ty = rows[to] - rows[from], tx = columns[to] - columns[from], length = Math.Sqrt((tx * tx) + (ty * ty)), unit = 1 / length;
        // From the left of the line to its right, with rows downwards.
        across = (tx * unit, -ty * unit);
        return length >= 1;
    }

    /// <summary>Marks the pixels whose centres lie within a reach of a line with the nearest one; leaves the others as they are.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <param name="reach">Reach in pixels.</param>
    /// <param name="squares">Working space of rows x columns.</param>
    /// <param name="lineAt">Destination of rows x columns: index of the line.</param>
    public static void Mark(IReadOnlyList<GrainBoundary> lines, int rows, int columns, double reach, float[] squares, int[] lineAt)
    {
        // The next larger number, so that a pixel at the very reach is within.
        squares.AsSpan(0, rows * columns).Fill(MathF.BitIncrement((float)(reach * reach)));
        for (int k = 0; k < lines.Count; k++)
        {
            GrainBoundary line = lines[k];
            for (int point = 0; point < line.Rows.Length; point++)
            {
                bool directed = TryPoint(line, point, out (double Row, double Column) place, out (double Row, double Column) across);
                double offset = directed ? line.OffsetPixels : 0;
                double y = place.Row + (offset * across.Row), x = place.Column + (offset * across.Column);
                int top = Math.Max((int)Math.Ceiling(y - reach), 0), bottom = Math.Min((int)Math.Floor(y + reach), rows - 1);
                int left = Math.Max((int)Math.Ceiling(x - reach), 0), right = Math.Min((int)Math.Floor(x + reach), columns - 1);
                for (int r = top; r <= bottom; r++)
                {
                    double down = (r - y) * (r - y);
                    for (int c = left; c <= right; c++)
                    {
                        float square = (float)(down + ((c - x) * (c - x)));
                        int pixel = (r * columns) + c;
                        if (square < squares[pixel])
                            (squares[pixel], lineAt[pixel]) = (square, k);
                    }
                }
            }
        }
    }
}
