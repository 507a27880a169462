using FastCore.Microscopy.Imaging;

namespace FastCore.Microscopy.Grains;

/// <summary>
/// Grains of a topography (SPEC 4): levelled to second order, smoothed, and flooded from the tops of the domes downwards; domes whose pass lies less than
/// <see cref="GrainOptions.Prominence"/> below the lower top are one grain.
/// </summary>
public static class TopographyGrains
{
    private const double LeastProminenceMetres = 2e-9;
    private const double ProminencePerRms = 0.1;

    /// <summary>Finds and describes the grains.</summary>
    /// <exception cref="ArgumentException">The channel is no height in metre, too small, flat or mostly unmeasured, or an option is out of its range.</exception>
    public static GrainMap Of(ScanImage topography, GrainOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(topography);
        options ??= new GrainOptions();
        options.Validate();
        if (topography.Unit != "m")
        {
            throw new ArgumentException($"Channel '{topography.Channel}' is in '{topography.Unit}'; a topography is in metre. Name a height channel, or treat it as an "
                + "electron image.", nameof(topography));
        }
        int rows = topography.Frame.Rows, columns = topography.Frame.Columns;
        float[] height = GrainImage.Filled(topography);
        ImagePreparation.Level(height, rows, columns);
        double square = 0;
        foreach (float value in height)
            square += (double)value * value;
        double depth = options.Prominence?.Value ?? Math.Max(LeastProminenceMetres, ProminencePerRms * Math.Sqrt(square / height.Length));
        float[] landscape = Smoothing.Gaussian(height, rows, columns, options.SmoothingPixels);
        for (int k = 0; k < landscape.Length; k++)
            landscape[k] = -landscape[k];
        var labels = new int[height.Length];
        int grains = Watershed.Flood(landscape, rows, columns, depth, labels);
        return GrainMapBuilder.Build(topography.Frame, GrainSource.Topography, labels, grains, height, height, options);
    }
}
