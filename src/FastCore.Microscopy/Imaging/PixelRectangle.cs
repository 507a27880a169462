namespace FastCore.Microscopy.Imaging;

/// <summary>A rectangle of whole pixels.</summary>
/// <param name="FirstRow">Its top row.</param>
/// <param name="FirstColumn">Its left column.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
public readonly record struct PixelRectangle(int FirstRow, int FirstColumn, int Rows, int Columns)
{
    /// <summary>Whether a pixel lies in it.</summary>
    public bool Contains(PixelIndex pixel) =>
        pixel.Row >= FirstRow && pixel.Row < FirstRow + Rows && pixel.Column >= FirstColumn && pixel.Column < FirstColumn + Columns;

    /// <inheritdoc/>
    public override string ToString() => $"rows {FirstRow} to {FirstRow + Rows - 1}, columns {FirstColumn} to {FirstColumn + Columns - 1}";
}
