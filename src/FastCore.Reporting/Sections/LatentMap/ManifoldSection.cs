using FastCore.Autonomy.LatentMap;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections.LatentMap;

/// <summary>What both decoders draw over the shared space.</summary>
internal static class ManifoldSection
{
    public static void Write(HtmlPage page, LatentMapRecord record)
    {
        if (record.Manifold is not { } manifold)
            return;
        page.Section("What a place in the map means", "The same places decoded as structure and as transport: read the left grid and the right grid together. Places are quantiles of the "
            + "standard normal distribution from 5 to 95 %, where most pairs are.");
        PairTable table = record.Table;
        string rows = manifold.RowDimension < 0 ? "One dimension" : $"Latent {manifold.RowDimension + 1}",
            columns = $"Latent {manifold.ColumnDimension + 1}";
        TileFigure Grid(string title) => new()
        {
            Title = title,
            RowValues = manifold.RowValues,
            ColumnValues = manifold.ColumnValues,
            RowTitle = rows,
            ColumnTitle = columns,
        };
        double[] bias = table.Waveform is { } waveform ? waveform.BiasVolts.ToArray()
            : [.. Enumerable.Range(0, table.SpectrumLength).Select(k => (double)k)];
        string range = Range(manifold.Curves, table.SpectrumUnit);
        page.Grid("grid-2",
        [
            HtmlPage.Figure("Patches", Grid("Patches that the decoder draws over the latent space").Pictures(manifold.Patches, table.PatchHeight,
                table.PatchWidth, ColorMap.Viridis),
                $"{table.PatchHeight} × {table.PatchWidth} pixels each, unturned and unmoved; dark is low"),
            HtmlPage.Figure("Curves", Grid("Curves that the decoder draws over the latent space").Curves(bias, manifold.Curves),
                $"{(table.Waveform is { } w ? $"bias {SiFormat.Quantity(bias.Min(), "V")} to {SiFormat.Quantity(bias.Max(), "V")}{(w.HasReturnBranch ? ", both branches" : "")}" : "by sample")}; all from {range}"),
        ]);
    }

    private static string Range(double[] values, string unit)
    {
        double low = values.Where(double.IsFinite).DefaultIfEmpty(0).Min(), high = values.Where(double.IsFinite).DefaultIfEmpty(0).Max();
        return $"{LatentMapReport.Quantity(low, unit)} to {LatentMapReport.Quantity(high, unit)}";
    }
}
