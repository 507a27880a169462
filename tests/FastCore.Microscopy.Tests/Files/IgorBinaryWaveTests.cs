using System.Buffers.Binary;
using System.Text;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

public class IgorBinaryWaveTests
{
    [Fact]
    public void Real_waves_agree_with_python_igor()
    {
        List<Dictionary<string, string>>? rows = Oracle.Read("igor_waves.csv");
        Assert.SkipWhen(rows is null, SharedFolder.SkipReason);
        foreach (Dictionary<string, string> row in rows)
        {
            IgorBinaryWave wave = IgorBinaryWave.Read(Oracle.FileOf(row));
            Assert.Equal(row["version"], $"{wave.Version}");
            Assert.Equal(row["name"], wave.Name);
            Assert.Equal(row["shape"], string.Join('x', wave.Shape));
            Assert.Equal(row["note_bytes"], $"{wave.NoteBytes}");
            double[] values = wave.Values();
            // Of a table the columns are compared; of a stack of images all of it, whose column 0 is its first image.
            int length = wave.Shape.Count == 2 ? wave.Shape[0] : wave.Shape[0] * wave.Shape[1];
            double[] column = values[(int.Parse(row["column"]) * length)..][..length];
            if (wave.Shape.Count == 2)
            {
                Assert.Equal(Oracle.Number(row["first"]), column[0]);
                Assert.Equal(Oracle.Number(row["last"]), column[^1]);
            }
            Assert.Equal(Oracle.Number(row["sum"]), column.Sum(), column.Sum(Math.Abs) * 1e-6);
            Assert.Equal(row["nan"], $"{column.Count(double.IsNaN)}");
        }
    }

    [Fact]
    public void Real_force_curve_has_axis_place_and_segments()
    {
        string? path = SharedFolder.File("data", "AFM-analysis+afmformats", "fmt-igor-fd_SiN_FD_plot.ibw");
        Assert.SkipWhen(path is null, SharedFolder.SkipReason);
        MeasuredFile file = MeasuredFile.Open(path);
        Assert.Empty(file.Channels);
        SpectrumSet set = Assert.Single(file.Spectra);
        // ARDoIVCurve is there, with the value 0: a force curve.
        Assert.Equal("Force curve", set.Name);
        Assert.Equal(["Raw", "Defl", "ZSnsr"], set.ChannelNames);
        Assert.Equal((2016, 5e-4), (set.Samples, set.Axis[1]));
        Assert.Equal([-3.46937223456067e-05, 2.30165580404459e-05], set.PositionsMetres!);
        Assert.Equal([(0, 1), (1008, -1)], set.Segments);
        Assert.Equal("-10", file.Metadata["MostNegZvoltage"]);
    }

