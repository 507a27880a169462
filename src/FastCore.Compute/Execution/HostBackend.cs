namespace FastCore.Compute.Execution;

/// <summary>Executors on the cores of this machine.</summary>
public sealed class HostBackend : ExecutionBackend
{
    /// <summary>
    /// Whether operations that the calling thread asks for leave the other cores alone: for work in the background that nobody waits for. Results are
    /// the same either way.
    /// </summary>
    public static bool ThisThreadWorksAlone
    {
        get => HostThreads.Alone;
        set => HostThreads.Alone = value;
    }

    /// <inheritdoc/>
    public override string Name => "host";

    /// <inheritdoc/>
    public override string Description => HostThreads.Description;

    /// <inheritdoc/>
    public override IExecutor<float> CreateSingle(ArenaLayout layout) => new HostExecutor<float>(layout);

    /// <inheritdoc/>
    public override IExecutor<double> CreateDouble(ArenaLayout layout) => new HostExecutor<double>(layout);
}
