using System.IO.Compression;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

public class Hdf5FileTests
{
    [Fact]
    public void Real_datasets_agree_with_h5py()
    {
        List<Dictionary<string, string>>? rows = Oracle.Read("h5py_datasets.csv");
        Assert.SkipWhen(rows is null, SharedFolder.SkipReason);
        foreach (IGrouping<string, Dictionary<string, string>> group in rows.GroupBy(Oracle.FileOf))
        {
            var file = new Hdf5File(File.ReadAllBytes(group.Key), group.Key);
            foreach (Dictionary<string, string> row in group)
            {
                Hdf5Object dataset = Assert.Single(file.Objects, o => o.Path == row["dataset"]);
                Assert.Equal(row["shape"], string.Join('x', dataset.Shape));
                Assert.Equal(row["dtype"], dataset.Type.Kind!.Value.ToString().ToLowerInvariant());
                if (row["units"].Length > 0)
                    Assert.Equal(row["units"], dataset.Attributes["units"].Text());
                double[] values = dataset.Doubles();
                Assert.Equal([Oracle.Number(row["min"]), Oracle.Number(row["max"]), Oracle.Number(row["first"]), Oracle.Number(row["last"])],
                    new[] { values.Min(), values.Max(), values[0], values[^1] });
                Assert.Equal(Oracle.Number(row["mean"]), values.Average(), values.Max(Math.Abs) * 1e-7);
            }
        }
    }

    [Fact]
    public void Real_nsid_file_is_eight_images()
    {
        string? path = SharedFolder.File("data", "pycroscopy+DTMicroscope", "PZT_thick0009.h5");
        Assert.SkipWhen(path is null, SharedFolder.SkipReason);
        MeasuredFile file = MeasuredFile.Open(path);
        Assert.Equal("NSID (HDF5)", file.Format);
        Assert.Equal(["HeightRetrace", "AmplitudeRetrace", "NapAmplitudeRetrace", "DeflectionRetrace", "PhaseRetrace", "NapPhaseRetrace", "UserIn0Retrace",
            "NapUserIn0Retrace"], file.Channels.Select(c => c.Name));
        // Stored [x, y] = 256 x 128: 128 rows.
        Assert.All(file.Channels, c => Assert.Equal((128, 256), (c.Rows, c.Columns)));
        // The file says "m" for the phase of the second pass.
        Assert.Equal(["m", "m", "m", "m", "deg", "deg", "V", "V"], file.Channels.Select(c => c.Unit));
        Assert.Equal(1e-6 * 256 / 255, file.Channels[0].Width, 1e-12);
        Assert.Contains("ScanRate", file.Metadata.Keys);
        var raw = new Hdf5File(File.ReadAllBytes(path), path);
        float[] stored = raw.Objects.Single(o => o.Path == "Measurement_000/Channel_0/Channel_0/Channel_0").Singles();
        Assert.Equal(stored[(3 * 128) + 100], file.Channels[0].Values[(100 * 256) + 3]);
    }

