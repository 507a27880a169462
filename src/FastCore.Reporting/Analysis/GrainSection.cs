using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Analysis;

/// <summary>Grains: the segmentation over the image, sizes, shapes, angles at junctions, grooves.</summary>
internal static class GrainSection
{
    private const int Bins = 24;

    public static void Write(HtmlPage page, GrainPart part)
    {
        GrainMap map = part.Map;
        GrainSizes sizes = map.Sizes;
        string found = map.Source switch
        {
            GrainSource.Topography => "Domes of the levelled topography, parted where it is flooded from the tops; red boundaries have unlike flanks.",
            GrainSource.ElectronImage => "Regions that lines of the picture enclose.",
            _ => $"Regions in which neighbouring orientations differ by less than {AnalysisReport.Number(map.Options.MisorientationDegrees)} degrees.",
        };
        page.Section($"Grains of {part.Channel}", found + (part.HasScale ? "" : " The file states no scale: one pixel counts 10 nm."));
        page.Raw("<div class=\"facts\">" + string.Concat(
            HtmlPage.Fact($"{map.Grains.Count}", $"grains, {sizes.Count} of them whole"),
            HtmlPage.Fact(AnalysisReport.Text(sizes.MedianMetres, "m"), "median diameter"),
            HtmlPage.Fact(AnalysisReport.Text(sizes.AreaWeightedMeanMetres, "m"), "mean diameter over the area"),
            HtmlPage.Fact(AnalysisReport.Text(map.MeanLinearInterceptMetres, "m"), "mean linear intercept"),
            HtmlPage.Fact($"{AnalysisReport.Number(map.BoundaryDensityPerMetre * 1e-6)} /µm", "boundary length per area"),
            HtmlPage.Fact($"{map.Junctions.Count}", "junctions"),
            HtmlPage.Fact(AnalysisReport.Number(map.AstmGrainSizeNumber), "grain size number G (ASTM E112)")) + "</div>");
        var figures = new List<string> { Overlay(part), Distances(map) };
        page.Grid("grid-2", figures);
        List<string> charts = [Sizes(map), Angles(map)];
        if (map.Boundaries.Any(boundary => boundary.Groove is not null))
            charts.Add(Grooves(map));
        if (map.Boundaries.Any(boundary => boundary.MisorientationDegrees is not null))
            charts.Add(Misorientations(map));
        page.Grid(charts.Count == 3 ? "grid-3" : "grid-2", charts);
    }

    private static string Overlay(GrainPart part)
    {
        GrainMap map = part.Map;
        ScanFrame frame = map.Frame;
        bool orientations = part.Image is null && map.Grains.All(grain => grain.EulerDegrees is not null);
        float[] values = part.Image?.Values ?? [.. map.Labels.Select(label => (float)(orientations ? label : label * 7919 % 101))];
        return HtmlPage.Figure("Grains and boundaries", new ImageFigure
        {
            Title = "Boundaries of grains over the image",
            Frame = frame,
            Layer = new ImageLayer(0, 0, 1, frame.Rows, frame.Columns, values),
            Quantity = part.Image?.Channel ?? "Grain",
            Unit = part.Image?.Unit ?? "",
            Colors = ColorMap.Grey,
            ColorOfEach = orientations ? [.. map.Grains.Select(grain => InversePoleColor.Of(grain.EulerDegrees!.Value))] : null,
            Outlines = [.. map.Boundaries.Select(boundary => (boundary.Rows, boundary.Columns, boundary.IsAsymmetric ? "#ff6b5e" : orientations ? "#101010" : "#ffd84d"))],
            Width = 560,
        }.ToSvg(), $"{map.Boundaries.Count} boundaries, {AnalysisReport.Text(map.BoundaryLengthMetres, "m")} in all"
            + (orientations ? "; along the normal: red 001, green 101, blue 111 (cubic)" : ""));
    }

    private static string Distances(GrainMap map) => HtmlPage.Figure("Distance to the nearest boundary", new ImageFigure
    {
        Title = "Distance of every pixel to the nearest boundary",
        Frame = map.Frame,
        Layer = new ImageLayer(0, 0, 1, map.Frame.Rows, map.Frame.Columns, map.BoundaryDistanceMetres),
        Quantity = "Distance",
        Unit = "m",
        Marks = map.Junctions.Count > 1500 ? [] : [.. map.Junctions.Select(junction => new ImageMark(
            new PixelIndex((int)Math.Round(junction.Row), (int)Math.Round(junction.Column)), Marker.Circle, "#ff8d6b", $"{junction.Grains.Length} grains meet", 1.6))],
        Width = 560,
    }.ToSvg(), map.Junctions.Count > 1500 ? "" : "points: junctions");

