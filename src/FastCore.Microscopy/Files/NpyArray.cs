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
    private bool writeAsIntegers;

    private NpyArray(int[] shape, double[] values, string? text)
    {
        Shape = shape;
        Values = values;
        Text = text;
    }

    /// <summary>Lengths of the axes; empty for a scalar.</summary>
    public int[] Shape { get; }

    /// <summary>Elements in C order; empty for text.</summary>
    public double[] Values { get; }

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
        NpyArray array = Of(numbers, shape);
        array.writeAsIntegers = true;
        return array;
    }

    /// <summary>A scalar string.</summary>
    public static NpyArray OfText(string text) => new([], [], text);

    /// <summary>Reads one array.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">Name for messages.</param>
    /// <exception cref="InvalidDataException">Not a .npy file, an element type that is no plain number or string, or a wrong length.</exception>
    public static NpyArray Read(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.Length < 10 || bytes[0] != 0x93 || !bytes[1..6].SequenceEqual("NUMPY"u8))
            throw new InvalidDataException($"{name}: not a NumPy array: the file does not begin with \\x93NUMPY.");
        int major = bytes[6];
        if (major is < 1 or > 3)
            throw new InvalidDataException($"{name}: .npy version {major} at offset 6 is not known; versions 1, 2 and 3 are.");
        int start = major == 1 ? 10 : 12;
        if (bytes.Length < start)
            throw new InvalidDataException($"{name}: the file ends inside its header.");
        long headerLength = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (start + headerLength > bytes.Length)
            throw new InvalidDataException($"{name}: the header claims {headerLength} bytes, the file has {bytes.Length - start} left at offset {start}.");
        string header = Encoding.UTF8.GetString(bytes.Slice(start, (int)headerLength));
        ReadOnlySpan<byte> body = bytes[(start + (int)headerLength)..];

        string type = Field(header, "descr", name).Trim('\'', '"');
        bool fortran = Field(header, "fortran_order", name) == "True";
        int[] shape = ParseShape(Field(header, "shape", name), name);
        long count = 1;
        foreach (int length in shape)
        {
            count *= length;
            if (count > int.MaxValue)
                throw new InvalidDataException($"{name}: an array of shape ({string.Join(", ", shape)}) is larger than this reader takes.");
        }
        if (type.Length < 3 || type[0] is not ('<' or '>' or '|' or '=') || !int.TryParse(type[2..], NumberStyles.None, null, out int size))
            throw new InvalidDataException($"{name}: the element type {type} is not supported; plain numbers, booleans and strings are.");
        bool bigEndian = type[0] == '>';
        if (type[1] is 'U' or 'S')
        {
            long bytesPerString = type[1] == 'U' ? 4L * size : size;
            if (count != 1 || bytesPerString > body.Length)
                throw new InvalidDataException($"{name}: only a single string is supported, of no more than the file's length.");
            ReadOnlySpan<byte> raw = body[..(int)bytesPerString];
            Encoding encoding = type[1] == 'S' ? Encoding.Latin1 : new UTF32Encoding(bigEndian, false);
            return new NpyArray(shape, [], encoding.GetString(raw).TrimEnd('\0'));
        }
        if (size is not (1 or 2 or 4 or 8) || count * size != body.Length)
            throw new InvalidDataException($"{name}: {count} elements of type {type} need {count * size} bytes, the file has {body.Length}.");
        var values = new double[count];
        switch (type[1], size)
        {
            case ('f', 8): Convert(body, values, bigEndian, static b => BinaryPrimitives.ReadDoubleLittleEndian(b), static b => BinaryPrimitives.ReadDoubleBigEndian(b), 8); break;
            case ('f', 4): Convert(body, values, bigEndian, static b => BinaryPrimitives.ReadSingleLittleEndian(b), static b => BinaryPrimitives.ReadSingleBigEndian(b), 4); break;
            case ('f', 2): Convert(body, values, bigEndian, static b => (double)BinaryPrimitives.ReadHalfLittleEndian(b), static b => (double)BinaryPrimitives.ReadHalfBigEndian(b), 2); break;
            case ('i', 8): Convert(body, values, bigEndian, static b => BinaryPrimitives.ReadInt64LittleEndian(b), static b => BinaryPrimitives.ReadInt64BigEndian(b), 8); break;
            case ('i', 4): Convert(body, values, bigEndian, static b => BinaryPrimitives.ReadInt32LittleEndian(b), static b => BinaryPrimitives.ReadInt32BigEndian(b), 4); break;
            case ('i', 2): Convert(body, values, bigEndian, static b => BinaryPrimitives.ReadInt16LittleEndian(b), static b => BinaryPrimitives.ReadInt16BigEndian(b), 2); break;
            case ('u', 8): Convert(body, values, bigEndian, static b => BinaryPrimitives.ReadUInt64LittleEndian(b), static b => BinaryPrimitives.ReadUInt64BigEndian(b), 8); break;
            case ('u', 4): Convert(body, values, bigEndian, static b => BinaryPrimitives.ReadUInt32LittleEndian(b), static b => BinaryPrimitives.ReadUInt32BigEndian(b), 4); break;
            case ('u', 2): Convert(body, values, bigEndian, static b => BinaryPrimitives.ReadUInt16LittleEndian(b), static b => BinaryPrimitives.ReadUInt16BigEndian(b), 2); break;
            case ('i', 1): Convert(body, values, false, static b => (sbyte)b[0], static b => (sbyte)b[0], 1); break;
            case ('u' or 'b', 1): Convert(body, values, false, static b => b[0], static b => b[0], 1); break;
            default: throw new InvalidDataException($"{name}: the element type {type} is not supported; plain numbers, booleans and strings are.");
        }
        return new NpyArray(shape, fortran ? FromFortran(values, shape) : values, null);
    }

    /// <summary>Writes the array as version 1.0: numbers as &lt;f8 (<see cref="OfIntegers"/> as &lt;i8), text as &lt;U.</summary>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        string shape = Shape.Length == 1 ? $"({Shape[0]},)" : $"({string.Join(", ", Shape)})";
        int textLength = Text is null ? 0 : Math.Max(1, Encoding.UTF32.GetByteCount(Text) / 4);
        string type = Text is not null ? $"<U{textLength}" : writeAsIntegers ? "<i8" : "<f8";
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
        else if (writeAsIntegers)
        {
            stream.Write(MemoryMarshal.AsBytes<long>(Array.ConvertAll(Values, value => (long)value)));
        }
        else
        {
            stream.Write(MemoryMarshal.AsBytes<double>(Values));
        }
    }

    private delegate double Decode(ReadOnlySpan<byte> bytes);

    private static void Convert(ReadOnlySpan<byte> body, double[] values, bool bigEndian, Decode little, Decode big, int size)
    {
        Decode decode = bigEndian ? big : little;
        for (int i = 0; i < values.Length; i++)
            values[i] = decode(body.Slice(i * size, size));
    }

    private static string Field(string header, string key, string name)
    {
        int at = header.IndexOf($"'{key}'", StringComparison.Ordinal);
        int colon = at < 0 ? -1 : header.IndexOf(':', at);
        if (colon < 0)
            throw new InvalidDataException($"{name}: the header has no '{key}': {header.Trim()}");
        string rest = header[(colon + 1)..].TrimStart();
        int end = rest.StartsWith('(') ? rest.IndexOf(')') + 1 : rest.StartsWith('[') ? rest.IndexOf(']') + 1 : rest.IndexOfAny([',', '}']);
        return end > 0 ? rest[..end].Trim() : throw new InvalidDataException($"{name}: the header's '{key}' has no end.");
    }

    private static int[] ParseShape(string text, string name)
    {
        string[] parts = text.Trim('(', ')').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var shape = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, null, out shape[i]))
                throw new InvalidDataException($"{name}: the header's shape {text} is not a list of lengths.");
        }
        return shape;
    }

    private static double[] FromFortran(double[] values, int[] shape)
    {
        var result = new double[values.Length];
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
