namespace FastCore.Microscopy.Imaging;

/// <summary>One scanned channel: a value per pixel of a frame, in SI units.</summary>
public sealed class ScanImage
{
    /// <summary>Wraps <paramref name="values"/> (row-major, Rows * Columns, not copied).</summary>
    /// <exception cref="ArgumentException">The number of values is not that of the frame's pixels.</exception>
    public ScanImage(string channel, string unit, ScanFrame frame, float[] values)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != frame.Rows * frame.Columns)
            throw new ArgumentException($"Channel '{channel}' has {values.Length} values; a frame of {frame.Rows} x {frame.Columns} pixels needs {frame.Rows * frame.Columns}.", nameof(values));
        Channel = channel;
        Unit = unit;
        Frame = frame;
        Values = values;
    }

    /// <summary>Name of the channel, for example "Height".</summary>
    public string Channel { get; }

    /// <summary>SI unit of the values: "m", "A", "V", "deg", "Hz".</summary>
    public string Unit { get; }

    /// <summary>Where the pixels lie.</summary>
    public ScanFrame Frame { get; }

    /// <summary>Values, row-major, top row first.</summary>
    public float[] Values { get; }

    /// <summary>A part of the image, copied; its frame keeps the stage positions of its pixels.</summary>
    /// <exception cref="ArgumentException">The rectangle is empty or reaches beyond the image.</exception>
    public ScanImage Cropped(PixelRectangle part)
    {
        if (part.Rows < 1 || part.Columns < 1 || part.FirstRow < 0 || part.FirstColumn < 0 || part.FirstRow + part.Rows > Frame.Rows
            || part.FirstColumn + part.Columns > Frame.Columns)
        {
            throw new ArgumentException($"{part} are no part of an image of {Frame.Rows} x {Frame.Columns} pixels.", nameof(part));
        }
        var frame = new ScanFrame(part.Rows, part.Columns, Frame.PixelPitch, Frame.ToStage(new PixelIndex(part.FirstRow, part.FirstColumn)));
        var values = new float[part.Rows * part.Columns];
        for (int r = 0; r < part.Rows; r++)
            Values.AsSpan(((part.FirstRow + r) * Frame.Columns) + part.FirstColumn, part.Columns).CopyTo(values.AsSpan(r * part.Columns));
        return new ScanImage(Channel, Unit, frame, values);
    }

    /// <summary>The value of a pixel.</summary>
    public float this[PixelIndex pixel] => Values[(pixel.Row * Frame.Columns) + pixel.Column];
}
