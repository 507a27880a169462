using FastCore.Microscopy.Imaging;

namespace FastCore.Microscopy.Grains;

/// <summary>
/// Grains of an electron micrograph, whose boundaries are dark or bright lines on grains of any grey: flooded over the strength of lines, the larger
/// eigenvalue of the Hessian at the lines' width, so that shading and differences from grain to grain do not count.
/// </summary>
public static class ElectronImageGrains
{
    private const int Sampled = 20_000;

    private static readonly double[] Widths = [1.5, 2.5, 4];

    /// <summary>Finds and describes the grains.</summary>
    /// <param name="image">The micrograph, in any unit.</param>
    /// <param name="options">How to find them.</param>
    /// <param name="polarity">Whether boundaries are dark or bright.</param>
    /// <exception cref="ArgumentException">The image is too small, flat or mostly unmeasured, or an option is out of its range.</exception>
    public static GrainMap Of(ScanImage image, GrainOptions? options = null, LinePolarity polarity = LinePolarity.Automatic)
    {
        ArgumentNullException.ThrowIfNull(image);
        options ??= new GrainOptions();
        options.Validate();
        int rows = image.Frame.Rows, columns = image.Frame.Columns;
        float[] values = GrainImage.Filled(image);
        float[] landscape = [];
        double best = double.NegativeInfinity, noise = 0;
        foreach (double width in options.LineWidthPixels is { } fixedWidth ? [fixedWidth] : Widths)
        {
            float[] smooth = Smoothing.Gaussian(values, rows, columns, width);
            foreach (float sign in (ReadOnlySpan<float>)[1, -1])
            {
                if ((polarity == LinePolarity.Dark && sign < 0) || (polarity == LinePolarity.Bright && sign > 0))
                    continue;
                float[] lines = Smoothing.Valleys(smooth, rows, columns, width, sign);
                (double spread, double answer) = Answer(lines);
                if (answer > best)
                    (landscape, best, noise) = (lines, answer, spread);
            }
        }
        var labels = new int[values.Length];
        int grains = Watershed.Flood(landscape, rows, columns, options.LineContrast * noise, labels);
        return GrainMapBuilder.Build(image.Frame, GrainSource.ElectronImage, labels, grains, values, [], options);
    }

    // Half of the pixels lie inside grains and tell the noise; how far the strongest twentieth stand above it tells whether there are lines.
    private static (double Noise, double Answer) Answer(float[] lines)
    {
        // Quantiles of 20,000 pixels are those of the image to half a percent; a stride without a factor of common widths meets all columns.
        int stride = Math.Max(1, lines.Length / Sampled) | 1;
        float[] sorted = new float[(lines.Length + stride - 1) / stride];
        for (int k = 0; k < sorted.Length; k++)
            sorted[k] = lines[k * stride];
        Array.Sort(sorted);
        double median = sorted[sorted.Length / 2], spread = (median - sorted[(int)(0.16 * sorted.Length)]) + 1e-30;
        return (spread, (sorted[(int)(0.95 * sorted.Length)] - median) / spread);
    }
}
