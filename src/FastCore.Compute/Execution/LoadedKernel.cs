using ILGPU.Runtime;

namespace FastCore.Compute.Execution;

/// <summary>A kernel that can be loaded ahead of its first use.</summary>
internal interface ILoadedKernel
{
    /// <summary>Compiles the kernel for the device of <paramref name="kernels"/> and keeps the launcher there.</summary>
    void LoadInto(DeviceKernels kernels);
}

/// <summary>
/// A device kernel of an operation file: says once how it is loaded; the typed launcher is then made once for each device and kept, because
/// ILGPU holds its kernels weakly and typed launchers cost no reflection per call.
/// </summary>
/// <typeparam name="TLauncher">Action of stream, extent and the kernel's arguments.</typeparam>
internal sealed class LoadedKernel<TLauncher>(Func<Accelerator, TLauncher> load) : ILoadedKernel
    where TLauncher : Delegate
{
    private readonly int slot = DeviceKernels.NewSlot();

    /// <summary>The launcher on the device of <paramref name="queue"/>; waits for it where it is not loaded yet.</summary>
    internal TLauncher On(DeviceQueue queue) => queue.Kernels.Get(slot, load);

    /// <inheritdoc/>
    public void LoadInto(DeviceKernels kernels) => kernels.Load(slot, load);
}
