using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

public class PictureFileTests
{
    [Fact]
    public void Real_pictures_agree_with_a_separate_decoder()
    {
        string? path = SharedFolder.File("data", "yamanmy+grain_boundary.github.io", "example3.png");
        Assert.SkipWhen(path is null, SharedFolder.SkipReason);
        MeasuredChannel image = Assert.Single(MeasuredFile.Open(path).Channels);
        // By a script on Python's zlib: size, pixel (100, 200), the mean of the luminance.
        Assert.Equal((535, 537), (image.Rows, image.Columns));
        Assert.Equal(147, image.Values[(100 * 537) + 200]);
        Assert.Equal(148.66572686611323, image.Values.Average(v => (double)v), 1e-4);
        MeasuredChannel mask = MeasuredFile.Open(SharedFolder.File("data", "yamanmy+grain_boundary.github.io", "ground_truth3.png")!).Channels[0];
        Assert.Equal(39.51664948903834, mask.Values.Average(v => (double)v), 1e-4);
    }

    [Theory]
    [InlineData(0, 8, new byte[] { 1, 2, 3, 4, 5, 6 }, new float[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(0, 16, new byte[] { 1, 0, 0, 2, 0, 3, 0, 4, 0, 5, 255, 255 }, new float[] { 256, 2, 3, 4, 5, 65535 })]
    [InlineData(4, 8, new byte[] { 1, 9, 2, 9, 3, 9, 4, 9, 5, 9, 6, 9 }, new float[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(2, 8, new byte[] { 100, 0, 0, 0, 100, 0, 0, 0, 100, 7, 7, 7, 8, 8, 8, 9, 9, 9 }, new float[] { 29.9f, 58.7f, 11.4f, 7, 8, 9 })]
    [InlineData(3, 8, new byte[] { 0, 1, 0, 1, 1, 9 }, new float[] { 0, 50, 0, 50, 50, 0 })]
    [InlineData(0, 2, new byte[] { 0b00011000, 0b11100100 }, new float[] { 0, 1, 2, 3, 2, 1 })]
    [InlineData(0, 4, new byte[] { 0x12, 0x30, 0x45, 0x60 }, new float[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(0, 1, new byte[] { 0b10100000, 0b01000000 }, new float[] { 1, 0, 1, 0, 1, 0 })]
    public void Png_of_each_colour_type_and_filter(byte colour, byte depth, byte[] samples, float[] expected)
    {
        for (int filter = 0; filter <= 4; filter++)
            Assert.Equal(expected, FileFormats.Parse(Png(3, 2, colour, depth, samples, filter), "p.png").Channels[0].Values);
    }

    [Theory]
    [InlineData(false, 8, 1, 1)]
    [InlineData(true, 16, 1, 1)]
    [InlineData(false, 32, 3, 1)]
    [InlineData(false, 8, 1, 32773)]
    public void Tiff_of_each_kind(bool bigEndian, int bits, int format, int packing)
    {
        MeasuredFile file = FileFormats.Parse(Tiff(bigEndian, bits, format, packing), "t.tif");
        Assert.Equal((2, 3), (file.Channels[0].Rows, file.Channels[0].Columns));
        Assert.Equal([10, 20, 30, 40, 50, 60], file.Channels[0].Values);
    }

    [Fact]
    public void Tiff_of_one_strip_and_with_white_as_zero()
    {
        Assert.Equal([10, 20, 30, 40, 50, 60], FileFormats.Parse(Tiff(false, 16, 1, 1, oneStrip: true), "t.tif").Channels[0].Values);
        Assert.Equal([245, 235, 225, 215, 205, 195], FileFormats.Parse(Tiff(false, 8, 1, 1, photometric: 0), "t.tif").Channels[0].Values);
        Assert.Equal([65525, 65515, 65505, 65495, 65485, 65475], FileFormats.Parse(Tiff(true, 16, 1, 1, photometric: 0), "t.tif").Channels[0].Values);
    }

    [Fact]
    public void Tiff_with_a_strip_shorter_than_its_rows_is_refused()
    {
        byte[] bytes = Tiff(false, 8, 1, 1);
        bytes[bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[3, 0, 0, 0, 3, 0, 0, 0])] = 2;
        Assert.Contains("a strip of 1 rows has 2 bytes; 3 are needed", Assert.Throws<InvalidDataException>(() => FileFormats.Parse(bytes, "t.tif")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Png_with_a_damaged_chunk_is_refused_by_its_checksum()
    {
        byte[] bytes = Png(3, 2, 0, 8, [1, 2, 3, 4, 5, 6], 0);
        // The colour type: grey would become palette.
        bytes[25] = 3;
        Assert.Contains("checksum", Assert.Throws<InvalidDataException>(() => FileFormats.Parse(bytes, "p.png")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ebsd_maps_have_phase_and_angles_in_degree()
    {
        MeasuredFile oxford = FileFormats.Parse(ChannelText(), "map.ctf");
        Assert.Equal(["Phase", "Bands", "Error", "Euler1", "Euler2", "Euler3", "MAD", "BC", "BS"], oxford.Channels.Select(c => c.Name));
        Assert.Equal((1, 2, "deg"), (oxford.Channels[3].Rows, oxford.Channels[3].Columns, oxford.Channels[3].Unit));
        Assert.Equal([10.5f, 20.25f], oxford.Channels[3].Values);
        Assert.Equal(2e-7, oxford.Channels[0].Width, 1e-15);
        Assert.Equal(2.5e-7, oxford.Channels[0].Height, 1e-15);
        MeasuredFile edax = FileFormats.Parse(Ang(), "map.ang");
        Assert.Equal([90, 180], edax.Channels[1].Values.Select(v => Math.Round((double)v, 3)));
        Assert.Equal((1, 2), (edax.Channels[0].Rows, edax.Channels[0].Columns));
        Assert.Equal([1, 90, 28.648, 14.324, 100, .9], edax.Channels.Select(c => Math.Round((double)c.Values[0], 3)));
        Assert.Equal((2e-7, 3e-7), (Math.Round(edax.Channels[0].Width, 12), Math.Round(edax.Channels[0].Height, 12)));
        byte[] more = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(ChannelText()).Replace("XCells\t2", "XCells\t1", StringComparison.Ordinal));
        Assert.Contains("1 x 1 points", Assert.Throws<InvalidDataException>(() => FileFormats.Parse(more, "map.ctf")).Message, StringComparison.Ordinal);
        byte[] hexagonal = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(Ang()).Replace("SqrGrid", "HexGrid", StringComparison.Ordinal));
        Assert.Contains("square", Assert.Throws<InvalidDataException>(() => FileFormats.Parse(hexagonal, "map.ang")).Message, StringComparison.Ordinal);
    }

    internal static byte[] ChannelText() => Encoding.ASCII.GetBytes("Channel Text File\r\nPrj\tmade\r\nAuthor\t\r\nJobMode\tGrid\r\nXCells\t2\r\nYCells\t1\r\nXStep\t0.1\r\nYStep\t0,25\r\nAcqE1\t0\r\nPhases\t1\r\n"
        + "3;3;3\t90;90;90\tSilicon\t11\t227\r\nPhase\tX\tY\tBands\tError\tEuler1\tEuler2\tEuler3\tMAD\tBC\tBS\r\n1\t0\t0\t8\t0\t10.5\t20\t30\t0.5\t100\t200\r\n"
        + "1\t0.1\t0\t8\t0\t20.25\t21\t31\t0.5\t101\t201\r\n");

    internal static byte[] Ang() => Encoding.ASCII.GetBytes("# TEM_PIXperUM          1.000000\n# x-star 0.5\n#\n# GRID: SqrGrid\n# XSTEP: 0.100000\n# YSTEP: 0.300000\n# NCOLS_ODD: 2\n# NCOLS_EVEN: 2\n"
        + "# NROWS: 1\n#\n  1.57080   0.50000   0.25000      0.00000      0.00000 100.0  0.900  1      1  0.500\n"
        + "  3.14159   0.50000   0.25000      0.10000      0.00000 101.0  0.800  1      1  0.500\n");

    internal static byte[] Png(int width, int height, byte colour, byte depth, byte[] samples, int filter)
    {
        int perPixel = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        int stride = ((width * perPixel * depth) + 7) / 8;
        int back = Math.Max(1, perPixel * depth / 8);
        var raw = new MemoryStream();
        for (int y = 0; y < height; y++)
        {
            raw.WriteByte((byte)filter);
            for (int i = 0; i < stride; i++)
            {
                int left = i >= back ? samples[(y * stride) + i - back] : 0;
                int up = y > 0 ? samples[((y - 1) * stride) + i] : 0;
                int corner = y > 0 && i >= back ? samples[((y - 1) * stride) + i - back] : 0;
                int estimate = left + up - corner;
                int nearest = new[] { left, up, corner }.MinBy(v => Math.Abs(estimate - v));
                raw.WriteByte((byte)(samples[(y * stride) + i] - filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => nearest, _ => 0 }));
            }
        }
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(raw.ToArray());
        var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk("IHDR", [0, 0, 0, (byte)width, 0, 0, 0, (byte)height, depth, colour, 0, 0, 0]);
        if (colour == 3)
            Chunk("PLTE", [0, 0, 0, 50, 50, 50]);
        Chunk("IDAT", packed.ToArray());
        Chunk("IEND", []);
        return file.ToArray();
        void Chunk(string type, byte[] content)
        {
            byte[] body = [.. Encoding.ASCII.GetBytes(type), .. content];
            Span<byte> number = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
            file.Write(number);
            file.Write(body);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
            file.Write(number);
        }
    }

    internal static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }

    internal static byte[] Tiff(bool bigEndian, int bits, int format, int packing, int photometric = 1, bool oneStrip = false)
    {
        var file = new MemoryStream();
        void U16(int v) => file.Write(bigEndian ? [(byte)(v >> 8), (byte)v] : [(byte)v, (byte)(v >> 8)]);
        void U32(int v)
        {
            byte[] raw = BitConverter.GetBytes(v);
            file.Write(bigEndian ? [.. raw.Reverse()] : raw);
        }
        int[] values = [10, 20, 30, 40, 50, 60];
        file.Write(bigEndian ? "MM"u8 : "II"u8);
        U16(42);
        long directoryAt = file.Position;
        U32(0);
        // Two strips of one row each.
        var offsets = new List<int>();
        var lengths = new List<int>();
        for (int row = 0; row < 2; row++)
        {
            offsets.Add((int)file.Position);
            if (packing != 1)
            {
                file.WriteByte(2);
            }
            for (int x = 0; x < 3; x++)
            {
                int v = values[(3 * row) + x];
                if (bits == 8)
                    file.WriteByte((byte)v);
                else if (bits == 16)
                    U16(v);
                else
                    U32(BitConverter.SingleToInt32Bits(v));
            }
            lengths.Add((int)file.Position - offsets[^1]);
        }
        int lists = (int)file.Position;
        offsets.ForEach(U32);
        lengths.ForEach(U32);
        int directory = (int)file.Position;
        (int Tag, int Type, int Count, int Value)[] tags =
        [
            (256, 3, 1, 3), (257, 3, 1, 2), (258, 3, 1, bits), (259, 3, 1, packing), (262, 3, 1, photometric), oneStrip ? (273, 4, 1, offsets[0]) : (273, 4, 2, lists),
            (277, 3, 1, 1), (278, 3, 1, oneStrip ? 2 : 1), oneStrip ? (279, 4, 1, lengths.Sum()) : (279, 4, 2, lists + 8), (339, 3, 1, format),
        ];
        U16(tags.Length);
        foreach ((int tag, int type, int count, int value) in tags)
        {
            U16(tag);
            U16(type);
            U32(count);
            if (type == 3)
            {
                U16(value);
                U16(0);
            }
            else
            {
                U32(value);
            }
        }
        U32(0);
        file.Position = directoryAt;
        U32(directory);
        return file.ToArray();
    }
}
