using System.Buffers.Binary;
using System.Globalization;

namespace FastCore.Microscopy.Files;

/// <summary>
/// Electron backscatter diffraction maps of Oxford's Channel 5 and AZtec in two files: the project (.cpr, sections of "key=value" lines: grid, step in
/// um, codes of the fields) and the points (.crc, one record each, row by row from the top, the phase in one byte and then the fields, little-endian).
/// The images are those of <see cref="EbsdTextFile"/>; the Euler angles, in radian here, are given in degree.
/// </summary>
public static class EbsdBinaryFile
{
    private const double Micrometre = 1e-6;
    private const float Degree = (float)(180 / Math.PI);

    // By code. Stage coordinates follow from the grid; of 9 and 12 no two programs say the same.
    private static readonly (string Name, string Unit, int Size, float Factor)[] Fields =
    [
        ("", "", 1, 1), ("", "", 4, 1), ("", "", 4, 1), ("Euler1", "deg", 4, Degree), ("Euler2", "deg", 4, Degree), ("Euler3", "deg", 4, Degree), ("MAD", "deg", 4, 1),
        ("BC", "", 1, 1), ("BS", "", 1, 1), ("", "", 1, 1), ("Bands", "", 1, 1), ("Error", "", 1, 1), ("", "", 4, 1),
    ];

    /// <summary>Reads a map; either of its files may be named, the other one stands beside it under the same name.</summary>
    /// <exception cref="InvalidDataException">One of the two is missing, or they do not describe the same points; the message names the file.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static MeasuredFile Read(string path) => FileFormats.Read(path);

    internal static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.StartsWith("[General]"u8);

    /// <summary>Whether a file is one of points by its name, which is all that marks it: its first byte is a phase.</summary>
    internal static bool HoldsPoints(string path) => Path.GetExtension(path).Equals(".crc", StringComparison.OrdinalIgnoreCase);

    internal static MeasuredFile ParseProject(byte[] bytes, string path)
    {
        string points = Beside(path, ".crc", "which holds the points");
        return Parse(bytes, path, FileFormats.Bytes(points), points, path);
    }

    internal static MeasuredFile ParsePoints(byte[] bytes, string path)
    {
        string project = Beside(path, ".cpr", "which says what the numbers are");
        return Parse(FileFormats.Bytes(project), project, bytes, path, path);
    }

    /// <summary>The map of a project's and a points' bytes.</summary>
    internal static MeasuredFile Parse(byte[] project, string projectPath, byte[] points, string pointsPath, string path)
    {
        TextTable table = TextTable.Of(project, projectPath);
        Dictionary<string, string> notes = Notes(table);
        if (notes.TryGetValue("General>JobMode", out string? mode) && !mode.Equals("RegularGrid", StringComparison.OrdinalIgnoreCase))
            throw table.Refuse(0, $"'JobMode' is {ByteReader.Quote(mode)}; maps on a \"RegularGrid\" are read. Export the points on a grid.");
        int columns = Count(table, notes, "Job>xCells");
        int rows = Count(table, notes, "Job>yCells");
        double width = columns * Step(table, notes, "Job>GridDistX") * Micrometre;
        double height = rows * Step(table, notes, "Job>GridDistY") * Micrometre;
        List<(string Name, string Unit, int Size, float Factor)> record = Record(table, notes, out bool obscure);
        int stride = record.Sum(field => field.Size);
        decimal needed = (decimal)columns * rows * stride;
        if (needed != points.Length)
        {
            throw ByteReader.Refusal(pointsPath, (long)Math.Min(needed, points.Length), $"{columns} x {rows} points of {stride} bytes need {needed} bytes; the file has "
                + $"{points.Length}. It is cut off, or the .cpr beside it is that of another map.");
        }
        new MemoryBudget(pointsPath, points.Length).Take(4L * columns * rows * record.Count(field => field.Name.Length > 0), 0, "the map");
        var channels = new List<MeasuredChannel>();
        int offset = 0;
        foreach ((string name, string unit, int size, float factor) in record)
        {
            if (name.Length > 0)
                channels.Add(new MeasuredChannel(name, unit, rows, columns, Column(points, offset, stride, size, factor), width, height));
            offset += size;
        }
        return new MeasuredFile
        {
            Path = path,
            Format = "EBSD Channel 5 map",
            Channels = channels,
            Metadata = notes,
            Remarks = obscure ? ["The fields of code 9 and 12 (reliability) are left out: programs disagree on what they hold."] : [],
        };
    }

