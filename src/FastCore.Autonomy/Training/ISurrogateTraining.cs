using FastCore.Compute.Execution;
using FastCore.Learning.CurvePrediction;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.Training;

/// <summary>Trains surrogates for one set of candidates: <see cref="SurrogateTrainer"/>, or a stand-in of tests.</summary>
internal interface ISurrogateTraining : IDisposable
{
    /// <summary>Trains on measured candidates.</summary>
    /// <param name="candidates">Indices, in the order of measuring.</param>
    /// <param name="targets">One target each.</param>
    /// <param name="curves">Their dimensionless curves, count x samples; empty unless <see cref="NeedsCurves"/>.</param>
    /// <param name="previous">The surrogate in use; null for a cold start.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    TrainedSurrogate Train(ReadOnlySpan<int> candidates, ReadOnlySpan<double> targets, ReadOnlySpan<double> curves, TrainedSurrogate? previous,
        CancellationToken cancellationToken);

    /// <summary>Whether curves are learned, not targets.</summary>
    bool NeedsCurves => false;
}

/// <summary>Makes a trainer for one role of a run.</summary>
internal delegate ISurrogateTraining SurrogateTrainingFactory(ExecutionBackend backend, CandidateInputs inputs, SurrogateOptions options);

/// <summary>The trainer of the learning library.</summary>
internal sealed class FamilyTraining(ExecutionBackend backend, CandidateInputs inputs, SurrogateOptions options) : ISurrogateTraining
{
    private readonly SurrogateTrainer trainer = new(backend, inputs, options);

    public TrainedSurrogate Train(ReadOnlySpan<int> candidates, ReadOnlySpan<double> targets, ReadOnlySpan<double> curves, TrainedSurrogate? previous,
        CancellationToken cancellationToken) =>
        trainer.Train(candidates, targets, previous, cancellationToken);

    public void Dispose() => trainer.Dispose();
}

/// <summary>The trainer of curves: novelty is computed from what it predicts.</summary>
internal sealed class CurveTraining(ExecutionBackend backend, CandidateInputs inputs, CurveOptions options) : ISurrogateTraining
{
    private readonly CurveTrainer trainer = new(backend, inputs, options);

    public bool NeedsCurves => true;

    public TrainedSurrogate Train(ReadOnlySpan<int> candidates, ReadOnlySpan<double> targets, ReadOnlySpan<double> curves, TrainedSurrogate? previous,
        CancellationToken cancellationToken) =>
        trainer.Train(candidates, curves, cancellationToken);

    public void Dispose()
    {
    }
}
