using System.Globalization;
using System.Text;

namespace FastCore.Microscopy.Files;

/// <summary>
/// A Nanonis spectrum (.dat): lines "Key TAB Value", "[DATA]", a line of column titles such as "Current [bwd] (A)" or "Current (A) [filt]", then one
/// line per sample. The first column is the axis.
/// </summary>
public static class NanonisSpectrumFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Not a spectrum, or a line that is no row of numbers; the message names file and line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Read(string path) => Parse(FileFormats.Bytes(path), path);

    internal static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.StartsWith("Experiment\t"u8);

    internal static MeasuredFile Parse(byte[] bytes, string path)
    {
        string text = Encoding.Latin1.GetString(bytes);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        int line = 0;
        int at = 0;
        while (true)
        {
            if (!Next(text, ref at, out ReadOnlySpan<char> header))
                throw ByteReader.Refusal(path, bytes.Length, "no '[DATA]' line; the file is no Nanonis spectrum (.dat), or it is cut off inside its header.");
            line++;
            if (header.Trim() is "[DATA]")
                break;
            int tab = header.IndexOf('\t');
            if (tab > 0)
                metadata.TryAdd(header[..tab].Trim().ToString(), header[(tab + 1)..].Trim().ToString());
        }
        if (!Next(text, ref at, out ReadOnlySpan<char> titleLine) || titleLine.Trim().Length == 0)
            throw ByteReader.Refusal(path, at, "no line of column titles follows '[DATA]'; the file is cut off.");
        line++;
        string[] titles = titleLine.Trim().ToString().Split('\t', StringSplitOptions.TrimEntries);
        if (titles.Length < 2)
            throw ByteReader.Refusal(path, at, $"only one column, {ByteReader.Quote(titles[0])}; an axis and at least one quantity are needed.");
        var columns = new List<double>[titles.Length];
        for (int c = 0; c < columns.Length; c++)
            columns[c] = [];
        while (Next(text, ref at, out ReadOnlySpan<char> row))
        {
            line++;
            if (row.Trim().Length == 0)
                continue;
            int cell = 0;
            foreach (Range range in row.TrimEnd("\t\r").Split('\t'))
            {
                if (cell == titles.Length || !ByteReader.TryNumber(row[range], out double value))
                {
                    throw new InvalidDataException($"{path}: line {line} is {ByteReader.Quote(row.ToString())}; {titles.Length} numbers with tabs between them were "
                        + "expected. Remove the line, or copy the file again.");
                }
                columns[cell++].Add(value);
            }
            if (cell != titles.Length)
                throw new InvalidDataException($"{path}: line {line} has {cell} numbers; the titles name {titles.Length}. The file is cut off or damaged.");
        }
        int samples = columns[0].Count;
        if (samples == 0)
            throw ByteReader.Refusal(path, bytes.Length, "no sample follows the column titles; the spectrum was not measured.");
        var values = new double[(titles.Length - 1) * samples];
        var names = new string[titles.Length - 1];
        var units = new string[titles.Length - 1];
        for (int c = 1; c < titles.Length; c++)
        {
            (names[c - 1], units[c - 1]) = NameAndUnit(titles[c]);
            columns[c].CopyTo(values, (c - 1) * samples);
        }
        (string axisName, string axisUnit) = NameAndUnit(titles[0]);
        double? settling = Number(metadata, "Settling time (s)");
        double? integration = Number(metadata, "Integration time (s)");
        return new MeasuredFile
        {
            Path = path,
            Format = "Nanonis spectrum",
            Spectra =
            [
                new SpectrumSet(metadata.GetValueOrDefault("Experiment", "spectrum"), axisName, axisUnit, [.. columns[0]], names, units, values, 1, 1)
                {
                    PositionsMetres = Number(metadata, "X (m)") is { } x && Number(metadata, "Y (m)") is { } y ? [x, y] : null,
                    DurationSeconds = settling + integration > 0 ? samples * (settling + integration) : null,
                },
            ],
            Metadata = metadata,
        };
    }

    /// <summary>"Current [bwd] (A)" and "Current (A) [bwd]" are both "Current [bwd]" in "A".</summary>
    internal static (string Name, string Unit) NameAndUnit(string title)
    {
        int open = title.LastIndexOf('(');
        int close = open < 0 ? -1 : title.IndexOf(')', open);
        return close < 0 ? (title, "") : ((title[..open].TrimEnd() + " " + title[(close + 1)..].TrimStart()).Trim(), title[(open + 1)..close]);
    }

    private static double? Number(Dictionary<string, string> metadata, string key) =>
        metadata.TryGetValue(key, out string? text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value) ? value : null;

    private static bool Next(string text, ref int at, out ReadOnlySpan<char> line)
    {
        line = default;
        if (at >= text.Length)
            return false;
        int end = text.AsSpan(at).IndexOf('\n');
        line = end < 0 ? text.AsSpan(at) : text.AsSpan(at, end);
        at = end < 0 ? text.Length : at + end + 1;
        line = line.TrimEnd('\r');
        return true;
    }
}
