using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FastCore.Compute.Execution;
using FastCore.Compute.Layers;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>
/// Matrix product by packing (Goto and van de Geijn 2008): blocks of a and panels of b are copied into the order in which the register tile
/// reads them, so strides and transpositions cost only the copy. A block of c ends with an optional bias and activation, or with the slope of
/// one, while it is in cache; of a symmetric product only the tiles that touch the lower triangle are computed. One object per calling thread keeps the buffers.
/// </summary>
/// <remarks>
/// Chunks of depth up to 256 are computed one after the other, so every entry of c is summed in the same order on any number of threads. In a
/// chunk, threads claim blocks of c; a block whose pieces of a and b are not there packs them itself, or waits for those that somebody has begun.
/// Blocks are numbered along the shorter side of c first: threads that work from both ends then share pieces of the smaller operand only, and
/// what a core has packed it uses itself, because fetching it from another core's cache costs more than packing it.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Kept for the life of its thread; the finalizers of the arenas free the buffers.")]
internal sealed unsafe class PackedMultiply<T> : HostWork
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Depth = 256;
    private const int RowBlock = 144;
    private const int SmallestRowBlock = 48;
    private const int RowChunk = 8 * RowBlock;
    private const int GroupPanels = 8;
    private const int PiecePanels = 2;
    private const int GroupChunk = 8;

    // Below this many multiply-adds the second thread costs more than it brings: asleep it must be woken first.
    private const long ParallelFrom = 5_000_000;
    private const long ParallelFromAwake = 2_000_000;

    // Up to so many rows packing b is a noticeable part of the work; with more rows it pays to read whole pieces of its lines at once.
    private const int PackOnTheWayRows = 2 * RowBlock;

    // Blocks that a large product falls into at least, so that threads end together.
    private const int FewestBlocks = 8;

    [ThreadStatic]
    private static PackedMultiply<T>? mine;

    private readonly int[] packedRows = new int[RowChunk / SmallestRowBlock];
    private readonly int[] packedPieces = new int[GroupChunk * GroupPanels / PiecePanels];
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
    private int groups;
    private int groupColumns;
    private bool rowsFirst;
    private T alpha;
    private T beta;
    private T* shift;
    private T* outputs;
    private nint outputStride;
    private Activation activation;
    private bool lower;
    private int belowDiagonal;

    /// <summary>The object of the calling thread.</summary>
    internal static PackedMultiply<T> Mine => mine ??= new PackedMultiply<T>();

    private static int TileRows => Vector512.IsHardwareAccelerated ? 12 : 6;

    private static int TileColumns => Vector512.IsHardwareAccelerated ? 2 * Vector512<T>.Count : 2 * Vector256<T>.Count;

    private static int PieceColumns => PiecePanels * TileColumns;

    /// <summary>c (m x n) := alpha a (m x k) b (k x n) + beta c, then what <paramref name="end"/> says.</summary>
    /// <param name="left">a.</param>
    /// <param name="right">b.</param>
    /// <param name="result">c.</param>
    /// <param name="resultStride">Elements between rows of c.</param>
    /// <param name="height">m.</param>
    /// <param name="width">n.</param>
    /// <param name="depth">k.</param>
    /// <param name="scale">alpha.</param>
    /// <param name="keep">beta; 0 does not read c.</param>
    /// <param name="end">The element-wise end of c.</param>
    /// <param name="lowerOnly">Entries above the diagonal of c may be left as they are.</param>
    internal void Multiply(Strided left, Strided right, T* result, nint resultStride, int height, int width, int depth, T scale, T keep,
        MatrixMultiply.End<T> end, bool lowerOnly)
    {
        long work = (long)height * width * depth / (lowerOnly ? 2 : 1);
        bool parallel = work >= ParallelFrom || (work >= ParallelFromAwake && HostThreads.SomebodyIsAwake);
        int columnChunk = GroupChunk * GroupPanels * TileColumns;
        int chunks = (depth + Depth - 1) / Depth;
        int step = (depth + chunks - 1) / chunks;
        stride = resultStride;
        alpha = scale;
        activation = end.Activation;
        outputStride = end.OutputStride;
        lower = lowerOnly;
        for (int column = 0; column < width; column += columnChunk)
        {
            for (int p = 0; p < depth; p += step)
            {
                for (int row = 0; row < height; row += RowChunk)
                {
                    m = Math.Min(RowChunk, height - row);
                    belowDiagonal = row - column;
                    if (lowerOnly && belowDiagonal + m <= 0)
                        continue;
                    a = left.At(row, p);
                    b = right.At(p, column);
                    c = result + (row * resultStride) + column;
                    n = Math.Min(columnChunk, width - column);
                    k = Math.Min(step, depth - p);
                    beta = p == 0 ? keep : T.One;
                    bool last = p + step >= depth;
                    shift = last && end.Bias is not null ? end.Bias + column : null;
                    outputs = last && end.Outputs is not null ? end.Outputs + (row * outputStride) + column : null;
                    Chunk(parallel);
                }
            }
        }
    }

    /// <inheritdoc/>
    internal override void Run(int block)
    {
        int group = rowsFirst ? block / rowBlocks : block % groups;
        int row = rowsFirst ? block % rowBlocks : block / groups;
        int firstRow = row * rowBlock;
        int firstColumn = group * groupColumns;
        int height = Math.Min(rowBlock, m - firstRow);
        int width = Math.Min(groupColumns, n - firstColumn);
        int below = belowDiagonal + firstRow - firstColumn;
        if (lower && below + height <= 0)
            return;
        // Whoever finds the rows being packed packs a piece of b meanwhile.
        if (!PackedRows(row, wait: false))
        {
            if (Claimed(ref packedPieces[firstColumn / PieceColumns], wait: false))
                Pack(firstColumn / PieceColumns);
            PackedRows(row, wait: true);
        }
        T* packedA = rows.Pointer + (row * rowBlock * k);
        T* to = c + (firstRow * stride) + firstColumn;
        bool packsOnTheWay = Vector512.IsHardwareAccelerated && b.ColumnStride == 1 && m <= PackOnTheWayRows && height >= TileRows && !lower;
        for (int j = 0; j < width; j += PieceColumns)
        {
            if (lower && below + height <= j)
                break;
            int piece = (firstColumn + j) / PieceColumns;
            T* packedB = columns.Pointer + (piece * PieceColumns * k);
            int across = Math.Min(PieceColumns, width - j);
            bool packs = Claimed(ref packedPieces[piece], wait: true);
            if (packs && packsOnTheWay)
            {
                Tile(packedA, packedB, to + j, height, across, below - j, b.At(0, firstColumn + j).Start);
                Volatile.Write(ref packedPieces[piece], 2);
                continue;
            }
            if (packs)
                Pack(piece);
            Tile(packedA, packedB, to + j, height, across, below - j, null);
        }
        for (int i = 0; shift is not null && i < height; i++)
            ActivationMap.Apply(activation, new ReadOnlySpan<T>(shift + firstColumn, width), new Span<T>(to + (i * stride), width));
        for (int i = 0; outputs is not null && i < height; i++)
        {
            T* saved = outputs + ((firstRow + i) * outputStride) + firstColumn;
            ActivationMap.ApplySlope(activation, new ReadOnlySpan<T>(saved, width), new Span<T>(to + (i * stride), width));
        }
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
                int bytes = there * sizeof(T);
                for (int p = 0; p < depth; p++)
                    CopyShort((byte*)(source + (p * from.ColumnStride)), (byte*)(to + (p * tile)), bytes);
                continue;
            }
            Turn(source, from.RowStride, from.ColumnStride, to, tile, there, depth);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackColumns(Strided from, T* to, int count, int depth)
    {
        int tile = TileColumns;
        int whole = count / tile * tile;
        int panel = tile * depth;
        T* rest = to + (whole * depth);
        if (whole < count)
            new Span<T>(rest, panel).Clear();
        if (from.ColumnStride == 1)
        {
            for (int p = 0; p < depth; p++)
            {
                T* line = from.Start + (p * from.RowStride);
                T* target = to + (p * tile);
                for (int j = 0; j < whole; j += tile, target += panel)
                    CopyTile(line + j, target);
                for (int j = whole; j < count; j++)
                    rest[(p * tile) + j - whole] = line[j];
            }
            return;
        }
        for (int j = 0; j < count; j += tile)
            Turn(from.At(0, j).Start, from.ColumnStride, from.RowStride, to + (j * depth), tile, Math.Min(tile, count - j), depth);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyTile(T* from, T* to)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512.Load(from).Store(to);
            Vector512.Load(from + Vector512<T>.Count).Store(to + Vector512<T>.Count);
            return;
        }
        Vector256.Load(from).Store(to);
        Vector256.Load(from + Vector256<T>.Count).Store(to + Vector256<T>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyShort(byte* from, byte* to, int bytes)
    {
        int at = 0;
        for (; at <= bytes - 16; at += 16)
            Vector128.Load(from + at).Store(to + at);
        for (; at < bytes; at += 4)
            *(int*)(to + at) = *(int*)(from + at);
    }

    /// <summary>to[p, r] := from[r, p] for lines r that lie <paramref name="step"/> apart; squares of four by four turn in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Turn(T* from, nint step, nint next, T* to, int tile, int lines, int depth)
    {
        int r = 0;
        if (next == 1 && (typeof(T) == typeof(float) ? Sse.IsSupported : Avx.IsSupported))
        {
            for (; r <= lines - 4; r += 4)
            {
                T* line = from + (r * step);
                T* target = to + r;
                int p = 0;
                for (; p <= depth - 4; p += 4, line += 4, target += 4 * tile)
                {
                    if (typeof(T) == typeof(float))
                        TurnSquare((float*)line, step, (float*)target, tile);
                    else
                        TurnSquare((double*)line, step, (double*)target, tile);
                }
                for (; p < depth; p++, line++, target += tile)
                {
                    target[0] = line[0];
                    target[1] = line[step];
                    target[2] = line[2 * step];
                    target[3] = line[3 * step];
                }
            }
        }
        for (; r < lines; r++)
        {
            T* line = from + (r * step);
            T* target = to + r;
            for (int p = 0; p < depth; p++, line += next, target += tile)
                *target = *line;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnSquare(float* from, nint step, float* to, nint tile)
    {
        Vector128<float> x0 = Vector128.Load(from), x1 = Vector128.Load(from + step);
        Vector128<float> x2 = Vector128.Load(from + (2 * step)), x3 = Vector128.Load(from + (3 * step));
        Vector128<float> low01 = Sse.UnpackLow(x0, x1), high01 = Sse.UnpackHigh(x0, x1);
        Vector128<float> low23 = Sse.UnpackLow(x2, x3), high23 = Sse.UnpackHigh(x2, x3);
        Sse.MoveLowToHigh(low01, low23).Store(to);
        Sse.MoveHighToLow(low23, low01).Store(to + tile);
        Sse.MoveLowToHigh(high01, high23).Store(to + (2 * tile));
        Sse.MoveHighToLow(high23, high01).Store(to + (3 * tile));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnSquare(double* from, nint step, double* to, nint tile)
    {
        Vector256<double> x0 = Vector256.Load(from), x1 = Vector256.Load(from + step);
        Vector256<double> x2 = Vector256.Load(from + (2 * step)), x3 = Vector256.Load(from + (3 * step));
        Vector256<double> low01 = Avx.UnpackLow(x0, x1), high01 = Avx.UnpackHigh(x0, x1);
        Vector256<double> low23 = Avx.UnpackLow(x2, x3), high23 = Avx.UnpackHigh(x2, x3);
        Avx.Permute2x128(low01, low23, 0x20).Store(to);
        Avx.Permute2x128(high01, high23, 0x20).Store(to + tile);
        Avx.Permute2x128(low01, low23, 0x31).Store(to + (2 * tile));
        Avx.Permute2x128(high01, high23, 0x31).Store(to + (3 * tile));
    }

    private void Chunk(bool parallel)
    {
        int tile = TileRows;
        int panels = GroupPanels;
        int wanted = RowBlocksOf(RowBlock);
        groups = GroupsOf(panels);
        if (parallel)
        {
            for (; wanted * groups < FewestBlocks && panels > PiecePanels; groups = GroupsOf(panels))
                panels /= 2;
            wanted = Math.Max(wanted, Math.Min(RowBlocksOf(SmallestRowBlock), (FewestBlocks + groups - 1) / groups));
        }
        // Equal blocks: 210 rows become 108 and 102, not 144 and 66.
        rowBlock = (((m + wanted - 1) / wanted) + tile - 1) / tile * tile;
        rowBlocks = RowBlocksOf(rowBlock);
        groupColumns = panels * TileColumns;
        rowsFirst = m <= n;
        rows = Grow(rows, rowBlocks * rowBlock * k);
        columns = Grow(columns, (n + TileColumns - 1) / TileColumns * TileColumns * k);
        Array.Clear(packedRows);
        Array.Clear(packedPieces);
        if (parallel)
        {
            HostThreads.Run(this, rowBlocks * groups);
            return;
        }
        for (int block = 0; block < rowBlocks * groups; block++)
            Run(block);
    }

    private int GroupsOf(int panels) => (n + (panels * TileColumns) - 1) / (panels * TileColumns);

    private int RowBlocksOf(int size) => (m + size - 1) / size;

    // Whether the rows are packed now; waiting only for somebody who packs them.
    private bool PackedRows(int index, bool wait)
    {
        ref int state = ref packedRows[index];
        if (Claimed(ref state, wait))
        {
            PackRows(a.At(index * rowBlock, 0), rows.Pointer + (index * rowBlock * k), Math.Min(rowBlock, m - (index * rowBlock)), k);
            Volatile.Write(ref state, 2);
        }
        return Volatile.Read(ref state) == 2;
    }

    private void Pack(int piece)
    {
        int first = piece * PieceColumns;
        PackColumns(b.At(0, first), columns.Pointer + (first * k), Math.Min(PieceColumns, n - first), k);
        Volatile.Write(ref packedPieces[piece], 2);
    }

    // True: the caller packs. False: it is packed, or without waiting: somebody packs it.
    private static bool Claimed(ref int state, bool wait)
    {
        if (Volatile.Read(ref state) == 2)
            return false;
        if (Interlocked.CompareExchange(ref state, 1, 0) == 0)
            return true;
        var spin = default(SpinWait);
        while (wait && Volatile.Read(ref state) != 2)
            spin.SpinOnce(-1);
        return false;
    }

    // With a source the panels of b are not packed yet: the first rows of tiles read the source and pack it between their products.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Tile(T* packedA, T* packedB, T* to, int height, int width, int below, T* source)
    {
        int tileRows = TileRows;
        int tileColumns = TileColumns;
        // The largest register tile: 12 rows of two 64-byte vectors.
        byte* memory = stackalloc byte[(12 * 128) + 64];
        T* edge = (T*)(((nuint)memory + 63) & ~(nuint)63);
        for (int j = 0; j < width; j += tileColumns, packedB += tileColumns * k)
        {
            T* panel = packedA;
            int columnsThere = Math.Min(tileColumns, width - j);
            if (source != null && columnsThere < tileColumns)
                PackColumns(new Strided(source + j, b.RowStride, 1), packedB, columnsThere, k);
            for (int i = 0; i < height; i += tileRows, panel += tileRows * k)
            {
                // Above the diagonal: its last row ends before its first column.
                if (lower && below + i + tileRows <= j)
                    continue;
                T* target = to + (i * stride) + j;
                int rowsThere = Math.Min(tileRows, height - i);
                if (source != null && i == 0 && columnsThere == tileColumns)
                {
                    RegisterTile512.Rows12AndPack(k, panel, source + j, b.RowStride, packedB, target, stride, alpha, beta);
                    continue;
                }
                if (columnsThere == tileColumns)
                {
                    Register(rowsThere, panel, packedB, target, stride, beta);
                    continue;
                }
                Register(rowsThere, panel, packedB, edge, tileColumns, T.Zero);
                for (int r = 0; r < rowsThere; r++)
                    Add(edge + (r * tileColumns), beta, target + (r * stride), columnsThere);
            }
        }
    }

    // to := from + beta to.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(T* from, T beta, T* to, int count)
    {
        int i = 0;
        if (beta == T.Zero)
        {
            for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
                Vector.Load(from + i).Store(to + i);
            for (; i < count; i++)
                to[i] = from[i];
            return;
        }
        var factor = new Vector<T>(beta);
        for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            VectorLoops.Fma(factor, Vector.Load(to + i), Vector.Load(from + i)).Store(to + i);
        for (; i < count; i++)
            to[i] = T.MultiplyAddEstimate(beta, to[i], from[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Register(int rowsThere, T* panel, T* packedB, T* target, nint targetStride, T keep)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            if (rowsThere == 12)
                RegisterTile512.Rows12(k, panel, packedB, target, targetStride, alpha, keep);
            else
                RegisterTile512.Fewer(rowsThere, k, panel, packedB, target, targetStride, alpha, keep);
        }
        else if (rowsThere == 6)
        {
            RegisterTile256.Rows6(k, panel, packedB, target, targetStride, alpha, keep);
        }
        else
        {
            RegisterTile256.Fewer(rowsThere, k, panel, packedB, target, targetStride, alpha, keep);
        }
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
