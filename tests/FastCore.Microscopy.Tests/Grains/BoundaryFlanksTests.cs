using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;
using Xunit;

namespace FastCore.Microscopy.Tests.Grains;

/// <summary>Flanks, and the places of lines, on profiles and lines that are known exactly.</summary>
public class BoundaryFlanksTests
{
    private const double Pitch = 10e-9;
    private const double Groove = 1.5;

    [Fact]
    public void Flank_without_the_ordinary_groove_is_told_with_its_side_whatever_the_domes_are()
    {
        var random = new Random(3);
        var flanks = new BoundaryFlanks();
        // Three lines without a groove on one side; their floors lie aside by up to 2 px, as those of the others do.
        GrainBoundary[] lines = [.. Enumerable.Range(0, 60).Select(k =>
        {
            double first = k is 7 or 30 ? 0 : Depth(), second = k is 41 ? 0 : Depth();
            int profiles = 1 + random.Next(9);
            flanks.Add(Profile(random.Next(9) - 4, first, second, profiles, random), profiles);
            return Line(12);
        })];
        GrainBoundary[] told = flanks.Describe(lines, 3);
        Assert.Equal([7, 30, 41], Enumerable.Range(0, 60).Where(k => told[k].IsAsymmetric));
        for (int k = 0; k < told.Length; k++)
        {
            Assert.Equal(k is 7 or 30 ? 0 : 1, told[k].FirstFlank!.Value, 0.35);
            Assert.Equal(k is 41 ? 0 : 1, told[k].SecondFlank!.Value, 0.35);
        }
        Assert.Equal(1, told.Select(line => line.FirstFlank!.Value).Concat(told.Select(line => line.SecondFlank!.Value)).Average(), 1e-5);

        double Depth() => 9 + (2 * random.NextDouble());
    }

    [Fact]
    public void Flank_must_lie_outside_the_scatter_and_nearer_to_none_than_to_an_ordinary_one()
    {
        // Depths of 9 to 11, and one of 7: far outside the scatter, but a groove.
        Assert.DoesNotContain(Told([7]), line => line.IsAsymmetric);
        Assert.Single(Told([4]), line => line.IsAsymmetric);
        // Depths of 2 to 18: 4 is nothing special.
        Assert.DoesNotContain(Told([4], spread: 8), line => line.IsAsymmetric);
        // A shallow flank of a short line may be its junctions' work.
        Assert.Single(Told([0], spread: 4, points: 1000), line => line.IsAsymmetric);
        Assert.DoesNotContain(Told([0], spread: 4, points: 2), line => line.IsAsymmetric);
        // An untold short line before it has no part in that.
        Assert.Single(Told([0], spread: 4, points: 1000, untold: 1), line => line.IsAsymmetric);
        // The more deviations are asked for, the fewer lines are asymmetric.
        Assert.DoesNotContain(Told([0], spread: 4, points: 1000, deviations: 10), line => line.IsAsymmetric);

        static GrainBoundary[] Told(double[] shallow, double spread = 1, int points = 12, double deviations = 2.33, int untold = 0)
        {
            var flanks = new BoundaryFlanks();
            const int Lines = 40;
            for (int k = 0; k < untold; k++)
                flanks.Add(Profile(0, 10, 10, 1, null), 0);
            for (int k = 0; k < Lines; k++)
            {
                double aside = spread * ((2.0 * k / (Lines - 1)) - 1);
                flanks.Add(Profile(0, k < shallow.Length ? shallow[k] : 10 + aside, 10 - aside, 1, null), 1);
            }
            IEnumerable<GrainBoundary> told = Enumerable.Range(0, Lines).Select(k => Line(k < shallow.Length ? points : 12));
            return flanks.Describe([.. Enumerable.Repeat(Line(2), untold), .. told], deviations);
        }
    }

    [Fact]
    public void Lines_without_whole_profiles_stay_untold_and_the_others_keep_their_places()
    {
        var flanks = new BoundaryFlanks();
        for (int k = 0; k < 24; k++)
            flanks.Add(Profile(0, k == 13 ? 0 : 10, 10, 1, null), k % 2);
        GrainBoundary[] told = flanks.Describe([.. Enumerable.Range(0, 24).Select(_ => Line(12) with { Groove = Steep })], 2.33);
        Assert.All(Enumerable.Range(0, 24), k => Assert.Equal(k % 2 == 1, told[k].FirstFlank is not null && told[k].SecondFlank is not null));
        Assert.Equal(13, Assert.Single(Enumerable.Range(0, 24), k => told[k].IsAsymmetric));
        Assert.Throws<ArgumentException>(() => flanks.Describe([Line(3)], 2.33));
    }

