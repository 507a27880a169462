namespace FastCore.Host;

/// <summary>What the process says to the shell.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Something that is nobody's input: a full disk, a difference in a replay, a defect.</summary>
    public const int Failed = 1;

    /// <summary>Bad input: options, plan, data.</summary>
    public const int BadInput = 2;

    /// <summary>The instrument failed.</summary>
    public const int InstrumentFault = 3;

    /// <summary>Cancelled, as shells report SIGINT.</summary>
    public const int Cancelled = 130;
}
