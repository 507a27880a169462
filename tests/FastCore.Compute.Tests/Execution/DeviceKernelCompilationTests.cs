using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Algorithms.ScanReduceOperations;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Group = ILGPU.Group;

namespace FastCore.Compute.Tests.Execution;

/// <summary>
/// Compiles every device kernel of the assembly for CUDA (an older and a newer architecture) and OpenCL without a device: a kernel that runs on
/// the CPU accelerator may still not compile for a GPU.
/// </summary>
public sealed class DeviceKernelCompilationTests
{
    private static readonly (CudaArchitecture Architecture, CudaInstructionSet Instructions)[] Targets =
        [(CudaArchitecture.SM_75, CudaInstructionSet.ISA_70), (CudaArchitecture.SM_80, CudaInstructionSet.ISA_70)];

    private static readonly Regex ForbiddenOnCuda =
        new(@"\b(shfl|vote|match|activemask|atom|red|redux)\.[\w.]+|\.extern\s+\.shared", RegexOptions.Compiled);

    private static readonly Regex ForbiddenInOpenCl =
        new(@"\b(atomic_\w+|atom_\w+|sub_group_\w+|work_group_(?!barrier)\w+|get_sub_group\w+|intel_sub\w+)", RegexOptions.Compiled);

    [Fact]
    public void ForbiddenFeaturesAreFound()
    {
        using Context context = NewContext();
        using var backend = new PTXBackend(
            context, new CudaCapabilityContext(CudaArchitecture.SM_80), CudaArchitecture.SM_80, CudaInstructionSet.ISA_70, null);
        using var cl = new CLBackend(context, new CLCapabilityContext(false, true, true, true, true), CLDeviceVendor.Other, CLCVersion.CL30);
        foreach (string name in new[] { nameof(UsesAtomics), nameof(UsesWarps), nameof(UsesDynamicMemory), nameof(UsesGroupSum) })
        {
            MethodInfo kernel = typeof(DeviceKernelCompilationTests).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!;
            Assert.Matches(ForbiddenOnCuda, ((PTXCompiledKernel)Compile(backend, kernel, name)).PTXAssembly);
            if (name is nameof(UsesAtomics) or nameof(UsesGroupSum))
                Assert.Matches(ForbiddenInOpenCl, ((CLCompiledKernel)Compile(cl, kernel, name)).Source);
        }
    }

    private static void UsesAtomics(ArrayView<float> arena) => Atomic.Add(ref arena[0], 1);

    private static void UsesWarps(ArrayView<float> arena) => arena[0] = Warp.Shuffle(arena[1], 2);

    private static void UsesDynamicMemory(ArrayView<float> arena)
    {
        ArrayView<float> shared = SharedMemory.GetDynamic<float>();
        shared[Group.IdxX] = arena[Group.IdxX];
        Group.Barrier();
        arena[Group.IdxX] = shared[0];
    }

    private static void UsesGroupSum(ArrayView<float> arena) => arena[0] = GroupExtensions.AllReduce<float, AddFloat>(arena[Group.IdxX]);

    [Fact]
    public void EveryKernelCompilesForCudaAndKeepsItsVariablesInRegisters()
    {
        List<MethodInfo> kernels = Kernels();
        Assert.True(kernels.Count >= 60, $"only {kernels.Count} kernels were found");
        using Context context = NewContext();
        foreach ((CudaArchitecture architecture, CudaInstructionSet instructions) in Targets)
        {
            using var backend = new PTXBackend(context, new CudaCapabilityContext(architecture), architecture, instructions, null);
            foreach (MethodInfo kernel in kernels)
            {
                string name = $"{kernel.DeclaringType!.Name}.{kernel.Name} for {architecture}";
                string assembly = ((PTXCompiledKernel)Compile(backend, kernel, name)).PTXAssembly;
                Assert.False(assembly.Contains(".local", StringComparison.Ordinal), name + " keeps an array in slow local memory.");
                Match forbidden = ForbiddenOnCuda.Match(assembly);
                Assert.False(forbidden.Success,
                    $"{name} uses {forbidden.Value}: warp operations, atomics and dynamic shared memory are not portable.");
                if (kernel.Name == nameof(MatrixMultiplyTiles.DeviceKernelWide))
                    Assert.Equal(8, Regex.Count(assembly, @"ld\.shared\.v4\.f32"));
                Assemble(assembly, architecture, name);
            }
        }
    }

    [Fact]
    public void EveryKernelCompilesForOpenCl()
    {
        using Context context = NewContext();
        var capabilities = new CLCapabilityContext(false, true, true, true, true);
        using var backend = new CLBackend(context, capabilities, CLDeviceVendor.Other, CLCVersion.CL30);
        foreach (MethodInfo kernel in Kernels())
        {
            string name = $"{kernel.DeclaringType!.Name}.{kernel.Name}";
            string source = ((CLCompiledKernel)Compile(backend, kernel, name)).Source;
            Assert.Contains("kernel", source, StringComparison.Ordinal);
            Match forbidden = ForbiddenInOpenCl.Match(source);
            Assert.False(forbidden.Success, $"{name} uses {forbidden.Value}, which PoCL 3 cannot build.");
        }
    }

    private static Context NewContext() => Context.Create(builder => builder.EnableAlgorithms().Optimize(OptimizationLevel.O2).CPU());

    private static List<MethodInfo> Kernels() =>
    [
        .. typeof(ExecutionBackends).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(method => method.Name.StartsWith("DeviceKernel", StringComparison.Ordinal)),
    ];

    private static CompiledKernel Compile(Backend backend, MethodInfo kernel, string name)
    {
        Assert.False(kernel.IsGenericMethodDefinition, name + " is generic: a kernel must have one form.");
        EntryPointDescription entry = kernel.GetParameters()[0].ParameterType == typeof(Index1D)
            ? EntryPointDescription.FromImplicitlyGroupedKernel(kernel)
            : EntryPointDescription.FromExplicitlyGroupedKernel(kernel);
        try
        {
            return backend.Compile(entry, default(KernelSpecialization));
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{name} does not compile: {error.Message} {error.InnerException?.Message}", error);
        }
    }

    // Where the CUDA toolkit is installed its assembler says whether registers suffice.
    private static void Assemble(string assembly, CudaArchitecture architecture, string name)
    {
        string? ptxas = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "ptxas")).FirstOrDefault(File.Exists);
        if (ptxas is null)
            return;
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".ptx");
        File.WriteAllText(file, assembly);
        try
        {
            string target = architecture == CudaArchitecture.SM_75 ? "sm_75" : "sm_80";
            using Process process = Process.Start(new ProcessStartInfo(ptxas, ["-v", "-arch=" + target, "-o", file + ".cubin", file])
            {
                RedirectStandardError = true,
            })!;
            string report = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{name}: {report}");
            Assert.True(report.Contains("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", StringComparison.Ordinal),
                $"{name} spills or keeps a stack frame: {report}");
        }
        finally
        {
            File.Delete(file);
            File.Delete(file + ".cubin");
        }
    }
}
