namespace FastCore.Reporting.Charts;

/// <summary>
/// A chart of one or more series over two axes, drawn as one SVG element without references to anything outside. Values are given in SI units;
/// the axes choose prefixes. Colours come from the page's custom properties (<see cref="Stylesheet"/>).
/// </summary>
public sealed class Chart
{
    private const double TickSize = 11.5;
    private const double TitleSize = 12.5;

    /// <summary>What the chart shows, for people who do not see it.</summary>
    public required string Title { get; init; }

    /// <summary>The finding in one sentence, for people who do not see it.</summary>
    public string Description { get; init; } = "";

    /// <summary>Horizontal axis.</summary>
    public required Axis X { get; init; }

    /// <summary>Vertical axis.</summary>
    public required Axis Y { get; init; }

    /// <summary>What is drawn, from back to front.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>Width of the drawing; the page scales it.</summary>
    public double Width { get; init; } = 420;

    /// <summary>Height of the drawing.</summary>
    public double Height { get; init; } = 270;

    /// <summary>The chart as an SVG element.</summary>
    public string ToSvg()
    {
        var svg = new SvgBuilder(Width, Height, Title, Description, "chart" + (Width > 450 ? " big" : "")
            + ((X.Categories ?? Y.Categories) is not null ? " names" : ""));
        ScaledAxis y = ScaledAxis.Create(Y, YValues(), 5);
        ScaledAxis x = ScaledAxis.Create(X, XValues(), Width > 300 ? 6 : 4);
        (string Label, ChartSeries Series)[] legend = [.. Series.Where(s => s.Label.Length > 0 && s is not RuleSeries).Select(s => (s.Label, s))];
        if (legend.Length == 1 && Series.Count(s => s is not RuleSeries) == 1)
            legend = [];
        double labelWidth = y.Ticks.Select(t => SvgBuilder.TextWidth(y.Label(t), TickSize)).DefaultIfEmpty(10).Max();
        double left = Math.Min(labelWidth + 32, Width * 0.5);
        double right = Width - 14;
        double top = 10 + LegendHeight(legend, left, right);
        double bottom = Height - 44;
        x.Place(left, right);
        y.Place(bottom, top);
        if (Y.Categories is not null)
            y.Place(top, bottom);
        DrawLegend(svg, legend, left, right);
        DrawAxes(svg, x, y, left, right, top, bottom);
        // The inner element cuts what leaves the frame; its rim keeps marks on the edge whole.
        const double Rim = 5;
        string box = $"{SvgBuilder.N(right - left + (2 * Rim))}", tall = SvgBuilder.N(bottom - top + (2 * Rim));
        string x0 = SvgBuilder.N(left - Rim), y0 = SvgBuilder.N(top - Rim);
        svg.Raw($"<svg x=\"{x0}\" y=\"{y0}\" width=\"{box}\" height=\"{tall}\" viewBox=\"{x0} {y0} {box} {tall}\">");
        var painter = new SeriesPainter(svg, x, y, left, right, top, bottom);
        foreach (ChartSeries series in Series)
            painter.Draw(series);
        svg.Raw("</svg>");
        if (!painter.DrewData)
            svg.Text((left + right) / 2, (top + bottom) / 2, "no data", "empty");
        return svg.Finish();
    }

    private static double LegendHeight((string Label, ChartSeries Series)[] legend, double left, double right) =>
        legend.Length == 0 ? 0 : 6 + (18 * (1 + LegendPlaces(legend, left, right)[^1].Row));

    private static (double X, int Row)[] LegendPlaces((string Label, ChartSeries Series)[] legend, double left, double right)
    {
        var places = new (double X, int Row)[legend.Length];
        double x = left;
        int row = 0;
        for (int k = 0; k < legend.Length; k++)
        {
            double width = 34 + SvgBuilder.TextWidth(legend[k].Label, TickSize);
            if (x > left && x + width > right + 12)
                (x, row) = (left, row + 1);
            places[k] = (x, row);
            x += width;
        }
        return places;
    }

