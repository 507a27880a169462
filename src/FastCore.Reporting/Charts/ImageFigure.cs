using System.Globalization;
using FastCore.Microscopy.Imaging;

namespace FastCore.Reporting.Charts;

/// <summary>Values over a part of a frame.</summary>
/// <param name="FirstRow">Frame row of the first value.</param>
/// <param name="FirstColumn">Frame column of the first value.</param>
/// <param name="Stride">Frame pixels from one value to the next.</param>
/// <param name="Rows">Rows of values.</param>
/// <param name="Columns">Columns of values.</param>
/// <param name="Values">Row-major; NaN is transparent.</param>
public sealed record ImageLayer(int FirstRow, int FirstColumn, int Stride, int Rows, int Columns, float[] Values);

/// <summary>A mark on an image.</summary>
/// <param name="Pixel">Where.</param>
/// <param name="Marker">Shape.</param>
/// <param name="Css">Fill as a CSS colour.</param>
/// <param name="Note">What it says when the pointer rests on it.</param>
/// <param name="Radius">Size in pixels of the drawing.</param>
public sealed record ImageMark(PixelIndex Pixel, Marker Marker, string Css, string Note, double Radius = 5);

/// <summary>An image with axes in metres, a scale bar, a colour bar, and marks on top; pixels are square.</summary>
public sealed class ImageFigure
{
    private const int LargestSide = 640;

    /// <summary>What the figure shows, for people who do not see it.</summary>
    public required string Title { get; init; }

    /// <summary>The finding in one sentence.</summary>
    public string Description { get; init; } = "";

    /// <summary>Extent of the drawing in pixels and metres.</summary>
    public required ScanFrame Frame { get; init; }

    /// <summary>The image; null draws an empty frame.</summary>
    public ImageLayer? Layer { get; init; }

    /// <summary>Quantity of the colour bar.</summary>
    public required string Quantity { get; init; }

    /// <summary>SI unit of the values.</summary>
    public required string Unit { get; init; }

    /// <summary>Colours of the values.</summary>
    public ColorMap Colors { get; init; } = ColorMap.Viridis;

    /// <summary>Colours of their own for values that count them, as labels of grains do; null for a scale. There is no colour bar then.</summary>
    public IReadOnlyList<(byte Red, byte Green, byte Blue)>? ColorOfEach { get; init; }

    /// <summary>Colour limits; by default the 0.5 and 99.5 % quantiles, so that single spikes do not hide the rest.</summary>
    public (double Minimum, double Maximum)? Limits { get; init; }

    /// <summary>Points joined by a line in the order given.</summary>
    public IReadOnlyList<(PixelIndex Pixel, string Css)> Path { get; init; } = [];

    /// <summary>Lines between pixels, for example boundaries of grains: rows and columns of their points, a colour each.</summary>
    public IReadOnlyList<(float[] Rows, float[] Columns, string Css)> Outlines { get; init; } = [];

    /// <summary>Marks on top.</summary>
    public IReadOnlyList<ImageMark> Marks { get; init; } = [];

    /// <summary>Width of the drawing; the height follows from the frame.</summary>
    public double Width { get; init; } = 420;

    /// <summary>The figure as an SVG element.</summary>
    public string ToSvg()
    {
        double pitch = Frame.PixelPitch.Value;
        double widthMetres = Frame.Columns * pitch, heightMetres = Frame.Rows * pitch;
        const double Left = 48, RightRoom = 82, Top = 8, Bottom = 42;
        double scale = Math.Min((Width - Left - RightRoom) / Frame.Columns, Width * 1.4 / Frame.Rows);
        double w = Frame.Columns * scale, h = Frame.Rows * scale;
        double total = Top + h + Bottom;
        var svg = new SvgBuilder(Width, total, Title, Description, "chart image" + (Width > 450 ? " big" : ""));
        svg.Raw(string.Create(CultureInfo.InvariantCulture,
            $"<rect class=\"no-data\" x=\"{Left}\" y=\"{Top}\" width=\"{w:0.##}\" height=\"{h:0.##}\"/>"));
        (double low, double high) = Limits ?? RobustLimits(Layer?.Values ?? []);
        if (Layer is { Rows: > 0, Columns: > 0 } layer)
            DrawLayer(svg, layer, low, high, scale, Left, Top);
        DrawOutlines(svg, scale, Left, Top);
        DrawPath(svg, scale, Left, Top);
        foreach (ImageMark mark in Marks)
        {
            string style = mark.Marker == Marker.Cross ? $"stroke:{mark.Css}" : $"fill:{mark.Css}";
            svg.Mark(mark.Marker, Left + ((mark.Pixel.Column + 0.5) * scale), Top + ((mark.Pixel.Row + 0.5) * scale), mark.Radius, style, mark.Note);
        }
        svg.Raw(string.Create(CultureInfo.InvariantCulture,
            $"<rect class=\"frame\" x=\"{Left}\" y=\"{Top}\" width=\"{w:0.##}\" height=\"{h:0.##}\"/>"));
        DrawAxes(svg, widthMetres, heightMetres, w, h, Left, Top, total);
        DrawScaleBar(svg, widthMetres, w, h, Left, Top);
        if (ColorOfEach is null)
            DrawColorBar(svg, low, high, Left + w + 12, Top, h);
        return svg.Finish();
    }

