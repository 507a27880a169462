using FastCore.Microscopy.Files;
using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;

namespace FastCore.Microscopy.Simulation;

/// <summary>
/// A simulated halide-perovskite film (SPEC 8): grains as cells of a power diagram, each a dome; grooves along their boundaries, some
/// of them asymmetric; pits at triple points; fractal roughness; and the picture that a real tip makes of it all.
/// </summary>
public sealed class Film
{
    /// <summary>Number of independent smooth parameter fields.</summary>
    public const int ParameterFieldCount = 6;

    private readonly float[][] parameterFields;

    private Film(FilmOptions options, long seed)
    {
        Options = options;
        Seed = seed;
        Frame = new ScanFrame(options.Rows, options.Columns, options.PixelPitch);
        int count = options.Rows * options.Columns;
        HeightMetres = new float[count];
        GrainLabels = new int[count];
        ClassMap = new byte[count];
        BoundaryDistanceMetres = new float[count];
        JunctionDistanceMetres = new float[count];
        TipHeightMetres = [];
        parameterFields = new float[ParameterFieldCount][];
    }

    /// <summary>The geometry asked for.</summary>
    public FilmOptions Options { get; }

    /// <summary>Seed of everything random in the film.</summary>
    public long Seed { get; }

    /// <summary>Where the pixels lie.</summary>
    public ScanFrame Frame { get; }

    /// <summary>True height in metre, row-major.</summary>
    public float[] HeightMetres { get; }

    /// <summary>Height that the tip reports, in metre: the dilation of the surface by the tip.</summary>
    public float[] TipHeightMetres { get; private set; }

    /// <summary>Number of the grain of each pixel, 0 .. GrainCount - 1.</summary>
    public int[] GrainLabels { get; }

    /// <summary>Number of grains that have at least one pixel.</summary>
    public int GrainCount { get; private set; }

    /// <summary><see cref="StructuralClass"/> of each pixel.</summary>
    public byte[] ClassMap { get; }

    /// <summary>Distance from each pixel to the nearest boundary line in metre.</summary>
    public float[] BoundaryDistanceMetres { get; }

    /// <summary>Distance from each pixel to the nearest triple point in metre.</summary>
    public float[] JunctionDistanceMetres { get; }

    /// <summary>Triple points, column and row in (fractional) pixels; those outside the frame whose pits reach into it are among them.</summary>
    public IReadOnlyList<(double Column, double Row)> JunctionPixels { get; private set; } = [];

    /// <summary>Builds the film of a seed; the same options and seed give the same film to the bit.</summary>
    /// <exception cref="ArgumentException">An impossible option.</exception>
    public static Film Create(FilmOptions options, long seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var film = new Film(options, seed);
        FilmGeometry geometry = FilmGeometry.Create(options, seed);
        film.JunctionPixels = [.. geometry.Junctions.Select(j => (j.X / options.PixelPitch.Value, j.Y / options.PixelPitch.Value))];
        film.MeasureJunctionDistances(geometry);
        film.BuildSurface(geometry);
        film.AddRoughness();
        film.TipHeightMetres = TipShape.Dilate(film.HeightMetres, film.Frame, options);
        double correlation = options.GrainDiameter.Value / options.PixelPitch.Value;
        for (int i = 0; i < ParameterFieldCount; i++)
            film.parameterFields[i] = RandomFields.Smooth(options.Rows, options.Columns, correlation, RandomStream.Named(seed, "film.parameters", i));
        return film;
    }

    /// <summary>The class of a pixel.</summary>
    public StructuralClass ClassAt(PixelIndex pixel) => (StructuralClass)ClassMap[(pixel.Row * Frame.Columns) + pixel.Column];

    /// <summary>
    /// Value of smooth field <paramref name="index"/> at a pixel: zero mean and unit deviation over the film, correlated over one grain. The
    /// variations of electrical parameters are built from these.
    /// </summary>
    public double ParameterField(PixelIndex pixel, int index) => parameterFields[index][(pixel.Row * Frame.Columns) + pixel.Column];

    /// <summary>The overview image as a microscope gives it, artefacts included.</summary>
    public ScanImage AcquireOverview(ScanOptions options, long seed) => OverviewScan.Acquire(this, options, seed);

    /// <summary>Writes what is true of the film: labels, class map, distances, heights, fields.</summary>
    public void ExportTruth(string path)
    {
        int rows = Frame.Rows, columns = Frame.Columns;
        NpyArray Map<T>(T[] values, Func<T, double> convert) => NpyArray.Of(Array.ConvertAll(values, v => convert(v)), rows, columns);
        NpzFile.Write(path, new Dictionary<string, NpyArray>
        {
            ["height_m"] = Map(HeightMetres, v => v),
            ["tip_height_m"] = Map(TipHeightMetres, v => v),
            ["grain_labels"] = Map(GrainLabels, v => v),
            ["class_map"] = Map(ClassMap, v => v),
            ["class_names"] = NpyArray.OfText(string.Join(',', Enum.GetNames<StructuralClass>())),
            ["boundary_distance_m"] = Map(BoundaryDistanceMetres, v => v),
            ["junction_distance_m"] = Map(JunctionDistanceMetres, v => v),
            ["junction_column_row_px"] = NpyArray.Of([.. JunctionPixels.SelectMany(j => new[] { j.Column, j.Row })], JunctionPixels.Count, 2),
            ["parameter_fields"] = NpyArray.Of([.. parameterFields.SelectMany(f => Array.ConvertAll(f, v => (double)v))], ParameterFieldCount, rows, columns),
            ["pixel_pitch_m"] = NpyArray.Of([Frame.PixelPitch.Value]),
        });
    }

