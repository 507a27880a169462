using ILGPU.Runtime;

namespace FastCore.Compute.Execution;

/// <summary>The launchers that one device has loaded, by slot; shared by all executors of the device.</summary>
internal sealed class DeviceKernels(Accelerator accelerator)
{
    private static int slots;
    private readonly Lock gate = new();
    private Delegate?[] launchers = new Delegate?[64];

    /// <summary>A number for one kernel of the program.</summary>
    internal static int NewSlot() => Interlocked.Increment(ref slots) - 1;

    internal TLauncher Get<TLauncher>(int slot, Func<Accelerator, TLauncher> load)
        where TLauncher : Delegate
    {
        Delegate?[] known = Volatile.Read(ref launchers);
        if (slot < known.Length && known[slot] is { } launcher)
            return (TLauncher)launcher;
        lock (gate)
        {
            if (slot >= launchers.Length)
                Array.Resize(ref launchers, Math.Max(slot + 1, launchers.Length * 2));
            return (TLauncher)(launchers[slot] ??= load(accelerator));
        }
    }
}
