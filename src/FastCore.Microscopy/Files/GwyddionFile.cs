using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FastCore.Microscopy.Files;

/// <summary>
/// Gwyddion's native container (.gwy): "GWYP", then one object of named components, each a number, a text, an array or another object (Gwyddion user
/// guide, file format). Reads the images (/N/data), curves (/N/graph), volume data (/brick/N) and notes; "GWYO" of Gwyddion 1.x too. Writes images,
/// grids of spectra as volume data, and notes.
/// </summary>
public static class GwyddionFile
{
    private const int DeepestNesting = 24;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Not a container, or damaged; the message names file and offset.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Read(string path) => Parse(FileFormats.Bytes(path), path);

    internal static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.StartsWith("GWYP"u8) || bytes.StartsWith("GWYO"u8);

    // A component: of numbers and texts the place in the file, of objects what is inside.
    private readonly record struct Component(char Type, int Offset, int Count, Dictionary<string, Component>? Inside, List<Dictionary<string, Component>>? Items);

    internal static MeasuredFile Parse(byte[] bytes, string path)
    {
        var r = new ByteReader(bytes, path);
        bool old = r.Slice(0, 4, "the magic number")[3] == (byte)'O';
        long at = 4;
        Dictionary<string, Component> root = ReadObject(r, ref at, out _, 0, old);
        var channels = new List<MeasuredChannel>();
        var spectra = new List<SpectrumSet>();
        var remarks = new List<string>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var budget = new MemoryBudget(path, bytes.Length);
        // Numbers of channels may have gaps and come in any order.
        foreach (int id in Numbered(root, "/", "/data"))
        {
            Component data = root[Key("/", id, "/data")];
            if (data.Inside is not null)
                channels.Add(Image(r, data, Title(r, root, id), budget));
        }
        foreach (int id in Numbered(root, "/brick/", ""))
        {
            Component brick = root[Key("/brick/", id, "")];
            if (brick.Inside is not null)
                spectra.Add(Brick(r, brick, root.TryGetValue(Key("/brick/", id, "/title"), out Component t) ? TextOf(r, t) : "", budget));
        }
        foreach (int id in Numbered(root, "/0/graph/graph/", ""))
        {
            Component graph = root[Key("/0/graph/graph/", id, "")];
            if (graph.Inside is not null)
                Graph(r, graph.Inside, spectra, budget);
        }
        foreach (int id in Numbered(root, "/", "/meta"))
        {
            if (root[Key("/", id, "/meta")].Inside is not { } notes)
                continue;
            foreach ((string key, Component value) in notes)
            {
                if (value.Type == 's')
                    metadata.TryAdd(key, TextOf(r, value));
            }
        }
        int masks = Numbered(root, "/", "/mask").Count;
        if (masks > 0)
            remarks.Add($"{masks} mask{(masks == 1 ? " is" : "s are")} left out.");
        if (root.Keys.Any(key => key.StartsWith("/sps/", StringComparison.Ordinal)))
            remarks.Add("Single-point spectra (/sps) are left out.");
        return new MeasuredFile
        {
            Path = path,
            Format = old ? "Gwyddion 1 container" : "Gwyddion container",
            Channels = channels,
            Spectra = spectra,
            Metadata = metadata,
            Remarks = remarks,
        };
    }

