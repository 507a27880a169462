using System.Diagnostics.CodeAnalysis;

namespace FastCore.Compute.Execution;

/// <summary>Shape checks that cost two comparisons and build their sentence only when they fail.</summary>
internal static class Shape
{
    /// <summary>Requires that <paramref name="name"/> is expectedRows x expectedColumns.</summary>
    internal static void Require(string operation, string name, int rows, int columns, int expectedRows, int expectedColumns)
    {
        if (rows != expectedRows || columns != expectedColumns)
            Throw(operation, name, rows, columns, expectedRows, expectedColumns);
    }

    /// <summary>Requires that <paramref name="tensor"/> has the shape of <paramref name="model"/>.</summary>
    internal static void RequireEqual(string operation, string name, Tensor tensor, Tensor model) =>
        Require(operation, name, tensor.Rows, tensor.Columns, model.Rows, model.Columns);

    /// <summary>Requires that <paramref name="matrix"/> has the shape of <paramref name="model"/>.</summary>
    internal static void RequireEqual<T>(string operation, string name, ReadOnlyMatrixSpan<T> matrix, ReadOnlyMatrixSpan<T> model)
        where T : unmanaged =>
        Require(operation, name, matrix.Rows, matrix.Columns, model.Rows, model.Columns);

    /// <summary>Requires that <paramref name="name"/> has at least these rows and columns.</summary>
    internal static void RequireRoom(string operation, string name, int rows, int columns, int leastRows, int leastColumns)
    {
        if (rows < leastRows || columns < leastColumns)
            ThrowRoom(operation, name, rows, columns, leastRows, leastColumns);
    }

    /// <summary>Requires a packed span of Rows * Columns elements for <paramref name="tensor"/>.</summary>
    internal static void RequireLength(string operation, string name, int length, Tensor tensor)
    {
        if (length != tensor.Count)
        {
            throw new ArgumentException(
                $"{operation}: {name} has {length} elements; {tensor.Rows} x {tensor.Columns} = {tensor.Count} are expected.", name);
        }
    }

    [DoesNotReturn]
    private static void Throw(string operation, string name, int rows, int columns, int expectedRows, int expectedColumns) =>
        throw new ArgumentException(
            $"{operation}: {name} is {rows} x {columns}; {expectedRows} x {expectedColumns} is expected from the other arguments.", name);

    [DoesNotReturn]
    private static void ThrowRoom(string operation, string name, int rows, int columns, int leastRows, int leastColumns) =>
        throw new ArgumentException($"{operation}: {name} is {rows} x {columns}; at least {leastRows} x {leastColumns} is needed.", name);
}
