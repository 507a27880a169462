namespace FastCore.Learning.Novelty;

/// <summary>
/// Leave-one-out novelty by distances (SPEC 1.3) of a set that grows point by point: knn, min, mean and the local outlier factor. Any distance will
/// do: the points themselves are not seen. The scores of all points change with every new one; of fewer than two points they are 0. A new point
/// costs O(n), all scores O(n^2 k); everything is reserved in the constructor and nothing is allocated later. Not for several threads at once.
/// <para>
/// Local outlier factor (Breunig et al. 2000, definitions 3 to 7): R_i is the distance to the k-th nearest, N_i all j with d_ij up to R_i, which
/// may be more than k; reach_i = mean over N_i of max(R_j, d_ij); score = mean over N_i of reach_i / reach_j.
/// </para>
/// </summary>
public sealed class IncrementalNovelty
{
    // Coinciding points would be infinitely dense: no reach is taken for smaller than this part of the mean distance between two points.
    private const double LeastReach = 1e-9;

    // Distances that are equal but for rounding are equal.
    private const double Tie = 1 + 1e-12;

    // The square of one more is beyond int.
    private const int LargestCapacity = 46_340;
    private readonly NoveltyKind kind;
    private readonly int neighbours;
    private readonly int capacity;
    private readonly double[] distances;
    private readonly double[] nearest;
    private readonly double[] radius;
    private readonly double[] reach;
    private double least;
    private bool reachesAreOld;

