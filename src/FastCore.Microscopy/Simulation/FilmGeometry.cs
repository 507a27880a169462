namespace FastCore.Microscopy.Simulation;

/// <summary>Cells, boundaries and triple points of a film: everything that is decided before heights are built on it.</summary>
internal sealed class FilmGeometry
{
    private readonly long seed;
    private readonly double asymmetricShare;

    private FilmGeometry(PowerDiagram cells, (double X, double Y)[] junctions, long seed, double asymmetricShare)
    {
        Cells = cells;
        Junctions = junctions;
        this.seed = seed;
        this.asymmetricShare = asymmetricShare;
    }

    public PowerDiagram Cells { get; }

    /// <summary>Triple points in metres, x then y.</summary>
    public (double X, double Y)[] Junctions { get; }

    /// <summary>Poisson-disc seeds at least 0.7 D apart, two Lloyd steps, power-diagram radii D/2 exp(spread N(0, 1)).</summary>
    public static FilmGeometry Create(FilmOptions options, long seed)
    {
        double diameter = options.GrainDiameter.Value, pitch = options.PixelPitch.Value;
        double width = options.Columns * pitch, height = options.Rows * pitch;
        // Cells outside the film shape those at its edge.
        double margin = 1.5 * diameter;
        List<(double X, double Y)> points = PoissonDisc(width, height, margin, 0.7 * diameter, RandomStream.Named(seed, "film.seeds"));
        for (int step = 0; step < 2; step++)
            points = Lloyd(points, width, height, margin, diameter);
        RandomStream random = RandomStream.Named(seed, "film.weights");
        var seeds = new (double X, double Y, double Radius)[points.Count];
        for (int i = 0; i < seeds.Length; i++)
            seeds[i] = (points[i].X, points[i].Y, 0.5 * diameter * Math.Exp(options.WeightSpread * random.NextNormal()));
        var cells = new PowerDiagram(seeds, diameter);
        return new FilmGeometry(cells, FindJunctions(cells, options), seed, options.AsymmetricShare);
    }

    /// <summary>Whether the boundary between two cells is asymmetric, and whether its wide, raised flank lies in the first one.</summary>
    public (bool Asymmetric, bool FirstIsWide) Flanks(int a, int b)
    {
        RandomStream random = RandomStream.Named(seed, "film.boundaries", ((long)Math.Min(a, b) << 32) | (uint)Math.Max(a, b));
        bool asymmetric = random.NextDouble() < asymmetricShare;
        bool lowerIsWide = random.NextDouble() < 0.5;
        return (asymmetric, lowerIsWide == (a < b));
    }

    private static List<(double X, double Y)> PoissonDisc(double width, double height, double margin, double radius, RandomStream random)
    {
        var points = new List<(double X, double Y)>();
        double spanX = width + (2 * margin), spanY = height + (2 * margin), cell = radius / Math.Sqrt(2);
        int across = (int)(spanX / cell) + 1, down = (int)(spanY / cell) + 1;
        var grid = new int[across * down];
        Array.Fill(grid, -1);
        // Dart throwing until darts keep missing: about 0.7 of the densest packing, without the clustering of Bridson's front.
        for (int misses = 0; misses < 400;)
        {
            double x = (random.NextDouble() * spanX) - margin, y = (random.NextDouble() * spanY) - margin;
            int cx = (int)((x + margin) / cell), cy = (int)((y + margin) / cell);
            bool free = true;
            for (int j = Math.Max(0, cy - 2); free && j <= Math.Min(down - 1, cy + 2); j++)
            {
                for (int i = Math.Max(0, cx - 2); free && i <= Math.Min(across - 1, cx + 2); i++)
                {
                    int other = grid[(j * across) + i];
                    free = other < 0 || Square(points[other].X - x) + Square(points[other].Y - y) >= radius * radius;
                }
            }
            if (!free)
            {
                misses++;
                continue;
            }
            misses = 0;
            grid[(cy * across) + cx] = points.Count;
            points.Add((x, y));
        }
        return points;
    }

    private static List<(double X, double Y)> Lloyd(List<(double X, double Y)> points, double width, double height, double margin, double diameter)
    {
        var cells = new PowerDiagram([.. points.Select(p => (p.X, p.Y, 0.0))], diameter);
        var sums = new (double X, double Y, int Count)[points.Count];
        double step = diameter / 12;
        Span<int> nearest = stackalloc int[1];
        for (double y = -margin; y < height + margin; y += step)
        {
            for (double x = -margin; x < width + margin; x += step)
            {
                cells.Nearest(x, y, nearest);
                ref (double X, double Y, int Count) sum = ref sums[nearest[0]];
                sum = (sum.X + x, sum.Y + y, sum.Count + 1);
            }
        }
        return [.. points.Select((p, i) => sums[i].Count == 0 ? p : (sums[i].X / sums[i].Count, sums[i].Y / sums[i].Count))];
    }

    // The pixel next to a triple point lies within half a pixel's diagonal of it, so the three cells' ridges pass it at least as near, even where
    // one of the cells is too small there to own a pixel. Triple points outside the frame count as far as their pits reach into it.
    private static (double X, double Y)[] FindJunctions(PowerDiagram cells, FilmOptions options)
    {
        var found = new SortedDictionary<(int, int, int), (double X, double Y)>();
        double pitch = options.PixelPitch.Value, reach = 0.75 * pitch;
        double pit = Math.Min(4 * Math.Max(options.JunctionWidth.Value, options.JunctionReach.Value), options.GrainDiameter.Value);
        int margin = (int)Math.Ceiling(pit / pitch);
        Span<int> near = stackalloc int[8];
        for (int row = -margin; row < options.Rows + margin; row++)
        {
            for (int column = -margin; column < options.Columns + margin; column++)
            {
                double x = column * pitch, y = row * pitch;
                int kept = 1, count = cells.Nearest(x, y, near);
                for (int k = 1; k < count; k++)
                {
                    if (cells.RidgeDistance(near[0], near[k], x, y) <= reach)
                        near[kept++] = near[k];
                }
                if (kept >= 3)
                    AddTriplePoints(cells, near[..kept], x, y, reach, found);
            }
        }
        return [.. found.Values];
    }

    private static void AddTriplePoints(
        PowerDiagram cells, Span<int> near, double x, double y, double reach, SortedDictionary<(int, int, int), (double X, double Y)> found)
    {
        near.Sort();
        Span<int> owners = stackalloc int[3];
        for (int i = 0; i < near.Length; i++)
        {
            for (int j = i + 1; j < near.Length; j++)
            {
                for (int k = j + 1; k < near.Length; k++)
                {
                    var key = (near[i], near[j], near[k]);
                    if (found.ContainsKey(key) || cells.TriplePoint(near[i], near[j], near[k]) is not { } point)
                        continue;
                    if (Square(point.X - x) + Square(point.Y - y) > reach * reach)
                        continue;
                    cells.Nearest(point.X, point.Y, owners);
                    owners.Sort();
                    if ((owners[0], owners[1], owners[2]) == key)
                        found[key] = point;
                }
            }
        }
    }

    private static double Square(double value) => value * value;
}
