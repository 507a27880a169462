using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using FastCore.Reporting.Charts;
using Xunit;

namespace FastCore.Reporting.Tests.Charts;

public sealed class PngEncoderTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(64, 5)]
    public void Images_decode_to_the_colours_of_their_values(int rows, int columns)
    {
        var random = new Random(rows);
        float[] values = [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle())];
        values[^1] = float.NaN;
        Decoded image = Decode(PngEncoder.Encode(values, rows, columns, 0, 1, ColorMap.Viridis));
        Assert.Equal((columns, rows), (image.Width, image.Height));
        Assert.Equal([0], image.Transparency);
        for (int k = 0; k < values.Length; k++)
        {
            int entry = image.Pixels[k];
            if (float.IsNaN(values[k]))
            {
                Assert.Equal(0, entry);
                continue;
            }
            Assert.Equal(1 + (values[k] * 254.0), entry, 0.5001);
            (byte r, byte g, byte b) = ColorMap.Viridis[(int)Math.Round((entry - 1) / 254.0 * 255)];
            Assert.Equal((r, g, b), (image.Palette[3 * entry], image.Palette[(3 * entry) + 1], image.Palette[(3 * entry) + 2]));
        }
    }

    [Fact]
    public void Values_beyond_the_limits_and_constant_images_are_drawn()
    {
        Assert.Equal([1, 255, 1], Decode(PngEncoder.Encode([-5, float.PositiveInfinity, 0], 1, 3, 0, 1, ColorMap.Grey)).Pixels);
        Assert.Equal([1, 1], Decode(PngEncoder.Encode([3, 3], 2, 1, 3, 3, ColorMap.Grey)).Pixels);
    }

    [Fact]
    public void Colours_of_their_own_are_kept()
    {
        byte[] colors = [.. Enumerable.Range(0, 3 * 4 * 5).Select(k => (byte)(k * 37))];
        byte[] png = PngEncoder.EncodeColors(colors, 4, 5);
        // Chunks IHDR (at 8) and IDAT: width, height, depth and kind of pixels, then the rows, each behind its filter 0.
        Assert.Equal((5, 4, 8, 2), (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)), png[24], png[25]));
        Assert.Equal("IDAT", Encoding.ASCII.GetString(png, 37, 4));
        using var zlib = new ZLibStream(new MemoryStream(png, 41, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(33))), CompressionMode.Decompress);
        var raw = new byte[4 * 16];
        zlib.ReadExactly(raw);
        for (int row = 0; row < 4; row++)
        {
            Assert.Equal(0, raw[row * 16]);
            Assert.Equal(colors[(row * 15)..((row + 1) * 15)], raw[((row * 16) + 1)..((row + 1) * 16)]);
        }
        Assert.Throws<ArgumentException>(() => PngEncoder.EncodeColors(new byte[5], 1, 2));
    }

    [Theory]
    [InlineData(17, 0, 63, 255, 0, 0)]
    [InlineData(0, 90, 0, 255, 0, 0)]
    [InlineData(0, 45, 0, 0, 255, 0)]
    [InlineData(99, 90, 45, 0, 255, 0)]
    [InlineData(0, 54.735610317245346, 45, 0, 0, 255)]
    [InlineData(0, 54.735610317245346, 225, 0, 0, 255)]
    public void Orientations_have_the_colours_of_the_inverse_pole_figure(double phi1, double phi, double phi2, int red, int green, int blue)
    {
        (byte r, byte g, byte b) = InversePoleColor.Of((phi1, phi, phi2));
        Assert.Equal((red, green, blue), ((int)r, (int)g, (int)b));
    }

    [Fact]
    public void Wrong_sizes_and_limits_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PngEncoder.Encode(new float[5], 2, 3, 0, 1, ColorMap.Grey));
        Assert.Throws<ArgumentException>(() => PngEncoder.Encode(new float[6], 2, 3, double.NaN, 1, ColorMap.Grey));
    }

    [Fact]
    public void Colour_maps_pass_through_published_colours_and_brighten_all_the_way()
    {
        Assert.Equal("#440154", ColorMap.Viridis.Hex(0));
        Assert.Equal("#fde725", ColorMap.Viridis.Hex(1));
        // The entry of matplotlib's table in the middle: (33, 145, 140).
        Assert.Equal((33, 145, 140), ((int)ColorMap.Viridis[128].Red, (int)ColorMap.Viridis[128].Green, (int)ColorMap.Viridis[128].Blue), Near);
        foreach (ColorMap map in (ColorMap[])[ColorMap.Viridis, ColorMap.Cividis, ColorMap.Grey])
        {
            double last = -1;
            for (int k = 0; k < 256; k++)
            {
                double luminance = (0.2126 * map[k].Red) + (0.7152 * map[k].Green) + (0.0722 * map[k].Blue);
                Assert.True(luminance > last - 0.9, $"entry {k} is darker than the one before");
                last = luminance;
            }
        }
    }

    private static bool Near((int R, int G, int B) a, (int R, int G, int B) b) => Math.Abs(a.R - b.R) <= 2 && Math.Abs(a.G - b.G) <= 2
        && Math.Abs(a.B - b.B) <= 2;

    private sealed record Decoded(int Width, int Height, byte[] Palette, byte[] Transparency, byte[] Pixels);

    private static Decoded Decode(byte[] png)
    {
        Assert.Equal([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], png[..8]);
        var chunks = new Dictionary<string, byte[]>();
        for (int at = 8; at < png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            Assert.Equal(BitwiseCrc(png.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            chunks.Add(Encoding.ASCII.GetString(png, at + 4, 4), png[(at + 8)..(at + 8 + length)]);
            at += 12 + length;
        }
        Assert.Equal(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"], chunks.Keys);
        byte[] header = chunks["IHDR"];
        int width = BinaryPrimitives.ReadInt32BigEndian(header), height = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4));
        Assert.Equal([8, 3, 0, 0, 0], header[8..]);
        using var zlib = new ZLibStream(new MemoryStream(chunks["IDAT"]), CompressionMode.Decompress);
        using var raw = new MemoryStream();
        zlib.CopyTo(raw);
        byte[] bytes = raw.ToArray();
        Assert.Equal(height * (width + 1), bytes.Length);
        var pixels = new byte[width * height];
        for (int row = 0; row < height; row++)
        {
            Assert.Equal(0, bytes[row * (width + 1)]);
            Array.Copy(bytes, (row * (width + 1)) + 1, pixels, row * width, width);
        }
        return new Decoded(width, height, chunks["PLTE"], chunks["tRNS"], pixels);
    }

    // CRC-32 bit by bit, independent of the encoder's table.
    private static uint BitwiseCrc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xffffffff;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xedb88320);
        }
        return ~crc;
    }
}
