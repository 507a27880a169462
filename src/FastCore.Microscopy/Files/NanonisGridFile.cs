using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Files;

/// <summary>
/// A Nanonis grid spectroscopy file (.3ds): a text header up to ":HEADER_END:", then big-endian single-precision numbers, for each point first its
/// parameters, then its channels. The whole file must be there; memory is bounded by its size, whatever the header claims.
/// </summary>
public sealed class NanonisGridFile
{
    private const string HeaderEnd = ":HEADER_END:";
    private readonly byte[] bytes;
    private readonly Dictionary<string, string> header;
    private readonly string path;
    private readonly int start;
    private readonly int stride;
    private float[]? values;

    private NanonisGridFile(string path, int rows, int columns, int points, string[] parameters, string[] channels, double[] settings, byte[] bytes, int start,
        Dictionary<string, string> header)
    {
        this.header = header;
        this.path = path;
        this.bytes = bytes;
        this.start = start;
        Rows = rows;
        Columns = columns;
        Points = points;
        ParameterNames = parameters;
        ChannelNames = channels;
        stride = parameters.Length + (channels.Length * points);
        PixelPitch = new Metres(settings[2] / columns);
        RotationDegrees = settings[4];
    }

    /// <summary>Rows of the grid, in the order of measurement.</summary>
    public int Rows { get; }

    /// <summary>Points of a row.</summary>
    public int Columns { get; }

    /// <summary>Samples of a channel at each point.</summary>
    public int Points { get; }

    /// <summary>Distance of neighbouring points: width of the grid / columns.</summary>
    public Metres PixelPitch { get; }

    /// <summary>Rotation of the grid on the stage.</summary>
    public double RotationDegrees { get; }

    /// <summary>Names of the numbers before the channels of each point, fixed ones first.</summary>
    public IReadOnlyList<string> ParameterNames { get; }

    /// <summary>Names of the channels with their units, for example "Current (A)".</summary>
    public IReadOnlyList<string> ChannelNames { get; }

    /// <summary>Samples times (settling + integration time) where the file states both, else 1 s.</summary>
    public Seconds SweepDuration
    {
        get
        {
            int settling = ((List<string>)[.. ParameterNames]).IndexOf("Settling time (s)");
            int integration = ((List<string>)[.. ParameterNames]).IndexOf("Integration time (s)");
            double seconds = settling >= 0 && integration >= 0 ? Points * (double)(Parameter(0, settling) + Parameter(0, integration)) : 1;
            return new Seconds(double.IsFinite(seconds) && seconds > 0 ? seconds : 1);
        }
    }

    /// <summary>Parameters of point <paramref name="pixel"/> (row * Columns + column).</summary>
    public ReadOnlySpan<float> Parameters(int pixel) => Values.AsSpan(pixel * stride, ParameterNames.Count);

