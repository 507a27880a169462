using System.Globalization;

namespace FastCore.Microscopy.Files;

/// <summary>
/// Igor binary waves (.ibw) of version 1, 2, 3 and 5 in both byte orders (WaveMetrics technical note 003), with what Asylum Research writes into
/// them: images (points, lines, channels) with rows upwards, and force or current-voltage curves (samples, channels). What follows the wave
/// (Asylum's thumbnails and footer) is left alone.
/// </summary>
public sealed class IgorBinaryWave
{
    private readonly byte[] bytes;
    private readonly int dataOffset;
    private readonly NumberKind kind;
    private readonly bool bigEndian;
    private readonly string path;

    private IgorBinaryWave(byte[] bytes, string path, int version, bool bigEndian, NumberKind kind, int dataOffset, int[] shape)
    {
        this.bytes = bytes;
        this.path = path;
        this.bigEndian = bigEndian;
        this.kind = kind;
        this.dataOffset = dataOffset;
        Version = version;
        Shape = shape;
    }

    /// <summary>Version of the layout: 1, 2, 3 or 5.</summary>
    public int Version { get; }

    /// <summary>Name of the wave.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Lengths of the used dimensions, the first one fastest in <see cref="Values"/>.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Step of each dimension: value = start + index * step.</summary>
    public double[] Steps { get; private set; } = [1, 1, 1, 1];

    /// <summary>Start of each dimension.</summary>
    public double[] Starts { get; private set; } = [0, 0, 0, 0];

    /// <summary>Unit of the values.</summary>
    public string DataUnit { get; private set; } = "";

    /// <summary>Unit of each dimension.</summary>
    public string[] DimensionUnits { get; private set; } = ["", "", "", ""];

    /// <summary>Labels of the elements of each dimension; empty where there are none.</summary>
    public string[][] Labels { get; private set; } = [[], [], [], []];

    /// <summary>The note as text.</summary>
    public string Note { get; private set; } = "";

    /// <summary>Length of the note in the file.</summary>
    public int NoteBytes { get; private set; }

    /// <summary>All values in the order of the file.</summary>
    public double[] Values()
    {
        var values = new double[Count];
        ByteReader.ToDoubles(bytes.AsSpan(dataOffset), kind, bigEndian, values);
        return values;
    }

    private int Count => Shape.Aggregate(1, (product, length) => product * length);

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Not a wave of numbers, a wrong checksum, or too few bytes; the message names file and offset.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IgorBinaryWave Read(string path) => ParseWave(FileFormats.Bytes(path), path);

