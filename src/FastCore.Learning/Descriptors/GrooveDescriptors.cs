using FastCore.Compute.Execution;
using FastCore.Learning.Scaling;

namespace FastCore.Learning.Descriptors;

/// <summary>
/// Thirteen orientation-free descriptors that ask what the nearest groove looks like, wherever in the patch it runs. Those of
/// <see cref="OrientationFreeDescriptors"/> describe the pixel itself: one pixel off a boundary the profile of the boundary is cut in two. Here the
/// profile is taken across the groove's own line and averaged along it.
/// </summary>
/// <remarks>
/// Six are lambda_1 and lambda_2 of the Hessian at sigma = 1, 2 and 4 px, times sigma^2. For the other seven the nearest line of the groove is found
/// from the pixel along the Hessian's normal (sigma = 2.5 px): the largest lambda_1 (sigma = 1.5 px) within 6 px, less 3 % for each pixel of the way,
/// and once more from there within 1.5 px. Outside the inner flanks of a groove the normal runs along it and no line is found: such a place is far from
/// all grooves. P(s) is the height across the line at s = -8 .. 8 px, smoothed with sigma = 0.7 px, averaged over +-3 px
/// along the line, less P(0), the side with the larger sum over 1 .. 5 px at positive s. The descriptors: distance to the line; the steepest rise
/// on either side, m+ and m- (5 px); (m+ - m-) / (m+ + m-) (SPEC 4's asymmetry of slopes); sharpness P(1) + P(-1); bending of both flanks,
/// P(4) - 2 P(2) and P(-4) - 2 P(-2). Each is replaced by its normal score over the candidates.
/// </remarks>
public static class GrooveDescriptors
{
    /// <summary>Number of descriptors.</summary>
    public const int Count = 13;

    private const int HalfProfile = 8;
    private const int Along = 3;
    private const int FlankPoints = 5;
    private const double Tiny = 1e-9;
    private const double Reach = 6;
    private const double SecondReach = 1.5;
    private const double Step = 0.5;
    private const double LossPerPixel = 0.03;
    private static readonly double[] Scales = [1, 2, 4];

    /// <summary>Descriptors of every candidate, 13 x M, feature-major, as normal scores over the candidates.</summary>
    /// <param name="image">Levelled, dimensionless image, row-major.</param>
    /// <param name="rows">Rows of the image, at least 3.</param>
    /// <param name="columns">Columns of the image, at least 3.</param>
    /// <param name="centres">Pixel of each candidate, row * columns + column.</param>
    /// <exception cref="ArgumentException">Lengths that do not fit, a centre outside, or values that are not finite.</exception>
    public static float[] ForCandidates(float[] image, int rows, int columns, int[] centres)
    {
        float[] descriptors = Raw(image, rows, columns, centres);
        for (int f = 0; f < Count; f++)
            NormalScores.Apply(descriptors.AsSpan(f * centres.Length, centres.Length));
        return descriptors;
    }

    /// <summary>The same before the normal scores.</summary>
    public static float[] Raw(float[] image, int rows, int columns, int[] centres)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(centres);
        if (rows < 3 || columns < 3 || image.Length != rows * columns)
            throw new ArgumentException($"An image of {image.Length} values is not {rows} x {columns}, or has fewer than 3 rows or columns.", nameof(image));
        int bad = Array.FindIndex(image, value => !float.IsFinite(value));
        if (bad >= 0)
            throw new ArgumentException($"Pixel (row {bad / columns}, column {bad % columns}) is not finite; fill or crop the image first.", nameof(image));
        int outside = Array.FindIndex(centres, centre => (uint)centre >= (uint)image.Length);
        if (outside >= 0)
            throw new ArgumentException($"Centre {centres[outside]} is no pixel of a {rows} x {columns} image.", nameof(centres));

        int m = centres.Length;
        var result = new float[Count * m];
        var layout = new ArenaLayout();
        Tensor picture = layout.Allocate("image", rows, columns);
        Tensor larger = layout.Allocate("lambda 1", rows, columns), smaller = layout.Allocate("lambda 2", rows, columns);
        Tensor smooth = layout.Allocate("smooth", rows, columns);
        Tensor taken = layout.Allocate("taken", 2, m);
        // The host computes them whatever runs the models: the same image gives the same candidates to the bit.
        using var backend = new HostBackend();
        using IExecutor<float> executor = backend.CreateSingle(layout);
        executor.Upload(image, picture);
        for (int k = 0; k < Scales.Length; k++)
        {
            executor.HessianEigenvalues(picture, Scales[k], larger, smaller, null, null, null);
            executor.TakePixels(larger, centres, taken.TopRows(1));
            executor.TakePixels(smaller, centres, taken.Row(1));
            executor.Download(taken, result.AsSpan(2 * k * m, 2 * m));
        }
        float[] Smooth(double sigma)
        {
            executor.GaussianFilter(picture, sigma, smooth);
            var values = new float[rows * columns];
            executor.Download(smooth, values);
            return values;
        }

