using FastCore.Learning.Descriptors;
using Xunit;

namespace FastCore.Learning.Tests.Descriptors;

public class GrooveDescriptorsTests
{
    private const int Side = 64;

    // Order of the descriptors that follow the six of the Hessian.
    private const int Distance = 6;
    private const int SlopeAsymmetry = 7;
    private const int RiseHigh = 8;
    private const int RiseLow = 9;
    private const int Sharpness = 10;

    [Fact]
    public void A_turned_or_mirrored_image_has_the_same_descriptors_at_the_same_places()
    {
        float[] image = Rough();
        int[] centres = [.. from r in Enumerable.Range(20, 24) from c in Enumerable.Range(20, 24) select (r * Side) + c];
        float[] plain = GrooveDescriptors.Raw(image, Side, Side, centres);
        foreach (Func<int, int, (int Row, int Column)> map in new Func<int, int, (int, int)>[]
        {
            (r, c) => (c, Side - 1 - r), (r, c) => (Side - 1 - r, Side - 1 - c), (r, c) => (r, Side - 1 - c),
        })
        {
            var moved = new float[image.Length];
            for (int r = 0; r < Side; r++)
            {
                for (int c = 0; c < Side; c++)
                {
                    (int row, int column) = map(r, c);
                    moved[(row * Side) + column] = image[(r * Side) + c];
                }
            }
            int[] places = [.. centres.Select(centre => map(centre / Side, centre % Side)).Select(place => (place.Row * Side) + place.Column)];
            float[] again = GrooveDescriptors.Raw(moved, Side, Side, places);
            // Two lines that are equally strong may change places by rounding; nearly all must not.
            int differing = Enumerable.Range(0, centres.Length).Count(k => Enumerable.Range(0, GrooveDescriptors.Count)
                .Any(f => Math.Abs(plain[(f * centres.Length) + k] - again[(f * centres.Length) + k]) > 1e-3));
            Assert.True(differing <= centres.Length / 50, $"{differing} of {centres.Length} places differ");
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.6)]
    public void The_distance_to_a_straight_groove_is_found_from_both_sides(double slant)
    {
        double nx = Math.Cos(slant), ny = Math.Sin(slant);
        float[] image = Groove(nx, ny, 2, 2);
        for (int offset = -2; offset <= 2; offset++)
        {
            int row = 32 + (int)Math.Round(offset * ny), column = 32 + (int)Math.Round(offset * nx);
            double truth = Math.Abs(((column - 32) * nx) + ((row - 32) * ny));
            Assert.Equal(truth, At(image, row, column, Distance), 0.55);
        }
    }

    [Fact]
    public void Of_two_like_grooves_the_nearer_one_is_taken()
    {
        float[] left = Groove(1, 0, 1, 1), both = new float[Side * Side];
        for (int k = 0; k < both.Length; k++)
        {
            int column = k % Side;
            both[k] = left[k] + (column >= 6 ? left[k - 6] : 0);
        }
        // Grooves along columns 32 and 38: from the inner flank of either the other lies within reach too.
        Assert.Equal(1, At(both, 32, 33, Distance), 0.55);
        Assert.Equal(1, At(both, 32, 37, Distance), 0.55);
    }

    [Fact]
    public void A_groove_with_unlike_flanks_looks_the_same_one_pixel_off_its_line()
    {
        float[] even = Groove(1, 0, 2, 2), uneven = Groove(1, 0, 1.2, 5);
        Assert.Equal(0, At(even, 32, 32, SlopeAsymmetry), 0.05);
        // Its line, where the bottom bends most, lies one pixel into the wide flank; outside its inner flanks no line is found.
        for (int offset = -1; offset <= 3; offset++)
        {
            Assert.True(Math.Abs(At(uneven, 32, 32 + offset, SlopeAsymmetry)) > 0.3, $"offset {offset}: {At(uneven, 32, 32 + offset, SlopeAsymmetry)}");
            // What is seen of the groove does not depend on where it is seen from.
            foreach (int feature in (int[])[SlopeAsymmetry, RiseHigh, RiseLow, Sharpness])
                Assert.Equal(At(uneven, 32, 32, feature), At(uneven, 32, 32 + offset, feature), 1e-3);
        }
    }

    [Fact]
    public void What_cannot_be_described_is_refused()
    {
        Assert.Contains("not finite", Assert.Throws<ArgumentException>(() => GrooveDescriptors.Raw([0, 0, 0, 0, float.NaN, 0, 0, 0, 0], 3, 3, [4])).Message,
            StringComparison.Ordinal);
        Assert.Contains("Centre 9", Assert.Throws<ArgumentException>(() => GrooveDescriptors.Raw(new float[9], 3, 3, [9])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => GrooveDescriptors.Raw(new float[4], 2, 2, [0]));
        Assert.All(GrooveDescriptors.ForCandidates(new float[900], 30, 30, [100, 200, 300]), value => Assert.Equal(0, value));
    }

    private static double At(float[] image, int row, int column, int feature) =>
        GrooveDescriptors.Raw(image, Side, Side, [(row * Side) + column])[feature];

    // -exp(-(u / w)^2) with another width on either side of the line through the middle.
    private static float[] Groove(double nx, double ny, double widthBelow, double widthAbove)
    {
        var image = new float[Side * Side];
        for (int r = 0; r < Side; r++)
        {
            for (int c = 0; c < Side; c++)
            {
                double u = ((c - 32) * nx) + ((r - 32) * ny), w = u < 0 ? widthBelow : widthAbove;
                image[(r * Side) + c] = (float)-Math.Exp(-(u / w) * (u / w));
            }
        }
        return image;
    }

    private static float[] Rough()
    {
        RandomStream random = RandomStream.Named(3, "groove test");
        var image = new float[Side * Side];
        for (int wave = 0; wave < 24; wave++)
        {
            double kx = 0.35 * random.NextNormal(), ky = 0.35 * random.NextNormal(), phase = 6.28 * random.NextDouble();
            for (int k = 0; k < image.Length; k++)
                image[k] += (float)(0.3 * Math.Sin((kx * (k % Side)) + (ky * (k / Side)) + phase));
        }
        return image;
    }
}
