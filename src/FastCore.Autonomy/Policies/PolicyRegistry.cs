using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy.Policies;

/// <summary>All policies by name. A new policy is one file and one line here.</summary>
public static class PolicyRegistry
{
    private static readonly Policy[] All =
    [
        new DualNovelty(), new DualNoveltyPublished(), new InformationGain(), new SpectralNovelty(), new StructuralNovelty(),
            new MaximumUncertainty(), new ThompsonSampling(),
        new ExpectedImprovement(), new RandomChoice(), new GridChoice(),
    ];

    /// <summary>Names of all policies, the default one first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(policy => policy.Name)];

    /// <summary>The plan that a user gets who names the policy and nothing else.</summary>
    /// <exception cref="PlanException">An unknown policy.</exception>
    public static ExperimentPlan Defaults(string name) => Get(name).Defaults;

    internal static Policy Get(string name) => Array.Find(All, policy => policy.Name == name)
        ?? throw new PlanException("policy", $"The plan's key 'policy' is \"{name}\"; one of {string.Join(", ", Names)} is expected.");
}
