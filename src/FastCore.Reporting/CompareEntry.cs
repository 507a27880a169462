using FastCore.Autonomy.Records;

namespace FastCore.Reporting;

/// <summary>One run of a comparison.</summary>
/// <param name="Policy">Name of the policy.</param>
/// <param name="Seed">Seed of film and run; runs of the same seed share their film.</param>
/// <param name="Summary">The run's figures.</param>
public sealed record CompareEntry(string Policy, long Seed, RunSummary Summary);

/// <summary>Everything that a comparison draws.</summary>
public sealed record CompareReportContent
{
    /// <summary>All runs.</summary>
    public required IReadOnlyList<CompareEntry> Runs { get; init; }

    /// <summary>Policy that ratios refer to.</summary>
    public string Reference { get; init; } = "random";

    /// <summary>Names of the structural classes; empty where none are known.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Measurements of each run.</summary>
    public int Budget { get; init; }

    /// <summary>The sample in words.</summary>
    public string Sample { get; init; } = "";
}
