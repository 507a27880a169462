using FastCore.Microscopy.Files;
using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Units;
using Xunit;

namespace FastCore.Microscopy.Tests.Simulation;

public class FilmTests
{
    private static readonly FilmOptions Defaults = new();
    private static readonly FilmOptions Small = new() { Rows = 48, Columns = 64, Width = new Metres(1.25e-6) };
    private static readonly Lazy<Film[]> Films = new(() => [.. Enumerable.Range(1, 3).Select(seed => Film.Create(Defaults, seed))]);

    [Fact]
    public void The_same_seed_gives_the_same_film_to_the_bit_and_another_seed_another()
    {
        Film first = Film.Create(Small, 7), again = Film.Create(Small, 7), other = Film.Create(Small, 8);
        Assert.Equal(first.HeightMetres, again.HeightMetres);
        Assert.Equal(first.TipHeightMetres, again.TipHeightMetres);
        Assert.Equal(first.GrainLabels, again.GrainLabels);
        Assert.Equal(first.ClassMap, again.ClassMap);
        Assert.Equal(first.BoundaryDistanceMetres, again.BoundaryDistanceMetres);
        Assert.Equal(first.JunctionDistanceMetres, again.JunctionDistanceMetres);
        Assert.Equal(first.JunctionPixels, again.JunctionPixels);
        Assert.NotEqual(first.HeightMetres, other.HeightMetres);
        Assert.NotEqual(first.GrainLabels, other.GrainLabels);
        for (int k = 0; k < Film.ParameterFieldCount; k++)
        {
            Assert.Equal(first.ParameterField(new PixelIndex(11, 13), k), again.ParameterField(new PixelIndex(11, 13), k));
            Assert.NotEqual(first.ParameterField(new PixelIndex(11, 13), k), other.ParameterField(new PixelIndex(11, 13), k));
        }
    }

    [Fact]
    public void Labels_distances_and_classes_agree_with_brute_force()
    {
        foreach (Film film in Films.Value)
        {
            FilmOptions o = film.Options;
            FilmGeometry geometry = FilmGeometry.Create(o, film.Seed);
            (double X, double Y, double Radius)[] seeds = Seeds(geometry);
            List<(double X, double Y)> points = TriplePoints(seeds, o);
            var labelOf = new Dictionary<int, int>();
            double pitch = o.PixelPitch.Value;
            for (int pixel = 0; pixel < film.ClassMap.Length; pixel++)
            {
                double x = pixel % o.Columns * pitch, y = pixel / o.Columns * pitch;
                int own = Owner(seeds, x, y);
                if (!labelOf.TryGetValue(own, out int label))
                    labelOf[own] = label = film.GrainLabels[pixel];
                Assert.Equal(label, film.GrainLabels[pixel]);

                (double boundary, int neighbour) = NearestRidge(seeds, own, x, y);
                Assert.Equal(boundary, film.BoundaryDistanceMetres[pixel], 1e-13);
                double junction = points.Min(p => Math.Sqrt(((p.X - x) * (p.X - x)) + ((p.Y - y) * (p.Y - y))));
                // Beyond four times the pit's width the distance is given as that reach.
                Assert.Equal(Math.Min(junction, 160e-9), film.JunctionDistanceMetres[pixel], 1e-13);

                StructuralClass expected = junction <= 40e-9 ? StructuralClass.Junction
                    : boundary <= 25e-9 && geometry.Flanks(own, neighbour).Asymmetric ? StructuralClass.AsymmetricBoundary
                    : boundary <= 25e-9 ? StructuralClass.Boundary : StructuralClass.Interior;
                Assert.Equal(expected, film.ClassAt(new PixelIndex(pixel / o.Columns, pixel % o.Columns)));
            }
            // One label per cell and one cell per label.
            Assert.Equal(film.GrainCount, labelOf.Count);
            Assert.Equal(Enumerable.Range(0, film.GrainCount), labelOf.Values.Order());
        }
    }

