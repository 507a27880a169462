namespace FastCore.Microscopy.Control;

/// <summary>What went wrong with an instrument.</summary>
public enum InstrumentError
{
    /// <summary>A command would leave the safety limits; nothing was sent.</summary>
    LimitViolation,

    /// <summary>The current exceeded the compliance; the sweep was stopped.</summary>
    OverCurrent,

    /// <summary>The instrument did not answer in time.</summary>
    Timeout,

    /// <summary>The connection is gone.</summary>
    LinkLost,

    /// <summary>The instrument refused a command.</summary>
    Refused,

    /// <summary>The tip crashed or lost feedback.</summary>
    TipCrash,
}

/// <summary>An instrument could not do what it was asked to do. The message says what to do next.</summary>
public sealed class InstrumentException : Exception
{
    /// <summary>Creates the exception; the only place where instrument faults are made.</summary>
    /// <param name="error">Kind of fault.</param>
    /// <param name="operation">The command during which it came up, for example "MoveTo".</param>
    /// <param name="message">One sentence for the user.</param>
    /// <param name="nativeCode">Code of the driver or device, 0 where there is none.</param>
    /// <param name="innerException">What the driver threw, if anything.</param>
    public InstrumentException(InstrumentError error, string operation, string message, int nativeCode = 0, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
        Operation = operation;
        NativeCode = nativeCode;
    }

    /// <summary>Kind of fault.</summary>
    public InstrumentError Error { get; }

    /// <summary>The command during which it came up.</summary>
    public string Operation { get; }

    /// <summary>Code of the driver or device, 0 where there is none.</summary>
    public int NativeCode { get; }
}
