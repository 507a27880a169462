using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Tests.Stand;
using FastCore.Compute.Execution;

namespace FastCore.Autonomy.Tests;

/// <summary>A device that fails in the middle of a run gives way to the host: the run goes on with the same decisions and says so once.</summary>
public sealed class DeviceLossTests : IDisposable
{
    private readonly StandRun stand = new();

    public void Dispose() => stand.Dispose();

    [Theory]
    [InlineData("training", 4)]
    [InlineData("training", 9)]
    [InlineData("posterior", 7)]
    [InlineData("posterior", 12)]
    public void A_lost_device_changes_no_decision_and_is_journaled_once(string where, int points)
    {
        ExperimentPlan plan = StandRun.Plan(20);
        using var calm = new StandController();
        RunRecord expected = stand.StartIn("calm", plan, calm);

        int failures = 0;
        void Fail(string what, int n)
        {
            if (what == where && n >= points && Interlocked.Exchange(ref failures, 1) == 0)
                throw new DeviceLostException("the driver reset the device");
        }
        using var backend = new FallbackBackend(new StandRun.NoBackend());
        int said = 0;
        backend.Lost += _ => said++;
        using var controller = new StandController();
        RunRecord record = stand.StartOn(backend, "lost", plan, controller, StandTraining.Watched(n => Fail("training", n), n => Fail("posterior", n)));

        Assert.Equal((RunStatus.Done, 1, 1), (record.Summary.Status, failures, said));
        Assert.Equal(expected.Steps.Select(step => step.Pixel), record.Steps.Select(step => step.Pixel));
        RecordedRun told = RecordedRun.Read(Path.Combine(stand.Other("lost"), RunFolder.JournalFile));
        ModelRecord model = Assert.Single(told.Models, model => model.Remarks.Length > 0);
        Assert.Equal(backend.Loss, model.Remarks);
        Assert.Contains("the driver reset the device", model.Remarks, StringComparison.Ordinal);
        Assert.Contains("in place of no executor", record.Summary.Executor, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_host_to_take_over_the_run_ends_faulted_with_what_it_measured()
    {
        using var controller = new StandController();
        RunRecord record = stand.Start(StandRun.Plan(20), controller,
            StandTraining.With(n => _ = n < 9 ? n : throw new DeviceLostException("the driver reset the device")));
        Assert.Equal(RunStatus.Faulted, record.Summary.Status);
        Assert.Contains("the driver reset the device", record.Summary.Reason, StringComparison.Ordinal);
        Assert.True(record.Steps.Count >= 9);
    }
}