    internal static bool Recognises(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 2 && ((bytes[1] == 0 && bytes[0] is 1 or 2 or 3 or 5) || (bytes[0] == 0 && bytes[1] is 1 or 2 or 3 or 5)) && bytes[0] != bytes[1];

    internal static IgorBinaryWave ParseWave(byte[] bytes, string path)
    {
        bool bigEndian = bytes.Length > 1 && bytes[0] == 0;
        var r = new ByteReader(bytes, path, bigEndian);
        int version = r.Int16(0, "the version");
        return version switch
        {
            5 => Version5(r, bytes, path, bigEndian),
            1 or 2 or 3 => Version2(r, bytes, path, bigEndian, version),
            _ => throw r.Refuse(0, $"Igor binary version {version} is not known; 1, 2, 3 and 5 are. Save the wave again as a packed or version 5 wave."),
        };
    }

    private static IgorBinaryWave Version5(ByteReader r, byte[] bytes, string path, bool bigEndian)
    {
        CheckSum(r, 384);
        long waveBytes = r.UInt32(4, "wfmSize");
        long formula = r.UInt32(8, "formulaSize");
        long note = r.UInt32(12, "noteSize");
        long dataUnits = r.UInt32(16, "dataEUnitsSize");
        if (waveBytes < 320)
            throw r.Refuse(4, $"wfmSize is {waveBytes}; a version 5 wave has at least 320 bytes.");
        NumberKind kind = Kind(r, 80, r.Int16(80, "type"));
        var lengths = new List<int>();
        for (int d = 0; d < 4; d++)
        {
            int length = r.Int32(132 + (4 * d), "nDim");
            if (length == 0)
                break;
            lengths.Add(length);
        }
        IgorBinaryWave wave = Create(r, bytes, path, 5, bigEndian, kind, 384, waveBytes - 320, [.. lengths]);
        wave.Name = r.Latin1(92, 32, "bname");
        wave.DataUnit = r.Latin1(212, 4, "dataUnits");
        long at = 64 + waveBytes + formula;
        wave.NoteBytes = (int)Math.Min(note, bytes.Length);
        wave.Note = ByteReader.Text(r.Slice(at, note, "the note"));
        at += note;
        if (dataUnits > 0)
            wave.DataUnit = ByteReader.Text(r.Slice(at, dataUnits, "the data unit")).TrimEnd('\0');
        at += dataUnits;
        for (int d = 0; d < 4; d++)
        {
            wave.Steps[d] = r.Double(148 + (8 * d), "sfA");
            wave.Starts[d] = r.Double(180 + (8 * d), "sfB");
            wave.DimensionUnits[d] = r.Latin1(216 + (4 * d), 4, "dimUnits");
            long size = r.UInt32(20 + (4 * d), "dimEUnitsSize");
            if (size > 0)
                wave.DimensionUnits[d] = ByteReader.Text(r.Slice(at, size, "a dimension's unit")).TrimEnd('\0');
            at += size;
        }
        for (int d = 0; d < 4; d++)
        {
            long size = r.UInt32(36 + (4 * d), "dimLabelsSize");
            if (size > 0)
            {
                // 32 bytes each; the first one names the dimension.
                r.Slice(at, size, "the labels of a dimension");
                var labels = new string[Math.Max(0, (int)(size / 32) - 1)];
                for (int i = 0; i < labels.Length; i++)
                    labels[i] = r.Latin1(at + (32 * (i + 1)), 32, "a label");
                wave.Labels[d] = labels;
            }
            at += size;
        }
        return wave;
    }

    private static IgorBinaryWave Version2(ByteReader r, byte[] bytes, string path, bool bigEndian, int version)
    {
        // Version 1 has no note, version 3 a formula: the wave's header begins after 8, 16 or 20 bytes.
        int header = version switch { 1 => 8, 2 => 16, _ => 20 };
        CheckSum(r, header + 126);
        long waveBytes = r.UInt32(2, "wfmSize");
        long note = version == 1 ? 0 : r.UInt32(6, "noteSize");
        if (waveBytes < 126)
            throw r.Refuse(2, $"wfmSize is {waveBytes}; a wave of this version has at least 126 bytes.");
        NumberKind kind = Kind(r, header, r.Int16(header, "type"));
        int points = r.Int32(header + 42, "npnts");
        long available = Math.Max(0, waveBytes - 126);
        if (version == 3 && available == 0 && points > 0)
            throw r.Refuse(2, "the wave depends on a formula and holds no data; open it in Igor and save its values.");
        IgorBinaryWave wave = Create(r, bytes, path, version, bigEndian, kind, header + 110, available, points == 0 ? [] : [points]);
        wave.Name = r.Latin1(header + 6, 20, "bname");
        wave.DataUnit = r.Latin1(header + 34, 4, "dataUnits");
        wave.DimensionUnits[0] = r.Latin1(header + 38, 4, "xUnits");
        wave.Steps[0] = r.Double(header + 48, "hsA");
        wave.Starts[0] = r.Double(header + 56, "hsB");
        wave.NoteBytes = (int)Math.Min(note, bytes.Length);
        long formula = version == 3 ? r.UInt32(10, "formulaSize") : 0;
        wave.Note = note == 0 ? "" : ByteReader.Text(r.Slice(header + waveBytes + formula, note, "the note"));
        return wave;
    }

    private static IgorBinaryWave Create(
        ByteReader r, byte[] bytes, string path, int version, bool bigEndian, NumberKind kind, int dataOffset, long available, int[] shape)
    {
        if (shape.Length == 0)
            throw r.Refuse(0, "the wave has no elements; use a file that holds a measurement.");
        long count = ByteReader.Product(Array.ConvertAll(shape, length => (long)length));
        if (count <= 0 || count * kind.Size() > available)
        {
            throw r.Refuse(dataOffset, $"a wave of shape {string.Join(" x ", shape)} with {kind.Size()} bytes each does not fit into the {available} "
                + "bytes that wfmSize sets aside; the header is damaged.");
        }
        r.Slice(dataOffset, count * kind.Size(), "the wave's data");
        return new IgorBinaryWave(bytes, path, version, bigEndian, kind, dataOffset, shape);
    }

    private static void CheckSum(ByteReader r, int count)
    {
        r.Slice(0, count, "the header");
        int sum = 0;
        for (int i = 0; i < count; i += 2)
            sum += r.Int16(i, "the header");
        if ((sum & 0xFFFF) != 0)
            throw r.Refuse(0, $"the header's checksum leaves {sum & 0xFFFF} instead of 0; the file is no Igor binary wave, or it is damaged.");
    }

    private static NumberKind Kind(ByteReader r, long at, int type)
    {
        bool unsigned = (type & 0x40) != 0;
        return (type & ~0x40, unsigned) switch
        {
            (2, false) => NumberKind.Float32,
            (4, false) => NumberKind.Float64,
            (8, _) => unsigned ? NumberKind.UInt8 : NumberKind.Int8,
            (0x10, _) => unsigned ? NumberKind.UInt16 : NumberKind.Int16,
            (0x20, _) => unsigned ? NumberKind.UInt32 : NumberKind.Int32,
            _ => throw r.Refuse(at, $"waves of type {type} ({((type & 1) != 0 ? "complex numbers" : type == 0 ? "text" : "unknown")}) are not read; "
                + "save real numbers."),
        };
    }

    internal static MeasuredFile Parse(byte[] bytes, string path)
    {
        IgorBinaryWave wave = ParseWave(bytes, path);
        Dictionary<string, string> notes = Notes(wave.Note);
        List<string> remarks = [];
        bool curves = wave.Shape.Count == 1 || (wave.Shape.Count == 2 && (wave.DimensionUnits[0] == "s" || notes.ContainsKey("ARDoIVCurve")));
        return new MeasuredFile
        {
            Path = path,
            Format = $"Igor binary wave {wave.Version}",
            Channels = curves ? [] : wave.Images(remarks),
            Spectra = curves ? [wave.Curves(notes, remarks)] : [],
            Metadata = notes,
            Remarks = remarks,
        };
    }

    private List<MeasuredChannel> Images(List<string> remarks)
    {
        var channels = new List<MeasuredChannel>();
        int columns = Shape[0];
        int rows = Shape[1];
        int layers = Shape.Count > 2 ? Shape[2] : 1;
        if (Shape.Count > 3)
            throw ByteReader.Refusal(path, 132, $"a wave of {Shape.Count} dimensions is no image; two or three are.");
        string[] labels = Shape.Count > 2 ? Labels[2] : [];
        int size = kind.Size();
        for (int layer = 0; layer < layers; layer++)
        {
            string name = layer < labels.Length && labels[layer].Length > 0 ? labels[layer] : layers == 1 ? Name
                : string.Create(CultureInfo.InvariantCulture, $"{Name} {layer}");
            string unit = DataUnit;
            if (layer < labels.Length && ChannelUnits.OfName(labels[layer]) is { } known)
            {
                if (known != unit)
                    remarks.Add($"{name}: the unit {known} follows from the name; the file says '{unit}' for all channels.");
                unit = known;
            }
            float[] values = GC.AllocateUninitializedArray<float>(rows * columns);
            for (int line = 0; line < rows; line++)
            {
                // The second dimension counts upwards; the top row comes first here.
                int row = Steps[1] < 0 ? line : rows - 1 - line;
                Span<float> target = values.AsSpan(row * columns, columns);
                ByteReader.ToSingles(bytes.AsSpan(dataOffset + ((((layer * rows) + line) * columns) * size), columns * size), kind, bigEndian, target);
                if (Steps[0] < 0)
                    target.Reverse();
            }
            bool scaled = Math.Abs(Steps[0]) > 0 && Math.Abs(Steps[1]) > 0 && double.IsFinite(Steps[0] * Steps[1]) && DimensionUnits[0] == "m";
            channels.Add(new MeasuredChannel(name, unit, rows, columns, values,
                scaled ? Math.Abs(Steps[0]) * columns : columns, scaled ? Math.Abs(Steps[1]) * rows : rows)
            {
                OffsetX = scaled && double.IsFinite(Starts[0]) ? Starts[0] : 0,
                OffsetY = scaled && double.IsFinite(Starts[1]) ? Starts[1] : 0,
                LateralUnit = scaled ? "m" : "px",
            });
        }
        return channels;
    }

    private SpectrumSet Curves(Dictionary<string, string> notes, List<string> remarks)
    {
        int samples = Shape[0];
        int channels = Shape.Count > 1 ? Shape[1] : 1;
        var axis = new double[samples];
        for (int i = 0; i < samples; i++)
            axis[i] = Starts[0] + (Steps[0] * i);
        var names = new string[channels];
        var units = new string[channels];
        string[] labels = Shape.Count > 1 ? Labels[1] : [];
        for (int c = 0; c < channels; c++)
        {
            bool labelled = c < labels.Length && labels[c].Length > 0;
            names[c] = labelled ? labels[c] : channels == 1 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name} {c}");
            string? known = labelled ? ChannelUnits.OfName(names[c]) : null;
            units[c] = known ?? DataUnit;
            if (known is not null && known != DataUnit)
                remarks.Add($"{names[c]}: the unit {known} follows from the name; the file says '{DataUnit}' for all channels.");
        }
        // The value counts, not the key: every force note holds the key.
        bool currentVoltage = notes.TryGetValue("ARDoIVCurve", out string? flag) && flag.Trim() == "1";
        double[]? place = Number(notes, "XLVDT") is { } x && Number(notes, "YLVDT") is { } y ? [x, y] : null;
        return new SpectrumSet(
            currentVoltage ? "Current-voltage curve" : notes.ContainsKey("ARDoIVCurve") ? "Force curve" : Name,
            DimensionUnits[0] == "s" ? "Time" : "Axis", DimensionUnits[0], axis, names, units, Values(), 1, 1)
        {
            PositionsMetres = place,
            DurationSeconds = DimensionUnits[0] == "s" && Steps[0] > 0 ? Steps[0] * samples : null,
            Segments = Segments(notes, samples),
        };
    }