    [Fact]
    public void Written_nsid_reads_back_exactly()
    {
        MeasuredFile made = SyntheticFiles.Measured();
        MeasuredFile read = FileFormats.Parse(SyntheticFiles.Written(".h5", path => NsidFile.Write(path, made)), "made.h5");
        Assert.Equal("NSID (HDF5)", read.Format);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(made.Channels[i].Values, read.Channels[i].Values);
            Assert.Equal((made.Channels[i].Name, made.Channels[i].Unit), (read.Channels[i].Name, read.Channels[i].Unit));
            Assert.Equal(made.Channels[i].Width, read.Channels[i].Width, 1e-18);
            Assert.Equal(made.Channels[i].OffsetY, read.Channels[i].OffsetY, 1e-18);
        }
        Assert.Equal(2, read.Spectra.Count);
        Assert.Equal(made.Spectra[0].Axis, read.Spectra[0].Axis);
        Assert.Equal(("Bias", "V", 2, 3), (read.Spectra[0].AxisName, read.Spectra[0].AxisUnit, read.Spectra[0].Rows, read.Spectra[0].Columns));
        Assert.Equal(2, read.Spectra[0].DurationSeconds);
        for (int c = 0; c < 2; c++)
        {
            for (int p = 0; p < 6; p++)
                Assert.Equal(made.Spectra[0].Curve(p, c).ToArray(), read.Spectra[c].Curve(p, 0).ToArray());
        }
        Assert.Equal("Pt µ", read.Metadata["Probe"]);
    }

    [Fact]
    public void Big_endian_numbers_are_turned()
    {
        byte[] bytes = Usid(3);
        Hdf5Object stored = new Hdf5File(bytes, "made.h5").Objects.Single(o => o.Name == "Raw_Data");
        float[] values = stored.Singles();
        bytes[stored.Find(0x03, 8, "the type") + 1] |= 1;
        float[] swapped = new Hdf5File(bytes, "made.h5").Objects.Single(o => o.Name == "Raw_Data").Singles();
        Assert.Equal(Array.ConvertAll(values, v => BitConverter.Int32BitsToSingle(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(BitConverter.SingleToInt32Bits(v)))), swapped);
    }

    [Fact]
    public void Shuffled_and_deflated_chunks_are_put_together()
    {
        // 5 x 3 singles, 10 * row + column + 0.5, by h5repack 1.10.8: -l data:CHUNK=2x2 -f data:SHUF -f data:GZIP=5. The file packed by zlib.
        using var packed = new ZLibStream(new MemoryStream(Convert.FromBase64String(Chunks)), CompressionMode.Decompress);
        var stream = new MemoryStream();
        packed.CopyTo(stream);
        Hdf5Object data = new Hdf5File(stream.ToArray(), "chunks.h5").Objects.Single(o => o.IsDataset);
        Assert.Equal([.5f, 1.5f, 2.5f, 10.5f, 11.5f, 12.5f, 20.5f, 21.5f, 22.5f, 30.5f, 31.5f, 32.5f, 40.5f, 41.5f, 42.5f], data.Singles());
        Assert.Equal([.5f, 10.5f, 20.5f, 30.5f, 40.5f, 1.5f, 11.5f, 21.5f, 31.5f, 41.5f, 2.5f, 12.5f, 22.5f, 32.5f, 42.5f], data.SinglesTransposed());
    }

    private const string Chunks =
        "eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KZAVQ+TD5BCjNCKU7oPQKJpg4I1hOAiouCDUfXV1IkKsrSPV/NACzx4AFQnMwjIKRCDxcHQNAdASUD0ulJ5hQ1aUkliQip0cPCu1lZG"
        + "CHmMUI42tAaCaIACtUHTOURuczA1M+SKWggjwDJAkrMIhzMIjXw9VzgOWZmCEGcjNYgPmMUH8xgeUZGYozStPSclKhZoDcARFPSU3LSSxJhdvLAc1pzEzMFawwIyAYrFUImoNA"
        + "dmys4cxmgPqHWBDs5+/CCLYdAhSYR9MmOQBU3jEysGGUd0IE9G3gh9DCaOJo2YDhEFSdEA55GLiKZh4TDvXP0dSx4DDvFz9q/mTBYR4vajUDDAlUdSyjSWQUjIJRMApGwSgYBa"
        + "MADCrikhMampilxL596+tj4LzCpAgWYWBl42djZ3NnY2BxYngFFmpQzd73p5CFiUFciMUVIqLL48PTx+PHw8DuwmgF0adqysamrs7GxsD8g+EsREhXoYwpiYEpgyEXAKSAaik=";

    [Fact]
    public void Shape_of_the_newer_version_is_read()
    {
        byte[] bytes = Usid(3);
        int at = new Hdf5File(bytes, "made.h5").Objects.Single(o => o.Name == "Raw_Data").Find(0x01, 8, "the shape");
        // Version 2 has its lengths four bytes earlier, and says that they are lengths.
        bytes.AsSpan(at + 8, 16).ToArray().CopyTo(bytes, at + 4);
        (bytes[at], bytes[at + 2], bytes[at + 3]) = (2, 0, 1);
        Assert.Equal([4, 3], new Hdf5File(bytes, "made.h5").Objects.Single(o => o.Name == "Raw_Data").Shape);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(63, 65)]
    [InlineData(64, 64)]
    [InlineData(130, 3)]
    public void Images_of_any_size_are_turned(int rows, int columns)
    {
        float[] values = [.. Enumerable.Range(0, rows * columns).Select(i => (float)i)];
        var made = new MeasuredFile { Path = "made", Format = "made", Channels = [new MeasuredChannel("Height", "m", rows, columns, values, columns * 1e-9, rows * 1e-9)] };
        Assert.Equal(values, FileFormats.Parse(SyntheticFiles.Written(".h5", path => NsidFile.Write(path, made)), "made.h5").Channels[0].Values);
    }

    [Fact]
    public void Usid_positions_become_a_grid()
    {
        SpectrumSet set = Assert.Single(FileFormats.Parse(Usid(3), "made.h5").Spectra);
        Assert.Equal((2, 2, "Bias", "V"), (set.Rows, set.Columns, set.AxisName, set.AxisUnit));
        Assert.Equal([-1, 0, 1], set.Axis);
        // Written column after column: position 1 is row 1 of column 0.
        Assert.Equal([3, 4, 5], set.Curve(2, 0).ToArray());
        Assert.Equal([6, 7, 8], set.Curve(1, 0).ToArray());
        Assert.Equal(5e-9, set.PitchMetres!.Value, 1e-18);
        Assert.Equal(5e-15, FileFormats.Parse(Usid(3, "um"), "made.h5").Spectra[0].PitchMetres!.Value, 1e-24);
        Assert.Equal(5e-18, FileFormats.Parse(Usid(3, "nm"), "made.h5").Spectra[0].PitchMetres!.Value, 1e-27);
        MeasuredChannel image = Assert.Single(FileFormats.Parse(Usid(1), "made.h5").Channels);
        Assert.Equal([0, 2, 1, 3], image.Values);
        Assert.Equal((1e-8, 1e-8), (image.Width, image.Height));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Newer_superblock_is_refused_with_what_to_do(byte version)
    {
        byte[] bytes = Usid(1);
        bytes[8] = version;
        string message = Assert.Throws<InvalidDataException>(() => FileFormats.Parse(bytes, "new.h5")).Message;
        Assert.StartsWith("new.h5: at offset 8:", message, StringComparison.Ordinal);
        Assert.Contains("h5repack", message, StringComparison.Ordinal);
    }

    internal static byte[] Usid(int samples, string unit = "m")
    {
        using var writer = new Hdf5Writer();
        Hdf5Writer.Node group = Hdf5Writer.Group(writer.Root, "Measurement_000");
        Hdf5Writer.Node main = Hdf5Writer.Dataset(group, "Raw_Data", Enumerable.Range(0, 4 * samples).Select(i => (float)i).ToArray(), 4, samples);
        Hdf5Writer.Node indices = Hdf5Writer.Dataset(group, "Position_Indices", new[] { 0, 0, 0, 1, 1, 0, 1, 1 }, 4, 2);
        Hdf5Writer.Node places = Hdf5Writer.Dataset(group, "Position_Values", new[] { 0, 0, 0, 5e-9, 5e-9, 0, 5e-9, 5e-9 }, 4, 2);
        places.Attributes.Add(("units", new[] { unit, unit }));
        Hdf5Writer.Node spectroscopic = Hdf5Writer.Dataset(group, "Spectroscopic_Values",
            Enumerable.Range(0, samples).Select(i => i - 1d).ToArray(), 1, samples);
        spectroscopic.Attributes.Add(("units", new[] { "V" }));
        spectroscopic.Attributes.Add(("labels", new[] { "DC offset" }));
        main.Attributes.AddRange([("quantity", "Current"), ("units", "A"), ("Position_Indices", indices), ("Position_Values", places),
            ("Spectroscopic_Values", spectroscopic)]);
        return writer.Write();
    }
}
