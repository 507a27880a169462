using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy.Learned;

/// <summary>
/// Leave-one-out novelty from pairwise distances (SPEC 1.3): knn, min and mean. Scores of all points change with every new one; with fewer than two
/// points they are 0. Everything is reserved in the constructor.
/// </summary>
internal sealed class DistanceNovelty
{
    private readonly NoveltyScore kind;
    private readonly int neighbours;
    private readonly int capacity;
    private readonly double[] distances;
    private readonly double[] nearest;

    public DistanceNovelty(NoveltyScore kind, int neighbours, int capacity)
    {
        this.kind = kind;
        this.neighbours = kind == NoveltyScore.Min ? 1 : neighbours;
        this.capacity = capacity;
        distances = new double[capacity * capacity];
        nearest = new double[this.neighbours];
    }

    public int Count { get; private set; }

    public double DistanceBetween(int i, int j) => distances[(i * capacity) + j];

    /// <summary>A point joins; <paramref name="toEarlier"/> holds its distance to each point before it.</summary>
    public void Add(ReadOnlySpan<double> toEarlier)
    {
        int n = Count;
        for (int j = 0; j < n; j++)
        {
            distances[(n * capacity) + j] = toEarlier[j];
            distances[(j * capacity) + n] = toEarlier[j];
        }
        Count = n + 1;
    }

    /// <summary>Score of every point against all others.</summary>
    public void Scores(Span<double> destination)
    {
        for (int i = 0; i < Count; i++)
            destination[i] = Score(distances.AsSpan(i * capacity, Count), i);
    }

    /// <summary>Score that a point with these distances to all present ones would have.</summary>
    public double ScoreOf(ReadOnlySpan<double> toAll) => Score(toAll, -1);

    /// <summary>Mean over all pairs; 0 below two points.</summary>
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

    private double Score(ReadOnlySpan<double> row, int self)
    {
        int others = row.Length - (self >= 0 ? 1 : 0);
        if (others < 1)
            return 0;
        double sum = 0;
        if (kind == NoveltyScore.Mean)
        {
            for (int j = 0; j < row.Length; j++)
                sum += j == self ? 0 : row[j];
            return sum / others;
        }
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
        for (int j = 0; j < k; j++)
            sum += nearest[j];
        return sum / k;
    }
}