    private static List<(int FirstSample, int Direction)> Segments(Dictionary<string, string> notes, int samples)
    {
        var segments = new List<(int, int)>();
        if (!notes.TryGetValue("Indexes", out string? indexText) || !notes.TryGetValue("Direction", out string? directionText))
            return segments;
        // Both are lists with an empty start: segment k runs from index k to index k + 1 in direction k + 1.
        string[] indexes = indexText.Split(',', StringSplitOptions.RemoveEmptyEntries);
        string[] directions = directionText.Split(',', StringSplitOptions.RemoveEmptyEntries);
        for (int k = 0; k + 1 < indexes.Length && k + 1 < directions.Length; k++)
        {
            if (ByteReader.TryNumber(indexes[k], out double first) && ByteReader.TryNumber(directions[k + 1], out double direction)
                && first >= 0 && first < samples && Math.Abs(direction) <= 1)
                segments.Add(((int)first, (int)direction));
        }
        return segments;
    }

    private static double? Number(Dictionary<string, string> notes, string key) =>
        notes.TryGetValue(key, out string? text) && ByteReader.TryNumber(text, out double value) && double.IsFinite(value) ? value : null;

    /// <summary>Lines "Key:Value" or "Key: Value"; of a repeated key the first one counts.</summary>
    internal static Dictionary<string, string> Notes(string note)
    {
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Range range in SplitLines(note))
        {
            string line = note[range];
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                notes.TryAdd(line[..colon].Trim(), line[(colon + 1)..].Trim());
        }
        return notes;
    }

    private static List<Range> SplitLines(string text)
    {
        var lines = new List<Range>();
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] is not ('\r' or '\n'))
                continue;
            if (i > start)
                lines.Add(start..i);
            start = i + 1;
        }
        return lines;
    }
}
