using System.Text.Json;
using System.Xml.Linq;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Host.Tests;

public sealed class VaeCommandTests
{
    [Fact]
    public void A_map_of_a_run_is_trained_laid_over_its_image_and_predicts_curves()
    {
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", """
            { "budget": 40, "policy": "random", "controller": { "film": { "rows": 72, "columns": 72, "widthMetres": 1.4e-6, "grainMetres": 3e-7 } } }
            """);
        Assert.Equal(ExitCode.Done, Cli.Run("run", plan, "--seed", "3", "--out", folder["run"], "--quiet").Code);
        Cli.Result trained = Cli.Run("vae", "train", folder["run"], "--epochs", "7", "--set", "epochs=4", "--set",
            "invariance=rotation", "--seed", "2", "--out", folder["map"], "--json");
        Assert.Equal(ExitCode.Done, trained.Code);
        Assert.Contains("4/4 epochs, loss", trained.Error, StringComparison.Ordinal);
        JsonElement summary = JsonDocument.Parse(trained.Out).RootElement;
        Assert.Equal(("done", "corrected", 4, 2L), (summary.GetProperty("status").GetString(), summary.GetProperty("mode").GetString(),
            summary.GetProperty("epochs").GetInt32(),
            summary.GetProperty("seed").GetInt64()));
        Assert.InRange(summary.GetProperty("pairs").GetInt32(), 20, 40);
        Assert.InRange(summary.GetProperty("heldOut").GetInt32(), 1, 20);
        Assert.Equal(["latent.npz", "model.fcvae", "model.npz", "report.html", "summary.json"], Files(folder["map"]));
        Assert.Equal(4, JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["map"],
            "summary.json"))).RootElement.GetProperty("epochs").GetInt32());
        AssertPage(Path.Combine(folder["map"], "report.html"));
        Dictionary<string, NpyArray> latent = NpzFile.Read(Path.Combine(folder["map"], "latent.npz"));
        int pairs = summary.GetProperty("pairs").GetInt32();
        Assert.Equal([pairs, 2], latent["patch_codes"].Shape);
        Assert.Equal([10, 10, 16, 16], latent["manifold_patches"].Shape);
        Assert.Equal([72, 72], latent["image"].Shape);
        Assert.Equal([57, 57], latent["map latent 1"].Shape);

        Cli.Result mapped = Cli.Run("vae", "map", folder["map"]);
        Assert.Equal((ExitCode.Done, ""), (mapped.Code, mapped.Error));
        // The same image gives the same map as the training did.
        Assert.Equal(latent["map latent 2"].Values, NpzFile.Read(Path.Combine(folder["map"], "map.npz"))["latent 2"].Values);
        AssertPage(Path.Combine(folder["map"], "map.html"));

        NpzFile.Write(folder["other.npz"], new Dictionary<string, NpyArray>
        {
            ["image"] = NpyArray.Of([.. Enumerable.Range(0, 30 * 40).Select(k =>
            1e-8 * Math.Sin(k / 7.0))], 30, 40)
        });
        Cli.Result predicted = Cli.Run("vae", "predict", folder["map"], "--image", folder["other.npz"], "--stride", "4");
        Assert.Equal((ExitCode.Done, ""), (predicted.Code, predicted.Error));
        Dictionary<string, NpyArray> curves = NpzFile.Read(Path.Combine(folder["map"], "prediction-other.npz"));
        Assert.Equal([4, 7, 251], curves["curves"].Shape);
        Assert.Equal([8, 8, 4], curves["layout"].Values);
        Assert.All(curves["deviations"].Values, value => Assert.True(value >= 0));
        Assert.Contains("maximum current", curves.Keys);
        AssertPage(Path.Combine(folder["map"], "prediction-other.html"));
    }

    [Fact]
    public void Published_mode_starts_where_the_notebook_does_and_lines_show_the_loss()
    {
        string? file = SharedFolder.File("fixtures", "vae_synthetic_210.npz");
        Assert.SkipWhen(file is null, SharedFolder.SkipReason);
        using var folder = new TemporaryFolder();
        Cli.Result trained = Cli.Run("vae", "train", file, "--mode", "published", "--epochs", "2", "--out", folder["map"]);
        Assert.Equal((ExitCode.Done, ""), (trained.Code, trained.Error));
        Assert.Contains("Training a published latent map on 210 pairs", trained.Out, StringComparison.Ordinal);
        // 507 ln 2 + 1.09 + 11.28 and what fresh weights add (SPEC 3).
        string line = trained.Out.Split('\n').First(l => l.StartsWith("1/2 epochs, loss ", StringComparison.Ordinal));
        Assert.InRange(double.Parse(line["1/2 epochs, loss ".Length..].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture), 362, 372);
        Assert.DoesNotContain("held out", line, StringComparison.Ordinal);
        Cli.Result mapped = Cli.Run("vae", "map", folder["map"]);
        BadInputTests.AssertRefused(mapped);
        Assert.Contains("--image", mapped.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_training_keeps_the_model_so_far()
    {
        using var folder = new TemporaryFolder();
        string file = Pairs(folder);
        using var cancel = new CancellationTokenSource();
        using var error = new StringWriter();
        using var writer = new StoppingWriter(cancel, "10/100000");
        int code = CommandLine.Invoke(["vae", "train", file, "--epochs", "100000", "--out", folder["map"]], new Terminal(writer, error, false),
            cancel.Token);
        // A line comes at the first epoch and every tenth part; the stop comes at the first.
        Assert.Equal(ExitCode.Cancelled, code);
        Assert.Contains("The model so far is in", error.ToString(), StringComparison.Ordinal);
        JsonElement summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["map"], "summary.json"))).RootElement;
        Assert.Equal("cancelled", summary.GetProperty("status").GetString());
        Assert.InRange(summary.GetProperty("epochs").GetInt32(), 1, 99999);
        Assert.Equal(["latent.npz", "model.fcvae", "model.npz", "report.html", "summary.json"], Files(folder["map"]));
        // Cancelled before the first epoch: nothing at all.
        Assert.Equal(ExitCode.Cancelled, Cli.Run(cancel.Token, "vae", "train", file, "--out", folder["none"]).Code);
        Assert.False(Directory.Exists(folder["none"]) || Directory.Exists(folder["none.partial"]));
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "vae", "command" },
        { "vae train", "" },
        { "vae train /nowhere", "There is no file" },
        { "vae train PAIRS --mode sideways", "there is no mode 'sideways'" },
        { "vae train PAIRS --epochs 0", "--epochs" },
        { "vae train PAIRS --set depth=3", "one of the names mode, latentSize" },
        { "vae train PAIRS --set turnPatches=maybe", "true or false" },
        { "vae train PAIRS --executor abacus", "there is no executor" },
        { "vae train ONE", "1 pair is not enough" },
        { "vae train FLAT", "constant" },
        { "vae train NAN", "NaN" },
        { "vae train JUNK", "not a .npz archive" },
        { "vae map /nowhere", "There is no folder" },
        { "vae map EMPTY", "holds no model.fcvae" },
        { "vae predict EMPTY", "--image" },
        { "vae predict EMPTY --image /nowhere", "holds no model.fcvae" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Bad_input_gives_one_sentence_and_leaves_nothing(string line, string words)
    {
        using var folder = new TemporaryFolder();
        string[] args = [.. line.Split(' ').Select(word => word switch
        {
            "PAIRS" => Pairs(folder),
            "ONE" => Pairs(folder, count: 1),
            "FLAT" => Pairs(folder, flat: true),
            "NAN" => Pairs(folder, bad: true),
            "JUNK" => folder.Write("junk.npz", "this is no archive"),
            "EMPTY" => Directory.CreateDirectory(folder["empty"]).FullName,
            _ => word,
        })];
        if (args.Length > 2 && args[1] == "train")
            args = [.. args, "--out", folder["out"]];
        Cli.Result result = Cli.Run(args);
        BadInputTests.AssertRefused(result);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]) || Directory.Exists(folder["out.partial"]));
    }

    [Fact]
    public void A_damaged_model_or_an_image_that_does_not_fit_is_refused_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        string file = Pairs(folder);
        Assert.Equal(ExitCode.Done, Cli.Run("vae", "train", file, "--epochs", "1", "--out", folder["map"], "--quiet").Code);
        NpzFile.Write(folder["small.npz"], new Dictionary<string, NpyArray> { ["image"] = NpyArray.Of([1, 2, 3, 4, 5, 7], 2, 3) });
        Cli.Result small = Cli.Run("vae", "predict", folder["map"], "--image", folder["small.npz"]);
        BadInputTests.AssertRefused(small);
        Assert.Contains("patches of 8 x 8", small.Error, StringComparison.Ordinal);
        BadInputTests.AssertRefused(Cli.Run("vae", "train", file, "--out", folder["map"]));
        string model = Path.Combine(folder["map"], "model.fcvae");
        byte[] bytes = File.ReadAllBytes(model);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(model, bytes);
        BadInputTests.AssertRefused(Cli.Run("vae", "predict", folder["map"], "--image", folder["small.npz"]));
        Assert.Equal(["latent.npz", "model.fcvae", "model.npz", "report.html", "summary.json"], Files(folder["map"]));
    }

    [Fact]
    public void The_redrawn_view_shows_the_epochs()
    {
        using var writer = new StringWriter();
        using var error = new StringWriter();
        var view = TrainingProgress.For(new Terminal(writer, error, true), quiet: false, json: false);
        Assert.Equal(3, view.Around(() =>
        {
            view.Show(new TrainingState(5, 5, 290.126, double.NaN));
            return 3;
        }));
        Assert.Contains("290.13", writer.ToString(), StringComparison.Ordinal);
        Assert.Contains("5/5", writer.ToString(), StringComparison.Ordinal);
    }

    private static string Pairs(TemporaryFolder folder, int count = 12, bool flat = false, bool bad = false)
    {
        string file = folder[$"pairs{count}{flat}{bad}.npz"];
        NpzFile.Write(file, new Dictionary<string, NpyArray>
        {
            ["patches"] = NpyArray.Of([.. Enumerable.Range(0, count * 64).Select(k => flat ? 1 : Math.Sin((k * 0.37) + (k / 64)))], count, 8, 8),
            ["spectra"] = NpyArray.Of([.. Enumerable.Range(0, count * 20).Select(k => bad && k == 33 ? double.NaN : Math.Cos(k / 20) * (k % 20))],
                count, 20),
        });
        return file;
    }

    private static string[] Files(string folder) => [.. Directory.EnumerateFileSystemEntries(folder).Select(f => Path.GetFileName(f)).Order()];

    private static void AssertPage(string file)
    {
        string html = File.ReadAllText(file);
        XDocument.Parse(html["<!DOCTYPE html>".Length..]);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    // Cancels at the first line that tells of an epoch.
    private sealed class StoppingWriter(CancellationTokenSource source, string word) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(word, StringComparison.Ordinal) == true || value?.StartsWith("1/", StringComparison.Ordinal) == true)
                source.Cancel();
        }
    }
}
