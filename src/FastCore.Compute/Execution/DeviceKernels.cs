using System.Reflection;
using ILGPU.Runtime;

namespace FastCore.Compute.Execution;

/// <summary>
/// The launchers that one device has loaded, by slot; shared by all executors of the device. One background thread loads every kernel of the
/// library in one fixed order: ILGPU numbers what it compiles, so another order gives other text and misses the driver's own cache. The first
/// use of a kernel waits until that thread has come to it, not for the rest.
/// </summary>
internal sealed class DeviceKernels : IDisposable
{
    // Basic operations first: they are the first that a model asks for.
    private static readonly string[] Folders = ["LinearAlgebra", "Covariance", "Layers", "Imaging"];
    private static readonly Lazy<(string Name, ILoadedKernel Kernel)[]> Library = new(FindAll);
    private static int slots;

    private readonly Lock gate = new();
    private readonly Accelerator accelerator;
    private readonly Thread loader;
    private readonly ManualResetEventSlim progress = new(false);
    private Delegate?[] launchers = new Delegate?[128];
    private Exception?[] failures = new Exception?[128];
    private volatile bool stopping;
    private volatile bool finished;

    internal DeviceKernels(Accelerator accelerator)
    {
        this.accelerator = accelerator;
        loader = new Thread(LoadAll) { IsBackground = true, Name = "FastCore kernel loader" };
        loader.Start();
    }

    /// <summary>Names of all kernels, "Type.field", in the order in which they are loaded.</summary>
    internal static IReadOnlyList<string> Order => [.. Library.Value.Select(entry => entry.Name)];

    /// <summary>Called before every launch, transfer and wait: tests let a device fail here.</summary>
    internal Action? BeforeUse { get; set; }

    /// <summary>Whether every kernel has been loaded or has failed to.</summary>
    internal bool Finished => finished;

    /// <summary>Number of kernels loaded so far.</summary>
    internal int LoadedCount => Volatile.Read(ref launchers).Count(launcher => launcher is not null);

    /// <summary>A number for one kernel of the program.</summary>
    internal static int NewSlot() => Interlocked.Increment(ref slots) - 1;

    internal TLauncher Get<TLauncher>(int slot, Func<Accelerator, TLauncher> load)
        where TLauncher : Delegate
    {
        BeforeUse?.Invoke();
        Delegate?[] known = Volatile.Read(ref launchers);
        return slot < known.Length && known[slot] is { } launcher ? (TLauncher)launcher : Await(slot, load);
    }

    internal void Load<TLauncher>(int slot, Func<Accelerator, TLauncher> load)
        where TLauncher : Delegate
    {
        lock (gate)
        {
            if (slot >= launchers.Length)
            {
                Array.Resize(ref failures, Math.Max(slot + 1, launchers.Length * 2));
                Array.Resize(ref launchers, failures.Length);
            }
            if (launchers[slot] is not null || failures[slot] is not null)
                return;
            try
            {
                launchers[slot] = load(accelerator);
            }
            catch (Exception error)
            {
                failures[slot] = error;
            }
        }
    }

    /// <summary>Stops loading after the kernel in hand.</summary>
    public void Dispose()
    {
        stopping = true;
        loader.Join();
        progress.Dispose();
    }

    private TLauncher Await<TLauncher>(int slot, Func<Accelerator, TLauncher> load)
        where TLauncher : Delegate
    {
        while (true)
        {
            bool last = finished;
            progress.Reset();
            lock (gate)
            {
                if (slot < launchers.Length && launchers[slot] is { } launcher)
                    return (TLauncher)launcher;
                if (slot < failures.Length && failures[slot] is { } failure)
                    throw new DeviceLostException($"A kernel does not compile for this device ({failure.Message}).", failure);
            }
            // A kernel that is not of this library, in a test.
            if (last)
                Load(slot, load);
            else if (!finished)
                progress.Wait(20);
        }
    }

    private void LoadAll()
    {
        try
        {
            accelerator.Bind();
            foreach ((string _, ILoadedKernel kernel) in Library.Value)
            {
                if (stopping)
                    break;
                kernel.LoadInto(this);
                progress.Set();
            }
        }
        catch (Exception error) when (DeviceFailure.Is(error))
        {
            // The device is gone; whoever uses it next hears of it.
        }
        finally
        {
            finished = true;
            progress.Set();
        }
    }

    private static (string Name, ILoadedKernel Kernel)[] FindAll() =>
    [
        .. typeof(DeviceKernels).Assembly.GetTypes()
            .Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(field => typeof(ILoadedKernel).IsAssignableFrom(field.FieldType))
            .Select(field => (Folder: Array.IndexOf(Folders, field.DeclaringType!.Namespace!.Split('.')[^1]), Name: Name(field), Field: field))
            .OrderBy(entry => entry.Folder < 0 ? Folders.Length : entry.Folder).ThenBy(entry => entry.Name, StringComparer.Ordinal)
            .Select(entry => (entry.Name, (ILoadedKernel)entry.Field.GetValue(null)!)),
    ];

    private static string Name(FieldInfo field) => $"{field.DeclaringType!.Name}.{field.Name}";
}
