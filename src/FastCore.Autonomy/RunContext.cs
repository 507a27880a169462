using FastCore.Autonomy.Candidates;
using FastCore.Autonomy.Decisions;
using FastCore.Autonomy.Journal;
using FastCore.Autonomy.LatentMap;
using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Policies;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Training;
using FastCore.Compute.Execution;
using FastCore.Learning.CurvePrediction;
using FastCore.Learning.Surrogates;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy;

/// <summary>All parts of a running experiment, from the moment the sample is known; shared by live steps, resumption and replay.</summary>
internal sealed class RunContext : IDisposable
{
    private readonly IGroundTruth? truth;
    private readonly Func<double> clock;
    private readonly List<ModelChannel> channels = [];
    private readonly RecordedRun? recorded;
    private double secondsBefore;

    public RunContext(ExperimentPlan plan, RecordedSample sample, LimitedController? instrument, SafetyLimits limits, IGroundTruth? truth,
        Func<double> clock,
        ExecutionBackend backend, SurrogateTrainingFactory trainers, JournalWriter? journal, RecordedRun? recorded, IRunObserver? observer)
    {
        Plan = plan;
        Instrument = instrument;
        this.truth = truth;
        this.clock = clock;
        this.recorded = recorded;
        Retries = recorded?.Retries.Count ?? 0;
        Journal = journal;
        Observer = observer;
        Waveform = sample.Waveform;
        Candidates = CandidateSet.Create(sample.Overview, plan, sample.Maps, sample.Common);
        // A grid was measured by an amplifier that is not known; what it recorded is taken for what it was.
        Gate = plan.Controller.Kind == ControllerKind.Grid ? new QualityGate(new Amperes(double.PositiveInfinity)) : new QualityGate();
        // Positions that are given up take no row, but a posterior must have room for a batch beyond the budget.
        int capacity = plan.Budget + plan.Acquisition.Batch;
        if (journal is not null && plan.LatentMap.Interval > 0)
            LatentMap = new BackgroundLatentMap(plan.LatentMap, plan.Seed, Candidates.Inputs, Waveform.Count, backend);
        Policy = PolicyRegistry.Get(plan.Policy);
        if ((Policy.SpectralTarget(plan) ?? Policy.StructuralTarget(plan) ?? Policy.ConstraintTarget(plan)) is not null)
            CheckRoom(capacity);
        float[]? codes = plan.Structural.Input == StructuralInput.Codes ? PatchCodes.Of(Candidates.Inputs, plan.Seed, backend) : null;
        Memory = new RunMemory(new SpectralMemory(plan.Spectral, Waveform.Count, capacity), new StructuralMemory(Candidates.Inputs, plan.Structural,
            capacity, codes));
        var options = new SurrogateOptions
        {
            Member = plan.Surrogate.Member,
            ColdEpochs = plan.Surrogate.ColdEpochs,
            WarmEpochs = plan.Surrogate.WarmEpochs,
            Seed = plan.Seed,
        };
        foreach ((string role, LearnedTarget? target) in new[] { ("spectral", Policy.SpectralTarget(plan)), ("structural",
            Policy.StructuralTarget(plan)), ("constraint", Policy.ConstraintTarget(plan)) })
        {
            if (target is null)
                continue;
            (target as QuantityTarget)?.Use(Waveform);
            channels.Add(new ModelChannel(role, target, TrainerFor(target), backend, capacity));
        }

        ISurrogateTraining TrainerFor(LearnedTarget target)
        {
            if (!CurveTrainer.MemberNames.Contains(options.Member))
                return trainers(backend, Candidates.Inputs, options);
            // What is not the novelty of spectra does not follow from predicted curves.
            return target is SpectralNoveltyTarget
                ? new CurveTraining(backend, Candidates.Inputs, new CurveOptions
                {
                    Member = options.Member,
                    Novelty = plan.Spectral.Novelty.Kind(),
                    Neighbours = plan.Spectral.Neighbours,
                })
                : trainers(backend, Candidates.Inputs, options with { Member = "auto" });
        }

        Training = new BackgroundTraining(channels, plan, backend, capacity, clock);
        bool[] inside = Candidates.Inside(limits);
        if (!inside.Contains(true))
            throw new PlanException("limits", "No candidate lies inside the plan's limits; widen limits.minimumXMetres .. limits.maximumYMetres.");
        Decisions = new DecisionMaker(plan, Policy, Candidates, Memory, channels, inside);
    }

