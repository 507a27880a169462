using System.Text;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

public class NumpyMeasuredFileTests
{
    [Fact]
    public void Written_archive_reads_back_exactly()
    {
        MeasuredFile made = SyntheticFiles.Measured();
        MeasuredFile read = FileFormats.Parse(SyntheticFiles.Written(".npz", path => NumpyMeasuredFile.WriteArchive(path, made)), "made.npz");
        Assert.Equal(made.Channels.Select(c => c.Name), read.Channels.Select(c => c.Name));
        Assert.Equal(made.Channels[1].Values, read.Channels[1].Values);
        Assert.Equal(("A", 3e-6, 2e-6), (read.Channels[1].Unit, read.Channels[1].Width, read.Channels[1].Height));
        SpectrumSet set = Assert.Single(read.Spectra);
        Assert.Equal(made.Spectra[0].Values, set.Values);
        Assert.Equal(made.Spectra[0].ChannelUnits, set.ChannelUnits);
        Assert.Equal((2, 3, 2d, "Bias", "V"), (set.Rows, set.Columns, set.DurationSeconds!.Value, set.AxisName, set.AxisUnit));
        Assert.Empty(read.Remarks);
    }

    [Theory]
    [InlineData("<f8", new double[] { 1.25, -3, 1e-300, 255.4 }, new double[] { 1.25, -3, 1e-300, 255.4 })]
    [InlineData("<f4", new double[] { 1.25, -3, 1e-12, 7 }, new double[] { 1.25, -3, 9.999999960041972e-13, 7 })]
    [InlineData("<i8", new double[] { 1, -3, 1L << 52, 7 }, new double[] { 1, -3, 1L << 52, 7 })]
    [InlineData("<i4", new double[] { 1, -3, int.MaxValue, 7 }, new double[] { 1, -3, int.MaxValue, 7 })]
    [InlineData("|u1", new double[] { 0, 1, 254, 255 }, new double[] { 0, 1, 254, 255 })]
    [InlineData("|b1", new double[] { 0, 1, -2, 0 }, new double[] { 0, 1, 1, 0 })]
    public void Element_types_are_written_and_read(string type, double[] values, double[] expected)
    {
        var stream = new MemoryStream();
        NpyArray.Of(values, 2, 2).As(type).Write(stream);
        byte[] bytes = stream.ToArray();
        Assert.Contains($"'descr': '{type}'", Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
        NpyArray read = NpyArray.Read(bytes, "a.npy");
        Assert.Equal(type, read.ElementType);
        Assert.Equal(expected, read.Values);
        Assert.Equal(Array.ConvertAll(expected, v => (float)v), NpyArray.ReadSingles(bytes, "a.npy", out int[] shape));
        Assert.Equal([2, 2], shape);
    }

    [Theory]
    [InlineData("'|O'", "Python objects")]
    [InlineData("[('a', '<f4'), ('b', '<f4')]", "not supported")]
    [InlineData("'<c8'", "not supported")]
    [InlineData("'<M8[ns]'", "not supported")]
    public void Other_element_types_are_refused(string descr, string expected)
    {
        string header = $"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}\n";
        byte[] bytes = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => FileFormats.Parse(bytes, "a.npy")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Array_of_two_axes_is_an_image_of_rows_and_columns()
    {
        MeasuredChannel image = Assert.Single(FileFormats.Parse(SyntheticFiles.Written(".npy", path => NumpyMeasuredFile.WriteArray(path, SyntheticFiles.Measured().Channels[1])),
            "made.npy").Channels);
        Assert.Equal((2, 3, "m", "px"), (image.Rows, image.Columns, image.Unit, image.LateralUnit));
        Assert.Equal(SyntheticFiles.Measured().Channels[1].Values, image.Values);
    }

    [Fact]
    public void Archive_that_claims_more_than_its_file_is_refused()
    {
        // 30 million zeros: 240 MB in 240 kB.
        byte[] bytes = SyntheticFiles.Written(".npz", path => NpzFile.Write(path, new Dictionary<string, NpyArray> { ["z"] = NpyArray.Of(new double[30_000_000], 30_000_000) }));
        Assert.InRange(bytes.Length, 1000, 1_000_000);
        Assert.Contains("bytes", Assert.Throws<InvalidDataException>(() => FileFormats.Parse(bytes, "bomb.npz")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Real_arrays_are_read()
    {
        string? spiral = SharedFolder.File("data", "ziatdinovmax+GPim", "spiral_s_00010_2019.npy");
        Assert.SkipWhen(spiral is null, SharedFolder.SkipReason);
        // Fortran order: element [1, 0] is the second number of the file.
        byte[] bytes = File.ReadAllBytes(spiral);
        MeasuredChannel image = Assert.Single(MeasuredFile.Open(spiral).Channels);
        Assert.Equal((float)BitConverter.ToDouble(bytes, 128 + (8 * 5)), image.Values[5 * 128]);
        MeasuredFile spectra = MeasuredFile.Open(SharedFolder.File("data", "ziatdinovmax+GPim", "bepfm_test_data.npy")!);
        Assert.Equal((32, 32, 102), (spectra.Spectra[0].Rows, spectra.Spectra[0].Columns, spectra.Spectra[0].Samples));
        // A structured array stands beside plain ones.
        MeasuredFile mixed = MeasuredFile.Open(SharedFolder.File("data", "ziatdinovmax+GPim", "cKPFM loop_0001 10 x 10-proc.npz")!);
        Assert.Contains(mixed.Remarks, remark => remark.Contains("Nd_mat.npy", StringComparison.Ordinal));
    }

    [Fact]
    public void Table_of_an_image_and_of_spectra()
    {
        MeasuredFile made = SyntheticFiles.Measured();
        string[] spectra = Encoding.UTF8.GetString(SyntheticFiles.Written(".csv", path => CsvFile.Write(path, made))).Split('\n');
        Assert.Equal("row,column,Bias (V),Current (A),Deflection (m)", spectra[0]);
        // Point 1, sample 2: current 8 + 2, deflection 12 + 2.
        Assert.Equal("0,1,1,1E-11,1.4E-11", spectra[1 + 4 + 2]);
        var images = new MeasuredFile { Path = "made", Format = "made", Channels = made.Channels };
        string[] table = Encoding.UTF8.GetString(SyntheticFiles.Written(".csv", path => CsvFile.Write(path, images))).Split('\n');
        Assert.Equal("row,column,HeightTrace (m),CurrentTrace (A)", table[0]);
        Assert.Equal("1,1,NaN,5E-12", table[5]);
        Assert.Equal(8, table.Length);
    }
}
