using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy.Policies;

/// <summary>
/// a = one function drawn from the posterior of spectral novelty (Thompson 1933; SPEC 2.5): a place is chosen as often as it is likely to be the most
/// novel one. The draw follows from the plan's seed and the step. Unlike other scores it allocates: 1,024 cosines are drawn anew for each decision,
/// which costs far more than their memory.
/// </summary>
internal sealed class ThompsonSampling : Policy
{
    public override string Name => "thompson";

    public override LearnedTarget? SpectralTarget(ExperimentPlan plan) => new SpectralNoveltyTarget();

    public override void Score(in PolicyView view, Span<float> acquisition)
    {
        RandomStream random = RandomStream.Named(view.Plan.Seed, "policy.thompson", view.Step);
        view.Spectral!.Draw(((long)random.NextBits() << 32) | random.NextBits(), acquisition);
    }
}