    [Fact]
    public void Junctions_are_the_triple_points_of_the_cells()
    {
        foreach (Film film in Films.Value)
        {
            FilmGeometry geometry = FilmGeometry.Create(film.Options, film.Seed);
            (double X, double Y, double Radius)[] seeds = Seeds(geometry);
            double pitch = film.Options.PixelPitch.Value;
            var found = film.JunctionPixels.Select(j => (X: j.Column * pitch, Y: j.Row * pitch)).ToList();
            foreach ((double x, double y) in found)
            {
                double[] powers = [.. seeds.Select(s => Power(s, x, y)).Order().Take(4)];
                Assert.Equal(powers[0], powers[1], 1e-24);
                Assert.Equal(powers[0], powers[2], 1e-24);
                Assert.True(powers[3] >= powers[2]);
            }
            double width = (film.Options.Columns - 1) * pitch, height = (film.Options.Rows - 1) * pitch;
            foreach ((double x, double y) in TriplePoints(seeds, film.Options))
            {
                if (x >= 0 && y >= 0 && x <= width && y <= height)
                    Assert.Contains(found, f => Math.Abs(f.X - x) < 1e-15 && Math.Abs(f.Y - y) < 1e-15);
            }
        }
    }

    [Fact]
    public void Class_shares_and_grain_size_are_those_of_the_film_asked_for()
    {
        foreach (Film film in Films.Value)
        {
            double[] share = [.. Enumerable.Range(0, 4).Select(c => film.ClassMap.Count(v => v == c) / (double)film.ClassMap.Length)];
            Assert.InRange(share[(int)StructuralClass.Interior], .55, .75);
            Assert.InRange(share[(int)StructuralClass.Boundary], .1, .3);
            Assert.InRange(share[(int)StructuralClass.Junction], .08, .22);
            Assert.InRange(share[(int)StructuralClass.AsymmetricBoundary], .01, .07);

            // Grains that the frame cuts would bias the mean.
            int rows = film.Frame.Rows, columns = film.Frame.Columns;
            HashSet<int> cut = [.. Enumerable.Range(0, film.GrainLabels.Length)
                .Where(i => i / columns == 0 || i / columns == rows - 1 || i % columns == 0 || i % columns == columns - 1)
                .Select(i => film.GrainLabels[i])];
            double pitch = film.Frame.PixelPitch.Value;
            double diameter = film.GrainLabels.Where(l => !cut.Contains(l)).CountBy(l => l).Average(g => 2 * Math.Sqrt(g.Value / Math.PI) * pitch);
            Assert.InRange(diameter, .85 * 300e-9, 1.15 * 300e-9);
        }
    }

    [Fact]
    public void Roughness_of_the_levelled_tip_image_is_that_of_the_film()
    {
        foreach (Film film in Films.Value)
        {
            double[] levelled = Levelling.Plane(film.TipHeightMetres, film.Frame.Rows, film.Frame.Columns);
            Assert.InRange(Math.Sqrt(levelled.Average(v => v * v)), 11e-9, 15e-9);
        }
    }

    [Fact]
    public void Fifteen_percent_of_the_boundaries_are_asymmetric_and_both_sides_agree()
    {
        int boundaries = 0, asymmetric = 0, wideFirst = 0;
        foreach (Film film in Films.Value)
        {
            FilmGeometry geometry = FilmGeometry.Create(film.Options, film.Seed);
            (double X, double Y, double Radius)[] seeds = Seeds(geometry);
            double pitch = film.Options.PixelPitch.Value;
            var pairs = new HashSet<(int, int)>();
            for (int row = 0; row < film.Frame.Rows; row++)
            {
                for (int column = 1; column < film.Frame.Columns; column++)
                {
                    int pixel = (row * film.Frame.Columns) + column;
                    if (film.GrainLabels[pixel] == film.GrainLabels[pixel - 1])
                        continue;
                    int a = Owner(seeds, column * pitch, row * pitch), b = Owner(seeds, (column - 1) * pitch, row * pitch);
                    pairs.Add((Math.Min(a, b), Math.Max(a, b)));
                }
            }
            foreach ((int a, int b) in pairs)
            {
                (bool Asymmetric, bool FirstIsWide) there = geometry.Flanks(a, b), back = geometry.Flanks(b, a);
                Assert.Equal(there.Asymmetric, back.Asymmetric);
                Assert.NotEqual(there.FirstIsWide, back.FirstIsWide);
                boundaries++;
                asymmetric += there.Asymmetric ? 1 : 0;
                wideFirst += there.Asymmetric && there.FirstIsWide ? 1 : 0;
            }
        }
        Assert.True(boundaries > 1500, $"{boundaries} boundaries");
        // Four standard deviations of the binomial distribution.
        Assert.InRange(asymmetric / (double)boundaries, .15 - (4 * Math.Sqrt(.15 * .85 / boundaries)), .15 + (4 * Math.Sqrt(.15 * .85 / boundaries)));
        Assert.InRange(wideFirst / (double)asymmetric, .5 - (4 * Math.Sqrt(.25 / asymmetric)), .5 + (4 * Math.Sqrt(.25 / asymmetric)));
    }

