using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;
using FastCore.Learning.Acquisition;
using FastCore.Learning.Surrogates;
using Improvement = FastCore.Learning.Acquisition.ExpectedImprovement;

namespace FastCore.Autonomy.Policies;

/// <summary>
/// Looks for the largest value of a named I-V quantity (SPEC 2.6): a = EI over the best value so far and a margin, or what acquisition.improvement
/// names: ln EI (orders candidates whose EI is below the smallest float), the probability of improvement, or mean + kappa * deviation. Where
/// acquisition.constraint names a second quantity, a surrogate of its own predicts it and a is multiplied by the probability that it keeps its
/// bounds (its logarithm is added to ln EI).
/// </summary>
internal sealed class ExpectedImprovement : Policy
{
    public override string Name => "expected-improvement";

    public override LearnedTarget? SpectralTarget(ExperimentPlan plan) => new QuantityTarget(plan.Acquisition.Target);

    public override LearnedTarget? ConstraintTarget(ExperimentPlan plan) =>
        plan.Acquisition.Constraint is { } constraint ? new QuantityTarget(constraint.Quantity) : null;

    public override void Score(in PolicyView view, Span<float> acquisition)
    {
        AcquisitionPlan settings = view.Plan.Acquisition;
        ReadOnlySpan<float> mean = view.Spectral!.Mean;
        CandidateScores.Deviations(view.Spectral.Variance, acquisition);
        switch (settings.Improvement)
        {
            case ImprovementScore.LogEi:
                LogExpectedImprovement.Score(mean, acquisition, view.BestTarget, settings.ImprovementMargin, acquisition);
                break;
            case ImprovementScore.Probability:
                ProbabilityOfImprovement.Score(mean, acquisition, view.BestTarget, settings.ImprovementMargin, acquisition);
                break;
            case ImprovementScore.Ucb:
                UpperConfidenceBound.Score(mean, acquisition, (float)settings.Kappa, acquisition);
                break;
            default:
                Improvement.Score(mean, acquisition, view.BestTarget, settings.ImprovementMargin, acquisition);
                break;
        }
        if (view.Constraint is { } constraint)
            Constrain(constraint, view.ConstraintBounds, settings.Improvement == ImprovementScore.LogEi, acquisition);
    }

    private static void Constrain(CandidatePosterior constraint, (double Minimum, double Maximum) bounds, bool logarithmic, Span<float> acquisition)
    {
        Span<float> deviation = Scoring.Part(acquisition.Length);
        CandidateScores.Deviations(constraint.Variance, deviation);
        if (logarithmic)
            ConstrainedExpectedImprovement.ConstrainLog(constraint.Mean, deviation, bounds.Minimum, bounds.Maximum, acquisition);
        else
            ConstrainedExpectedImprovement.Constrain(constraint.Mean, deviation, bounds.Minimum, bounds.Maximum, acquisition);
    }
}
