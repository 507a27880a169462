using FastCore.Microscopy.Files;

namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// Photoluminescence decays as text: PicoQuant's histograms ("#ns/bin", "#counts"), and tables of time in nanoseconds and counts (with a standard
/// deviation as third of three columns, or one decay per column).
/// </summary>
public static class DecayTextFile
{
    private const double Nanosecond = 1e-9;

    /// <summary>Reads all decays of a file. A table without titles is taken as time in nanoseconds and counts.</summary>
    /// <exception cref="InvalidDataException">No decay, or a line that is no row of numbers; the message names file and line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<DecayCurve> Read(string path)
    {
        byte[] bytes = FileFormats.Bytes(path);
        return TryParse(bytes, path, out _) ?? Table(TextTable.Of(bytes, path), 0, path);
    }

    /// <summary>The decays, or null where the text is not certainly one.</summary>
    internal static List<DecayCurve>? TryParse(byte[] bytes, string path, out string format)
    {
        TextTable table = TextTable.Of(bytes, path);
        if (table.Find("#ns/bin") is var width and >= 0)
        {
            format = "decays (PicoQuant)";
            return PicoQuant(table, width, path);
        }
        format = "decays (table)";
        string first = table.Lines[0].Trim();
        if (first.StartsWith("x1,x2", StringComparison.Ordinal))
            return Powers(table);
        string start = first.Split(',', '\t', ';')[0].Trim().Trim('"');
        if (table.Lines.Length > 1 && TextTable.IsNumbers(table.Lines[1], out _)
            && (start.StartsWith("time", StringComparison.OrdinalIgnoreCase) || start is "t" or "ns" || start.StartsWith("t (", StringComparison.OrdinalIgnoreCase)))
            return Table(table, 1, path);
        return null;
    }

    private static List<DecayCurve> PicoQuant(TextTable table, int width, string path)
    {
        int counts = table.Find("#counts", width);
        if (counts < 0 || width + 1 >= table.Lines.Length)
            throw table.Refuse(width, "no '#counts' follows '#ns/bin'; the file is cut off.");
        string[] widths = TextTable.Cells(table.Lines[width + 1], ' ');
        double[][] columns = table.Columns(counts + 1, table.Lines.Length, ' ', 1);
        if (widths.Length < columns.Length)
            throw table.Refuse(width + 1, $"{widths.Length} widths of a bin for {columns.Length} curves; the file is damaged.");
        int claimed = table.Find("#channels per curve") is var line and >= 0 && line + 1 < table.Lines.Length
            && int.TryParse(TextTable.Cells(table.Lines[line + 1], ' ').FirstOrDefault(), out int bins) ? bins : columns[0].Length;
        if (columns[0].Length != claimed)
            throw table.Refuse(counts, $"{columns[0].Length} bins follow; '#channels per curve' says {claimed}. The file is cut off or damaged: export it again.");
        var decays = new List<DecayCurve>();
        for (int c = 0; c < columns.Length; c++)
        {
            if (!ByteReader.TryNumber(widths[c], out double nanoseconds) || !(nanoseconds > 0))
                throw table.Refuse(width + 1, $"the width of a bin is {ByteReader.Quote(widths[c])}; a positive number of ns was expected.");
            var time = new double[claimed];
            for (int k = 0; k < claimed; k++)
                time[k] = k * nanoseconds * Nanosecond;
            string name = Path.GetFileNameWithoutExtension(path);
            decays.Add(new DecayCurve(columns.Length == 1 ? name : $"{name} {c}", time, columns[c]));
        }
        return decays;
    }

    // Titles x1, x2 ...: three lines of excitation power, filter and background for each decay, then time in ns and counts.
    private static List<DecayCurve> Powers(TextTable table)
    {
        double[][] columns = table.Columns(1, table.Lines.Length, ',', 2);
        if (columns[0].Length < 5)
            throw table.Refuse(table.Lines.Length - 1, "three lines of settings and the decays were expected; the file is cut off.");
        double[] time = Array.ConvertAll(columns[0][3..], t => t * Nanosecond);
        return [.. Enumerable.Range(1, columns.Length - 1).Select(c => new DecayCurve(
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"power {columns[c][0]:g4}"), time, columns[c][3..]) { BackgroundCounts = columns[c][2] })];
    }

    private static List<DecayCurve> Table(TextTable table, int from, string path)
    {
        int first = from;
        char separator = ',';
        while (first < table.Lines.Length && !TextTable.IsNumbers(table.Lines[first], out separator))
            first++;
        double[][] columns = table.Columns(first, table.Lines.Length, separator, 2);
        double[] time = Array.ConvertAll(columns[0], t => t * Nanosecond);
        string name = Path.GetFileNameWithoutExtension(path);
        if (columns.Length == 3)
        {
            // Decays one below the other: time starts again.
            var decays = new List<DecayCurve>();
            int start = 0;
            for (int k = 1; k <= time.Length; k++)
            {
                if (k < time.Length && time[k] >= time[k - 1])
                    continue;
                decays.Add(new DecayCurve(start == 0 && k == time.Length ? name : $"{name} {decays.Count}", time[start..k], columns[1][start..k])
                {
                    DeviationCounts = columns[2][start..k],
                });
                start = k;
            }
            return decays;
        }
        return [.. Enumerable.Range(1, columns.Length - 1).Select(c => new DecayCurve(columns.Length == 2 ? name : $"{name} {c}", time, columns[c]))];
    }
}
