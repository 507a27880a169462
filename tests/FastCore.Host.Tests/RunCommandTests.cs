using System.Text.Json;
using System.Xml.Linq;
using FastCore.Autonomy;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Host.Tests;

public sealed class RunCommandTests
{
    private const string SmallFilm = """
        { "budget": 14, "seedPoints": 6, "surrogate": { "member": "gp-descriptors-matern52" },
          "controller": { "film": { "rows": 56, "columns": 56, "widthMetres": 1.1e-6, "grainMetres": 3e-7 } } }
        """;

    [Fact]
    public void A_run_leaves_its_five_files_and_can_be_replayed_and_reported_again()
    {
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", SmallFilm), output = folder["out"];
        Cli.Result run = Cli.Run("run", plan, "--seed", "3", "--out", output, "--json");
        Assert.Equal((ExitCode.Done, ""), (run.Code, OnlyErrors(run.Error)));
        using (JsonDocument summary = JsonDocument.Parse(run.Out))
        {
            JsonElement root = summary.RootElement;
            Assert.Equal("done", root.GetProperty("status").GetString());
            Assert.Equal(3, root.GetProperty("seed").GetInt64());
            Assert.Equal(14, root.GetProperty("measured").GetInt32());
            foreach (string key in (string[])["policy", "rejected", "classesFound", "diversity", "coverage", "decisionMilliseconds",
                "trainingMilliseconds", "deadTimeMilliseconds", "executor"])
                Assert.True(root.TryGetProperty(key, out _), $"{key} is missing");
        }
        foreach (string file in (string[])["plan.json", "journal.fcj", "iv_novelty.npz", "summary.json", "report.html"])
            Assert.True(new FileInfo(Path.Combine(output, file)).Length > 0, $"{file} is missing");
        Assert.Equal(14, JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "summary.json"))).RootElement.GetProperty("measured").GetInt32());
        AssertReport(output);
        Cli.Result replay = Cli.Run("replay", output);
        Assert.Equal((ExitCode.Done, ""), (replay.Code, replay.Error));
        Assert.StartsWith("identical", replay.Out, StringComparison.OrdinalIgnoreCase);
        File.Delete(Path.Combine(output, "report.html"));
        Assert.Equal(ExitCode.Done, Cli.Run("report", output).Code);
        AssertReport(output);
        BadInputTests.AssertRefused(Cli.Run("run", plan, "--out", output));
    }

    [Fact]
    public void An_image_file_is_the_overview()
    {
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", SmallFilm), image = folder["sem.gsf"], output = folder["out"];
        GwyddionSimpleField.Write(image, new MeasuredChannel("SE2", "", 112, 112, [.. Enumerable.Range(0, 112 * 112).Select(k => k * k % 251f)], 112, 112) { LateralUnit = "px" });
        Assert.Equal(ExitCode.Done, Cli.Run("run", plan, "--overview", image, "--out", output, "--quiet").Code);
        Assert.Contains("sem.gsf", File.ReadAllText(Path.Combine(output, "plan.json")), StringComparison.Ordinal);
        File.Delete(image);
        Assert.StartsWith("identical", Cli.Run("replay", output).Out, StringComparison.OrdinalIgnoreCase);
        Cli.Result refused = Cli.Run("run", plan, "--overview", image, "--out", folder["none"]);
        Assert.Equal(ExitCode.BadInput, refused.Code);
        Assert.Contains("'overview.file'", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["none"]));
    }

    [Fact]
    public void A_further_map_is_laid_on_the_overview_and_shown_in_the_report()
    {
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", SmallFilm), output = folder["out"], map = folder["map of the same.gsf"], scan = folder["scan"];
        Assert.Equal(ExitCode.Done, Cli.Run("run", plan, "--budget", "12", "--out", scan, "--quiet").Code);
        ScanImage overview = RunFolder.Open(scan).Overview!;
        double width = overview.Frame.Columns * overview.Frame.PixelPitch.Value, height = overview.Frame.Rows * overview.Frame.PixelPitch.Value;
        // Bright where the scan is low: the registration does not ask for equal contrast.
        GwyddionSimpleField.Write(map, new MeasuredChannel("Current <2 V>", "A", overview.Frame.Rows, overview.Frame.Columns,
            Array.ConvertAll(overview.Values, v => -1e-3f * v), width, height));
        Assert.Equal(ExitCode.Done, Cli.Run("run", plan, "--budget", "12", "--map", map, "--out", output, "--quiet").Code);
        Assert.Contains("map of the same.gsf", File.ReadAllText(Path.Combine(output, "plan.json")), StringComparison.Ordinal);
        Assert.Contains("Current &lt;2 V&gt;", File.ReadAllText(Path.Combine(output, "report.html")), StringComparison.Ordinal);
        File.Delete(map);
        Assert.StartsWith("identical", Cli.Run("replay", output).Out, StringComparison.OrdinalIgnoreCase);
        Cli.Result refused = Cli.Run("run", plan, "--map", map, "--out", folder["none"]);
        Assert.Equal(ExitCode.BadInput, refused.Code);
        Assert.Contains("'overview.maps[0].file'", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["none"]));
    }

    [Fact]
    public void A_cancelled_run_keeps_what_it_has_and_goes_on()
    {
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", SmallFilm), output = folder["out"];
        using var cancel = new CancellationTokenSource();
        using var writer = new CancellingWriter(cancel, "8/14");
        using var error = new StringWriter();
        int code = CommandLine.Invoke(["run", plan, "--out", output], new Terminal(writer, error, false), cancel.Token);
        Assert.Equal(ExitCode.Cancelled, code);
        Assert.Contains("resume", error.ToString(), StringComparison.Ordinal);
        AssertReport(output);
        Assert.Equal("cancelled", JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "summary.json"))).RootElement.GetProperty("status")
            .GetString());
        Cli.Result resumed = Cli.Run("resume", output, "--json");
        Assert.Equal(ExitCode.Done, resumed.Code);
        Assert.Equal(14, JsonDocument.Parse(resumed.Out).RootElement.GetProperty("measured").GetInt32());
        Assert.Equal(ExitCode.Done, Cli.Run("replay", output).Code);
    }

    [Fact]
    public void A_compliance_that_is_exceeded_is_an_instrument_fault()
    {
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", SmallFilm.Replace("\"budget\": 14", "\"limits\": { \"currentComplianceAmperes\": 1e-14 }, "
            + "\"budget\": 14", StringComparison.Ordinal));
        Cli.Result result = Cli.Run("run", plan, "--out", folder["out"], "--quiet");
        Assert.Equal((ExitCode.InstrumentFault, ""), (result.Code, result.Out));
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        AssertReport(folder["out"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_smallest_budgets_work(int budget)
    {
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", SmallFilm.Replace("\"budget\": 14, \"seedPoints\": 6,", "", StringComparison.Ordinal));
        Cli.Result result = Cli.Run("run", plan, "--budget", $"{budget}", "--out", folder["out"], "--quiet");
        Assert.Equal((ExitCode.Done, "", ""), (result.Code, result.Out, result.Error));
        AssertReport(folder["out"]);
    }

    [Fact]
    public void A_comparison_writes_every_run_its_medians_and_a_page()
    {
        using var folder = new TemporaryFolder();
        string grid = WriteGrid(folder, (r, c, k) => 1e-10 * k * (1 + (0.1 * ((r + c) % 5))));
        Cli.Result result = Cli.Run("compare", "--policies", "random,grid", "--seeds", "2", "--budget", "8", "--controller", "grid:" + grid,
            "--out", folder["out"], "--json");
        Assert.Equal((ExitCode.Done, ""), (result.Code, OnlyErrors(result.Error)));
        using JsonDocument json = JsonDocument.Parse(result.Out);
        Assert.Equal(4, json.RootElement.GetProperty("runs").GetArrayLength());
        Assert.Equal(2, json.RootElement.GetProperty("policies").GetArrayLength());
        AssertReport(folder["out"]);
    }

    [Theory]
    [InlineData("zero")]
    [InlineData("saturated")]
    [InlineData("nan")]
    public void Curves_without_content_are_rejected_and_the_run_ends_well(string kind)
    {
        using var folder = new TemporaryFolder();
        double value = kind switch { "zero" => 0, "saturated" => 1e-8, _ => double.NaN };
        string grid = WriteGrid(folder, (_, _, _) => value);
        Cli.Result result = Cli.Run("run", "--controller", "grid:" + grid, "--budget", "6", "--out", folder["out"], "--json");
        Assert.Equal((ExitCode.Done, ""), (result.Code, OnlyErrors(result.Error)));
        JsonElement summary = JsonDocument.Parse(result.Out).RootElement;
        Assert.Equal(6, summary.GetProperty("measured").GetInt32());
        if (kind != "saturated")
            Assert.Equal(6, summary.GetProperty("rejected").GetInt32());
        AssertReport(folder["out"]);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(1, 40)]
    public void An_image_without_room_for_a_patch_is_refused_and_leaves_no_folder(int rows, int columns)
    {
        using var folder = new TemporaryFolder();
        string grid = WriteGrid(folder, (_, _, k) => 1e-10 * k, rows, columns);
        BadInputTests.AssertRefused(Cli.Run("run", "--controller", "grid:" + grid, "--budget", "6", "--out", folder["out"], "--quiet"));
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void A_constant_image_is_refused_or_measured_but_never_crashes()
    {
        using var folder = new TemporaryFolder();
        string grid = WriteGrid(folder, (r, c, k) => 1e-10 * k * (1 + (0.1 * ((r + c) % 5))), height: (_, _) => 1e-9);
        Cli.Result result = Cli.Run("run", "--controller", "grid:" + grid, "--budget", "6", "--out", folder["out"], "--quiet");
        if (result.Code == ExitCode.BadInput)
        {
            BadInputTests.AssertRefused(result);
            Assert.False(Directory.Exists(folder["out"]));
            return;
        }
        Assert.Equal((ExitCode.Done, "", ""), (result.Code, result.Out, result.Error));
    }

    [Fact]
    public void The_measured_grid_runs()
    {
        string? file = SharedFolder.File("data", "pycroscopy+SciFiDatasets", "NanonisReader_STS_grid_lockin.3ds");
        Assert.SkipWhen(file is null, SharedFolder.SkipReason);
        using var folder = new TemporaryFolder();
        Cli.Result result = Cli.Run("run", "--controller", "grid:" + file, "--budget", "16", "--out", folder["out"], "--json");
        Assert.Equal((ExitCode.Done, ""), (result.Code, OnlyErrors(result.Error)));
        Assert.Equal(16, JsonDocument.Parse(result.Out).RootElement.GetProperty("measured").GetInt32());
        AssertReport(folder["out"]);
        using var cut = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(file!);
        File.WriteAllBytes(cut["cut.3ds"], bytes[..(bytes.Length / 2)]);
        BadInputTests.AssertRefused(Cli.Run("run", "--controller", "grid:" + cut["cut.3ds"], "--out", cut["out"]));
        Assert.False(Directory.Exists(cut["out"]));
    }


    private static string WriteGrid(TemporaryFolder folder, Func<int, int, int, double> current, int rows = 30, int columns = 30, Func<int, int,
        double>? height = null)
    {
        const int Samples = 41;
        height ??= (r, c) => 1e-8 * Math.Sin(r / 3.0) * Math.Cos(c / 4.0);
        var image = new double[rows * columns];
        var curves = new double[rows * columns * Samples];
        for (int p = 0; p < image.Length; p++)
        {
            image[p] = height(p / columns, p % columns);
            for (int k = 0; k < Samples; k++)
                curves[(p * Samples) + k] = current(p / columns, p % columns, k);
        }
        NpzFile.Write(folder["grid.npz"], new Dictionary<string, NpyArray>
        {
            ["image"] = NpyArray.Of(image, rows, columns),
            ["curves"] = NpyArray.Of(curves, rows, columns, Samples),
            ["bias"] = NpyArray.Of([.. Enumerable.Range(0, Samples).Select(k => k * 0.05)], Samples),
        });
        return folder["grid.npz"];
    }

    private static void AssertReport(string folder)
    {
        string html = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.NotNull(XDocument.Parse(html["<!DOCTYPE html>".Length..]).Root);
        Assert.False(File.Exists(Path.Combine(folder, "report.html.new")));
    }

    // Progress goes to stderr where stdout is for a script; sentences of the program itself start with its name.
    private static string OnlyErrors(string error) =>
        string.Join('\n', error.Split('\n').Where(l => l.StartsWith("fastcore:", StringComparison.Ordinal)));

    private sealed class CancellingWriter(CancellationTokenSource source, string trigger) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.StartsWith(trigger, StringComparison.Ordinal) == true)
                source.Cancel();
        }
    }
}
