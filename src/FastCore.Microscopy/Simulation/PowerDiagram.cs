namespace FastCore.Microscopy.Simulation;

/// <summary>
/// The grains' cells: place r belongs to the seed with the smallest power distance |r - s|^2 - R^2 (Aurenhammer 1987). Boundaries
/// are straight; where three cells meet is a triple point.
/// </summary>
internal sealed class PowerDiagram
{
    private readonly (double X, double Y, double Radius)[] seeds;
    private readonly int[][] buckets;
    private readonly double cell;
    private readonly double left;
    private readonly double top;
    private readonly int across;
    private readonly int down;
    private readonly double largestRadius;

    public PowerDiagram((double X, double Y, double Radius)[] seeds, double spacing)
    {
        this.seeds = seeds;
        cell = spacing;
        left = seeds.Min(s => s.X);
        top = seeds.Min(s => s.Y);
        across = (int)((seeds.Max(s => s.X) - left) / cell) + 1;
        down = (int)((seeds.Max(s => s.Y) - top) / cell) + 1;
        largestRadius = seeds.Max(s => s.Radius);
        var lists = new List<int>[across * down];
        for (int i = 0; i < seeds.Length; i++)
            (lists[Bucket(seeds[i].X, seeds[i].Y)] ??= []).Add(i);
        buckets = Array.ConvertAll(lists, list => list?.ToArray() ?? []);
    }

    public int Count => seeds.Length;

    public (double X, double Y, double Radius) Seed(int index) => seeds[index];

    public double Power(int seed, double x, double y)
    {
        (double sx, double sy, double radius) = seeds[seed];
        return ((x - sx) * (x - sx)) + ((y - sy) * (y - sy)) - (radius * radius);
    }

    /// <summary>Distance from a place in cell <paramref name="a"/> to the line that separates it from cell <paramref name="b"/>.</summary>
    public double RidgeDistance(int a, int b, double x, double y)
    {
        double dx = seeds[a].X - seeds[b].X, dy = seeds[a].Y - seeds[b].Y;
        return (Power(b, x, y) - Power(a, x, y)) / (2 * Math.Sqrt((dx * dx) + (dy * dy)));
    }

    /// <summary>Fills the seeds with the smallest power distances, ascending, and returns how many were found.</summary>
    public int Nearest(double x, double y, Span<int> nearest)
    {
        Span<double> best = stackalloc double[nearest.Length];
        best.Fill(double.PositiveInfinity);
        int found = 0;
        int centreX = Math.Clamp((int)((x - left) / cell), 0, across - 1), centreY = Math.Clamp((int)((y - top) / cell), 0, down - 1);
        for (int ring = 0; ring <= Math.Max(across, down); ring++)
        {
            // No seed in this ring or beyond is nearer than (ring - 1) cells: stop when that cannot beat the worst one kept.
            double reach = Math.Max(0, (ring - 1) * cell);
            if (found == nearest.Length && (reach * reach) - (largestRadius * largestRadius) > best[^1])
                break;
            for (int by = Math.Max(0, centreY - ring); by <= Math.Min(down - 1, centreY + ring); by++)
            {
                bool edge = Math.Abs(by - centreY) == ring;
                int step = edge || ring == 0 ? 1 : 2 * ring;
                for (int bx = centreX - ring; bx <= centreX + ring; bx += step)
                {
                    if (bx < 0 || bx >= across)
                        continue;
                    foreach (int seed in buckets[(by * across) + bx])
                        found = Insert(seed, Power(seed, x, y), nearest, best, found);
                }
            }
        }
        return found;
    }

    /// <summary>The point with equal power distance to three seeds; null when they stand on a line.</summary>
    public (double X, double Y)? TriplePoint(int a, int b, int c)
    {
        (double ax, double ay, double aw) = Linear(a, b);
        (double bx, double by, double bw) = Linear(a, c);
        double determinant = (ax * by) - (ay * bx);
        return Math.Abs(determinant) < 1e-6 * cell * cell ? null : (((aw * by) - (ay * bw)) / determinant, ((ax * bw) - (aw * bx)) / determinant);
    }

    // |r - a|^2 - Ra^2 = |r - b|^2 - Rb^2 as p x + q y = s.
    private (double P, double Q, double S) Linear(int a, int b) => (
        2 * (seeds[b].X - seeds[a].X),
        2 * (seeds[b].Y - seeds[a].Y),
        Power(b, 0, 0) - Power(a, 0, 0));

    private int Bucket(double x, double y) => ((int)((y - top) / cell) * across) + (int)((x - left) / cell);

    private static int Insert(int seed, double power, Span<int> nearest, Span<double> best, int found)
    {
        if (found == nearest.Length && power >= best[^1])
            return found;
        int at = Math.Min(found, nearest.Length - 1);
        while (at > 0 && best[at - 1] > power)
        {
            best[at] = best[at - 1];
            nearest[at] = nearest[at - 1];
            at--;
        }
        best[at] = power;
        nearest[at] = seed;
        return Math.Min(found + 1, nearest.Length);
    }
}