    // One arena holds a row over all candidates for every point, the squares of the points, and the candidates' features beside a few rows of results.
    private void CheckRoom(int capacity)
    {
        CandidateInputs inputs = Candidates.Inputs;
        long features = (inputs.PatchSize * inputs.PatchSize) + inputs.DescriptorCount + 64;
        long room = ((int.MaxValue - (2L * capacity * capacity)) / Candidates.Count) - features;
        if (capacity > room)
        {
            throw new PlanException("budget", $"The plan's key 'budget' is {Plan.Budget}, too many for a model over the {Candidates.Count} candidates of "
                + "this image; ask for fewer measurements, or set 'stride' to 2 or more.");
        }
    }

    public ExperimentPlan Plan { get; }

    public Policy Policy { get; }

    /// <summary>Null in a replay.</summary>
    public LimitedController? Instrument { get; }

    /// <summary>Null in a replay.</summary>
    public JournalWriter? Journal { get; }

    public IRunObserver? Observer { get; }

    public BiasWaveform Waveform { get; }

    public CandidateSet Candidates { get; }

    public QualityGate Gate { get; }

    public RunMemory Memory { get; }

    public BackgroundTraining Training { get; }

    public DecisionMaker Decisions { get; }

    /// <summary>The latent map that is trained beside the run; null in a replay, and where none is asked for.</summary>
    public BackgroundLatentMap? LatentMap { get; }

    public IReadOnlyList<ModelChannel> Channels => channels;

    public List<ModelRecord> Models { get; } = [];

    public StoppingRule Stopping => field ??= new StoppingRule(Plan);

    /// <summary>Instrument's clock since the start of the run.</summary>
    public double InstrumentSeconds => secondsBefore + clock();

    /// <summary>Time that an earlier session took, where the instrument's clock does not know it.</summary>
    public void AddSecondsBefore(double seconds) => secondsBefore += seconds;

    public int TrueClassOf(int candidate) => truth?.ClassAt(Candidates.Geometry.PixelOf(candidate)) ?? -1;

    /// <summary>Brings the model into use that this step decides with; returns the time that the tip waited for it.</summary>
    public double TakeOverModels(int step, CancellationToken cancellationToken)
    {
        // Repeated steps of a when-ready run follow the journal; all others follow the rule.
        bool wait = Plan.Handover == ModelHandover.NextStep || (recorded is not null && step < recorded.Steps.Count
            && ModelOf(recorded.Steps[step]) > InUse);
        if (Plan.Handover == ModelHandover.WhenReady && recorded is not null && step < recorded.Steps.Count && !wait)
            return 0;
        IReadOnlyList<ModelRecord> fresh = Training.TakeOver(wait, cancellationToken, out double waited);
        foreach (ModelRecord model in fresh)
        {
            Models.Add(model);
            // The journal of a resumed run holds the models of the repeated steps already.
            if (Journal is not null && (recorded is null || model.Number >= recorded.Models.Count))
            {
                Journal.Append(EntryKind.Model, model with { TrainingMilliseconds = 0 });
                Journal.Append(EntryKind.ModelTimings, new ModelTimingsStatement(model.Number, model.TrainingMilliseconds));
            }
            Observer?.ModelTrained(model);
        }
        return waited;
    }

    public void JournalChosen(int step, Decision decision, StagePosition target)
    {
        PixelIndex pixel = Candidates.Geometry.PixelOf(decision.Candidate);
        // On the disk before the tip moves: from here on the sample may have been touched there.
        Journal!.Append(EntryKind.Chosen, new ChosenStatement(step, decision.Candidate, pixel.Row, pixel.Column, target.X.Value, target.Y.Value,
            decision.IsSeed, decision.Mean, decision.Deviation, decision.Acquisition, decision.Model, decision.Promise, decision.Waiting),
                durable: true);
    }

