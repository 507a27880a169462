using FastCore.Compute.Execution;

namespace FastCore.Learning.Tests;

/// <summary>The backend that models are tested on.</summary>
internal static class TestBackend
{
    public static ExecutionBackend Host { get; } = new HostBackend();
}
