using FastCore.Autonomy.Decisions;
using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Training;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy;

/// <summary>Computes a run's decisions again from its journal and compares them with what it holds.</summary>
internal static class Replay
{
    public static ReplayResult Run(string folder, ExecutionBackend backend, SurrogateTrainingFactory trainers, IRunObserver? observer,
        CancellationToken cancellationToken)
    {
        RecordedRun recorded = RunFolder.ReadJournal(folder);
        if (recorded.Sample is not { } sample || recorded.Steps.Count == 0)
            return new ReplayResult(true, 0, "identical: the journal holds no decision.");
        observer?.StatusChanged(RunPhase.Repeating, $"Computing {recorded.Steps.Count} decisions again.");
        SafetyLimits limits = LimitsOf(recorded);
        StepRecord[] records = recorded.StepRecords();
        using var run = new RunContext(recorded.Plan, sample, null, limits, null, () => 0, backend, trainers, null, recorded, observer);
        if (run.Candidates.Geometry != sample.Candidates)
            return new ReplayResult(false, 0, $"The candidates differ: {sample.Candidates} was recorded, {run.Candidates.Geometry} was computed.");
        for (int k = 0; k < records.Length; k++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RecordedStep step = recorded.Steps[k];
            foreach (SkippedStatement skipped in step.SkippedBefore)
                run.Decisions.Exclusion.Add(skipped.Candidate);
            int before = run.Models.Count;
            run.TakeOverModels(k, cancellationToken);
            for (int m = before; m < run.Models.Count; m++)
            {
                if (Compare(recorded.Models, run.Models[m]) is { } otherModel)
                    return new ReplayResult(false, k, otherModel);
            }
            Decision decision = run.Decisions.Decide(k);
            if (Compare(step.Chosen, decision) is { } otherDecision)
                return new ReplayResult(false, k, otherDecision);
            UpdatedStatement updated = run.LearnRecorded(step, decision, withPosterior: true);
            if (step.Updated is { } told && !Same(told, updated))
                return new ReplayResult(false, k, $"After step {k} the novelties {told.SpectralNovelty:G17}, {told.StructuralNovelty:G17} were "
                    + $"recorded; {updated.SpectralNovelty:G17}, {updated.StructuralNovelty:G17} were computed.");
            observer?.StepCompleted(records[k]);
        }
        return new ReplayResult(true, records.Length, $"identical: {records.Length} decisions, {run.Models.Count} models.");
    }

    private static string? Compare(List<ModelRecord> recorded, ModelRecord model)
    {
        if (model.Number >= recorded.Count)
            return null;
        ModelRecord told = recorded[model.Number];
        return told.Hash == model.Hash && told.AfterStep == model.AfterStep ? null
            : $"Model {model.Number} differs: {told.Member} with hash {told.Hash} after step {told.AfterStep} was recorded, {model.Member} with "
                + $"hash {model.Hash} after step {model.AfterStep} was computed.";
    }

    private static string? Compare(ChosenStatement told, Decision decision)
    {
        if (told.Candidate != decision.Candidate)
            return $"Step {told.Step} differs: candidate {told.Candidate} was recorded (score {told.Acquisition:G9}), candidate "
                + $"{decision.Candidate} was computed (score {decision.Acquisition:G9}).";
        if (told.Model != decision.Model)
            return $"Step {told.Step} differs: model {told.Model} was recorded, model {decision.Model} was computed.";
        return told.Mean.Equals(decision.Mean) && told.Deviation.Equals(decision.Deviation) && told.Acquisition.Equals(decision.Acquisition) ? null
            : $"Step {told.Step} chose the same candidate with another prediction: {told.Mean:G9} +- {told.Deviation:G9}, score "
                + $"{told.Acquisition:G9} was recorded; {decision.Mean:G9} +- {decision.Deviation:G9}, score {decision.Acquisition:G9} was computed.";
    }

    private static bool Same(UpdatedStatement a, UpdatedStatement b) =>
        a.SpectralNovelty.Equals(b.SpectralNovelty) && a.StructuralNovelty.Equals(b.StructuralNovelty) && a.ObservedTarget.Equals(b.ObservedTarget);

    // The instrument's own box always holds the frame; what the plan took from it is known.
    private static SafetyLimits LimitsOf(RecordedRun recorded)
    {
        SafetyLimits frame = SafetyLimits.ForFrame(recorded.Sample!.Overview.Frame);
        return frame with
        {
            MinimumX = new Metres(recorded.Plan.Limits.MinimumXMetres ?? frame.MinimumX.Value),
            MaximumX = new Metres(recorded.Plan.Limits.MaximumXMetres ?? frame.MaximumX.Value),
            MinimumY = new Metres(recorded.Plan.Limits.MinimumYMetres ?? frame.MinimumY.Value),
            MaximumY = new Metres(recorded.Plan.Limits.MaximumYMetres ?? frame.MaximumY.Value),
        };
    }
}
