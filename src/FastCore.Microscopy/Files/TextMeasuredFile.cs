using FastCore.Microscopy.Photovoltaics;

namespace FastCore.Microscopy.Files;

/// <summary>Text files whose kind shows in their titles: J-V curves, decays, and otherwise tables of numbers as curves on their first column.</summary>
internal static class TextMeasuredFile
{
    public static MeasuredFile Parse(byte[] bytes, string path)
    {
        if (DecayTextFile.TryParse(bytes, path, out string format) is { } decays)
            return new MeasuredFile { Path = path, Format = format, Decays = decays };
        if (JvTextFile.TryParse(bytes, path, out format, out Dictionary<string, string> notes) is { } curves)
        {
            return new MeasuredFile
            {
                Path = path,
                Format = format,
                JvCurves = curves,
                Metadata = notes,
                Remarks = curves.Any(c => c.IsCurrent) ? ["The file states no area: currents are in A, not A/m2."] : [],
            };
        }
        TextTable table = TextTable.Of(bytes, path);
        int first = 0;
        char separator = ',';
        while (first < table.Lines.Length && first < 100 && !TextTable.IsNumbers(table.Lines[first], out separator))
            first++;
        if (first == Math.Min(100, table.Lines.Length))
            throw FileFormats.Unknown(bytes, path);
        double[][] columns = table.Columns(first, table.Lines.Length, separator, 2);
        string[] titles = first > 0 ? TextTable.Cells(table.Lines[first - 1], separator) : [];
        if (titles.Length != columns.Length)
            titles = [.. columns.Select((_, c) => $"Column {c + 1}")];
        (string Name, string Unit)[] names = [.. titles.Select(NanonisSpectrumFile.NameAndUnit)];
        return new MeasuredFile
        {
            Path = path,
            Format = "table of numbers",
            Spectra =
            [
                new SpectrumSet("table", names[0].Name, names[0].Unit, columns[0], [.. names[1..].Select(n => n.Name)], [.. names[1..].Select(n => n.Unit)],
                    [.. columns[1..].SelectMany(column => column)], 1, 1),
            ],
        };
    }
}
