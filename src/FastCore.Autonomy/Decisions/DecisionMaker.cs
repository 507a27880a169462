using FastCore.Autonomy.Candidates;
using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Policies;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Training;
using FastCore.Learning.Surrogates;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy.Decisions;

/// <summary>Chooses the next place: seeds first, then the policy's best allowed candidate, singly or in batches.</summary>
internal sealed class DecisionMaker
{
    private static readonly MotionModel Motion = new();
    private readonly ExperimentPlan plan;
    private readonly Policy policy;
    private readonly CandidateSet candidates;
    private readonly RunMemory memory;
    private readonly ModelChannel? spectral;
    private readonly ModelChannel? structural;
    private readonly ModelChannel? constraint;
    private readonly SeedPoints seeds;
    private readonly List<int> measured = [];
    private readonly float[] acquisition;
    private readonly float[] travel;
    private readonly float[] sorted;
    private StagePosition tip;
    private double travelled;
    private IReadOnlyList<BatchPoint> waiting = [];

    public DecisionMaker(ExperimentPlan plan, Policy policy, CandidateSet candidates, RunMemory memory, IReadOnlyList<ModelChannel> channels,
        bool[] inside)
    {
        this.plan = plan;
        this.policy = policy;
        this.candidates = candidates;
        this.memory = memory;
        spectral = channels.FirstOrDefault(channel => channel.Role == "spectral");
        structural = channels.FirstOrDefault(channel => channel.Role == "structural");
        constraint = channels.FirstOrDefault(channel => channel.Role == "constraint");
        seeds = new SeedPoints(plan, candidates);
        Exclusion = new Exclusion(candidates.Geometry, inside, plan.MinimumSeparation);
        acquisition = new float[candidates.Count];
        bool costs = plan.Acquisition.TravelWeight > 0;
        travel = costs ? new float[candidates.Count] : [];
        sorted = costs ? new float[candidates.Count] : [];
        tip = candidates.Frame.ToStage(new PixelIndex(candidates.Frame.Rows / 2, candidates.Frame.Columns / 2));
    }

    /// <summary>What may be chosen.</summary>
    public Exclusion Exclusion { get; }

    /// <summary>Scores of all candidates at the last decision that a policy made.</summary>
    public ReadOnlySpan<float> Acquisition => acquisition;

    /// <summary>Whether a policy can decide: every model that it needs is there.</summary>
    public bool ModelsReady => spectral is not { Surrogate: null } && structural is not { Surrogate: null } && constraint is not { Surrogate: null };

    /// <summary>Chooses the place of a step. At least one candidate is allowed.</summary>
    public Decision Decide(int step)
    {
        if (step < plan.SeedPoints || !ModelsReady)
            return new Decision(seeds.Choose(step, Exclusion, measured), true, double.NaN, double.NaN, double.NaN, -1, double.NaN, []);
        if (TakeWaiting() is { } next)
            return next;
        spectral?.EnsurePosterior();
        structural?.EnsurePosterior();
        constraint?.EnsurePosterior();
        if (plan.Acquisition.Batch > 1)
            return DecideBatch(step);
        PolicyView view = View(step, spectral?.Posterior, structural?.Posterior, constraint?.Posterior, Exclusion);
        BatchPoint best = Best(view, tip, travelled);
        return new Decision(best.Candidate, false, best.Mean, best.Deviation, best.Acquisition, spectral?.Number ?? structural?.Number ?? -1,
            policy.Promise(view), []);
    }

    /// <summary>Takes note of where the tip went, whether decided here or read from a journal.</summary>
    public void Visited(Decision decision)
    {
        StagePosition place = candidates.PositionOf(decision.Candidate);
        travelled += tip.DistanceTo(place).Value;
        tip = place;
        measured.Add(decision.Candidate);
        Exclusion.Add(decision.Candidate);
        waiting = decision.Waiting;
    }

    /// <summary>Scores all candidates as they stand, for the final map; excluded ones are NaN. Empty where no policy can decide.</summary>
    public float[] FinalAcquisition(int step)
    {
        if (!ModelsReady || Exclusion.AllowedCount == 0 || measured.Count == 0)
            return [];
        PolicyView view = View(step, spectral?.Posterior, structural?.Posterior, constraint?.Posterior, Exclusion);
        Best(view, tip, travelled);
        var map = new float[acquisition.Length];
        for (int c = 0; c < map.Length; c++)
            map[c] = Exclusion.Allowed[c] ? acquisition[c] : float.NaN;
        return map;
    }

    private Decision? TakeWaiting()
    {
        for (int i = 0; i < waiting.Count; i++)
        {
            BatchPoint point = waiting[i];
            if (Exclusion.Allowed[point.Candidate])
            {
                return new Decision(point.Candidate, false, point.Mean, point.Deviation, point.Acquisition,
                    spectral?.Number ?? structural?.Number ?? -1, double.NaN,
                    [.. waiting.Skip(i + 1)]);
            }
        }
        return null;
    }

