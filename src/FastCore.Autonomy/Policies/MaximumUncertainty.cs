using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;
using FastCore.Learning.Acquisition;

namespace FastCore.Autonomy.Policies;

/// <summary>a = sd_s: where the spectral surrogate knows least.</summary>
internal sealed class MaximumUncertainty : Policy
{
    public override string Name => "max-uncertainty";

    public override bool AcceptsPredictedCurves => true;

    public override LearnedTarget? SpectralTarget(ExperimentPlan plan) => new SpectralNoveltyTarget();

    public override void Score(in PolicyView view, Span<float> acquisition) =>
        CandidateScores.Deviations(view.Spectral!.Variance, acquisition);
}
