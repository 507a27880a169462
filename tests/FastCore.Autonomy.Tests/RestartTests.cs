using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Tests.Stand;

namespace FastCore.Autonomy.Tests;

/// <summary>A restart from fresh weights keeps the better of the fresh model and the one that goes on from the weights in use.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly StandRun stand = new();

    public void Dispose() => stand.Dispose();

    [Theory]
    [InlineData(-1, -2, true)]
    [InlineData(-2, -1, false)]
    [InlineData(-1, -1, false)]
    [InlineData(-1, double.NaN, true)]
    [InlineData(double.NaN, -1, false)]
    public void A_restart_keeps_the_larger_density_and_says_so(double fresh, double continued, bool freshKept)
    {
        using var controller = new StandController();
        ExperimentPlan plan = StandRun.Plan(20) with { Surrogate = new SurrogatePlan { SurpriseDeviations = 0, RestartInterval = 8 } };
        var trainers = StandTraining.Judged((isFresh, _) => isFresh ? fresh : continued);
        RunRecord record = stand.Start(plan, controller, trainers);
        ModelRecord restarted = Assert.Single(record.Models, model => model.Restart is not null);
        Assert.Equal((11, freshKept), (restarted.AfterStep, restarted.Cold));
        Assert.Equal(new ModelRestart(freshKept, fresh, continued), restarted.Restart);
        // A warm start leaves a trace in the stand-in's parameters: the model that decides is the one that was kept, and the next goes on from it.
        Assert.Equal(freshKept, restarted.HyperParameters["trace"] == 0);
        Assert.Equal(freshKept ? fresh : continued, restarted.LeaveOneOutDensity["stand"]);
        Assert.Equal((restarted.HyperParameters["trace"] * 0.5) + 1, record.Models[restarted.Number + 1].HyperParameters["trace"]);
        ModelRecord told = RecordedRun.Read(stand.JournalPath).Models[restarted.Number];
        Assert.Equal(restarted.Restart, told.Restart);
        ReplayResult replay = Replay.Run(stand.Folder, StandRun.Backend, trainers, null, TestContext.Current.CancellationToken);
        Assert.True(replay.Identical, replay.Sentence);
    }
}
