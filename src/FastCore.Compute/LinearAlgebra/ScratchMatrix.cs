using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>Memory of the calling thread for intermediate results of one operation; grows to the largest size asked for and stays.</summary>
/// <typeparam name="T">Element type.</typeparam>
/// <typeparam name="TOwner">The operation: two operations that call each other have separate memory.</typeparam>
internal static unsafe class ScratchMatrix<T, TOwner>
    where T : unmanaged
{
    [ThreadStatic]
    private static Arena<T>? memory;

    /// <summary>At least <paramref name="length"/> elements, contents undefined, valid until the operation ends.</summary>
    internal static T* Get(int length)
    {
        if (memory is null || memory.Length < length)
        {
            memory?.Dispose();
            memory = new Arena<T>(length);
        }
        return memory.Pointer;
    }
}
