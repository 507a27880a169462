using System.Globalization;
using System.Text;

namespace FastCore.Reporting.Charts;

/// <summary>Draws each kind of series into the frame of a chart.</summary>
internal sealed class SeriesPainter(SvgBuilder svg, ScaledAxis x, ScaledAxis y, double left, double right, double top, double bottom)
{
    private int verticalLabels;

    /// <summary>Whether anything but reference lines could be shown.</summary>
    public bool DrewData { get; private set; }

    public void Draw(ChartSeries series)
    {
        string color = Palette.Css(series.Color);
        switch (series)
        {
            case BandSeries band: Band(band, color); break;
            case LineSeries line: Line(line, color); break;
            case ScatterSeries scatter: Scatter(scatter, color); break;
            case BarSeries bar: Bars(bar, color); break;
            case BoxSeries box: Boxes(box, color); break;
            case RuleSeries rule: Rule(rule, color); break;
            default: throw new ArgumentException($"A chart cannot draw a {series.GetType().Name}.", nameof(series));
        }
    }

    /// <summary>The five numbers of a box: minimum, quartiles by linear interpolation, maximum.</summary>
    public static double[] FiveNumbers(double[] values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        return sorted.Length == 0 ? [] : [.. new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(p => Quantile(sorted, p))];
    }

