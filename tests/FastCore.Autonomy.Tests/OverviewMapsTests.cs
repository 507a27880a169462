using FastCore.Autonomy.LatentMap;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Tests.Stand;
using FastCore.Compute.Execution;
using FastCore.Learning.Descriptors;
using FastCore.Learning.DualVae;
using FastCore.Learning.Statistics;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy.Tests;

/// <summary>Runs whose places are told from each other by further maps of the area.</summary>
public sealed class OverviewMapsTests : IDisposable
{
    private readonly StandRun stand = new();

    public void Dispose() => stand.Dispose();

    [Fact]
    public void A_current_map_of_a_part_of_the_area_is_laid_on_the_topography_and_becomes_a_channel_of_the_patches()
    {
        // What a second scan of rows 6 .. 121 and columns 9 .. 124 would show: boundaries carry more current.
        const int Side = 128, Part = 116, FirstRow = 6, FirstColumn = 9;
        ExperimentPlan plan = ExperimentPlan.Parse("""
            {"policy": "random", "budget": 24, "seed": 4, "controller": {"film": {"rows": 128, "columns": 128, "widthMetres": 2.5e-6}}}
            """);
        Film film = InstrumentFactory.CreateFilm(plan);
        RandomStream random = RandomStream.Named(8, "current map");
        var current = new float[Part * Part];
        for (int k = 0; k < current.Length; k++)
        {
            int at = ((FirstRow + (k / Part)) * Side) + FirstColumn + (k % Part);
            current[k] = (float)(1e-10 * ((5 * Math.Exp(-film.BoundaryDistanceMetres[at] / 30e-9)) + (0.3 * random.NextNormal())));
        }
        double extent = Part * film.Frame.PixelPitch.Value;
        string file = stand.Other("current.gsf");
        GwyddionSimpleField.Write(file, new MeasuredChannel("Current", "A", Part, Part, current, extent, extent));
        plan = plan with { Overview = new OverviewPlan { Maps = [new MapPlan { File = file }] } };
        using ExecutionBackend backend = ExecutionBackends.Open("host");
        RunRecord run;
        using (ICafmController controller = InstrumentFactory.Open(plan))
            run = AutonomousRun.Start(plan, stand.Folder, controller, backend, null, CancellationToken.None);
        Assert.Equal(RunStatus.Done, run.Summary.Status);
        File.Delete(file);
        RunRecord read = RunFolder.Open(stand.Folder);
        ScanImage map = Assert.Single(read.OverviewMaps);
        Assert.Equal(("Current", "A", read.Overview!.Frame), (map.Channel, map.Unit, map.Frame));
        Assert.InRange(read.Common.FirstRow, FirstRow - 1, FirstRow + 1);
        Assert.InRange(read.Common.FirstColumn, FirstColumn - 1, FirstColumn + 1);
        Assert.InRange(read.Common.Rows, Part - 3, Part + 1);
        // Laid to a fraction of a pixel: the values are those of the film at the same pixel.
        var pairs = Enumerable.Range(0, Part * Part).Where(k => k / Part is > 3 and < Part - 4 && k % Part is > 3 and < Part - 4)
            .Select(k => (Laid: (double)map[new PixelIndex(FirstRow + (k / Part), FirstColumn + (k % Part))], Shown: (double)current[k])).ToArray();
        Assert.InRange(CorrelationTable.Spearman([.. pairs.Select(p => p.Laid)], [.. pairs.Select(p => p.Shown)]), 0.9, 1);
        Assert.All(read.Steps, step => Assert.True(read.Common.Contains(step.Pixel)));

        PairTable table = PairReader.OfRun(read);
        Assert.Equal((2, 16, 2), (table.PatchChannels, table.PatchHeight, table.Images.Count));
        Assert.Equal(table.Images[0].Scan.Frame, table.Images[1].Scan.Frame);
        for (int i = 0; i < table.Count; i += 5)
        {
            PixelIndex there = table.Pixels[i], pixel = new(there.Row + read.Common.FirstRow, there.Column + read.Common.FirstColumn);
            Assert.Contains(read.Steps, step => step.Accepted && step.Pixel == pixel);
            Assert.Equal(map[pixel], table.Images[1].Scan[there]);
            int columns = table.Images[1].Scan.Frame.Columns;
            Assert.Equal(table.Images[1].Levelled[((there.Row - 8) * columns) + there.Column + 7], table.Patches[(((2 * i) + 1) * 256) + 15]);
        }
        LatentMapSettings settings = new() { Epochs = 2, Options = ["encoderWidths=8", "decoderWidths=8"], Permutations = 20 };
        (DualVaeModel model, LatentMapRecord record) = LatentMapTraining.Run(table, settings, backend, "host", null, TestContext.Current.CancellationToken);
        string folder = stand.Other("map");
        LatentMapFolder.Write(folder, model, record);
        IReadOnlyList<ScanImage> images = LatentMapFolder.ReadImages(folder);
        Assert.Equal(table.Images.Select(image => image.Scan.Values), images.Select(image => image.Values));
        using var inference = new DualVaeInference(backend, model);
        MapImage[] levelled = [.. ImageReader.Read(stand.Folder).Select(PairReader.Level)];
        Assert.Equal(record.Maps[0].Values, LatentMapTraining.MapOf(inference, levelled)[0].Values);
        Assert.Equal(ExpectedCurves.Of(inference, levelled, table.Waveform, 40).Rows, (record.Maps[0].Rows + 39) / 40);
        Assert.Contains("2 channels; 1 image is given", Assert.Throws<InvalidDataException>(() => LatentMapTraining.MapOf(inference, [levelled[0]])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_aligned_map_decides_too_and_resume_and_replay_need_no_file()
    {
        string file = Write("other.gsf", (r, c) => ((r - 20) * (r - 20)) + ((c - 9) * (c - 9)) < 50 ? 3 : (r * 7 % 3) + (0.1f * c));
        RunRecord own = stand.StartIn("own", StandRun.Plan(), new StandController());
        RunRecord record = stand.Start(Plan(file), new StandController());
        Assert.Equal(own.Overview!.Values, record.Overview!.Values);
        Assert.NotEqual(own.Steps.Select(step => step.Candidate), record.Steps.Select(step => step.Candidate));
        File.Delete(file);
        Assert.Equal(record.OverviewMaps[0].Values, RunFolder.Open(stand.Folder).OverviewMaps[0].Values);
        Assert.True(stand.Replay().Identical, stand.Replay().Sentence);
        byte[] journal = File.ReadAllBytes(stand.JournalPath);
        File.WriteAllBytes(stand.JournalPath, journal[..(journal.Length * 3 / 4)]);
        RunRecord resumed = stand.Resume(new StandController());
        Assert.Equal((RunStatus.Done, record.Steps.Count), (resumed.Summary.Status, resumed.Steps.Count));
        Assert.Equal(record.Steps.Select(step => (step.Candidate, step.Acquisition)), resumed.Steps.Select(step => (step.Candidate, step.Acquisition)));
        Assert.Equal(record.Plan, ExperimentPlan.Parse(record.Plan.ToJson()));
        Assert.NotEqual(record.Plan, record.Plan with { Overview = new OverviewPlan { Maps = [new MapPlan { File = file }] } });
    }

    [Fact]
    public void A_map_that_is_missing_flat_unmeasured_or_of_another_place_is_refused_by_its_key()
    {
        RandomStream random = RandomStream.Named(9, "noise");
        var noise = new float[32 * 32];
        for (int k = 0; k < noise.Length; k++)
            noise[k] = (float)random.NextNormal();
        string good = Write("good.gsf", (r, c) => r * c % 7), elsewhere = Write("elsewhere.gsf", (r, c) => noise[(r * 32) + c]);
        foreach ((string file, bool aligned, string part) in ((string, bool, string)[])
        [
            (stand.Other("none.gsf"), true, "there is no such file"), (Write("flat.gsf", (_, _) => 5), true, "is constant"),
            (Write("gap.gsf", (r, c) => r == 3 && c == 4 ? float.NaN : r * c % 7), true, "1 of 1024 pixels of the map 'Current' are not finite"),
            (elsewhere, false, "cannot be laid on the overview"),
        ])
        {
            ExperimentPlan plan = StandRun.Plan() with
            {
                Overview = new OverviewPlan { Maps = [new MapPlan { File = good, Aligned = true }, new MapPlan { File = file, Aligned = aligned }] },
            };
            PlanException exception = Assert.Throws<PlanException>(() => stand.Start(plan, new StandController()));
            Assert.Equal("overview.maps[1].file", exception.Key);
            Assert.Contains(part, exception.Message, StringComparison.Ordinal);
        }
        // Three images of 4096 x 4096 pixels fit into a record of the journal, four do not.
        var large = new ScanFrame(4096, 4096, new Metres(1e-9));
        OverviewMaps.RequireRoom(large, 2);
        Assert.Contains("256 MiB", Assert.Throws<PlanException>(() => OverviewMaps.RequireRoom(large, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("'overview.maps[0].file' is absent", Assert.Throws<PlanException>(() =>
            ExperimentPlan.Parse("""{"overview": {"maps": [{"channel": "Current"}]}}""")).Message, StringComparison.Ordinal);
        Assert.Contains("a list in brackets", Assert.Throws<PlanException>(() => ExperimentPlan.Parse("""{"overview": {"maps": "a.gsf"}}""")).Message,
            StringComparison.Ordinal);
    }

    private static ExperimentPlan Plan(string file) => StandRun.Plan() with
    {
        Overview = new OverviewPlan { Maps = [new MapPlan { File = file, Aligned = true }] },
    };

    private string Write(string name, Func<int, int, float> value)
    {
        string file = stand.Other(name);
        GwyddionSimpleField.Write(file, new MeasuredChannel("Current", "A", 32, 32,
            [.. Enumerable.Range(0, 32 * 32).Select(k => value(k / 32, k % 32))], 640e-9, 640e-9));
        return file;
    }
}