        var height = new Plane(Smooth(0.7), rows, columns);
        HessianPlanes fine = new(Smooth(1.5), rows, columns), coarse = new(Smooth(2.5), rows, columns);
        const int Lane = 256;
        Parallel.For(0, (m + Lane - 1) / Lane, block =>
        {
            Span<double> profile = stackalloc double[(2 * HalfProfile) + 1];
            for (int c = block * Lane; c < Math.Min(m, (block + 1) * Lane); c++)
                Describe(height, fine.Larger, coarse, centres[c] / columns, centres[c] % columns, profile, result, c, m);
        });
        return result;
    }

    private static void Describe(
        Plane height, Plane valley, HessianPlanes coarse, int row, int column, Span<double> profile, float[] result, int candidate, int count)
    {
        double y = row, x = column;
        foreach (double reach in (ReadOnlySpan<double>)[Reach, SecondReach])
        {
            (double nx, double ny) = coarse.Normal(y, x);
            double best = double.NegativeInfinity, at = 0;
            for (double s = -reach; s <= reach; s += Step)
            {
                double value = valley.Between(y + (s * ny), x + (s * nx)) * (1 - (LossPerPixel * Math.Abs(s)));
                if (value > best)
                    (best, at) = (value, s);
            }
            y += at * ny;
            x += at * nx;
        }
        (double ux, double uy) = coarse.Normal(y, x);
        for (int s = -HalfProfile; s <= HalfProfile; s++)
        {
            double sum = 0;
            for (int w = -Along; w <= Along; w++)
                sum += height.Between(y + (s * uy) + (w * ux), x + (s * ux) - (w * uy));
            profile[s + HalfProfile] = sum / ((2 * Along) + 1);
        }
        double centre = profile[HalfProfile], low = 0, high = 0;
        foreach (ref double value in profile)
            value -= centre;
        for (int s = 1; s <= FlankPoints; s++)
        {
            low += profile[HalfProfile - s];
            high += profile[HalfProfile + s];
        }
        if (low > high)
            profile.Reverse();
        double riseLow = 0, riseHigh = 0;
        for (int s = 0; s < FlankPoints; s++)
        {
            riseLow = Math.Max(riseLow, profile[HalfProfile - s - 1] - profile[HalfProfile - s]);
            riseHigh = Math.Max(riseHigh, profile[HalfProfile + s + 1] - profile[HalfProfile + s]);
        }
        int feature = 2 * Scales.Length;
        void Put(double value) => result[(feature++ * count) + candidate] = (float)value;
        Put(Math.Sqrt(((y - row) * (y - row)) + ((x - column) * (x - column))));
        Put((riseHigh - riseLow) / (riseHigh + riseLow + Tiny));
        Put(riseHigh);
        Put(riseLow);
        Put(profile[HalfProfile + 1] + profile[HalfProfile - 1]);
        Put(profile[HalfProfile + 4] - (2 * profile[HalfProfile + 2]));
        Put(profile[HalfProfile - 4] - (2 * profile[HalfProfile - 2]));
    }

    /// <summary>An image between its pixels, constant beyond its edge.</summary>
    private sealed class Plane(float[] values, int rows, int columns)
    {
        public double Between(double row, double column)
        {
            row = Math.Clamp(row, 0, rows - 1.0001);
            column = Math.Clamp(column, 0, columns - 1.0001);
            int i = (int)row, j = (int)column, k = (i * columns) + j;
            double fy = row - i, fx = column - j;
            return ((1 - fy) * (((1 - fx) * values[k]) + (fx * values[k + 1])))
                + (fy * (((1 - fx) * values[k + columns]) + (fx * values[k + columns + 1])));
        }
    }

    /// <summary>Second differences of a smoothed image, 0 on its outermost pixels.</summary>
    private sealed class HessianPlanes
    {
        private readonly Plane xx;
        private readonly Plane xy;
        private readonly Plane yy;

        public HessianPlanes(float[] smooth, int rows, int columns)
        {
            float[] a = new float[smooth.Length], b = new float[smooth.Length], d = new float[smooth.Length], larger = new float[smooth.Length];
            for (int i = 1; i < rows - 1; i++)
            {
                for (int j = 1; j < columns - 1; j++)
                {
                    int k = (i * columns) + j;
                    a[k] = smooth[k - 1] + smooth[k + 1] - (2 * smooth[k]);
                    d[k] = smooth[k - columns] + smooth[k + columns] - (2 * smooth[k]);
                    b[k] = 0.25f * (smooth[k + columns + 1] + smooth[k - columns - 1] - smooth[k + columns - 1] - smooth[k - columns + 1]);
                    float difference = 0.5f * (a[k] - d[k]);
                    larger[k] = (0.5f * (a[k] + d[k])) + MathF.Sqrt((difference * difference) + (b[k] * b[k]));
                }
            }
            xx = new Plane(a, rows, columns);
            xy = new Plane(b, rows, columns);
            yy = new Plane(d, rows, columns);
            Larger = new Plane(larger, rows, columns);
        }

        /// <summary>The larger eigenvalue.</summary>
        public Plane Larger { get; }

        /// <summary>Unit vector of the larger eigenvalue.</summary>
        public (double X, double Y) Normal(double row, double column)
        {
            double a = xx.Between(row, column), b = xy.Between(row, column), d = yy.Between(row, column);
            double difference = 0.5 * (a - d), root = Math.Sqrt((difference * difference) + (b * b));
            if (root < 1e-12)
                return (1, 0);
            // Of the two ways to write the vector, the longer one loses no digits.
            (double x, double y) = difference >= 0 ? (difference + root, b) : (b, root - difference);
            double length = Math.Sqrt((x * x) + (y * y));
            return (x / length, y / length);
        }
    }
}
