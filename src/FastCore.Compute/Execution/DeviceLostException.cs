namespace FastCore.Compute.Execution;

/// <summary>
/// A device failed in the middle of work: it was lost, ran out of memory or could not compile a kernel. Nothing that it computed since the last
/// result was read may be trusted. <see cref="FallbackBackend"/> repeats the work on the host.
/// </summary>
public sealed class DeviceLostException : Exception
{
    /// <summary>Says what failed.</summary>
    public DeviceLostException(string message)
        : base(message)
    {
    }

    /// <summary>Says what failed, with the driver's own report.</summary>
    public DeviceLostException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a sentence of its own.</summary>
    public DeviceLostException()
        : base("The device failed; its results may not be trusted.")
    {
    }
}
