using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
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

    /// <summary>Converts numbers of one type and byte order.</summary>
    public static void ToSingles(ReadOnlySpan<byte> raw, NumberKind kind, bool bigEndian, Span<float> values) => Convert(raw, kind, bigEndian, values);

    /// <summary>Converts numbers of one type and byte order.</summary>
    public static void ToDoubles(ReadOnlySpan<byte> raw, NumberKind kind, bool bigEndian, Span<double> values) => Convert(raw, kind, bigEndian, values);

    /// <summary>
    /// Converts <paramref name="lines"/> lines of <paramref name="length"/> numbers into as many columns. In tiles, whose lines on both sides are whole lines
    /// of the cache.
    /// </summary>
    public static void Transpose<T>(ReadOnlySpan<byte> raw, NumberKind kind, bool bigEndian, int lines, int length, Span<T> values)
        where T : unmanaged, INumberBase<T>
    {
        const int side = 64;
        Span<T> tile = stackalloc T[side * side];
        int size = kind.Size();
        for (int line = 0; line < lines; line += side)
        {
            int height = Math.Min(side, lines - line);
            for (int from = 0; from < length; from += side)
            {
                int width = Math.Min(side, length - from);
                for (int k = 0; k < height; k++)
                    Convert(raw.Slice((int)((((long)(line + k) * length) + from) * size), width * size), kind, bigEndian, tile.Slice(k * side, width));
                for (int column = 0; column < width; column++)
                {
                    Span<T> target = values.Slice(((from + column) * lines) + line, height);
                    for (int k = 0; k < target.Length; k++)
                        target[k] = tile[(k * side) + column];
                }
            }
        }
    }

    /// <summary>Converts numbers of one type and byte order.</summary>
    public static void Convert<T>(ReadOnlySpan<byte> raw, NumberKind kind, bool bigEndian, Span<T> values)
        where T : unmanaged, INumberBase<T>
    {
        bool swap = bigEndian == BitConverter.IsLittleEndian;
        switch (kind)
        {
            case NumberKind.Float64:
                From<double, T>(raw, swap, values);
                return;
            case NumberKind.Float32:
                From<float, T>(raw, swap, values);
                return;
            case NumberKind.Float16:
                From<Half, T>(raw, swap, values);
                return;
            case NumberKind.Int8:
                From<sbyte, T>(raw, false, values);
                return;
            case NumberKind.UInt8:
                From<byte, T>(raw, false, values);
                return;
            case NumberKind.Int16:
                From<short, T>(raw, swap, values);
                return;
            case NumberKind.UInt16:
                From<ushort, T>(raw, swap, values);
                return;
            case NumberKind.Int32:
                From<int, T>(raw, swap, values);
                return;
            case NumberKind.UInt32:
                From<uint, T>(raw, swap, values);
                return;
            case NumberKind.Int64:
                From<long, T>(raw, swap, values);
                return;
            default:
                From<ulong, T>(raw, swap, values);
                return;
        }
    }

    private static void From<TFile, T>(ReadOnlySpan<byte> raw, bool swap, Span<T> values)
        where TFile : unmanaged, INumberBase<TFile>
        where T : unmanaged, INumberBase<T>
    {
        ReadOnlySpan<TFile> numbers = MemoryMarshal.Cast<byte, TFile>(raw)[..values.Length];
        if (!swap)
        {
            From(numbers, values);
            return;
        }
        if (typeof(TFile) == typeof(T))
        {
            Reverse(numbers, MemoryMarshal.Cast<T, TFile>(values));
            return;
        }
        // In pieces that stay in the cache.
        Span<TFile> piece = stackalloc TFile[512];
        for (int from = 0; from < values.Length; from += piece.Length)
        {
            int count = Math.Min(piece.Length, values.Length - from);
            Reverse(numbers.Slice(from, count), piece);
            From<TFile, T>(piece[..count], values.Slice(from, count));
        }
    }

    private static void From<TFile, T>(ReadOnlySpan<TFile> numbers, Span<T> values)
        where TFile : unmanaged, INumberBase<TFile>
        where T : unmanaged, INumberBase<T>
    {
        if (typeof(TFile) == typeof(T))
        {
            MemoryMarshal.Cast<TFile, T>(numbers).CopyTo(values);
            return;
        }
        for (int i = 0; i < values.Length; i++)
            values[i] = T.CreateTruncating(numbers[i]);
    }

    private static void Reverse<T>(ReadOnlySpan<T> numbers, Span<T> reversed)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == 2)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, short>(numbers), MemoryMarshal.Cast<T, short>(reversed));
        else if (Unsafe.SizeOf<T>() == 4)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, int>(numbers), MemoryMarshal.Cast<T, int>(reversed));
        else
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, long>(numbers), MemoryMarshal.Cast<T, long>(reversed));
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
