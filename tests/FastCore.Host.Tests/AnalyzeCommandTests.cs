using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Simulation;
using Xunit;

namespace FastCore.Host.Tests;

public sealed class AnalyzeCommandTests
{
    [Fact]
    public void Topography_gives_grains_as_numbers_and_a_page()
    {
        using var folder = new TemporaryFolder();
        Film film = Film.Create(new FilmOptions { Rows = 128, Columns = 128, Width = new(2.5e-6) }, 4);
        MeasuredChannel height = new("Height", "m", 128, 128, film.AcquireOverview(new ScanOptions(), 4).Values, 2.5e-6, 2.5e-6);
        GwyddionFile.Write(folder["film.gwy"], new MeasuredFile { Path = "film", Format = "made", Channels = [height] });
        Cli.Result result = Cli.Run("analyze", folder["film.gwy"], "--out", folder["out"]);
        Assert.Equal((ExitCode.Done, ""), (result.Code, result.Error));
        Assert.Contains("grains in Height", result.Out, StringComparison.Ordinal);
        JsonElement grains = Part(folder["out"]);
        Assert.Equal("grains", grains.GetProperty("kind").GetString());
        Assert.InRange(grains.GetProperty("grains").GetArrayLength(), 0.9 * film.GrainCount, 1.05 * film.GrainCount);
        Assert.True(grains.GetProperty("boundaries").EnumerateArray().Count(line => line.GetProperty("groove").ValueKind == JsonValueKind.Object) > 100);
        XElement page = Page(folder["out"]);
        Assert.Contains(page.Descendants("figcaption"), caption => caption.Value.StartsWith("Grooves", StringComparison.Ordinal));
        Assert.Contains(page.Descendants(XName.Get("g", "http://www.w3.org/2000/svg")), group => group.Attribute("class")?.Value == "outline");
        // The same heights as an electron image of unknown scale.
        Assert.Equal(ExitCode.Done, Cli.Run("analyze", folder["film.gwy"], "--kind", "sem", "--lines", "dark", "--out", folder["sem"]).Code);
        Assert.Equal("electronImage", Part(folder["sem"]).GetProperty("foundIn").GetString());
    }