    // Greedy with the kriging believer (Ginsbourger et al. 2010): a chosen point joins an imagined posterior with its own prediction as its target.
    private Decision DecideBatch(int step)
    {
        int size = Math.Min(plan.Acquisition.Batch, plan.Budget - step);
        using CandidatePosterior? imagined = spectral?.FreshPosterior();
        using CandidatePosterior? imaginedStructure = structural?.FreshPosterior();
        using CandidatePosterior? imaginedConstraint = constraint?.FreshPosterior();
        double[] targets = [.. spectral is null ? [] : spectral.Targets.ToArray(), .. new double[size]];
        double[] structureTargets = [.. structural is null ? [] : structural.Targets.ToArray(), .. new double[size]];
        double[] constraintTargets = [.. constraint is null ? [] : constraint.Targets.ToArray(), .. new double[size]];
        var exclusion = new Exclusion(candidates.Geometry, Exclusion.Allowed.ToArray(), plan.MinimumSeparation);
        var chosen = new List<BatchPoint>();
        double promise = double.NaN;
        while (chosen.Count < size && exclusion.AllowedCount > 0)
        {
            PolicyView view = View(step + chosen.Count, imagined, imaginedStructure, imaginedConstraint, exclusion);
            if (chosen.Count == 0)
                promise = policy.Promise(view);
            BatchPoint best = Best(view, tip, travelled);
            chosen.Add(best);
            exclusion.Add(best.Candidate);
            Believe(imagined, targets, best.Candidate);
            Believe(imaginedStructure, structureTargets, best.Candidate);
            Believe(imaginedConstraint, constraintTargets, best.Candidate);
        }
        int[] order = VisitingOrder.Of(tip, [.. chosen.Select(point => candidates.PositionOf(point.Candidate))]);
        BatchPoint first = chosen[order[0]];
        return new Decision(first.Candidate, false, first.Mean, first.Deviation, first.Acquisition, spectral?.Number ?? structural?.Number ?? -1,
            promise,
            [.. order.Skip(1).Select(i => chosen[i])]);
    }

    private static void Believe(CandidatePosterior? posterior, double[] targets, int candidate)
    {
        if (posterior is null)
            return;
        targets[posterior.PointCount] = posterior.Mean[candidate];
        posterior.Append(candidate, targets.AsSpan(0, posterior.PointCount + 1));
    }

    private PolicyView View(int step, CandidatePosterior? spectralPosterior, CandidatePosterior? structuralPosterior,
        CandidatePosterior? constraintPosterior, Exclusion exclusion) => new()
        {
            Plan = plan,
            Step = step,
            Geometry = candidates.Geometry,
            Allowed = exclusion.Allowed,
            AllowedCount = exclusion.AllowedCount,
            Spectral = spectralPosterior,
            Structural = structuralPosterior,
            Constraint = constraintPosterior,
            ConstraintBounds = constraint is null ? default : (constraint.Standardised(plan.Acquisition.Constraint!.Minimum ?? double.NegativeInfinity),
            constraint.Standardised(plan.Acquisition.Constraint.Maximum ?? double.PositiveInfinity)),
            StructuralNovelty = memory.Structure.OverCandidates,
            BestTarget = spectral?.BestTarget ?? double.NaN,
        };

    private BatchPoint Best(in PolicyView view, StagePosition from, double path)
    {
        policy.Score(view, acquisition);
        SubtractCosts(from, path);
        int best = -1;
        for (int c = 0; c < acquisition.Length; c++)
        {
            // Ties go to the lowest index; NaN compares as false and is never chosen.
            if (view.Allowed[c] && (best < 0 ? !float.IsNaN(acquisition[c]) : acquisition[c] > acquisition[best]))
                best = c;
        }
        if (best < 0)
            throw new ArithmeticException($"The policy '{policy.Name}' scored no candidate with a number; train another surrogate member, or report "
                + "this plan.");
        CandidatePosterior? posterior = view.Spectral ?? view.Structural;
        double mean = posterior is null ? double.NaN : posterior.Mean[best];
        double deviation = posterior is null ? double.NaN : Math.Sqrt(posterior.Variance[best] + posterior.NoiseVariance);
        return new BatchPoint(best, mean, deviation, acquisition[best]);
    }

    // lambda_t T / T_ref with T_ref the median of T, and lambda_w (path so far + path to there) / allowed path (SPEC 1.6).
    private void SubtractCosts(StagePosition from, double path)
    {
        AcquisitionPlan settings = plan.Acquisition;
        if (settings.TravelWeight > 0)
        {
            for (int c = 0; c < travel.Length; c++)
                travel[c] = (float)Motion.VisitTime(from, candidates.PositionOf(c), new Seconds(plan.Sweep.DurationSeconds)).Value;
            travel.CopyTo(sorted, 0);
            sorted.AsSpan().Sort();
            float scale = (float)settings.TravelWeight / sorted[sorted.Length / 2];
            for (int c = 0; c < travel.Length; c++)
                acquisition[c] -= scale * travel[c];
        }
        if (settings.WearWeight > 0)
        {
            double scale = settings.WearWeight / plan.Limits.TipTravelMetres;
            for (int c = 0; c < acquisition.Length; c++)
                acquisition[c] -= (float)(scale * (path + from.DistanceTo(candidates.PositionOf(c)).Value));
        }
    }
}
