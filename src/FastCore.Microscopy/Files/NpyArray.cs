using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FastCore.Microscopy.Files;

/// <summary>
/// One array of NumPy's .npy format, version 1 to 3 (NumPy enhancement proposal 1). Numbers are read as double or kept as text; C and Fortran
/// order are read, C order is written.
/// </summary>
public sealed class NpyArray
{
    private readonly float[][] planes;
    private double[]? values;

    private NpyArray(int[] shape, double[] values, string? text)
    {
        Shape = shape;
        planes = [];
        this.values = values;
        Text = text;
    }

    private NpyArray(int[] shape, float[][] planes)
    {
        Shape = shape;
        this.planes = planes;
    }

    /// <summary>Lengths of the axes; empty for a scalar.</summary>
    public int[] Shape { get; }

    /// <summary>Elements in C order; empty for text.</summary>
    public double[] Values => values ??= [.. planes.SelectMany(plane => plane).Select(value => (double)value)];

    /// <summary>The elements at an index of the first of three axes, in single precision; of fewer axes all.</summary>
    internal float[] Plane(int index)
    {
        if (planes.Length > 1 || (planes.Length == 1 && Shape is not [> 1, _, _]))
            return planes[index];
        int size = Shape.Length == 3 ? Count / Shape[0] : Count;
        return Array.ConvertAll(Values[(index * size)..((index + 1) * size)], value => (float)value);
    }

    /// <summary>Number of elements; 0 for text.</summary>
    internal int Count => values?.Length ?? planes.Sum(plane => plane.Length);

    /// <summary>How the elements were read and are written: &lt;f8 (default), &lt;f4, &lt;i8, &lt;i4, |u1 or |b1; &lt;U for text. Other types that
    /// are read become &lt;f8 (whole numbers &lt;i8).</summary>
    public string ElementType { get; private init; } = "<f8";

    /// <summary>The string of a scalar text array, else null.</summary>
    public string? Text { get; }

