using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace FastCore.Compute.Execution;

/// <summary>Executors on one device that ILGPU drives. Double precision stays on the host (factors of a few hundred points).</summary>
internal sealed class DeviceBackend : ExecutionBackend
{
    private readonly Context context;
    private readonly Accelerator accelerator;
    private readonly DeviceKernels kernels;

    static DeviceBackend()
    {
        // ILGPU looks for the unversioned library, which only development packages install; without it OpenCL is silently absent.
        NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, static (name, _, _) =>
            name == "OpenCL" && OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libOpenCL.so.1", out nint handle) ? handle : 0);
    }

    private DeviceBackend(string name, Context context, Device device)
    {
        Name = name;
        this.context = context;
        accelerator = device.CreateAccelerator(context);
        kernels = new DeviceKernels(accelerator);
        Description = $"{name}, {accelerator.Name.Trim()}";
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Description { get; }

    internal Accelerator Accelerator => accelerator;

    internal DeviceKernels Kernels => kernels;

    /// <summary>Opens the first device of a kind: cuda, opencl, opencl-gpu (no OpenCL on a CPU), emulator. Null when there is none.</summary>
    internal static DeviceBackend? TryOpen(string kind)
    {
        Context context;
        try
        {
            context = CreateContext(kind);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException
            or CudaException or CLException)
        {
            return null;
        }
        try
        {
            Device? device = context.Devices.FirstOrDefault(candidate => Matches(candidate, kind));
            if (device is not null)
                return new DeviceBackend(kind == "opencl-gpu" ? "opencl" : kind, context, device);
        }
        catch
        {
            context.Dispose();
            throw;
        }
        context.Dispose();
        return null;
    }

    /// <summary>Names of the devices of a kind.</summary>
    internal static IReadOnlyList<string> DeviceNames(string kind)
    {
        try
        {
            using Context context = CreateContext(kind);
            return [.. context.Devices.Where(candidate => Matches(candidate, kind)).Select(candidate => candidate.Name.Trim())];
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException
            or CudaException or CLException)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public override IExecutor<float> CreateSingle(ArenaLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return DeviceFailure.Name(Description, $"reserving {layout.Length * 4L >> 20} MiB", () =>
            new DeviceExecutor(accelerator, kernels, Description, layout));
    }

    /// <inheritdoc/>
    public override IExecutor<double> CreateDouble(ArenaLayout layout) => new HostExecutor<double>(layout);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            kernels.Dispose();
            accelerator.Dispose();
            context.Dispose();
        }
        base.Dispose(disposing);
    }

    private static bool Matches(Device device, string kind) => kind switch
    {
        "cuda" => device is CudaDevice,
        "opencl" => device is CLDevice,
        "opencl-gpu" => device is CLDevice { DeviceType: CLDeviceType.CL_DEVICE_TYPE_GPU },
        _ => device is CPUDevice,
    };

    private static Context CreateContext(string kind) => Context.Create(builder =>
    {
        builder.EnableAlgorithms().Optimize(OptimizationLevel.O2);
        switch (kind)
        {
            case "cuda":
                builder.Cuda();
                break;
            case "opencl" or "opencl-gpu":
                builder.OpenCL(AllowLimited);
                break;
            default:
                // 256 threads in a group, the largest that any kernel asks for, and one multiprocessor.
                builder.CPU(new CPUDevice(16, 16, 1));
                break;
        }
    });

    // PoCL 3 says that it has no generic address space; the kernels here need none (no atomics, no dynamic shared memory).
    private static bool AllowLimited(CLDevice device)
    {
        if (!device.Capabilities.GenericAddressSpace)
        {
            typeof(CLCapabilityContext).GetProperty("GenericAddressSpace", BindingFlags.Instance | BindingFlags.Public)
                ?.SetValue(device.Capabilities, true);
        }
        return device.Capabilities.GenericAddressSpace;
    }
}