    private static void DrawLegend(SvgBuilder svg, (string Label, ChartSeries Series)[] legend, double left, double right)
    {
        if (legend.Length == 0)
            return;
        (double X, int Row)[] places = LegendPlaces(legend, left, right);
        for (int k = 0; k < legend.Length; k++)
        {
            double x = places[k].X, y = 13 + (18 * places[k].Row);
            string color = Palette.Css(legend[k].Series.Color);
            switch (legend[k].Series)
            {
                case ScatterSeries scatter:
                    svg.Mark(scatter.Marker, x + 9, y - 4, 3.6, scatter.Marker == Marker.Cross ? $"stroke:{color}" : $"fill:{color}");
                    break;
                case LineSeries line:
                    svg.Path($"M{SvgBuilder.N(x)} {SvgBuilder.N(y - 4)}h18", $"stroke:{color};stroke-width:2.2"
                        + (line.Dashed ? ";stroke-dasharray:5 3" : ""));
                    break;
                default:
                    svg.Raw($"<rect x=\"{SvgBuilder.N(x + 2)}\" y=\"{SvgBuilder.N(y - 9)}\" width=\"14\" height=\"9\" "
                        + $"style=\"fill:{color};fill-opacity:.45\"/>");
                    break;
            }
            svg.Text(x + 22, y, legend[k].Label, "legend", "start");
        }
    }

    private void DrawAxes(SvgBuilder svg, ScaledAxis x, ScaledAxis y, double left, double right, double top, double bottom)
    {
        foreach (double tick in y.Ticks)
        {
            double at = y.At(tick);
            if (Y.Categories is null)
                svg.Line(left, at, right, at, "grid");
            svg.Text(left - 6, at + (TickSize * 0.35), y.Label(tick), "tick", "end");
        }
        double last = double.NegativeInfinity;
        foreach (double tick in x.Ticks)
        {
            double at = x.At(tick);
            if (X.Categories is null)
                svg.Line(at, top, at, bottom, "grid faint");
            string label = x.Label(tick);
            double half = SvgBuilder.TextWidth(label, TickSize) / 2;
            // A label that would run into its neighbour is left out; its grid line stays.
            if (at - half < last + 4)
                continue;
            last = at + half;
            svg.Text(Math.Min(at, Width - half - 1), bottom + 16, label, "tick");
        }
        svg.Line(left, bottom, right, bottom, "axis");
        svg.Line(left, top, left, bottom, "axis");
        svg.Raw($"<g class=\"axis-x\" data-unit=\"{SvgBuilder.Escape(x.Unit)}\">");
        svg.Text((left + right) / 2, Height - 8, x.Title, "axis-title").Raw("</g>");
        double middle = (top + bottom) / 2;
        string title = y.Title;
        double room = (bottom - top + 40) / (TitleSize * 0.56);
        if (title.Length > room && title.Length > y.Unit.Length + 3)
            title = string.Concat(title.AsSpan(0, Math.Max(3, (int)room - y.Unit.Length - 5)), "… (", y.Unit, ")");
        svg.Raw($"<g class=\"axis-y\" data-unit=\"{SvgBuilder.Escape(y.Unit)}\">");
        svg.Text(14, middle, title, "axis-title", "middle", $"rotate(-90 14 {SvgBuilder.N(middle)})").Raw("</g>");
    }

    private IEnumerable<double> XValues()
    {
        foreach (ChartSeries series in Series)
        {
            double[] values = series switch
            {
                LineSeries s => s.X,
                ScatterSeries s => s.X,
                BandSeries s => s.X,
                RuleSeries s when s.Vertical => [s.Value],
                BarSeries s when X.Categories is null => [.. s.Values, 0],
                BoxSeries s when X.Categories is null => [.. s.Groups.SelectMany(g => g)],
                _ => [],
            };
            foreach (double value in values)
                yield return value;
        }
    }

    private IEnumerable<double> YValues()
    {
        foreach (ChartSeries series in Series)
        {
            double[] values = series switch
            {
                LineSeries s => s.Y,
                ScatterSeries s => s.Y,
                BandSeries s => [.. s.Lower, .. s.Upper],
                RuleSeries s when !s.Vertical => [s.Value],
                BarSeries s when Y.Categories is null => [.. s.Values, 0],
                BoxSeries s when Y.Categories is null => [.. s.Groups.SelectMany(g => g)],
                _ => [],
            };
            foreach (double value in values)
                yield return value;
        }
    }
}
