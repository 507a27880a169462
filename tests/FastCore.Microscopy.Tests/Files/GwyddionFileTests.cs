using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

public class GwyddionFileTests
{
    [Fact]
    public void Written_container_reads_back_exactly()
    {
        MeasuredFile made = SyntheticFiles.Measured();
        MeasuredFile read = FileFormats.Parse(SyntheticFiles.Written(".gwy", path => GwyddionFile.Write(path, made)), "made.gwy");
        Assert.Equal("Gwyddion container", read.Format);
        Same(made.Channels[0], read.Channels[0]);
        Same(made.Channels[1], read.Channels[1]);
        Assert.Equal(made.Metadata, read.Metadata);
        // One volume per channel of the spectra.
        Assert.Equal(["Current", "Deflection"], read.Spectra.Select(s => s.Name));
        Assert.Equal(["A", "m"], read.Spectra.Select(s => s.ChannelUnits[0]));
        for (int c = 0; c < 2; c++)
        {
            Assert.Equal((2, 3, 1e-6), (read.Spectra[c].Rows, read.Spectra[c].Columns, read.Spectra[c].PitchMetres!.Value));
            Assert.Equal(made.Spectra[0].Axis, read.Spectra[c].Axis);
            Assert.Equal(("Bias", "V"), (read.Spectra[c].AxisName, read.Spectra[c].AxisUnit));
            for (int p = 0; p < 6; p++)
                Assert.Equal(made.Spectra[0].Curve(p, c).ToArray(), read.Spectra[c].Curve(p, 0).ToArray());
        }
    }

    [Fact]
    public void Single_curve_is_written_as_a_graph()
    {
        var set = new SpectrumSet("sweep", "Bias", "V", [0, 1, 0], ["up", "down"], ["A", "A"], [1, 2, 3, 4, 5, 6], 1, 1);
        var made = new MeasuredFile { Path = "made", Format = "made", Spectra = [set] };
        MeasuredFile read = FileFormats.Parse(SyntheticFiles.Written(".gwy", path => GwyddionFile.Write(path, made)), "made.gwy");
        Assert.Equal(["up", "down"], read.Spectra.Select(s => s.ChannelNames[0]));
        Assert.Equal([4, 5, 6], read.Spectra[1].Curve(0, 0).ToArray());
        Assert.Equal(("V", "A"), (read.Spectra[1].AxisUnit, read.Spectra[1].ChannelUnits[0]));
    }

    [Fact]
    public void Written_field_reads_back_exactly()
    {
        MeasuredFile made = SyntheticFiles.Measured();
        MeasuredFile read = FileFormats.Parse(SyntheticFiles.Written(".gsf", path => GwyddionSimpleField.Write(path, made.Channels[0])), "made.gsf");
        Same(made.Channels[0], Assert.Single(read.Channels));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("abc")]
    [InlineData("abcd")]
    public void Field_behind_a_header_of_any_length_is_found(string title)
    {
        MeasuredChannel made = SyntheticFiles.Measured().Channels[1] with { Name = title };
        byte[] bytes = SyntheticFiles.Written(".gsf", path => GwyddionSimpleField.Write(path, made));
        Same(made, Assert.Single(FileFormats.Parse(bytes, "made.gsf").Channels));
        foreach (byte[] wrong in (byte[][])[[.. bytes, 0], bytes[..^1]])
            Assert.Contains("2 x 3", Assert.Throws<InvalidDataException>(() => FileFormats.Parse(wrong, "made.gsf")).Message.Replace("3 x 2", "2 x 3", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Container_with_more_numbers_than_its_resolution_is_refused()
    {
        byte[] bytes = SyntheticFiles.Written(".gwy", path => GwyddionFile.Write(path, SyntheticFiles.Measured()));
        bytes[bytes.AsSpan().IndexOf("xres\0i"u8) + 6] = 2;
        Assert.Contains("'data' holds 6 numbers; the object's resolution needs 4", Assert.Throws<InvalidDataException>(() => FileFormats.Parse(bytes, "made.gwy")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Real_container_rewritten_is_the_same()
    {
        string? path = SharedFolder.File("data", "pycroscopy+SciFiDatasets", "PTO_110_Virgin0001.gwy");
        Assert.SkipWhen(path is null, SharedFolder.SkipReason);
        MeasuredFile file = MeasuredFile.Open(path);
        Assert.InRange(file.Metadata.Count, 500, 1000);
        MeasuredFile again = FileFormats.Parse(SyntheticFiles.Written(".gwy", copy => GwyddionFile.Write(copy, file)), "again.gwy");
        for (int i = 0; i < 4; i++)
            Same(file.Channels[i], again.Channels[i]);
        Assert.Equal(file.Metadata, again.Metadata);
    }

    private static void Same(MeasuredChannel expected, MeasuredChannel found)
    {
        Assert.Equal(expected with { Values = [] }, found with { Values = [] }, new ByText());
        Assert.Equal(expected.Values, found.Values);
    }

    private sealed class ByText : IEqualityComparer<MeasuredChannel>
    {
        public bool Equals(MeasuredChannel? x, MeasuredChannel? y) => Text(x!) == Text(y!);

        public int GetHashCode(MeasuredChannel obj) => 0;

        private static string Text(MeasuredChannel c) => $"{c.Name}|{c.Unit}|{c.Rows}|{c.Columns}|{c.Width:R}|{c.Height:R}|{c.OffsetX:R}|{c.OffsetY:R}|{c.LateralUnit}";
    }
}
