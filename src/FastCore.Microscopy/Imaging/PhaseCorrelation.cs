using System.Numerics;

namespace FastCore.Microscopy.Imaging;

/// <summary>
/// Drift between two images of one place by phase correlation (Kuglin and Hines 1975). In what both images show, mean and plane go first and the
/// edges are faded by a Hann window; the phases of the cross spectrum are weighted with a Gaussian, because high spatial frequencies hold noise
/// and aliases, and by how far they stand above the noise that the highest frequencies show. The peak is refined to parts of a pixel by Newton's
/// method on the trigonometric sum.
/// </summary>
/// <remarks>
/// A window that does not move with the picture draws the estimate towards 0 by a tenth. So the second image is moved back by the estimate (cubic
/// interpolation, Keys 1981), windows are laid on what both images then show, and what is left is found again, up to five times.
/// </remarks>
public static class PhaseCorrelation
{
    private const int LeastSide = 8;
    private const int Passes = 5;
    private const int NewtonSteps = 8;
    private const double Settled = 1e-3;

    // Gaussian weight of the cross spectrum, in cycles per pixel: the peak becomes a Gaussian of 1 / (2 pi 0.12) = 1.3 pixels.
    private const double Bandwidth = 0.12;

    // Beyond this spatial frequency a scan shows its noise; a phase counts half where its magnitude is ten times that.
    private const double NoiseFrom = 0.35;
    private const double NoiseFactor = 10;

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
        CheckFinite(before, rows, columns, nameof(before));
        CheckFinite(after, rows, columns, nameof(after));
        double y = 0, x = 0, agreement = 0;
        for (int pass = 0; pass < Passes; pass++)
        {
            var overlap = new Overlap(rows, columns, y, x);
            // Little of the picture is left to refine on.
            if (overlap.Rows < rows / 2 || overlap.Columns < columns / 2)
                break;
            Complex[] first = Prepare(before.ToArray(), columns, overlap, nameof(before));
            Complex[] second = Prepare(pass == 0 ? after.ToArray() : Moved(after, rows, columns, y, x), columns, overlap, nameof(after));
            (double dy, double dx, agreement) = Estimate(first, second, rows, columns);
            y += dy;
            x += dx;
            if (Math.Abs(dy) + Math.Abs(dx) < Settled)
                break;
        }
        return new ImageShift(y, x, agreement);
    }

    private static (double Y, double X, double Agreement) Estimate(Complex[] first, Complex[] second, int rows, int columns)
    {
        double largest = 0, noise = 0;
        int beyond = 0;
        for (int k = 0; k < first.Length; k++)
        {
            second[k] *= Complex.Conjugate(first[k]);
            double fy = Frequency(k / columns, rows), fx = Frequency(k % columns, columns), magnitude = second[k].Magnitude;
            largest = Math.Max(largest, magnitude);
            if ((fx * fx) + (fy * fy) > NoiseFrom * NoiseFrom)
            {
                noise += magnitude;
                beyond++;
            }
        }
        noise *= NoiseFactor / Math.Max(1, beyond);
        double weights = 0;
        for (int k = 0; k < second.Length; k++)
        {
            double fy = Frequency(k / columns, rows), fx = Frequency(k % columns, columns), magnitude = second[k].Magnitude;
            double weight = Math.Exp(-((fx * fx) + (fy * fy)) / (2 * Bandwidth * Bandwidth)) / (magnitude + noise);
            // What lies 1e-9 below the largest is rounding and has no phase.
            second[k] = magnitude > 1e-9 * largest ? second[k] * weight : Complex.Zero;
            weights += second[k].Magnitude;
        }
        var correlation = (Complex[])second.Clone();
        FourierPlane.Transform(correlation, rows, columns, forward: false);
        int peak = 0;
        for (int k = 1; k < correlation.Length; k++)
            peak = correlation[k].Real > correlation[peak].Real ? k : peak;
        (double y, double x) = Refine(second, rows, columns, peak);
        return (y, x, correlation[peak].Real * correlation.Length / weights);
    }

    // Newton's steps to the maximum of the correlation, which the spectrum gives at any place; a parabola through pixels is biased towards them.
    private static (double Y, double X) Refine(Complex[] spectrum, int rows, int columns, int peak)
    {
        double y = Frequency(peak / columns, rows) * rows, x = Frequency(peak % columns, columns) * columns;
        var across = new Complex[columns];
        for (int pass = 0; pass < NewtonSteps; pass++)
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
                    Complex entry = spectrum[(i * columns) + j] * down * across[j];
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

    // Spectrum of the overlap, levelled and faded; outside it the field is 0.
    private static Complex[] Prepare(float[] image, int columns, Overlap overlap, string name)
    {
        double mean = 0, slopeY = 0, slopeX = 0, normY = 0, normX = 0, square = 0, largest = 0;
        double middleY = 0.5 * (overlap.Rows - 1), middleX = 0.5 * (overlap.Columns - 1);
        for (int i = 0; i < overlap.Rows; i++)
        {
            for (int j = 0; j < overlap.Columns; j++)
            {
                double value = image[((overlap.FirstRow + i) * columns) + overlap.FirstColumn + j], y = i - middleY, x = j - middleX;
                mean += value / ((double)overlap.Rows * overlap.Columns);
                slopeY += y * value;
                slopeX += x * value;
                normY += y * y;
                normX += x * x;
                largest = Math.Max(largest, Math.Abs(value));
            }
        }
        slopeY /= normY;
        slopeX /= normX;
        var field = new Complex[image.Length];
        for (int i = 0; i < overlap.Rows; i++)
        {
            for (int j = 0; j < overlap.Columns; j++)
            {
                int k = ((overlap.FirstRow + i) * columns) + overlap.FirstColumn + j;
                double value = image[k] - mean - (slopeY * (i - middleY)) - (slopeX * (j - middleX));
                square += value * value;
                field[k] = value * Hann(i, overlap.Rows) * Hann(j, overlap.Columns);
            }
        }
        // A float image of a plane has rounding of its own.
        if (!(Math.Sqrt(square / ((double)overlap.Rows * overlap.Columns)) > 1e-6 * largest))
            throw new ArgumentException("The image is flat, so that no drift can be seen in it: scan a place with structure.", name);
        FourierPlane.Transform(field, image.Length / columns, columns, forward: true);
        return field;
    }

    // moved(r, c) = image(r + y, c + x), cubic between pixels, the edge's value beyond it.
    private static float[] Moved(ReadOnlySpan<float> image, int rows, int columns, double y, double x)
    {
        int wholeY = (int)Math.Floor(y), wholeX = (int)Math.Floor(x);
        Span<double> down = stackalloc double[4], across = stackalloc double[4];
        Cubic(y - wholeY, down);
        Cubic(x - wholeX, across);
        var result = new float[image.Length];
        for (int k = 0; k < result.Length; k++)
        {
            double sum = 0;
            for (int a = 0; a < 4; a++)
            {
                int row = Math.Clamp((k / columns) + wholeY - 1 + a, 0, rows - 1);
                for (int b = 0; b < 4; b++)
                    sum += down[a] * across[b] * image[(row * columns) + Math.Clamp((k % columns) + wholeX - 1 + b, 0, columns - 1)];
            }
            result[k] = (float)sum;
        }
        return result;
    }

    private static void Cubic(double t, Span<double> weights)
    {
        weights[0] = 0.5 * t * (-1 + (t * (2 - t)));
        weights[1] = 0.5 * (2 + (t * t * (-5 + (3 * t))));
        weights[2] = 0.5 * t * (1 + (t * (4 - (3 * t))));
        weights[3] = 0.5 * t * t * (t - 1);
    }

    private static void CheckFinite(ReadOnlySpan<float> image, int rows, int columns, string name)
    {
        if (image.Length != rows * columns)
            throw new ArgumentException($"An image of {image.Length} values is not {rows} x {columns}.", name);
        for (int k = 0; k < image.Length; k++)
        {
            if (!float.IsFinite(image[k]))
                throw new ArgumentException($"Pixel (row {k / columns}, column {k % columns}) is not finite; fill or crop the image first.", name);
        }
    }

    private static double Hann(int index, int count) => 0.5 - (0.5 * Math.Cos(2 * Math.PI * (index + 0.5) / count));

    private static double Frequency(int index, int count) => (double)(index <= count / 2 ? index : index - count) / count;

    // The pixels that both images show after the second was moved back by (y, x).
    private readonly struct Overlap(int rows, int columns, double y, double x)
    {
        internal int FirstRow { get; } = Math.Max(0, (int)Math.Ceiling(-y));

        internal int FirstColumn { get; } = Math.Max(0, (int)Math.Ceiling(-x));

        internal int Rows { get; } = Math.Min(rows, rows - (int)Math.Ceiling(y)) - Math.Max(0, (int)Math.Ceiling(-y));

        internal int Columns { get; } = Math.Min(columns, columns - (int)Math.Ceiling(x)) - Math.Max(0, (int)Math.Ceiling(-x));
    }
}
