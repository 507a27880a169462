namespace FastCore.Compute.Execution;

/// <summary>
/// A device that gives way to the host once: when it is lost or out of memory in the middle of work, what it had computed is thrown away and the
/// work is repeated on the host. Executors of the device stay unusable; their owners make new ones, which are the host's.
/// </summary>
/// <remarks>
/// The policy is whole pieces of work (a training, a posterior), because half of a piece cannot be trusted: put them into <see cref="Repeat"/>.
/// The host's results differ from the device's within the tolerances of the operations, so a run goes on, but says so:
/// <see cref="Loss"/>, <see cref="Lost"/> and from then on <see cref="Description"/>. Safe from several threads.
/// </remarks>
public sealed class FallbackBackend : ExecutionBackend
{
    private readonly ExecutionBackend device;
    private readonly HostBackend host = new();
    private readonly Lock gate = new();
    private volatile string? loss;

    /// <summary>Takes over a device backend; it is disposed with this one.</summary>
    public FallbackBackend(ExecutionBackend device)
    {
        ArgumentNullException.ThrowIfNull(device);
        this.device = device;
    }

    /// <summary>The device gave way; the argument is the sentence of <see cref="Loss"/>. Raised once, on the thread that met the failure.</summary>
    public event Action<string>? Lost;

    /// <summary>Why the host works in place of the device, as a sentence for log and journal; null while the device works.</summary>
    public string? Loss => loss;

    /// <inheritdoc/>
    public override string Name => Current.Name;

    /// <inheritdoc/>
    public override string Description => loss is null ? device.Description : $"{host.Description}, in place of {device.Description}, which failed";

    private ExecutionBackend Current => loss is null ? device : host;

    /// <summary>
    /// Does a piece of work with <paramref name="backend"/>, and once more if its device fails meanwhile. The work makes its executors anew each
    /// time and changes nothing outside before it returns. Other exceptions pass, and so does any failure of a backend without fallback.
    /// </summary>
    public static TResult Repeat<TResult>(ExecutionBackend backend, Func<TResult> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (backend is not FallbackBackend { loss: null })
            return work();
        try
        {
            return work();
        }
        catch (Exception error) when (GivesWay(backend, error))
        {
            return work();
        }
    }

    /// <summary>
    /// For state that is kept from call to call on an executor: whether <paramref name="error"/> is the failure of a device that gives way. If so, the
    /// host works from now on, and the owner of the state makes it anew.
    /// </summary>
    public static bool GivesWay(ExecutionBackend backend, Exception error)
    {
        if (backend is not FallbackBackend fallback || !DeviceFailure.Is(error))
            return false;
        fallback.GiveWay(error);
        return true;
    }

    /// <inheritdoc/>
    public override IExecutor<float> CreateSingle(ArenaLayout layout)
    {
        if (loss is null)
        {
            try
            {
                return device.CreateSingle(layout);
            }
            catch (Exception error) when (DeviceFailure.Is(error))
            {
                GiveWay(error);
            }
        }
        return host.CreateSingle(layout);
    }

    /// <inheritdoc/>
    public override IExecutor<double> CreateDouble(ArenaLayout layout) => Current.CreateDouble(layout);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            device.Dispose();
            host.Dispose();
        }
        base.Dispose(disposing);
    }

    private void GiveWay(Exception error)
    {
        lock (gate)
        {
            if (loss is not null)
                return;
            loss = $"{device.Description} failed ({error.Message.TrimEnd('.')}); what it was computing is discarded and repeated on the host, "
                + "which does all further work within the stated tolerances.";
        }
        Lost?.Invoke(loss);
    }
}
