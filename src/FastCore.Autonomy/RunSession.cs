using System.Globalization;
using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Results;
using FastCore.Autonomy.Training;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy;

/// <summary>
/// One session at the instrument: a run from its start, or from where a journal ends. The one catch of a run is here: whatever goes wrong, the
/// tip is lifted, the fault is journaled, and the results so far are written.
/// </summary>
internal sealed class RunSession(ExperimentPlan plan, string folder, ICafmController controller, ExecutionBackend backend,
    SurrogateTrainingFactory trainers,
    IRunObserver? observer)
{
    private readonly List<StepRecord> steps = [];
    private readonly long startTimestamp = controller.Clock.GetTimestamp();
    private RecordedSample? sample;
    private RunContext? run;
    private bool measuring;
    private Exception? storageFault;

    /// <summary>Runs to the end and writes the results; exceptions are those of <see cref="AutonomousRun"/>.</summary>
    public RunRecord Execute(JournalWriter journal, RecordedRun? recorded, CancellationToken cancellationToken)
    {
        RunStatus status;
        string reason;
        try
        {
            Prepare(journal, recorded, cancellationToken);
            ChosenStatement? open = recorded is null ? null : Repeat(journal, recorded, cancellationToken);
            reason = Measure(open, cancellationToken);
            status = RunStatus.Done;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            string lifted = Retract();
            if (!measuring && exception is PlanException or InvalidDataException)
            {
                run?.Dispose();
                throw;
            }
            storageFault = exception is IOException or UnauthorizedAccessException ? exception : null;
            bool cancelled = exception is OperationCanceledException && cancellationToken.IsCancellationRequested;
            status = cancelled ? RunStatus.Cancelled : RunStatus.Faulted;
            reason = (cancelled ? $"Cancelled after {steps.Count} measurements." : Describe(exception)) + lifted;
            if (!cancelled)
                journal.TryAppend(EntryKind.Fault, new FaultStatement(steps.Count,
                    (exception as InstrumentException)?.Operation ?? exception.GetType().Name, reason));
        }
        Retract();
        journal.TryAppend(EntryKind.Ended, new EndedStatement(status, reason));
        using (run)
            return Finish(status, reason);
    }

    private void Prepare(JournalWriter journal, RecordedRun? recorded, CancellationToken cancellationToken)
    {
        observer?.StatusChanged(RunPhase.Preparing, "Scanning the overview image.");
        var instrument = new LimitedController(controller, plan.Limits);
        IGroundTruth? truth = (controller as IKnowsGroundTruth)?.Truth;
        if (recorded is null)
            journal.Append(EntryKind.Opened, new OpenedStatement(plan.ToJson(), controller.Identity, backend.Description), durable: true);
        if (recorded?.Sample is { } known)
        {
            CheckSample(known, cancellationToken);
            sample = known;
            run = NewContext(instrument, truth, journal, recorded);
            return;
        }
        BiasWaveform waveform = controller.FixedWaveform
            ?? BiasWaveform.Triangle(new Volts(plan.Sweep.PeakVolts), plan.Sweep.Samples, new Seconds(plan.Sweep.DurationSeconds));
        if (Math.Abs(waveform.Peak.Value) > instrument.Limits.MaximumBias.Value)
        {
            throw new PlanException("sweep.peakVolts",
                $"The plan's sweep reaches {waveform.Peak}; the limit is {instrument.Limits.MaximumBias}. Lower sweep.peakVolts, or raise "
                    + "limits.maximumBiasVolts.");
        }
        MeasuredChannel? image = OverviewFile.Read(plan.Overview);
        MeasuredChannel[] furtherImages = OverviewMaps.Read(plan.Overview);
        ScanImage overview = controller.AcquireOverview(cancellationToken);
        if (image is not null)
            overview = OverviewFile.Fit(image, overview.Frame, plan.Overview.File!);
        (IReadOnlyList<ScanImage> maps, PixelRectangle common) = OverviewMaps.Lay(overview, furtherImages, plan.Overview);
        // The candidates are made from the sample, and the sample states where they lie: once made, both are written.
        var unplaced = new RecordedSample(overview, waveform, new CandidateGeometry(0, 0, 1, 1, 1, 2), truth?.ClassNames ?? [])
        {
            Maps = maps,
            Common = common,
        };
        sample = unplaced;
        run = NewContext(instrument, truth, journal, recorded);
        sample = unplaced with { Candidates = run.Candidates.Geometry };
        (SampleStatement statement, byte[] bulk) = RecordedSample.Write(sample);
        journal.Append(EntryKind.Sample, statement, bulk, durable: true);
    }

    private RunContext NewContext(LimitedController instrument, IGroundTruth? truth, JournalWriter journal, RecordedRun? recorded) => new(
        plan, sample!, instrument, instrument.Limits, truth, () => controller.Clock.GetElapsedTime(startTimestamp).TotalSeconds, backend, trainers,
        journal, recorded, observer);

    // A virtual instrument is a fresh one: the same commands bring it into the state that it had. A real sample has changed by them already.
    private bool Repeatable => !ReferenceEquals(controller.Clock, TimeProvider.System);

    private void CheckSample(RecordedSample known, CancellationToken cancellationToken)
    {
        if (controller.FixedWaveform is { } waveform && !waveform.BiasVolts.SequenceEqual(known.Waveform.BiasVolts))
            throw new InvalidDataException($"{folder}: the instrument measures another sweep than the journal holds; open the instrument that the "
                + "run began with.");
        if (!Repeatable)
            return;
        ScanImage shown = controller.AcquireOverview(cancellationToken);
        // An overview from a file is in the journal, what the controller showed beside it is not.
        if (plan.Overview.File is null ? !shown.Values.AsSpan().SequenceEqual(known.Overview.Values) : shown.Frame != known.Overview.Frame)
            throw new InvalidDataException($"{folder}: the instrument shows another sample than the journal; open the one that the run began with.");
    }

    // Takes the journal's steps into memory, targets and models. Returns the position that is to be measured first, if the journal left one open.
    private ChosenStatement? Repeat(JournalWriter journal, RecordedRun recorded, CancellationToken cancellationToken)
    {
        RecordedStep? open = recorded.Open;
        journal.Append(EntryKind.Resumed, new ResumedStatement(recorded.Steps.Count, recorded.Journal.DroppedBytes, open?.Chosen.Candidate ?? -1),
            durable: true);
        observer?.StatusChanged(RunPhase.Repeating, $"Taking {recorded.Steps.Count} measurements from the journal. "
            + $"{recorded.Journal.Remark}".TrimEnd());
        StepRecord[] records = recorded.StepRecords();
        for (int k = 0; k < records.Length; k++)
        {
            RecordedStep step = recorded.Steps[k];
            if (Repeatable)
                RepeatCommands(step, records[k], cancellationToken);
            UpdatedStatement updated = run!.Repeat(step, withPosterior: k + 1 >= records.Length, cancellationToken);
            if (step.Updated is null)
            {
                journal.Append(EntryKind.Updated, updated);
                records[k] = records[k] with
                {
                    SpectralNovelty = updated.SpectralNovelty,
                    StructuralNovelty = updated.StructuralNovelty,
                    ObservedTarget = updated.ObservedTarget,
                };
            }
            steps.Add(records[k]);
            observer?.StepCompleted(records[k]);
        }
        if (!Repeatable && steps.Count > 0)
            run!.AddSecondsBefore(steps[^1].InstrumentSeconds);
        foreach (SkippedStatement skipped in recorded.SkippedAtEnd.Concat(open?.SkippedBefore ?? []))
            run!.Decisions.Exclusion.Add(skipped.Candidate);
        if (open is null || Repeatable)
            return open?.Chosen;
        string reason = $"Step {open.Chosen.Step} was chosen at row {open.Chosen.Row}, column {open.Chosen.Column} and not measured; the sample may "
            + "have been touched there, so the place is left out.";
        journal.Append(EntryKind.Skipped, new SkippedStatement(open.Chosen.Step, open.Chosen.Candidate, reason), durable: true);
        observer?.StatusChanged(RunPhase.Repeating, reason);
        run!.Decisions.Exclusion.Add(open.Chosen.Candidate);
        return null;
    }

    private void RepeatCommands(RecordedStep step, StepRecord record, CancellationToken cancellationToken)
    {
        var again = new double[record.CurrentAmperes.Length];
        // An instrument that repeats its curves repeats its faults as well.
        new Visit(run!.Instrument!, plan.Retry, null).Measure(step.Chosen.Step, record.Commanded, run.Waveform, again, cancellationToken);
        run.Instrument!.Retract();
        if (!again.AsSpan().SequenceEqual(record.CurrentAmperes))
        {
            throw new InvalidDataException($"{folder}: the instrument gives another curve than the journal holds for step {step.Chosen.Step}; "
                + "open the instrument that the run began with.");
        }
    }

    private string Measure(ChosenStatement? open, CancellationToken cancellationToken)
    {
        measuring = true;
        observer?.StatusChanged(RunPhase.Measuring, $"Measuring with policy {plan.Policy} on {controller.Identity}.");
        var step = new AutonomousStep(run!);
        while (true)
        {
            if (open is null && run!.Stopping.Reason(steps.Count, run.InstrumentSeconds, run.Decisions.Exclusion.AllowedCount) is { } reason)
                return reason;
            StepRecord record = step.Take(steps.Count, open, cancellationToken);
            open = null;
            steps.Add(record);
            observer?.StepCompleted(record);
            run!.Instrument!.CheckCurrent(record.CurrentAmperes);
        }
    }

    private RunRecord Finish(RunStatus status, string reason)
    {
        observer?.StatusChanged(RunPhase.Finishing, "Writing the results.");
        IGroundTruth? truth = (controller as IKnowsGroundTruth)?.Truth;
        IReadOnlyList<CandidateMap> maps = [];
        run?.LatentMap?.Finish();
        LatentMapProgress? latentMap = run?.LatentMap is { } trained ? new LatentMapProgress(trained.Trainings, trained.Problem) : null;
        RunSummary Summary(double? coverage) => RunMetrics.Summarise(plan, status, reason, controller.Identity, backend.Description, steps,
            run?.Models ?? [],
            sample?.ClassNames ?? [], coverage, steps.Count == 0 ? 0 : steps[^1].InstrumentSeconds, run?.Retries ?? 0) with
        {
            LatentMap = latentMap,
        };
        RunSummary summary;
        try
        {
            summary = Summary(sample is null || run is null ? null : Coverage.Of(truth, run.Candidates.Geometry, steps, sample.Waveform.Count));
            maps = run is null ? [] : MapsFile.Of(run, steps.Count);
            if (run is not null)
                WriteNovelty(run);
            if (run?.LatentMap?.Model is { } latest)
            {
                string map = Directory.CreateDirectory(Path.Combine(folder, RunFolder.LatentMapFolder)).FullName;
                latest.Save(Path.Combine(map, LatentMap.LatentMapFolder.ModelFile));
            }
            MapsFile.Write(Path.Combine(folder, RunFolder.MapsFile), maps);
            ResultJson.Write(Path.Combine(folder, RunFolder.SummaryFile), summary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            storageFault ??= exception;
            status = RunStatus.Faulted;
            reason = $"{reason} The results could not be written ({exception.Message.TrimEnd('.')}); the journal holds all measurements: free "
                + "space, then resume the run.";
            summary = Summary(null);
        }
        observer?.StatusChanged(RunPhase.Ended, summary.Reason);
        return new RunRecord
        {
            Plan = plan,
            Folder = folder,
            Overview = sample?.Overview,
            OverviewMaps = sample?.Maps ?? [],
            Common = sample?.Common ?? default,
            Waveform = sample?.Waveform,
            Candidates = run?.Candidates.Geometry,
            ClassNames = sample?.ClassNames ?? [],
            Steps = steps,
            Models = run?.Models ?? [],
            Maps = maps,
            StorageFault = storageFault,
            Summary = summary,
        };
    }

    private void WriteNovelty(RunContext context)
    {
        int patch = context.Candidates.Geometry.PatchSize * context.Candidates.Geometry.PatchSize;
        var patches = new double[steps.Count * patch];
        var one = new float[patch];
        for (int k = 0; k < steps.Count; k++)
        {
            context.Memory.Structure.Gather(steps[k].Candidate, one);
            for (int p = 0; p < patch; p++)
                patches[(k * patch) + p] = one[p];
        }
        new IvNoveltyFile([.. steps.SelectMany(step => step.CurrentAmperes)], context.Waveform.Count, patches, patch, [.. steps.Select(step =>
            step.Candidate)],
            [.. steps.Select(step => step.StructuralNovelty)], [.. steps.Select(step => step.SpectralNovelty)],
            steps.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"step-{steps.Count - 1:0000}")).Write(Path.Combine(folder,
                RunFolder.NoveltyFile));
    }

    // Lifting the tip must not hide what came before it.
    private string Retract()
    {
        try
        {
            controller.Retract();
            return "";
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return $" The tip could not be retracted ({exception.Message.TrimEnd('.')}): lift it by hand.";
        }
    }

    private static string Describe(Exception exception) => exception switch
    {
        InstrumentException fault => $"The instrument failed in {fault.Operation}: {fault.Message}",
        IOException or UnauthorizedAccessException or PlanException or InvalidDataException => exception.Message,
        _ => $"Unexpected {exception.GetType().Name}: {exception.Message}",
    };
}
