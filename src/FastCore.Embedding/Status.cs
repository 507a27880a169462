namespace FastCore.Embedding;

/// <summary>What every exported function returns; the values are those of the console host's exit codes where both exist.</summary>
public enum Status
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>A defect in FastCore; the last error names it.</summary>
    Unexpected = 1,

    /// <summary>An argument or a file cannot be used; the last error says why.</summary>
    BadInput = 2,

    /// <summary>The instrument failed; the tip is retracted and the journal complete.</summary>
    InstrumentFault = 3,

    /// <summary>The handle names nothing of the expected kind.</summary>
    InvalidHandle = 4,

    /// <summary>The time given to wait ran out; the work goes on.</summary>
    StillRunning = 5,

    /// <summary>Cancelled by the caller.</summary>
    Cancelled = 130,
}
