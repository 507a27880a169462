using System.Runtime.CompilerServices;

namespace FastCore.Compute.Execution;

/// <summary>A writable row-major matrix over memory that somebody else owns: what host operations work on.</summary>
/// <typeparam name="T">Element type.</typeparam>
public readonly ref struct MatrixSpan<T>
    where T : unmanaged
{
    /// <summary>Sees <paramref name="values"/> as rows x columns with <paramref name="stride"/> elements between row starts.</summary>
    /// <exception cref="ArgumentException">The span is too short.</exception>
    public MatrixSpan(Span<T> values, int rows, int columns, int stride)
    {
        long needed = rows == 0 || columns == 0 ? 0 : ((long)(rows - 1) * stride) + columns;
        if (rows < 0 || columns < 0 || (rows > 1 && stride < columns) || values.Length < needed)
            throw new ArgumentException($"A span of {values.Length} elements cannot hold {rows} x {columns} with stride {stride}.", nameof(values));
        Values = values;
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    /// <summary>Sees <paramref name="values"/> as rows x columns without gaps.</summary>
    public MatrixSpan(Span<T> values, int rows, int columns)
        : this(values, rows, columns, columns)
    {
    }

    /// <summary>The elements, from the first of the first row on.</summary>
    public Span<T> Values { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Elements between the starts of two rows.</summary>
    public int Stride { get; }

    /// <summary>One element.</summary>
    public ref T this[int row, int column]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Values[(row * Stride) + column];
    }

    /// <summary>One row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> Row(int row) => Values.Slice(row * Stride, Columns);

    /// <summary>The same matrix for reading.</summary>
    public static implicit operator ReadOnlyMatrixSpan<T>(MatrixSpan<T> matrix) => new(matrix.Values, matrix.Rows, matrix.Columns, matrix.Stride);
}

/// <summary>A row-major matrix for reading.</summary>
/// <typeparam name="T">Element type.</typeparam>
public readonly ref struct ReadOnlyMatrixSpan<T>
    where T : unmanaged
{
    /// <summary>Sees <paramref name="values"/> as rows x columns with <paramref name="stride"/> elements between row starts.</summary>
    /// <exception cref="ArgumentException">The span is too short.</exception>
    public ReadOnlyMatrixSpan(ReadOnlySpan<T> values, int rows, int columns, int stride)
    {
        long needed = rows == 0 || columns == 0 ? 0 : ((long)(rows - 1) * stride) + columns;
        if (rows < 0 || columns < 0 || (rows > 1 && stride < columns) || values.Length < needed)
            throw new ArgumentException($"A span of {values.Length} elements cannot hold {rows} x {columns} with stride {stride}.", nameof(values));
        Values = values;
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    /// <summary>Sees <paramref name="values"/> as rows x columns without gaps.</summary>
    public ReadOnlyMatrixSpan(ReadOnlySpan<T> values, int rows, int columns)
        : this(values, rows, columns, columns)
    {
    }

    /// <summary>The elements, from the first of the first row on.</summary>
    public ReadOnlySpan<T> Values { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Elements between the starts of two rows.</summary>
    public int Stride { get; }

    /// <summary>One element.</summary>
    public ref readonly T this[int row, int column]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Values[(row * Stride) + column];
    }

    /// <summary>One row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<T> Row(int row) => Values.Slice(row * Stride, Columns);
}
