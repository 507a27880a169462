using System.Runtime.InteropServices;
using FastCore.Autonomy.Decisions;
using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy;

/// <summary>One step of the experiment, from the posterior to the journal's last word on it (DESIGN 5).</summary>
internal sealed class AutonomousStep(RunContext run)
{
    /// <summary>Takes step <paramref name="step"/>: decides, moves, sweeps, learns. At least one candidate is allowed.</summary>
    /// <param name="step">Number of the step.</param>
    /// <param name="open">The position that a journal left open for this step; null to decide.</param>
    /// <param name="cancellationToken">Ends the step before the next command.</param>
    public StepRecord Take(int step, ChosenStatement? open, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        double waited = run.TakeOverModels(step, cancellationToken);
        long asked = TimeProvider.System.GetTimestamp();
        Decision decision = open is null ? run.Decisions.Decide(step) : RunContext.DecisionOf(open);
        StagePosition target = run.Candidates.PositionOf(decision.Candidate);
        if (open is null)
            run.JournalChosen(step, decision, target);
        double decisionMilliseconds = TimeProvider.System.GetElapsedTime(asked).TotalMilliseconds;
        double deadMilliseconds = waited + decisionMilliseconds;

        run.Training.Start(step);
        var current = new double[run.Waveform.Count];
        StagePosition readBack = new Visit(run.Instrument!, run.Plan.Retry, run.JournalRetry).Measure(step, target, run.Waveform, current,
            cancellationToken);

        long measuredAt = TimeProvider.System.GetTimestamp();
        var cleaned = new double[current.Length];
        IvAssessment assessment = run.Gate.Assess(run.Waveform, current, cleaned);
        var measured = new MeasuredStatement(step, readBack.X.Value, readBack.Y.Value, assessment.Quality, assessment.NoiseAmperes,
            run.TrueClassOf(decision.Candidate), run.InstrumentSeconds);
        // Before the next command: a tip that cannot be lifted must not cost the curve.
        run.Journal!.Append(EntryKind.Measured, measured, MemoryMarshal.AsBytes(current.AsSpan()), durable: true);
        run.Instrument!.Retract();

        UpdatedStatement updated = run.Learn(step, decision, new MeasuredPoint(decision.Candidate, current, cleaned, assessment.NoiseAmperes,
            assessment.IsGood));
        run.Journal.Append(EntryKind.Updated, updated);
        deadMilliseconds += TimeProvider.System.GetElapsedTime(measuredAt).TotalMilliseconds;
        run.Journal.Append(EntryKind.Timings, new TimingsStatement(step, decisionMilliseconds, deadMilliseconds));
        return new StepRecord
        {
            Step = step,
            Candidate = decision.Candidate,
            Pixel = run.Candidates.Geometry.PixelOf(decision.Candidate),
            Commanded = target,
            ReadBack = readBack,
            IsSeed = decision.IsSeed,
            CurrentAmperes = current,
            Quality = assessment.Quality,
            SpectralNovelty = updated.SpectralNovelty,
            StructuralNovelty = updated.StructuralNovelty,
            PredictedMean = decision.Mean,
            PredictedDeviation = decision.Deviation,
            ObservedTarget = updated.ObservedTarget,
            Acquisition = decision.Acquisition,
            Model = decision.Model,
            TrueClass = measured.TrueClass,
            DecisionMilliseconds = decisionMilliseconds,
            DeadTimeMilliseconds = deadMilliseconds,
            InstrumentSeconds = measured.InstrumentSeconds,
        };
    }
}
