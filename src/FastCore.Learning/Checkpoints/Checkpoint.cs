using System.Numerics;

namespace FastCore.Learning.Checkpoints;

/// <summary>
/// What a model consists of, by name: texts, and tensors of float, double or int with their shapes (row-major). <see cref="CheckpointFile"/> writes
/// and reads it. Arrays are held, not copied. Messages name the file that it was read from.
/// </summary>
public sealed class Checkpoint
{
    private readonly SortedDictionary<string, string> texts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CheckpointTensor> tensors = new(StringComparer.Ordinal);

    /// <summary>Path of the file that it was read from; empty if it was made in memory.</summary>
    public string Source { get; internal init; } = "";

    /// <summary>All texts.</summary>
    public IReadOnlyDictionary<string, string> Texts => texts;

    /// <summary>All tensors.</summary>
    public IReadOnlyDictionary<string, CheckpointTensor> Tensors => tensors;

    /// <summary>Adds a text.</summary>
    /// <exception cref="ArgumentException">An empty name, or one that a text has already.</exception>
    public void Add(string name, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(text);
        if (!texts.TryAdd(name, text))
            throw new ArgumentException($"There is a text '{name}' already.", nameof(name));
    }

    /// <summary>Adds a tensor in float.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Values, row-major.</param>
    /// <param name="shape">Its extents, at most 16; none for a vector.</param>
    /// <exception cref="ArgumentException">An empty name, one that a tensor has already, or a shape that does not fit the values.</exception>
    public void Add(string name, float[] values, params ReadOnlySpan<int> shape) => AddTensor(name, values, shape);

    /// <summary>Adds a tensor in double; see <see cref="Add(string, float[], ReadOnlySpan{int})"/>.</summary>
    public void Add(string name, double[] values, params ReadOnlySpan<int> shape) => AddTensor(name, values, shape);

    /// <summary>Adds a tensor of whole numbers; see <see cref="Add(string, float[], ReadOnlySpan{int})"/>.</summary>
    public void Add(string name, int[] values, params ReadOnlySpan<int> shape) => AddTensor(name, values, shape);

    /// <summary>The text of a name.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public string Text(string name) => texts.TryGetValue(name, out string? text) ? text : throw Refusal($"the text '{name}' is missing");

    /// <summary>The values of a tensor, row-major.</summary>
    /// <typeparam name="T">float, double or int.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="shape">The extents that it must have, -1 for any; none for any shape.</param>
    /// <exception cref="InvalidDataException">There is none, or its elements or its shape are others.</exception>
    public T[] Values<T>(string name, params ReadOnlySpan<int> shape)
        where T : unmanaged, INumber<T>
    {
        if (!tensors.TryGetValue(name, out CheckpointTensor? tensor))
            throw Refusal($"the tensor '{name}' is missing");
        if (tensor.Values is not T[] values)
            throw Refusal($"the tensor '{name}' holds {tensor.ElementName} and not {CheckpointTensor.NameOf(typeof(T))}");
        bool fits = shape.Length == 0 || shape.Length == tensor.Shape.Count;
        for (int k = 0; k < shape.Length && fits; k++)
            fits = shape[k] < 0 || shape[k] == tensor.Shape[k];
        return fits ? values
            : throw Refusal($"the tensor '{name}' is {string.Join(" x ", tensor.Shape)}; {string.Join(" x ", shape.ToArray())} is expected");
    }

    /// <summary>An exception that names the file; the sentence begins small and has no full stop.</summary>
    internal InvalidDataException Refusal(string sentence, Exception? cause = null) =>
        new($"{(Source.Length > 0 ? Source : "Checkpoint")}: {sentence}; save the model anew.", cause);

    private void AddTensor(string name, Array values, ReadOnlySpan<int> shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(values);
        int[] extents = shape.Length == 0 ? [values.Length] : shape.ToArray();
        if (extents.Length > CheckpointTensor.MostExtents || CheckpointTensor.CountOf(extents) != values.Length)
            throw new ArgumentException($"The tensor '{name}' has {values.Length} values; they are no {string.Join(" x ", extents)}.", nameof(shape));
        if (!tensors.TryAdd(name, new CheckpointTensor(values, extents)))
            throw new ArgumentException($"There is a tensor '{name}' already.", nameof(name));
    }
}

/// <summary>One tensor of a checkpoint.</summary>
public sealed class CheckpointTensor
{
    internal const int MostExtents = 16;

    internal CheckpointTensor(Array values, int[] shape)
    {
        Values = values;
        Shape = shape;
    }

    /// <summary>A float[], double[] or int[], row-major.</summary>
    public Array Values { get; }

    /// <summary>Extents, the slowest first.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Number of values of a shape; -1 where an extent is negative, or the product of the first extents is beyond int.</summary>
    internal static long CountOf(ReadOnlySpan<int> shape)
    {
        long product = 1;
        foreach (int extent in shape)
        {
            if (extent < 0 || product > int.MaxValue)
                return -1;
            product *= extent;
        }
        return product;
    }

    internal string ElementName => NameOf(Values.GetType().GetElementType()!);

    internal static string NameOf(Type element) => element == typeof(float) ? "float" : element == typeof(double) ? "double"
        : element == typeof(int) ? "int" : element.Name;
}
