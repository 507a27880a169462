namespace FastCore.Autonomy.Records;

/// <summary>What a run is doing.</summary>
public enum RunPhase
{
    /// <summary>Scanning or opening the overview image and preparing the candidates.</summary>
    Preparing,

    /// <summary>Taking recorded steps from a journal: resuming or replaying.</summary>
    Repeating,

    /// <summary>Measuring.</summary>
    Measuring,

    /// <summary>Writing results.</summary>
    Finishing,

    /// <summary>Over.</summary>
    Ended,
}

/// <summary>
/// Hears of a run's progress. Called on the loop's thread between commands: what takes long here makes the tip wait. Exceptions end the run as
/// any other fault does.
/// </summary>
public interface IRunObserver
{
    /// <summary>A step is complete: measured, judged and in the journal. A resumed run tells of the steps before as well.</summary>
    void StepCompleted(StepRecord step);

    /// <summary>A trained model came into use.</summary>
    void ModelTrained(ModelRecord model);

    /// <summary>Another phase began, or there is something to say about it.</summary>
    /// <param name="phase">What the run does from here on.</param>
    /// <param name="text">One sentence for the user.</param>
    void StatusChanged(RunPhase phase, string text);
}
