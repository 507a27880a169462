using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

public class NpyArrayTests
{
    [Fact]
    public void Fixture_written_by_numpy_is_read()
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("adam");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        Assert.Equal([8, 5], fixture["grads"].Shape);
        Assert.Equal(40, fixture["grads"].Values.Length);
        Assert.All(fixture["grads"].Values, value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void Written_archive_reads_back_exactly()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        double[] values = [1.5, -0.0, double.NaN, 1e-300, double.PositiveInfinity, 3];
        NpzFile.Write(path, new Dictionary<string, NpyArray> { ["a"] = NpyArray.Of(values, 2, 3), ["s"] = NpyArray.OfText("µm 1") });
        Dictionary<string, NpyArray> read = NpzFile.Read(path);
        File.Delete(path);
        Assert.Equal(values, read["a"].Values);
        Assert.Equal([2, 3], read["a"].Shape);
        Assert.Equal("µm 1", read["s"].Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(40)]
    [InlineData(130)]
    public void Truncated_array_is_refused_with_its_name(int length)
    {
        var stream = new MemoryStream();
        NpyArray.Of([1, 2, 3], 3).Write(stream);
        byte[] bytes = stream.ToArray()[..length];
        var exception = Assert.Throws<InvalidDataException>(() => NpyArray.Read(bytes, "short.npy"));
        Assert.StartsWith("short.npy", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Array_with_bytes_left_over_is_refused()
    {
        var stream = new MemoryStream();
        NpyArray.Of([1, 2, 3], 3).Write(stream);
        stream.WriteByte(0);
        Assert.Contains("need 24 bytes, the file has 25", Assert.Throws<InvalidDataException>(() => NpyArray.Read(stream.ToArray(), "long.npy")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(">f8")]
    [InlineData(">f4")]
    [InlineData(">i2")]
    [InlineData("<u8")]
    [InlineData("<f2")]
    [InlineData("|i1")]
    public void Numbers_of_other_types_and_byte_orders(string type)
    {
        double[] expected = [1, -2, 3, 100, .5, 0];
        if (type[1] != 'f')
            expected = [1, type[1] == 'u' ? 2 : -2, 3, 100, 5, 0];
        byte[] bytes = Npy(type, "(2, 3)", 128, expected.Length, i => Raw(type, expected[i]));
        Assert.Equal(expected, NpyArray.Read(bytes, "a.npy").Values);
        Assert.Equal(Array.ConvertAll(expected, v => (float)v), NpyArray.ReadSingles(bytes, "a.npy", out _));
    }

    [Theory]
    [InlineData("(3, 100, 100)", true)]
    [InlineData("(3, 100, 100)", false)]
    [InlineData("(300, 100)", true)]
    public void Elements_that_lie_across_pieces_of_an_archive(string shape, bool isImage)
    {
        // 30,000 doubles from an odd place on: more than one piece, none of which ends with an element.
        byte[] bytes = Npy(">f8", shape, 133, 30_000, i => Raw(">f8", i));
        NpyArray whole = NpyArray.Read(bytes, "a.npy");
        NpyArray unpacked = NpyArray.Unpack(new MemoryStream(bytes), bytes.Length, "a.npy", new MemoryBudget("a.npy", bytes.Length), isImage);
        Assert.Equal(whole.Shape, unpacked.Shape);
        for (int plane = 0; plane < (shape[1] == '3' && shape.Length > 10 ? 3 : 1); plane++)
            Assert.Equal(whole.Plane(plane), unpacked.Plane(plane));
        Assert.Equal(whole.Values, unpacked.Values);
        Assert.Throws<EndOfStreamException>(() => NpyArray.Unpack(new MemoryStream(bytes[..^1]), bytes.Length, "a.npy", new MemoryBudget("a.npy", bytes.Length), isImage));
    }

    private static byte[] Npy(string type, string shape, int start, int count, Func<int, byte[]> element)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}".PadRight(start - 11) + "\n";
        var stream = new MemoryStream();
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(header)]);
        for (int i = 0; i < count; i++)
            stream.Write(element(i));
        return stream.ToArray();
    }

    private static byte[] Raw(string type, double value)
    {
        byte[] raw = type[1..] switch
        {
            "f8" => BitConverter.GetBytes(value),
            "f4" => BitConverter.GetBytes((float)value),
            "f2" => BitConverter.GetBytes((Half)value),
            "i2" => BitConverter.GetBytes((short)value),
            "u8" => BitConverter.GetBytes((ulong)value),
            _ => [(byte)(sbyte)value],
        };
        return type[0] == '>' ? [.. raw.Reverse()] : raw;
    }

    [Fact]
    public void Fortran_order_is_transposed()
    {
        var stream = new MemoryStream();
        NpyArray.Of([1, 2, 3, 4, 5, 6], 2, 3).Write(stream);
        byte[] bytes = stream.ToArray();
        int at = bytes.AsSpan().IndexOf("False"u8);
        "True "u8.CopyTo(bytes.AsSpan(at));
        Assert.Equal([1, 3, 5, 2, 4, 6], NpyArray.Read(bytes, "f.npy").Values);
    }
}
