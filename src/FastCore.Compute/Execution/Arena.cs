using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastCore.Compute.Execution;

/// <summary>
/// One block of zeroed memory outside the garbage-collected heap, aligned to 64 bytes: a cache line and the widest vector. Tensors of
/// an <see cref="ArenaLayout"/> name its regions.
/// </summary>
/// <typeparam name="T">Element type.</typeparam>
public sealed unsafe class Arena<T> : IDisposable
    where T : unmanaged
{
    private const int AlignmentBytes = 64;
    private T* start;

    /// <summary>Reserves <paramref name="length"/> zeroed elements.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative length.</exception>
    public Arena(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        nuint bytes = (nuint)Math.Max(1, (long)length * sizeof(T));
        start = (T*)NativeMemory.AlignedAlloc(bytes, AlignmentBytes);
        NativeMemory.Clear(start, bytes);
        ArenaMemory.Add((long)length * sizeof(T));
    }

    /// <summary>Frees the memory of an arena that nobody disposed.</summary>
    ~Arena() => Free();

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    /// <summary>All elements.</summary>
    /// <exception cref="ObjectDisposedException">The arena is gone.</exception>
    public Span<T> Values
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ObjectDisposedException.ThrowIf(start is null, this);
            return new Span<T>(start, Length);
        }
    }

    internal T* Pointer => start;

    /// <summary>The region that <paramref name="tensor"/> names, for writing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tensor does not lie in this arena.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MatrixSpan<T> Write(Tensor tensor) => new(Values.Slice(tensor.Offset, Extent(tensor)), tensor.Rows, tensor.Columns, tensor.Stride);

    /// <summary>The region that <paramref name="tensor"/> names, for reading.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tensor does not lie in this arena.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlyMatrixSpan<T> Read(Tensor tensor) => new(Values.Slice(tensor.Offset, Extent(tensor)), tensor.Rows, tensor.Columns, tensor.Stride);

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static int Extent(Tensor tensor) =>
        tensor.Rows == 0 ? 0 : ((tensor.Rows - 1) * tensor.Stride) + tensor.Columns;

    private void Free()
    {
        if (start is not null)
            ArenaMemory.Add(-(long)Length * sizeof(T));
        NativeMemory.AlignedFree(start);
        start = null;
    }
}

/// <summary>Bytes of all arenas of the process that live, scratch memory of operations included.</summary>
internal static class ArenaMemory
{
    private static long bytes;

    internal static long Bytes => Interlocked.Read(ref bytes);

    internal static void Add(long change) => Interlocked.Add(ref bytes, change);
}
