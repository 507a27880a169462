namespace FastCore.Microscopy.Imaging;

/// <summary>A pixel of an image: row first (0 is the top row), then column.</summary>
public readonly record struct PixelIndex(int Row, int Column)
{
    /// <summary>Chebyshev distance in pixels.</summary>
    public int ChebyshevDistance(PixelIndex other) => Math.Max(Math.Abs(Row - other.Row), Math.Abs(Column - other.Column));

    /// <inheritdoc/>
    public override string ToString() => $"(row {Row}, column {Column})";
}
