using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>Device kernels against the definitions: on the emulator at tiny shapes, on OpenCL and CUDA at all shapes.</summary>
public sealed class DeviceParityTests
{
    [Fact]
    public void EmulatorAgreesWithTheDefinition() => CompareAll("emulator", parity => parity.Small);

    [Fact]
    public void OpenClAgreesWithTheDefinition()
    {
        Assert.SkipWhen(!Runs("opencl"), NoOpenCl);
        CompareAll("opencl", _ => true);
    }

    [Fact]
    public void CudaAgreesWithTheDefinition()
    {
        Assert.SkipWhen(!Runs("cuda"), "no CUDA device here");
        CompareAll("cuda", _ => true);
    }

    internal const string NoOpenCl = "no OpenCL device here: install pocl-opencl-icd to run the kernels on the processor";

    /// <summary>Whether a backend's tests run: it is here, or it is required, so that its absence fails.</summary>
    internal static bool Runs(string name) =>
        (name == "opencl" && Environment.GetEnvironmentVariable("FASTCORE_REQUIRE_OPENCL") == "1")
        || ExecutionBackends.Describe().Single(backend => backend.Name == name).Available;

    private static void CompareAll(string name, Func<ParityCase, bool> chosen)
    {
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        int count = 0;
        foreach (ParityCase parity in OperationCases.All<float>().Where(chosen))
        {
            // Tensors with and without gaps between their rows take turns.
            parity.Compare(layout => new ReferenceExecutor<float>(layout), backend.CreateSingle, gap: 3 * (count % 2), device: true);
            count++;
        }
        Assert.True(count > 200, $"only {count} cases ran");
    }
}