    private void MeasureJunctionDistances(FilmGeometry geometry)
    {
        double pitch = Frame.PixelPitch.Value, reach = 4 * Math.Max(Options.JunctionWidth.Value, Options.JunctionReach.Value);
        // Beyond the reach nobody asks for the exact distance; each triple point paints its surroundings.
        Array.Fill(JunctionDistanceMetres, (float)reach);
        int window = (int)Math.Ceiling(reach / pitch);
        foreach ((double x, double y) in geometry.Junctions)
        {
            int row0 = (int)Math.Round(y / pitch), column0 = (int)Math.Round(x / pitch);
            for (int row = Math.Max(0, row0 - window); row <= Math.Min(Frame.Rows - 1, row0 + window); row++)
            {
                for (int column = Math.Max(0, column0 - window); column <= Math.Min(Frame.Columns - 1, column0 + window); column++)
                {
                    double dx = (column * pitch) - x, dy = (row * pitch) - y;
                    ref float distance = ref JunctionDistanceMetres[(row * Frame.Columns) + column];
                    distance = MathF.Min(distance, (float)Math.Sqrt((dx * dx) + (dy * dy)));
                }
            }
        }
    }

    private void BuildSurface(FilmGeometry geometry)
    {
        FilmOptions o = Options;
        PowerDiagram cells = geometry.Cells;
        var baseHeight = new double[cells.Count];
        RandomStream random = RandomStream.Named(Seed, "film.heights");
        for (int i = 0; i < baseHeight.Length; i++)
            baseHeight[i] = o.BaseHeightSpread.Value * random.NextNormal();
        var flanks = new Dictionary<(int, int), (bool Asymmetric, bool FirstIsWide)>();
        var labels = new Dictionary<int, int>();
        // The nearest line may belong to a far, large cell; only the nearest neighbours shape the surface.
        Span<int> near = stackalloc int[12];
        const int Shaping = 5;
        double pitch = Frame.PixelPitch.Value, narrow = o.GrooveWidth.Value;
        for (int row = 0; row < Frame.Rows; row++)
        {
            for (int column = 0; column < Frame.Columns; column++)
            {
                int pixel = (row * Frame.Columns) + column;
                double x = column * pitch, y = row * pitch;
                int found = cells.Nearest(x, y, near);
                int own = near[0];
                (double sx, double sy, double radius) = cells.Seed(own);
                double rho2 = ((x - sx) * (x - sx)) + ((y - sy) * (y - sy));
                double z = baseHeight[own] + (o.DomeHeight.Value * Math.Max(0, 1 - (rho2 / (radius * radius))));
                double nearest = double.PositiveInfinity;
                bool nearestAsymmetric = false;
                for (int k = 1; k < found; k++)
                {
                    double u = cells.RidgeDistance(own, near[k], x, y);
                    var key = (own, near[k]);
                    if (!flanks.TryGetValue(key, out (bool Asymmetric, bool FirstIsWide) flank))
                        flanks[key] = flank = geometry.Flanks(own, near[k]);
                    if (u < nearest)
                    {
                        nearest = u;
                        nearestAsymmetric = flank.Asymmetric;
                    }
                    if (k >= Shaping)
                        continue;
                    double w = flank is { Asymmetric: true, FirstIsWide: true } ? 3 * narrow : narrow;
                    z -= o.GrooveDepth.Value * Math.Exp(-(u / w) * (u / w));
                    if (flank.Asymmetric)
                        z += (flank.FirstIsWide ? 0.5 : -0.5) * o.StepHeight.Value * Math.Exp(-u / o.StepDecay.Value);
                }
                double junction = JunctionDistanceMetres[pixel];
                z -= o.JunctionDepth.Value * Math.Exp(-(junction / o.JunctionWidth.Value) * (junction / o.JunctionWidth.Value));
                HeightMetres[pixel] = (float)z;
                BoundaryDistanceMetres[pixel] = (float)nearest;
                if (!labels.TryGetValue(own, out int label))
                    labels[own] = label = labels.Count;
                GrainLabels[pixel] = label;
                ClassMap[pixel] = (byte)(junction <= o.JunctionReach.Value ? StructuralClass.Junction
                    : nearest > o.BoundaryReach.Value ? StructuralClass.Interior
                    : nearestAsymmetric ? StructuralClass.AsymmetricBoundary : StructuralClass.Boundary);
            }
        }
        GrainCount = labels.Count;
    }

    private void AddRoughness()
    {
        float[] roughness = RandomFields.Fractal(Frame.Rows, Frame.Columns, Options.HurstExponent, RandomStream.Named(Seed, "film.roughness"));
        for (int i = 0; i < roughness.Length; i++)
            HeightMetres[i] += (float)(Options.Roughness.Value * roughness[i]);
    }
}
