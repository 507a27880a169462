using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Imaging;

/// <summary>
/// Ties pixels to the stage: pixel (row, column) has its centre at origin + column * pitch along X and row * pitch along Y.
/// </summary>
public sealed record ScanFrame
{
    /// <summary>Creates a frame of <paramref name="rows"/> x <paramref name="columns"/> square pixels.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size below 1, or a pitch that is not a positive finite length.</exception>
    public ScanFrame(int rows, int columns, Metres pixelPitch, StagePosition origin = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (!double.IsFinite(pixelPitch.Value) || pixelPitch.Value <= 0)
            throw new ArgumentOutOfRangeException(nameof(pixelPitch), pixelPitch.Value, "The pixel pitch must be a positive length in metres.");
        Rows = rows;
        Columns = columns;
        PixelPitch = pixelPitch;
        Origin = origin;
    }

    /// <summary>Number of pixel rows.</summary>
    public int Rows { get; }

    /// <summary>Number of pixel columns.</summary>
    public int Columns { get; }

    /// <summary>Distance between the centres of neighbouring pixels.</summary>
    public Metres PixelPitch { get; }

    /// <summary>Stage position of the centre of pixel (0, 0).</summary>
    public StagePosition Origin { get; }

    /// <summary>Whether a pixel lies in the frame.</summary>
    public bool Contains(PixelIndex pixel) => pixel.Row >= 0 && pixel.Row < Rows && pixel.Column >= 0 && pixel.Column < Columns;

    /// <summary>Stage position of the centre of a pixel.</summary>
    public StagePosition ToStage(PixelIndex pixel) => new(
        new Metres(Origin.X.Value + (pixel.Column * PixelPitch.Value)),
        new Metres(Origin.Y.Value + (pixel.Row * PixelPitch.Value)));

    /// <summary>The pixel whose centre is nearest to a position; it may lie outside the frame.</summary>
    public PixelIndex ToPixel(StagePosition position) => new(
        (int)Math.Round((position.Y.Value - Origin.Y.Value) / PixelPitch.Value),
        (int)Math.Round((position.X.Value - Origin.X.Value) / PixelPitch.Value));
}
