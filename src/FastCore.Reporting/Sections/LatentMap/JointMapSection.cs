using FastCore.Autonomy.LatentMap;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections.LatentMap;

/// <summary>Both codes of every pair in the shared space.</summary>
internal static class JointMapSection
{
    public static void Write(HtmlPage page, LatentMapRecord record)
    {
        page.Section("The joint map", "Every pair stands twice in the shared space: where its patch was put, and where its curve was put. Short links mean that structure and "
            + "transport agree.");
        var groups = new MapGroups(record);
        int size = record.LatentSize, n = record.Table.Count;
        (int down, int along) = Axes(record);
        (double[] Codes, string Name)[] sides = [(record.PatchCodes, "patch"), (record.CurveCodes, "curve")];
        var links = new double[3 * n];
        var heights = new double[3 * n];
        for (int i = 0; i < n; i++)
        {
            (links[3 * i], heights[3 * i]) = At(record.PatchCodes, i);
            (links[(3 * i) + 1], heights[(3 * i) + 1]) = At(record.CurveCodes, i);
            (links[(3 * i) + 2], heights[(3 * i) + 2]) = (double.NaN, double.NaN);
        }
        Axis x = new($"Latent {along + 1}", "dimensionless"), y = down < 0 ? new Axis("Pair", "number")
            : new Axis($"Latent {down + 1}", "dimensionless");
        page.Grid("grid-2",
        [
            HtmlPage.Figure("Patch and curve of each pair", new Chart
            {
                Title = "Codes of patches and curves with links between the pairs",
                X = x,
                Y = y,
                Series =
                [
                    new LineSeries("", -1, links, heights) { Width = 0.8, Opacity = 0.45 },
                    .. sides.Select((side, s) => new ScatterSeries(side.Name, s, [.. Pairs(n).Select(i => At(side.Codes, i).X)],
                        [.. Pairs(n).Select(i => At(side.Codes, i).Y)])
                    {
                        Marker = s == 0 ? Marker.Circle : Marker.Square,
                        Radius = 3,
                        Notes = [.. Pairs(n).Select(i => $"pair {i + 1}, {side.Name}{(groups.What.Length > 0 ? ", " + groups.NameOf(i) : "")}")],
                    }),
                ],
                Width = 520,
                Height = 430,
            }.ToSvg(), "lines join the two codes of a pair"),
            .. groups.What.Length == 0 ? [] : sides.Select(side => HtmlPage.Figure($"Codes of the {Plural(side.Name)} by {groups.What}", new Chart
            {
                Title = $"Codes of the {Plural(side.Name)} by {groups.What}",
                X = x,
                Y = y,
                Series = [.. groups.Names.Select((name, g) =>
                {
                    int[] members = [.. Pairs(n).Where(i => groups.Of(i) == g)];
                    return new ScatterSeries(name, g, [.. members.Select(i => At(side.Codes, i).X)], [.. members.Select(i => At(side.Codes, i).Y)])
                    {
                        Marker = Palette.MarkerOf(g),
                        Radius = 3.2,
                        Notes = [.. members.Select(i => $"pair {i + 1}, {name}{(record.HeldOut.Contains(i) ? ", held out" : "")}")],
                    };
                })],
                Width = 520,
                Height = 430,
            }.ToSvg())),
            Distances(record),
        ]);

        (double X, double Y) At(double[] codes, int i) => (codes[(i * size) + along], down < 0 ? i + 1 : codes[(i * size) + down]);
    }

    /// <summary>Dimensions down and along the drawing, as in the manifolds; -1 where there is one only.</summary>
    public static (int Down, int Along) Axes(LatentMapRecord record) =>
        record.Manifold is { } m ? (m.RowDimension, m.ColumnDimension) : record.LatentSize == 1 ? (-1, 0) : (0, 1);

    private static string Distances(LatentMapRecord record)
    {
        int size = record.LatentSize;
        double[] x = new double[record.Table.Count], y = new double[record.Table.Count];
        var series = new List<ChartSeries>();
        for (int d = 0; d < Math.Min(size, 5); d++)
        {
            x = [.. Pairs(record.Table.Count).Select(i => record.PatchCodes[(i * size) + d])];
            y = [.. Pairs(record.Table.Count).Select(i => record.CurveCodes[(i * size) + d])];
            series.Add(new ScatterSeries($"latent {d + 1}", d, x, y) { Marker = Palette.MarkerOf(d), Radius = 2.6 });
        }
        double[] all = [.. record.PatchCodes, .. record.CurveCodes];
        double low = all.Where(double.IsFinite).DefaultIfEmpty(0).Min(), high = all.Where(double.IsFinite).DefaultIfEmpty(1).Max();
        return HtmlPage.Figure("Do the two codes agree?", new Chart
        {
            Title = "Code of the curve against code of the patch, by dimension",
            X = new Axis("Code of the patch", "dimensionless"),
            Y = new Axis("Code of the curve", "dimensionless"),
            Series = [new LineSeries("", -1, [low, high], [low, high]) { Dashed = true, Width = 1.2 }, .. series],
            Width = 520,
            Height = 430,
        }.ToSvg(), "on the dashed line they are equal");
    }

    private static string Plural(string side) => side == "patch" ? "patches" : "curves";

    private static IEnumerable<int> Pairs(int count) => Enumerable.Range(0, count);
}