    private static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }

    private void Line(LineSeries line, string color)
    {
        var d = new StringBuilder();
        bool open = false;
        double lastY = double.NaN;
        for (int k = 0; k < Math.Min(line.X.Length, line.Y.Length); k++)
        {
            double px = x.At(line.X[k]), py = y.At(line.Y[k]);
            if (double.IsNaN(px) || double.IsNaN(py))
            {
                open = false;
                continue;
            }
            if (open && line.Stepped)
                d.Append(CultureInfo.InvariantCulture, $"L{px:0.#} {lastY:0.#}");
            d.Append(CultureInfo.InvariantCulture, $"{(open ? 'L' : 'M')}{px:0.#} {py:0.#}");
            // A point alone between gaps would be invisible as a line.
            if (!open && (k + 1 >= line.X.Length || !double.IsFinite(line.Y[k + 1])))
                d.Append("h.1");
            (open, lastY, DrewData) = (true, py, true);
        }
        if (d.Length == 0)
            return;
        string style = string.Create(CultureInfo.InvariantCulture, $"stroke:{color};stroke-width:{line.Width:0.##}");
        if (line.Dashed)
            style += ";stroke-dasharray:5 3";
        if (line.Opacity < 1)
            style += string.Create(CultureInfo.InvariantCulture, $";stroke-opacity:{line.Opacity:0.##}");
        svg.Path(d.ToString(), style);
    }

    private void Scatter(ScatterSeries scatter, string color)
    {
        for (int k = 0; k < Math.Min(scatter.X.Length, scatter.Y.Length); k++)
        {
            double px = x.At(scatter.X[k]), py = y.At(scatter.Y[k]);
            if (double.IsNaN(px) || double.IsNaN(py))
                continue;
            string style = scatter.Marker == Marker.Cross ? $"stroke:{color}" : $"fill:{color}";
            svg.Mark(scatter.Marker, px, py, scatter.Radius, style, scatter.Notes is { } notes && k < notes.Count ? notes[k] : null);
            DrewData = true;
        }
    }

    private void Band(BandSeries band, string color)
    {
        var upper = new StringBuilder();
        var lower = new List<string>();
        for (int k = 0; k < band.X.Length; k++)
        {
            double px = x.At(band.X[k]), low = y.At(band.Lower[k]), high = y.At(band.Upper[k]);
            if (double.IsNaN(px) || double.IsNaN(low) || double.IsNaN(high))
            {
                Close();
                continue;
            }
            upper.Append(CultureInfo.InvariantCulture, $"{(lower.Count == 0 ? 'M' : 'L')}{px:0.#} {high:0.#}");
            lower.Add(string.Create(CultureInfo.InvariantCulture, $"L{px:0.#} {low:0.#}"));
        }
        Close();

        void Close()
        {
            if (lower.Count == 0)
                return;
            lower.Reverse();
            svg.Path(upper + string.Concat(lower) + "Z", $"fill:{color};fill-opacity:.22;stroke:none", "band");
            upper.Clear();
            lower.Clear();
            DrewData = true;
        }
    }

    private void Bars(BarSeries bar, string color)
    {
        bool horizontal = y.IsCategory;
        double half = 0.31 * Math.Abs(horizontal ? y.At(1) - y.At(0) : x.At(1) - x.At(0));
        half = Math.Min(half, 26);
        for (int k = 0; k < bar.Values.Length; k++)
        {
            double end = horizontal ? x.At(bar.Values[k]) : y.At(bar.Values[k]);
            if (double.IsNaN(end))
                continue;
            double zero = horizontal ? x.At(0) : y.At(0);
            double centre = horizontal ? y.At(k) : x.At(k);
            (double bx, double by, double w, double h) = horizontal
                ? (Math.Min(zero, end), centre - half, Math.Abs(end - zero), 2 * half)
                : (centre - half, Math.Min(zero, end), 2 * half, Math.Abs(end - zero));
            svg.Raw(string.Create(CultureInfo.InvariantCulture,
                $"<rect x=\"{bx:0.#}\" y=\"{by:0.#}\" width=\"{w:0.#}\" height=\"{h:0.#}\" style=\"fill:{color}\"/>"));
            DrewData = true;
        }
    }

    private void Boxes(BoxSeries box, string color)
    {
        bool horizontal = y.IsCategory;
        double half = Math.Min(0.3 * Math.Abs(horizontal ? y.At(1) - y.At(0) : x.At(1) - x.At(0)), 13);
        for (int k = 0; k < box.Groups.Count; k++)
        {
            double[] five = [.. FiveNumbers(box.Groups[k]).Select(v => horizontal ? x.At(v) : y.At(v))];
            if (five.Length == 0 || five.Any(double.IsNaN))
                continue;
            double c = horizontal ? y.At(k) : x.At(k);
            string stroke = $"stroke:{color}";
            string frame = $"fill:{color};fill-opacity:.16;stroke:{color}";
            string text = horizontal
                ? string.Create(CultureInfo.InvariantCulture,
                    $"<path class=\"line\" d=\"M{five[0]:0.#} {c:0.#}H{five[1]:0.#}M{five[3]:0.#} {c:0.#}H{five[4]:0.#}\" style=\"{stroke}\"/>"
                    + $"<rect x=\"{five[1]:0.#}\" y=\"{c - half:0.#}\" width=\"{five[3] - five[1]:0.#}\" height=\"{2 * half:0.#}\" "
                        + $"style=\"{frame}\"/>"
                    + $"<path class=\"line\" d=\"M{five[2]:0.#} {c - half:0.#}v{2 * half:0.#}\" style=\"{stroke};stroke-width:2.6\"/>")
                : string.Create(CultureInfo.InvariantCulture,
                    $"<path class=\"line\" d=\"M{c:0.#} {five[0]:0.#}V{five[1]:0.#}M{c:0.#} {five[3]:0.#}V{five[4]:0.#}\" style=\"{stroke}\"/>"
                    + $"<rect x=\"{c - half:0.#}\" y=\"{five[3]:0.#}\" width=\"{2 * half:0.#}\" height=\"{five[1] - five[3]:0.#}\" "
                        + $"style=\"{frame}\"/>"
                    + $"<path class=\"line\" d=\"M{c - half:0.#} {five[2]:0.#}h{2 * half:0.#}\" style=\"{stroke};stroke-width:2.6\"/>");
            svg.Raw(text);
            DrewData = true;
        }
    }

    private void Rule(RuleSeries rule, string color)
    {
        double at = rule.Vertical ? x.At(rule.Value) : y.At(rule.Value);
        if (double.IsNaN(at))
            return;
        string style = $"stroke:{color};stroke-width:1.3;stroke-dasharray:4 3";
        svg.Path(rule.Vertical
            ? string.Create(CultureInfo.InvariantCulture, $"M{at:0.#} {top:0.#}V{bottom:0.#}")
            : string.Create(CultureInfo.InvariantCulture, $"M{left:0.#} {at:0.#}H{right:0.#}"), style);
        if (rule.Label.Length == 0)
            return;
        if (rule.Vertical)
        {
            bool flip = at > (left + right) / 2;
            // One below the other: lines may stand close together.
            svg.Text(at + (flip ? -4 : 4), top + 11 + (12 * verticalLabels++), rule.Label, "note", flip ? "end" : "start");
        }
        else
        {
            svg.Text(right - 4, at - 4 < top + 8 ? at + 12 : at - 4, rule.Label, "note", "end");
        }
    }

}
