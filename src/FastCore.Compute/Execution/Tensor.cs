namespace FastCore.Compute.Execution;

/// <summary>
/// The name of a matrix-shaped region of an executor's arena: it owns nothing and copies for free. Row-major; element
/// (i, j) stands at <c>Offset + i * Stride + j</c>.
/// </summary>
/// <param name="Offset">First element, counted in elements from the start of the arena.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
/// <param name="Stride">Elements between the starts of two rows; at least <paramref name="Columns"/>.</param>
public readonly record struct Tensor(int Offset, int Rows, int Columns, int Stride)
{
    /// <summary>Number of elements named, the gaps between strided rows not counted.</summary>
    public int Count => Rows * Columns;

    /// <summary>Whether the elements stand without gaps.</summary>
    public bool IsContiguous => Stride == Columns || Rows <= 1;

    /// <summary>The block that starts at (<paramref name="row"/>, <paramref name="column"/>).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The block does not lie inside this tensor.</exception>
    public Tensor Block(int row, int column, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(row + rows, Rows, nameof(rows));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(column + columns, Columns, nameof(columns));
        return new Tensor(Offset + (row * Stride) + column, rows, columns, Stride);
    }

    /// <summary>The first <paramref name="rows"/> rows: how a matrix with room to grow is used.</summary>
    public Tensor TopRows(int rows) => Block(0, 0, rows, Columns);

    /// <summary>The leading <paramref name="size"/> x <paramref name="size"/> block.</summary>
    public Tensor Leading(int size) => Block(0, 0, size, size);

    /// <summary>Row <paramref name="row"/> as a 1 x Columns tensor.</summary>
    public Tensor Row(int row) => Block(row, 0, 1, Columns);

    /// <summary>The same elements under another shape; the tensor must be contiguous and the counts equal.</summary>
    /// <exception cref="ArgumentException">The tensor has gaps or the counts differ.</exception>
    public Tensor Reshape(int rows, int columns) =>
        IsContiguous && rows * columns == Count
            ? new Tensor(Offset, rows, columns, columns)
            : throw new ArgumentException($"A {Rows} x {Columns} tensor with stride {Stride} cannot be seen as {rows} x {columns}.");

    /// <inheritdoc/>
    public override string ToString() => $"{Rows} x {Columns} at {Offset} (stride {Stride})";
}
