namespace FastCore.Compute.Execution;

/// <summary>
/// Plans one block of memory: tensors are named while a model is built, then an executor allocates the whole block
/// once, so that no operation allocates afterwards.
/// </summary>
public sealed class ArenaLayout
{
    // 32 elements: 128 bytes of float and 256 bytes of double, a multiple of every cache line and vector width.
    private const int Alignment = 32;
    private readonly List<(string Name, Tensor Tensor)> regions = [];

    /// <summary>Elements planned so far, alignment included.</summary>
    public int Length { get; private set; }

    /// <summary>The named regions in the order in which they were allocated.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Regions => regions;

    /// <summary>Reserves a contiguous <paramref name="rows"/> x <paramref name="columns"/> tensor.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative size, or an arena of more than 2^31 - 1 elements.</exception>
    public Tensor Allocate(string name, int rows, int columns)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        long end = Length + ((long)rows * columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end + Alignment, int.MaxValue, nameof(rows));
        var tensor = new Tensor(Length, rows, columns, columns);
        regions.Add((name, tensor));
        Length = (int)((end + Alignment - 1) / Alignment * Alignment);
        return tensor;
    }
}