    [Fact]
    public void Few_lines_are_judged_by_their_own_asymmetries()
    {
        foreach (int count in (ReadOnlySpan<int>)[9, 10])
        {
            var flanks = new BoundaryFlanks();
            for (int k = 0; k < count; k++)
                flanks.Add(Profile(0, 10, 10, 1, null), 1);
            GrainBoundary[] told = flanks.Describe([.. Enumerable.Range(0, count).Select(k => Line(12) with { Groove = k == 3 ? Steep : null })], 2.33);
            Assert.Equal(count < 10 ? 1 : 0, told.Count(line => line.IsAsymmetric));
            Assert.Equal(count < 10, told[3].IsAsymmetric);
            Assert.Equal(count < 10, told[3].FirstFlank is null);
        }
    }

    [Fact]
    public void Domes_that_meet_without_a_groove_have_no_ordinary_flank()
    {
        var random = new Random(9);
        var flanks = new BoundaryFlanks();
        for (int k = 0; k < 20; k++)
            flanks.Add(Profile(0, 0, 0, 1, random), 1);
        Assert.All(flanks.Describe([.. Enumerable.Range(0, 20).Select(_ => Line(12) with { Groove = Steep })], 2.33), line =>
        {
            Assert.False(line.IsAsymmetric);
            Assert.Null(line.FirstFlank);
        });
    }

