using FastCore.Compute.Execution;

namespace FastCore.Learning.Surrogates;

/// <summary>Trains every member of the family on the measured points and keeps the one with the best leave-one-out predictive density.</summary>
public sealed class SurrogateTrainer : IDisposable
{
    /// <summary>Prepares a trainer for one set of candidates.</summary>
    public SurrogateTrainer(ExecutionBackend backend, CandidateInputs inputs, SurrogateOptions options)
    {
        throw new NotImplementedException();
    }

    /// <summary>Names that <see cref="SurrogateOptions.Member"/> may take besides "auto".</summary>
    public static IReadOnlyList<string> MemberNames => throw new NotImplementedException();

    /// <summary>Trains on the measured candidates.</summary>
    /// <param name="candidates">Indices of the measured candidates, in the order of measuring.</param>
    /// <param name="targets">One dimensionless target per measured candidate.</param>
    /// <param name="previous">The surrogate in use, to start warm from; null for a cold start.</param>
    /// <param name="cancellationToken">Stops the training between cycles.</param>
    /// <remarks>Deterministic: the same arguments give the same <see cref="TrainedSurrogate.Hash"/>.</remarks>
    public TrainedSurrogate Train(ReadOnlySpan<int> candidates, ReadOnlySpan<double> targets, TrainedSurrogate? previous, CancellationToken cancellationToken)
    {
        throw new NotImplementedException();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
