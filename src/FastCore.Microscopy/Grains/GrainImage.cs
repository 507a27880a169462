using FastCore.Microscopy.Imaging;

namespace FastCore.Microscopy.Grains;

/// <summary>An image that grains can be looked for in.</summary>
internal static class GrainImage
{
    private const int LeastSide = 16;

    /// <summary>The image without gaps.</summary>
    /// <exception cref="ArgumentException">Fewer than half of the pixels were measured, the image is too small, or it is flat.</exception>
    public static float[] Filled(ScanImage image)
    {
        int rows = image.Frame.Rows, columns = image.Frame.Columns;
        if (rows < LeastSide || columns < LeastSide)
            throw new ArgumentException($"Channel '{image.Channel}' has {columns} x {rows} pixels; {LeastSide} x {LeastSide} are needed to find grains in.", nameof(image));
        FilledImage filled = ImagePreparation.Fill(image, $"Channel '{image.Channel}'", "to find grains");
        return filled.Most > filled.Least ? filled.Values
            : throw new ArgumentException($"Channel '{image.Channel}' is flat; there are no grains to find.", nameof(image));
    }
}
