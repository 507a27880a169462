using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy.Policies;

/// <summary>a = mu_s + kappa sd_s: predicted to give an unlike spectrum; structure is left out.</summary>
internal sealed class SpectralNovelty : Policy
{
    public override string Name => "spectral-novelty";

    public override bool AcceptsPredictedCurves => true;

    public override LearnedTarget? SpectralTarget(ExperimentPlan plan) => new SpectralNoveltyTarget();

    public override void Score(in PolicyView view, Span<float> acquisition) =>
        Scoring.UpperConfidenceBound(view.Spectral!.Mean, view.Spectral.Variance, (float)view.Plan.Acquisition.Kappa, acquisition);
}
