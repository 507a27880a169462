using System.Text;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

public class NanonisGridFileTests
{
    private static readonly string? RealFile = SharedFolder.File("data", "pycroscopy+SciFiDatasets", "NanonisReader_STS_grid_lockin.3ds");

    [Fact]
    public void Real_grid_has_its_counts_and_values()
    {
        Assert.SkipWhen(RealFile is null, SharedFolder.SkipReason);
        NanonisGridFile file = NanonisGridFile.Read(RealFile);
        Assert.Equal((30, 30, 200), (file.Rows, file.Columns, file.Points));
        Assert.Equal(10, file.ParameterNames.Count);
        Assert.Equal(["Current (A)", "LockinX (V)", "LockinY (V)", "Bias_m (V)"], file.ChannelNames);
        Assert.Equal(5e-9 / 30, file.PixelPitch.Value, 1e-18);
        Assert.Equal(45, file.RotationDegrees);
        Assert.Equal(3.2, file.SweepDuration.Value, 1e-6);
        // Read by a separate script: struct.unpack('>729000f', bytes after the header), point p at 810 p.
        Assert.Equal(-1.3747145088949253e-10f, file.Channel(0, 0)[0]);
        Assert.Equal(-1.4593441732824175e-10f, file.Channel(0, 0)[1]);
        Assert.Equal(5.808866720968808e-10f, file.Channel(0, 0)[199]);
        Assert.Equal(-0.006538928486406803f, file.Channel(0, 3)[199]);
        Assert.Equal(-9.004675477486401e-11f, file.Channel(450, 0)[0]);
        Assert.Equal(1.0133306953957755e-12f, file.Channel(450, 0)[100]);
        Assert.Equal(1.5200558867167757e-10f, file.Channel(450, 0)[199]);
        Assert.Equal(4.5402459569743314e-10f, file.Channel(899, 0)[199]);
        Assert.Equal(8.78264643233706e-08f, file.Parameters(899)[2]);
        Assert.Equal(-1.6319047801971465e-07f, file.Parameters(899)[4]);
    }

    [Fact]
    public void Real_grid_becomes_an_image_and_curves()
    {
        Assert.SkipWhen(RealFile is null, SharedFolder.SkipReason);
        GridData grid = GridData.ReadNanonis(RealFile);
        Assert.Equal((30, 30), (grid.Image.Frame.Rows, grid.Image.Frame.Columns));
        Assert.Equal(-1.6376378297e-07f, grid.Image[new PixelIndex(0, 29)], 5e-11f);
        Assert.Equal(-.22, grid.Waveform.BiasVolts[0], 1e-12);
        Assert.Equal(.22, grid.Waveform.BiasVolts[^1], 1e-12);
        Assert.False(grid.Waveform.HasReturnBranch);
        Assert.Equal(1.3678642662995344e-09, grid.LargestCurrent.Value, 1e-18);
        Assert.Equal(-9.004675477486401e-11, grid.Curve(new PixelIndex(15, 0))[0], 1e-20);
        Assert.Throws<InvalidDataException>(() => GridData.ReadNanonis(RealFile, "Currant (A)"));
    }

    [Fact]
    public void Real_grid_cut_off_anywhere_is_refused_with_file_and_offset()
    {
        Assert.SkipWhen(RealFile is null, SharedFolder.SkipReason);
        byte[] bytes = File.ReadAllBytes(RealFile);
        foreach (int length in new[] { 0, 1, 100, 466, 478, 480, 481, 10_000, bytes.Length / 2, bytes.Length - 4, bytes.Length - 1 })
        {
            var refused = Assert.Throws<InvalidDataException>(() => NanonisGridFile.Parse(bytes[..length], "cut.3ds"));
            Assert.StartsWith("cut.3ds: ", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refused.Message);
        }
        var halved = Assert.Throws<InvalidDataException>(() => NanonisGridFile.Parse(bytes[..^4], "cut.3ds"));
        Assert.Contains("4 bytes short", halved.Message, StringComparison.Ordinal);
        Assert.Contains($"ends at offset {bytes.Length - 4}", halved.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => NanonisGridFile.Parse([.. bytes, 0], "long.3ds"));
    }

