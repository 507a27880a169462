namespace FastCore.Learning.Surrogates;

/// <summary>Which surrogates may be chosen, and how they are trained.</summary>
public sealed record SurrogateOptions
{
    /// <summary>
    /// "auto" chooses by leave-one-out predictive density; any name of <see cref="SurrogateTrainer.MemberNames"/> forces that member.
    /// </summary>
    public string Member { get; init; } = "auto";

    /// <summary>Training cycles of a deep kernel from fresh weights.</summary>
    public int ColdEpochs { get; init; } = 300;

    /// <summary>Training cycles of a deep kernel from the weights before.</summary>
    public int WarmEpochs { get; init; } = 50;

    /// <summary>Seed of initial weights.</summary>
    public long Seed { get; init; } = 1;
}
