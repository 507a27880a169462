using FastCore.Autonomy.Records;

namespace FastCore.Autonomy.Decisions;

/// <summary>
/// Which candidates may be chosen: inside the limits, not measured, and farther than the separation (Chebyshev, in pixels) from every measured
/// one. When none is left, the separation shrinks by one pixel until one is, so that a small image can be measured completely.
/// </summary>
internal sealed class Exclusion
{
    private readonly CandidateGeometry geometry;
    private readonly bool[] inside;
    private readonly bool[] allowed;
    private readonly List<int> measured = [];

    public Exclusion(CandidateGeometry geometry, bool[] inside, int separation)
    {
        this.geometry = geometry;
        this.inside = inside;
        Separation = separation;
        allowed = (bool[])inside.Clone();
        AllowedCount = allowed.Count(value => value);
    }

    /// <summary>The separation in force.</summary>
    public int Separation { get; private set; }

    public ReadOnlySpan<bool> Allowed => allowed;

    public int AllowedCount { get; private set; }

    /// <summary>A candidate was measured, or must not be measured any more.</summary>
    public void Add(int candidate)
    {
        measured.Add(candidate);
        Clear(candidate);
        while (AllowedCount == 0 && Separation > 0)
        {
            Separation--;
            inside.CopyTo(allowed, 0);
            AllowedCount = allowed.Count(value => value);
            foreach (int earlier in measured)
                Clear(earlier);
        }
    }

    private void Clear(int candidate)
    {
        int reach = Separation / geometry.Stride, row = candidate / geometry.Columns, column = candidate % geometry.Columns;
        for (int r = Math.Max(0, row - reach); r <= Math.Min(geometry.Rows - 1, row + reach); r++)
        {
            for (int c = Math.Max(0, column - reach); c <= Math.Min(geometry.Columns - 1, column + reach); c++)
            {
                ref bool place = ref allowed[(r * geometry.Columns) + c];
                if (place)
                    AllowedCount--;
                place = false;
            }
        }
    }
}
