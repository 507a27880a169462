using FastCore.Microscopy.Simulation;
using Xunit;

namespace FastCore.Microscopy.Tests.Simulation;

public class PowerDiagramTests
{
    [Theory]
    [InlineData(200, 0)]
    [InlineData(200, .15)]
    [InlineData(200, 1)]
    [InlineData(3, .15)]
    public void Nearest_seeds_come_in_the_order_of_brute_force(int count, double spread)
    {
        RandomStream random = RandomStream.Named(1, "test.diagram", count);
        (double X, double Y, double Radius)[] seeds = Seeds(ref random, count, spread);
        var cells = new PowerDiagram(seeds, 1);
        Assert.Equal(count, cells.Count);
        var near = new int[5];
        for (int trial = 0; trial < 2000; trial++)
        {
            // Places outside the seeds' rectangle included.
            double x = (random.NextDouble() * 20) - 5, y = (random.NextDouble() * 20) - 5;
            int asked = 1 + random.NextInt(5);
            int found = cells.Nearest(x, y, near.AsSpan(0, asked));
            int[] expected = [.. Enumerable.Range(0, count).OrderBy(i => Power(seeds[i], x, y)).Take(asked)];
            Assert.Equal(expected.Length, found);
            Assert.Equal(expected, near[..found]);
        }
    }

    [Fact]
    public void Triple_point_has_one_power_distance_to_all_three()
    {
        RandomStream random = RandomStream.Named(2, "test.diagram");
        for (int trial = 0; trial < 500; trial++)
        {
            (double X, double Y, double Radius)[] seeds = Seeds(ref random, 3, .3);
            if (new PowerDiagram(seeds, 1).TriplePoint(0, 1, 2) is not { } point)
                continue;
            double first = Power(seeds[0], point.X, point.Y);
            double scale = 1e-9 * (1 + (point.X * point.X) + (point.Y * point.Y));
            Assert.Equal(first, Power(seeds[1], point.X, point.Y), scale);
            Assert.Equal(first, Power(seeds[2], point.X, point.Y), scale);
        }
    }

    [Fact]
    public void Seeds_on_a_line_have_no_triple_point()
    {
        Assert.Null(new PowerDiagram([(0, 0, .1), (1, 1, .2), (3, 3, .1)], 1).TriplePoint(0, 1, 2));
    }

    [Fact]
    public void Ridge_distance_is_that_to_the_separating_line()
    {
        // Equal radii: the line x = 2. Radii 2 and 1 at distance 4: (16 + 4 - 1) / 8 from the first.
        Assert.Equal(1.5, new PowerDiagram([(0, 0, 1), (4, 0, 1)], 1).RidgeDistance(0, 1, .5, 7), 1e-12);
        Assert.Equal((19 / 8.0) - .5, new PowerDiagram([(0, 0, 2), (4, 0, 1)], 1).RidgeDistance(0, 1, .5, 7), 1e-12);
    }

    private static double Power((double X, double Y, double Radius) s, double x, double y) =>
        ((x - s.X) * (x - s.X)) + ((y - s.Y) * (y - s.Y)) - (s.Radius * s.Radius);

    private static (double X, double Y, double Radius)[] Seeds(ref RandomStream random, int count, double spread)
    {
        var seeds = new (double X, double Y, double Radius)[count];
        for (int i = 0; i < count; i++)
            seeds[i] = (random.NextDouble() * 10, random.NextDouble() * 10, .5 * Math.Exp(spread * random.NextNormal()));
        return seeds;
    }
}
