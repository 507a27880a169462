using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Tests.Stand;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;

namespace FastCore.Autonomy.Tests;

/// <summary>Runs whose overview is an image file.</summary>
public sealed class OverviewFileTests : IDisposable
{
    private readonly StandRun stand = new();

    public void Dispose() => stand.Dispose();

    [Fact]
    public void The_scan_from_a_file_twice_as_fine_leads_to_the_same_run()
    {
        ScanImage scan = Scan();
        string file = Write(scan.Frame.Rows, scan.Frame.Columns, 2, (r, c) => scan[new PixelIndex(r, c)]);
        RunRecord own = stand.StartIn("own", StandRun.Plan(), new StandController());
        RunRecord given = stand.Start(Plan(file), new StandController());
        Assert.Equal(own.Overview!.Values, given.Overview!.Values);
        Assert.Equal((scan.Frame, "Height", "m"), (given.Overview.Frame, given.Overview.Channel, given.Overview.Unit));
        Assert.Equal(own.Steps.Select(step => (step.Candidate, step.Acquisition)), given.Steps.Select(step => (step.Candidate, step.Acquisition)));
    }

    [Fact]
    public void Another_picture_decides_and_resume_and_replay_need_no_file()
    {
        string file = Write(32, 32, 1, (r, c) => (r / 8 % 2) + (.1f * c) + (.01f * ((r * 7) + (c * c)) % 3), "", "px");
        RunRecord own = stand.StartIn("own", StandRun.Plan(), new StandController());
        RunRecord record = stand.Start(Plan(file), new StandController());
        Assert.NotEqual(own.Steps.Select(step => step.Candidate), record.Steps.Select(step => step.Candidate));
        // The curves are the controller's own but for its noise, at the places where they were taken.
        var truth = new double[51];
        foreach (StepRecord step in record.Steps)
        {
            new StandController().CurveAt(step.Pixel, truth);
            Assert.All(truth.Zip(step.CurrentAmperes), pair => Assert.Equal(pair.First, pair.Second, 2e-12));
            Assert.Equal(Scan().Frame.ToStage(step.Pixel), step.Commanded);
        }
        File.Delete(file);
        Assert.Equal(record.Overview!.Values, RunFolder.Open(stand.Folder).Overview!.Values);
        Assert.True(stand.Replay().Identical, stand.Replay().Sentence);
        byte[] journal = File.ReadAllBytes(stand.JournalPath);
        File.WriteAllBytes(stand.JournalPath, journal[..(journal.Length * 3 / 4)]);
        RunRecord resumed = stand.Resume(new StandController());
        Assert.Equal((RunStatus.Done, record.Steps.Count), (resumed.Summary.Status, resumed.Steps.Count));
        Assert.Equal(record.Steps.Select(step => (step.Candidate, step.Acquisition)), resumed.Steps.Select(step => (step.Candidate, step.Acquisition)));
        Assert.Contains("another sample", Assert.Throws<InvalidDataException>(() => stand.Resume(new StandController(32, 40))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_channel_that_the_plan_names_is_taken()
    {
        var first = new MeasuredChannel("Z", "m", 32, 32, Values(32, 32, (r, c) => r * c % 7), 640e-9, 640e-9);
        MeasuredChannel second = first with { Name = "Current", Unit = "A", Values = Values(32, 32, (r, c) => r * c % 5) };
        string file = stand.Other("two.gwy");
        GwyddionFile.Write(file, new MeasuredFile { Path = "made", Format = "made", Channels = [first, second] });
        ScanImage overview = stand.Start(Plan(file, "current"), new StandController()).Overview!;
        Assert.Equal(("Current", "A", 4f), (overview.Channel, overview.Unit, overview[new PixelIndex(2, 2)]));
        Assert.Equal("Z", stand.StartIn("topography", Plan(file), new StandController()).Overview!.Channel);
        PlanException wrong = Assert.Throws<PlanException>(() => stand.StartIn("wrong", Plan(file, "Phase"), new StandController()));
        Assert.Equal("overview.channel", wrong.Key);
        Assert.Contains("Z, Current", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(31, 32, 0, "at least as many pixels as the frame has are needed")]
    [InlineData(32, 33, 0, "crop it to the proportions of the frame")]
    [InlineData(64, 64, 660, "crop it to what the controller scans")]
    [InlineData(64, 64, 320, "the image 'Height' has 64 x 64 pixels on 3.2e-07 x 3.2e-07 m; the controller's frame has 32 x 32 on 6.4e-07 x 6.4e-07 m")]
    public void An_image_that_cannot_show_the_frame_is_refused(int rows, int columns, int nanometres, string sentence)
    {
        string file = Write(rows, columns, 1, (r, c) => r * c % 7, "m", nanometres > 0 ? "m" : "px", nanometres > 0 ? nanometres * 1e-9 : 1);
        var controller = new StandController(rows == 31 ? 64 : 32, rows == 31 ? 66 : 32);
        PlanException exception = Assert.Throws<PlanException>(() => stand.Start(Plan(file), controller));
        Assert.Equal("overview.file", exception.Key);
        Assert.Contains(sentence, exception.Message, StringComparison.Ordinal);
        Assert.Contains(file, exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(stand.JournalPath));
    }

    [Fact]
    public void An_image_of_nearly_the_same_extent_is_taken()
    {
        string file = Write(64, 64, 1, (r, c) => r * c % 7, "m", "m", 650e-9);
        Assert.Equal(Scan().Frame, stand.Start(Plan(file), new StandController()).Overview!.Frame);
    }

    [Fact]
    public void A_file_that_is_missing_damaged_or_flat_is_refused_by_its_key()
    {
        string missing = stand.Other("none.gsf"), damaged = stand.Other("damaged.gsf");
        File.WriteAllText(damaged, "Gwyddion Simple Field 1.0\nXRes = 4\n");
        string flat = Write(32, 32, 1, (_, _) => 5);
        string gap = Write(32, 32, 1, (r, c) => r == 3 && c == 4 ? float.NaN : r * c % 7);
        foreach ((string file, string part) in ((string, string)[])[(missing, "there is no such file"), (damaged, "cannot be taken as overview"), (flat, "constant"), (gap, "not finite")])
        {
            var controller = new StandController();
            PlanException exception = Assert.Throws<PlanException>(() => stand.Start(Plan(file), controller));
            Assert.Equal("overview.file", exception.Key);
            Assert.Contains(part, exception.Message, StringComparison.Ordinal);
            // Nothing is scanned for a file that cannot be used.
            Assert.Equal(file == flat || file == gap, controller.Commands.Contains("AcquireOverview"));
        }
    }

    private static ExperimentPlan Plan(string file, string? channel = null) => StandRun.Plan() with { Overview = new OverviewPlan { File = file, Channel = channel } };

    private static ScanImage Scan() => new StandController().AcquireOverview(TestContext.Current.CancellationToken);

    private static float[] Values(int rows, int columns, Func<int, int, float> value) =>
        [.. Enumerable.Range(0, rows * columns).Select(k => value(k / columns, k % columns))];

    // Every value on a square of pixels.
    private string Write(int rows, int columns, int fine, Func<int, int, float> value, string unit = "m", string lateral = "m", double extent = 640e-9)
    {
        string file = stand.Other(Path.GetRandomFileName() + ".gsf");
        GwyddionSimpleField.Write(file, new MeasuredChannel("Height", unit, rows * fine, columns * fine,
            Values(rows * fine, columns * fine, (r, c) => value(r / fine, c / fine)), extent, extent)
        { LateralUnit = lateral });
        return file;
    }
}