    /// <summary>Reserves room.</summary>
    /// <param name="kind">A score that is made of distances; see <see cref="IsMadeOfDistances"/>.</param>
    /// <param name="neighbours">k, at least 1; at most n - 1 are used.</param>
    /// <param name="capacity">Largest number of points; memory grows with its square.</param>
    /// <exception cref="ArgumentException">A score that needs the vectors themselves, or more points than have room in one array.</exception>
    public IncrementalNovelty(NoveltyKind kind, int neighbours, int capacity)
    {
        if (!IsMadeOfDistances(kind))
            throw new ArgumentException($"{kind} needs the vectors themselves; NoveltyScores and NewcomerNovelty compute it.", nameof(kind));
        ArgumentOutOfRangeException.ThrowIfLessThan(neighbours, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        if (capacity > LargestCapacity)
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, $"The distances of {capacity} points to each other do not fit into one "
                + $"array; at most {LargestCapacity} points are possible, so reserve room for fewer.");
        }
        this.kind = kind;
        this.neighbours = kind == NoveltyKind.Minimum ? 1 : neighbours;
        this.capacity = capacity;
        distances = new double[capacity * capacity];
        nearest = new double[this.neighbours];
        bool factor = kind == NoveltyKind.LocalOutlierFactor;
        radius = factor ? new double[capacity] : [];
        reach = factor ? new double[capacity] : [];
    }

    /// <summary>Number of points n.</summary>
    public int Count { get; private set; }

    /// <summary>Whether a score needs no more than the distances between the points.</summary>
    public static bool IsMadeOfDistances(NoveltyKind kind) =>
        kind is NoveltyKind.NearestNeighbours or NoveltyKind.Minimum or NoveltyKind.Mean or NoveltyKind.LocalOutlierFactor;

    /// <summary>A point joins.</summary>
    /// <param name="toEarlier">Its distance to each point before it.</param>
    /// <exception cref="ArgumentException">Not one distance for each point, or one that is negative or not finite.</exception>
    /// <exception cref="InvalidOperationException">No room is left.</exception>
    public void Add(ReadOnlySpan<double> toEarlier)
    {
        int n = Count;
        if (toEarlier.Length != n)
            throw new ArgumentException($"{toEarlier.Length} distances are given; there are {n} earlier points.", nameof(toEarlier));
        if (n == capacity)
            throw new InvalidOperationException($"Room was reserved for {capacity} points; reserve more in the constructor.");
        for (int j = 0; j < n; j++)
        {
            if (!(toEarlier[j] >= 0 && double.IsFinite(toEarlier[j])))
                throw new ArgumentException($"The distance to point {j} is {toEarlier[j]}; a finite one is needed.", nameof(toEarlier));
        }
        for (int j = 0; j < n; j++)
        {
            distances[(n * capacity) + j] = toEarlier[j];
            distances[(j * capacity) + n] = toEarlier[j];
        }
        Count = n + 1;
        reachesAreOld = true;
    }

    /// <summary>Multiplies all distances: the unit in which the points are given has changed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A factor that is not finite or not above 0.</exception>
    public void Scale(double factor)
    {
        if (!(factor > 0 && double.IsFinite(factor)))
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "A finite factor above 0 is needed.");
        for (int i = 0; i < Count; i++)
        {
            foreach (ref double distance in distances.AsSpan(i * capacity, Count))
                distance *= factor;
        }
        reachesAreOld = true;
    }

    /// <summary>Score of every point against all others.</summary>
    /// <param name="destination">n scores, more room is left as it is.</param>
    public void Scores(Span<double> destination)
    {
        if (reachesAreOld)
            FindReaches();
        for (int i = 0; i < Count; i++)
            destination[i] = Score(Row(i), i);
    }

    /// <summary>
    /// Score of a newcomer against the points, which stay as they are; 0 if there are none. For knn, min and mean it is what <see cref="Scores"/>
    /// would give if the newcomer joined; a local outlier factor compares with the reach that the points have among themselves, and is 1 beside a
    /// single point.
    /// </summary>
    /// <param name="toAll">Its distance to each point.</param>
    /// <exception cref="ArgumentException">Not one distance for each point.</exception>
    public double ScoreOf(ReadOnlySpan<double> toAll)
    {
        if (toAll.Length != Count)
            throw new ArgumentException($"{toAll.Length} distances are given; there are {Count} points.", nameof(toAll));
        if (reachesAreOld)
            FindReaches();
        return Score(toAll, -1);
    }

    /// <summary>Mean distance over all pairs; 0 below two points.</summary>
    public double MeanPairwise()
    {
        double sum = 0;
        for (int i = 1; i < Count; i++)
        {
            for (int j = 0; j < i; j++)
                sum += distances[(i * capacity) + j];
        }
        return Count < 2 ? 0 : sum / (Count * (Count - 1) / 2.0);
    }

    private ReadOnlySpan<double> Row(int i) => distances.AsSpan(i * capacity, Count);

    // self: the place of the point in its own row, -1 for a newcomer.
    private double Score(ReadOnlySpan<double> row, int self)
    {
        int others = row.Length - (self >= 0 ? 1 : 0);
        if (others < 1)
            return 0;
        if (kind == NoveltyKind.LocalOutlierFactor)
            return Count < 2 ? 1 : Factor(row, self);
        double sum = 0;
        if (kind == NoveltyKind.Mean)
        {
            for (int j = 0; j < row.Length; j++)
                sum += j == self ? 0 : row[j];
            return sum / others;
        }
        int k = TakeNearest(row, self, others);
        for (int j = 0; j < k; j++)
            sum += nearest[j];
        return sum / k;
    }

    // The k smallest distances of a row, ascending, into nearest.
    private int TakeNearest(ReadOnlySpan<double> row, int self, int others)
    {
        int k = Math.Min(neighbours, others), held = 0;
        for (int j = 0; j < row.Length; j++)
        {
            if (j == self || (held == k && row[j] >= nearest[k - 1]))
                continue;
            int place = held < k ? held++ : k - 1;
            for (; place > 0 && nearest[place - 1] > row[j]; place--)
                nearest[place] = nearest[place - 1];
            nearest[place] = row[j];
        }
        return k;
    }

    private void FindReaches()
    {
        reachesAreOld = false;
        if (kind != NoveltyKind.LocalOutlierFactor || Count < 2)
            return;
        least = LeastReach * MeanPairwise();
        for (int i = 0; i < Count; i++)
            radius[i] = nearest[TakeNearest(Row(i), i, Count - 1) - 1];
        for (int i = 0; i < Count; i++)
            reach[i] = Reach(Row(i), i, radius[i]);
    }

    private double Reach(ReadOnlySpan<double> row, int self, double ownRadius)
    {
        double sum = 0;
        int near = 0;
        for (int j = 0; j < row.Length; j++)
        {
            if (j == self || row[j] > ownRadius * Tie)
                continue;
            sum += Math.Max(radius[j], row[j]);
            near++;
        }
        return Math.Max(sum / near, least);
    }

    private double Factor(ReadOnlySpan<double> row, int self)
    {
        double ownRadius = self >= 0 ? radius[self] : nearest[TakeNearest(row, -1, row.Length) - 1];
        double own = self >= 0 ? reach[self] : Reach(row, -1, ownRadius);
        // All points coincide: a newcomer beside them is like them, or as unlike as can be.
        if (least == 0)
            return own > 0 ? 1 / LeastReach : 1;
        double sum = 0;
        int near = 0;
        for (int j = 0; j < row.Length; j++)
        {
            if (j == self || row[j] > ownRadius * Tie)
                continue;
            sum += own / reach[j];
            near++;
        }
        return sum / near;
    }
}
