using System.Globalization;
using System.Text;

namespace FastCore.Reporting.Charts;

/// <summary>
/// A grid of small pictures or curves over two latent dimensions. Pictures are one embedded PNG with gaps between them; curves are paths that share
/// their axes.
/// </summary>
public sealed class TileFigure
{
    private const double Left = 50;
    private const double Top = 8;
    private const double Bottom = 44;

    /// <summary>What the figure shows, for people who do not see it.</summary>
    public required string Title { get; init; }

    /// <summary>The finding in one sentence.</summary>
    public string Description { get; init; } = "";

    /// <summary>Value of each row, from the top.</summary>
    public required double[] RowValues { get; init; }

    /// <summary>Value of each column, from the left.</summary>
    public required double[] ColumnValues { get; init; }

    /// <summary>Title of the rows.</summary>
    public required string RowTitle { get; init; }

    /// <summary>Title of the columns.</summary>
    public required string ColumnTitle { get; init; }

    /// <summary>Width of the drawing.</summary>
    public double Width { get; init; } = 520;

    private double Side => (Width - Left - 8) / Math.Max(ColumnValues.Length, 1);

    /// <summary>Pictures of height x width values each, row by row of the grid, all on one scale.</summary>
    public string Pictures(double[] values, int height, int width, ColorMap colors)
    {
        ArgumentNullException.ThrowIfNull(values);
        int rows = RowValues.Length, columns = ColumnValues.Length, tall = (rows * (height + 1)) - 1, wide = (columns * (width + 1)) - 1;
        var picture = new float[tall * wide];
        Array.Fill(picture, float.NaN);
        for (int cell = 0; cell < rows * columns; cell++)
        {
            for (int p = 0; p < height * width; p++)
            {
                int row = (cell / columns * (height + 1)) + (p / width), column = (cell % columns * (width + 1)) + (p % width);
                picture[(row * wide) + column] = (float)values[(cell * height * width) + p];
            }
        }
        (double low, double high) = ImageFigure.RobustLimits(picture);
        double scale = Side * columns / wide, h = tall * scale;
        SvgBuilder svg = Begin(h, "image");
        string png = PngEncoder.ToDataUri(PngEncoder.Encode(picture, tall, wide, low, high, colors));
        svg.Raw(string.Create(CultureInfo.InvariantCulture,
            $"<image x=\"{Left}\" y=\"{Top}\" width=\"{wide * scale:0.##}\" height=\"{h:0.##}\" preserveAspectRatio=\"none\" href=\"{png}\"/>"));
        return End(svg, h);
    }

    /// <summary>Curves of as many values as <paramref name="x"/>, row by row of the grid; all share their axes.</summary>
    public string Curves(double[] x, double[] values)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(values);
        int rows = RowValues.Length, columns = ColumnValues.Length, length = x.Length;
        double low = values.Where(double.IsFinite).DefaultIfEmpty(0).Min(), high = values.Where(double.IsFinite).DefaultIfEmpty(1).Max();
        double from = x.Min(), to = x.Max(), h = Side * rows;
        (high, to) = (high > low ? high : low + 1, to > from ? to : from + 1);
        SvgBuilder svg = Begin(h, "tiles");
        // A curve drawn a few dozen pixels wide needs no more points than that.
        int stride = Math.Max(1, length / 120);
        for (int cell = 0; cell < rows * columns; cell++)
        {
            double left = Left + (cell % columns * Side) + 1.5, top = Top + (cell / columns * Side) + 1.5, room = Side - 3;
            svg.Raw(string.Create(CultureInfo.InvariantCulture,
                $"<rect class=\"tile\" x=\"{left:0.##}\" y=\"{top:0.##}\" width=\"{room:0.##}\" height=\"{room:0.##}\"/>"));
            if (low < 0 && high > 0)
            {
                double zero = top + 2 + ((room - 4) * high / (high - low));
                svg.Line(left, zero, left + room, zero, "grid");
            }
            var d = new StringBuilder();
            for (int k = 0; k < length; k = k + stride < length || k == length - 1 ? k + stride : length - 1)
            {
                double px = left + 2 + ((room - 4) * (x[k] - from) / (to - from)), py = top + 2
                    + ((room - 4) * (high - values[(cell * length) + k]) / (high - low));
                d.Append(CultureInfo.InvariantCulture, $"{(k == 0 ? 'M' : 'L')}{px:0.#} {py:0.#}");
            }
            svg.Path(d.ToString(), $"stroke:{Palette.Css(0)};stroke-width:1.3");
        }
        return End(svg, h);
    }

    private SvgBuilder Begin(double height, string kind) =>
        new(Width, Top + height + Bottom, Title, Description, $"chart {kind}{(Width > 450 ? " big" : "")}");

    private string End(SvgBuilder svg, double height)
    {
        double across = Side * ColumnValues.Length, row = height / Math.Max(RowValues.Length, 1);
        int skipColumns = Math.Max(1, ColumnValues.Length / 5), skipRows = Math.Max(1, RowValues.Length / 5);
        for (int c = 0; c < ColumnValues.Length; c += skipColumns)
            svg.Text(Left + ((c + 0.5) * Side), Top + height + 16, SiFormat.Tick(ColumnValues[c], 0.1), "tick");
        for (int r = 0; r < RowValues.Length && RowValues.Length > 1; r += skipRows)
            svg.Text(Left - 6, Top + ((r + 0.5) * row) + 4, SiFormat.Tick(RowValues[r], 0.1), "tick", "end");
        svg.Raw("<g class=\"axis-x\" data-unit=\"dimensionless\">")
            .Text(Left + (across / 2), Top + height + Bottom - 8, ColumnTitle + " (dimensionless)", "axis-title").Raw("</g>");
        double middle = Top + (height / 2);
        svg.Raw("<g class=\"axis-y\" data-unit=\"dimensionless\">");
        // One row has no second dimension, and no room for its name.
        svg.Text(14, middle, RowTitle + " (dimensionless)", RowValues.Length > 1 ? "axis-title" : "axis-title hidden", "middle",
            $"rotate(-90 14 {SvgBuilder.N(middle)})").Raw("</g>");
        return svg.Finish();
    }
}
