using System.Numerics;

namespace FastCore.Microscopy.Imaging;

/// <summary>
/// Drift between two images of one place by phase correlation (Kuglin and Hines 1975), refined to parts of a pixel by Newton's method
/// on the trigonometric sum. Mean and plane go first, the edges are faded by a Hann window, and the spectrum is weighted with a Gaussian, because high
/// spatial frequencies hold noise and aliases. Where noise covers the spectrum the shift is only as good as <see cref="ImageShift.Agreement"/> is high.
/// </summary>
public static class PhaseCorrelation
{
    private const int LeastSide = 8;
    private const int Refinements = 8;

    // Gaussian weight of the cross spectrum, in cycles per pixel: the peak becomes a Gaussian of 1 / (2 pi 0.12) = 1.3 pixels.
    private const double Bandwidth = 0.12;

    /// <summary>The shift that takes <paramref name="before"/> to <paramref name="after"/>: after(r, c) = before(r - Rows, c - Columns).</summary>
    /// <param name="before">rows x columns values, row-major.</param>
    /// <param name="after">The same place later.</param>
    /// <param name="rows">Rows of both.</param>
    /// <param name="columns">Columns of both.</param>
    /// <exception cref="ArgumentException">Lengths that do not fit, values that are not finite, or an image without structure.</exception>
    public static ImageShift Between(ReadOnlySpan<float> before, ReadOnlySpan<float> after, int rows, int columns)
    {
        if (rows < LeastSide || columns < LeastSide)
        {
            throw new ArgumentException(
                $"Images of {rows} x {columns} pixels are too small to find a drift in; {LeastSide} x {LeastSide} are needed.", nameof(rows));
        }
        Complex[] first = Prepare(before, rows, columns, nameof(before)), second = Prepare(after, rows, columns, nameof(after));
        // The largest magnitude of both spectra: what lies 1e-9 below it is rounding, and has no phase.
        double largest = 0;
        for (int k = 0; k < first.Length; k++)
        {
            second[k] *= Complex.Conjugate(first[k]);
            largest = Math.Max(largest, second[k].Magnitude);
        }
        double weights = 0;
        for (int k = 0; k < second.Length; k++)
        {
            double fy = Frequency(k / columns, rows), fx = Frequency(k % columns, columns), magnitude = second[k].Magnitude;
            double weight = magnitude > 1e-9 * largest ? Math.Exp(-((fx * fx) + (fy * fy)) / (2 * Bandwidth * Bandwidth)) : 0;
            weights += weight;
            second[k] = weight == 0 ? Complex.Zero : second[k] * (weight / magnitude);
        }
        Complex[] spectrum = (Complex[])second.Clone();
        FourierPlane.Transform(second, rows, columns, forward: false);
        int peak = 0;
        for (int k = 1; k < second.Length; k++)
            peak = second[k].Real > second[peak].Real ? k : peak;
        (double y, double x) = Refine(spectrum, rows, columns, peak);
        return new ImageShift(y, x, second[peak].Real * second.Length / weights);
    }

    // Newton's steps to the maximum of the correlation, which the spectrum gives at any place; a parabola through pixels is biased towards them.
    private static (double Y, double X) Refine(Complex[] spectrum, int rows, int columns, int peak)
    {
        double y = peak / columns, x = peak % columns;
        y = y <= rows / 2 ? y : y - rows;
        x = x <= columns / 2 ? x : x - columns;
        var across = new Complex[columns];
        for (int pass = 0; pass < Refinements; pass++)
        {
            for (int j = 0; j < columns; j++)
                across[j] = Complex.FromPolarCoordinates(1, 2 * Math.PI * Frequency(j, columns) * x);
            double gy = 0, gx = 0, yy = 0, xx = 0, xy = 0;
            for (int i = 0; i < rows; i++)
            {
                double wy = 2 * Math.PI * Frequency(i, rows);
                var down = Complex.FromPolarCoordinates(1, wy * y);
                for (int j = 0; j < columns; j++)
                {
                    Complex entry = spectrum[(i * columns) + j];
                    if (entry == Complex.Zero)
                        continue;
                    entry *= down * across[j];
                    double wx = 2 * Math.PI * Frequency(j, columns);
                    gy -= wy * entry.Imaginary;
                    gx -= wx * entry.Imaginary;
                    yy -= wy * wy * entry.Real;
                    xx -= wx * wx * entry.Real;
                    xy -= wy * wx * entry.Real;
                }
            }
            double determinant = (yy * xx) - (xy * xy);
            if (!(determinant > 0 && yy < 0))
                break;
            double stepY = ((xx * gy) - (xy * gx)) / determinant, stepX = ((yy * gx) - (xy * gy)) / determinant;
            // Never further than to the next pixel: the peak of the grid lies within half of one.
            y -= Math.Clamp(stepY, -0.5, 0.5);
            x -= Math.Clamp(stepX, -0.5, 0.5);
            if (Math.Abs(stepY) + Math.Abs(stepX) < 1e-6)
                break;
        }
        return (y, x);
    }

    private static Complex[] Prepare(ReadOnlySpan<float> image, int rows, int columns, string name)
    {
        if (image.Length != rows * columns)
            throw new ArgumentException($"An image of {image.Length} values is not {rows} x {columns}.", name);
        double mean = 0, slopeY = 0, slopeX = 0, normY = 0, normX = 0;
        for (int k = 0; k < image.Length; k++)
        {
            if (!float.IsFinite(image[k]))
                throw new ArgumentException($"Pixel (row {k / columns}, column {k % columns}) is not finite; fill or crop the image first.", name);
            double y = (k / columns) - (0.5 * (rows - 1)), x = (k % columns) - (0.5 * (columns - 1));
            mean += image[k] / (double)image.Length;
            slopeY += y * image[k];
            slopeX += x * image[k];
            normY += y * y;
            normX += x * x;
        }
        slopeY /= normY;
        slopeX /= normX;
        var field = new Complex[image.Length];
        double square = 0, largest = 0;
        for (int k = 0; k < field.Length; k++)
        {
            int i = k / columns, j = k % columns;
            double value = image[k] - mean - (slopeY * (i - (0.5 * (rows - 1)))) - (slopeX * (j - (0.5 * (columns - 1))));
            square += value * value;
            largest = Math.Max(largest, Math.Abs(image[k]));
            field[k] = value * Hann(i, rows) * Hann(j, columns);
        }
        // A float image of a plane has rounding of its own.
        if (!(Math.Sqrt(square / field.Length) > 1e-6 * largest))
            throw new ArgumentException("The image is flat, so that no drift can be seen in it: scan a place with structure.", name);
        FourierPlane.Transform(field, rows, columns, forward: true);
        return field;
    }

    private static double Hann(int index, int count) => 0.5 - (0.5 * Math.Cos(2 * Math.PI * (index + 0.5) / count));

    private static double Frequency(int index, int count) => (double)(index <= count / 2 ? index : index - count) / count;
}
