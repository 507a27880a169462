using FastCore.Autonomy.Decisions;
using FastCore.Autonomy.Policies;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy.Tests.Decisions;

public class DecisionTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(4, 2)]
    [InlineData(1, 0)]
    public void Exclusion_is_that_of_the_definition_and_gives_way_when_nothing_is_left(int stride, int separation)
    {
        var geometry = new CandidateGeometry(4, 4, stride, 7, 5, 8);
        bool[] inside = [.. Enumerable.Range(0, 35).Select(c => c != 3)];
        var exclusion = new Exclusion(geometry, inside, separation);
        var random = RandomStream.Named(1, "exclusion");
        var measured = new List<int>();
        int last = separation;
        while (exclusion.AllowedCount > 0)
        {
            int lot = random.NextInt(exclusion.AllowedCount), candidate = Enumerable.Range(0, 35).Where(c => exclusion.Allowed[c]).ElementAt(lot);
            measured.Add(candidate);
            exclusion.Add(candidate);
            Assert.True(exclusion.Separation <= last);
            last = exclusion.Separation;
            for (int c = 0; c < 35; c++)
            {
                bool expected = inside[c] && measured.All(m => geometry.PixelOf(m).ChebyshevDistance(geometry.PixelOf(c)) > exclusion.Separation);
                Assert.Equal(expected, exclusion.Allowed[c]);
            }
            Assert.Equal(exclusion.Allowed.ToArray().Count(value => value), exclusion.AllowedCount);
        }
        Assert.Equal(34, measured.Distinct().Count());
    }

    [Fact]
    public void A_candidate_is_found_by_its_pixel()
    {
        var geometry = new CandidateGeometry(4, 6, 3, 5, 4, 8);
        for (int c = 0; c < geometry.Count; c++)
            Assert.Equal(c, geometry.CandidateAt(geometry.PixelOf(c)));
        Assert.Equal(-1, geometry.CandidateAt(new PixelIndex(5, 6)));
        Assert.Equal(-1, geometry.CandidateAt(new PixelIndex(4, 18)));
        Assert.Equal(-1, geometry.CandidateAt(new PixelIndex(1, 6)));
    }

    [Fact]
    public void The_visiting_order_is_no_longer_than_nearest_neighbour_and_mostly_the_best()
    {
        var random = RandomStream.Named(4, "places");
        int best = 0;
        for (int trial = 0; trial < 50; trial++)
        {
            StagePosition start = Place(ref random);
            StagePosition[] places = [Place(ref random), Place(ref random), Place(ref random), Place(ref random), Place(ref random),
                Place(ref random)];
            int[] order = VisitingOrder.Of(start, places);
            Assert.Equal(Enumerable.Range(0, 6), order.Order());
            double length = Length(start, places, order);
            double shortest = Permutations([0, 1, 2, 3, 4, 5]).Min(p => Length(start, places, p));
            Assert.True(length <= 1.3 * shortest);
            best += length <= shortest * (1 + 1e-9) ? 1 : 0;
        }
        Assert.InRange(best, 30, 50);
        Assert.Empty(VisitingOrder.Of(default, []));
    }

    private static StagePosition Place(ref RandomStream random) => new(new Metres(random.NextDouble()), new Metres(random.NextDouble()));

    private static double Length(StagePosition start, StagePosition[] places, int[] order)
    {
        double sum = 0;
        foreach (int i in order)
        {
            sum += start.DistanceTo(places[i]).Value;
            start = places[i];
        }
        return sum;
    }

    private static IEnumerable<int[]> Permutations(int[] left) => left.Length == 0 ? [[]]
        : left.SelectMany(first => Permutations([.. left.Where(i => i != first)]).Select(rest => (int[])[first, .. rest]));

    [Fact]
    public void The_Sobol_sequence_is_the_published_one()
    {
        // First points of the two-dimensional sequence, as scipy.stats.qmc.Sobol(2, scramble=False) gives them.
        (double, double)[] expected = [(0, 0), (0.5, 0.5), (0.75, 0.25), (0.25, 0.75), (0.375, 0.375), (0.875, 0.875), (0.625, 0.125), (0.125,
            0.625)];
        for (uint k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], SeedPoints.SobolPoint(k));
        // Every block of 16 has one point in each cell of a 4 x 4 grid.
        Assert.Equal(16, Enumerable.Range(16, 16).Select(k => SeedPoints.SobolPoint((uint)k)).Select(p => ((int)(4 * p.First), (int)(4 * p.Second)))
            .Distinct().Count());
    }

    [Theory]
    [InlineData(50, 241, 241)]
    [InlineData(60, 30, 60)]
    [InlineData(1, 7, 7)]
    [InlineData(7, 100, 3)]
    public void Grid_points_lie_inside_apart_and_spread(int count, int rows, int columns)
    {
        (double Row, double Column)[] points = [.. Enumerable.Range(0, count).Select(k => GridChoice.Point(k, count, rows, columns))];
        Assert.Equal(count, points.Distinct().Count());
        Assert.All(points, point => Assert.True(point.Row > -0.5 && point.Row < rows - 0.5 && point.Column > -0.5 && point.Column < columns - 0.5));
    }
}