    /// <summary>Wraps <paramref name="values"/> (C order, not copied).</summary>
    /// <exception cref="ArgumentException">The number of values is not the product of the shape.</exception>
    public static NpyArray Of(double[] values, params int[] shape)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(shape);
        long count = 1;
        foreach (int length in shape)
            count *= length;
        return count == values.Length
            ? new NpyArray(shape, values, null)
            : throw new ArgumentException($"{values.Length} values do not fill an array of shape ({string.Join(", ", shape)}).", nameof(values));
    }

    /// <summary>Whole numbers: written as &lt;i8, so that NumPy takes them as indices.</summary>
    /// <exception cref="ArgumentException">The number of values is not the product of the shape.</exception>
    public static NpyArray OfIntegers(ReadOnlySpan<int> values, params int[] shape)
    {
        var numbers = new double[values.Length];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = values[i];
        return Of(numbers, shape).As("<i8");
    }

    /// <summary>The same elements, to be written as another type.</summary>
    /// <param name="elementType">&lt;f8, &lt;f4, &lt;i8, &lt;i4, |u1 or |b1. Whole numbers are rounded and kept within their range.</param>
    /// <exception cref="ArgumentException">Another type, or a text.</exception>
    public NpyArray As(string elementType) => Text is null && elementType is "<f8" or "<f4" or "<i8" or "<i4" or "|u1" or "|b1"
        ? new NpyArray(Shape, Values, null) { ElementType = elementType }
        : throw new ArgumentException($"Arrays are written as <f8, <f4, <i8, <i4, |u1 or |b1; '{elementType}' is none of these, or the array is a text.", nameof(elementType));

    /// <summary>A scalar string.</summary>
    public static NpyArray OfText(string text) => new([], [], text) { ElementType = "<U" };

    /// <summary>Reads one array.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">Name for messages.</param>
    /// <exception cref="InvalidDataException">Not a .npy file, an element type that is no plain number or string, or a wrong length.</exception>
    public static NpyArray Read(ReadOnlySpan<byte> bytes, string name)
    {
        Header header = ParseHeader(bytes, bytes.Length, name);
        if (header.TextBytes >= 0)
            return OfText(header.Decode(bytes.Slice(header.Start, header.TextBytes)));
        new MemoryBudget(name, bytes.Length).Take(8L * header.Count * (header.Fortran ? 2 : 1), header.Start, "the array");
        double[] values = GC.AllocateUninitializedArray<double>(header.Count);
        ByteReader.ToDoubles(bytes[header.Start..], header.Kind, header.BigEndian, values);
        return new NpyArray(header.Shape, header.Fortran ? FromFortran(values, header.Shape) : values, null) { ElementType = header.ElementType };
    }

    /// <summary>Reads the numbers of one array in single precision and C order: half the memory of <see cref="Read"/>.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">Name for messages.</param>
    /// <param name="shape">Lengths of the axes.</param>
    /// <exception cref="InvalidDataException">As <see cref="Read"/>, or a text.</exception>
    public static float[] ReadSingles(ReadOnlySpan<byte> bytes, string name, out int[] shape)
    {
        Header header = ParseHeader(bytes, bytes.Length, name);
        if (header.TextBytes >= 0)
            throw new InvalidDataException($"{name}: the array is a text; numbers are needed.");
        shape = header.Shape;
        new MemoryBudget(name, bytes.Length).Take(4L * header.Count * (header.Fortran ? 2 : 1), header.Start, "the array");
        float[] values = GC.AllocateUninitializedArray<float>(header.Count);
        ByteReader.ToSingles(bytes[header.Start..], header.Kind, header.BigEndian, values);
        return header.Fortran ? FromFortran(values, shape) : values;
    }

    /// <summary>
    /// Reads one array out of an archive as it is unpacked: only its elements are kept. Those of images, in single precision, are parted along their
    /// first axis.
    /// </summary>
    /// <param name="stream">The unpacked file from its beginning.</param>
    /// <param name="length">Its length as the archive's list claims it.</param>
    /// <param name="name">Name for messages.</param>
    /// <param name="budget">What the elements may take.</param>
    /// <param name="isImage">Whether single precision is enough.</param>
    /// <exception cref="InvalidDataException">As <see cref="Read"/>.</exception>
    /// <exception cref="EndOfStreamException">Fewer bytes than claimed.</exception>
    internal static NpyArray Unpack(Stream stream, long length, string name, MemoryBudget budget, bool isImage)
    {
        var buffer = new byte[(int)Math.Clamp(length, 0, 1 << 16)];
        long there = 0;
        Fill(buffer);
        Header header = ParseHeader(buffer, length, name);
        int at = header.Start;
        int end = buffer.Length;
        if (header.TextBytes >= 0)
        {
            budget.Take(4L * header.TextBytes, at, name);
            var raw = new byte[header.TextBytes];
            int first = Math.Min(raw.Length, end - at);
            buffer.AsSpan(at, first).CopyTo(raw);
            Fill(raw.AsSpan(first));
            return OfText(header.Decode(raw));
        }
        budget.Take((isImage ? 4L : 8L) * header.Count * (header.Fortran ? 2 : 1), at, name);
        if (!isImage)
        {
            double[] values = GC.AllocateUninitializedArray<double>(header.Count);
            Elements(values.AsSpan());
            return new NpyArray(header.Shape, header.Fortran ? FromFortran(values, header.Shape) : values, null) { ElementType = header.ElementType };
        }
        var planes = new float[header.Shape.Length == 3 && !header.Fortran ? header.Shape[0] : 1][];
        for (int p = 0; p < planes.Length; p++)
        {
            planes[p] = GC.AllocateUninitializedArray<float>(header.Count / planes.Length);
            Elements(planes[p].AsSpan());
        }
        return new NpyArray(header.Shape, header.Fortran ? [FromFortran(planes[0], header.Shape)] : planes) { ElementType = header.ElementType };

        // What the buffer still holds first, then the rest of the stream in pieces of its size.
        void Elements<T>(Span<T> target)
            where T : unmanaged, System.Numerics.INumberBase<T>
        {
            int size = header.Kind.Size();
            while (target.Length > 0)
            {
                int count = Math.Min(target.Length, (end - at) / size);
                ByteReader.Convert(buffer.AsSpan(at, count * size), header.Kind, header.BigEndian, target[..count]);
                target = target[count..];
                at += count * size;
                if (target.Length == 0)
                    return;
                int rest = end - at;
                buffer.AsSpan(at, rest).CopyTo(buffer);
                end = (int)Math.Min(buffer.Length, (long)target.Length * size);
                Fill(buffer.AsSpan(rest, end - rest));
                at = 0;
            }
        }

        void Fill(Span<byte> target)
        {
            int read = stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
            there += read;
            if (read < target.Length)
                throw new EndOfStreamException($"an array has {there} bytes where the archive's list claims {length}.");
        }
    }

    /// <summary>The shape alone.</summary>
    internal static int[] ReadShape(ReadOnlySpan<byte> bytes, string name) => ParseHeader(bytes, bytes.Length, name).Shape;

    // TextBytes is -1 for numbers.
    private readonly record struct Header(int Start, int Count, int[] Shape, bool Fortran, NumberKind Kind, bool BigEndian, string ElementType, int TextBytes)
    {
        public string Decode(ReadOnlySpan<byte> raw) => (ElementType == "S" ? Encoding.Latin1 : new UTF32Encoding(BigEndian, false)).GetString(raw).TrimEnd('\0');
    }

    // Of a file of the given length the beginning, with the whole header.
    private static Header ParseHeader(ReadOnlySpan<byte> bytes, long fileLength, string name)
    {
        if (bytes.Length < 10 || !Recognises(bytes))
            throw new InvalidDataException($"{name}: not a NumPy array: the file does not begin with \\x93NUMPY.");
        int major = bytes[6];
        if (major is < 1 or > 3)
            throw new InvalidDataException($"{name}: .npy version {major} at offset 6 is not known; versions 1, 2 and 3 are.");
        int start = major == 1 ? 10 : 12;
        if (bytes.Length < start)
            throw new InvalidDataException($"{name}: the file ends inside its header.");
        long headerLength = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (start + headerLength > fileLength)
            throw new InvalidDataException($"{name}: the header claims {headerLength} bytes, the file has {fileLength - start} left at offset {start}.");
        if (start + headerLength > bytes.Length)
            throw new InvalidDataException($"{name}: the header has {headerLength} bytes, more than that of any array of plain numbers.");
        string header = Encoding.UTF8.GetString(bytes.Slice(start, (int)headerLength));
        start += (int)headerLength;
        long body = fileLength - start;

        string type = Field(header, "descr", name).Trim('\'', '"');
        bool fortran = Field(header, "fortran_order", name) == "True";
        int[] shape = ParseShape(Field(header, "shape", name), name);
        long count = ByteReader.Product(Array.ConvertAll(shape, length => (long)length));
        if (count < 0)
            throw new InvalidDataException($"{name}: an array of shape ({string.Join(", ", shape)}) is larger than this reader takes.");
        if (type.StartsWith("|O", StringComparison.Ordinal) || type == "O")
            throw new InvalidDataException($"{name}: the array holds Python objects, which are programs rather than numbers; save it with allow_pickle=False.");
        if (type.Length < 3 || type[0] is not ('<' or '>' or '|' or '=') || !int.TryParse(type[2..], NumberStyles.None, null, out int size))
            throw Unsupported(type, name);
        bool bigEndian = type[0] == '>';
        if (type[1] is 'U' or 'S')
        {
            long bytesPerString = type[1] == 'U' ? 4L * size : size;
            if (count != 1 || bytesPerString > body)
                throw new InvalidDataException($"{name}: only a single string is supported, of no more than the file's length.");
            return new Header(start, 0, shape, false, default, bigEndian, type[1] == 'S' ? "S" : "<U", (int)bytesPerString);
        }
        NumberKind kind = (type[1], size) switch
        {
            ('f', 8) => NumberKind.Float64,
            ('f', 4) => NumberKind.Float32,
            ('f', 2) => NumberKind.Float16,
            ('i', 8) => NumberKind.Int64,
            ('i', 4) => NumberKind.Int32,
            ('i', 2) => NumberKind.Int16,
            ('i', 1) => NumberKind.Int8,
            ('u', 8) => NumberKind.UInt64,
            ('u', 4) => NumberKind.UInt32,
            ('u', 2) => NumberKind.UInt16,
            ('u' or 'b', 1) => NumberKind.UInt8,
            _ => throw Unsupported(type, name),
        };
        if (count * size != body)
            throw new InvalidDataException($"{name}: {count} elements of type {ByteReader.Quote(type)} need {count * size} bytes, the file has {body}.");
        string elementType = kind switch
        {
            NumberKind.Float32 => "<f4",
            NumberKind.Int32 => "<i4",
            NumberKind.UInt8 => type[1] == 'b' ? "|b1" : "|u1",
            NumberKind.Int64 or NumberKind.Int16 or NumberKind.Int8 or NumberKind.UInt16 or NumberKind.UInt32 => "<i8",
            _ => "<f8",
        };
        return new Header(start, (int)count, shape, fortran, kind, bigEndian, elementType, -1);
    }

    internal static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.Length >= 6 && bytes[0] == 0x93 && bytes[1..6].SequenceEqual("NUMPY"u8);

    /// <summary>Writes the array as version 1.0: numbers as <see cref="ElementType"/>, text as &lt;U.</summary>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        string shape = Shape.Length == 1 ? $"({Shape[0]},)" : $"({string.Join(", ", Shape)})";
        int textLength = Text is null ? 0 : Math.Max(1, Encoding.UTF32.GetByteCount(Text) / 4);
        string type = Text is not null ? $"<U{textLength}" : ElementType;
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}";
        // NumPy aligns the data to 64 bytes: magic 6, version 2, length 2, header, newline.
        header = header.PadRight((((header.Length + 11 + 63) / 64) * 64) - 11) + "\n";
        stream.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0]);
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        stream.Write(length);
        stream.Write(Encoding.ASCII.GetBytes(header));
        if (Text is not null)
        {
            var raw = new byte[4 * textLength];
            Encoding.UTF32.GetBytes(Text, raw);
            stream.Write(raw);
        }
        else
        {
            WriteNumbers(stream);
        }
    }

    private void WriteNumbers(Stream stream)
    {
        const int piece = 8192;
        for (int from = 0; from < Values.Length; from += piece)
        {
            ReadOnlySpan<double> part = Values.AsSpan(from, Math.Min(piece, Values.Length - from));
            switch (ElementType)
            {
                case "<f4":
                    stream.Write(MemoryMarshal.AsBytes<float>(Converted(part, static v => (float)v)));
                    break;
                case "<i8":
                    stream.Write(MemoryMarshal.AsBytes<long>(Converted(part, static v => (long)Math.Round(v))));
                    break;
                case "<i4":
                    stream.Write(MemoryMarshal.AsBytes<int>(Converted(part, static v => (int)Math.Round(v))));
                    break;
                case "|u1":
                    stream.Write(Converted(part, static v => (byte)Math.Round(v)));
                    break;
                case "|b1":
                    stream.Write(Converted(part, static v => v != 0 ? (byte)1 : (byte)0));
                    break;
                default:
                    stream.Write(MemoryMarshal.AsBytes(part));
                    break;
            }
        }
    }

    private static T[] Converted<T>(ReadOnlySpan<double> values, Func<double, T> convert)
    {
        var converted = new T[values.Length];
        for (int i = 0; i < converted.Length; i++)
            converted[i] = convert(values[i]);
        return converted;
    }

    private static InvalidDataException Unsupported(string type, string name) =>
        new($"{name}: the element type {ByteReader.Quote(type)} is not supported; plain numbers, booleans and strings are. Save the columns of a structured array one by one.");

    private static string Field(string header, string key, string name)
    {
        int at = header.IndexOf($"'{key}'", StringComparison.Ordinal);
        int colon = at < 0 ? -1 : header.IndexOf(':', at);
        if (colon < 0)
            throw new InvalidDataException($"{name}: the header has no '{key}': {ByteReader.Quote(header.Trim())}");
        string rest = header[(colon + 1)..].TrimStart();
        int end = rest.StartsWith('(') ? rest.IndexOf(')') + 1 : rest.StartsWith('[') ? rest.IndexOf(']') + 1 : rest.IndexOfAny([',', '}']);
        return end > 0 ? rest[..end].Trim() : throw new InvalidDataException($"{name}: the header's '{key}' has no end.");
    }

    private static int[] ParseShape(string text, string name)
    {
        string[] parts = text.Trim('(', ')').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length > 32)
            throw new InvalidDataException($"{name}: the header's shape has {parts.Length} axes; NumPy has at most 32.");
        var shape = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, null, out shape[i]))
                throw new InvalidDataException($"{name}: the header's shape {ByteReader.Quote(text)} is not a list of lengths.");
        }
        return shape;
    }

    private static T[] FromFortran<T>(T[] values, int[] shape)
    {
        var result = new T[values.Length];
        var index = new int[shape.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int target = 0;
            for (int axis = 0; axis < shape.Length; axis++)
                target = (target * shape[axis]) + index[axis];
            result[target] = values[i];
            for (int axis = 0; axis < shape.Length && ++index[axis] == shape[axis]; axis++)
                index[axis] = 0;
        }
        return result;
    }
}