    /// <summary>Number of retries so far, those of earlier sessions included.</summary>
    public int Retries { get; private set; }

    public void JournalRetry(RetriedStatement retry)
    {
        Retries++;
        // On the disk before the command is sent again: the sample may be touched once more.
        Journal!.Append(EntryKind.Retried, retry, durable: true);
        Observer?.StatusChanged(RunPhase.Measuring, $"Step {retry.Step}, retry {retry.Attempt}: {retry.Reason}");
    }

    /// <summary>Takes a measured point into memory, targets and posteriors.</summary>
    public UpdatedStatement Learn(int step, Decision decision, MeasuredPoint point)
    {
        double spectral = point.Accepted ? Memory.Spectra.NoveltyOf(point.CurrentAmperes) : double.NaN;
        double structural = Memory.Structure.OverCandidates[point.Candidate], observed = double.NaN;
        ModelChannel? first = channels.Count > 0 ? channels[0] : null;
        Span<bool> taken = stackalloc bool[channels.Count];
        for (int i = 0; i < channels.Count; i++)
        {
            if (channels[i] == first && channels[i].Role == "spectral" && point.Accepted)
                observed = channels[i].ObservedTarget(Memory, point);
            taken[i] = channels[i].Target.Takes(Memory, point);
        }
        Memory.Add(point);
        if (point.Accepted)
            LatentMap?.Add(point.Candidate, point.CurrentAmperes);
        for (int i = 0; i < channels.Count; i++)
        {
            if (taken[i])
                channels[i].Join(Memory, point.Candidate);
        }
        Decisions.Visited(decision);
        Stopping.Note(decision.Promise);
        Training.Note(step + 1, Math.Abs(observed - decision.Mean) / decision.Deviation);
        return new UpdatedStatement(step, spectral, structural, observed);
    }

    /// <summary>Takes a step from a journal as it was decided and measured.</summary>
    public UpdatedStatement Repeat(RecordedStep step, bool withPosterior, CancellationToken cancellationToken)
    {
        foreach (SkippedStatement skipped in step.SkippedBefore)
            Decisions.Exclusion.Add(skipped.Candidate);
        TakeOverModels(step.Chosen.Step, cancellationToken);
        return LearnRecorded(step, DecisionOf(step.Chosen), withPosterior);
    }

    /// <summary>Takes the measurement of a recorded step for a decision.</summary>
    public UpdatedStatement LearnRecorded(RecordedStep step, Decision decision, bool withPosterior)
    {
        StartRecordedTraining(step.Chosen.Step, withPosterior);
        var cleaned = new double[step.CurrentAmperes.Length];
        IvAssessment assessment = Gate.Assess(Waveform, step.CurrentAmperes, cleaned);
        return Learn(step.Chosen.Step, decision, new MeasuredPoint(decision.Candidate, step.CurrentAmperes, cleaned, assessment.NoiseAmperes,
            assessment.IsGood));
    }

    // Starts the training that ran beside a repeated step.
    private void StartRecordedTraining(int step, bool withPosterior)
    {
        bool follow = Plan.Handover == ModelHandover.NextStep || recorded!.Models.Any(model => model.AfterStep == step - 1)
            || (recorded.Models.Count == 0 ? step >= recorded.Steps.Count - 1 : step - 1 > recorded.Models[^1].AfterStep
                && step == recorded.Steps.Count - 1);
        if (follow)
            Training.Start(step, withPosterior);
    }

    public static Decision DecisionOf(ChosenStatement chosen) =>
        new(chosen.Candidate, chosen.IsSeed, chosen.Mean, chosen.Deviation, chosen.Acquisition, chosen.Model, chosen.Promise, chosen.Waiting);

    public void Dispose()
    {
        Training.Dispose();
        LatentMap?.Dispose();
    }

    private int InUse => channels.Count == 0 ? -1 : channels[0].Number;

    // A seed says nothing of the model that was in use when it was chosen.
    private static int ModelOf(RecordedStep step) => step.Chosen.Model;
}
