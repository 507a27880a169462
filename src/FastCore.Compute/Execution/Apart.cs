using System.Diagnostics.CodeAnalysis;

namespace FastCore.Compute.Execution;

/// <summary>Refuses destinations that share elements with an input: the result would depend on the machine.</summary>
internal static class Apart
{
    /// <summary>Returns <paramref name="destination"/> after checking that it shares no element with the inputs; costs a few comparisons.</summary>
    /// <exception cref="ArgumentException">They overlap; the sentence names operation and regions.</exception>
    internal static Tensor From(string operation, Tensor destination, params ReadOnlySpan<Tensor> inputs)
    {
        foreach (Tensor input in inputs)
        {
            if (Overlap(destination, input))
                Throw(operation, destination, input);
        }
        return destination;
    }

    /// <summary>The same for a destination that may be absent.</summary>
    internal static Tensor? From(string operation, Tensor? destination, params ReadOnlySpan<Tensor> inputs) =>
        destination is { } wanted ? From(operation, wanted, inputs) : null;

    /// <summary>Checks that no output shares an element with an input or with another output; absent outputs share nothing.</summary>
    /// <exception cref="ArgumentException">Two overlap; the sentence names operation and regions.</exception>
    internal static void All(string operation, ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> outputs)
    {
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] is not { } output)
                continue;
            From(operation, output, inputs);
            for (int j = 0; j < i; j++)
            {
                if (outputs[j] is { } earlier && Overlap(output, earlier))
                    Throw(operation, output, earlier, "another output");
            }
        }
    }

    /// <summary>
    /// Whether two tensors share an element. Columns of one matrix lie apart although they interleave; tensors with different strides are said to
    /// overlap where their extents do.
    /// </summary>
    internal static bool Overlap(Tensor x, Tensor y)
    {
        if (x.Count == 0 || y.Count == 0 || x.Offset >= End(y) || y.Offset >= End(x))
            return false;
        if ((x.Rows <= 1 && y.Rows <= 1) || (x.Rows > 1 && y.Rows > 1 && x.Stride != y.Stride))
            return true;
        long stride = x.Rows > 1 ? x.Stride : y.Stride;
        long across = (((y.Offset - (long)x.Offset) % stride) + stride) % stride;
        return across < x.Columns || across + y.Columns > stride;
    }

    private static long End(Tensor tensor) => tensor.Offset + ((tensor.Rows - 1L) * tensor.Stride) + tensor.Columns;

    [DoesNotReturn]
    private static void Throw(string operation, Tensor destination, Tensor other, string role = "an input") => throw new ArgumentException(
        $"{operation}: the destination, {destination}, shares elements with {role}, {other}; give it memory of its own.", nameof(destination));
}