    [Fact]
    public void Point_of_a_line_lies_in_the_middle_of_its_steps_and_looks_from_left_to_right()
    {
        // A line that runs along the columns, in steps of half a pixel about row 10: left of it are lower row numbers.
        var line = new GrainBoundary(0, 1, [.. Enumerable.Range(0, 30).Select(k => 10 + (k % 2 == 0 ? 0.25f : -0.25f))], [.. Enumerable.Range(0, 30).Select(k => (float)k)], 1);
        Assert.True(BoundaryPlaces.TryPoint(line, 15, out (double Row, double Column) place, out (double Row, double Column) across));
        Assert.Equal(10, place.Row, 0.04);
        Assert.Equal(15, place.Column, 1e-9);
        Assert.Equal(1, across.Row, 1e-3);
        Assert.Equal(0, across.Column, 1e-9);
        Assert.True(BoundaryPlaces.TryPoint(line, 0, out place, out _));
        Assert.Equal(1.5, place.Column, 1e-9);
        Assert.True(BoundaryPlaces.TryPoint(line, 29, out place, out _));
        Assert.Equal(27.5, place.Column, 1e-9);
        Assert.False(BoundaryPlaces.TryPoint(new GrainBoundary(0, 1, [3], [3], 1), 0, out _, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.25)]
    [InlineData(-2)]
    public void Pixels_are_marked_within_the_reach_of_where_the_line_runs(double offset)
    {
        const int Rows = 24, Columns = 30;
        // Two lines along the columns at rows 6.5 and 16.5; the second one runs the other way, so that its second grain lies above it.
        GrainBoundary[] lines =
        [
            new GrainBoundary(0, 1, [.. Enumerable.Repeat(6.5f, Columns)], [.. Enumerable.Range(0, Columns).Select(c => (float)c)], 1) { OffsetPixels = offset },
            new GrainBoundary(1, 2, [.. Enumerable.Repeat(16.5f, Columns)], [.. Enumerable.Range(0, Columns).Select(c => Columns - 1f - c)], 1) { OffsetPixels = offset },
        ];
        var at = new int[Rows * Columns];
        Array.Fill(at, -1);
        BoundaryPlaces.Mark(lines, Rows, Columns, 1.5, new float[at.Length], at);
        for (int k = 0; k < at.Length; k++)
        {
            // Places near the ends are means of fewer points.
            if (k % Columns is < 3 or > Columns - 4)
                continue;
            int expected = Math.Abs((k / Columns) - (6.5 + offset)) <= 1.5 ? 0 : Math.Abs((k / Columns) - (16.5 - offset)) <= 1.5 ? 1 : -1;
            Assert.True(expected == at[k], $"row {k / Columns}, column {k % Columns}: {at[k]}, not {expected}");
        }
        // Between two lines the nearer one counts.
        Array.Fill(at, -1);
        BoundaryPlaces.Mark(lines, Rows, Columns, 100, new float[at.Length], at);
        Assert.Equal(offset == 0 ? 1 : 0, at[((offset == 0 ? 13 : 11) * Columns) + 15]);
        Assert.DoesNotContain(-1, at);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Line_of_a_topography_lies_half_way_from_the_floor_up_the_steepest_part_of_the_higher_side(int side)
    {
        // A floor half a pixel beside the line that is drawn, a gentle lower side, and a higher side that is steepest 2 px from the floor.
        const int Size = 64;
        var heights = new float[Size * Size];
        for (int k = 0; k < heights.Length; k++)
        {
            double u = (side * ((k % Size) - 31.5)) - 0.5;
            heights[k] = (float)(1e-9 * (u < 0 ? Math.Min(-u, 5) : u < 1 ? u : u < 3 ? 1 + (6 * (u - 1)) : Math.Min(13 + (u - 3), 18)));
        }
        int[] labels = [.. Enumerable.Range(0, Size * Size).Select(k => k % Size < 32 ? 0 : 1)];
        GrainMap map = GrainMapBuilder.Build(new ScanFrame(Size, Size, new Metres(Pitch)), GrainSource.Topography, labels, 2, heights, heights, new GrainOptions());
        GrainBoundary line = Assert.Single(map.Boundaries);
        double towardsHigher = (line.First == map.Labels[0]) == (side > 0) ? line.OffsetPixels : -line.OffsetPixels;
        // The floor lies at 0.5 px, the steepest place at 1.5 to 2.5 px from it.
        Assert.InRange(towardsHigher, 0.5 + (0.5 * 1.5), 0.5 + (0.5 * 2.5));
        // Classes follow: the column beside the drawn line on the lower side is out of reach, as far columns on the higher side are not.
        int Column(double u) => (int)Math.Round(31.5 + (side * u));
        GrainMap near = GrainMapBuilder.Build(new ScanFrame(Size, Size, new Metres(Pitch)), GrainSource.Topography, labels, 2, heights, heights,
            new GrainOptions { BoundaryReach = new Metres(1.3 * Pitch) });
        Assert.Equal(StructuralClass.Interior, near.ClassOf(new PixelIndex(30, Column(-0.5))));
        Assert.NotEqual(StructuralClass.Interior, near.ClassOf(new PixelIndex(30, Column(1.5))));
        Assert.NotEqual(StructuralClass.Interior, near.ClassOf(new PixelIndex(30, Column(2.5))));
        Assert.Equal(StructuralClass.Interior, near.ClassOf(new PixelIndex(30, Column(3.5))));
    }

    [Fact]
    public void Line_near_the_frame_has_a_groove_though_its_profiles_are_not_whole()
    {
        // The line lies 8.5 px from the frame: room for the 8 px of a groove, not for the 10 px of two flanks.
        const int Size = 64;
        float[] heights = [.. Enumerable.Range(0, Size * Size).Select(k => (float)(1e-9 * Math.Min(Math.Abs((k % Size) - 8.5), 4)))];
        int[] labels = [.. Enumerable.Range(0, Size * Size).Select(k => k % Size < 9 ? 0 : 1)];
        GrainMap map = GrainMapBuilder.Build(new ScanFrame(Size, Size, new Metres(Pitch)), GrainSource.Topography, labels, 2, heights, heights, new GrainOptions());
        GrooveProfile groove = Assert.Single(map.Boundaries).Groove!;
        Assert.Equal(3.5e-9, groove.DepthMetres, 1e-11);
        Assert.InRange(groove.Profiles, 20, 22);
    }

    private static GrooveProfile Steep => new(10e-9, 0, 1, 0.1, 3, new float[GrooveProfile.Samples]);

    private static GrainBoundary Line(int points) => new(0, 1, new float[points], new float[points], points * Pitch);

    // Sums of profiles across a line between two domes of any curvature and slope, with a groove of the given depth in either flank.
    private static double[] Profile(int floor, double first, double second, int profiles, Random? random)
    {
        var sums = new double[BoundaryFlanks.Samples];
        double left = random?.NextDouble() ?? 0.5, right = random?.NextDouble() ?? 0.5;
        for (int s = 0; s < sums.Length; s++)
        {
            double u = Math.Abs(s - BoundaryFlanks.HalfSamples - floor) * GrooveProfile.StepPixels;
            bool isFirst = s < BoundaryFlanks.HalfSamples + floor;
            double dome = (isFirst ? 1 + left : 1 + right) * (u - ((isFirst ? right : left) * u * u / 20));
            double groove = (isFirst ? first : second) * (1 - Math.Exp(-u * u / (Groove * Groove)));
            sums[s] = profiles * (dome + groove + 40);
        }
        return sums;
    }
}
