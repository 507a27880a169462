namespace FastCore.Microscopy.Grains;

/// <summary>Numbers that are joined into sets (union-find; paths are halved on the way to a root).</summary>
internal sealed class DisjointSets
{
    private int[] parent;

    /// <summary>Sets of one number each: 0 .. count - 1.</summary>
    public DisjointSets(int count = 0)
    {
        parent = new int[Math.Max(count, 256)];
        while (Count < count)
            Add();
    }

    /// <summary>Numbers so far.</summary>
    public int Count { get; private set; }

    /// <summary>A new number in a set of its own.</summary>
    public int Add()
    {
        if (Count == parent.Length)
            Array.Resize(ref parent, 2 * Count);
        parent[Count] = Count;
        return Count++;
    }

    /// <summary>The number that stands for the set of <paramref name="member"/>.</summary>
    public int Root(int member)
    {
        while (parent[member] != member)
            member = parent[member] = parent[parent[member]];
        return member;
    }

    /// <summary>Joins two sets; the root of <paramref name="into"/> stands for both.</summary>
    public void Join(int member, int into) => parent[Root(member)] = Root(into);

    /// <summary>Replaces every label by the number of its set, from 0 in the order of first appearance; returns how many there are.</summary>
    public int Renumber(Span<int> labels)
    {
        var number = new int[Count];
        int sets = 0;
        foreach (ref int label in labels)
        {
            int root = Root(label);
            if (number[root] == 0)
                number[root] = ++sets;
            label = number[root] - 1;
        }
        return sets;
    }
}
