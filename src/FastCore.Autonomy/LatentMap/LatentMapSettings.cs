namespace FastCore.Autonomy.LatentMap;

/// <summary>What a user may say about the training of a latent map.</summary>
public sealed record LatentMapSettings
{
    /// <summary>Fewest pairs of which some are held out.</summary>
    public const int FewestForHoldingOut = 20;

    /// <summary>Whether the published arithmetic is followed, quirks included.</summary>
    public bool Published { get; init; }

    /// <summary>Epochs; the model's default if null.</summary>
    public int? Epochs { get; init; }

    /// <summary>Seed of weights, noise, split, permutations and clusters.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Dimensions that patch and curve share.</summary>
    public int LatentSize { get; init; } = 2;

    /// <summary>
    /// Share of the pairs that the training does not see, so that links across modalities can be tested; null for a fifth, or none in the published
    /// mode and of few pairs.
    /// </summary>
    public double? HeldOutShare { get; init; }

    /// <summary>Further options as NAME=VALUE (<see cref="FastCore.Learning.DualVae.DualVaeOptionText"/>); they overrule all others.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Permutations of each table of correlations.</summary>
    public int Permutations { get; init; } = 4999;
}
