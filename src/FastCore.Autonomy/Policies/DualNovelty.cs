using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy.Policies;

/// <summary>
/// a = w_s N(mu_s + kappa sd_s) + w_x N(U_x) (SPEC 1.6): predicted to give an unlike spectrum, and structurally unlike what was visited. U_x is
/// the exact structural novelty, or mu_x + kappa sd_x where the plan asks for a structural model. Under acquisition.combination "product" the two
/// normalised parts are multiplied, under "pareto" a = the area that the candidate adds to their front; weights count in the sum alone.
/// </summary>
internal class DualNovelty : Policy
{
    public override string Name => "dual-novelty";

    public override bool AcceptsPredictedCurves => true;

    /// <summary>
    /// The spectrum itself is predicted; its expected novelty contains its uncertainty, so kappa adds none. Structure is known before anything is
    /// measured, so a few unlike places are enough to begin with.
    /// </summary>
    public override ExperimentPlan Defaults => new()
    {
        Policy = Name,
        SeedPoints = 6,
        Seeding = SeedingMethod.Kmeans,
        Descriptors = DescriptorSet.Groove,
        Acquisition = new AcquisitionPlan { Kappa = 0 },
        Surrogate = new SurrogatePlan { Member = "gp-curve" },
    };

    public override LearnedTarget? SpectralTarget(ExperimentPlan plan) => new SpectralNoveltyTarget();

    public override LearnedTarget? StructuralTarget(ExperimentPlan plan) =>
        plan.Structural.Model == StructuralModel.Model ? new StructuralNoveltyTarget() : null;

    public override bool NeedsStructuralNovelty(ExperimentPlan plan) => plan.Structural.Model == StructuralModel.Exact;

    public override void Score(in PolicyView view, Span<float> acquisition)
    {
        AcquisitionPlan settings = view.Plan.Acquisition;
        float kappa = (float)settings.Kappa, spectralWeight = (float)settings.SpectralWeight, structuralWeight = (float)settings.StructuralWeight;
        Span<float> structure = Scoring.Part(acquisition.Length);
        if (view.Structural is { } model)
            Scoring.UpperConfidenceBound(model.Mean, model.Variance, kappa, structure);
        else
            view.StructuralNovelty.CopyTo(structure);
        Scoring.Normalise(settings.Normalisation, view.Allowed, structure);
        Scoring.UpperConfidenceBound(view.Spectral!.Mean, view.Spectral.Variance, kappa, acquisition);
        Scoring.Normalise(settings.Normalisation, view.Allowed, acquisition);
        switch (settings.Combination)
        {
            case PartCombination.Product:
                for (int c = 0; c < acquisition.Length; c++)
                    acquisition[c] *= structure[c];
                break;
            case PartCombination.Pareto:
                // Normalised parts give the area of the whole picture the value 1; the front itself does not depend on the scale.
                Scoring.ParetoContribution(view.Allowed, acquisition, structure);
                break;
            default:
                for (int c = 0; c < acquisition.Length; c++)
                    acquisition[c] = (spectralWeight * acquisition[c]) + (structuralWeight * structure[c]);
                break;
        }
    }
}
