using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Tests.Stand;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy.Tests;

/// <summary>Faults that pass, faults that stay, and faults after which nothing may be sent again.</summary>
public sealed class RetryTests : IDisposable
{
    private readonly StandRun stand = new();

    public void Dispose() => stand.Dispose();

    // The instrument fails at the given occurrences of a command, and again at the same ones when it is opened anew.
    private static StandController Failing(string command, InstrumentError error, params int[] occurrences)
    {
        int seen = 0;
        return new StandController
        {
            Before = (name, _) =>
            {
                if (name == command && occurrences.Contains(++seen))
                    throw new InstrumentException(error, name, $"{name} failed in passing.");
            },
        };
    }

    [Theory]
    [InlineData("MoveTo", InstrumentError.Timeout, "MoveTo Retract MoveTo Approach Sweep Retract")]
    [InlineData("Approach", InstrumentError.Refused, "MoveTo Approach Retract Approach Sweep Retract")]
    [InlineData("Sweep", InstrumentError.Timeout, "MoveTo Approach Sweep Retract Approach Sweep Retract")]
    public void A_fault_that_passes_costs_one_retry_with_the_tip_lifted_before_it(string command, InstrumentError error, string commands)
    {
        using StandController controller = Failing(command, error, 8);
        RunRecord record = stand.Start(StandRun.Plan(), controller);
        Assert.Equal((RunStatus.Done, 14, 1), (record.Summary.Status, record.Summary.Measured, record.Summary.Retries));
        string[] expected = [.. "AcquireOverview".Split(' '), .. Enumerable.Range(0, 14).SelectMany(step =>
            (step == 7 ? commands : "MoveTo Approach Sweep Retract").Split(' ')), "Retract"];
        Assert.Equal(expected, controller.Commands);
        RetriedStatement retry = Assert.Single(RecordedRun.Read(stand.JournalPath).Retries);
        Assert.Equal(new RetriedStatement(7, 1, command, error, $"{command} failed in passing."), retry);
        string summary = Path.Combine(stand.Folder, RunFolder.SummaryFile);
        Assert.Contains("\"retries\": 1,", File.ReadAllText(summary), StringComparison.Ordinal);
        File.Delete(summary);
        Assert.Equal(1, RunFolder.Open(stand.Folder).Summary.Retries);

        // The second run of the same plan and faults is the same to the byte, and its decisions can be computed again.
        stand.StartIn("second", StandRun.Plan(), Failing(command, error, 8));
        Assert.Equal(Lasting(stand.JournalPath), Lasting(Path.Combine(stand.Other("second"), RunFolder.JournalFile)));
        Assert.True(stand.Replay().Identical, stand.Replay().Sentence);
        Assert.True(stand.Replay(stand.Other("second")).Identical);
    }

    [Theory]
    [InlineData("MoveTo", 0, 1)]
    [InlineData("MoveTo", 3, 1)]
    [InlineData("Sweep", 1, 0)]
    [InlineData("Sweep", 1, 2)]
    public void A_fault_that_stays_ends_the_run_after_the_last_retry_and_it_can_be_resumed(string command, int moves, int sweeps)
    {
        using StandController controller = Failing(command, InstrumentError.Timeout, [.. Enumerable.Range(6, 100)]);
        RunRecord record = stand.Start(StandRun.Plan() with { Retry = new RetryPlan { Moves = moves, Sweeps = sweeps } }, controller);
        int allowed = command == "MoveTo" ? moves : sweeps;
        Assert.Equal((RunStatus.Faulted, 5, allowed), (record.Summary.Status, record.Summary.Measured, record.Summary.Retries));
        Assert.Contains($"{command} failed in passing", record.Summary.Reason, StringComparison.Ordinal);
        Assert.Equal(6 + allowed, controller.Commands.Count(name => name == command));
        Assert.Equal("Retract", controller.Commands[^1]);
        RecordedRun journal = RecordedRun.Read(stand.JournalPath);
        Assert.Equal(Enumerable.Range(1, allowed), journal.Retries.Select(retry => retry.Attempt));
        Assert.Single(journal.Faults);
        using var mended = new StandController();
        RunRecord resumed = stand.Resume(mended);
        Assert.Equal((RunStatus.Done, 14, allowed), (resumed.Summary.Status, resumed.Summary.Measured, resumed.Summary.Retries));
        Assert.True(stand.Replay().Identical);
    }

