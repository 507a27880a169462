using FastCore.Autonomy.Records;
using FastCore.Microscopy.Imaging;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections;

/// <summary>The overview with the path on it, and the model's maps.</summary>
internal static class MapSection
{
    public static void Write(HtmlPage page, RunReportContent content, Groups groups)
    {
        page.Section("Where the tip went", "The scanned overview with every measurement. The line joins the points in the order in which they "
            + "were measured.");
        if (content.Overview is not { } overview)
        {
            page.Raw("<p>The run ended before an overview image was scanned.</p>");
            return;
        }
        string unit = overview.Unit;
        (float[] values, string quantity) = (overview.Values, overview.Channel);
        if (unit == "m")
        {
            // Heights count from the lowest point: absolute piezo extension says nothing.
            float lowest = values.Where(float.IsFinite).DefaultIfEmpty(0).Min();
            values = [.. values.Select(v => v - lowest)];
            quantity += " above lowest";
        }
        int last = Math.Max(content.Steps.Count - 1, 1);
        var path = content.Steps.Select((s, k) => (s.Pixel, ColorMap.Viridis.Hex(k / (double)last))).ToArray();
        ImageMark[] marks =
        [
            .. content.Steps.Select((s, k) => new ImageMark(
                s.Pixel,
                !s.Accepted ? Marker.Cross : groups.HasTruth ? Palette.MarkerOf(groups.Of(s)) : Marker.Circle,
                s.Accepted ? ColorMap.Viridis.Hex(k / (double)last) : "#ff5a36",
                $"measurement {k + 1}, {(s.Accepted ? groups.NameOf(s) : "rejected: " + QualityWords.Reason(s.Quality))}, {s.Pixel}")),
        ];
        var figure = new ImageFigure
        {
            Title = $"Overview image with {content.Steps.Count} measured points",
            Description = "Grey levels are the scanned channel; points are coloured by the order of measuring.",
            Frame = overview.Frame,
            Layer = new ImageLayer(0, 0, 1, overview.Frame.Rows, overview.Frame.Columns, values),
            Quantity = quantity,
            Unit = unit,
            Colors = ColorMap.Grey,
            Path = path,
            Marks = marks,
            Width = 620,
        };
        string key = "<div class=\"key\"><span>first <i class=\"ramp\" style=\"background:linear-gradient(90deg,"
            + string.Join(",", Enumerable.Range(0, 5).Select(k => ColorMap.Viridis.Hex(k / 4.0))) + ")\"></i> last</span>"
            + (groups.HasTruth ? string.Concat(groups.All.Select(g => KeyEntry(Palette.MarkerOf(g.Color), "var(--muted)", g.Name))) : "")
            + (content.Steps.Any(s => !s.Accepted) ? KeyEntry(Marker.Cross, "#ff5a36", "rejected") : "") + "</div>";
        var figures = new List<string> { HtmlPage.Figure("Path over the sample", figure.ToSvg() + key,
            $"{overview.Channel}, {overview.Frame.Columns} × {overview.Frame.Rows} pixels") };
        if (content.Steps.Count > 0)
            figures.Add(HtmlPage.Figure("What was found when", FindsChart(content, groups).ToSvg(), groups.HasTruth
                ? "accepted measurements per true class, by number of measurements" : "accepted measurements per cluster of like curves"));
        figures.AddRange(content.OverviewMaps.Select(map => HtmlPage.Figure(map.Channel, new ImageFigure
        {
            Title = $"{map.Channel} with {content.Steps.Count} measured points",
            Frame = overview.Frame,
            Layer = new ImageLayer(0, 0, 1, overview.Frame.Rows, overview.Frame.Columns, map.Values),
            Quantity = map.Channel,
            Unit = map.Unit,
            Colors = ColorMap.Grey,
            Marks = marks,
            Width = 620,
        }.ToSvg(), "laid on the overview; left empty where it does not reach")));
        page.Grid("grid-2", figures);
        Maps(page, content, overview.Frame);
    }

    private static Chart FindsChart(RunReportContent content, Groups groups)
    {
        double[] x = [.. content.Steps.Select((_, k) => k + 1.0)];
        var series = new List<ChartSeries>();
        foreach (CurveGroup group in groups.All)
        {
            int count = 0;
            series.Add(new LineSeries(group.Name, group.Color, x,
                [.. content.Steps.Select(s => (double)(groups.Of(s) == group.Color && s.Accepted ? ++count : count))])
            { Stepped = true });
        }
        return new Chart
        {
            Title = "Accepted measurements per class by step",
            X = new Axis("Measurement", "number"),
            Y = new Axis("Accepted so far", "curves") { IncludeZero = true },
            Series = series,
            Width = 520,
            Height = 430,
        };
    }

    private static void Maps(HtmlPage page, RunReportContent content, ScanFrame frame)
    {
        page.Section("What the model believes", "Over all candidates at the end of the run. Measured neighbourhoods and places where the tip may "
            + "not go are left empty.");
        if (content.Maps.Count == 0)
        {
            page.Raw("<p>No maps: this run trained no model, or ended before the first one.</p>");
            return;
        }
        var figures = new List<string>();
        foreach (CandidateMap map in content.Maps)
        {
            bool deviation = map.Name.Contains("deviation", StringComparison.OrdinalIgnoreCase)
                || map.Name.Contains("uncertain", StringComparison.OrdinalIgnoreCase);
            bool fits = map.Values.Length == map.Rows * map.Columns && map.Rows > 0 && map.Columns > 0;
            var figure = new ImageFigure
            {
                Title = "Map of the " + map.Name,
                Frame = frame,
                Layer = fits ? new ImageLayer(map.FirstRow, map.FirstColumn, map.Stride, map.Rows, map.Columns, map.Values) : null,
                Quantity = Capital(map.Name),
                Unit = map.Unit.Length == 0 ? "sd" : map.Unit,
                Colors = deviation ? ColorMap.Cividis : ColorMap.Viridis,
            };
            if (map.Name.Contains("acquisition", StringComparison.OrdinalIgnoreCase) && map.Unit.Length == 0)
                figure = new ImageFigure
                {
                    Title = figure.Title,
                    Frame = frame,
                    Layer = figure.Layer,
                    Quantity = figure.Quantity,
                    Unit = "dimensionless",
                    Colors = figure.Colors
                };
            string caption = deviation ? "Uncertainty: predicted deviation" : Capital(map.Name);
            figures.Add(HtmlPage.Figure(caption, figure.ToSvg(), map.Values.Any(float.IsFinite) ? "" : "every candidate is excluded"));
        }
        page.Grid("grid-3", figures);
    }

    private static string KeyEntry(Marker marker, string css, string name)
    {
        var svg = new SvgBuilder(14, 14, name, "", "mark");
        svg.Mark(marker, 7, 7, 4.6, marker == Marker.Cross ? $"stroke:{css}" : $"fill:{css}");
        return $"<span>{svg.Finish()}{HtmlPage.Escape(name)}</span>";
    }

    private static string Capital(string name) => name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..];
}
