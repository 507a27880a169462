using System.Numerics;
using FastCore.Microscopy.Imaging;

namespace FastCore.Microscopy.Simulation;

/// <summary>Stationary Gaussian random fields by spectral synthesis: white noise shaped in Fourier space, zero mean, unit deviation.</summary>
internal static class RandomFields
{
    /// <summary>A self-affine field: power spectrum proportional to q^(-2 (H + 1)).</summary>
    public static float[] Fractal(int rows, int columns, double hurst, RandomStream random) =>
        Shape(rows, columns, random, squared => Math.Pow(squared, -0.5 * (hurst + 1)));

    /// <summary>A smooth field with autocorrelation exp(-(r / length)^2), length in pixels.</summary>
    public static float[] Smooth(int rows, int columns, double length, RandomStream random) =>
        Shape(rows, columns, random, squared => Math.Exp(-Math.PI * Math.PI * length * length * squared / 2));

    // amplitude: of the squared spatial frequency in 1/pixel^2.
    private static float[] Shape(int rows, int columns, RandomStream random, Func<double, double> amplitude)
    {
        var field = new Complex[rows * columns];
        for (int i = 0; i < field.Length; i++)
            field[i] = random.NextNormal();
        FourierPlane.Transform(field, rows, columns, forward: true);
        for (int i = 0; i < rows; i++)
        {
            double fy = (double)(i <= rows / 2 ? i : i - rows) / rows;
            for (int j = 0; j < columns; j++)
            {
                double fx = (double)(j <= columns / 2 ? j : j - columns) / columns;
                double squared = (fx * fx) + (fy * fy);
                field[(i * columns) + j] *= squared == 0 ? 0 : amplitude(squared);
            }
        }
        FourierPlane.Transform(field, rows, columns, forward: false);
        double sum = 0;
        foreach (Complex value in field)
            sum += value.Real * value.Real;
        double scale = 1 / Math.Max(Math.Sqrt(sum / field.Length), 1e-300);
        return Array.ConvertAll(field, value => (float)(value.Real * scale));
    }
}
