using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy.Policies;

/// <summary>
/// a = ln EI of a named I-V quantity (SPEC 2.6, logarithmic form of Ament et al. 2023): the logarithm orders candidates whose expected improvement
/// itself is below the smallest float.
/// </summary>
internal sealed class ExpectedImprovement : Policy
{
    public override string Name => "expected-improvement";

    public override LearnedTarget? SpectralTarget(ExperimentPlan plan) => new QuantityTarget(plan.Acquisition.Target);

    public override void Score(in PolicyView view, Span<float> acquisition)
    {
        ReadOnlySpan<float> mean = view.Spectral!.Mean, variance = view.Spectral.Variance;
        double threshold = view.BestTarget + view.Plan.Acquisition.ImprovementMargin;
        for (int c = 0; c < acquisition.Length; c++)
        {
            double deviation = Math.Sqrt(Math.Max(variance[c], 1e-20f));
            acquisition[c] = (float)(Math.Log(deviation) + LogUnitImprovement((mean[c] - threshold) / deviation));
        }
    }

    /// <summary>
    /// ln(phi(u) + u Phi(u)). Below u = -5 by the asymptotic series phi(u) / u^2 (1 - 3/u^2 + 15/u^4 - 105/u^6), whose error there is under 1 %.
    /// </summary>
    internal static double LogUnitImprovement(double u)
    {
        double logDensity = (-0.5 * u * u) - 0.91893853320467274;
        if (u < -5)
        {
            double inverse = 1 / (u * u);
            return logDensity + Math.Log(inverse) + Math.Log(1 - (3 * inverse) + (15 * inverse * inverse) - (105 * inverse * inverse * inverse));
        }
        return Math.Log(Math.Exp(logDensity) + (u * Normal.Cumulative(u)));
    }
}
