namespace FastCore.Microscopy.Imaging;

/// <summary>A shift between two images in pixels: rows down, columns to the right.</summary>
/// <param name="Rows">Shift along the slow axis.</param>
/// <param name="Columns">Shift along the fast axis.</param>
/// <param name="Agreement">Height of the correlation's peak: 1 for the same picture, near 0 for two pictures that have nothing in common.</param>
public readonly record struct ImageShift(double Rows, double Columns, double Agreement)
{
    /// <summary>The same in metres on the stage.</summary>
    public StagePosition OnStage(ScanFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new StagePosition(new(Columns * frame.PixelPitch.Value), new(Rows * frame.PixelPitch.Value));
    }
}