    /// <summary>The 0.5 and 99.5 % quantiles of the finite values; (0, 1) where there are none.</summary>
    internal static (double Minimum, double Maximum) RobustLimits(ReadOnlySpan<float> values)
    {
        var finite = new List<float>(values.Length);
        foreach (float value in values)
        {
            if (float.IsFinite(value))
                finite.Add(value);
        }
        if (finite.Count == 0)
            return (0, 1);
        finite.Sort();
        return (finite[(int)(0.005 * (finite.Count - 1))], finite[(int)Math.Ceiling(0.995 * (finite.Count - 1))]);
    }

    private void DrawLayer(SvgBuilder svg, ImageLayer layer, double low, double high, double scale, double left, double top)
    {
        (float[] values, int rows, int columns, int factor) = Shrink(layer);
        string png = PngEncoder.ToDataUri(ColorOfEach is null ? PngEncoder.Encode(values, rows, columns, low, high, Colors)
            : PngEncoder.EncodeColors(ColorsOf(values, ColorOfEach), rows, columns));
        double size = scale * layer.Stride * factor;
        // A map value stands for the square around its pixel.
        double x = left + ((layer.FirstColumn + 0.5 - (layer.Stride / 2.0)) * scale);
        double y = top + ((layer.FirstRow + 0.5 - (layer.Stride / 2.0)) * scale);
        svg.Raw(string.Create(CultureInfo.InvariantCulture,
            $"<image x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{columns * size:0.##}\" height=\"{rows * size:0.##}\" preserveAspectRatio=\"none\" "
                + $"href=\"{png}\"/>"));
    }

    private static byte[] ColorsOf(float[] values, IReadOnlyList<(byte Red, byte Green, byte Blue)> colors)
    {
        var bytes = new byte[3 * values.Length];
        for (int k = 0; k < values.Length; k++)
            (bytes[3 * k], bytes[(3 * k) + 1], bytes[(3 * k) + 2]) = colors[(int)values[k]];
        return bytes;
    }

