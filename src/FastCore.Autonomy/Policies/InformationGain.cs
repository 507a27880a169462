using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.Policies;

/// <summary>
/// a = G_s + G_x with G = 0.5 ln(1 + var / noise) (SPEC 1.6a): expected Kullback-Leibler divergence between the posteriors after and before a
/// measurement. One output per model: the leading principal component of the spectra and of the descriptors.
/// </summary>
internal sealed class InformationGain : Policy
{
    public override string Name => "information-gain";

    public override LearnedTarget? SpectralTarget(ExperimentPlan plan) => new LeadingComponentTarget(structural: false);

    public override LearnedTarget? StructuralTarget(ExperimentPlan plan) => new LeadingComponentTarget(structural: true);

    public override void Score(in PolicyView view, Span<float> acquisition)
    {
        acquisition.Clear();
        Add(view.Spectral!, acquisition);
        if (view.Structural is { } structural)
            Add(structural, acquisition);
    }

    private static void Add(CandidatePosterior posterior, Span<float> acquisition)
    {
        ReadOnlySpan<float> variance = posterior.Variance;
        // A noise-free model would make every gain infinite; the floor keeps the order of the variances.
        float scale = (float)(1 / Math.Max(posterior.NoiseVariance, 1e-6));
        for (int c = 0; c < acquisition.Length; c++)
            acquisition[c] += 0.5f * MathF.Log(1 + (variance[c] * scale));
    }
}