    [Fact]
    public void Real_stack_takes_units_from_names()
    {
        string? path = SharedFolder.File("data", "pycroscopy+DTMicroscope", "scan_0001.ibw");
        Assert.SkipWhen(path is null, SharedFolder.SkipReason);
        MeasuredFile file = MeasuredFile.Open(path);
        Assert.Equal(["m", "m", "m", "deg", "deg", "Hz"], file.Channels.Select(c => c.Unit));
        Assert.Equal(3, file.Remarks.Count);
        Assert.Equal("HeightRetrace", file.Topography().Name);
        Assert.Equal("5e-06", file.Metadata["ScanSize"]);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void Old_versions_are_read_in_both_byte_orders(int version, bool bigEndian)
    {
        byte[] bytes = Old(version, bigEndian, [1.5f, -2, 3e-9f], "note\rKey:7");
        IgorBinaryWave wave = IgorBinaryWave.ParseWave(bytes, "old.ibw");
        Assert.Equal((version, "wave0"), (wave.Version, wave.Name));
        Assert.Equal([3], wave.Shape);
        Assert.Equal([1.5, -2, (double)3e-9f], wave.Values());
        Assert.Equal((.25, 2d), (wave.Steps[0], wave.Starts[0]));
        MeasuredFile file = IgorBinaryWave.Parse(bytes, "old.ibw");
        Assert.Equal([2, 2.25, 2.5], file.Spectra[0].Axis);
        if (version > 1)
            Assert.Equal("7", file.Metadata["Key"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Synthetic_current_voltage_curve_is_told_by_the_value_of_its_key(bool bigEndian)
    {
        byte[] bytes = Version5(bigEndian, [3, 3], "s", ["Bias", "Cur", "Cur2"], "ARDoIVCurve:1\rXLVDT:1e-6\rYLVDT:2e-6", i => i);
        MeasuredFile file = MeasuredFile_Parse(bytes);
        SpectrumSet set = Assert.Single(file.Spectra);
        Assert.Equal("Current-voltage curve", set.Name);
        Assert.Equal(["V", "A", "A"], set.ChannelUnits);
        Assert.Equal(1, set.CurrentChannel());
        Assert.Equal([3, 4, 5], set.Curve(0, 1).ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Synthetic_image_has_its_top_row_first(bool bigEndian)
    {
        MeasuredFile file = MeasuredFile_Parse(Version5(bigEndian, [3, 2, 2], "m", ["CurrentTrace", "NapPhaseRetrace"], "", i => i));
        Assert.Equal(["A", "deg"], file.Channels.Select(c => c.Unit));
        Assert.Equal([3, 4, 5, 0, 1, 2], file.Channels[0].Values);
        Assert.Equal([9, 10, 11, 6, 7, 8], file.Channels[1].Values);
        Assert.Equal((1.5, 1d), (file.Channels[0].Width, file.Channels[0].Height));
    }

    [Fact]
    public void Header_that_lies_is_refused()
    {
        byte[] bytes = Version5(false, [3, 2], "m", [], "", i => i);
        void Lies(int offset, int value, string expected)
        {
            byte[] lie = [.. bytes];
            BinaryPrimitives.WriteInt32LittleEndian(lie.AsSpan(offset), value);
            MakeSum(lie, 384, 2, false);
            var refused = Assert.Throws<InvalidDataException>(() => MeasuredFile_Parse(lie));
            Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
            Assert.StartsWith("test.ibw: at offset", refused.Message.Replace("test.ibw: the note", "test.ibw: at offset", StringComparison.Ordinal), StringComparison.Ordinal);
        }
        Lies(4, 100, "wfmSize");
        Lies(4, 340, "does not fit into the 20 bytes");
        Lies(132, int.MaxValue, "does not fit");
        Lies(132, -1, "does not fit");
        Lies(132, 0, "no elements");
        Lies(80, 3, "complex");
        Lies(80, 0, "text");
        Lies(12, int.MaxValue, "the note");
        bytes[100] ^= 1;
        Assert.Contains("checksum", Assert.Throws<InvalidDataException>(() => MeasuredFile_Parse(bytes)).Message, StringComparison.Ordinal);
    }

    private static MeasuredFile MeasuredFile_Parse(byte[] bytes) => FileFormats.Parse(bytes, "test.ibw");

    /// <summary>A version 5 wave of singles with labels for its last dimension.</summary>
    internal static byte[] Version5(bool bigEndian, int[] shape, string unit, string[] labels, string note, Func<int, float> value)
    {
        int count = shape.Aggregate(1, (a, b) => a * b);
        byte[] noteBytes = Encoding.Latin1.GetBytes(note);
        int labelBytes = labels.Length == 0 ? 0 : 32 * (labels.Length + 1);
        var bytes = new byte[384 + (4 * count) + noteBytes.Length + labelBytes + 7];
        var w = new Writer(bytes, bigEndian);
        w.Int16(0, 5);
        w.Int32(4, 320 + (4 * count));
        w.Int32(12, noteBytes.Length);
        w.Int32(36 + (4 * (shape.Length - 1)), labelBytes);
        w.Int32(76, count);
        w.Int16(80, 2);
        w.Text(92, "wave0");
        for (int d = 0; d < shape.Length; d++)
            w.Int32(132 + (4 * d), shape[d]);
        for (int d = 0; d < 4; d++)
            w.Double(148 + (8 * d), .5);
        w.Text(212, "m");
        w.Text(216, unit);
        w.Text(220, "m");
        for (int i = 0; i < count; i++)
            w.Int32(384 + (4 * i), BitConverter.SingleToInt32Bits(value(i)));
        int at = 384 + (4 * count);
        noteBytes.CopyTo(bytes, at);
        for (int i = 0; i < labels.Length; i++)
            w.Text(at + noteBytes.Length + (32 * (i + 1)), labels[i]);
        MakeSum(bytes, 384, 2, bigEndian);
        return bytes;
    }

    internal static byte[] Old(int version, bool bigEndian, float[] values, string note)
    {
        int header = version switch { 1 => 8, 2 => 16, _ => 20 };
        byte[] noteBytes = version == 1 ? [] : Encoding.Latin1.GetBytes(note);
        int waveBytes = 126 + (4 * values.Length);
        const int formula = 5;
        int extra = version == 3 ? formula : 0;
        var bytes = new byte[header + waveBytes + extra + noteBytes.Length];
        var w = new Writer(bytes, bigEndian);
        w.Int16(0, version);
        w.Int32(2, waveBytes);
        if (version > 1)
            w.Int32(6, noteBytes.Length);
        if (version == 3)
            w.Int32(10, formula);
        w.Int16(header, 2);
        w.Text(header + 6, "wave0");
        w.Text(header + 34, "A");
        w.Text(header + 38, "V");
        w.Int32(header + 42, values.Length);
        w.Double(header + 48, .25);
        w.Double(header + 56, 2);
        for (int i = 0; i < values.Length; i++)
            w.Int32(header + 110 + (4 * i), BitConverter.SingleToInt32Bits(values[i]));
        noteBytes.CopyTo(bytes, header + waveBytes + extra);
        MakeSum(bytes, header + 126, header - 2, bigEndian);
        return bytes;
    }

    private static void MakeSum(byte[] bytes, int count, int at, bool bigEndian)
    {
        var w = new Writer(bytes, bigEndian);
        w.Int16(at, 0);
        int sum = 0;
        for (int i = 0; i < count; i += 2)
            sum += bigEndian ? BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(i)) : BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(i));
        w.Int16(at, -sum);
    }

    private sealed class Writer(byte[] bytes, bool bigEndian)
    {
        public void Int16(int at, int value)
        {
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(at), (short)value);
            if (bigEndian)
                bytes.AsSpan(at, 2).Reverse();
        }

        public void Int32(int at, int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
            if (bigEndian)
                bytes.AsSpan(at, 4).Reverse();
        }

        public void Double(int at, double value)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(at), value);
            if (bigEndian)
                bytes.AsSpan(at, 8).Reverse();
        }

        public void Text(int at, string text) => Encoding.Latin1.GetBytes(text).CopyTo(bytes, at);
    }
}
