using FastCore.Autonomy.LatentMap;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Imaging;
using FastCore.Reporting.Charts;
using FastCore.Reporting.Sections.LatentMap;

namespace FastCore.Reporting;

/// <summary>Draws what a latent map says about an image: its codes, or the curves that it expects there.</summary>
public static class ImageMapReport
{
    private const int CurvesShown = 40;

    /// <summary>The latent codes over an image.</summary>
    public static string RenderMap(string source, ScanImage image, IReadOnlyList<CandidateMap> maps)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(maps);
        const string Title = "A latent map over an image";
        HtmlPage page = Header(Title, source, image);
        string[] figures = [Picture(image), .. ImageSection.Maps(maps, image.Frame)];
        page.Grid(figures.Length % 3 == 0 ? "grid-3" : "grid-2", figures);
        return page.Finish(Title);
    }

    /// <summary>The curves expected over an image.</summary>
    public static string RenderPrediction(string source, ExpectedCurves prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        const string Title = "Curves expected from structure alone";
        HtmlPage page = Header(Title, source, prediction.Image);
        page.Section("Quantities of the expected curves", "What a latent map expects at each place from the patch around it; nothing was measured here.");
        string[] figures = [Picture(prediction.Image), .. ImageSection.Maps([.. prediction.Maps.OrderBy(map => map.Name == "spread of the prediction"
            ? 0 : 1)], prediction.Image.Frame)];
        page.Grid("grid-3", figures);
        int places = prediction.Rows * prediction.Columns, stride = Math.Max(1, places / CurvesShown);
        double[] bias = prediction.Waveform is { } waveform ? waveform.BiasVolts.ToArray()
            : [.. Enumerable.Range(0, prediction.Length).Select(k => (double)k)];
        page.Section("The curves", "An even choice of places over the image, and the spread that the code of one patch leaves.");
        double[] median = [.. Enumerable.Range(0, prediction.Length).Select(k => Median(prediction.Curves, k)).Take(bias.Length)];
        double[] spread = [.. Enumerable.Range(0, prediction.Length).Select(k => Median(prediction.Deviations, k)).Take(bias.Length)];
        Axis x = prediction.Waveform is null ? new("Sample", "number") : new("Bias", "V"), y = prediction.Unit == "A" ? new("Current", "A")
            : new("Signal", "dimensionless");
        page.Grid("grid-2",
        [
            HtmlPage.Figure("Expected curves", new Chart
            {
                Title = "Expected curves over the image",
                X = x,
                Y = y,
                Series = [.. Enumerable.Range(0, places).Where(p => p % stride == 0).Select(p =>
                    new LineSeries("", 0, bias, prediction.Curves[(p * prediction.Length)..((p * prediction.Length) + bias.Length)]) { Width = 1,
                    Opacity = 0.4 })],
                Width = 520,
                Height = 330,
            }.ToSvg(), $"{(places + stride - 1) / stride} of {places} places"),
            HtmlPage.Figure("Median and spread", new Chart
            {
                Title = "Median expected curve with the median spread of one place",
                X = x,
                Y = y,
                Series =
                [
                    // The two branches of a sweep would make one band of both; each is drawn by itself.
                    .. Branches(prediction, bias.Length).Select((branch, b) => new BandSeries(b == 0 ? "one deviation" : "", 2, bias[branch],
                        [.. median[branch].Zip(spread[branch]).Select(v => v.First - v.Second)],
                            [.. median[branch].Zip(spread[branch]).Select(v => v.First + v.Second)])),
                    new LineSeries("median", 0, bias, median) { Width = 2 },
                ],
                Width = 520,
                Height = 330,
            }.ToSvg(), "the spread of the code alone, without noise of a measurement"),
        ]);
        return page.Finish(Title);

        double Median(double[] values, int k) => SpectralStatistics.Median(Enumerable.Range(0, places).Select(p =>
            values[(p * prediction.Length) + k]));
    }

    private static IEnumerable<Range> Branches(ExpectedCurves prediction, int length)
    {
        int turn = prediction.Waveform?.Turnaround ?? (length - 1);
        yield return ..(turn + 1);
        if (turn + 1 < length)
            yield return turn..length;
    }

    private static HtmlPage Header(string title, string source, ScanImage image) => new HtmlPage().Raw(
        $"<header><h1>{HtmlPage.Escape(title)}</h1><p>{HtmlPage.Escape($"{source} · {image.Frame.Columns} × {image.Frame.Rows} pixels")}</p></header>");

    private static string Picture(ScanImage image)
    {
        (float[] values, string quantity) = ImageSection.Heights(image);
        return HtmlPage.Figure("The image", new ImageFigure
        {
            Title = "The image",
            Frame = image.Frame,
            Layer = new ImageLayer(0, 0, 1, image.Frame.Rows, image.Frame.Columns, values),
            Quantity = quantity,
            Unit = image.Unit,
            Colors = ColorMap.Grey,
        }.ToSvg());
    }
}
