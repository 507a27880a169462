using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FastCore.Microscopy.Files;

/// <summary>
/// Reads numbers of one byte order out of a file's bytes. Every access is compared with the file's length first, so that nothing a file claims leads
/// outside it; whatever does is refused with file and offset.
/// </summary>
internal readonly ref struct ByteReader
{
    private readonly string file;
    private readonly bool bigEndian;

    public ByteReader(ReadOnlySpan<byte> bytes, string file, bool bigEndian = false)
    {
        Bytes = bytes;
        this.file = file;
        this.bigEndian = bigEndian;
    }

    public ReadOnlySpan<byte> Bytes { get; }

    public int Length => Bytes.Length;

    /// <summary>The only way in: <paramref name="count"/> bytes from <paramref name="offset"/>.</summary>
    public ReadOnlySpan<byte> Slice(long offset, long count, string what)
    {
        if (offset < 0 || count < 0 || offset > Bytes.Length || count > Bytes.Length - offset)
        {
            throw new InvalidDataException($"{file}: {what} at offset {offset} needs {count} bytes; the file has {Bytes.Length}. It is cut off "
                + "or damaged; copy it again from the instrument.");
        }
        return Bytes.Slice((int)offset, (int)count);
    }

    public byte Byte(long at, string what) => Slice(at, 1, what)[0];

    public int Int16(long at, string what) => bigEndian
        ? BinaryPrimitives.ReadInt16BigEndian(Slice(at, 2, what)) : BinaryPrimitives.ReadInt16LittleEndian(Slice(at, 2, what));

    public int UInt16(long at, string what) => (ushort)Int16(at, what);

    public int Int32(long at, string what) => bigEndian
        ? BinaryPrimitives.ReadInt32BigEndian(Slice(at, 4, what)) : BinaryPrimitives.ReadInt32LittleEndian(Slice(at, 4, what));

    public long UInt32(long at, string what) => (uint)Int32(at, what);

    public long Int64(long at, string what) => bigEndian
        ? BinaryPrimitives.ReadInt64BigEndian(Slice(at, 8, what)) : BinaryPrimitives.ReadInt64LittleEndian(Slice(at, 8, what));

    public double Double(long at, string what) => BitConverter.Int64BitsToDouble(Int64(at, what));

    /// <summary>A text of fixed room that ends at its first NUL.</summary>
    public string Latin1(long at, int room, string what)
    {
        ReadOnlySpan<byte> raw = Slice(at, room, what);
        int end = raw.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? raw : raw[..end]);
    }

    /// <summary>A text of fixed room in UTF-8 or Latin-1 that ends at its first NUL.</summary>
    public string FixedText(long at, int room)
    {
        ReadOnlySpan<byte> raw = Slice(at, room, "a text");
        int end = raw.IndexOf((byte)0);
        return Text(end < 0 ? raw : raw[..end]);
    }

    public InvalidDataException Refuse(long offset, string problem) => Refusal(file, offset, problem);

    public static InvalidDataException Refusal(string file, long offset, string problem) => new($"{file}: at offset {offset}: {problem}");

    /// <summary>What a message may quote of a file's text: short, and without control characters.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, 40)))
            quoted.Append(char.IsControl(c) ? '.' : c);
        return quoted.Append(text.Length > 40 ? "...\"" : "\"").ToString();
    }

    /// <summary>The product of lengths, or -1 where one is negative or the product exceeds what an array can hold.</summary>
    public static long Product(params ReadOnlySpan<long> lengths)
    {
        long product = 1;
        foreach (long length in lengths)
        {
            if (length < 0)
                return -1;
            if (length != 0 && product > Array.MaxLength / length)
                return -1;
            product *= length;
        }
        return product;
    }

    /// <summary>A number as instruments write it: with a decimal point, or a comma where the system's language had one.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, out double value)
    {
        text = text.Trim();
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
            return true;
        int comma = text.IndexOf(',');
        if (comma < 0 || comma != text.LastIndexOf(',') || text.Length > 64)
            return false;
        Span<char> point = stackalloc char[64];
        text.CopyTo(point);
        point[comma] = '.';
        return double.TryParse(point[..text.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>UTF-8 where the bytes are that, else Latin-1: notes hold both kinds of degree sign.</summary>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    /// <summary>Converts numbers of one type and byte order; the fast way where bytes lie in the machine's order.</summary>
    public static void ToSingles(ReadOnlySpan<byte> raw, NumberKind kind, bool bigEndian, Span<float> values)
    {
        if (kind == NumberKind.Float32)
        {
            ReadOnlySpan<int> bits = MemoryMarshal.Cast<byte, int>(raw)[..values.Length];
            if (bigEndian == BitConverter.IsLittleEndian)
                BinaryPrimitives.ReverseEndianness(bits, MemoryMarshal.Cast<float, int>(values));
            else
                bits.CopyTo(MemoryMarshal.Cast<float, int>(values));
            return;
        }
        // Through double in pieces that stay in the cache: one conversion for all other types.
        Span<double> piece = stackalloc double[512];
        int size = kind.Size();
        for (int from = 0; from < values.Length; from += piece.Length)
        {
            int count = Math.Min(piece.Length, values.Length - from);
            ToDoubles(raw.Slice(from * size, count * size), kind, bigEndian, piece[..count]);
            for (int i = 0; i < count; i++)
                values[from + i] = (float)piece[i];
        }
    }

    /// <summary>Converts numbers of one type and byte order.</summary>
    public static void ToDoubles(ReadOnlySpan<byte> raw, NumberKind kind, bool bigEndian, Span<double> values)
    {
        bool swap = bigEndian == BitConverter.IsLittleEndian;
        switch (kind)
        {
            case NumberKind.Float64:
                ReadOnlySpan<long> bits = MemoryMarshal.Cast<byte, long>(raw)[..values.Length];
                if (swap)
                    BinaryPrimitives.ReverseEndianness(bits, MemoryMarshal.Cast<double, long>(values));
                else
                    bits.CopyTo(MemoryMarshal.Cast<double, long>(values));
                return;
            case NumberKind.Float32:
                Each<int>(raw, values, swap, static v => BitConverter.Int32BitsToSingle(v), BinaryPrimitives.ReverseEndianness);
                return;
            case NumberKind.Float16:
                Each<short>(raw, values, swap, static v => (double)BitConverter.Int16BitsToHalf(v), BinaryPrimitives.ReverseEndianness);
                return;
            case NumberKind.Int8:
                Each<sbyte>(raw, values, false, static v => v, static v => v);
                return;
            case NumberKind.UInt8:
                Each<byte>(raw, values, false, static v => v, static v => v);
                return;
            case NumberKind.Int16:
                Each<short>(raw, values, swap, static v => v, BinaryPrimitives.ReverseEndianness);
                return;
            case NumberKind.UInt16:
                Each<ushort>(raw, values, swap, static v => v, BinaryPrimitives.ReverseEndianness);
                return;
            case NumberKind.Int32:
                Each<int>(raw, values, swap, static v => v, BinaryPrimitives.ReverseEndianness);
                return;
            case NumberKind.UInt32:
                Each<uint>(raw, values, swap, static v => v, BinaryPrimitives.ReverseEndianness);
                return;
            case NumberKind.Int64:
                Each<long>(raw, values, swap, static v => v, BinaryPrimitives.ReverseEndianness);
                return;
            default:
                Each<ulong>(raw, values, swap, static v => v, BinaryPrimitives.ReverseEndianness);
                return;
        }
    }

    private static void Each<T>(ReadOnlySpan<byte> raw, Span<double> values, bool swap, Func<T, double> convert, Func<T, T> reverse) where T : unmanaged
    {
        ReadOnlySpan<T> numbers = MemoryMarshal.Cast<byte, T>(raw)[..values.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = convert(swap ? reverse(numbers[i]) : numbers[i]);
    }
}

/// <summary>The types of numbers in measured files.</summary>
internal enum NumberKind
{
    Float16,
    Float32,
    Float64,
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
}

internal static class NumberKindExtensions
{
    public static int Size(this NumberKind kind) => kind switch
    {
        NumberKind.Int8 or NumberKind.UInt8 => 1,
        NumberKind.Float16 or NumberKind.Int16 or NumberKind.UInt16 => 2,
        NumberKind.Float32 or NumberKind.Int32 or NumberKind.UInt32 => 4,
        _ => 8,
    };
}

/// <summary>What a file may take in memory: four times its length and 64 MB, its own bytes included, whatever it claims to hold when unpacked.</summary>
internal sealed class MemoryBudget(string file, long fileLength)
{
    /// <summary>Bytes that are still free; set back when what was taken since is given up.</summary>
    public long Left { get; set; } = (3 * fileLength) + (60L << 20);

    /// <summary>Sets <paramref name="bytes"/> aside before they are allocated.</summary>
    /// <exception cref="InvalidDataException">Nothing of a measurement is that much larger than its file.</exception>
    public void Take(long bytes, long offset, string what)
    {
        if (bytes < 0 || bytes > Left)
        {
            throw new InvalidDataException($"{file}: at offset {offset}: {what} claims {bytes} bytes; {Left} more are allowed for a file of {fileLength}. It is "
                + "damaged, or packed too tightly for this reader: unpack it with the program that wrote it.");
        }
        Left -= bytes;
    }
}
