namespace FastCore.Compute.Execution;

/// <summary>Executors that run the definitions, for comparison.</summary>
public sealed class ReferenceBackend : ExecutionBackend
{
    /// <inheritdoc/>
    public override string Name => "reference";

    /// <inheritdoc/>
    public override string Description => "reference, scalar, 1 thread";

    /// <inheritdoc/>
    public override IExecutor<float> CreateSingle(ArenaLayout layout) => new ReferenceExecutor<float>(layout);

    /// <inheritdoc/>
    public override IExecutor<double> CreateDouble(ArenaLayout layout) => new ReferenceExecutor<double>(layout);
}
