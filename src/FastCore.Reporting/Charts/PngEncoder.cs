using System.Buffers.Binary;
using System.IO.Compression;

namespace FastCore.Reporting.Charts;

/// <summary>
/// Writes images of a colour map as PNG (ISO/IEC 15948) with a palette: entry 0 is transparent and stands for NaN, entries 1 to 255 are the scale. Images
/// of colours of their own are written as they are.
/// </summary>
public static class PngEncoder
{
    private static readonly uint[] CrcTable = BuildCrcTable();

    /// <summary>Encodes <paramref name="rows"/> x <paramref name="columns"/> values, row-major; values outside the limits take the end
    /// colours.</summary>
    /// <exception cref="ArgumentException">The number of values is not rows * columns, or the limits are not finite.</exception>
    public static byte[] Encode(ReadOnlySpan<float> values, int rows, int columns, double minimum, double maximum, ColorMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (values.Length != rows * columns)
            throw new ArgumentException($"An image of {rows} x {columns} pixels needs {rows * columns} values; {values.Length} were given.",
                nameof(values));
        if (!double.IsFinite(minimum) || !double.IsFinite(maximum))
            throw new ArgumentException("The limits of a colour scale must be finite.", nameof(minimum));
        double scale = maximum > minimum ? 254 / (maximum - minimum) : 0;
        // Each row starts with its filter, 0: none. Palette images compress best without.
        var raw = new byte[rows * (columns + 1)];
        for (int row = 0; row < rows; row++)
        {
            Span<byte> line = raw.AsSpan((row * (columns + 1)) + 1, columns);
            ReadOnlySpan<float> source = values.Slice(row * columns, columns);
            for (int column = 0; column < columns; column++)
            {
                double value = source[column];
                line[column] = double.IsNaN(value) ? (byte)0 : (byte)(1 + Math.Clamp(Math.Round((value - minimum) * scale), 0, 254));
            }
        }
        var palette = new byte[3 * 256];
        for (int k = 1; k < 256; k++)
            (palette[3 * k], palette[(3 * k) + 1], palette[(3 * k) + 2]) = map[(int)Math.Round((k - 1) / 254.0 * 255)];
        return Write(raw, rows, columns, palette);
    }

    /// <summary>Encodes <paramref name="rows"/> x <paramref name="columns"/> pixels of red, green and blue, row-major.</summary>
    /// <exception cref="ArgumentException">The number of bytes is not 3 * rows * columns.</exception>
    public static byte[] EncodeColors(ReadOnlySpan<byte> colors, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (colors.Length != 3 * rows * columns)
            throw new ArgumentException($"An image of {rows} x {columns} pixels needs {3 * rows * columns} bytes; {colors.Length} were given.", nameof(colors));
        var raw = new byte[rows * ((3 * columns) + 1)];
        for (int row = 0; row < rows; row++)
            colors.Slice(row * 3 * columns, 3 * columns).CopyTo(raw.AsSpan((row * ((3 * columns) + 1)) + 1));
        return Write(raw, rows, columns, []);
    }

    /// <summary>The bytes as the address of an embedded image.</summary>
    public static string ToDataUri(ReadOnlySpan<byte> png) => "data:image/png;base64," + Convert.ToBase64String(png);

    // A palette, or none for pixels of three bytes.
    private static byte[] Write(byte[] raw, int rows, int columns, byte[] palette)
    {
        using var stream = new MemoryStream();
        stream.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, columns);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), rows);
        header[8] = 8;
        header[9] = (byte)(palette.Length > 0 ? 3 : 2);
        Chunk(stream, "IHDR"u8, header);
        if (palette.Length > 0)
        {
            Chunk(stream, "PLTE"u8, palette);
            Chunk(stream, "tRNS"u8, [0]);
        }
        using (var packed = new MemoryStream())
        {
            using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
                zlib.Write(raw);
            Chunk(stream, "IDAT"u8, packed.ToArray());
        }
        Chunk(stream, "IEND"u8, []);
        return stream.ToArray();
    }

    private static void Chunk(MemoryStream stream, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> content)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, content.Length);
        stream.Write(word);
        stream.Write(kind);
        stream.Write(content);
        uint crc = Crc(Crc(uint.MaxValue, kind), content) ^ uint.MaxValue;
        BinaryPrimitives.WriteUInt32BigEndian(word, crc);
        stream.Write(word);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            crc = CrcTable[(crc ^ value) & 0xff] ^ (crc >> 8);
        return crc;
    }

    private static uint[] BuildCrcTable()
    {
        var table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint c = n;
            for (int k = 0; k < 8; k++)
                c = (c & 1) != 0 ? 0xedb88320u ^ (c >> 1) : c >> 1;
            table[n] = c;
        }
        return table;
    }
}