    private static string Sizes(GrainMap map)
    {
        double[] diameters = [.. map.Grains.Where(grain => !grain.TouchesEdge).Select(grain => grain.EquivalentDiameterMetres)];
        GrainSizes sizes = map.Sizes;
        (double[] x, double[] y, double width) = Histogram(diameters, 0, diameters.Length == 0 ? 1 : diameters.Max());
        double[] curve = [.. x.Select(d => d > 0 && sizes.LogDeviation > 0
            ? diameters.Length * width / (d * sizes.LogDeviation * Math.Sqrt(2 * Math.PI)) * Math.Exp(-Math.Pow((Math.Log(d) - sizes.LogMean) / sizes.LogDeviation, 2) / 2) : double.NaN)];
        return HtmlPage.Figure("Size distribution", new Chart
        {
            Title = "Equivalent diameters of whole grains with the log-normal distribution of the same mean and deviation",
            X = new Axis("Equivalent diameter", "m") { IncludeZero = true },
            Y = new Axis("Grains", "number") { IncludeZero = true },
            Series = [new LineSeries("grains", 0, x, y) { Stepped = true }, new LineSeries("log-normal", 1, x, curve) { Width = 1.6 }],
        }.ToSvg(), $"median {AnalysisReport.Text(sizes.MedianMetres, "m")}, geometric deviation {AnalysisReport.Number(Math.Exp(sizes.LogDeviation))}, "
            + $"largest distance from log-normal {AnalysisReport.Number(sizes.LogNormalDistance)}");
    }

    private static string Angles(GrainMap map)
    {
        double[] degrees = [.. map.Junctions.Where(junction => junction.DihedralRadians.Length == 3).SelectMany(junction => junction.DihedralRadians).Select(angle => angle * 180 / Math.PI)];
        (double[] x, double[] y, _) = Histogram(degrees, 0, 360);
        return HtmlPage.Figure("Dihedral angles", new Chart
        {
            Title = "Angles between the boundaries at triple junctions",
            X = new Axis("Dihedral angle", "°") { Minimum = 0, Maximum = 300 },
            Y = new Axis("Angles", "number") { IncludeZero = true },
            Series = [new LineSeries("angles", 0, x, y) { Stepped = true }, new RuleSeries("120°", -1, 120, Vertical: true)],
        }.ToSvg(), $"{degrees.Length / 3} triple junctions whose three branches are long enough, deviation "
            + $"{AnalysisReport.Number(degrees.Length == 0 ? null : Math.Sqrt(degrees.Average(a => (a - 120) * (a - 120))))}°");
    }

    private static string Grooves(GrainMap map)
    {
        GrooveProfile[] all = [.. map.Boundaries.Select(boundary => boundary.Groove).OfType<GrooveProfile>()];
        double pitch = map.Frame.PixelPitch.Value;
        double[] x = [.. Enumerable.Range(0, GrooveProfile.Samples).Select(s => (s - (GrooveProfile.Samples / 2)) * GrooveProfile.StepPixels * pitch)];
        List<ChartSeries> series = [];
        foreach ((string name, int color, bool asymmetric) in (ReadOnlySpan<(string, int, bool)>)[("like flanks", 0, false), ("unlike flanks", 1, true)])
        {
            // The lower shoulder to the left, so that steps do not cancel.
            IEnumerable<GrooveProfile> grooves = map.Boundaries.Where(boundary => boundary.IsAsymmetric == asymmetric).Select(boundary => boundary.Groove).OfType<GrooveProfile>();
            float[][] group = [.. grooves.Select(groove =>
                groove.StepMetres >= 0 ? groove.HeightMetres : [.. groove.HeightMetres.Reverse()])];
            if (group.Length > 0)
                series.Add(new LineSeries($"{name} ({group.Length})", color, x, [.. x.Select((_, s) => SpectralStatistics.Median(group.Select(profile => (double)profile[s])))]));
        }
        return HtmlPage.Figure("Grooves", new Chart
        {
            Title = "Median profile across boundaries with like and with unlike flanks",
            X = new Axis("Distance from the boundary", "m"),
            Y = new Axis("Height over the floor", "m") { IncludeZero = true },
            Series = series,
        }.ToSvg(), $"median depth {AnalysisReport.Text(SpectralStatistics.Median(all.Select(groove => groove.DepthMetres)), "m")}; the higher grain is drawn on the right");
    }

    private static string Misorientations(GrainMap map)
    {
        double[] degrees = [.. map.Boundaries.Select(boundary => boundary.MisorientationDegrees).OfType<double>()];
        (double[] x, double[] y, _) = Histogram(degrees, 0, 65);
        return HtmlPage.Figure("Misorientation", new Chart
        {
            Title = "Misorientation angles across boundaries",
            X = new Axis("Misorientation", "°"),
            Y = new Axis("Boundaries", "number") { IncludeZero = true },
            Series = [new LineSeries("boundaries", 0, x, y) { Stepped = true }],
        }.ToSvg(), "angles between the mean orientations of both grains, cubic symmetry");
    }

    // Steps that start at the left edge of their bin; the last one returns to 0.
    private static (double[] X, double[] Y, double Width) Histogram(double[] values, double from, double to)
    {
        double width = (to - from) / Bins;
        var x = new double[Bins + 2];
        var y = new double[Bins + 2];
        for (int k = 0; k < x.Length; k++)
            x[k] = from + (k * width);
        foreach (double value in values)
            y[Math.Clamp((int)((value - from) / width), 0, Bins)]++;
        return (x, y, width);
    }
}
