using System.Runtime.InteropServices;

namespace FastCore.Host;

/// <summary>Turns the first Ctrl-C or SIGTERM into a cancellation, so that the tip is lifted and the report written; the second one kills.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly Terminal terminal;
    private readonly PosixSignalRegistration[] registrations;

    public Interrupt(Terminal terminal)
    {
        this.terminal = terminal;
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM];
        registrations = [.. signals.Select(s => PosixSignalRegistration.Create(s, OnSignal))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (source.IsCancellationRequested)
            return;
        context.Cancel = true;
        terminal.Notify(terminal.StopNotice);
        // Callbacks of the token run user code; the signal's thread must not wait for them.
        ThreadPool.QueueUserWorkItem(_ => source.Cancel());
    }
}
