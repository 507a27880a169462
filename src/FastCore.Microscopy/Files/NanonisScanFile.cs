using System.Globalization;
using System.Text;

namespace FastCore.Microscopy.Files;

/// <summary>
/// A Nanonis scan (.sxm): a text header of ":TAG:" lines with their values to ":SCANIT_END:", the bytes 1A 04, then big-endian singles, channel after
/// channel, forward before backward. Backward lines are stored mirrored, scans upwards with their bottom row first; both are turned here. Lines
/// that were not scanned are NaN.
/// </summary>
public static class NanonisScanFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Not a scan, a header that contradicts itself, or a wrong length; the message names file and offset.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Read(string path) => Parse(FileFormats.Bytes(path), path);

    internal static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.StartsWith(":NANONIS_VERSION:"u8);

    internal static MeasuredFile Parse(byte[] bytes, string path)
    {
        int end = bytes.AsSpan().IndexOf("\n:SCANIT_END:"u8);
        if (end < 0)
            throw ByteReader.Refusal(path, bytes.Length, "no ':SCANIT_END:'; the file is no Nanonis scan (.sxm), or it is cut off inside its header.");
        int mark = bytes.AsSpan(end).IndexOf((ReadOnlySpan<byte>)[0x1A, 0x04]);
        if (mark < 0)
            throw ByteReader.Refusal(path, end, "the bytes 1A 04 do not follow the header; the file is cut off or damaged.");
        int start = end + mark + 2;
        Dictionary<string, string> header = Header(Encoding.Latin1.GetString(bytes.AsSpan(0, end)));

        string type = Value(header, "SCANIT_TYPE", path);
        if (string.Join(' ', Words(type)) != "FLOAT MSBFIRST")
            throw ByteReader.Refusal(path, 0, $"SCANIT_TYPE is {ByteReader.Quote(type)}; \"FLOAT MSBFIRST\" is what this reader knows.");
        string[] pixels = Words(Value(header, "SCAN_PIXELS", path));
        if (pixels.Length != 2 || !int.TryParse(pixels[0], NumberStyles.None, CultureInfo.InvariantCulture, out int columns) || columns < 1
            || !int.TryParse(pixels[1], NumberStyles.None, CultureInfo.InvariantCulture, out int rows) || rows < 1)
            throw ByteReader.Refusal(path, 0, $"SCAN_PIXELS is {ByteReader.Quote(header["SCAN_PIXELS"])}; two positive whole numbers were expected.");
        double[] range = Pair(header, "SCAN_RANGE", path);
        double[] offset = header.ContainsKey("SCAN_OFFSET") ? Pair(header, "SCAN_OFFSET", path) : [0, 0];
        string direction = Value(header, "SCAN_DIR", path).Trim();
        if (direction is not ("up" or "down"))
            throw ByteReader.Refusal(path, 0, $"SCAN_DIR is {ByteReader.Quote(direction)}; \"up\" or \"down\" was expected.");

        List<(string Name, string Unit, bool Both)> table = Table(Value(header, "DATA_INFO", path), path);
        int images = table.Sum(entry => entry.Both ? 2 : 1);
        decimal needed = 4m * columns * rows * images;
        if (needed != bytes.Length - start)
        {
            throw ByteReader.Refusal(path, start, $"{images} images of {columns} x {rows} singles need {needed} bytes; the file has {bytes.Length - start}. "
                + "It is cut off, or its header does not describe it.");
        }
        var channels = new List<MeasuredChannel>(images);
        int size = 4 * columns * rows;
        foreach ((string name, string unit, bool both) in table)
        {
            for (int back = 0; back < (both ? 2 : 1); back++)
            {
                float[] values = GC.AllocateUninitializedArray<float>(rows * columns);
                for (int line = 0; line < rows; line++)
                {
                    Span<float> row = values.AsSpan((direction == "up" ? rows - 1 - line : line) * columns, columns);
                    ByteReader.ToSingles(bytes.AsSpan(start + (channels.Count * size) + (4 * line * columns), 4 * columns), NumberKind.Float32, true, row);
                    if (back == 1)
                        row.Reverse();
                }
                channels.Add(new MeasuredChannel($"{name} ({(back == 1 ? "Backward" : "Forward")})", unit, rows, columns, values, range[0], range[1])
                {
                    // The file states the centre.
                    OffsetX = offset[0] - (range[0] / 2),
                    OffsetY = offset[1] - (range[1] / 2),
                });
            }
        }
        return new MeasuredFile { Path = path, Format = "Nanonis scan", Channels = channels, Metadata = header };
    }

    private static Dictionary<string, string> Header(string text)
    {
        var header = new Dictionary<string, string>(StringComparer.Ordinal);
        string? tag = null;
        var value = new StringBuilder();
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.TrimEnd('\r');
            if (line.Length > 2 && line[0] == ':' && line[^1] == ':')
            {
                Store();
                tag = line[1..^1];
                continue;
            }
            if (value.Length > 0)
                value.Append('\n');
            value.Append(line);
        }
        Store();
        return header;
        void Store()
        {
            if (tag is not null)
                header.TryAdd(tag, value.ToString().TrimEnd());
            value.Clear();
        }
    }

    private static List<(string Name, string Unit, bool Both)> Table(string text, string path)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] titles = lines.Length == 0 ? [] : lines[0].Split('\t', StringSplitOptions.TrimEntries);
        int name = Array.IndexOf(titles, "Name");
        int unit = Array.IndexOf(titles, "Unit");
        int direction = Array.IndexOf(titles, "Direction");
        if (name < 0 || unit < 0 || direction < 0)
            throw ByteReader.Refusal(path, 0, "DATA_INFO has no columns Name, Unit and Direction; the header is damaged.");
        var table = new List<(string, string, bool)>();
        foreach (string line in lines.AsSpan(1))
        {
            string[] cells = line.Split('\t', StringSplitOptions.TrimEntries);
            if (cells.Length <= Math.Max(name, Math.Max(unit, direction)))
                throw ByteReader.Refusal(path, 0, $"DATA_INFO has a line of {cells.Length} cells, {ByteReader.Quote(line)}; its title line has {titles.Length}.");
            table.Add((cells[name], cells[unit], cells[direction].Equals("both", StringComparison.OrdinalIgnoreCase)));
        }
        return table.Count > 0 ? table : throw ByteReader.Refusal(path, 0, "DATA_INFO lists no channel; use a scan that recorded one.");
    }

    private static double[] Pair(Dictionary<string, string> header, string key, string path)
    {
        string[] words = Words(Value(header, key, path));
        return words.Length >= 2 && ByteReader.TryNumber(words[0], out double x) && ByteReader.TryNumber(words[1], out double y)
            && double.IsFinite(x) && double.IsFinite(y) ? [x, y]
            : throw ByteReader.Refusal(path, 0, $"{key} is {ByteReader.Quote(header[key])}; two numbers in metre were expected.");
    }

    private static string[] Words(string text) => text.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static string Value(Dictionary<string, string> header, string key, string path) => header.TryGetValue(key, out string? value) ? value
        : throw ByteReader.Refusal(path, 0, $"the header has no '{key}'; the file is no Nanonis scan (.sxm) of a kind that this reader knows.");
}
