using FastCore.Learning.Descriptors;
using Xunit;

namespace FastCore.Learning.Tests.Descriptors;

public sealed class LevellingTests
{
    [Fact]
    public void PlaneIsRemovedAndNothingElse()
    {
        float[] image = Make(13, 9, (i, j) => 5 + (0.3 * i) - (0.7 * j));
        Assert.All(Levelling.Plane(image, 13, 9), value => Assert.Equal(0, value, 1e-5));
        // x y is orthogonal to every plane on a centred grid: it stays.
        float[] twist = Make(13, 9, (i, j) => (i - 6) * (j - 4));
        Assert.All(Levelling.Plane(twist, 13, 9).Zip(twist), pair => Assert.Equal(pair.Second, pair.First, 1e-4));
    }

    [Fact]
    public void QuadraticSurfaceIsRemoved() =>
        Assert.All(Levelling.Quadratic(Make(11, 8, (i, j) => 2 - i + (0.1 * i * i) + (0.05 * i * j) - (0.02 * j * j)), 11, 8), value => Assert.Equal(0, value, 1e-4));

    [Fact]
    public void LinesLoseTheirMedians()
    {
        float[] levelled = Levelling.LineMedian([1, 2, 9, 10, 30, 20], 2, 3);
        Assert.Equal([-1, 0, 7, -10, 10, 0], levelled);
    }

    [Theory]
    [InlineData(1, 6)]
    [InlineData(6, 1)]
    [InlineData(1, 1)]
    public void DegenerateImagesStayFinite(int rows, int columns) =>
        Assert.All(Levelling.Quadratic(Make(rows, columns, (i, j) => i + j), rows, columns), value => Assert.Equal(0, value, 1e-4));

    private static float[] Make(int rows, int columns, Func<int, int, double> value) =>
        [.. from i in Enumerable.Range(0, rows) from j in Enumerable.Range(0, columns) select (float)value(i, j)];
}
