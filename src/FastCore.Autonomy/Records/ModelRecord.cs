namespace FastCore.Autonomy.Records;

/// <summary>One surrogate that was trained during a run, and how it was chosen.</summary>
public sealed record ModelRecord
{
    /// <summary>Number of the model within the run, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>What it predicts: "spectral", "structural" or "constraint".</summary>
    public string Role { get; init; } = "spectral";

    /// <summary>The step after which it was trained: it knows the measurements 0 .. AfterStep.</summary>
    public int AfterStep { get; init; }

    /// <summary>Whether it was trained from fresh weights.</summary>
    public bool Cold { get; init; }

    /// <summary>How a restart from fresh weights came out; null where none was tried.</summary>
    public ModelRestart? Restart { get; init; }

    /// <summary>Number of measurements that it was trained on.</summary>
    public required int TrainedOn { get; init; }

    /// <summary>Name of the chosen member, for example "gp-descriptors-matern52".</summary>
    public required string Member { get; init; }

    /// <summary>Leave-one-out log predictive density per point of every member that was tried, by name.</summary>
    public required IReadOnlyDictionary<string, double> LeaveOneOutDensity { get; init; }

    /// <summary>Density of the chosen member minus the largest of the others; negative where a simpler member was kept within one standard error.</summary>
    public required double Margin { get; init; }

    /// <summary>Share of leave-one-out truths inside the central 50, 90 and 95 % intervals.</summary>
    public required IReadOnlyList<double> Coverage { get; init; }

    /// <summary>Leave-one-out root mean square error in units of the target's standard deviation.</summary>
    public required double LeaveOneOutError { get; init; }

    /// <summary>Hyper-parameters by name: lengthscales, output scale, noise variance.</summary>
    public required IReadOnlyDictionary<string, double> HyperParameters { get; init; }

    /// <summary>Checksum of all parameters: tells two models apart and proves a replay.</summary>
    public required string Hash { get; init; }

    /// <summary>Real time of training, in milliseconds.</summary>
    public required double TrainingMilliseconds { get; init; }

    /// <summary>What the training had to do to succeed (raised jitter, restored a state), empty if nothing.</summary>
    public required string Remarks { get; init; }
}

/// <summary>A restart from fresh weights beside the model in use: the better one by leave-one-out density was kept.</summary>
/// <param name="FreshKept">Whether the fresh one was.</param>
/// <param name="FreshDensity">Leave-one-out log predictive density per point of the model from fresh weights.</param>
/// <param name="ContinuedDensity">That of the model from the weights in use, on the same points.</param>
public sealed record ModelRestart(bool FreshKept, double FreshDensity, double ContinuedDensity)
{
    /// <summary>Keeps the larger density; at equal ones, or where neither is a number, the weights in use.</summary>
    public static ModelRestart Between(double fresh, double continued) =>
        new(fresh > continued || (double.IsNaN(continued) && !double.IsNaN(fresh)), fresh, continued);
}
