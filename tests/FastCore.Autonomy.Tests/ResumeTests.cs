using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Tests.Stand;

namespace FastCore.Autonomy.Tests;

public sealed class ResumeTests : IDisposable
{
    private readonly StandRun stand = new();

    public void Dispose() => stand.Dispose();

    [Theory]
    [InlineData("dual-novelty", 1)]
    [InlineData("random", 1)]
    [InlineData("information-gain", 1)]
    [InlineData("dual-novelty", 3)]
    public void A_run_cut_off_at_any_byte_goes_on_as_if_it_had_not_been(string policy, int batch)
    {
        ExperimentPlan plan = StandRun.Plan(12, policy);
        using var controller = new StandController();
        RunRecord whole = stand.Start(plan with { Acquisition = plan.Acquisition with { Batch = batch } }, controller);
        Assert.Equal(RunStatus.Done, whole.Summary.Status);
        byte[] journal = File.ReadAllBytes(stand.JournalPath);
        int first = FirstEnd(journal);
        var random = RandomStream.Named(1, "cuts");
        for (int cut = 0; cut < 12; cut++)
        {
            string folder = stand.Other($"cut-{cut}");
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, "journal.fcj"), journal[..(first + random.NextInt(journal.Length - first + 1))]);
            using var fresh = new StandController();
            RunRecord resumed = stand.Resume(fresh, folder);
            Assert.Equal((RunStatus.Done, 12), (resumed.Summary.Status, resumed.Steps.Count));
            for (int k = 0; k < 12; k++)
                Same(whole.Steps[k], resumed.Steps[k]);
            Assert.Equal(whole.Models.Select(model => model.Hash), resumed.Models.Select(model => model.Hash));
            RecordedRun read = RecordedRun.Read(Path.Combine(folder, "journal.fcj"));
            Assert.Equal(whole.Models.Select(model => (model.Number, model.Hash)), read.Models.Select(model => (model.Number, model.Hash)));
            ReplayResult replay = stand.Replay(folder);
            Assert.True(replay.Identical, replay.Sentence);
        }
    }

    [Fact]
    public void A_when_ready_run_replays_and_resumes_by_the_models_that_its_journal_names()
    {
        // Trainings of changing length: which model is ready when depends on the machine, and the journal knows.
        int training = 0;
        ExperimentPlan plan = StandRun.Plan(24) with { Handover = ModelHandover.WhenReady };
        using var controller = new StandController { Before = (name, _) => Thread.Sleep(name == "Sweep" ? 2 : 0) };
        RunRecord whole = stand.Start(plan, controller, StandTraining.With(_ => Thread.Sleep(++training % 4 * 4)));
        Assert.Equal(RunStatus.Done, whole.Summary.Status);
        ReplayResult replay = stand.Replay();
        Assert.True(replay.Identical, replay.Sentence);
        Assert.Equal(24, replay.Steps);
        RecordedRun recorded = RecordedRun.Read(stand.JournalPath);
        string folder = stand.Other("half");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "journal.fcj"), File.ReadAllBytes(stand.JournalPath)[..(int)(recorded.Journal.ValidLength * 2 / 3)]);
        int kept = RecordedRun.Read(Path.Combine(folder, "journal.fcj")).Steps.Count;
        using var fresh = new StandController();
        RunRecord resumed = stand.Resume(fresh, folder);
        Assert.Equal((RunStatus.Done, 24), (resumed.Summary.Status, resumed.Steps.Count));
        for (int k = 0; k < kept; k++)
            Same(whole.Steps[k], resumed.Steps[k]);
        replay = stand.Replay(folder);
        Assert.True(replay.Identical, replay.Sentence);
    }

    [Fact]
    public void On_a_real_instrument_an_open_position_is_left_out_and_nothing_is_measured_twice()
    {
        using var controller = new StandController(real: true);
        int sweeps = 0;
        controller.Before = (name, _) => { if (name == "Sweep" && ++sweeps == 8) throw new IOException("power cut"); };
        stand.Start(StandRun.Plan(), controller);
        int touched = RecordedRun.Read(stand.JournalPath).Open!.Chosen.Candidate;
        using var again = new StandController(real: true);
        RunRecord resumed = stand.Resume(again);
        Assert.Equal((RunStatus.Done, 14), (resumed.Summary.Status, resumed.Steps.Count));
        Assert.Equal(7, again.Swept.Count);
        Assert.DoesNotContain("AcquireOverview", again.Commands);
        Assert.DoesNotContain(resumed.Steps, step => step.Candidate == touched);
        RecordedRun journal = RecordedRun.Read(stand.JournalPath);
        Assert.Equal(touched, journal.Steps[7].SkippedBefore.Single().Candidate);
        Assert.True(resumed.Steps.Zip(resumed.Steps.Skip(1)).All(pair => pair.First.InstrumentSeconds <= pair.Second.InstrumentSeconds));
        ReplayResult replay = stand.Replay();
        Assert.True(replay.Identical, replay.Sentence);
    }

    [Fact]
    public void A_finished_run_stays_as_it_is()
    {
        using var controller = new StandController();
        RunRecord whole = stand.Start(StandRun.Plan(), controller);
        using var fresh = new StandController();
        RunRecord resumed = stand.Resume(fresh);
        Assert.Equal(RunStatus.Done, resumed.Summary.Status);
        Assert.Equal(whole.Steps.Select(step => step.Candidate), resumed.Steps.Select(step => step.Candidate));
    }

    [Fact]
    public void Another_sample_is_refused()
    {
        using var controller = new StandController();
        stand.Start(StandRun.Plan(), controller);
        byte[] before = File.ReadAllBytes(stand.JournalPath);
        using var other = new StandController(32, 33);
        Assert.Contains("another sample", Assert.Throws<InvalidDataException>(() => stand.Resume(other)).Message, StringComparison.Ordinal);
        using var bent = new StandController { Bend = (_, curve) => curve[3] *= 1.5 };
        Assert.Contains("another curve", Assert.Throws<InvalidDataException>(() => stand.Resume(bent)).Message, StringComparison.Ordinal);
        Assert.Equal("Retract", bent.Commands[^1]);
        Assert.Equal(before, File.ReadAllBytes(stand.JournalPath)[..before.Length]);
    }

    [Theory]
    [InlineData(0, "empty")]
    [InlineData(20, "header")]
    [InlineData(60, "first record")]
    public void A_journal_without_a_record_is_refused_with_one_sentence(int length, string part)
    {
        using var controller = new StandController();
        stand.Start(StandRun.Plan(3), controller);
        File.WriteAllBytes(stand.JournalPath, File.ReadAllBytes(stand.JournalPath)[..length]);
        using var fresh = new StandController();
        Assert.Contains(part, Assert.Throws<InvalidDataException>(() => stand.Resume(fresh)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => RunFolder.Open(stand.Folder));
        Assert.Throws<DirectoryNotFoundException>(() => RunFolder.Open(stand.Other("nowhere")));
    }

    [Fact]
    public void Reading_a_damaged_run_says_what_was_left_out()
    {
        using var controller = new StandController();
        stand.Start(StandRun.Plan(), controller);
        byte[] journal = File.ReadAllBytes(stand.JournalPath);
        File.WriteAllBytes(stand.JournalPath, journal[..(journal.Length * 3 / 4)]);
        RunRecord record = RunFolder.Open(stand.Folder);
        Assert.InRange(record.Steps.Count, 1, 13);
        Assert.Equal(record.Steps.Count, record.Summary.Measured);
        Assert.Contains(record.Remarks, remark => remark.Contains("damaged", StringComparison.Ordinal));
    }

    [Fact]
    public void A_replay_names_the_first_decision_that_differs()
    {
        using var controller = new StandController();
        stand.Start(StandRun.Plan(), controller);
        JournalReader journal = JournalReader.Read(stand.JournalPath);
        RecordedRun recorded = RecordedRun.Read(stand.JournalPath);
        File.Delete(stand.JournalPath);
        using (JournalWriter writer = JournalWriter.Create(stand.JournalPath, recorded.Opened.Plan))
        {
            foreach (JournalEntry entry in journal.Entries)
            {
                System.Text.Json.JsonElement statement = JournalJson.Read<System.Text.Json.JsonElement>(entry);
                if (entry.Kind == EntryKind.Chosen && JournalJson.Read<ChosenStatement>(entry) is { Step: 9 } chosen)
                    writer.Append(entry.Kind, chosen with { Candidate = chosen.Candidate + 1 }, entry.Bulk);
                else
                    writer.Append(entry.Kind, statement, entry.Bulk);
            }
        }
        ReplayResult replay = stand.Replay();
        Assert.False(replay.Identical);
        Assert.Equal(9, replay.Steps);
        Assert.StartsWith("Step 9 differs", replay.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Under_next_step_a_model_that_knows_step_j_decides_from_j_plus_two_on()
    {
        using var controller = new StandController();
        RunRecord record = stand.Start(StandRun.Plan(20) with { Surrogate = new SurrogatePlan { SurpriseDeviations = 0, RestartInterval = 8 } },
            controller,
            StandTraining.Judged((fresh, _) => fresh ? -1 : -2));
        Assert.Equal(Enumerable.Range(3, 15), record.Models.Select(model => model.AfterStep));
        foreach (StepRecord step in record.Steps.Skip(5))
            Assert.Equal(step.Step - 2, record.Models[step.Model].AfterStep);
        Assert.All(record.Models, model => Assert.Equal(model.Cold, model.HyperParameters["trace"] == 0));
        Assert.Equal([3, 11], record.Models.Where(model => model.Cold).Select(model => model.AfterStep));
    }

    [Fact]
    public void Trainings_follow_the_rule_of_number_interval_and_surprise()
    {
        using var controller = new StandController();
        RunRecord record = stand.Start(StandRun.Plan(24) with
        {
            Surrogate = new SurrogatePlan
            {
                EveryStepUntil = 8,
                Interval = 5,
                SurpriseDeviations = 0
            }
        }, controller);
        Assert.Equal([3, 4, 5, 6, 7, 12, 17], record.Models.Select(model => model.AfterStep).Where(after => after < 22));
        RunRecord surprised = stand.StartIn("surprise", StandRun.Plan(24) with
        {
            Surrogate = new SurrogatePlan { EveryStepUntil = 8, Interval = 100, SurpriseDeviations = 2 },
        }, new StandController());
        foreach (ModelRecord model in surprised.Models.Where(model => model.AfterStep >= 8))
        {
            StepRecord step = surprised.Steps[model.AfterStep];
            Assert.True(Math.Abs(step.ObservedTarget - step.PredictedMean) / step.PredictedDeviation > 2);
        }
    }

    private static void Same(StepRecord expected, StepRecord actual)
    {
        Assert.Equal((expected.Candidate, expected.Model, expected.IsSeed), (actual.Candidate, actual.Model, actual.IsSeed));
        Assert.Equal(expected.CurrentAmperes, actual.CurrentAmperes);
        Assert.Equal((expected.PredictedMean, expected.PredictedDeviation, expected.Acquisition), (actual.PredictedMean, actual.PredictedDeviation,
            actual.Acquisition));
        Assert.Equal((expected.SpectralNovelty, expected.StructuralNovelty, expected.ObservedTarget, expected.InstrumentSeconds),
            (actual.SpectralNovelty, actual.StructuralNovelty, actual.ObservedTarget, actual.InstrumentSeconds));
    }

    private static int FirstEnd(byte[] journal) =>
        JournalFormat.HeaderLength + JournalFormat.FrameLength + BitConverter.ToInt32(journal, JournalFormat.HeaderLength);
}
