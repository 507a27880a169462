using FastCore.Compute.Execution;
using Xunit;

namespace FastCore.Learning.Tests;

/// <summary>Tests on an OpenCL device skip without one, unless FASTCORE_REQUIRE_OPENCL is 1.</summary>
internal static class OpenClDevice
{
    public static void RequireOrSkip() => Assert.SkipWhen(
        Environment.GetEnvironmentVariable("FASTCORE_REQUIRE_OPENCL") != "1"
            && !ExecutionBackends.Describe().Any(found => found.Name == "opencl" && found.Available),
        "no OpenCL device here: install pocl-opencl-icd to run the kernels on the processor");
}
