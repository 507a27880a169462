using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy.Policies;

/// <summary>The popular account's sum (SPEC 1.6): raw patches, equal weights, kappa = 2.</summary>
internal sealed class DualNoveltyPublished : DualNovelty
{
    public override string Name => "dual-novelty-published";

    public override ExperimentPlan Defaults => new()
    {
        Policy = Name,
        Structural = new StructuralPlan { Input = StructuralInput.Patch },
        Acquisition = new AcquisitionPlan { SpectralWeight = 0.5, StructuralWeight = 0.5, Kappa = 2 },
        Surrogate = new SurrogatePlan { Member = "gp-patches-rbf" },
    };
}
