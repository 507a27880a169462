using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>Device kernels against the definitions: on ILGPU's CPU accelerator at tiny shapes, on OpenCL and CUDA at all shapes where present.</summary>
public sealed class DeviceParityTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void EmulatorAgreesWithTheDefinition(int gap) => CompareAll("emulator", gap, parity => parity.Small);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void OpenClAgreesWithTheDefinition(int gap)
    {
        bool required = Environment.GetEnvironmentVariable("FASTCORE_REQUIRE_OPENCL") == "1";
        Assert.SkipWhen(!required && !IsHere("opencl"), "no OpenCL device here: install pocl-opencl-icd to run the kernels on the processor");
        CompareAll("opencl", gap, _ => true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void CudaAgreesWithTheDefinition(int gap)
    {
        Assert.SkipWhen(!IsHere("cuda"), "no CUDA device here");
        CompareAll("cuda", gap, _ => true);
    }

    private static bool IsHere(string name) => ExecutionBackends.Describe().Single(backend => backend.Name == name).Available;

    private static void CompareAll(string name, int gap, Func<ParityCase, bool> chosen)
    {
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        int count = 0;
        foreach (ParityCase parity in OperationCases.All<float>().Where(chosen))
        {
            parity.Compare(layout => new ReferenceExecutor<float>(layout), backend.CreateSingle, gap, device: true);
            count++;
        }
        Assert.True(count > 200, $"only {count} cases ran");
    }
}
