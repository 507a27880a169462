namespace FastCore.Learning.Statistics;

/// <summary>
/// k-means: Lloyd's iteration from k-means++ starts (Arthur and Vassilvitskii 2007), the best of several.
/// </summary>
public sealed class KMeans
{
    private const int Passes = 50;

    private KMeans(double[][] centres, int[] assigned, double inertia) => (Centres, Assigned, Inertia) = (centres, assigned, inertia);

    /// <summary>The centres; fewer than asked for where there are fewer different points.</summary>
    public IReadOnlyList<double[]> Centres { get; }

    /// <summary>Cluster of each point.</summary>
    public IReadOnlyList<int> Assigned { get; }

    /// <summary>Sum of squared distances of the points to their centres.</summary>
    public double Inertia { get; }

    /// <summary>Fits.</summary>
    /// <param name="points">Points of one dimension, at least one; finite.</param>
    /// <param name="count">Number of clusters, at least 1.</param>
    /// <param name="seed">Seed of the starts.</param>
    /// <param name="restarts">Number of starts.</param>
    /// <param name="purpose">Name of the stream of random numbers: different purposes draw different starts.</param>
    /// <exception cref="ArgumentException">No point, or points of different dimensions.</exception>
    public static KMeans Fit(IReadOnlyList<double[]> points, int count, long seed, int restarts = 10, string purpose = "k-means")
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(restarts, 1);
        if (points.Count == 0 || points.Any(point => point.Length != points[0].Length))
            throw new ArgumentException("k-means needs at least one point, all of one dimension.", nameof(points));
        KMeans? best = null;
        for (int restart = 0; restart < restarts; restart++)
        {
            RandomStream random = restart == 0 ? RandomStream.Named(seed, purpose) : RandomStream.Named(seed, purpose, restart);
            KMeans fit = Lloyd(points, Start(points, count, ref random));
            // Rounding must not decide between starts that lead to the same clusters.
            if (best is null || fit.Inertia < best.Inertia * (1 - 1e-9))
                best = fit;
        }
        return best!;
    }

    /// <summary>The cluster whose centre is nearest to a point; the first of equals.</summary>
    public int Nearest(ReadOnlySpan<double> point) => Nearest(point, Centres, out _);

    private static double[][] Start(IReadOnlyList<double[]> points, int count, ref RandomStream random)
    {
        var centres = new List<double[]> { points[random.NextInt(points.Count)] };
        var nearest = new double[points.Count];
        Array.Fill(nearest, double.PositiveInfinity);
        while (centres.Count < count)
        {
            double total = 0;
            for (int i = 0; i < points.Count; i++)
            {
                double squared = 0;
                for (int k = 0; k < points[i].Length; k++)
                    squared += (points[i][k] - centres[^1][k]) * (points[i][k] - centres[^1][k]);
                nearest[i] = Math.Min(nearest[i], squared);
                total += nearest[i];
            }
            if (!(total > 0))
                break;
            double lot = random.NextDouble() * total;
            int next = -1;
            for (int i = 0; i < points.Count && lot >= 0; i++)
            {
                if (nearest[i] > 0)
                    next = i;
                lot -= nearest[i];
            }
            centres.Add(points[next]);
        }
        return [.. centres.Select(centre => (double[])centre.Clone())];
    }

    private static KMeans Lloyd(IReadOnlyList<double[]> points, double[][] centres)
    {
        var assigned = new int[points.Count];
        Array.Fill(assigned, -1);
        double inertia = 0;
        for (int pass = 0; pass < Passes; pass++)
        {
            bool changed = false;
            inertia = 0;
            for (int i = 0; i < points.Count; i++)
            {
                int cell = Nearest(points[i], centres, out double squared);
                changed |= cell != assigned[i];
                assigned[i] = cell;
                inertia += squared;
            }
            if (!changed)
                break;
            for (int cell = 0; cell < centres.Length; cell++)
                Recentre(points, assigned, cell, centres[cell]);
        }
        return new KMeans(centres, assigned, inertia);
    }

    private static void Recentre(IReadOnlyList<double[]> points, int[] assigned, int cell, double[] centre)
    {
        int members = assigned.Count(value => value == cell);
        if (members == 0)
            return;
        Array.Clear(centre);
        for (int i = 0; i < points.Count; i++)
        {
            if (assigned[i] != cell)
                continue;
            for (int k = 0; k < centre.Length; k++)
                centre[k] += points[i][k] / members;
        }
    }

    private static int Nearest(ReadOnlySpan<double> point, IReadOnlyList<double[]> centres, out double squared)
    {
        int best = 0;
        squared = double.PositiveInfinity;
        for (int cell = 0; cell < centres.Count; cell++)
        {
            double sum = 0;
            double[] centre = centres[cell];
            for (int k = 0; k < point.Length && sum < squared; k++)
                sum += (point[k] - centre[k]) * (point[k] - centre[k]);
            if (sum < squared)
                (best, squared) = (cell, sum);
        }
        return best;
    }
}
