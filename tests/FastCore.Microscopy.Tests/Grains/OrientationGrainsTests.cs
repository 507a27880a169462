using FastCore.Microscopy.Files;
using FastCore.Microscopy.Grains;
using Xunit;

namespace FastCore.Microscopy.Tests.Grains;

public class OrientationGrainsTests
{
    [Fact]
    public void Misorientation_is_the_least_over_all_24_turns()
    {
        var random = new Random(11);
        Assert.Equal(24, CubicOrientation.Turns.Length);
        double most = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            CubicOrientation a = Any(random), b = Any(random);
            // Brute force: cos of half the angle is the scalar product of the quaternions.
            double best = 0;
            foreach (CubicOrientation turn in CubicOrientation.Turns)
            {
                CubicOrientation c = b.Times(turn);
                best = Math.Max(best, Math.Abs((a.W * c.W) + (a.X * c.X) + (a.Y * c.Y) + (a.Z * c.Z)));
            }
            Assert.Equal(360 / Math.PI * Math.Acos(Math.Min(1, best)), a.MisorientationDegrees(b), 1e-5);
            most = Math.Max(most, a.MisorientationDegrees(b));
        }
        // Mackenzie 1958: 62.80 degrees is the largest between two cubes.
        Assert.InRange(most, 55, 62.81);
    }

    [Fact]
    public void Known_turns_have_their_angles()
    {
        CubicOrientation none = CubicOrientation.OfEuler(0, 0, 0);
        Assert.Equal(0, none.MisorientationDegrees(CubicOrientation.OfEuler(90, 0, 0)), 1e-5);
        Assert.Equal(10, none.MisorientationDegrees(CubicOrientation.OfEuler(30, 0, 50)), 1e-5);
        Assert.Equal(45, none.MisorientationDegrees(CubicOrientation.OfEuler(0, 45, 0)), 1e-5);
        // A twin: 60 degrees about 111.
        double s = 0.5 / Math.Sqrt(3);
        Assert.Equal(60, none.MisorientationDegrees(new CubicOrientation(Math.Sqrt(0.75), s, s, s)), 1e-5);
        (double phi1, double phi, double phi2) = CubicOrientation.OfEuler(123, 41, 267).ToEuler();
        Assert.Equal((123, 41, 267), (Math.Round(phi1, 6), Math.Round(phi, 6), Math.Round(phi2, 6)));
    }

    [Fact]
    public void Map_with_unindexed_points_and_equivalent_orientations_falls_into_its_grains()
    {
        // Three vertical stripes; the second half of the first is written as an equivalent orientation, and every 13th point is not indexed.
        const int Rows = 30, Columns = 60;
        (double, double, double)[] euler = [(20, 30, 10), (20, 30, 100), (20, 55, 10), (75, 30, 10)];
        MeasuredFile map = Map(Rows, Columns, (r, c) => c < 20 ? r < 15 ? euler[0] : euler[1] : c < 40 ? euler[2] : euler[3], k => k % 13 == 5);
        GrainMap grains = OrientationGrains.Of(map);
        Assert.Equal(3, grains.Grains.Count);
        // A point that was not indexed on the edge of a stripe is as near to the next one.
        Assert.All(grains.Grains, grain => Assert.InRange(grain.Pixels, 595, 605));
        Assert.Equal(2, grains.Boundaries.Count);
        CubicOrientation[] own = [.. euler.Select(e => CubicOrientation.OfEuler(e.Item1, e.Item2, e.Item3))];
        double[] expected = [own[0].MisorientationDegrees(own[2]), own[2].MisorientationDegrees(own[3])];
        double[] found = [.. grains.Boundaries.Select(boundary => boundary.MisorientationDegrees!.Value)];
        Assert.Equal(expected.Order(), found.Order(), (a, b) => Math.Abs(a - b) < 1e-4);
        Grain first = grains.GrainAt(new(3, 3));
        (double a1, double a2, double a3) = first.EulerDegrees!.Value;
        Assert.Equal(0, CubicOrientation.OfEuler(a1, a2, a3).MisorientationDegrees(own[0]), 1e-4);
        // A threshold between the two angles leaves the larger one standing.
        Assert.Equal(2, OrientationGrains.Of(map, new GrainOptions { MisorientationDegrees = expected.Average() }).Grains.Count);
    }

    [Fact]
    public void Map_that_is_hardly_indexed_is_refused()
    {
        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => OrientationGrains.Of(Map(20, 20, (_, _) => (1, 2, 3), k => k % 3 > 0)));
        Assert.Contains("134 of 400 points are indexed", refusal.Message, StringComparison.Ordinal);
    }

    private static CubicOrientation Any(Random random) => CubicOrientation.OfEuler(360 * random.NextDouble(),
        180 / Math.PI * Math.Acos((2 * random.NextDouble()) - 1), 360 * random.NextDouble());

    private static MeasuredFile Map(int rows, int columns, Func<int, int, (double, double, double)> euler, Func<int, bool> lost)
    {
        MeasuredChannel Channel(string name, Func<int, double> value) =>
            new(name, "", rows, columns, [.. Enumerable.Range(0, rows * columns).Select(k => (float)value(k))], columns * 50e-9, rows * 50e-9);
        return new MeasuredFile
        {
            Path = "map.ctf",
            Format = "EBSD channel text",
            Channels =
            [
                Channel("Phase", k => lost(k) ? 0 : 1),
                Channel("Euler1", k => lost(k) ? 0 : euler(k / columns, k % columns).Item1),
                Channel("Euler2", k => lost(k) ? 0 : euler(k / columns, k % columns).Item2),
                Channel("Euler3", k => lost(k) ? 0 : euler(k / columns, k % columns).Item3),
            ],
        };
    }
}