    [Theory]
    [InlineData("Points=2", "Points=0", "Points")]
    [InlineData("Points=2", "Points=two", "Points")]
    [InlineData("Points=2", "Points=2000000000", "bytes")]
    [InlineData("\"2 x 1\"", "\"2000000000 x 2000000000\"", "bytes")]
    [InlineData("\"2 x 1\"", "\"-2 x 1\"", "Grid dim")]
    [InlineData("\"2 x 1\"", "\"2\"", "Grid dim")]
    [InlineData("byte)=3", "byte)=4", "parameters")]
    [InlineData("0;0;1E-8;5E-9;0", "0;0;NaN;5E-9;0", "Grid settings")]
    [InlineData("0;0;1E-8;5E-9;0", "0;0;0;5E-9;0", "Grid settings")]
    [InlineData("Channels=", "Canals=", "Channels")]
    [InlineData("Z (m)", "Q (m)", "Z (m)")]
    public void Header_that_lies_is_refused_without_allocating_for_it(string from, string to, string named)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllBytes(path, Synthetic(header => header.Replace(from, to, StringComparison.Ordinal), -1, -1));
        try
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            var refused = Assert.Throws<InvalidDataException>(() => GridData.ReadNanonis(path));
            Assert.Contains(named, refused.Message, StringComparison.Ordinal);
            Assert.StartsWith(path, refused.Message, StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Points_with_different_sweeps_are_refused()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllBytes(path, Synthetic(header => header, -1, -1));
        Assert.Equal(2, GridData.ReadNanonis(path).Image.Frame.Columns);
        File.WriteAllBytes(path, Synthetic(header => header, -1, -.5f));
        var refused = Assert.Throws<InvalidDataException>(() => GridData.ReadNanonis(path));
        File.Delete(path);
        Assert.Contains("point 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_channel_is_its_own()
    {
        string header = Encoding.ASCII.GetString(Synthetic(text => text, -1, -1)).Split(":HEADER_END:")[0]
            .Replace("\"Current (A)\"", "\"Current (A);LIX (V)\"", StringComparison.Ordinal) + ":HEADER_END:\r\n";
        var stream = new MemoryStream();
        stream.Write(Encoding.ASCII.GetBytes(header));
        foreach (float value in new[] { -1, 1, 1e-9f, 1, 2, 3, 4, -1, 1, 2e-9f, 5, 6, 7, 8 })
            stream.Write(BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(BitConverter.SingleToInt32Bits(value))));
        SpectrumSet set = Assert.Single(FileFormats.Parse(stream.ToArray(), "made.3ds").Spectra);
        Assert.Equal([3, 4], set.Curve(0, 1).ToArray());
        Assert.Equal([7, 8], set.Curve(1, 1).ToArray());
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllBytes(path, stream.ToArray());
        GridData grid = GridData.ReadNanonis(path, "LIX (V)");
        Assert.Equal([7, 8], grid.Curve(new PixelIndex(0, 1)).ToArray());
        Assert.Equal([5, 6], NanonisGridFile.Read(path).Channel(1, 0).ToArray());
        Assert.Equal(5e-9, grid.Image.Frame.PixelPitch.Value, 1e-18);
        File.Delete(path);
    }

    [Fact]
    public void Points_have_their_places_and_heights()
    {
        string text = Encoding.ASCII.GetString(Synthetic(header => header.Replace("\"Z (m)\"", "\"X (m);Y (m);Z (m)\"", StringComparison.Ordinal)
            .Replace("(4 byte)=3", "(4 byte)=5", StringComparison.Ordinal), -1, -1)).Split(":HEADER_END:")[0] + ":HEADER_END:\r\n";
        var stream = new MemoryStream();
        stream.Write(Encoding.ASCII.GetBytes(text));
        foreach (float value in new[] { -1, 1, 10, 20, 30, 1e-12f, 2e-12f, -1, 1, 11, 21, 31, 3e-12f, 4e-12f })
            stream.Write(BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(BitConverter.SingleToInt32Bits(value))));
        MeasuredFile file = FileFormats.Parse(stream.ToArray(), "made.3ds");
        Assert.Equal([10, 20, 11, 21], file.Spectra[0].PositionsMetres!);
        Assert.Equal([30, 31], Assert.Single(file.Channels).Values);
    }

    /// <summary>A grid of one channel whose numbers count through the file.</summary>
    internal static byte[] Large(int columns, int rows, int points)
    {
        var stream = new MemoryStream();
        stream.Write(Encoding.ASCII.GetBytes($"Grid dim=\"{columns} x {rows}\"\r\nGrid settings=0;0;1E-8;5E-9;0\r\nFixed parameters=\"Sweep Start;Sweep End\"\r\n"
            + $"Experiment parameters=\"Z (m)\"\r\n# Parameters (4 byte)=3\r\nPoints={points}\r\nChannels=\"Current (A)\"\r\n:HEADER_END:\r\n"));
        var record = new byte[4 * (3 + points)];
        for (int p = 0; p < columns * rows; p++)
        {
            for (int k = 0; k < 3 + points; k++)
                System.Buffers.Binary.BinaryPrimitives.WriteSingleBigEndian(record.AsSpan(4 * k), k < 2 ? k : p + (k * 1e-3f));
            stream.Write(record);
        }
        return stream.ToArray();
    }

    // Two points of three parameters and one channel of two samples.
    internal static byte[] Synthetic(Func<string, string> edit, float startOfFirst, float startOfSecond)
    {
        string header = edit("Grid dim=\"2 x 1\"\r\nGrid settings=0;0;1E-8;5E-9;0\r\nFixed parameters=\"Sweep Start;Sweep End\"\r\n"
            + "Experiment parameters=\"Z (m)\"\r\n# Parameters (4 byte)=3\r\nPoints=2\r\nChannels=\"Current (A)\"\r\n:HEADER_END:\r\n");
        var stream = new MemoryStream();
        stream.Write(Encoding.ASCII.GetBytes(header));
        foreach (float value in new[] { startOfFirst, 1, 1e-9f, 1e-12f, 2e-12f, startOfSecond, 1, 2e-9f, 3e-12f, 4e-12f })
            stream.Write(BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(BitConverter.SingleToInt32Bits(value))));
        return stream.ToArray();
    }
}
