using Xunit;

namespace FastCore.Learning.Tests;

public class RandomStreamTests
{
    // Known answers of the generator's authors (Random123, kat_vectors, philox4x32 10 rounds).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Philox_gives_the_published_answers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint a, uint b, uint c, uint d) =>
        Assert.Equal((a, b, c, d), RandomStream.Philox(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void Moments_are_those_of_the_distributions()
    {
        var random = RandomStream.Named(3, "test");
        double uniform = 0, normal = 0, square = 0;
        const int n = 200_000;
        for (int i = 0; i < n; i++)
        {
            uniform += random.NextDouble();
            double z = random.NextNormal();
            normal += z;
            square += z * z;
        }
        // Four standard errors of each estimate.
        Assert.InRange(uniform / n, 0.5 - (4 * Math.Sqrt(1.0 / 12 / n)), 0.5 + (4 * Math.Sqrt(1.0 / 12 / n)));
        Assert.InRange(normal / n, -4 / Math.Sqrt(n), 4 / Math.Sqrt(n));
        Assert.InRange(square / n, 1 - (4 * Math.Sqrt(2.0 / n)), 1 + (4 * Math.Sqrt(2.0 / n)));
    }

    [Fact]
    public void Streams_of_two_purposes_differ()
    {
        var first = RandomStream.Named(3, "film.grains");
        var second = RandomStream.Named(3, "film.heights");
        Assert.NotEqual(first.NextBits(), second.NextBits());
    }
}