    private static float[] Column(byte[] points, int offset, int stride, int size, float factor)
    {
        var values = new float[points.Length / stride];
        for (int p = 0; p < values.Length; p++)
        {
            int at = (p * stride) + offset;
            values[p] = size == 1 ? points[at] : BinaryPrimitives.ReadSingleLittleEndian(points.AsSpan(at)) * factor;
        }
        return values;
    }

    // The phase comes first and has no code.
    private static List<(string Name, string Unit, int Size, float Factor)> Record(TextTable table, Dictionary<string, string> notes, out bool obscure)
    {
        obscure = false;
        int count = Count(table, notes, "Fields>Count");
        if (count > table.Lines.Length)
            throw table.Refuse(LineOf(table, "Count"), $"{count} fields are announced in a file of {table.Lines.Length} lines; the file is damaged.");
        var record = new List<(string Name, string Unit, int Size, float Factor)> { ("Phase", "", 1, 1) };
        int windows = 0;
        for (int k = 1; k <= count; k++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"Field{k}");
            int code = Count(table, notes, "Fields>" + key);
            // Counts in X-ray windows, which have names of their own.
            if (code > 100)
            {
                string window = string.Create(CultureInfo.InvariantCulture, $"Window{++windows}");
                record.Add((notes.GetValueOrDefault("EDX Windows>" + window) is { Length: > 0 } named ? named : window, "", 4, 1));
                continue;
            }
            if (code >= Fields.Length)
            {
                throw table.Refuse(LineOf(table, key), $"'{key}' is the code {code}, which is not known: 1 to 12 and those of X-ray windows above 100 are. Save the map "
                    + "as channel text (.ctf).");
            }
            if (Fields[code].Name.Length > 0 && record.Contains(Fields[code]))
                throw table.Refuse(LineOf(table, key), $"'{key}' is the code {code}, which an earlier field has already; the file is damaged.");
            obscure |= code is 9 or 12;
            record.Add(Fields[code]);
        }
        return record;
    }

    // Keys as "Section>Key"; programs differ in capitals and in the order of the sections.
    private static Dictionary<string, string> Notes(TextTable table)
    {
        var notes = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        string section = "";
        foreach (string raw in table.Lines)
        {
            string line = raw.Trim();
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (line is ['[', .., ']'])
                section = line[1..^1].Trim();
            else if (equals > 0)
                notes.TryAdd($"{section}>{line[..equals].Trim()}", line[(equals + 1)..].Trim());
        }
        return notes;
    }

    private static string Beside(string path, string extension, string what)
    {
        string lower = Path.ChangeExtension(path, extension);
        string upper = Path.ChangeExtension(path, extension.ToUpperInvariant());
        return File.Exists(lower) ? lower : File.Exists(upper) ? upper
            : throw new InvalidDataException($"{path}: there is no '{Path.GetFileName(lower)}' beside it, {what}; an EBSD map of this kind is a .cpr and a .crc file: copy both.");
    }

    private static int Count(TextTable table, Dictionary<string, string> notes, string key) =>
        notes.TryGetValue(key, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count
            : throw Refuse(table, key, text, "a positive whole number was expected");

    private static double Step(TextTable table, Dictionary<string, string> notes, string key) =>
        notes.TryGetValue(key, out string? text) && ByteReader.TryNumber(text, out double step) && step > 0 && double.IsFinite(step) ? step
            : throw Refuse(table, key, text, "a positive number of um was expected");

    private static InvalidDataException Refuse(TextTable table, string key, string? text, string expected)
    {
        string[] parts = key.Split('>');
        return table.Refuse(LineOf(table, parts[1]), $"'{parts[1]}' of [{parts[0]}] is {(text is null ? "missing" : ByteReader.Quote(text))}; {expected}. The project file is "
            + "damaged, or of a kind that is not known.");
    }

    private static int LineOf(TextTable table, string key) => Math.Max(0, table.Find(key + "="));
}
