namespace FastCore.Autonomy.Records;

/// <summary>One run of a comparison.</summary>
/// <param name="Policy">Name of the policy.</param>
/// <param name="Seed">Seed of film and run; runs of the same seed share their film.</param>
/// <param name="Summary">The run's figures.</param>
public sealed record ComparisonEntry(string Policy, long Seed, RunSummary Summary);

/// <summary>Medians of one policy over all seeds. Null where a figure needs a truth that is not known, or no run has it.</summary>
public sealed record PolicyMedians
{
    /// <summary>Name of the policy.</summary>
    public required string Policy { get; init; }

    /// <summary>Number of runs that ended well.</summary>
    public required int Runs { get; init; }

    /// <summary>Median diversity.</summary>
    public double? Diversity { get; init; }

    /// <summary>Median over seeds of the diversity divided by that of the reference policy on the same sample.</summary>
    public double? DiversityRatio { get; init; }

    /// <summary>First quartile, median and third quartile of the same ratio.</summary>
    public IReadOnlyList<double>? DiversityRatioQuartiles { get; init; }

    /// <summary>Median coverage.</summary>
    public double? Coverage { get; init; }

    /// <summary>Median entropy of the classes.</summary>
    public double? ClassEntropy { get; init; }

    /// <summary>
    /// Median number of measurements until every structural class but the commonest was seen; runs that never saw all count as infinite.
    /// </summary>
    public double? MeasurementsUntilAllClasses { get; init; }

    /// <summary>Share of runs that saw all of them within the budget.</summary>
    public double? ShareWithAllClasses { get; init; }

    /// <summary>Median root mean square error of one-step-ahead predictions.</summary>
    public double? PredictionError { get; init; }

    /// <summary>Median negative log predictive density of one-step-ahead predictions.</summary>
    public double? NegativeLogPredictiveDensity { get; init; }

    /// <summary>Median over runs of the median decision time.</summary>
    public double? DecisionMilliseconds { get; init; }
}

/// <summary>Policies against each other on the same samples: what <c>compare.json</c> holds.</summary>
public sealed record ComparisonRecord
{
    /// <summary>All runs, policy by policy.</summary>
    public required IReadOnlyList<ComparisonEntry> Runs { get; init; }

    /// <summary>Medians, one entry per policy in the order asked for.</summary>
    public required IReadOnlyList<PolicyMedians> Policies { get; init; }

    /// <summary>Policy that ratios refer to: "random" if it takes part, else the first.</summary>
    public required string Reference { get; init; }

    /// <summary>Seeds in order.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>Measurements of each run.</summary>
    public required int Budget { get; init; }

    /// <summary>The sample in words.</summary>
    public required string Sample { get; init; }

    /// <summary>Names of the structural classes; empty where none are known.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];
}
