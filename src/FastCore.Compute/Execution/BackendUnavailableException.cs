namespace FastCore.Compute.Execution;

/// <summary>A backend was asked for by name and this machine does not have it; the message says what to install.</summary>
public sealed class BackendUnavailableException : Exception
{
    /// <summary>Names the backend in its sentence.</summary>
    public BackendUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Names the backend and what went wrong below.</summary>
    public BackendUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a sentence of its own.</summary>
    public BackendUnavailableException()
        : base("The requested execution backend is not available on this machine.")
    {
    }
}
