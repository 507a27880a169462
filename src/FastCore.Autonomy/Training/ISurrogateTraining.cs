using FastCore.Compute.Execution;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.Training;

/// <summary>Trains surrogates for one set of candidates: <see cref="SurrogateTrainer"/>, or a stand-in of tests.</summary>
internal interface ISurrogateTraining : IDisposable
{
    TrainedSurrogate Train(ReadOnlySpan<int> candidates, ReadOnlySpan<double> targets, TrainedSurrogate? previous,
        CancellationToken cancellationToken);
}

/// <summary>Makes a trainer for one role of a run.</summary>
internal delegate ISurrogateTraining SurrogateTrainingFactory(ExecutionBackend backend, CandidateInputs inputs, SurrogateOptions options);

/// <summary>The trainer of the learning library.</summary>
internal sealed class FamilyTraining(ExecutionBackend backend, CandidateInputs inputs, SurrogateOptions options) : ISurrogateTraining
{
    private readonly SurrogateTrainer trainer = new(backend, inputs, options);

    public TrainedSurrogate Train(ReadOnlySpan<int> candidates, ReadOnlySpan<double> targets, TrainedSurrogate? previous,
        CancellationToken cancellationToken) =>
        trainer.Train(candidates, targets, previous, cancellationToken);

    public void Dispose() => trainer.Dispose();
}
