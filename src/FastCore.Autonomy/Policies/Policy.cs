using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy.Policies;

/// <summary>
/// What a run is after: which target its surrogates learn and how a candidate scores. A policy holds no state of the run, so that a decision
/// follows from plan and journal alone.
/// </summary>
internal abstract class Policy
{
    /// <summary>Name in plans.</summary>
    public abstract string Name { get; }

    /// <summary>The plan that a user gets who names the policy and nothing else.</summary>
    public virtual ExperimentPlan Defaults => new() { Policy = Name };

    /// <summary>Whether mean and variance of the spectral novelty are all it asks of the spectral surrogate, so that predicted curves can give them.</summary>
    public virtual bool AcceptsPredictedCurves => false;

    /// <summary>What the spectral surrogate learns; null if there is none.</summary>
    public virtual LearnedTarget? SpectralTarget(ExperimentPlan plan) => null;

    /// <summary>What the structural surrogate learns; null if there is none.</summary>
    public virtual LearnedTarget? StructuralTarget(ExperimentPlan plan) => null;

    /// <summary>What a surrogate of a constraint learns; null if there is none.</summary>
    public virtual LearnedTarget? ConstraintTarget(ExperimentPlan plan) => null;

    /// <summary>Whether <see cref="PolicyView.StructuralNovelty"/> is needed.</summary>
    public virtual bool NeedsStructuralNovelty(ExperimentPlan plan) => false;

    /// <summary>
    /// The score of every candidate, dimensionless, higher is better. Candidates that may not be chosen are skipped by the caller, whatever they
    /// score. Allocates nothing, unless the policy says why it must.
    /// </summary>
    public abstract void Score(in PolicyView view, Span<float> acquisition);

    /// <summary>Largest mean + kappa * deviation of the spectral surrogate among the allowed candidates: what the stopping rule watches.</summary>
    public virtual double Promise(in PolicyView view)
    {
        if (view.Spectral is not { } posterior)
            return double.NaN;
        ReadOnlySpan<float> mean = posterior.Mean, variance = posterior.Variance;
        ReadOnlySpan<bool> allowed = view.Allowed;
        float kappa = (float)view.Plan.Acquisition.Kappa, best = float.NegativeInfinity;
        for (int c = 0; c < mean.Length; c++)
        {
            if (allowed[c])
                best = MathF.Max(best, mean[c] + (kappa * MathF.Sqrt(variance[c])));
        }
        return best;
    }
}