    [Theory]
    [InlineData(InstrumentError.TipCrash)]
    [InlineData(InstrumentError.OverCurrent)]
    [InlineData(InstrumentError.LimitViolation)]
    [InlineData(InstrumentError.LinkLost)]
    public void Crash_limit_current_and_lost_link_are_never_tried_again(InstrumentError error)
    {
        foreach (string command in new[] { "MoveTo", "Approach", "Sweep" })
        {
            using StandController controller = Failing(command, error, 6);
            RunRecord record = stand.StartIn(command, StandRun.Plan() with { Retry = new RetryPlan { Moves = 9, Sweeps = 9 } }, controller);
            Assert.Equal((RunStatus.Faulted, 5, 0), (record.Summary.Status, record.Summary.Measured, record.Summary.Retries));
            Assert.Equal(6, controller.Commands.Count(name => name == command));
        }
    }

    [Theory]
    [InlineData(SimulatedFault.Stall, 1, RunStatus.Done, 1)]
    [InlineData(SimulatedFault.Refuse, 1, RunStatus.Done, 1)]
    [InlineData(SimulatedFault.Stall, 2, RunStatus.Faulted, 1)]
    [InlineData(SimulatedFault.Crash, 1, RunStatus.Faulted, 0)]
    [InlineData(SimulatedFault.OverCurrent, 1, RunStatus.Faulted, 0)]
    [InlineData(SimulatedFault.Disconnect, 1, RunStatus.Faulted, 0)]
    public void Scripted_faults_of_the_simulated_film_are_met_alike(SimulatedFault fault, int times, RunStatus status, int retries)
    {
        Film film = Film.Create(new FilmOptions { Rows = 48, Columns = 48, Width = new Metres(9.4e-7) }, 3);
        RunRecord Run(string folder)
        {
            using var controller = new SimulatedController(film, null, new InstrumentOptions
            {
                Faults = [.. Enumerable.Range(6, times).Select(number => new ScriptedFault(number, fault, "Sweep"))],
            }, 3);
            RunRecord record = AutonomousRun.Start(StandRun.Plan(9) with { Sweep = new SweepPlan() }, stand.Other(folder), controller,
                StandRun.Backend, StandTraining.Factory, null, TestContext.Current.CancellationToken);
            Assert.True(controller.State is TipState.Lifted or TipState.Disconnected);
            return record;
        }

        RunRecord record = Run("first");
        Assert.Equal((status, status == RunStatus.Done ? 9 : 5, retries), (record.Summary.Status, record.Summary.Measured, record.Summary.Retries));
        Run("second");
        Assert.Equal(Lasting(Path.Combine(stand.Other("first"), RunFolder.JournalFile)), Lasting(Path.Combine(stand.Other("second"),
            RunFolder.JournalFile)));
        Assert.True(stand.Replay(stand.Other("first")).Identical);
    }

    [Fact]
    public void A_run_with_a_retry_that_was_cut_off_goes_on_as_if_it_had_not_been()
    {
        using StandController controller = Failing("Sweep", InstrumentError.Timeout, 4, 13);
        RunRecord whole = stand.Start(StandRun.Plan(), controller);
        Assert.Equal(2, whole.Summary.Retries);
        RecordedRun recorded = RecordedRun.Read(stand.JournalPath);
        string cut = stand.Other("cut");
        Directory.CreateDirectory(cut);
        int kept = recorded.Journal.Entries.ToList().FindIndex(entry => entry.Kind == EntryKind.Chosen && entry.Sequence > 40);
        using (JournalWriter writer = JournalWriter.Create(Path.Combine(cut, RunFolder.JournalFile), whole.Plan.ToJson()))
        {
            foreach (JournalEntry entry in recorded.Journal.Entries.Take(kept))
                writer.Append(entry.Kind, System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(entry.Json), entry.Bulk);
        }
        using StandController fresh = Failing("Sweep", InstrumentError.Timeout, 4, 13);
        RunRecord resumed = stand.Resume(fresh, cut);
        Assert.Equal(2, resumed.Summary.Retries);
        Assert.Equal(whole.Steps.Select(step => (step.Candidate, step.Acquisition, step.InstrumentSeconds)),
            resumed.Steps.Select(step => (step.Candidate, step.Acquisition, step.InstrumentSeconds)));
        Assert.Equal(whole.Steps.SelectMany(step => step.CurrentAmperes), resumed.Steps.SelectMany(step => step.CurrentAmperes));
    }

    // Everything but the records of real time.
    private static List<string> Lasting(string path) => [.. JournalReader.Read(path).Entries
        .Where(entry => entry.Kind is not (EntryKind.Timings or EntryKind.ModelTimings))
        .Select(entry => $"{entry.Kind} {entry.Sequence} {System.Text.Encoding.UTF8.GetString(entry.Json)} {Convert.ToHexString(entry.Bulk)}")];
}
