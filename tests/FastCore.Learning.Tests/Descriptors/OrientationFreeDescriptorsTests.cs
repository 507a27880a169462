using FastCore.Learning.Descriptors;
using Xunit;

namespace FastCore.Learning.Tests.Descriptors;

public sealed class OrientationFreeDescriptorsTests
{
    private const int Side = 40;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TurningOrMirroringTheImageTurnsTheMapOnly(int transformation)
    {
        float[] image = Landscape();
        var turned = new float[image.Length];
        int Map(int i, int j) => transformation switch
        {
            0 => (j * Side) + Side - 1 - i,
            1 => ((Side - 1 - i) * Side) + Side - 1 - j,
            2 => (i * Side) + Side - 1 - j,
            _ => (j * Side) + i,
        };
        for (int i = 0; i < Side; i++)
        {
            for (int j = 0; j < Side; j++)
                turned[Map(i, j)] = image[(i * Side) + j];
        }
        int[] centres = [.. from i in Enumerable.Range(8, Side - 16) from j in Enumerable.Range(8, Side - 16) select (i * Side) + j];
        int[] mapped = [.. centres.Select(k => Map(k / Side, k % Side))];
        float[] before = OrientationFreeDescriptors.Raw(image, Side, Side, centres);
        float[] after = OrientationFreeDescriptors.Raw(turned, Side, Side, mapped);
        for (int k = 0; k < before.Length; k++)
            Assert.Equal(before[k], after[k], 2e-4);
    }

    [Fact]
    public void ConstantImageGivesZeros()
    {
        var image = new float[Side * Side];
        Array.Fill(image, 3.25f);
        Assert.All(OrientationFreeDescriptors.ForCandidates(image, Side, Side, [700, 701, 860]), value => Assert.Equal(0, value));
    }

    [Fact]
    public void StandardisedDescriptorsHaveZeroMeanAndUnitDeviation()
    {
        int[] centres = [.. Enumerable.Range(0, Side * Side)];
        float[] values = OrientationFreeDescriptors.ForCandidates(Landscape(), Side, Side, centres);
        Assert.Equal(OrientationFreeDescriptors.Count * centres.Length, values.Length);
        for (int f = 0; f < OrientationFreeDescriptors.Count; f++)
        {
            float[] row = values[(f * centres.Length)..((f + 1) * centres.Length)];
            Assert.Equal(0, row.Average(v => (double)v), 1e-5);
            Assert.Equal(1, Math.Sqrt(row.Average(v => (double)v * v)), 1e-4);
        }
    }

    [Fact]
    public void QuadraticSurfaceHasItsAnalyticDerivatives()
    {
        // H = a x^2 + b y^2 + g x with x, y in pixels from the centre: smoothing adds a constant, so Hessian and gradient stay as they are.
        const double a = 0.02, b = -0.01, g = 0.3;
        const int side = 61, centre = (30 * side) + 30;
        var image = new float[side * side];
        for (int i = 0; i < side; i++)
        {
            for (int j = 0; j < side; j++)
                image[(i * side) + j] = (float)((a * (j - 30) * (j - 30)) + (b * (i - 30) * (i - 30)) + (g * (j - 30)));
        }
        float[] raw = OrientationFreeDescriptors.Raw(image, side, side, [centre]);
        double[] sigmas = [1, 2, 4];
        for (int s = 0; s < 3; s++)
        {
            Assert.Equal(sigmas[s] * g, raw[3 * s], 1e-4);
            Assert.Equal(sigmas[s] * sigmas[s] * 2 * a, raw[(3 * s) + 1], 1e-3);
            Assert.Equal(sigmas[s] * sigmas[s] * 2 * b, raw[(3 * s) + 2], 1e-3);
        }
        // The profile runs along x, the direction of the larger curvature, the higher side (positive x) last; bilinear between pixels.
        Assert.Equal((a * 36) - (g * 6), raw[17], 1e-4);
        Assert.Equal((a * 9) - (g * 3), raw[19], 1e-4);
        Assert.Equal((a * 9) + (g * 3), raw[22], 1e-4);
        Assert.Equal((a * 36) + (g * 6), raw[24], 1e-4);
    }

    [Fact]
    public void GrooveIsDeepAndSymmetricAndAStepIsAsymmetric()
    {
        float[] Image(Func<int, double> profile) => [.. from i in Enumerable.Range(0, Side) from j in Enumerable.Range(0, Side) select (float)profile(j - 20)];
        int centre = (20 * Side) + 20;
        float[] groove = OrientationFreeDescriptors.Raw(Image(x => -Math.Exp(-x * x / 8.0)), Side, Side, [centre]);
        float[] step = OrientationFreeDescriptors.Raw(Image(x => -Math.Exp(-x * x / 8.0) + (x > 0 ? 0.8 : 0)), Side, Side, [centre]);
        // At 6 px the groove of unit depth has risen to 1 - exp(-4.5).
        Assert.Equal(1 - Math.Exp(-4.5), groove[25], 1e-3);
        Assert.Equal(0, groove[26], 1e-5);
        Assert.InRange(step[26], 0.3, 1);
    }

    [Fact]
    public void NotFinitePixelIsNamed()
    {
        float[] image = Landscape();
        image[(3 * Side) + 5] = float.NaN;
        var exception = Assert.Throws<ArgumentException>(() => OrientationFreeDescriptors.Raw(image, Side, Side, [0]));
        Assert.Contains("row 3, column 5", exception.Message, StringComparison.Ordinal);
    }

    private static float[] Landscape()
    {
        var random = new Random(11);
        var image = new float[Side * Side];
        var bumps = Enumerable.Range(0, 14).Select(_ => (X: random.NextDouble() * Side, Y: random.NextDouble() * Side, W: 2 + (4 * random.NextDouble()), A: random.NextDouble() - 0.4)).ToArray();
        for (int i = 0; i < Side; i++)
        {
            for (int j = 0; j < Side; j++)
                image[(i * Side) + j] = (float)bumps.Sum(b => b.A * Math.Exp(-(((i - b.Y) * (i - b.Y)) + ((j - b.X) * (j - b.X))) / (b.W * b.W)));
        }
        return image;
    }
}