    [Fact]
    public void Cells_and_decays_on_one_page_agree_with_what_made_them()
    {
        using var folder = new TemporaryFolder();
        // An ideal diode without resistances: J = Jph - J0 (exp(v / 25.7 mV) - 1); Voc = 25.7 mV ln(Jph / J0 + 1).
        var cells = new StringBuilder("Voltage (V),Current density (mA/cm2)\n");
        for (int k = 0; k <= 120; k++)
            cells.Append(CultureInfo.InvariantCulture, $"{k * .01:f2},{20 - (1e-16 * (Math.Exp(k * .01 / .0257) - 1)):r}\n");
        File.WriteAllText(folder["cell.csv"], cells.ToString());
        var decay = new StringBuilder("time (ns),counts\n");
        for (int k = 0; k < 512; k++)
            decay.Append(CultureInfo.InvariantCulture, $"{k * .1:f1},{(k < 20 ? 2 : 2 + Math.Floor(5000 * Math.Exp(-(k - 20) * .1 / 8))):f0}\n");
        File.WriteAllText(folder["decay.csv"], decay.ToString());
        Cli.Result result = Cli.Run("analyze", folder["cell.csv"], folder["decay.csv"], "--out", folder["out"], "--json");
        Assert.Equal((ExitCode.Done, ""), (result.Code, result.Error));
        using JsonDocument json = JsonDocument.Parse(result.Out);
        JsonElement sweep = json.RootElement[0].GetProperty("sweeps")[0];
        Assert.Equal(.0257 * Math.Log((20 / 1e-16) + 1), sweep.GetProperty("openCircuitVolts").GetDouble(), 2e-3);
        Assert.Equal(200, sweep.GetProperty("shortCircuitAmperesPerSquareMetre").GetDouble(), .2);
        Assert.Equal("forward", sweep.GetProperty("direction").GetString());
        JsonElement best = json.RootElement[1].GetProperty("best");
        Assert.Equal(8e-9, best.GetProperty("intensityAverageSeconds").GetProperty("value").GetDouble(), 2e-10);
        XElement page = Page(folder["out"]);
        Assert.Contains(page.Descendants("h2"), heading => heading.Value.StartsWith("Solar cells", StringComparison.Ordinal));
        Assert.Contains(page.Descendants("h2"), heading => heading.Value.StartsWith("Photoluminescence decay", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_is_analysed_by_the_classes_of_its_own_overview()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(ExitCode.Done, Cli.Run("run", "--budget", "24", "--seed", "5", "--policy", "random", "--out", folder["run"], "--quiet").Code);
        Cli.Result result = Cli.Run("analyze", folder["run"], "--out", folder["out"]);
        Assert.Equal((ExitCode.Done, ""), (result.Code, result.Error));
        JsonElement run = Part(folder["out"]);
        Assert.Equal("run", run.GetProperty("kind").GetString());
        int places = run.GetProperty("places").GetArrayLength();
        Assert.InRange(places, 12, 24);
        JsonElement comparison = run.GetProperty("comparisons")[0];
        Assert.Equal(places, run.GetProperty("comparisons").EnumerateArray().Max(c => c.GetProperty("classes").EnumerateArray().Sum(s => s.GetProperty("count").GetInt32())));
        Assert.Equal(4, comparison.GetProperty("classes").GetArrayLength());
        Assert.NotEmpty(Page(folder["out"]).Descendants("table"));
    }

    [Fact]
    public void Curves_of_a_grid_are_drawn_with_their_quantities()
    {
        using var folder = new TemporaryFolder();
        double[] bias = [.. Enumerable.Range(0, 101).Select(k => 1.5 - Math.Abs((k * .03) - 1.5))];
        double[] currents = [.. Enumerable.Range(0, 9).SelectMany(p => bias.Select((v, k) => 1e-10 * (p + 1) * v * v * (k > 50 ? 1.2 : 1)))];
        GwyddionFile.Write(folder["grid.gwy"], new MeasuredFile
        {
            Path = "grid",
            Format = "made",
            Spectra = [new SpectrumSet("sweeps", "Bias", "V", bias, ["Current"], ["A"], currents, 3, 3) { PitchMetres = 1e-7, DurationSeconds = 1 }],
        });
        Cli.Result result = Cli.Run("analyze", folder["grid.gwy"], "--kind", "iv", "--out", folder["out"]);
        Assert.Equal((ExitCode.Done, ""), (result.Code, result.Error));
        JsonElement curves = Part(folder["out"]).GetProperty("curves");
        Assert.Equal(9, curves.GetArrayLength());
        // Loop area over the area of both branches: 0.2 / 2.2.
        Assert.Equal(.2 / 2.2, curves[4].GetProperty("quantities").GetProperty("hysteresisIndex").GetDouble(), .01);
        // I = 1e-10 (p + 1) v^2 up to the turn.
        Assert.All(curves.EnumerateArray(), curve => Assert.Equal(2, Assert.Single(curve.GetProperty("powerLaws").GetProperty("stretches").EnumerateArray())
            .GetProperty("exponent").GetDouble(), .01));
        Assert.Equal(["fowlerNordheim", "ohmic", "pooleFrenkel", "schottky"],
            curves[4].GetProperty("conduction").EnumerateArray().Select(fit => fit.GetProperty("law").GetString()).Order(StringComparer.Ordinal));
        JsonElement largest = curves[4].GetProperty("intervals").GetProperty("maximum-current");
        // The largest current is the first one of the way back: 1.2 x 5e-10 x 1.47^2.
        Assert.InRange(1.2 * 5e-10 * 1.47 * 1.47, .97 * largest.GetProperty("low").GetDouble(), 1.03 * largest.GetProperty("high").GetDouble());
        Assert.Equal(11, Page(folder["out"]).Descendants("figure").Count());
    }

    [Fact]
    public void Bad_requests_are_refused_by_one_sentence_and_leave_no_folder()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["junk.bin"], "this is no measured file");
        string[][] requests =
        [
            ["analyze", folder["junk.bin"]], ["analyze", folder["missing.gwy"]], ["analyze", folder.Path],
            ["analyze", folder["flat.gwy"]], ["analyze", folder["flat.gwy"], "--kind", "jv"], ["analyze", folder["flat.gwy"], "--channel", "Current"],
            ["analyze", folder["flat.gwy"], "--kind", "trpl"], ["analyze", folder["flat.gwy"], "--pixel", "-3"],
        ];
        GwyddionFile.Write(folder["flat.gwy"], new MeasuredFile
        {
            Path = "flat",
            Format = "made",
            Channels = [new MeasuredChannel("Height", "m", 20, 20, new float[400], 1e-6, 1e-6)],
        });
        foreach (string[] request in requests)
        {
            BadInputTests.AssertRefused(Cli.Run([.. request, "--out", folder["out"]]));
            Assert.False(Directory.Exists(folder["out"]));
        }
    }

    private static JsonElement Part(string folder) => JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "analysis.json"))).RootElement[0];

    private static XElement Page(string folder)
    {
        string html = File.ReadAllText(Path.Combine(folder, "report.html"));
        return XDocument.Parse(html[html.IndexOf("<html", StringComparison.Ordinal)..]).Root!;
    }
}
