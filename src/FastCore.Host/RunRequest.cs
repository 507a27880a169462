namespace FastCore.Host;

/// <summary>What the command line asks for; null leaves the plan's (or the default) value.</summary>
internal sealed record RunRequest
{
    public string? PlanFile { get; init; }

    public long? Seed { get; init; }

    public long? Budget { get; init; }

    public string? Policy { get; init; }

    public string? Controller { get; init; }

    public string? Overview { get; init; }

    public IReadOnlyList<string> Maps { get; init; } = [];

    public string? Executor { get; init; }

    public bool RealTime { get; init; }
}
