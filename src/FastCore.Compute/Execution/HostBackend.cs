namespace FastCore.Compute.Execution;

/// <summary>Executors on the cores of this machine.</summary>
public sealed class HostBackend : ExecutionBackend
{
    /// <inheritdoc/>
    public override string Name => "host";

    /// <inheritdoc/>
    public override string Description => HostThreads.Description;

    /// <inheritdoc/>
    public override IExecutor<float> CreateSingle(ArenaLayout layout) => new HostExecutor<float>(layout);

    /// <inheritdoc/>
    public override IExecutor<double> CreateDouble(ArenaLayout layout) => new HostExecutor<double>(layout);
}
