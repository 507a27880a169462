namespace FastCore.Microscopy.Imaging;

/// <summary>
/// An affine map from pixels of a reference to pixels of another image, both counted from the centre of pixel (0, 0):
/// row' = RowFromRow row + RowFromColumn column + RowShift, column' = ColumnFromRow row + ColumnFromColumn column + ColumnShift.
/// </summary>
/// <param name="RowFromRow">Change of the other's row per row.</param>
/// <param name="RowFromColumn">Change of the other's row per column.</param>
/// <param name="RowShift">The other's row at pixel (0, 0).</param>
/// <param name="ColumnFromRow">Change of the other's column per row.</param>
/// <param name="ColumnFromColumn">Change of the other's column per column.</param>
/// <param name="ColumnShift">The other's column at pixel (0, 0).</param>
public sealed record AffineMap(double RowFromRow, double RowFromColumn, double RowShift, double ColumnFromRow, double ColumnFromColumn, double ColumnShift)
{
    /// <summary>The map that leaves every pixel where it is.</summary>
    public static AffineMap Identity { get; } = new(1, 0, 0, 0, 1, 0);

    /// <summary>Determinant of the linear part: pixels of the other per pixel of the reference.</summary>
    public double Determinant => (RowFromRow * ColumnFromColumn) - (RowFromColumn * ColumnFromRow);

    /// <summary>The map that differences of pitch alone make: pixel (0, 0) stays, origins do not count.</summary>
    /// <param name="reference">Frame whose pixels go in.</param>
    /// <param name="other">Frame whose pixels come out.</param>
    public static AffineMap OfPitches(ScanFrame reference, ScanFrame other)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(other);
        return OfScale(reference.PixelPitch.Value / other.PixelPitch.Value);
    }

    /// <summary>Builds a map from what people say about it; the inverse of <see cref="Decompose"/>.</summary>
    /// <param name="parts">Shift in pixels, rotation in degree, scales and shear.</param>
    /// <param name="centreRow">Row of the pixel whose shift is given.</param>
    /// <param name="centreColumn">Column of the pixel whose shift is given.</param>
    public static AffineMap Of(AffineParts parts, double centreRow = 0, double centreColumn = 0)
    {
        ArgumentNullException.ThrowIfNull(parts);
        (double sine, double cosine) = Math.SinCos(parts.RotationDegrees * Math.PI / 180);
        double skew = parts.Shear * parts.ScaleRows;
        double rr = (sine * skew) + (cosine * parts.ScaleRows), rc = sine * parts.ScaleColumns;
        double cr = (cosine * skew) - (sine * parts.ScaleRows), cc = cosine * parts.ScaleColumns;
        return new AffineMap(rr, rc, centreRow + parts.ShiftRows - (rr * centreRow) - (rc * centreColumn),
            cr, cc, centreColumn + parts.ShiftColumns - (cr * centreRow) - (cc * centreColumn));
    }

    /// <summary>Where a pixel of the reference lies in the other image, in fractional pixels.</summary>
    public (double Row, double Column) Apply(double row, double column) =>
        ((RowFromRow * row) + (RowFromColumn * column) + RowShift, (ColumnFromRow * row) + (ColumnFromColumn * column) + ColumnShift);

    /// <summary>This map first, then <paramref name="next"/>.</summary>
    public AffineMap Then(AffineMap next)
    {
        ArgumentNullException.ThrowIfNull(next);
        (double row, double column) = next.Apply(RowShift, ColumnShift);
        return new AffineMap(
            (next.RowFromRow * RowFromRow) + (next.RowFromColumn * ColumnFromRow),
            (next.RowFromRow * RowFromColumn) + (next.RowFromColumn * ColumnFromColumn), row,
            (next.ColumnFromRow * RowFromRow) + (next.ColumnFromColumn * ColumnFromRow),
            (next.ColumnFromRow * RowFromColumn) + (next.ColumnFromColumn * ColumnFromColumn), column);
    }

    /// <summary>The map back, from pixels of the other to pixels of the reference.</summary>
    /// <exception cref="InvalidOperationException">The map takes the plane to a line or is not finite.</exception>
    public AffineMap Inverse()
    {
        double determinant = Determinant, size = Math.Abs(RowFromRow) + Math.Abs(RowFromColumn) + Math.Abs(ColumnFromRow) + Math.Abs(ColumnFromColumn);
        if (!(Math.Abs(determinant) > 1e-12 * size * size) || !double.IsFinite(determinant))
            throw new InvalidOperationException($"The map {this} has determinant {determinant:g3} and cannot be inverted; a map of one area onto another is needed.");
        double rr = ColumnFromColumn / determinant, rc = -RowFromColumn / determinant, cr = -ColumnFromRow / determinant, cc = RowFromRow / determinant;
        return new AffineMap(rr, rc, -(rr * RowShift) - (rc * ColumnShift), cr, cc, -(cr * RowShift) - (cc * ColumnShift));
    }

    /// <summary>
    /// Shift, rotation, scales and shear of the map: its linear part in (column, row) is a rotation times an upper triangle (QR decomposition).
    /// </summary>
    /// <param name="centreRow">Row of the pixel whose shift is given.</param>
    /// <param name="centreColumn">Column of the pixel whose shift is given.</param>
    public AffineParts Decompose(double centreRow = 0, double centreColumn = 0)
    {
        (double row, double column) = Apply(centreRow, centreColumn);
        double scaleColumns = Math.Sqrt((ColumnFromColumn * ColumnFromColumn) + (RowFromColumn * RowFromColumn));
        double scaleRows = Determinant / scaleColumns;
        double skew = ((ColumnFromColumn * ColumnFromRow) + (RowFromColumn * RowFromRow)) / scaleColumns;
        return new AffineParts(row - centreRow, column - centreColumn, Math.Atan2(RowFromColumn, ColumnFromColumn) * 180 / Math.PI, scaleRows, scaleColumns,
            skew / scaleRows);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"[{RowFromRow:0.#####} {RowFromColumn:0.#####} {RowShift:0.###}; {ColumnFromRow:0.#####} {ColumnFromColumn:0.#####} {ColumnShift:0.###}]";

    internal static AffineMap OfScale(double scale) => new(scale, 0, 0, 0, scale, 0);
}
