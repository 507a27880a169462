using System.Runtime.Intrinsics;

namespace FastCore.Compute.Execution;

/// <summary>The cores of this machine: how many take part in one operation, and what they can do.</summary>
internal static class HostThreads
{
    /// <summary>Threads that take part in a large operation, the caller included.</summary>
    internal static int Count { get; } = Environment.ProcessorCount;

    /// <summary>Widest vectors that operations use here.</summary>
    internal static string Vectors =>
        Vector512.IsHardwareAccelerated ? "512-bit vectors" : Vector256.IsHardwareAccelerated ? "256-bit vectors" : "no vectors";

    /// <summary>In words, for logs.</summary>
    internal static string Description => $"host, {Vectors}, {Count} {(Count == 1 ? "thread" : "threads")}";
}
