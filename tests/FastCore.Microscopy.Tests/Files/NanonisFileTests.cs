using System.Text;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

public class NanonisFileTests
{
    [Fact]
    public void Scan_is_turned_upright_and_backward_lines_are_mirrored()
    {
        MeasuredFile up = FileFormats.Parse(SyntheticFiles.Scan("up"), "made.sxm");
        Assert.Equal(["Z (Forward)", "Z (Backward)", "Current (Forward)"], up.Channels.Select(c => c.Name));
        Assert.Equal([3, 4, 5, 0, 1, 2], up.Channels[0].Values);
        Assert.Equal([11, 10, 9, 8, 7, 6], up.Channels[1].Values);
        MeasuredFile down = FileFormats.Parse(SyntheticFiles.Scan("down"), "made.sxm");
        Assert.Equal([0, 1, 2, 3, 4, 5], down.Channels[0].Values);
        Assert.Equal([8, 7, 6, 11, 10, 9], down.Channels[1].Values);
        Assert.Equal([12, 13, 14, 15, 16, 17], down.Channels[2].Values);
        Assert.Equal((3e-9, 2e-9, "A"), (down.Channels[2].Width, down.Channels[2].Height, down.Channels[2].Unit));
        Assert.Equal("Z (Forward)", down.Topography().Name);
    }

    [Theory]
    [InlineData("3 2", "3 3", "bytes")]
    [InlineData("3 2", "2000000000 2000000000", "bytes")]
    [InlineData("3 2", "0 2", "SCAN_PIXELS")]
    [InlineData("MSBFIRST", "LSBFIRST", "SCANIT_TYPE")]
    [InlineData(":SCAN_DIR:\nup", ":SCAN_DIR:\nleft", "SCAN_DIR")]
    [InlineData("\tName\t", "\tNome\t", "DATA_INFO")]
    [InlineData("3E-9 2E-9", "wide", "SCAN_RANGE")]
    public void Scan_that_contradicts_itself_is_refused(string from, string to, string named)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(SyntheticFiles.Scan("up")).Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => FileFormats.Parse(bytes, "made.sxm")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_with_bytes_left_over_is_refused()
    {
        byte[] bytes = [.. SyntheticFiles.Scan("up"), 0];
        Assert.Contains("need 72 bytes; the file has 73", Assert.Throws<InvalidDataException>(() => FileFormats.Parse(bytes, "made.sxm")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_has_its_left_and_upper_edge_half_its_range_from_the_centre()
    {
        MeasuredChannel channel = FileFormats.Parse(SyntheticFiles.Scan("up"), "made.sxm").Channels[0];
        Assert.Equal((1e-6 - 1.5e-9, -1e-9), (channel.OffsetX, channel.OffsetY));
    }

    [Fact]
    public void Spectrum_has_names_units_place_and_duration()
    {
        SpectrumSet set = Assert.Single(FileFormats.Parse(SyntheticFiles.Spectrum(), "made.dat").Spectra);
        Assert.Equal(("Bias calc", "V"), (set.AxisName, set.AxisUnit));
        Assert.Equal(["Current [bwd]", "Current [filt]"], set.ChannelNames);
        Assert.Equal(["A", "A"], set.ChannelUnits);
        Assert.Equal([-.1, .15], set.Axis);
        Assert.Equal([1e-12, 3e-12], set.Curve(0, 0).ToArray());
        Assert.Equal([2e-12, double.NaN], set.Curve(0, 1).ToArray());
        Assert.Equal([1e-9, 2e-9], set.PositionsMetres!);
        Assert.Equal(8e-3, set.DurationSeconds!.Value, 1e-12);
    }

    [Theory]
    [InlineData("\t3E-12\tNaN", "\t3E-12", "line 10 has 2 numbers; the titles name 3")]
    [InlineData("\t3E-12\tNaN", "\t3E-12\tNaN\t1", "3 numbers with tabs")]
    [InlineData("[DATA]", "[DITA]", "no '[DATA]'")]
    public void Spectrum_with_a_damaged_line_is_refused(string from, string to, string named)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(SyntheticFiles.Spectrum()).Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => FileFormats.Parse(bytes, "made.dat")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Real_spectrum_has_the_numbers_of_its_text()
    {
        string? path = SharedFolder.File("data", "FAIRmat-NFDI+pynxtools-spm", "Bias-Spectroscopy00015_20230420.dat");
        Assert.SkipWhen(path is null, SharedFolder.SkipReason);
        MeasuredFile file = MeasuredFile.Open(path);
        SpectrumSet set = Assert.Single(file.Spectra);
        // The header says 2048 points; first line of the data as text.
        Assert.Equal(("2048", 2048, 14), (file.Metadata["Bias Spectroscopy>Num Pixel"], set.Samples, set.ChannelNames.Count));
        Assert.Equal(-5.0000001E-2, set.Axis[0]);
        Assert.Equal(-1.4288776E-10, set.Curve(0, 0)[0]);
        Assert.Equal(-1.8262286E-13, set.Curve(0, 13)[0]);
        Assert.Equal("LI Demod 2 Y [filt]", set.ChannelNames[13]);
        Assert.Equal([153.514E-9, -93.4937E-9], set.PositionsMetres!);
    }

    [Fact]
    public void Real_grid_is_an_image_and_spectra()
    {
        string? path = SharedFolder.File("data", "pycroscopy+SciFiDatasets", "NanonisReader_STS_grid_lockin.3ds");
        Assert.SkipWhen(path is null, SharedFolder.SkipReason);
        MeasuredFile file = MeasuredFile.Open(path);
        Assert.Equal("Z", Assert.Single(file.Channels).Name);
        SpectrumSet set = Assert.Single(file.Spectra);
        Assert.Equal((30, 30, 200, "Bias", "V"), (set.Rows, set.Columns, set.Samples, set.AxisName, set.AxisUnit));
        Assert.Equal((-.22, .22), (set.Axis[0], set.Axis[^1]));
        // Read by a separate script, see NanonisGridFileTests.
        Assert.Equal(-1.3747145088949253e-10, set.Curve(0, 0)[0], 1e-20);
        Assert.Equal(4.5402459569743314e-10, set.Curve(899, 0)[199], 1e-20);
        Assert.Equal(-0.006538928486406803f, set.Curve(0, 3)[199]);
    }
}
