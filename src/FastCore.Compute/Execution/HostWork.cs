namespace FastCore.Compute.Execution;

/// <summary>Work that falls into independent blocks. Implementations are kept and used again, so that a call costs no managed memory.</summary>
internal abstract class HostWork
{
    /// <summary>Does one block. Blocks write disjoint memory, run in any order on any thread, and do not throw.</summary>
    internal abstract void Run(int block);
}
