namespace FastCore.Microscopy.Imaging;

/// <summary>Several maps of one area as channels of one frame, that of the reference.</summary>
public sealed class RegisteredChannels
{
    private RegisteredChannels(ScanFrame frame, IReadOnlyList<ScanImage> channels, PixelRectangle common)
    {
        Frame = frame;
        Channels = channels;
        Common = common;
    }

    /// <summary>The frame of all channels.</summary>
    public ScanFrame Frame { get; }

    /// <summary>The reference, then the others in the order they were given; NaN where an image does not reach.</summary>
    public IReadOnlyList<ScanImage> Channels { get; }

    /// <summary>
    /// The largest rectangle of pixels that every image reaches. Points inside it that an instrument could not measure are still NaN.
    /// </summary>
    public PixelRectangle Common { get; }

    /// <summary>Brings images onto the frame of a reference.</summary>
    /// <param name="reference">The image whose frame is kept.</param>
    /// <param name="others">The others, each with its <see cref="RegistrationResult.Map"/>; several channels of one instrument share a map.</param>
    /// <exception cref="ArgumentException">The images have no pixel in common, or a map is impossible.</exception>
    public static RegisteredChannels Of(ScanImage reference, params IReadOnlyList<(ScanImage Image, AffineMap Map)> others)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(others);
        ScanFrame frame = reference.Frame;
        ScanImage[] channels = [reference, .. others.Select(other => Resample.Onto(other.Image, other.Map, frame))];
        var reached = new bool[frame.Rows * frame.Columns];
        for (int k = 0; k < reached.Length; k++)
        {
            reached[k] = true;
            foreach ((ScanImage image, AffineMap map) in others)
                reached[k] &= Resample.Inside(image.Frame, map, k / frame.Columns, k % frame.Columns);
        }
        PixelRectangle common = Largest(reached, frame.Rows, frame.Columns);
        return common.Rows > 0 ? new RegisteredChannels(frame, channels, common) : throw new ArgumentException(
            $"The images {string.Join(", ", channels.Select(c => $"'{c.Channel}'"))} have no pixel of the reference in common; "
            + "leave out the one that shows another place, or register it again.",
            nameof(others));
    }

    /// <summary>The common rectangle alone; its frame keeps the stage positions of its pixels.</summary>
    public RegisteredChannels Cropped()
    {
        ScanImage[] channels = [.. Channels.Select(channel => channel.Cropped(Common))];
        return new RegisteredChannels(channels[0].Frame, channels, new PixelRectangle(0, 0, Common.Rows, Common.Columns));
    }

    // For each row the heights of the columns that end there, and the widest span for each height: rows x columns work.
    private static PixelRectangle Largest(bool[] reached, int rows, int columns)
    {
        var height = new int[columns + 1];
        var open = new Stack<(int First, int Height)>();
        PixelRectangle best = default;
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
                height[c] = reached[(r * columns) + c] ? height[c] + 1 : 0;
            for (int c = 0; c <= columns; c++)
            {
                int first = c;
                while (open.TryPeek(out (int First, int Height) top) && top.Height >= height[c])
                {
                    _ = open.Pop();
                    first = top.First;
                    if ((long)top.Height * (c - top.First) > (long)best.Rows * best.Columns)
                        best = new PixelRectangle(r - top.Height + 1, top.First, top.Height, c - top.First);
                }
                open.Push((first, height[c]));
            }
            open.Clear();
        }
        return best;
    }
}
