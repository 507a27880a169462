using FastCore.Compute.Execution;

namespace FastCore.Learning.Surrogates;

/// <summary>A surrogate with its hyper-parameters and weights: immutable, safe to hand from the training thread to the loop.</summary>
public abstract class TrainedSurrogate
{
    /// <summary>Name of the member, for example "gp-descriptors-matern52".</summary>
    public abstract string Member { get; }

    /// <summary>Candidates that it was trained on, in the order of measuring.</summary>
    public abstract IReadOnlyList<int> TrainedOn { get; }

    /// <summary>Leave-one-out log predictive density per point of every member tried, by name (the forced one alone if forced).</summary>
    public abstract IReadOnlyDictionary<string, double> LeaveOneOutDensity { get; }

    /// <summary>Density of the chosen member minus the largest of the others; 0 if there was no choice, negative where a simpler member was kept within one standard error.</summary>
    public abstract double Margin { get; }

    /// <summary>Share of leave-one-out truths inside the central 50, 90 and 95 % intervals.</summary>
    public abstract IReadOnlyList<double> Coverage { get; }

    /// <summary>Leave-one-out root mean square error in units of the targets' standard deviation.</summary>
    public abstract double LeaveOneOutError { get; }

    /// <summary>Hyper-parameters by name.</summary>
    public abstract IReadOnlyDictionary<string, double> HyperParameters { get; }

    /// <summary>Checksum of all parameters, 16 hexadecimal digits.</summary>
    public abstract string Hash { get; }

    /// <summary>What training had to do to succeed, empty if nothing.</summary>
    public abstract string Remarks { get; }

    /// <summary>Solves for the posterior over all candidates; heavy, meant for the training thread.</summary>
    /// <param name="backend">What runs it.</param>
    /// <param name="capacity">Number of points to make room for, those trained on included.</param>
    public abstract CandidatePosterior OverCandidates(ExecutionBackend backend, int capacity);
}
