using System.Buffers.Binary;
using System.IO.Compression;

namespace FastCore.Microscopy.Files;

/// <summary>
/// Pictures as PNG (ISO/IEC 15948): grey, colour and palette, with 8 or 16 bits (grey and palettes also with 1, 2 and 4), not interlaced. The result
/// is one image of grey values from 0; of colours the luminance (ITU-R BT.601), transparency is left out.
/// </summary>
public static class PngFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Not a PNG of these kinds, or damaged; the message names file and offset.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Read(string path) => Parse(FileFormats.Bytes(path), path);

    internal static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);

    internal static MeasuredFile Parse(byte[] bytes, string path)
    {
        var r = new ByteReader(bytes, path, bigEndian: true);
        long at = 8;
        int width = 0;
        int height = 0;
        int depth = 0;
        int colour = -1;
        byte[] palette = [];
        using var packed = new MemoryStream();
        while (true)
        {
            long length = r.UInt32(at, "a chunk");
            ReadOnlySpan<byte> type = r.Slice(at + 4, 4, "a chunk's type");
            ReadOnlySpan<byte> content = r.Slice(at + 8, length, "a chunk");
            if (Crc(r.Slice(at + 4, length + 4, "a chunk")) != (uint)r.Int32(at + 8 + length, "a chunk's checksum"))
                throw r.Refuse(at, "a chunk's checksum is wrong; the file is damaged.");
            if (at == 8)
            {
                if (!type.SequenceEqual("IHDR"u8) || length != 13)
                    throw r.Refuse(at, "the first chunk is no header; the file is damaged.");
                width = r.Int32(at + 8, "the width");
                height = r.Int32(at + 12, "the height");
                depth = content[8];
                colour = content[9];
                if (width < 1 || height < 1 || content[10] != 0 || content[11] != 0)
                    throw r.Refuse(at, "the header holds impossible values; the file is damaged.");
                if (content[12] != 0)
                    throw r.Refuse(at, "the picture is interlaced; save it without interlacing.");
                if (!((depth is 8 or 16 && colour is 0 or 2 or 4 or 6) || (depth is 1 or 2 or 4 && colour == 0) || (depth is 1 or 2 or 4 or 8 && colour == 3)))
                    throw r.Refuse(at, $"colour type {colour} with {depth} bits is not known; the file is damaged.");
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                packed.Write(content);
            }
            else if (type.SequenceEqual("PLTE"u8))
            {
                palette = content.ToArray();
            }
            at += 12 + length;
            if (type.SequenceEqual("IEND"u8))
                break;
        }
        int samples = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        long pixels = ByteReader.Product(width, height);
        long stride = (((long)width * samples * depth) + 7) / 8;
        if (pixels < 0 || stride > Array.MaxLength)
            throw r.Refuse(8, $"{width} x {height} pixels cannot be; the file is damaged.");
        new MemoryBudget(path, bytes.Length).Take((4 * pixels) + (2 * stride) + packed.Length, 8, "the picture");
        var values = new float[pixels];
        packed.Position = 0;
        Rows(packed, values, width, height, depth, colour, samples, (int)stride, palette, path);
        return new MeasuredFile
        {
            Path = path,
            Format = $"PNG, {depth} bits",
            Channels = [new MeasuredChannel("Image", "", height, width, values, width, height) { LateralUnit = "px" }],
            Remarks = ["The file states no scale: a pixel counts as 1."],
        };
    }

    private static void Rows(MemoryStream packed, float[] values, int width, int height, int depth, int colour, int samples, int stride, byte[] palette, string path)
    {
        var row = new byte[stride];
        var above = new byte[stride];
        int back = Math.Max(1, samples * depth / 8);
        try
        {
            using var stream = new ZLibStream(packed, CompressionMode.Decompress);
            for (int y = 0; y < height; y++)
            {
                int filter = stream.ReadByte();
                if (filter < 0 || stream.ReadAtLeast(row, stride, throwOnEndOfStream: false) < stride)
                    throw new InvalidDataException($"{path}: row {y} of {height} is missing; the file is cut off or damaged.");
                Unfilter(filter, row, above, back, path);
                for (int x = 0; x < width; x++)
                    values[(y * width) + x] = Grey(row, x, depth, colour, samples, palette);
                (row, above) = (above, row);
            }
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException && !problem.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path}: the packed picture is damaged; copy the file again.", problem);
        }
    }

    private static void Unfilter(int filter, byte[] row, byte[] above, int back, string path)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= back ? row[i - back] : 0;
            int up = above[i];
            int corner = i >= back ? above[i - back] : 0;
            int prediction = filter switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                4 => Paeth(left, up, corner),
                _ => throw new InvalidDataException($"{path}: a row has the filter {filter}; 0 to 4 are known. The file is damaged."),
            };
            row[i] = (byte)(row[i] + prediction);
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        int toLeft = Math.Abs(estimate - left);
        int toUp = Math.Abs(estimate - up);
        int toCorner = Math.Abs(estimate - corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private static float Grey(byte[] row, int x, int depth, int colour, int samples, byte[] palette)
    {
        if (depth < 8)
        {
            int perByte = 8 / depth;
            int value = (row[x / perByte] >> (8 - (depth * ((x % perByte) + 1)))) & ((1 << depth) - 1);
            return colour == 3 ? OfPalette(palette, value) : value;
        }
        int at = x * samples * depth / 8;
        int Sample(int s) => depth == 8 ? row[at + s] : BinaryPrimitives.ReadUInt16BigEndian(row.AsSpan(at + (2 * s)));
        return colour switch
        {
            3 => OfPalette(palette, row[at]),
            0 or 4 => Sample(0),
            _ => Luminance(Sample(0), Sample(1), Sample(2)),
        };
    }

    private static float OfPalette(byte[] palette, int index) =>
        (3 * index) + 2 < palette.Length ? Luminance(palette[3 * index], palette[(3 * index) + 1], palette[(3 * index) + 2]) : 0;

    /// <summary>Grey stays what it was, to the bit.</summary>
    internal static float Luminance(int red, int green, int blue) => red == green && green == blue ? red : (float)((.299 * red) + (.587 * green) + (.114 * blue));

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
            crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }

    private static readonly uint[] CrcTable = MakeTable();

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint c = n;
            for (int k = 0; k < 8; k++)
                c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            table[n] = c;
        }
        return table;
    }
}
