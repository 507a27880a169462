using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Tests.Stand;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;
using FastCore.TestKit;

namespace FastCore.Autonomy.Tests;

/// <summary>Real films, real curves, the real family of surrogates on the host.</summary>
public sealed class EndToEndTests : IDisposable
{
    private readonly StandRun stand = new();
    private readonly ExecutionBackend backend = ExecutionBackends.Open("host");

    public void Dispose()
    {
        backend.Dispose();
        stand.Dispose();
    }

    [Theory]
    [InlineData("dual-novelty", 1, "gp-curve")]
    [InlineData("dual-novelty", 3, "gp-curve-matern52")]
    [InlineData("spectral-novelty", 1, "gp-curve-rbf")]
    [InlineData("thompson", 1, "auto")]
    public void A_simulated_film_is_explored_replayed_and_resumed(string policy, int batch, string member)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        ExperimentPlan plan = ExperimentPlan.Parse($$$$"""
            {"policy": "{{{{policy}}}}", "budget": 20, "acquisition": {"batch": {{{{batch}}}}}, "surrogate": {"member": "{{{{member}}}}"},
             "controller": {"film": {"rows": 64, "columns": 64, "widthMetres": 1.25e-6}}}
            """);
        using ICafmController controller = InstrumentFactory.Open(plan);
        RunRecord record = AutonomousRun.Start(plan, stand.Folder, controller, backend, null, token);
        Assert.Equal((RunStatus.Done, 20), (record.Summary.Status, record.Summary.Measured));
        Assert.NotNull(record.Summary.Coverage);
        Assert.Contains("interior", record.Summary.ClassesFound!.Keys);
        Assert.All(record.Models, model => Assert.NotEmpty(model.LeaveOneOutDensity));
        ReplayResult replay = AutonomousRun.Replay(stand.Folder, backend, null, token);
        Assert.True(replay.Identical, replay.Sentence);
        byte[] journal = File.ReadAllBytes(stand.JournalPath);
        File.WriteAllBytes(stand.JournalPath, journal[..(journal.Length - 9000)]);
        using ICafmController fresh = InstrumentFactory.Open(plan);
        RunRecord resumed = AutonomousRun.Resume(stand.Folder, fresh, backend, null, token);
        Assert.Equal(record.Steps.Select(step => (step.Candidate, step.Acquisition)), resumed.Steps.Select(step => (step.Candidate,
            step.Acquisition)));
        Assert.Equal(record.Steps.SelectMany(step => step.CurrentAmperes), resumed.Steps.SelectMany(step => step.CurrentAmperes));
    }

    [Fact]
    public void A_measured_grid_is_explored_by_looking_up()
    {
        string? file = SharedFolder.Path is { } shared ? Directory.EnumerateFiles(Path.Combine(shared, "data"), "*.3ds", SearchOption.AllDirectories)
            .FirstOrDefault() : null;
        Assert.SkipWhen(file is null, SharedFolder.SkipReason);
        ExperimentPlan plan = new ExperimentPlan
        {
            Budget = 20,
            Controller = new ControllerPlan
            {
                Kind = ControllerKind.Grid,
                File = file
            }
        }.Checked();
        using ICafmController controller = InstrumentFactory.Open(plan);
        RunRecord record = AutonomousRun.Start(plan, stand.Folder, controller, backend, null, TestContext.Current.CancellationToken);
        Assert.Equal((RunStatus.Done, 20), (record.Summary.Status, record.Summary.Measured));
        Assert.Equal(6, record.Candidates!.PatchSize);
        Assert.Null(record.Summary.ClassesFound);
        Assert.InRange(record.Summary.Coverage!.Value, 0.05, 1);
        var truth = new double[record.Waveform!.Count];
        foreach (StepRecord step in record.Steps)
        {
            ((IKnowsGroundTruth)controller).Truth.CurveAt(step.Pixel, truth);
            Assert.Equal(truth, step.CurrentAmperes);
        }
    }

    [Theory]
    [InlineData("missing.3ds", "no such file")]
    [InlineData("cut.3ds", "cannot be played back")]
    public void A_missing_or_cut_off_data_file_is_refused_with_its_name(string name, string part)
    {
        Directory.CreateDirectory(stand.Folder);
        string file = Path.Combine(stand.Folder, name);
        if (name == "cut.3ds")
            File.WriteAllText(file, "Grid dim=\"30 x 30\"\r\n:HEADER_E");
        ExperimentPlan plan = new() { Controller = new ControllerPlan { Kind = ControllerKind.Grid, File = file } };
        PlanException exception = Assert.Throws<PlanException>(() => InstrumentFactory.Open(plan));
        Assert.Equal("controller.file", exception.Key);
        Assert.Contains(part, exception.Message, StringComparison.Ordinal);
        Assert.Contains(file, exception.Message, StringComparison.Ordinal);
    }
}
