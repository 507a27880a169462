using FastCore.Compute.Execution;

namespace FastCore.Autonomy.Plan;

/// <summary>
/// What an experiment is asked to do. Immutable; every key of its JSON form is optional and has the default of its policy (<see cref="ForPolicy"/>).
/// The values below are those that no policy changes. A plan that
/// <see cref="Parse"/> or <see cref="Checked"/> returns is possible as far as that can be told without the sample.
/// </summary>
public sealed record ExperimentPlan
{
    /// <summary>The largest budget: models and novelties keep the squares of the points.</summary>
    public const int LargestBudget = 20_000;

    /// <summary>Seed of everything random: film, seed points, policies, weights.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Number of measurements, seed points included.</summary>
    public int Budget { get; init; } = 210;

    /// <summary>Number of points that are measured before a model decides.</summary>
    public int SeedPoints { get; init; } = 10;

    /// <summary>How seed points are spread.</summary>
    public SeedingMethod Seeding { get; init; } = SeedingMethod.Random;

    /// <summary>Name of the policy.</summary>
    public string Policy { get; init; } = "dual-novelty";

    /// <summary>Side of a patch in pixels, even; null for 16, or less on a small image.</summary>
    public int? PatchSize { get; init; }

    /// <summary>How patch values are normalised.</summary>
    public PatchNormalization PatchNormalization { get; init; } = PatchNormalization.Image;

    /// <summary>What models and structural novelty know of a place.</summary>
    public DescriptorSet Descriptors { get; init; } = DescriptorSet.Surroundings;

    /// <summary>Pixels from one candidate to the next.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Chebyshev distance in pixels up to which measured points exclude others.</summary>
    public int MinimumSeparation { get; init; } = 2;

    /// <summary>When a model that was trained in the background comes into use.</summary>
    public ModelHandover Handover { get; init; } = ModelHandover.NextStep;

    /// <summary>What is measured.</summary>
    public ControllerPlan Controller { get; init; } = new();

    /// <summary>The overview image.</summary>
    public OverviewPlan Overview { get; init; } = new();

    /// <summary>The sweep.</summary>
    public SweepPlan Sweep { get; init; } = new();

    /// <summary>Spectral features and novelty.</summary>
    public SpectralPlan Spectral { get; init; } = new();

    /// <summary>Structural novelty.</summary>
    public StructuralPlan Structural { get; init; } = new();

    /// <summary>How a candidate is scored.</summary>
    public AcquisitionPlan Acquisition { get; init; } = new();

    /// <summary>Choice and training of surrogates.</summary>
    public SurrogatePlan Surrogate { get; init; } = new();

    /// <summary>Limits that the run adds to those of the instrument.</summary>
    public LimitsPlan Limits { get; init; } = new();

    /// <summary>How often a command that failed in passing is sent again.</summary>
    public RetryPlan Retry { get; init; } = new();

    /// <summary>Training of the latent map beside the run.</summary>
    public LatentMapPlan LatentMap { get; init; } = new();

    /// <summary>When a run ends early.</summary>
    public StopPlan Stop { get; init; } = new();

    /// <summary>
    /// The defaults of a policy: "dual-novelty-published" compares raw patches with w_s = w_x = 0.5 and kappa = 2, all others follow SPEC 1.6.
    /// </summary>
    /// <exception cref="PlanException">An unknown policy.</exception>
    public static ExperimentPlan ForPolicy(string policy) => Policies.PolicyRegistry.Defaults(policy);

    /// <summary>Reads a plan; keys that are absent keep the defaults of its policy.</summary>
    /// <exception cref="PlanException">No valid JSON, an unknown key, a wrong type or an impossible value.</exception>
    public static ExperimentPlan Parse(string json) => PlanJson.Parse(json);

    /// <summary>Reads a plan from a file.</summary>
    /// <exception cref="PlanException">What <see cref="Parse"/> refuses.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ExperimentPlan Load(string path) => PlanJson.Parse(File.ReadAllText(path));

    /// <summary>All keys with their values; <see cref="Parse"/> gives back an equal plan.</summary>
    public string ToJson() => PlanJson.Write(this);

    /// <summary>The same plan, checked: for plans that were made by <c>with</c>.</summary>
    /// <exception cref="PlanException">An impossible value.</exception>
    public ExperimentPlan Checked() => PlanJson.Parse(PlanJson.Write(this));
}
