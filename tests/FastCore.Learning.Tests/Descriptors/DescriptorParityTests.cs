using FastCore.Compute.Execution;
using FastCore.Learning.Descriptors;
using Xunit;

namespace FastCore.Learning.Tests.Descriptors;

/// <summary>The descriptors, computed by operations on the whole image, against their definition pixel by pixel.</summary>
public sealed class DescriptorParityTests
{
    // The documented tolerances; the direction of the profile is defined where the Hessian is not isotropic.
    private const double Tolerance = 2e-5;
    private const double Directed = 0.1;
    private const int Separate = 17;

    [Theory]
    [InlineData(48, 61)]
    [InlineData(61, 48)]
    [InlineData(40, 40)]
    public void EveryDescriptorIsItsDefinition(int rows, int columns)
    {
        float[] image = Landscape(rows, columns);
        int[] centres = [.. Enumerable.Range(0, rows * columns)];
        double[] expected = DescriptorDefinition.Raw(image, rows, columns, centres);
        float[] actual = OrientationFreeDescriptors.Raw(image, rows, columns, centres);
        int m = centres.Length, compared = 0;
        for (int k = 0; k < m; k++)
        {
            // Rows 4 and 5 are the eigenvalues at the scale of the profile. A tie of the two sides may turn either way too.
            bool directed = expected[(4 * m) + k] - expected[(5 * m) + k] > Directed;
            double low = Enumerable.Range(Separate, 4).Sum(f => expected[(f * m) + k]), high = Enumerable.Range(Separate + 4, 4).Sum(f => expected[(f * m) + k]);
            directed &= high - low > 1e-3;
            compared += directed ? 1 : 0;
            for (int f = 0; f < (directed ? OrientationFreeDescriptors.Count : Separate); f++)
            {
                double allowed = f < Separate ? Tolerance : 10 * Tolerance;
                // A quotient of heights: |d| / (1 - asymmetry) is its denominator.
                if (f == OrientationFreeDescriptors.Count - 1)
                    allowed *= 2 * Math.Max(1, (1 - expected[(f * m) + k]) / Math.Abs(expected[((f - 1) * m) + k]));
                Assert.True(Math.Abs(expected[(f * m) + k] - actual[(f * m) + k]) <= allowed,
                    $"descriptor {f} of pixel ({k / columns}, {k % columns}) is {actual[(f * m) + k]}, expected {expected[(f * m) + k]}");
            }
        }
        Assert.True(compared > m / 2, $"only {compared} of {m} profiles were compared");
    }

    [Fact]
    public void TheDefinitionsOfTheOperationsGiveTheSame()
    {
        float[] image = Landscape(30, 33);
        int[] centres = [.. Enumerable.Range(0, 30 * 33).Where(k => k % 3 == 0)];
        using ExecutionBackend reference = ExecutionBackends.Open("reference");
        float[] expected = OrientationFreeDescriptors.Raw(reference, image, 30, 33, centres), actual = OrientationFreeDescriptors.Raw(image, 30, 33, centres);
        for (int k = 0; k < Separate * centres.Length; k++)
            Assert.Equal(expected[k], actual[k], Tolerance);
    }

    [Fact]
    public void TheSameImageGivesTheSameBits()
    {
        float[] image = Landscape(130, 200);
        int[] centres = [.. Enumerable.Range(0, image.Length)];
        float[] first = OrientationFreeDescriptors.ForCandidates(image, 130, 200, centres);
        for (int round = 0; round < 3; round++)
            Assert.Equal(first, OrientationFreeDescriptors.ForCandidates(image, 130, 200, centres));
    }

    // Bumps and waves of about unit deviation.
    private static float[] Landscape(int rows, int columns)
    {
        var random = new Random(7);
        var bumps = Enumerable.Range(0, 40).Select(_ => (Y: random.NextDouble() * rows, X: random.NextDouble() * columns, W: 1.5 + (4 * random.NextDouble()), A: (2 * random.NextDouble()) - 1)).ToArray();
        return [.. from i in Enumerable.Range(0, rows) from j in Enumerable.Range(0, columns) select (float)(Math.Sin((0.3 * i) + (0.1 * j))
            + bumps.Sum(b => b.A * Math.Exp(-(((i - b.Y) * (i - b.Y)) + ((j - b.X) * (j - b.X))) / (b.W * b.W))))];
    }
}