    /// <summary>Writes images, grids of spectra and notes; an existing file is replaced only when the new one is complete.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public static void Write(string path, MeasuredFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        byte[] root = Container(writer =>
        {
            for (int id = 0; id < file.Channels.Count; id++)
            {
                MeasuredChannel channel = file.Channels[id];
                writer.Object(Key("/", id, "/data"), "GwyDataField", field =>
                {
                    field.Number("xres", channel.Columns);
                    field.Number("yres", channel.Rows);
                    field.Number("xreal", channel.Width);
                    field.Number("yreal", channel.Height);
                    field.Number("xoff", channel.OffsetX);
                    field.Number("yoff", channel.OffsetY);
                    field.Unit("si_unit_xy", channel.LateralUnit);
                    field.Unit("si_unit_z", channel.Unit);
                    field.Array("data", Array.ConvertAll(channel.Values, value => (double)value));
                });
                writer.Text(Key("/", id, "/data/title"), channel.Name);
                if (id == 0)
                    writer.Boolean(Key("/", id, "/data/visible"), true);
                if (file.Metadata.Count > 0)
                {
                    writer.Object(Key("/", id, "/meta"), "GwyContainer", notes =>
                    {
                        foreach ((string key, string value) in file.Metadata)
                            notes.Text(key, value);
                    });
                }
            }
            int brick = 0;
            foreach (SpectrumSet set in file.Spectra.Where(set => set.Count > 1))
            {
                for (int c = 0; c < set.ChannelNames.Count; c++)
                    WriteBrick(writer, brick++, set, c);
            }
            int graph = 0;
            foreach (SpectrumSet set in file.Spectra.Where(set => set.Count == 1))
                WriteGraph(writer, ++graph, set);
        });
        WholeFile.Write(path, partial =>
        {
            using FileStream stream = File.Create(partial);
            stream.Write("GWYP"u8);
            stream.Write("GwyContainer\0"u8);
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)root.Length);
            stream.Write(length);
            stream.Write(root);
        });
    }

    private static string Key(string start, int id, string end) => string.Create(CultureInfo.InvariantCulture, $"{start}{id}{end}");

    private static List<int> Numbered(Dictionary<string, Component> root, string start, string end)
    {
        var ids = new List<int>();
        foreach (string key in root.Keys)
        {
            if (key.Length > start.Length + end.Length && key.StartsWith(start, StringComparison.Ordinal) && key.EndsWith(end, StringComparison.Ordinal)
                && int.TryParse(key.AsSpan(start.Length, key.Length - start.Length - end.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && Key(start, id, end) == key)
                ids.Add(id);
        }
        ids.Sort();
        return ids;
    }

    private static Dictionary<string, Component> ReadObject(ByteReader r, ref long at, out string type, int depth, bool oldTop)
    {
        if (depth > DeepestNesting)
            throw r.Refuse(at, $"objects are nested more than {DeepestNesting} deep; the file is damaged.");
        type = Zero(r, ref at, "an object's name");
        long length = r.UInt32(at, "an object's length");
        at += 4;
        r.Slice(at, length, $"the object {ByteReader.Quote(type)}");
        long end = at + length;
        var inside = new Dictionary<string, Component>(StringComparer.Ordinal);
        while (at < end)
        {
            // Gwyddion 1 wrote the type before the name, but only in the top container.
            char kind = oldTop ? OldType(r, at) : ' ';
            at += oldTop ? 4 : 0;
            string key = Zero(r, ref at, "a component's name");
            if (!oldTop)
                kind = (char)r.Byte(at++, "a component's type");
            inside[key] = ReadComponent(r, ref at, kind, depth);
            if (at > end)
                throw r.Refuse(at, $"the component {ByteReader.Quote(key)} goes beyond its object, which ends at offset {end}; the file is damaged.");
        }
        return inside;
    }

    private static Component ReadComponent(ByteReader r, ref long at, char kind, int depth)
    {
        int offset = (int)at;
        switch (kind)
        {
            case 'b' or 'c':
                r.Slice(at, 1, "a byte");
                at++;
                return new Component(kind, offset, 1, null, null);
            case 'i':
                r.Slice(at, 4, "a number");
                at += 4;
                return new Component(kind, offset, 1, null, null);
            case 'q' or 'd':
                r.Slice(at, 8, "a number");
                at += 8;
                return new Component(kind, offset, 1, null, null);
            case 's':
                Zero(r, ref at, "a text");
                return new Component(kind, offset, (int)at - offset - 1, null, null);
            case 'o':
                return new Component(kind, offset, 1, ReadObject(r, ref at, out _, depth + 1, false), null);
            case 'C' or 'I' or 'Q' or 'D':
                long count = r.UInt32(at, "an array's length");
                at += 4;
                int size = kind switch { 'C' => 1, 'I' => 4, _ => 8 };
                r.Slice(at, count * size, $"an array of {count} elements");
                var array = new Component(kind, (int)at, (int)count, null, null);
                at += count * size;
                return array;
            case 'S':
                for (long left = Counted(r, ref at); left > 0; left--)
                    Zero(r, ref at, "a text of an array");
                return new Component(kind, offset, 0, null, null);
            case 'O':
                var items = new List<Dictionary<string, Component>>();
                for (long left = Counted(r, ref at); left > 0; left--)
                    items.Add(ReadObject(r, ref at, out _, depth + 1, false));
                return new Component(kind, offset, items.Count, null, items);
            default:
                throw r.Refuse(at - 1, $"a component's type is {ByteReader.Quote(kind.ToString())}; one of b c i q d s o C I Q D S O was expected. The file is damaged.");
        }
    }

    private static long Counted(ByteReader r, ref long at)
    {
        long count = r.UInt32(at, "an array's length");
        at += 4;
        // Each element has at least its NUL.
        r.Slice(at, count, $"an array of {count} elements");
        return count;
    }

    // The numbers of GLib's fundamental types.
    private static char OldType(ByteReader r, long at) => r.UInt32(at, "a component's type") switch
    {
        0x14 => 'b',
        0x0C or 0x10 => 'c',
        0x18 => 'i',
        0x28 => 'q',
        0x3C => 'd',
        0x40 => 's',
        0x50 => 'o',
        long other => throw r.Refuse(at, $"a component's type is 0x{other:x}, which this reader of Gwyddion 1 files does not know; open the file in "
            + "Gwyddion 2 and save it again."),
    };

    private static string Zero(ByteReader r, ref long at, string what)
    {
        ReadOnlySpan<byte> rest = r.Slice(at, r.Length - at, what);
        int end = rest.IndexOf((byte)0);
        if (end < 0)
            throw r.Refuse(at, $"{what} has no end before the file's; the file is cut off or damaged.");
        at += end + 1;
        return Encoding.UTF8.GetString(rest[..end]);
    }

    private static string TextOf(ByteReader r, Component component) =>
        component.Type == 's' ? ByteReader.Text(r.Slice(component.Offset, component.Count, "a text")) : "";

    private static int Whole(ByteReader r, Dictionary<string, Component> inside, string key, int at)
    {
        if (!inside.TryGetValue(key, out Component component) || component.Type != 'i')
            throw r.Refuse(at, $"the object has no whole number '{key}'; the file is damaged.");
        int value = r.Int32(component.Offset, key);
        return value > 0 ? value : throw r.Refuse(component.Offset, $"'{key}' is {value}; a positive number was expected.");
    }

    private static double Real(ByteReader r, Dictionary<string, Component> inside, string key, double otherwise) =>
        inside.TryGetValue(key, out Component component) && component.Type == 'd' && r.Double(component.Offset, key) is var value && double.IsFinite(value)
            ? value : otherwise;

    private static string Unit(ByteReader r, Dictionary<string, Component> inside, string key)
    {
        string unit = inside.TryGetValue(key, out Component component) && component.Inside is { } parts && parts.TryGetValue("unitstr", out Component text)
            ? TextOf(r, text) : "";
        // Values are in base units whatever prefix Gwyddion 1 kept for its display.
        return unit is "µm" or "nm" or "um" or "pm" ? "m" : unit;
    }

    private static MeasuredChannel Image(ByteReader r, Component data, string title, MemoryBudget budget)
    {
        Dictionary<string, Component> field = data.Inside!;
        int columns = Whole(r, field, "xres", data.Offset);
        int rows = Whole(r, field, "yres", data.Offset);
        float[] values = Singles(r, field, "data", data.Offset, ByteReader.Product(columns, rows), budget);
        double width = Real(r, field, "xreal", 0);
        double height = Real(r, field, "yreal", 0);
        string lateral = Unit(r, field, "si_unit_xy");
        return new MeasuredChannel(title, Unit(r, field, "si_unit_z"), rows, columns, values, width, height)
        {
            OffsetX = Real(r, field, "xoff", 0),
            OffsetY = Real(r, field, "yoff", 0),
            LateralUnit = lateral.Length > 0 ? lateral : "px",
        };
    }

    private static Component Doubles(ByteReader r, Dictionary<string, Component> inside, string key, int at, long needed)
    {
        if (!inside.TryGetValue(key, out Component data) || data.Type != 'D')
            throw r.Refuse(at, $"the object has no array of numbers '{key}'; the file is damaged.");
        return data.Count == needed ? data
            : throw r.Refuse(data.Offset, $"'{key}' holds {data.Count} numbers; the object's resolution needs {(needed < 0 ? "more than an array can hold" : needed)}.");
    }

    private static float[] Singles(ByteReader r, Dictionary<string, Component> inside, string key, int at, long needed, MemoryBudget budget)
    {
        Component data = Doubles(r, inside, key, at, needed);
        budget.Take(4L * data.Count, data.Offset, $"'{key}'");
        var values = new float[data.Count];
        ByteReader.ToSingles(r.Slice(data.Offset, 8L * data.Count, key), NumberKind.Float64, false, values);
        return values;
    }

    private static double[] Reals(ByteReader r, Dictionary<string, Component> inside, string key, int at, long needed, MemoryBudget budget)
    {
        Component data = Doubles(r, inside, key, at, needed);
        budget.Take(8L * data.Count, data.Offset, $"'{key}'");
        var values = new double[data.Count];
        ByteReader.ToDoubles(r.Slice(data.Offset, 8L * data.Count, key), NumberKind.Float64, false, values);
        return values;
    }

    private static string Title(ByteReader r, Dictionary<string, Component> root, int id) =>
        root.TryGetValue(Key("/", id, "/data/title"), out Component title) ? TextOf(r, title) : "";

    // Volume data: data[(z * yres + y) * xres + x].
    private static SpectrumSet Brick(ByteReader r, Component component, string title, MemoryBudget budget)
    {
        Dictionary<string, Component> brick = component.Inside!;
        int columns = Whole(r, brick, "xres", component.Offset);
        int rows = Whole(r, brick, "yres", component.Offset);
        int samples = Whole(r, brick, "zres", component.Offset);
        Component planes = Doubles(r, brick, "data", component.Offset, ByteReader.Product(columns, rows, samples));
        budget.Take(8L * planes.Count, component.Offset, "the volume data");
        double[] values = GC.AllocateUninitializedArray<double>(planes.Count);
        ByteReader.Transpose(r.Slice(planes.Offset, 8L * planes.Count, "the volume data"), NumberKind.Float64, false, samples, rows * columns, values.AsSpan());
        var axis = new double[samples];
        string axisUnit = Unit(r, brick, "si_unit_z");
        if (brick.TryGetValue("calibration", out Component calibration) && calibration.Inside is { } line)
        {
            axis = Reals(r, line, "data", calibration.Offset, samples, budget);
            axisUnit = Unit(r, line, "si_unit_y");
        }
        else
        {
            double depth = Real(r, brick, "zreal", samples);
            double start = Real(r, brick, "zoff", 0);
            for (int z = 0; z < samples; z++)
                axis[z] = start + (depth * z / samples);
        }
        string unit = Unit(r, brick, "si_unit_w");
        string axisName = axisUnit switch { "V" => "Bias", "s" => "Time", "m" => "Z", _ => "Axis" };
        string name = title.Length > 0 ? title : unit == "A" ? "Current" : "Volume";
        double width = Real(r, brick, "xreal", 0);
        return new SpectrumSet(name, axisName, axisUnit, axis, [name], [unit], values, rows, columns)
        {
            PitchMetres = width > 0 && Unit(r, brick, "si_unit_x") == "m" ? width / columns : null,
        };
    }

    private static void Graph(ByteReader r, Dictionary<string, Component> graph, List<SpectrumSet> spectra, MemoryBudget budget)
    {
        if (!graph.TryGetValue("curves", out Component curves) || curves.Items is null)
            return;
        string xUnit = Unit(r, graph, "x_unit");
        string yUnit = Unit(r, graph, "y_unit");
        string title = graph.TryGetValue("title", out Component t) ? TextOf(r, t) : "Graph";
        foreach (Dictionary<string, Component> curve in curves.Items)
        {
            if (!curve.TryGetValue("xdata", out Component x) || x.Type != 'D' || x.Count == 0)
                continue;
            string name = curve.TryGetValue("description", out Component d) ? TextOf(r, d) : title;
            spectra.Add(new SpectrumSet(title, xUnit == "V" ? "Bias" : "X", xUnit, Reals(r, curve, "xdata", x.Offset, x.Count, budget), [name], [yUnit],
                Reals(r, curve, "ydata", x.Offset, x.Count, budget), 1, 1));
        }
    }

    private static void WriteBrick(ComponentWriter writer, int id, SpectrumSet set, int channel)
    {
        writer.Object(Key("/brick/", id, ""), "GwyBrick", brick =>
        {
            int points = set.Count;
            double pitch = set.PitchMetres ?? 1;
            brick.Number("xres", set.Columns);
            brick.Number("yres", set.Rows);
            brick.Number("zres", set.Samples);
            brick.Number("xreal", pitch * set.Columns);
            brick.Number("yreal", pitch * set.Rows);
            brick.Number("zreal", (double)set.Samples);
            brick.Unit("si_unit_x", set.PitchMetres is null ? "" : "m");
            brick.Unit("si_unit_y", set.PitchMetres is null ? "" : "m");
            brick.Unit("si_unit_z", "");
            brick.Unit("si_unit_w", set.ChannelUnits[channel]);
            var planes = new double[points * set.Samples];
            for (int p = 0; p < points; p++)
            {
                ReadOnlySpan<double> curve = set.Curve(p, channel);
                for (int z = 0; z < curve.Length; z++)
                    planes[(z * points) + p] = curve[z];
            }
            brick.Array("data", planes);
            // A sweep there and back is no straight axis: its samples are written one by one.
            brick.Object("calibration", "GwyDataLine", line =>
            {
                line.Number("res", set.Samples);
                line.Number("real", (double)set.Samples);
                line.Unit("si_unit_x", "");
                line.Unit("si_unit_y", set.AxisUnit);
                line.Array("data", set.Axis);
            });
        });
        writer.Text(Key("/brick/", id, "/title"), set.ChannelNames[channel]);
    }

    private static void WriteGraph(ComponentWriter writer, int id, SpectrumSet set) =>
        writer.Object(Key("/0/graph/graph/", id, ""), "GwyGraphModel", graph =>
        {
            graph.Text("title", set.Name);
            graph.Unit("x_unit", set.AxisUnit);
            graph.Unit("y_unit", set.ChannelUnits.Distinct().Count() == 1 ? set.ChannelUnits[0] : "");
            graph.Objects("curves", "GwyGraphCurveModel", set.ChannelNames.Count, (curve, c) =>
            {
                curve.Text("description", set.ChannelNames[c]);
                curve.Array("xdata", set.Axis);
                curve.Array("ydata", set.Curve(0, c).ToArray());
            });
        });

    private static byte[] Container(Action<ComponentWriter> fill)
    {
        var writer = new ComponentWriter();
        fill(writer);
        return writer.Bytes();
    }

    private sealed class ComponentWriter
    {
        private readonly ArrayBufferWriter<byte> output = new();

        public byte[] Bytes() => output.WrittenSpan.ToArray();

        public void Number(string key, int value)
        {
            Begin(key, 'i');
            Span<byte> raw = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(raw, value);
            output.Write<byte>(raw);
        }

        public void Number(string key, double value)
        {
            Begin(key, 'd');
            Span<byte> raw = stackalloc byte[8];
            BinaryPrimitives.WriteDoubleLittleEndian(raw, value);
            output.Write<byte>(raw);
        }

        public void Boolean(string key, bool value)
        {
            Begin(key, 'b');
            output.Write((ReadOnlySpan<byte>)[value ? (byte)1 : (byte)0]);
        }

        public void Text(string key, string value)
        {
            Begin(key, 's');
            Zero(value);
        }

        public void Array(string key, double[] values)
        {
            Begin(key, 'D');
            Length(values.Length);
            output.Write<byte>(MemoryMarshal.AsBytes<double>(values));
        }

        public void Unit(string key, string unit) => Object(key, "GwySIUnit", part => part.Text("unitstr", unit));

        public void Object(string key, string type, Action<ComponentWriter> fill)
        {
            Begin(key, 'o');
            Write(type, fill);
        }

        public void Objects(string key, string type, int count, Action<ComponentWriter, int> fill)
        {
            Begin(key, 'O');
            Length(count);
            for (int i = 0; i < count; i++)
                Write(type, part => fill(part, i));
        }

        private void Write(string type, Action<ComponentWriter> fill)
        {
            Zero(type);
            byte[] inside = Container(fill);
            Length(inside.Length);
            output.Write<byte>(inside);
        }

        private void Begin(string key, char type)
        {
            Zero(key);
            output.Write((ReadOnlySpan<byte>)[(byte)type]);
        }

        private void Length(int count)
        {
            Span<byte> raw = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(raw, count);
            output.Write<byte>(raw);
        }

        // A NUL within a note would end it.
        private void Zero(string text)
        {
            output.Write<byte>(Encoding.UTF8.GetBytes(text.Replace('\0', ' ')));
            output.Write((ReadOnlySpan<byte>)[0]);
        }
    }
}
