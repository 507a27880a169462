namespace FastCore.Compute.Execution;

/// <summary>Opens backends by name and says which are here.</summary>
public static class ExecutionBackends
{
    /// <summary>Names that <see cref="Open"/> takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "host", "reference", "cuda", "opencl", "emulator"];

    /// <summary>
    /// Opens a backend. "auto" takes CUDA, then an OpenCL GPU, then the host; OpenCL on a processor and the emulator run only when asked
    /// for by name, because the host is always faster. CUDA and OpenCL come as a <see cref="FallbackBackend"/>.
    /// </summary>
    /// <exception cref="ArgumentException">A name that is not one of <see cref="Names"/>.</exception>
    /// <exception cref="BackendUnavailableException">This machine does not have it; the message says what to install.</exception>
    public static ExecutionBackend Open(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name switch
        {
            "auto" => OpenBest(),
            "host" => new HostBackend(),
            "reference" => new ReferenceBackend(),
            "cuda" => WithFallback("cuda") ?? throw new BackendUnavailableException(
                "No CUDA device was found: install the NVIDIA driver (libcuda.so.1, on Windows nvcuda.dll), or choose the executor 'host'."),
            "opencl" => WithFallback("opencl") ?? throw new BackendUnavailableException(
                "No OpenCL 2.0 device was found: install the GPU vendor's OpenCL driver, "
                + "or 'pocl-opencl-icd' to run OpenCL on the processor, or choose the executor 'host'."),
            "emulator" => DeviceBackend.TryOpen("emulator")!,
            _ => throw new ArgumentException($"There is no executor '{name}'; choose one of {string.Join(", ", Names)}.", nameof(name)),
        };
    }

    /// <summary>What is here, one entry for each name except "auto": for a command that inspects the machine.</summary>
    public static IReadOnlyList<BackendDescription> Describe()
    {
        var found = new List<BackendDescription>
        {
            new("host", true, HostThreads.Description, "everything; the choice of 'auto' where there is no GPU"),
            new("reference", true, "scalar definitions, 1 thread", "comparison"),
        };
        foreach ((string name, string purpose, string missing) in new[]
        {
            ("cuda", "networks and candidate scoring in single precision", "no NVIDIA driver or no device"),
            ("opencl", "networks and candidate scoring in single precision; on a processor only by name",
                "no OpenCL 2.0 driver or no device"),
        })
        {
            IReadOnlyList<string> devices = DeviceBackend.DeviceNames(name);
            found.Add(new(name, devices.Count > 0, devices.Count > 0 ? string.Join("; ", devices) : missing, purpose));
        }
        found.Add(new("emulator", true, "ILGPU's CPU accelerator", "checks device kernels without a device; slow"));
        return found;
    }

    private static ExecutionBackend OpenBest() =>
        WithFallback("cuda") ?? WithFallback("opencl-gpu") ?? (ExecutionBackend)new HostBackend();

    private static FallbackBackend? WithFallback(string kind) => DeviceBackend.TryOpen(kind) is { } device ? new FallbackBackend(device) : null;
}
