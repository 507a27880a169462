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
