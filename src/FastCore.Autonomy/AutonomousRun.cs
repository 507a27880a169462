using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;

namespace FastCore.Autonomy;

/// <summary>What a replay found.</summary>
/// <param name="Identical">Whether every decision, prediction and model came out as recorded.</param>
/// <param name="Steps">Number of steps compared.</param>
/// <param name="Sentence">"identical: 210 decisions, 87 models", or the first difference in words.</param>
public sealed record ReplayResult(bool Identical, int Steps, string Sentence);

/// <summary>An autonomous experiment from its plan to its folder.</summary>
public static partial class AutonomousRun
{
    /// <summary>Starts an experiment in a new or empty folder and returns when it is over.</summary>
    /// <remarks>
    /// Instrument faults and cancellation do not throw: the tip is retracted, the fault is journaled, the files are written and the summary
    /// says <see cref="RunStatus.Faulted"/> or <see cref="RunStatus.Cancelled"/> and why.
    /// </remarks>
    /// <exception cref="PlanException">The plan asks for something impossible on this sample.</exception>
    /// <exception cref="IOException">The folder exists and is not empty, or cannot be written.</exception>
    public static RunRecord Start(ExperimentPlan plan, string folder, ICafmController controller, ExecutionBackend backend,
        IRunObserver? observer = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Goes on with a run that was cancelled, faulted or cut off.</summary>
    /// <exception cref="InvalidDataException">No journal, or one that belongs to another plan or sample.</exception>
    public static RunRecord Resume(string folder, ICafmController controller, ExecutionBackend backend,
        IRunObserver? observer = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Computes every decision of a finished run again from its plan and journal; needs no instrument and writes nothing.</summary>
    /// <exception cref="InvalidDataException">No journal in the folder.</exception>
    public static ReplayResult Replay(string folder, ExecutionBackend backend,
        IRunObserver? observer = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
