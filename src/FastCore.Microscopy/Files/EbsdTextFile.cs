using System.Globalization;

namespace FastCore.Microscopy.Files;

/// <summary>
/// Electron backscatter diffraction maps as text: Oxford's channel text (.ctf, Euler angles in degree, steps in um) and EDAX's .ang (Euler angles in
/// radian, steps in um, square grids). The images are phase, the three Euler angles in degree (Bunge) and the qualities of the pattern.
/// </summary>
public static class EbsdTextFile
{
    private const double Micrometre = 1e-6;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Not a map, or fewer points than it says; the message names file and line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Read(string path) => FileFormats.Read(path);

    internal static bool RecognisesChannelText(ReadOnlySpan<byte> bytes) => bytes.StartsWith("Channel Text File"u8);

    internal static bool RecognisesAng(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("# TEM_PIXperUM"u8) || bytes.StartsWith("# HEADER: Start"u8) || bytes.StartsWith("# File 1"u8);

    internal static MeasuredFile ParseChannelText(byte[] bytes, string path)
    {
        TextTable table = TextTable.Of(bytes, path);
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        int titles = table.Find("Phase\t");
        if (titles < 0)
            throw table.Refuse(table.Lines.Length - 1, "no line of titles that begins with \"Phase\"; the file is cut off inside its header.");
        for (int i = 1; i < titles; i++)
        {
            string[] pair = TextTable.Cells(table.Lines[i], '\t');
            // A line of acquisition settings lists several pairs.
            for (int k = 0; k + 1 < pair.Length && pair.Length < 20; k += 2)
                notes.TryAdd(pair[k], pair[k + 1]);
            if (pair.Length % 2 == 1 && pair.Length > 2)
                notes.TryAdd(pair[0], string.Join(' ', pair[1..]));
        }
        int columns = Count(table, notes, "XCells");
        int rows = Count(table, notes, "YCells");
        double stepX = Step(table, notes, "XStep");
        double stepY = Step(table, notes, "YStep");
        string[] names = TextTable.Cells(table.Lines[titles], '\t');
        double[][] data = table.Columns(titles + 1, table.Lines.Length, '\t', names.Length);
        Fits(table, data, names.Length, rows, columns);
        var channels = new List<MeasuredChannel>();
        for (int c = 0; c < names.Length; c++)
        {
            if (names[c] is "X" or "Y")
                continue;
            channels.Add(Channel(names[c], names[c].StartsWith("Euler", StringComparison.Ordinal) || names[c] == "MAD" ? "deg" : "", data[c], rows, columns, stepX, stepY, 1));
        }
        return new MeasuredFile { Path = path, Format = "EBSD channel text", Channels = channels, Metadata = notes };
    }

    internal static MeasuredFile ParseAng(byte[] bytes, string path)
    {
        TextTable table = TextTable.Of(bytes, path);
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        int from = 0;
        while (from < table.Lines.Length && (table.Lines[from].StartsWith('#') || table.Lines[from].Trim().Length == 0))
        {
            string line = table.Lines[from++].TrimStart('#', ' ');
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                notes.TryAdd(line[..colon].Trim(), line[(colon + 1)..].Trim());
        }
        if (notes.TryGetValue("GRID", out string? grid) && !grid.StartsWith("Sqr", StringComparison.OrdinalIgnoreCase))
            throw table.Refuse(0, $"the map has a grid of kind {ByteReader.Quote(grid)}; square grids are read. Export it as a square grid.");
        int columns = Count(table, notes, "NCOLS_ODD");
        int rows = Count(table, notes, "NROWS");
        double stepX = Step(table, notes, "XSTEP");
        double stepY = Step(table, notes, "YSTEP");
        double[][] data = table.Columns(from, table.Lines.Length, ' ', 8);
        Fits(table, data, 8, rows, columns);
        const double degree = 180 / Math.PI;
        (string Name, int Column, string Unit, double Factor)[] wanted =
            [("Phase", 7, "", 1), ("Euler1", 0, "deg", degree), ("Euler2", 1, "deg", degree), ("Euler3", 2, "deg", degree), ("IQ", 5, "", 1), ("CI", 6, "", 1)];
        return new MeasuredFile
        {
            Path = path,
            Format = "EBSD .ang",
            Channels = [.. wanted.Select(w => Channel(w.Name, w.Unit, data[w.Column], rows, columns, stepX, stepY, w.Factor))],
            Metadata = notes,
        };
    }

    private static MeasuredChannel Channel(string name, string unit, double[] values, int rows, int columns, double stepX, double stepY, double factor) =>
        new(name, unit, rows, columns, Array.ConvertAll(values, v => (float)(v * factor)), columns * stepX * Micrometre, rows * stepY * Micrometre);

    private static void Fits(TextTable table, double[][] data, int fewest, int rows, int columns)
    {
        if (data.Length < fewest || (long)rows * columns != data[0].Length)
        {
            throw table.Refuse(table.Lines.Length - 1, $"{data[0].Length} points of {data.Length} numbers; {columns} x {rows} points of at least {fewest} were expected. "
                + "The file is cut off or damaged.");
        }
    }

    private static int Count(TextTable table, Dictionary<string, string> notes, string key) =>
        notes.TryGetValue(key, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count
            : throw table.Refuse(0, $"'{key}' is {(text is null ? "missing" : ByteReader.Quote(text))}; a positive whole number was expected in the header.");

    private static double Step(TextTable table, Dictionary<string, string> notes, string key) =>
        notes.TryGetValue(key, out string? text) && ByteReader.TryNumber(text, out double step) && step > 0 && double.IsFinite(step) ? step
            : throw table.Refuse(0, $"'{key}' is {(text is null ? "missing" : ByteReader.Quote(text))}; a positive number of um was expected in the header.");
}
