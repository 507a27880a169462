using FastCore.Autonomy.LatentMap;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Imaging;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections.LatentMap;

/// <summary>The map laid over the image: where on the sample each place of the latent space is.</summary>
internal static class ImageSection
{
    public static void Write(HtmlPage page, LatentMapRecord record)
    {
        page.Section("The map over the sample", "Latent code of the patch around every pixel; where the curve was never measured it is what structure alone tells.");
        if (record.Table.Image is not { } image)
        {
            page.Raw("<p>The pairs came without the image that their patches were cut from; 'fastcore vae map DIR --image FILE' lays the map over one.</p>");
            return;
        }
        ScanFrame frame = image.Scan.Frame;
        var groups = new MapGroups(record);
        (float[] values, string quantity) = Heights(image.Scan);
        var figures = new List<string>
        {
            HtmlPage.Figure("Where the pairs are", new ImageFigure
            {
                Title = $"Image with {record.Table.Count} pairs",
                Frame = frame,
                Layer = new ImageLayer(0, 0, 1, frame.Rows, frame.Columns, values),
                Quantity = quantity,
                Unit = image.Scan.Unit,
                Colors = ColorMap.Grey,
                Marks = [.. record.Table.Pixels.Select((pixel, i) => new ImageMark(pixel, Palette.MarkerOf(groups.Of(i)), Palette.Css(groups.Of(i)),
                    $"pair {i + 1}, {groups.NameOf(i)}", 3.6))],
            }.ToSvg() + groups.Key(), groups.What.Length > 0 ? "by " + groups.What : ""),
        };
        figures.AddRange(record.Table.FurtherImages.Select(further => HtmlPage.Figure(further.Scan.Channel, new ImageFigure
        {
            Title = $"{further.Scan.Channel}, a further channel of the patches",
            Frame = frame,
            Layer = new ImageLayer(0, 0, 1, frame.Rows, frame.Columns, further.Scan.Values),
            Quantity = further.Scan.Channel,
            Unit = further.Scan.Unit,
            Colors = ColorMap.Grey,
        }.ToSvg(), "laid on the image")));
        figures.AddRange(Maps(record.Maps, frame));
        page.Grid(figures.Count % 3 == 0 ? "grid-3" : "grid-2", figures);
    }

    /// <summary>One figure for each map.</summary>
    public static IEnumerable<string> Maps(IReadOnlyList<CandidateMap> maps, ScanFrame frame) =>
        maps.Select(map => HtmlPage.Figure(Capital(map.Name), new ImageFigure
        {
            Title = $"{Capital(map.Name)} over the image",
            Frame = frame,
            Layer = new ImageLayer(map.FirstRow, map.FirstColumn, map.Stride, map.Rows, map.Columns, map.Values),
            Quantity = Capital(map.Name),
            Unit = map.Unit,
        }.ToSvg()));

    /// <summary>Heights count from the lowest point: absolute piezo extension says nothing.</summary>
    public static (float[] Values, string Quantity) Heights(ScanImage scan)
    {
        if (scan.Unit != "m")
            return (scan.Values, scan.Channel);
        float lowest = scan.Values.Where(float.IsFinite).DefaultIfEmpty(0).Min();
        return ([.. scan.Values.Select(v => v - lowest)], scan.Channel + " above lowest");
    }

    private static string Capital(string name) => name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..];
}
