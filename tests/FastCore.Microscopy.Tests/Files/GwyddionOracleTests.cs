using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

/// <summary>Every channel that Gwyddion 2.62 read from the shared files, whatever their format.</summary>
public class GwyddionOracleTests
{
    [Theory]
    [InlineData(".ibw", 10)]
    [InlineData(".gwy", 6)]
    [InlineData(".gsf", 1)]
    [InlineData(".sxm", 22)]
    public void Channels_agree_with_Gwyddion(string extension, int channels)
    {
        List<Dictionary<string, string>>? rows = Oracle.Read("gwyddion_2.62_channels.csv");
        Assert.SkipWhen(rows is null, SharedFolder.SkipReason);
        rows = [.. rows.Where(row => row["file"].EndsWith(extension, StringComparison.Ordinal))];
        Assert.Equal(channels, rows.Count);
        MeasuredFile? file = null;
        foreach (Dictionary<string, string> row in rows)
        {
            string path = Oracle.FileOf(row);
            if (file?.Path != path)
                file = MeasuredFile.Open(path);
            MeasuredChannel channel = file.Channels[int.Parse(row["channel"])];
            Assert.Equal(row["title"], channel.Name);
            Assert.Equal((row["yres"], row["xres"]), ($"{channel.Rows}", $"{channel.Columns}"));
            Assert.Equal(row["unit"], channel.Unit);
            Assert.Equal(1, channel.Width / Oracle.Number(row["xreal_m"]), 1e-12);
            Assert.Equal(1, channel.Height / Oracle.Number(row["yreal_m"]), 1e-12);
            float[] values = channel.Values;
            int last = channel.Columns - 1;
            int bottom = (channel.Rows - 1) * channel.Columns;
            (string, float)[] found =
            [
                ("v[0,0]", values[0]), ("v[0,last]", values[last]), ("v[last,0]", values[bottom]), ("v[last,last]", values[bottom + last]),
                ("min", values.Min()), ("max", values.Max()),
            ];
            foreach ((string key, float value) in found)
                Assert.True((float)Oracle.Number(row[key]) == value, $"{row["file"]}, {channel.Name}, {key}: {value}, Gwyddion has {row[key]}");
            double scale = values.Max(Math.Abs);
            Assert.Equal(Oracle.Number(row["mean"]), values.Average(v => (double)v), scale * 1e-7);
        }
    }
}
