using FastCore.Microscopy.Simulation;
using Xunit;

namespace FastCore.Microscopy.Tests.Simulation;

public class RandomFieldsTests
{
    [Theory]
    [InlineData(64, 64)]
    [InlineData(48, 80)]
    [InlineData(17, 31)]
    public void Fields_have_zero_mean_and_unit_deviation(int rows, int columns)
    {
        foreach (float[] field in new[]
        {
            RandomFields.Fractal(rows, columns, .8, RandomStream.Named(1, "test.fields")),
            RandomFields.Smooth(rows, columns, 5, RandomStream.Named(1, "test.fields")),
        })
        {
            Assert.Equal(rows * columns, field.Length);
            Assert.Equal(0, field.Average(v => (double)v), 1e-6);
            Assert.Equal(1, field.Average(v => (double)v * v), 1e-5);
        }
    }

    [Fact]
    public void Smooth_fields_correlate_as_a_gaussian_along_both_axes()
    {
        const int Rows = 96, Columns = 128, Length = 5, Fields = 40;
        foreach ((int lag, double expected) in new[] { (Length, Math.Exp(-1)), (Length * 2, Math.Exp(-4)), (2, Math.Exp(-.16)) })
        {
            double along = 0, across = 0;
            for (int k = 0; k < Fields; k++)
            {
                float[] field = RandomFields.Smooth(Rows, Columns, Length, RandomStream.Named(4, "test.fields", k));
                along += Periodic(field, Rows, Columns, 0, lag);
                across += Periodic(field, Rows, Columns, lag, 0);
            }
            Assert.Equal(expected, along / Fields, .02);
            Assert.Equal(expected, across / Fields, .02);
        }
    }

    // Structure function of a self-affine field: <(z(r + d) - z(r))^2> grows as d^(2H) well below the size of the field.
    [Theory]
    [InlineData(.3)]
    [InlineData(.5)]
    public void Fractal_fields_grow_with_their_hurst_exponent(double hurst)
    {
        const int Size = 256, Fields = 12;
        double near = 0, far = 0;
        for (int k = 0; k < Fields; k++)
        {
            float[] field = RandomFields.Fractal(Size, Size, hurst, RandomStream.Named(5, "test.fields", k));
            near += 1 - Periodic(field, Size, Size, 0, 4);
            far += 1 - Periodic(field, Size, Size, 0, 16);
        }
        Assert.Equal(hurst, Math.Log(far / near) / (2 * Math.Log(4)), .07);
    }

    // The synthesis is periodic, so the correlation wraps.
    private static double Periodic(float[] field, int rows, int columns, int down, int right)
    {
        double sum = 0;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                sum += (double)field[(i * columns) + j] * field[((i + down) % rows * columns) + ((j + right) % columns)];
        }
        return sum / field.Length;
    }
}
