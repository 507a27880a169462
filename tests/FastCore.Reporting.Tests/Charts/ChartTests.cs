using System.Globalization;
using System.Xml.Linq;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;
using FastCore.Reporting.Charts;
using Xunit;

namespace FastCore.Reporting.Tests.Charts;

public sealed class ChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Points_lie_where_the_grid_lines_of_their_values_are()
    {
        XElement chart = Draw(new Axis("Bias", "V"), new Axis("Current", "A"), new ScatterSeries("", 0, [0, 0.5, 1.5], [0, 1e-9, 2e-9]));
        double[] rows = [.. Lines(chart, "grid").Select(l => Number(l, "y1"))];
        double[] columns = [.. Lines(chart, "grid faint").Select(l => Number(l, "x1"))];
        XElement[] points = [.. chart.Descendants(Svg + "circle")];
        Assert.Equal(3, points.Length);
        foreach (XElement point in points)
        {
            Assert.Contains(rows, r => Math.Abs(r - Number(point, "cy")) < 0.02);
            Assert.Contains(columns, c => Math.Abs(c - Number(point, "cx")) < 0.02);
        }
        Assert.Equal("Current (nA)", chart.Elements(Svg + "g").Single(g => g.Attribute("class")!.Value == "axis-y").Value);
    }

    [Fact]
    public void Equal_ratios_are_equal_lengths_on_a_logarithmic_axis_and_zero_is_left_out()
    {
        XElement chart = Draw(new Axis("n", "number"), new Axis("I", "A") { Scale = AxisScale.Logarithmic },
            new ScatterSeries("", 0, [1, 2, 3, 4], [1e-12, 1e-10, 1e-8, 0]));
        double[] y = [.. chart.Descendants(Svg + "circle").Select(c => Number(c, "cy"))];
        Assert.Equal(3, y.Length);
        Assert.Equal(y[0] - y[1], y[1] - y[2], 0.03);
    }

    [Fact]
    public void Gaps_break_lines_and_bands()
    {
        double[] x = [0, 1, 2, 3, 4], y = [1, 2, double.NaN, 2, 1];
        XElement chart = Draw(new Axis("x", "number"), new Axis("y", "number"),
            new LineSeries("", 0, x, y),
            new BandSeries("", 1, x, y, [.. y.Select(v => v + 1)]));
        Assert.Equal(2, chart.Descendants(Svg + "path").Single(p => p.Attribute("class")!.Value == "line")
            .Attribute("d")!.Value.Count(c => c == 'M'));
        Assert.Equal(2, chart.Descendants(Svg + "path").Count(p => p.Attribute("class")!.Value == "band"));
    }

    [Fact]
    public void Boxes_stand_at_the_quartiles()
    {
        Assert.Equal([1.0, 2, 3, 4, 5], SeriesPainter.FiveNumbers([5, 1, 4, double.NaN, 2, 3]));
        Assert.Equal([1.0, 1.5, 2, 2.5, 3], SeriesPainter.FiveNumbers([1, 3]));
        Assert.Empty(SeriesPainter.FiveNumbers([double.NaN]));
    }

    [Fact]
    public void A_chart_without_data_says_so()
    {
        XElement chart = Draw(new Axis("x", "number"), new Axis("y", "V"),
            new LineSeries("", 0, [1, 2], [double.NaN, double.NaN]), new RuleSeries("limit", -1, 3));
        Assert.Contains(chart.Elements(Svg + "text"), t => t.Value == "no data");
    }

    [Theory]
    [InlineData(40, 80)]
    [InlineData(80, 40)]
    [InlineData(300, 3)]
    public void Images_keep_square_pixels_and_layers_stand_on_theirs(int rows, int columns)
    {
        var frame = new ScanFrame(rows, columns, new Metres(1e-8));
        var figure = new ImageFigure
        {
            Title = "t",
            Quantity = "Height",
            Unit = "m",
            Frame = frame,
            Layer = new ImageLayer(1, 1, 2, (rows - 1) / 2, (columns - 1) / 2, new float[(rows - 1) / 2 * ((columns - 1) / 2)]),
            Marks = [new ImageMark(new PixelIndex(0, 0), Marker.Circle, "#fff", "first")],
        };
        XElement svg = XElement.Parse(figure.ToSvg());
        XElement outline = svg.Elements(Svg + "rect").First();
        double pixel = Number(outline, "width") / columns;
        Assert.Equal(pixel, Number(outline, "height") / rows, 0.01);
        XElement image = svg.Elements(Svg + "image").First();
        Assert.Equal(pixel * 2 * ((columns - 1) / 2), Number(image, "width"), 0.05);
        // The first value is centred on pixel (1, 1).
        Assert.Equal(Number(outline, "x") + (1.5 * pixel), Number(image, "x") + pixel, 0.05);
        Assert.Equal(Number(outline, "x") + (0.5 * pixel), Number(svg.Elements(Svg + "circle").Single(), "cx"), 0.05);
    }

    private static XElement Draw(Axis x, Axis y, params ChartSeries[] series) =>
        XElement.Parse(new Chart { Title = "t", X = x, Y = y, Series = series }.ToSvg());

    private static IEnumerable<XElement> Lines(XElement chart, string cssClass) =>
        chart.Elements(Svg + "line").Where(l => l.Attribute("class")!.Value == cssClass);

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
