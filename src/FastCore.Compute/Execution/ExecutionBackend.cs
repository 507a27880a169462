namespace FastCore.Compute.Execution;

/// <summary>
/// A machine that executors are made on. Opened once per process part and shared: device kernels are loaded once, host threads are
/// parked in one pool. Executors of one backend are independent of each other.
/// </summary>
public abstract class ExecutionBackend : IDisposable
{
    /// <summary>Name under which it is asked for: host, reference, cuda, opencl, emulator.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, in words: "host, AVX-512, 2 threads".</summary>
    public abstract string Description { get; }

    /// <summary>An executor in single precision, for networks and candidate scoring.</summary>
    public abstract IExecutor<float> CreateSingle(ArenaLayout layout);

    /// <summary>An executor in double precision, for Cholesky and likelihood; on device backends it runs on the host.</summary>
    public abstract IExecutor<double> CreateDouble(ArenaLayout layout);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the backend holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
