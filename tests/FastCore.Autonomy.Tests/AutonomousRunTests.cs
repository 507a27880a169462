using System.Text.Json;
using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Policies;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Tests.Stand;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy.Tests;

public sealed class AutonomousRunTests : IDisposable
{
    private readonly StandRun stand = new();

    public void Dispose() => stand.Dispose();

    public static TheoryData<string> Policies() => [.. PolicyRegistry.Names];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Every_policy_spends_its_budget_on_separate_places(string policy)
    {
        using var controller = new StandController();
        RunRecord record = stand.Start(StandRun.Plan(policy: policy), controller);
        Assert.Equal(RunStatus.Done, record.Summary.Status);
        Assert.Equal(14, record.Summary.Measured);
        Assert.Equal("Retract", controller.Commands[^1]);
        Assert.Equal(controller.Swept, record.Steps.Select(step => step.Pixel));
        for (int i = 0; i < 14; i++)
        {
            for (int j = 0; j < i; j++)
                Assert.True(record.Steps[i].Pixel.ChebyshevDistance(record.Steps[j].Pixel) > 2);
        }
        Assert.True(stand.Replay().Identical, stand.Replay().Sentence);
    }

    public static TheoryData<NoveltyScore, StructuralInput, StructuralModel> Novelties()
    {
        var cases = new TheoryData<NoveltyScore, StructuralInput, StructuralModel>();
        foreach (NoveltyScore score in Enum.GetValues<NoveltyScore>())
        {
            cases.Add(score, StructuralInput.Descriptors, StructuralModel.Exact);
            cases.Add(score, StructuralInput.Descriptors, StructuralModel.Model);
            cases.Add(score, StructuralInput.Patch, StructuralModel.Exact);
        }
        cases.Add(NoveltyScore.Lof, StructuralInput.Dihedral, StructuralModel.Exact);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Novelties))]
    public void A_run_under_every_structural_novelty_follows_it_and_is_replayable(NoveltyScore score, StructuralInput input, StructuralModel model)
    {
        using var controller = new StandController();
        ExperimentPlan plan = StandRun.Plan(policy: model == StructuralModel.Exact ? "structural-novelty" : "dual-novelty") with
        {
            Structural = new StructuralPlan { Input = input, Novelty = score, Model = model },
            Spectral = new SpectralPlan { Novelty = score },
        };
        RunRecord record = stand.Start(plan.Checked(), controller);
        Assert.Equal((RunStatus.Done, 14), (record.Summary.Status, record.Summary.Measured));
        Assert.True(stand.Replay().Identical, stand.Replay().Sentence);
        // The published key of image novelties holds what was decided by.
        IvNoveltyFile data = IvNoveltyFile.Read(Path.Combine(stand.Folder, "iv_novelty.npz"));
        Assert.Equal(record.Steps.Select(step => step.StructuralNovelty), data.ImageNovelty);
        Assert.All(data.ImageNovelty, value => Assert.True(double.IsFinite(value) && value >= 0));
        Assert.True(data.ImageNovelty.Skip(2).Distinct().Count() > 6);
        if (model == StructuralModel.Exact)
        {
            Assert.All(record.Steps.Where(step => !step.IsSeed), step => Assert.Equal(step.StructuralNovelty, step.Acquisition,
                1e-6 * step.Acquisition));
        }
    }

    [Theory]
    [InlineData("dual-novelty", PartCombination.Product, ImprovementScore.Ei, 1)]
    [InlineData("dual-novelty", PartCombination.Pareto, ImprovementScore.Ei, 1)]
    [InlineData("expected-improvement", PartCombination.Sum, ImprovementScore.LogEi, 1)]
    [InlineData("expected-improvement", PartCombination.Sum, ImprovementScore.Probability, 3)]
    [InlineData("thompson", PartCombination.Sum, ImprovementScore.Ei, 3)]
    public void Every_way_to_score_runs_replays_and_goes_on_after_a_cut(string policy, PartCombination combination,
        ImprovementScore improvement, int batch)
    {
        ExperimentPlan plan = StandRun.Plan(policy: policy);
        plan = plan with
        {
            Acquisition = plan.Acquisition with
            {
                Combination = combination,
                Improvement = improvement,
                Batch = batch,
                Constraint = new ConstraintPlan { Quantity = "hysteresis-index", Minimum = 0.02 },
            },
        };
        using var controller = new StandController();
        RunRecord record = stand.Start(plan, controller);
        Assert.Equal((RunStatus.Done, 14), (record.Summary.Status, record.Summary.Measured));
        Assert.Equal(policy == "expected-improvement", record.Models.Any(model => model.Role == "constraint"));
        Assert.Contains(record.Steps, step => step.Model >= 0);
        Assert.True(stand.Replay().Identical, stand.Replay().Sentence);
        byte[] journal = File.ReadAllBytes(stand.JournalPath);
        File.WriteAllBytes(stand.JournalPath, journal[..(journal.Length * 3 / 4)]);
        using var fresh = new StandController();
        Assert.Equal(record.Steps.Select(step => (step.Candidate, step.Acquisition)), stand.Resume(fresh).Steps.Select(step => (step.Candidate,
            step.Acquisition)));
    }

    [Fact]
    public void A_constraint_on_hysteresis_keeps_the_search_off_places_that_break_it()
    {
        // The loop of the stand's curves follows the column modulo 5 and their strength the height: without a bound all loops are visited alike.
        double Loop(bool bounded)
        {
            ExperimentPlan plan = StandRun.Plan(30, "expected-improvement");
            plan = plan with
            {
                Acquisition = plan.Acquisition with
                {
                    Constraint = bounded ? new ConstraintPlan { Quantity = "hysteresis-index", Maximum = 0.1 } : null,
                },
            };
            using var controller = new StandController { Bend = (pixel, curve) => Tilt(pixel, curve) };
            RunRecord record = stand.StartIn(bounded ? "bounded" : "free", plan, controller);
            Assert.Equal(RunStatus.Done, record.Summary.Status);
            return record.Steps.Where(step => !step.IsSeed).Average(step => step.Pixel.Column);
        }

        // Strength grows with the column, and so does the loop, to 0.3 at the right edge.
        void Tilt(PixelIndex pixel, double[] curve)
        {
            for (int k = 0; k < curve.Length; k++)
            {
                double v = (k <= 25 ? k : 50 - k) / 25.0;
                curve[k] = 1e-10 * (1 + (pixel.Column / 8.0)) * ((v * v) + (k > 25 ? 1.8 * pixel.Column / 32 * v * (1 - v) : 0));
            }
        }

        double free = Loop(false), held = Loop(true);
        Assert.True(free > held + 4, $"mean column {free} without the bound, {held} with it");
    }

    [Fact]
    public void Targets_of_a_quantity_in_ampere_are_standardised()
    {
        using var controller = new StandController();
        RunRecord record = stand.Start(StandRun.Plan(policy: "expected-improvement"), controller);
        double[] observed = [.. record.Steps.Where(step => !step.IsSeed).Select(step => step.ObservedTarget)];
        Assert.All(observed, target => Assert.True(double.IsFinite(target)));
        Assert.InRange(Math.Sqrt(observed.Average(target => target * target)), 0.3, 5);
    }

    [Fact]
    public void The_folder_holds_plan_journal_data_and_summary_and_reads_back_as_the_run()
    {
        using var controller = new StandController();
        ExperimentPlan plan = StandRun.Plan();
        RunRecord record = stand.Start(plan, controller);
        RunRecord again = RunFolder.Open(stand.Folder);
        Assert.Equal(plan, ExperimentPlan.Load(Path.Combine(stand.Folder, "plan.json")));
        Assert.Equal(plan, again.Plan);
        Assert.Equal(record.Overview!.Values, again.Overview!.Values);
        Assert.Equal(record.Waveform!.BiasVolts.ToArray(), again.Waveform!.BiasVolts.ToArray());
        Assert.Equal(new CandidateGeometry(4, 4, 1, 25, 25, 8), again.Candidates);
        Assert.Equal(JsonSerializer.Serialize(record.Steps, JournalJson.Options), JsonSerializer.Serialize(again.Steps, JournalJson.Options));
        Assert.Equal(JsonSerializer.Serialize(record.Models), JsonSerializer.Serialize(again.Models));
        Assert.Equal(JsonSerializer.Serialize(record.Summary), JsonSerializer.Serialize(again.Summary));
        Assert.Equal(record.Maps.Select(map => map.Name).Order(), again.Maps.Select(map => map.Name).Order());
        Assert.Contains(record.Maps, map => map.Name == "acquisition" && map.Values.Length == 625 && map.Values.Any(float.IsNaN));
        IvNoveltyFile data = IvNoveltyFile.Read(Path.Combine(stand.Folder, "iv_novelty.npz"));
        Assert.Equal((14, 51, 64), (data.Count, data.Samples, data.PatchSize));
        Assert.Equal(record.Steps.SelectMany(step => step.CurrentAmperes), data.IvCurves);
        Assert.Equal(record.Steps.Select(step => step.Candidate), data.Indices);
        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(stand.Folder, "summary.json")));
        foreach (string key in new[] { "status", "seed", "policy", "measured", "rejected", "classesFound", "diversity", "coverage",
            "decisionMilliseconds", "trainingMilliseconds", "deadTimeMilliseconds", "executor" })
            Assert.True(summary.RootElement.TryGetProperty(key, out _), key);
        Assert.Equal("done", summary.RootElement.GetProperty("status").GetString());
    }

    [Fact]
    public void The_same_seed_gives_the_same_journal_but_for_its_times()
    {
        using var first = new StandController();
        using var second = new StandController();
        stand.Start(StandRun.Plan(), first);
        string other = stand.Other("second");
        stand.StartIn("second", StandRun.Plan(), second);
        Assert.Equal(Lasting(stand.JournalPath), Lasting(Path.Combine(other, "journal.fcj")));
        using var third = new StandController();
        string changed = stand.Other("third");
        stand.StartIn("third", StandRun.Plan() with { Seed = 2 }, third);
        Assert.NotEqual(Lasting(stand.JournalPath), Lasting(Path.Combine(changed, "journal.fcj")));
    }

    [Theory]
    [InlineData("AcquireOverview", 1, 0)]
    [InlineData("MoveTo", 1, 0)]
    [InlineData("Approach", 1, 0)]
    [InlineData("Sweep", 1, 0)]
    [InlineData("Retract", 1, 1)]
    [InlineData("MoveTo", 9, 8)]
    [InlineData("Approach", 9, 8)]
    [InlineData("Sweep", 9, 8)]
    [InlineData("Retract", 9, 9)]
    public void A_fault_in_any_phase_lifts_the_tip_keeps_every_curve_and_is_journaled(string command, int occurrence, int measured)
    {
        int seen = 0;
        using var controller = new StandController();
        controller.Before = (name, _) =>
        {
            if (name == command && ++seen == occurrence)
                throw new InstrumentException(InstrumentError.TipCrash, name, "It broke. Check the tip.");
        };
        RunRecord record = stand.Start(StandRun.Plan(), controller);
        Assert.Equal(RunStatus.Faulted, record.Summary.Status);
        Assert.Contains(command, record.Summary.Reason, StringComparison.Ordinal);
        Assert.Equal("Retract", controller.Commands[^1]);
        // A curve is in the journal as soon as there is one.
        Assert.Equal(controller.Swept.Count, measured);
        RecordedRun journal = RecordedRun.Read(stand.JournalPath);
        Assert.Equal(measured, journal.Steps.Count);
        Assert.Equal(measured, RunFolder.Open(stand.Folder).Steps.Count);
        Assert.Equal(measured, RunFolder.Open(stand.Folder).Summary.Measured);
        Assert.Single(journal.Faults);
        Assert.Equal(RunStatus.Faulted, journal.Ended!.Status);
        Assert.True(File.Exists(Path.Combine(stand.Folder, "summary.json")));
        Assert.Equal(command is not ("AcquireOverview" or "Retract"), journal.Open is not null);
    }

    [Theory]
    [InlineData("AcquireOverview", 1)]
    [InlineData("MoveTo", 1)]
    [InlineData("Approach", 7)]
    [InlineData("Sweep", 7)]
    [InlineData("Retract", 7)]
    public void A_cancellation_in_any_phase_ends_cancelled_with_the_tip_lifted_and_can_be_resumed(string command, int occurrence)
    {
        using var cancel = new CancellationTokenSource();
        int seen = 0;
        using var controller = new StandController();
        controller.Before = (name, _) =>
        {
            if (name == command && ++seen == occurrence)
                cancel.Cancel();
        };
        RunRecord record = stand.StartCancelled(StandRun.Plan(), controller, cancel.Token);
        Assert.Equal(RunStatus.Cancelled, record.Summary.Status);
        Assert.Equal("Retract", controller.Commands[^1]);
        // What was swept before the cancellation is kept.
        Assert.Equal(controller.Swept.Count, RecordedRun.Read(stand.JournalPath).Steps.Count);
        using var fresh = new StandController();
        RunRecord resumed = stand.Resume(fresh);
        Assert.Equal((RunStatus.Done, 14), (resumed.Summary.Status, resumed.Steps.Count));
    }

    [Fact]
    public void A_fault_while_training_ends_the_run_like_any_other()
    {
        using var controller = new StandController();
        RunRecord record = stand.Start(StandRun.Plan(), controller, StandTraining.With(n => throw new ArithmeticException("singular")));
        Assert.Equal(RunStatus.Faulted, record.Summary.Status);
        Assert.Contains("singular", record.Summary.Reason, StringComparison.Ordinal);
        Assert.Equal("Retract", controller.Commands[^1]);
    }

    [Fact]
    public void A_tip_that_cannot_be_lifted_is_said_beside_the_fault_that_came_first()
    {
        using var controller = new StandController();
        bool broken = false;
        controller.Before = (name, _) =>
        {
            broken |= name == "Sweep";
            if (broken)
                throw new InstrumentException(InstrumentError.LinkLost, name, $"No link in {name}.");
        };
        RunRecord record = stand.Start(StandRun.Plan(), controller);
        Assert.Contains("No link in Sweep", record.Summary.Reason, StringComparison.Ordinal);
        Assert.Contains("could not be retracted", record.Summary.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_empty_is_refused_and_left_as_it_was()
    {
        Directory.CreateDirectory(stand.Folder);
        File.WriteAllText(Path.Combine(stand.Folder, "notes.txt"), "mine");
        using var controller = new StandController();
        Assert.Contains("not empty", Assert.Throws<IOException>(() => stand.Start(StandRun.Plan(), controller)).Message, StringComparison.Ordinal);
        Assert.Equal(["notes.txt"], Directory.GetFiles(stand.Folder).Select(Path.GetFileName));
        Assert.Empty(controller.Commands);
    }

    [Theory]
    [InlineData(float.NaN, "not finite")]
    [InlineData(1e-9f, "constant")]
    public void An_image_without_information_is_refused_and_the_folder_stays_free(float value, string part)
    {
        using var controller = new StandController
        {
            BendImage = image => new ScanImage("Height", "m", image.Frame, [.. image.Values.Select(_ =>
            value)])
        };
        PlanException exception = Assert.Throws<PlanException>(() => stand.Start(StandRun.Plan(), controller));
        Assert.Contains(part, exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(stand.Folder));
        Assert.Equal("Retract", controller.Commands[^1]);
    }

    [Fact]
    public void An_image_smaller_than_a_patch_is_refused()
    {
        using var controller = new StandController(6, 40);
        PlanException exception = Assert.Throws<PlanException>(() => stand.Start(StandRun.Plan(), controller));
        Assert.Equal("patchSize", exception.Key);
        Assert.Contains("6 x 40", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_points_than_a_model_has_room_for_are_refused_and_the_folder_stays_free()
    {
        using var controller = new StandController(380, 380);
        PlanException exception = Assert.Throws<PlanException>(() => stand.Start(StandRun.Plan(ExperimentPlan.LargestBudget), controller));
        Assert.Equal("budget", exception.Key);
        Assert.Contains("stride", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(stand.Folder));
        Assert.Equal("Retract", controller.Commands[^1]);
    }

    [Fact]
    public void Limits_of_the_plan_hold_and_cannot_be_wider_than_the_instrument()
    {
        ExperimentPlan plan = StandRun.Plan() with
        {
            MinimumSeparation = 0,
            Limits = new LimitsPlan
            {
                MinimumXMetres = 300e-9,
                MaximumYMetres = 400e-9
            }
        };
        using var controller = new StandController();
        RunRecord record = stand.Start(plan, controller);
        Assert.All(record.Steps, step => Assert.True(step.Commanded.X.Value >= 300e-9 && step.Commanded.Y.Value <= 400e-9));
        Assert.True(stand.Replay().Identical);
        foreach (LimitsPlan wide in new LimitsPlan[] { new() { MaximumBiasVolts = 3 }, new() { MinimumXMetres = -1 },
            new() { CurrentComplianceAmperes = 1 } })
        {
            PlanException exception = Assert.Throws<PlanException>(() =>
                stand.StartIn("wide", plan with { Limits = wide }, controller));
            Assert.Contains("tighter", exception.Message, StringComparison.Ordinal);
        }
        Assert.Equal("sweep.peakVolts", Assert.Throws<PlanException>(() =>
            stand.StartIn("bias", plan with { Limits = new LimitsPlan { MaximumBiasVolts = 1 } }, controller)).Key);
    }

    [Fact]
    public void A_curve_beyond_the_compliance_of_the_plan_is_kept_and_ends_the_run()
    {
        using var controller = new StandController { Bend = (_, curve) => curve[20] = 2e-9 };
        RunRecord record = stand.Start(StandRun.Plan() with { Limits = new LimitsPlan { CurrentComplianceAmperes = 1e-9 } }, controller);
        Assert.Equal(RunStatus.Faulted, record.Summary.Status);
        Assert.Contains("limits.currentComplianceAmperes", record.Summary.Reason, StringComparison.Ordinal);
        Assert.Equal(2e-9, RecordedRun.Read(stand.JournalPath).Steps.Single().CurrentAmperes[20]);
    }

    [Theory]
    [InlineData(0.0, "Open")]
    [InlineData(20e-9, "Saturated")]
    public void Curves_that_are_all_zero_or_saturated_end_as_rejected_measurements(double value, string flag)
    {
        using var controller = new StandController { Bend = (_, curve) => Array.Fill(curve, value) };
        RunRecord record = stand.Start(StandRun.Plan(), controller, StandTraining.With(_ => Assert.Fail("nothing to learn from")));
        Assert.Equal((RunStatus.Done, 14, 14), (record.Summary.Status, record.Summary.Measured, record.Summary.Rejected));
        Assert.All(record.Steps, step => Assert.Contains(flag, step.Quality.ToString(), StringComparison.Ordinal));
        Assert.All(record.Steps, step => Assert.True(double.IsNaN(step.SpectralNovelty) && step.IsSeed));
        Assert.Null(record.Summary.Diversity);
    }

    [Fact]
    public void Rejected_curves_keep_their_structural_point_and_give_no_spectral_target()
    {
        var trained = new List<int>();
        int sweep = 0;
        using var controller = new StandController { Bend = (_, curve) => { if (sweep++ % 3 == 2) Array.Clear(curve); } };
        RunRecord record = stand.Start(StandRun.Plan(), controller, StandTraining.With(trained.Add));
        Assert.Equal(4, record.Summary.Rejected);
        foreach (ModelRecord model in record.Models)
            Assert.Equal(record.Steps.Take(model.AfterStep + 1).Count(step => step.Accepted), model.TrainedOn);
        Assert.All(record.Steps.Skip(1), step => Assert.True(step.StructuralNovelty > 0));
    }

    [Fact]
    public void Equal_curves_everywhere_are_no_fault()
    {
        using var controller = new StandController
        {
            Bend = (_, curve) =>
            {
                for (int k = 0; k < curve.Length; k++) curve[k] = 1e-10 * Math.Min(k,
            50 - k);
            }
        };
        RunRecord record = stand.Start(StandRun.Plan(), controller);
        Assert.Equal((RunStatus.Done, 14), (record.Summary.Status, record.Summary.Measured));
        Assert.All(record.Steps, step => Assert.Equal(0, step.SpectralNovelty));
        Assert.Equal(0, record.Summary.Diversity);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(6, 1)]
    [InlineData(6, 6)]
    public void Few_points_are_no_fault(int budget, int seeds)
    {
        using var controller = new StandController();
        RunRecord record = stand.Start(StandRun.Plan() with { Budget = budget, SeedPoints = seeds }, controller);
        Assert.Equal((RunStatus.Done, budget), (record.Summary.Status, record.Summary.Measured));
        Assert.True(stand.Replay().Identical);
    }

    [Fact]
    public void A_small_image_is_measured_to_the_last_candidate()
    {
        using var controller = new StandController(10, 10);
        RunRecord record = stand.Start(StandRun.Plan() with { Budget = 60, PatchSize = 4 }, controller);
        Assert.Equal(RunStatus.Done, record.Summary.Status);
        Assert.Equal(49, record.Steps.Select(step => step.Candidate).Distinct().Count());
        Assert.Contains("All candidates", record.Summary.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Time_ends_a_run()
    {
        using var controller = new StandController();
        RunRecord record = stand.Start(StandRun.Plan() with { Stop = new StopPlan { TimeSeconds = 40 } }, controller);
        Assert.Equal(RunStatus.Done, record.Summary.Status);
        // 30 s of scanning, then 1.7 s a step: the seventh step begins before and ends after 40 s.
        Assert.Equal(6, record.Steps.Count);
    }

    [Fact]
    public void A_full_disk_ends_faulted_with_the_tip_lifted_and_the_written_steps_kept()
    {
        using var controller = new StandController();
        ExperimentPlan plan = StandRun.Plan();
        Directory.CreateDirectory(stand.Folder);
        using var stream = new MemoryStream();
        int flushes = 0;
        using var journal = new JournalWriter(stream, () => { if (++flushes == 12) throw new IOException("No space left on device"); });
        RunRecord record = new RunSession(plan, stand.Folder, controller, StandRun.Backend, StandTraining.Factory, null).Execute(journal, null,
            TestContext.Current.CancellationToken);
        Assert.Equal(RunStatus.Faulted, record.Summary.Status);
        Assert.Contains("free space", record.Summary.Reason, StringComparison.Ordinal);
        Assert.Equal("Retract", controller.Commands[^1]);
        // Flushes: opened, sample, then chosen and measured of each step; the twelfth is the measurement of the fifth step.
        File.WriteAllBytes(stand.JournalPath, [.. JournalFormat.Header(plan.ToJson()), .. stream.ToArray()]);
        RecordedRun kept = RecordedRun.Read(stand.JournalPath);
        Assert.Equal((4, 0), (kept.Steps.Count, kept.Journal.DroppedBytes));
        Assert.Equal(4, kept.Open!.Chosen.Step);
    }

    [Fact]
    public void A_position_is_on_the_disk_before_the_tip_moves_and_a_curve_before_the_next_command()
    {
        using var controller = new StandController();
        int moves = 0;
        controller.Before = (name, _) =>
        {
            if (name != "MoveTo")
                return;
            RecordedRun journal = RecordedRun.Read(stand.JournalPath);
            Assert.Equal(moves, journal.Open!.Chosen.Step);
            Assert.Equal(moves++, journal.Steps.Count);
        };
        Assert.Equal(RunStatus.Done, stand.Start(StandRun.Plan(), controller).Summary.Status);
        Assert.Equal(14, moves);
    }

    [Fact]
    public void A_batch_is_measured_in_one_go_and_replays()
    {
        using var controller = new StandController();
        ExperimentPlan plan = StandRun.Plan(16);
        RunRecord record = stand.Start(plan with { Acquisition = plan.Acquisition with { Batch = 4, TravelWeight = 0.1, WearWeight = 0.1 } },
            controller);
        Assert.Equal((RunStatus.Done, 16), (record.Summary.Status, record.Steps.Count));
        RecordedRun journal = RecordedRun.Read(stand.JournalPath);
        Assert.Equal([3, 2, 1, 0, 3, 2, 1, 0, 2, 1, 0], journal.Steps.Skip(5).Select(step => step.Chosen.Waiting.Count));
        ReplayResult replay = stand.Replay();
        Assert.True(replay.Identical, replay.Sentence);
    }

    [Fact]
    public void An_observer_hears_of_every_step_and_model()
    {
        var observer = new Listener();
        using var controller = new StandController();
        RunRecord record = stand.Start(StandRun.Plan(), controller, observer: observer);
        Assert.Equal(record.Steps, observer.Steps);
        Assert.Equal(record.Models, observer.Models);
        Assert.Equal([RunPhase.Preparing, RunPhase.Measuring, RunPhase.Finishing, RunPhase.Ended], observer.Phases);
    }

    [Fact]
    public void An_observer_of_a_resumed_run_hears_of_the_steps_before_as_well()
    {
        using var cancel = new CancellationTokenSource();
        using var controller = new StandController { Before = (_, number) => { if (number == 30) cancel.Cancel(); } };
        RunRecord cut = stand.StartCancelled(StandRun.Plan(), controller, cancel.Token);
        Assert.InRange(cut.Steps.Count, 5, 9);
        var observer = new Listener();
        using var fresh = new StandController();
        RunRecord record = AutonomousRun.Resume(stand.Folder, fresh, StandRun.Backend, StandTraining.Factory, observer,
            TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 14), observer.Steps.Select(step => step.Step));
        Assert.Equal(record.Steps, observer.Steps);
    }

    // Everything but the records of real time.
    private static List<string> Lasting(string path) => [.. JournalReader.Read(path).Entries
        .Where(entry => entry.Kind is not (EntryKind.Timings or EntryKind.ModelTimings))
        .Select(entry => $"{entry.Kind} {entry.Sequence} {System.Text.Encoding.UTF8.GetString(entry.Json)} {Convert.ToHexString(entry.Bulk)}")];

    private sealed class Listener : IRunObserver
    {
        public List<StepRecord> Steps { get; } = [];

        public List<ModelRecord> Models { get; } = [];

        public List<RunPhase> Phases { get; } = [];

        public void StepCompleted(StepRecord step) => Steps.Add(step);

        public void ModelTrained(ModelRecord model) => Models.Add(model);

        public void StatusChanged(RunPhase phase, string text) => Phases.Add(phase);
    }
}
