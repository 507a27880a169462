namespace FastCore.Microscopy.Imaging;

/// <summary>What an <see cref="AffineMap"/> does, in the words of people.</summary>
/// <param name="ShiftRows">Shift along the slow axis in pixels.</param>
/// <param name="ShiftColumns">Shift along the fast axis in pixels.</param>
/// <param name="RotationDegrees">Rotation of a row, clockwise on a picture whose top row comes first, in degree.</param>
/// <param name="ScaleRows">Pixels of the other per pixel along the columns' direction; negative for a mirrored image.</param>
/// <param name="ScaleColumns">Pixels of the other per pixel along a row.</param>
/// <param name="Shear">Shift along the row per row: the tangent of the missing right angle.</param>
public sealed record AffineParts(double ShiftRows, double ShiftColumns, double RotationDegrees, double ScaleRows = 1, double ScaleColumns = 1, double Shear = 0)
{
    /// <inheritdoc/>
    public override string ToString() => $"shift {ShiftRows:0.##} rows, {ShiftColumns:0.##} columns; rotation {RotationDegrees:0.##} degrees; "
        + $"scale {ScaleRows:0.####} x {ScaleColumns:0.####}; shear {Shear:0.####}";
}
