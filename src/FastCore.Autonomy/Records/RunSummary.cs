namespace FastCore.Autonomy.Records;

/// <summary>How a run ended.</summary>
public enum RunStatus
{
    /// <summary>Budget spent or a stopping rule met.</summary>
    Done,

    /// <summary>Cancelled by the user; can be resumed.</summary>
    Cancelled,

    /// <summary>The instrument failed; the tip is retracted; can be resumed.</summary>
    Faulted,
}

/// <summary>Percentiles of a time.</summary>
public sealed record Percentiles(double P50, double P99, double Max);

/// <summary>The statements of <c>summary.json</c>, in its words.</summary>
public sealed record RunSummary
{
    /// <summary>How the run ended.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Why it ended, in one sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>Seed of the plan.</summary>
    public required long Seed { get; init; }

    /// <summary>Name of the policy.</summary>
    public required string Policy { get; init; }

    /// <summary>Name of the instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>Number of sweeps recorded, rejected ones included.</summary>
    public required int Measured { get; init; }

    /// <summary>Number of curves that the quality gate rejected.</summary>
    public required int Rejected { get; init; }

    /// <summary>Number of moves and sweeps that were sent again after a transient fault, over all sessions of the run.</summary>
    public int Retries { get; init; }

    /// <summary>Structural class -> number of the measurement (from 1) that hit it first; only where truth is known.</summary>
    public IReadOnlyDictionary<string, int>? ClassesFound { get; init; }

    /// <summary>Structural class -> number of accepted measurements on it; only where truth is known.</summary>
    public IReadOnlyDictionary<string, int>? ClassCounts { get; init; }

    /// <summary>Entropy of the class counts divided by ln(number of classes); only where truth is known.</summary>
    public double? ClassEntropy { get; init; }

    /// <summary>Mean pairwise spectral distance of the accepted curves.</summary>
    public double? Diversity { get; init; }

    /// <summary>Share of k-means cells (k = 20 on all true curves) that were visited; only where truth is known.</summary>
    public double? Coverage { get; init; }

    /// <summary>Root mean square error of one-step-ahead predictions in units of the target's deviation.</summary>
    public double? PredictionError { get; init; }

    /// <summary>Mean negative log predictive density of one-step-ahead predictions.</summary>
    public double? NegativeLogPredictiveDensity { get; init; }

    /// <summary>Share of one-step-ahead truths in the central 50, 90, 95 % intervals.</summary>
    public IReadOnlyList<double>? Calibration { get; init; }

    /// <summary>Member chosen by the last training.</summary>
    public string? Surrogate { get; init; }

    /// <summary>Times of the decisions.</summary>
    public Percentiles? DecisionMilliseconds { get; init; }

    /// <summary>Times of the trainings.</summary>
    public Percentiles? TrainingMilliseconds { get; init; }

    /// <summary>Time that the tip waited for computing, summed over the run.</summary>
    public required double DeadTimeMilliseconds { get; init; }

    /// <summary>Time on the instrument's clock.</summary>
    public required double InstrumentSeconds { get; init; }

    /// <summary>The latent map that was trained beside the run; null where none was asked for.</summary>
    public LatentMapProgress? LatentMap { get; init; }

    /// <summary>What ran the models.</summary>
    public required string Executor { get; init; }
}
