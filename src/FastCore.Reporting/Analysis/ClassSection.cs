using FastCore.Autonomy.Analysis;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Analysis;

/// <summary>What a run's curves say about interior, boundaries and junctions.</summary>
internal static class ClassSection
{
    private const int FewestBoxes = 3;
    private const int MostBoxes = 6;

    public static void Write(HtmlPage page, RunPart part)
    {
        RunAnalysis analysis = part.Analysis;
        IReadOnlyList<string> names = RunAnalysis.ClassNames;
        ClassComparison[] standing = [.. analysis.Comparisons.Where(comparison => comparison.Stands).OrderBy(comparison => comparison.AdjustedPValue)];
        page.Section("Transport by structure", $"Classes are those of the overview's grains, with no other knowledge. Kruskal-Wallis over all classes; p is corrected for "
            + $"{analysis.Comparisons.Count} quantities (Holm). {(standing.Length == 0 ? "No quantity differs at 5 %." : $"{standing.Length} differ at 5 %.")}");
        page.Grid("grid-2", [Places(analysis), .. Medians(analysis)]);
        page.Raw(HtmlPage.Table(["Quantity", .. names.Select(name => "#" + name), "#p, corrected", "Largest difference of two classes"],
            analysis.Comparisons.OrderBy(comparison => double.IsNaN(comparison.AdjustedPValue) ? 2 : comparison.AdjustedPValue).Select(comparison => (IReadOnlyList<string>)
            [
                comparison.Quantity, .. comparison.Classes.Select(spread => Cell(spread, comparison.Unit)),
                Probability(comparison.AdjustedPValue), Difference(comparison),
            ]), "groups"));
        // At least three, so that a page without findings shows how much the classes overlap.
        ClassComparison[] boxes = [.. analysis.Comparisons.Where(comparison => double.IsFinite(comparison.AdjustedPValue)).OrderBy(comparison => comparison.AdjustedPValue)
            .ThenBy(comparison => comparison.PValue).Take(Math.Clamp(standing.Length, FewestBoxes, MostBoxes))];
        page.Grid("grid-3", boxes.Select(comparison => HtmlPage.Figure(Capital(comparison.Quantity), new Chart
        {
            Title = $"{comparison.Quantity} by class",
            X = new Axis("Class", "") { Categories = [.. names.Select(name => name.Replace(" boundary", "", StringComparison.Ordinal))] },
            Y = new Axis(Capital(comparison.Quantity), comparison.Unit),
            // Boxes of quartiles: the table has no extremes, outliers would set the scale.
            Series = [new BoxSeries("", 0, [.. comparison.Classes.Select(spread => spread.Count == 0 ? Array.Empty<double>()
                : [spread.LowerQuartile, spread.LowerQuartile, spread.Median, spread.UpperQuartile, spread.UpperQuartile])])],
        }.ToSvg(), $"median and quartiles, p = {Probability(comparison.AdjustedPValue)}")));
    }

    private static string Places(RunAnalysis analysis)
    {
        ScanImage image = analysis.Run.Overview!;
        return HtmlPage.Figure("Where curves were measured", new ImageFigure
        {
            Title = "Measured places by class over the boundaries of grains",
            Frame = image.Frame,
            Layer = new ImageLayer(0, 0, 1, image.Frame.Rows, image.Frame.Columns, image.Values),
            Quantity = image.Channel,
            Unit = image.Unit,
            Colors = ColorMap.Grey,
            Outlines = [.. analysis.Grains.Boundaries.Select(boundary => (boundary.Rows, boundary.Columns, "rgba(255,216,77,.55)"))],
            Marks = [.. analysis.Steps.Select((step, k) => new ImageMark(step.Pixel, Palette.MarkerOf((int)analysis.Classes[k]), Palette.Css((int)analysis.Classes[k]),
                $"measurement {step.Step + 1}, {RunAnalysis.ClassNames[(int)analysis.Classes[k]]}", 4))],
            Width = 560,
        }.ToSvg(), string.Join(", ", Enumerable.Range(0, RunAnalysis.ClassNames.Count).Select(c => $"{analysis.Classes.Count(own => (int)own == c)} {RunAnalysis.ClassNames[c]}")));
    }

    private static IEnumerable<string> Medians(RunAnalysis analysis)
    {
        if (analysis.Run.Waveform is not { } waveform)
            yield break;
        double[] bias = waveform.BiasVolts.ToArray();
        List<ChartSeries> series = [];
        foreach (StructuralClass place in Enum.GetValues<StructuralClass>())
        {
            StepRecord[] own = [.. analysis.Steps.Where((_, k) => analysis.Classes[k] == place)];
            if (own.Length > 0)
            {
                series.Add(new LineSeries($"{RunAnalysis.ClassNames[(int)place]} ({own.Length})", (int)place, bias,
                    [.. bias.Select((_, k) => SpectralStatistics.Median(own.Select(step => step.CurrentAmperes[k])))])
                { Width = 2 });
            }
        }
        yield return HtmlPage.Figure("Median curves", new Chart
        {
            Title = "Median current-voltage curve of each class",
            X = new Axis("Bias", "V"),
            Y = new Axis("Current", "A") { IncludeZero = true },
            Series = series,
            Width = 560,
            Height = 420,
        }.ToSvg(), "both branches of the sweep");
    }

    private static string Cell(ClassSpread spread, string unit) => spread.Count == 0 ? "–"
        : $"{Value(spread.Median, unit)}\n{Value(spread.LowerQuartile, unit)} … {Value(spread.UpperQuartile, unit)}, n = {spread.Count}";

    private static string Value(double value, string unit) => unit.Length == 0 ? AnalysisReport.Number(value) : AnalysisReport.Text(value, unit);

    private static string Probability(double p) => double.IsNaN(p) ? "–" : p < 0.001 ? "< 0.001" : AnalysisReport.Number(p);

    private static string Difference(ClassComparison comparison)
    {
        if (comparison.Pairs.Count == 0)
            return "–";
        ClassPair pair = comparison.Pairs.MaxBy(candidate => Math.Abs(candidate.CliffsDelta))!;
        return $"{RunAnalysis.ClassNames[pair.Second]} {(pair.CliffsDelta >= 0 ? "above" : "below")} {RunAnalysis.ClassNames[pair.First]}\n"
            + $"Cliff's delta {AnalysisReport.Number(pair.CliffsDelta)}, p = {Probability(pair.AdjustedPValue)}";
    }

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
