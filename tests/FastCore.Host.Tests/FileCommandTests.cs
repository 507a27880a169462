using System.Text.Json;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Host.Tests;

public sealed class FileCommandTests
{
    private static MeasuredFile Made(int rows = 4, int columns = 5) => new()
    {
        Path = "made",
        Format = "made",
        Channels =
        [
            new MeasuredChannel("HeightTrace", "m", rows, columns, [.. Enumerable.Range(0, rows * columns).Select(i => i * 7 % 20 * 1e-9f)], columns * 1e-7, rows * 1e-7),
            new MeasuredChannel("CurrentTrace", "A", rows, columns, [.. Enumerable.Range(0, rows * columns).Select(i => i * 1e-12f)], columns * 1e-7, rows * 1e-7),
        ],
        Spectra =
        [
            new SpectrumSet("sweeps", "Bias", "V", [0, .5, 1, .5, 0], ["Current"], ["A"], [.. Enumerable.Range(0, 5 * rows * columns).Select(i => i * 1e-12)], rows, columns)
            { PitchMetres = 1e-7, DurationSeconds = 2 },
        ],
        Metadata = new Dictionary<string, string> { ["Probe"] = "Pt" },
    };

    [Fact]
    public void Info_prints_images_and_spectra_in_units()
    {
        using var folder = new TemporaryFolder();
        GwyddionFile.Write(folder["a.gwy"], Made());
        Cli.Result result = Cli.Run("info", folder["a.gwy"]);
        Assert.Equal((ExitCode.Done, ""), (result.Code, result.Error));
        Assert.Contains("Gwyddion container, 2 images, 20 spectra", result.Out, StringComparison.Ordinal);
        Assert.Contains("HeightTrace", result.Out, StringComparison.Ordinal);
        Assert.Contains("4 x 5 px, 500 nm x 400 nm, 0 m to 19.0 nm", result.Out, StringComparison.Ordinal);
        Assert.Contains("4 x 5 points, 5 samples, Bias 0 V to 0 V", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Probe", result.Out, StringComparison.Ordinal);
        Assert.Contains("Probe = Pt", Cli.Run("info", folder["a.gwy"], "--notes").Out, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(Cli.Run("info", folder["a.gwy"], "--json").Out);
        Assert.Equal(1.9e-11f, json.RootElement.GetProperty("images")[1].GetProperty("maximum").GetSingle());
        Assert.Equal(5, json.RootElement.GetProperty("spectra")[0].GetProperty("samples").GetInt32());
    }

    [Theory]
    [InlineData("map.cpr")]
    [InlineData("map.crc")]
    public void Map_in_two_files_is_told_by_either_name(string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["map.cpr"], "[General]\nJobMode=RegularGrid\n[Job]\nGridDistX=0.1\nGridDistY=0.1\nxCells=2\nyCells=1\n[Fields]\nCount=1\nField1=7\n");
        File.WriteAllBytes(folder["map.crc"], [1, 100, 1, 130]);
        Cli.Result result = Cli.Run("info", folder[name]);
        Assert.Equal((ExitCode.Done, ""), (result.Code, result.Error));
        Assert.Contains("EBSD Channel 5 map, 2 images", result.Out, StringComparison.Ordinal);
        Assert.Contains("1 x 2 px, 200 nm x 100 nm, 100 to 130", result.Out, StringComparison.Ordinal);
        File.Delete(folder["map.cpr"]);
        Cli.Result alone = Cli.Run("info", folder["map.crc"]);
        Assert.Equal(ExitCode.BadInput, alone.Code);
        Assert.Contains("there is no 'map.cpr' beside it", alone.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("b.h5")]
    [InlineData("b.npz")]
    [InlineData("b.gwy")]
    public void Converted_file_holds_the_same_and_runs_as_a_grid(string name)
    {
        using var folder = new TemporaryFolder();
        GwyddionFile.Write(folder["a.gwy"], Made());
        Cli.Result converted = Cli.Run("convert", folder["a.gwy"], folder[name], "--force");
        Assert.Equal((ExitCode.Done, ""), (converted.Code, converted.Error));
        MeasuredFile file = MeasuredFile.Open(folder[name]);
        Assert.Equal(Made().Channels[1].Values, file.Channels[1].Values);
        Assert.Equal(Made().Spectra[0].Values, file.Spectra[0].Values);
        Assert.Equal(Made().Spectra[0].Axis, file.Spectra[0].Axis);
        // Room for a patch and for other places beside it.
        GwyddionFile.Write(folder["large.gwy"], Made(9, 8));
        Assert.Equal(ExitCode.Done, Cli.Run("convert", folder["large.gwy"], folder[name], "--force").Code);
        Cli.Result run = Cli.Run("run", "--controller", "grid:" + folder[name], "--policy", "random", "--budget", "2", "--out", folder["run"], "--quiet");
        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
    }

    [Fact]
    public void One_image_is_converted_by_name_and_as_a_table()
    {
        using var folder = new TemporaryFolder();
        GwyddionFile.Write(folder["a.gwy"], Made());
        Assert.Equal(ExitCode.Done, Cli.Run("convert", folder["a.gwy"], folder["b.gsf"], "--channel", "CurrentTrace").Code);
        Assert.Equal(Made().Channels[1].Values, MeasuredFile.Open(folder["b.gsf"]).Channels[0].Values);
        Assert.Equal(ExitCode.Done, Cli.Run("convert", folder["a.gwy"], folder["b.npy"]).Code);
        Assert.Equal(Made().Channels[0].Values, MeasuredFile.Open(folder["b.npy"]).Channels[0].Values);
        Assert.Equal(ExitCode.Done, Cli.Run("convert", folder["b.gsf"], folder["b.csv"]).Code);
        Assert.StartsWith("row,column,CurrentTrace (A)\n0,0,0\n0,1,1E-12\n", File.ReadAllText(folder["b.csv"]), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_is_refused_in_one_sentence()
    {
        using var folder = new TemporaryFolder();
        GwyddionFile.Write(folder["a.gwy"], Made());
        string junk = folder.Write("junk.ibw", "\u0001\u0002\u0003 no wave");
        BadInputTests.AssertRefused(Cli.Run("info", junk));
        BadInputTests.AssertRefused(Cli.Run("info", folder["missing.ibw"]));
        BadInputTests.AssertRefused(Cli.Run("info", folder.Path));
        BadInputTests.AssertRefused(Cli.Run("convert", folder["a.gwy"], folder["b.tiff"]));
        BadInputTests.AssertRefused(Cli.Run("convert", folder["a.gwy"], folder["a.gwy"]));
        BadInputTests.AssertRefused(Cli.Run("convert", folder["a.gwy"], folder["b.gsf"], "--channel", "Nothing"));
        BadInputTests.AssertRefused(Cli.Run("convert", folder["a.gwy"], Path.Combine(folder["nowhere"], "b.gsf")));
        Assert.False(File.Exists(folder["b.gsf"]));
        GwyddionSimpleField.Write(folder["image.gsf"], Made().Channels[0]);
        BadInputTests.AssertRefused(Cli.Run("run", "--controller", "grid:" + folder["image.gsf"], "--budget", "2", "--out", folder["run"]));
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Fact]
    public void Every_shared_file_is_read_or_refused_in_one_sentence()
    {
        Assert.SkipWhen(SharedFolder.Path is null, SharedFolder.SkipReason);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(SharedFolder.Path, "data"), "*", SearchOption.AllDirectories))
        {
            Cli.Result result = Cli.Run("info", file);
            if (result.Code == ExitCode.Done)
                Assert.StartsWith(file, result.Out, StringComparison.Ordinal);
            else
                BadInputTests.AssertRefused(result);
        }
    }
}
