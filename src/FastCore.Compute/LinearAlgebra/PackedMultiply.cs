using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>
/// The packed matrix product (Goto and van de Geijn 2008): both operands are copied into the order in which the register tile reads them,
/// which also does the transpositions. One object per calling thread keeps the buffers.
/// </summary>
/// <remarks>
/// Chunks of depth 256 are computed one after the other, so every entry of c is summed in the same order on any number of threads. In a
/// chunk, threads claim tiles of c; whoever first needs a packed block of a or b packs it, others wait for that block only.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Kept for the life of its thread; the finalizers of the arenas free the buffers.")]
internal sealed unsafe class PackedMultiply<T> : HostWork
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Depth = 256;
    private const int RowBlock = 144;
    private const int RowChunk = 8 * RowBlock;
    private const int GroupPanels = 8;
    private const int GroupChunk = 8;

    // Below this many multiply-adds waking a second thread costs more than it brings.
    private const long ParallelFrom = 5_000_000;

    [ThreadStatic]
    private static PackedMultiply<T>? mine;

    private readonly int[] packedRows = new int[RowChunk / RowBlock];
    private readonly int[] packedGroups = new int[GroupChunk];
    private Arena<T> rows = new(0);
    private Arena<T> columns = new(0);
    private Strided a;
    private Strided b;
    private T* c;
    private nint stride;
    private int m;
    private int n;
    private int k;
    private int rowBlock;
    private int rowBlocks;
    private T alpha;
    private T beta;

    /// <summary>The object of the calling thread.</summary>
    internal static PackedMultiply<T> Mine => mine ??= new PackedMultiply<T>();

    private static int TileRows => Vector512.IsHardwareAccelerated ? 12 : 6;

    private static int TileColumns => Vector512.IsHardwareAccelerated ? 2 * Vector512<T>.Count : 2 * Vector256<T>.Count;

    private static int GroupColumns => GroupPanels * TileColumns;

    /// <summary>c (m x n) := alpha a (m x k) b (k x n) + beta c.</summary>
    internal void Multiply(Strided left, Strided right, T* result, nint resultStride, int height, int width, int depth, T scale, T keep)
    {
        bool parallel = (long)height * width * depth >= ParallelFrom;
        int columnChunk = GroupChunk * GroupColumns;
        stride = resultStride;
        alpha = scale;
        for (int column = 0; column < width; column += columnChunk)
        {
            for (int p = 0; p < depth; p += Depth)
            {
                for (int row = 0; row < height; row += RowChunk)
                {
                    a = left.At(row, p);
                    b = right.At(p, column);
                    c = result + (row * resultStride) + column;
                    m = Math.Min(RowChunk, height - row);
                    n = Math.Min(columnChunk, width - column);
                    k = Math.Min(Depth, depth - p);
                    beta = p == 0 ? keep : T.One;
                    Chunk(parallel);
                }
            }
        }
    }

    /// <inheritdoc/>
    internal override void Run(int block)
    {
        int group = block / rowBlocks;
        int row = block - (group * rowBlocks);
        T* packedA = Rows(row);
        T* packedB = Columns(group);
        int firstRow = row * rowBlock;
        int firstColumn = group * GroupColumns;
        Tile(packedA, packedB, c + (firstRow * stride) + firstColumn,
            Math.Min(rowBlock, m - firstRow), Math.Min(GroupColumns, n - firstColumn));
    }

    private static Arena<T> Grow(Arena<T> arena, int length)
    {
        if (arena.Length >= length)
            return arena;
        arena.Dispose();
        return new Arena<T>(length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows(Strided from, T* to, int count, int depth)
    {
        int tile = TileRows;
        for (int i = 0; i < count; i += tile, to += tile * depth)
        {
            int there = Math.Min(tile, count - i);
            T* source = from.At(i, 0).Start;
            if (there < tile)
                new Span<T>(to, tile * depth).Clear();
            if (from.RowStride == 1)
            {
                for (int p = 0; p < depth; p++)
                {
                    T* line = source + (p * from.ColumnStride);
                    for (int r = 0; r < there; r++)
                        to[(p * tile) + r] = line[r];
                }
                continue;
            }
            for (int r = 0; r < there; r++)
            {
                T* line = source + (r * from.RowStride);
                T* target = to + r;
                for (int p = 0; p < depth; p++, target += tile)
                    *target = line[p * from.ColumnStride];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackColumns(Strided from, T* to, int count, int depth)
    {
        int tile = TileColumns;
        for (int j = 0; j < count; j += tile, to += tile * depth)
        {
            int there = Math.Min(tile, count - j);
            T* source = from.At(0, j).Start;
            if (there < tile)
                new Span<T>(to, tile * depth).Clear();
            if (from.ColumnStride == 1)
            {
                for (int p = 0; p < depth; p++)
                    new ReadOnlySpan<T>(source + (p * from.RowStride), there).CopyTo(new Span<T>(to + (p * tile), there));
                continue;
            }
            for (int r = 0; r < there; r++)
            {
                T* line = source + (r * from.ColumnStride);
                T* target = to + r;
                for (int p = 0; p < depth; p++, target += tile)
                    *target = line[p * from.RowStride];
            }
        }
    }

    private void Chunk(bool parallel)
    {
        int tile = TileRows;
        rowBlocks = (m + RowBlock - 1) / RowBlock;
        // Equal blocks: 210 rows become 108 and 102, not 144 and 66.
        rowBlock = (((m + rowBlocks - 1) / rowBlocks) + tile - 1) / tile * tile;
        rowBlocks = (m + rowBlock - 1) / rowBlock;
        int groups = (n + GroupColumns - 1) / GroupColumns;
        rows = Grow(rows, rowBlocks * rowBlock * k);
        columns = Grow(columns, (n + TileColumns - 1) / TileColumns * TileColumns * k);
        Array.Clear(packedRows);
        Array.Clear(packedGroups);
        if (parallel)
        {
            HostThreads.Run(this, rowBlocks * groups);
            return;
        }
        for (int block = 0; block < rowBlocks * groups; block++)
            Run(block);
    }

    private T* Rows(int index)
    {
        T* to = rows.Pointer + (index * rowBlock * k);
        ref int state = ref packedRows[index];
        if (Claimed(ref state))
        {
            PackRows(a.At(index * rowBlock, 0), to, Math.Min(rowBlock, m - (index * rowBlock)), k);
            Volatile.Write(ref state, 2);
        }
        return to;
    }

    private T* Columns(int index)
    {
        T* to = columns.Pointer + (index * GroupColumns * k);
        ref int state = ref packedGroups[index];
        if (Claimed(ref state))
        {
            PackColumns(b.At(0, index * GroupColumns), to, Math.Min(GroupColumns, n - (index * GroupColumns)), k);
            Volatile.Write(ref state, 2);
        }
        return to;
    }

    // True: the caller packs. False: it is packed.
    private static bool Claimed(ref int state)
    {
        if (Volatile.Read(ref state) == 2)
            return false;
        if (Interlocked.CompareExchange(ref state, 1, 0) == 0)
            return true;
        var spin = default(SpinWait);
        while (Volatile.Read(ref state) != 2)
            spin.SpinOnce(-1);
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Tile(T* packedA, T* packedB, T* to, int height, int width)
    {
        int tileRows = TileRows;
        int tileColumns = TileColumns;
        // The largest register tile: 12 rows of two 64-byte vectors.
        byte* memory = stackalloc byte[(12 * 128) + 64];
        T* edge = (T*)(((nuint)memory + 63) & ~(nuint)63);
        for (int j = 0; j < width; j += tileColumns, packedB += tileColumns * k)
        {
            T* panel = packedA;
            for (int i = 0; i < height; i += tileRows, panel += tileRows * k)
            {
                T* target = to + (i * stride) + j;
                int rowsThere = Math.Min(tileRows, height - i);
                int columnsThere = Math.Min(tileColumns, width - j);
                if (rowsThere == tileRows && columnsThere == tileColumns)
                {
                    Register(panel, packedB, target, stride, beta);
                    continue;
                }
                Register(panel, packedB, edge, tileColumns, T.Zero);
                for (int r = 0; r < rowsThere; r++)
                {
                    for (int q = 0; q < columnsThere; q++)
                    {
                        ref T entry = ref target[(r * stride) + q];
                        entry = beta == T.Zero ? edge[(r * tileColumns) + q] : T.MultiplyAddEstimate(beta, entry, edge[(r * tileColumns) + q]);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Register(T* panel, T* packedB, T* target, nint targetStride, T keep)
    {
        if (Vector512.IsHardwareAccelerated)
            RegisterTile512.Rows12(k, panel, packedB, target, targetStride, alpha, keep);
        else
            RegisterTile256.Rows6(k, panel, packedB, target, targetStride, alpha, keep);
    }

    /// <summary>A matrix with any distance between rows and between columns.</summary>
    internal readonly struct Strided(T* start, nint rowStride, nint columnStride)
    {
        internal T* Start => start;

        internal nint RowStride => rowStride;

        internal nint ColumnStride => columnStride;

        internal Strided At(int row, int column) => new(start + (row * rowStride) + (column * columnStride), rowStride, columnStride);
    }
}
