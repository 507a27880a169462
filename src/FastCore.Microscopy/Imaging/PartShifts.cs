namespace FastCore.Microscopy.Imaging;

/// <summary>
/// A map judged by parts of the picture: the shift that each part alone would still take. Parts of two pictures of one place find the same place; those of
/// two different places scatter over the whole search, however high the best overall agreement is.
/// </summary>
internal static class PartShifts
{
    /// <summary>A part agrees up to this many pixels.</summary>
    public const double Near = 2;

    private const int Reach = 5;
    private const int LeastSide = 28;

    /// <summary>Root mean square shift of the parts that agree (of all where none does) in pixels, and the share of parts that do.</summary>
    /// <param name="reference">The reference's picture.</param>
    /// <param name="seen">The other picture seen through the map, on the same pixels.</param>
    /// <param name="sign">-1 where dark and bright are exchanged.</param>
    public static (double Residual, double Share) Of(Plane reference, Plane seen, int sign)
    {
        int across = Math.Clamp(reference.Columns / LeastSide, 2, 6), down = Math.Clamp(reference.Rows / LeastSide, 2, 6);
        double near = 0, all = 0;
        int agreeing = 0, parts = 0;
        for (int part = 0; part < across * down; part++)
        {
            int top = part / across * reference.Rows / down, bottom = ((part / across) + 1) * reference.Rows / down;
            int left = part % across * reference.Columns / across, right = ((part % across) + 1) * reference.Columns / across;
            if (Best(reference, seen, sign, top, bottom, left, right) is not { } shift)
                continue;
            double square = (shift.Row * shift.Row) + (shift.Column * shift.Column);
            parts++;
            all += square;
            if (square > Near * Near)
                continue;
            agreeing++;
            near += square;
        }
        return (Math.Sqrt(agreeing > 0 ? near / agreeing : all / Math.Max(1, parts)), (double)agreeing / Math.Max(1, parts));
    }

    // Null where the other picture does not show half of the part.
    private static (double Row, double Column)? Best(Plane reference, Plane seen, int sign, int top, int bottom, int left, int right)
    {
        const int Width = (2 * Reach) + 1;
        var agreement = new double[Width * Width];
        int best = -1;
        for (int k = 0; k < agreement.Length; k++)
        {
            agreement[k] = sign * Correlation(reference, seen, top, bottom, left, right, (k / Width) - Reach, (k % Width) - Reach);
            if (double.IsFinite(agreement[k]) && (best < 0 || agreement[k] > agreement[best]))
                best = k;
        }
        if (best < 0 || !double.IsFinite(agreement[agreement.Length / 2]))
            return null;
        int row = best / Width, column = best % Width;
        double y = row is > 0 and < Width - 1 ? Vertex(agreement[best - Width], agreement[best], agreement[best + Width]) : 0;
        double x = column is > 0 and < Width - 1 ? Vertex(agreement[best - 1], agreement[best], agreement[best + 1]) : 0;
        return (row - Reach + y, column - Reach + x);
    }

    private static double Correlation(Plane reference, Plane seen, int top, int bottom, int left, int right, int dy, int dx)
    {
        var sums = default(CorrelationSums);
        for (int r = Math.Max(top, -dy); r < Math.Min(bottom, reference.Rows - dy); r++)
        {
            int here = r * reference.Columns, there = ((r + dy) * reference.Columns) + dx;
            for (int c = Math.Max(left, -dx); c < Math.Min(right, reference.Columns - dx); c++)
                sums.Add(reference.Values[here + c], seen.Values[there + c]);
        }
        return 2 * sums.Count >= (bottom - top) * (right - left) ? sums.Coefficient ?? double.NaN : double.NaN;
    }

    private static double Vertex(double before, double here, double after)
    {
        double bend = before + after - (2 * here);
        return bend < 0 ? Math.Clamp(0.5 * (before - after) / bend, -0.5, 0.5) : 0;
    }
}