    private (float[] Values, int Rows, int Columns, int Factor) Shrink(ImageLayer layer)
    {
        int factor = (Math.Max(layer.Rows, layer.Columns) + LargestSide - 1) / LargestSide;
        if (factor <= 1)
            return (layer.Values, layer.Rows, layer.Columns, 1);
        int rows = (layer.Rows + factor - 1) / factor, columns = (layer.Columns + factor - 1) / factor;
        var values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double sum = 0;
                int count = 0;
                for (int r = row * factor; r < Math.Min((row + 1) * factor, layer.Rows); r++)
                {
                    for (int c = column * factor; c < Math.Min((column + 1) * factor, layer.Columns); c++)
                    {
                        float value = layer.Values[(r * layer.Columns) + c];
                        if (float.IsFinite(value))
                            (sum, count) = (sum + value, count + 1);
                    }
                }
                // Labels have no mean.
                values[(row * columns) + column] = ColorOfEach is not null ? layer.Values[(row * factor * layer.Columns) + (column * factor)] : count == 0 ? float.NaN : (float)(sum / count);
            }
        }
        return (values, rows, columns, factor);
    }

    private void DrawOutlines(SvgBuilder svg, double scale, double left, double top)
    {
        foreach (IGrouping<string, (float[] Rows, float[] Columns, string Css)> group in Outlines.GroupBy(line => line.Css))
        {
            var path = new System.Text.StringBuilder();
            foreach ((float[] rows, float[] columns, _) in group)
            {
                for (int k = 0; k < rows.Length; k++)
                {
                    path.Append(CultureInfo.InvariantCulture,
                        $"{(k == 0 ? 'M' : 'L')}{left + ((columns[k] + 0.5) * scale):0.#} {top + ((rows[k] + 0.5) * scale):0.#}");
                }
            }
            svg.Raw($"<g class=\"outline\"><path d=\"{path}\" style=\"stroke:{group.Key}\"/></g>");
        }
    }

    private void DrawPath(SvgBuilder svg, double scale, double left, double top)
    {
        if (Path.Count < 2)
            return;
        for (int k = 1; k < Path.Count; k++)
        {
            (PixelIndex a, _) = Path[k - 1];
            (PixelIndex b, string css) = Path[k];
            svg.Raw(string.Create(CultureInfo.InvariantCulture,
                $"<line class=\"path\" x1=\"{left + ((a.Column + 0.5) * scale):0.#}\" y1=\"{top + ((a.Row + 0.5) * scale):0.#}\" "
                    + $"x2=\"{left + ((b.Column + 0.5) * scale):0.#}\" y2=\"{top + ((b.Row + 0.5) * scale):0.#}\" style=\"stroke:{css}\"/>"));
        }
    }

    private void DrawAxes(SvgBuilder svg, double widthMetres, double heightMetres, double w, double h, double left, double top, double total)
    {
        SiPrefix prefix = SiFormat.For(Math.Max(widthMetres, heightMetres), "m");
        double x0 = Frame.Origin.X.Value - (Frame.PixelPitch.Value / 2), y0 = Frame.Origin.Y.Value - (Frame.PixelPitch.Value / 2);
        (double[] xs, double xStep) = Ticks.Linear(x0 / prefix.Factor, (x0 + widthMetres) / prefix.Factor, 4);
        foreach (double tick in xs)
        {
            double at = left + (((tick * prefix.Factor) - x0) / widthMetres * w);
            svg.Line(at, top + h, at, top + h + 4, "axis").Text(at, top + h + 16, SiFormat.Tick(tick, xStep), "tick");
        }
        (double[] ys, double yStep) = Ticks.Linear(y0 / prefix.Factor, (y0 + heightMetres) / prefix.Factor, 4);
        foreach (double tick in ys)
        {
            double at = top + (((tick * prefix.Factor) - y0) / heightMetres * h);
            svg.Line(left - 4, at, left, at, "axis").Text(left - 6, at + 4, SiFormat.Tick(tick, yStep), "tick", "end");
        }
        double middle = top + (h / 2);
        svg.Raw($"<g class=\"axis-x\" data-unit=\"{prefix.Unit}\">").Text(left + (w / 2), total - 7, $"X ({prefix.Unit})", "axis-title").Raw("</g>");
        svg.Raw($"<g class=\"axis-y\" data-unit=\"{prefix.Unit}\">")
            .Text(14, middle, $"Y ({prefix.Unit})", "axis-title", "middle", $"rotate(-90 14 {SvgBuilder.N(middle)})").Raw("</g>");
    }

    private static void DrawScaleBar(SvgBuilder svg, double widthMetres, double w, double h, double left, double top)
    {
        double length = Ticks.NiceStep(widthMetres / 8);
        double pixels = length / widthMetres * w;
        if (h < 40 || pixels < 4)
            return;
        SiPrefix unit = SiFormat.For(length, "m");
        string label = $"{SiFormat.Tick(length / unit.Factor, 1)} {unit.Unit}";
        double box = Math.Max(pixels, SvgBuilder.TextWidth(label, 11.5)) + 14;
        svg.Raw(string.Create(CultureInfo.InvariantCulture,
            $"<g class=\"scale-bar\"><rect class=\"plate\" x=\"{left + 6}\" y=\"{top + h - 32:0.##}\" width=\"{box:0.##}\" height=\"26\" "
                + $"rx=\"3\"/><rect class=\"bar\" x=\"{left + 6 + ((box - pixels) / 2):0.##}\" y=\"{top + h - 13:0.##}\" width=\"{pixels:0.##}\" "
                + $"height=\"3\"/>"));
        svg.Text(left + 6 + (box / 2), top + h - 18, label, "bar-text").Raw("</g>");
    }

    private void DrawColorBar(SvgBuilder svg, double low, double high, double x, double top, double h)
    {
        var ramp = new float[128];
        for (int k = 0; k < ramp.Length; k++)
            ramp[k] = (ramp.Length - 1 - k) / (ramp.Length - 1f);
        string png = PngEncoder.ToDataUri(PngEncoder.Encode(ramp, ramp.Length, 1, 0, 1, Colors));
        svg.Raw(string.Create(CultureInfo.InvariantCulture,
            $"<g class=\"color-bar\"><image x=\"{x:0.##}\" y=\"{top}\" width=\"11\" height=\"{h:0.##}\" preserveAspectRatio=\"none\" "
                + $"href=\"{png}\"/><rect class=\"frame\" x=\"{x:0.##}\" y=\"{top}\" width=\"11\" height=\"{h:0.##}\"/>"));
        SiPrefix prefix = SiFormat.For(Math.Max(Math.Abs(low), Math.Abs(high)), Unit);
        if (high > low)
        {
            (double[] ticks, double step) = Ticks.Linear(low / prefix.Factor, high / prefix.Factor, h < 120 ? 3 : 5);
            foreach (double tick in ticks)
                svg.Text(x + 15, top + h - (((tick * prefix.Factor) - low) / (high - low) * h) + 4, SiFormat.Tick(tick, step), "tick", "start");
        }
        else
        {
            svg.Text(x + 15, top + (h / 2) + 4, SiFormat.Significant(low / prefix.Factor, 3), "tick", "start");
        }
        string title = prefix.Unit.Length == 0 ? Quantity : $"{Quantity} ({prefix.Unit})";
        double middle = top + (h / 2);
        double at = Width - 5;
        svg.Text(at, middle, title, "axis-title", "middle", $"rotate(-90 {SvgBuilder.N(at)} {SvgBuilder.N(middle)})").Raw("</g>");
    }
}