    /// <summary>Samples of a channel at point <paramref name="pixel"/>.</summary>
    public ReadOnlySpan<float> Channel(int pixel, int channel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, ChannelNames.Count);
        return Values.AsSpan((pixel * stride) + ParameterNames.Count + (channel * Points), Points);
    }

    /// <summary>One parameter of a point.</summary>
    internal float Parameter(int pixel, int parameter) => BinaryPrimitives.ReadSingleBigEndian(bytes.AsSpan(start + (4 * ((pixel * stride) + parameter))));

    /// <summary>Samples of a channel, and of those after it as far as there is room, at a point.</summary>
    internal void CopyTo(Span<double> samples, int pixel, int channel) => ByteReader.ToDoubles(
        bytes.AsSpan(start + (4 * ((pixel * stride) + ParameterNames.Count + (channel * Points))), 4 * samples.Length), NumberKind.Float32, true, samples);

    // All numbers of the file; who takes them out point by point needs no second copy.
    private float[] Values
    {
        get
        {
            if (values is null)
            {
                values = new float[(bytes.Length - start) / 4];
                ByteReader.ToSingles(bytes.AsSpan(start), NumberKind.Float32, true, values);
            }
            return values;
        }
    }

    /// <summary>Place of a parameter in <see cref="ParameterNames"/>.</summary>
    /// <exception cref="InvalidDataException">The file has no such parameter.</exception>
    public int ParameterIndex(string name) => IndexOf(ParameterNames, name, "parameter");

    /// <summary>Place of a channel in <see cref="ChannelNames"/>.</summary>
    /// <exception cref="InvalidDataException">The file has no such channel.</exception>
    public int ChannelIndex(string name) => IndexOf(ChannelNames, name, "channel");

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Not a grid file, a header that contradicts itself, or too few or too many bytes; the message names
    /// file and offset.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NanonisGridFile Read(string path) => Parse(FileFormats.Bytes(path), path);

    internal static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.StartsWith("Grid dim="u8);

    internal static MeasuredFile ParseMeasured(byte[] bytes, string path)
    {
        NanonisGridFile grid = Parse(bytes, path);
        int points = grid.Rows * grid.Columns;
        var remarks = new List<string>();
        new MemoryBudget(path, bytes.Length).Take(2L * bytes.Length, 0, "the grid");
        int heightColumn = grid.Place("Z (m)");
        int startColumn = grid.Place("Sweep Start");
        int endColumn = grid.Place("Sweep End");
        int x = grid.Place("X (m)");
        int y = grid.Place("Y (m)");
        bool sameSweep = startColumn >= 0 && endColumn >= 0;
        for (int p = 1; p < points && sameSweep; p++)
        {
            sameSweep = grid.Parameter(p, startColumn) == grid.Parameter(0, startColumn)
                && grid.Parameter(p, endColumn) == grid.Parameter(0, endColumn);
        }
        var axis = new double[grid.Points];
        // Nanonis stores single precision: 0.22 V is written as 0.21999999880791.
        double start = sameSweep ? Math.Round(grid.Parameter(0, startColumn), 7) : 0;
        double end = sameSweep ? Math.Round(grid.Parameter(0, endColumn), 7) : axis.Length - 1;
        for (int k = 0; k < axis.Length; k++)
            axis[k] = axis.Length == 1 ? start : start + ((end - start) * k / (axis.Length - 1));
        if (!sameSweep)
            remarks.Add("The points have different sweeps: the axis counts samples.");

        int length = grid.ChannelNames.Count * grid.Points;
        double[] values = GC.AllocateUninitializedArray<double>(points * length);
        var positions = x >= 0 && y >= 0 ? new double[2 * points] : null;
        for (int p = 0; p < points; p++)
        {
            grid.CopyTo(values.AsSpan(p * length, length), p, 0);
            if (positions is not null)
                (positions[2 * p], positions[(2 * p) + 1]) = (grid.Parameter(p, x), grid.Parameter(p, y));
        }
        var channels = new List<MeasuredChannel>();
        if (heightColumn >= 0)
        {
            var heights = new float[points];
            for (int p = 0; p < points; p++)
                heights[p] = grid.Parameter(p, heightColumn);
            channels.Add(new MeasuredChannel("Z", "m", grid.Rows, grid.Columns, heights, grid.PixelPitch.Value * grid.Columns, grid.PixelPitch.Value * grid.Rows));
        }
        (string Name, string Unit)[] names = [.. grid.ChannelNames.Select(NanonisSpectrumFile.NameAndUnit)];
        (string signal, string unit) = NanonisSpectrumFile.NameAndUnit(grid.header.GetValueOrDefault("Sweep Signal", "Bias (V)"));
        return new MeasuredFile
        {
            Path = path,
            Format = "Nanonis grid",
            Channels = channels,
            Spectra =
            [
                new SpectrumSet("Grid spectroscopy", sameSweep ? signal : "Sample", sameSweep ? unit : "", axis, [.. names.Select(n => n.Name)],
                    [.. names.Select(n => n.Unit)], values, grid.Rows, grid.Columns)
                {
                    PositionsMetres = positions,
                    DurationSeconds = grid.SweepDuration.Value,
                    PitchMetres = grid.PixelPitch.Value,
                },
            ],
            Metadata = grid.header,
            Remarks = remarks,
        };
    }

    private int Place(string parameter) => ((List<string>)[.. ParameterNames]).IndexOf(parameter);

    internal static NanonisGridFile Parse(byte[] bytes, string path)
    {
        int end = bytes.AsSpan().IndexOf("\n:HEADER_END:"u8);
        if (end < 0)
            throw new InvalidDataException($"{path}: no '{HeaderEnd}' within {bytes.Length} bytes; the file is no Nanonis grid (.3ds), or it "
                + $"is cut off inside its header.");
        int start = end + 1 + HeaderEnd.Length;
        if (start < bytes.Length && bytes[start] == '\r')
            start++;
        if (start >= bytes.Length || bytes[start] != '\n')
            throw new InvalidDataException($"{path}: the header's last line does not end at offset {start}; the file is cut off or damaged.");
        start++;

        Dictionary<string, string> header = ParseHeader(Encoding.Latin1.GetString(bytes.AsSpan(0, end)));
        string[] size = Text(header, "Grid dim", path).Split('x', StringSplitOptions.TrimEntries);
        if (size.Length != 2)
            throw new InvalidDataException($"{path}: 'Grid dim' is {ByteReader.Quote(header["Grid dim"])}; \"columns x rows\" was expected.");
        int columns = Count(size[0], "Grid dim", path);
        int rows = Count(size[1], "Grid dim", path);
        int points = Count(Text(header, "Points", path), "Points", path);
        string[] channels = Text(header, "Channels", path).Split(';', StringSplitOptions.TrimEntries);
        string[] parameters =
        [
            .. Text(header, "Fixed parameters", path).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            .. Text(header, "Experiment parameters", path).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        ];
        int claimed = Count(Text(header, "# Parameters (4 byte)", path), "# Parameters (4 byte)", path);
        if (claimed != parameters.Length)
            throw new InvalidDataException($"{path}: the header names {parameters.Length} parameters and counts {claimed}.");
        string[] settingTexts = Text(header, "Grid settings", path).Split(';', StringSplitOptions.TrimEntries);
        var settings = new double[settingTexts.Length];
        for (int i = 0; i < settings.Length; i++)
        {
            if (!double.TryParse(settingTexts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out settings[i]) || !double.IsFinite(settings[i]))
                throw new InvalidDataException($"{path}: 'Grid settings' holds {ByteReader.Quote(settingTexts[i])}, which is no number.");
        }
        if (settings.Length < 5 || !(settings[2] > 0))
            throw new InvalidDataException($"{path}: 'Grid settings' must hold centre x, centre y, width, height and angle, with a positive "
                + $"width; it is {ByteReader.Quote(header["Grid settings"])}.");

        // Decimal: counts up to 2^31 each cannot overflow it, so a lying header is refused before anything is allocated.
        decimal perPoint = parameters.Length + ((decimal)channels.Length * points);
        decimal needed = 4 * perPoint * rows * columns;
        int there = bytes.Length - start;
        if (needed != there)
        {
            throw new InvalidDataException(there < needed
                ? $"{path}: {columns} x {rows} points of {perPoint} numbers need {needed} bytes from offset {start}; the file ends at offset "
                + $"{bytes.Length}, {needed - there} bytes short. Use a grid that was measured to its end."
                : $"{path}: {columns} x {rows} points of {perPoint} numbers end at offset {start + needed}; the file goes on for "
                + $"{there - needed} bytes more, so its header does not describe it.");
        }
        return new NanonisGridFile(path, rows, columns, points, parameters, channels, settings, bytes, start, header);
    }

    private static Dictionary<string, string> ParseHeader(string text)
    {
        var header = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                header[line[..equals].Trim()] = line[(equals + 1)..].Trim().Trim('"');
        }
        return header;
    }

    private static string Text(Dictionary<string, string> header, string key, string path) => header.TryGetValue(key, out string? value)
        ? value
        : throw new InvalidDataException($"{path}: the header has no '{key}'; the file is no Nanonis grid (.3ds) of a kind that this reader knows.");

    private static int Count(string text, string key, string path) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
        ? count
        : throw new InvalidDataException($"{path}: '{key}' holds {ByteReader.Quote(text)}; a positive whole number was expected.");

    private int IndexOf(IReadOnlyList<string> names, string name, string kind)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return i;
        }
        throw new InvalidDataException($"{path}: there is no {kind} '{name}'; the file has {string.Join(", ", names)}.");
    }
}
