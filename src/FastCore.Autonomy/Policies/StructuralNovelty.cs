using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy.Policies;

/// <summary>a = structural novelty, exact or mu_x + kappa sd_x: unlike what was visited; no spectrum is looked at.</summary>
internal sealed class StructuralNovelty : Policy
{
    public override string Name => "structural-novelty";

    public override LearnedTarget? StructuralTarget(ExperimentPlan plan) =>
        plan.Structural.Model == StructuralModel.Model ? new StructuralNoveltyTarget() : null;

    public override bool NeedsStructuralNovelty(ExperimentPlan plan) => plan.Structural.Model == StructuralModel.Exact;

    public override void Score(in PolicyView view, Span<float> acquisition)
    {
        if (view.Structural is { } model)
            Scoring.UpperConfidenceBound(model.Mean, model.Variance, (float)view.Plan.Acquisition.Kappa, acquisition);
        else
            view.StructuralNovelty.CopyTo(acquisition);
    }
}
