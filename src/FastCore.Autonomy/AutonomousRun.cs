using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Training;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;

namespace FastCore.Autonomy;

/// <summary>What a replay found.</summary>
/// <param name="Identical">Whether every decision, prediction and model came out as recorded.</param>
/// <param name="Steps">Number of steps compared.</param>
/// <param name="Sentence">"identical: 210 decisions, 87 models.", or the first difference in words.</param>
public sealed record ReplayResult(bool Identical, int Steps, string Sentence);

/// <summary>An autonomous experiment from its plan to its folder.</summary>
public static class AutonomousRun
{
    private static readonly SurrogateTrainingFactory Family = (backend, inputs, options) => new FamilyTraining(backend, inputs, options);

    /// <summary>Starts an experiment in a new or empty folder and returns when it is over.</summary>
    /// <remarks>
    /// Instrument faults and cancellation do not throw: the tip is retracted, the fault is journaled, the files are written and the summary
    /// says <see cref="RunStatus.Faulted"/> or <see cref="RunStatus.Cancelled"/> and why. The caller disposes of controller and backend.
    /// </remarks>
    /// <exception cref="PlanException">The plan asks for something impossible on this sample; nothing is left behind.</exception>
    /// <exception cref="IOException">The folder exists and is not empty, or cannot be written.</exception>
    public static RunRecord Start(ExperimentPlan plan, string folder, ICafmController controller, ExecutionBackend backend,
        IRunObserver? observer = null, CancellationToken cancellationToken = default) =>
        Start(plan, folder, controller, backend, Family, observer, cancellationToken);

    /// <summary>Goes on with a run that was cancelled, faulted or cut off.</summary>
    /// <remarks>
    /// On a virtual clock the recorded commands are repeated on the fresh instrument, and the run goes on as if it had never been cut. On a real
    /// instrument they are not, and a position that was chosen but not measured is left out: the sample may have been touched there.
    /// </remarks>
    /// <exception cref="InvalidDataException">No journal, or one that belongs to another plan or sample.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    public static RunRecord Resume(string folder, ICafmController controller, ExecutionBackend backend,
        IRunObserver? observer = null, CancellationToken cancellationToken = default) =>
        Resume(folder, controller, backend, Family, observer, cancellationToken);

    /// <summary>Computes every decision of a run again from its plan and journal; needs no instrument and writes nothing.</summary>
    /// <remarks>"Identical" means to the last bit, on the executor that made the run.</remarks>
    /// <exception cref="InvalidDataException">No journal in the folder.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    public static ReplayResult Replay(string folder, ExecutionBackend backend, IRunObserver? observer = null,
        CancellationToken cancellationToken = default) =>
        Autonomy.Replay.Run(folder, backend, Family, observer, cancellationToken);

    internal static RunRecord Start(ExperimentPlan plan, string folder, ICafmController controller, ExecutionBackend backend,
        SurrogateTrainingFactory trainers,
        IRunObserver? observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(controller);
        ArgumentNullException.ThrowIfNull(backend);
        plan = plan.Checked();
        RunFolder.Create(folder);
        string json = plan.ToJson(), planPath = Path.Combine(folder, RunFolder.PlanFile), journalPath = Path.Combine(folder, RunFolder.JournalFile);
        File.WriteAllText(planPath, json);
        using JournalWriter journal = JournalWriter.Create(journalPath, json);
        try
        {
            return new RunSession(plan, folder, controller, backend, trainers, observer).Execute(journal, null, cancellationToken);
        }
        catch (PlanException)
        {
            // Nothing was measured: a corrected plan may use the same folder.
            journal.Dispose();
            File.Delete(journalPath);
            File.Delete(planPath);
            throw;
        }
    }

    internal static RunRecord Resume(string folder, ICafmController controller, ExecutionBackend backend, SurrogateTrainingFactory trainers,
        IRunObserver? observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(controller);
        ArgumentNullException.ThrowIfNull(backend);
        RecordedRun recorded = RunFolder.ReadJournal(folder);
        using JournalWriter journal = JournalWriter.Continue(Path.Combine(folder, RunFolder.JournalFile), recorded.Journal);
        return new RunSession(recorded.Plan, folder, controller, backend, trainers, observer).Execute(journal, recorded, cancellationToken);
    }
}