    public static TheoryData<string, FilmOptions> Refused => new()
    {
        { "Rows", Defaults with { Rows = 15 } },
        { "Columns", Defaults with { Columns = 15 } },
        { "Rows", Defaults with { Rows = -1 } },
        { "Width", Defaults with { Width = new Metres(double.NaN) } },
        { "Width", Defaults with { Width = new Metres(-5e-6) } },
        { "GrainDiameter", Defaults with { GrainDiameter = new Metres(double.NaN) } },
        { "GrainDiameter", Defaults with { GrainDiameter = new Metres(-300e-9) } },
        { "GrainDiameter", Defaults with { GrainDiameter = new Metres(30e-9) } },
        { "WeightSpread", Defaults with { WeightSpread = double.NaN } },
        { "BaseHeightSpread", Defaults with { BaseHeightSpread = new Metres(-1e-9) } },
        { "DomeHeight", Defaults with { DomeHeight = new Metres(double.PositiveInfinity) } },
        { "GrooveDepth", Defaults with { GrooveDepth = new Metres(double.NaN) } },
        { "GrooveWidth", Defaults with { GrooveWidth = new Metres(0) } },
        { "AsymmetricShare", Defaults with { AsymmetricShare = 1.01 } },
        { "StepHeight", Defaults with { StepHeight = new Metres(-1e-9) } },
        { "StepDecay", Defaults with { StepDecay = new Metres(0) } },
        { "JunctionDepth", Defaults with { JunctionDepth = new Metres(double.NaN) } },
        { "JunctionWidth", Defaults with { JunctionWidth = new Metres(0) } },
        { "Roughness", Defaults with { Roughness = new Metres(double.NaN) } },
        { "HurstExponent", Defaults with { HurstExponent = -.1 } },
        { "TipRadius", Defaults with { TipRadius = new Metres(double.NaN) } },
        { "TipConeDegrees", Defaults with { TipConeDegrees = 0 } },
        { "BoundaryReach", Defaults with { BoundaryReach = new Metres(-1e-9) } },
        { "JunctionReach", Defaults with { JunctionReach = new Metres(double.NaN) } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Refused))]
    public void Impossible_options_are_refused_by_name(string name, FilmOptions options)
    {
        string message = Assert.Throws<ArgumentException>(() => Film.Create(options, 1)).Message;
        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.Contains("allowed", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Exported_truth_reads_back_as_it_was()
    {
        Film film = Film.Create(Small, 5);
        string path = Path.Combine(Path.GetTempPath(), $"film-truth-{Guid.NewGuid():N}.npz");
        try
        {
            film.ExportTruth(path);
            Dictionary<string, NpyArray> read = NpzFile.Read(path);
            Check("height_m", film.HeightMetres.Select(v => (double)v), 48, 64);
            Check("tip_height_m", film.TipHeightMetres.Select(v => (double)v), 48, 64);
            Check("grain_labels", film.GrainLabels.Select(v => (double)v), 48, 64);
            Check("class_map", film.ClassMap.Select(v => (double)v), 48, 64);
            Check("boundary_distance_m", film.BoundaryDistanceMetres.Select(v => (double)v), 48, 64);
            Check("junction_distance_m", film.JunctionDistanceMetres.Select(v => (double)v), 48, 64);
            Check("junction_column_row_px", film.JunctionPixels.SelectMany(j => new[] { j.Column, j.Row }), film.JunctionPixels.Count, 2);
            Check("parameter_fields", Enumerable.Range(0, Film.ParameterFieldCount).SelectMany(k => Enumerable.Range(0, 48 * 64)
                .Select(i => film.ParameterField(new PixelIndex(i / 64, i % 64), k))), Film.ParameterFieldCount, 48, 64);
            Assert.Equal(film.Frame.PixelPitch.Value, Assert.Single(read["pixel_pitch_m"].Values));
            Assert.Equal("Interior,Boundary,Junction,AsymmetricBoundary", read["class_names"].Text);

            void Check(string key, IEnumerable<double> values, params int[] shape)
            {
                Assert.Equal(shape, read[key].Shape);
                Assert.Equal(values, read[key].Values);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (double X, double Y, double Radius)[] Seeds(FilmGeometry geometry) =>
        [.. Enumerable.Range(0, geometry.Cells.Count).Select(geometry.Cells.Seed)];

    private static double Power((double X, double Y, double Radius) s, double x, double y) =>
        ((x - s.X) * (x - s.X)) + ((y - s.Y) * (y - s.Y)) - (s.Radius * s.Radius);

    private static int Owner((double X, double Y, double Radius)[] seeds, double x, double y)
    {
        int own = 0;
        for (int i = 1; i < seeds.Length; i++)
        {
            if (Power(seeds[i], x, y) < Power(seeds[own], x, y))
                own = i;
        }
        return own;
    }

    // A cell is convex, so its edge is as far as the nearest of all the lines that separate it from another cell. The line |r - a|^2 - A^2 =
    // |r - b|^2 - B^2 stands at t = (L^2 + A^2 - B^2) / 2L from a along the unit vector n to b.
    private static (double Distance, int Neighbour) NearestRidge((double X, double Y, double Radius)[] seeds, int own, double x, double y)
    {
        (double Distance, int Neighbour) nearest = (double.PositiveInfinity, -1);
        (double ax, double ay, double ar) = seeds[own];
        for (int i = 0; i < seeds.Length; i++)
        {
            (double bx, double by, double br) = seeds[i];
            if (i == own || Math.Abs(bx - ax) > 1.2e-6 || Math.Abs(by - ay) > 1.2e-6)
                continue;
            double length = Math.Sqrt(((bx - ax) * (bx - ax)) + ((by - ay) * (by - ay)));
            double line = ((length * length) + (ar * ar) - (br * br)) / (2 * length);
            double distance = line - ((((x - ax) * (bx - ax)) + ((y - ay) * (by - ay))) / length);
            if (distance < nearest.Distance)
                nearest = (distance, i);
        }
        return nearest;
    }

    // All triples of near seeds whose point of equal power no other seed is nearer to.
    private static List<(double X, double Y)> TriplePoints((double X, double Y, double Radius)[] seeds, FilmOptions options)
    {
        double reach = 4 * options.GrainDiameter.Value, margin = options.GrainDiameter.Value, pitch = options.PixelPitch.Value;
        var points = new List<(double X, double Y)>();
        for (int a = 0; a < seeds.Length; a++)
        {
            (double X, double Y, double Radius) s = seeds[a];
            int[] near = [.. Enumerable.Range(0, seeds.Length)
                .Where(i => i != a && Math.Abs(seeds[i].X - s.X) < reach && Math.Abs(seeds[i].Y - s.Y) < reach)];
            foreach (int b in near.Where(i => i > a))
            {
                foreach (int c in near.Where(i => i > b))
                {
                    // With a at the origin: 2 r . (b - a) = |b - a|^2 + A^2 - B^2, the same for c, by Cramer's rule.
                    double bx = seeds[b].X - s.X, by = seeds[b].Y - s.Y, cx = seeds[c].X - s.X, cy = seeds[c].Y - s.Y;
                    double p = ((bx * bx) + (by * by) + (s.Radius * s.Radius) - (seeds[b].Radius * seeds[b].Radius)) / 2;
                    double q = ((cx * cx) + (cy * cy) + (s.Radius * s.Radius) - (seeds[c].Radius * seeds[c].Radius)) / 2;
                    double determinant = (bx * cy) - (by * cx);
                    double x = s.X + (((p * cy) - (q * by)) / determinant), y = s.Y + (((bx * q) - (cx * p)) / determinant);
                    if (!(x > -margin && y > -margin && x < (options.Columns * pitch) + margin && y < (options.Rows * pitch) + margin))
                        continue;
                    double power = Power(s, x, y);
                    if (near.All(i => i == b || i == c || Power(seeds[i], x, y) > power))
                        points.Add((x, y));
                }
            }
        }
        return points;
    }
}
