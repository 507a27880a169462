namespace FastCore.Learning.Descriptors;

/// <summary>
/// What a place looks like, whichever way it is turned: 27 descriptors of the surroundings of a pixel (SPEC 4, the pilot's phi). A raw patch is
/// dominated by the height of its grain and by where in the patch a boundary runs; these are not.
/// </summary>
/// <remarks>
/// For sigma = 1, 2, 4 px: sigma |grad H|, sigma^2 lambda_1, sigma^2 lambda_2 of the Hessian (lambda_1 the larger; 9). In windows of 5, 9 and 17 px: rms, and
/// H minus mean (6); mean of the widest (1). Coherence of the structure tensor at sigma = 2 (1). The profile along the lambda_1 direction at
/// 1.5, 3, 4.5 and 6 px on both sides, centre subtracted, the higher side last (8). Depth: mean of the two shoulders minus centre; asymmetry:
/// |shoulder difference| / (|shoulder difference| + |depth|) (2). Windows are odd, so that a mirrored image has mirrored descriptors.
/// </remarks>
public static class OrientationFreeDescriptors
{
    /// <summary>Number of descriptors.</summary>
    public const int Count = 27;

    private const int ProfilePoints = 4;
    private const double ProfileStep = 1.5;
    private const double Tiny = 1e-12;
    private static readonly double[] Scales = [1, 2, 4];
    private static readonly int[] HalfWindows = [2, 4, 8];

    /// <summary>Descriptors of every candidate, standardised over the candidates; a descriptor that does not vary is 0.</summary>
    /// <param name="image">Levelled, dimensionless image, row-major.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <param name="centres">Pixel of each candidate, row * columns + column.</param>
    /// <returns>27 x M values, feature-major.</returns>
    /// <exception cref="ArgumentException">Lengths that do not fit, a centre outside, or values that are not finite.</exception>
    public static float[] ForCandidates(float[] image, int rows, int columns, int[] centres)
    {
        float[] descriptors = Raw(image, rows, columns, centres);
        for (int f = 0; f < Count; f++)
            Standardise(descriptors.AsSpan(f * centres.Length, centres.Length));
        return descriptors;
    }

    /// <summary>The same before standardising.</summary>
    public static float[] Raw(float[] image, int rows, int columns, int[] centres)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(centres);
        if (rows < 1 || columns < 1 || image.Length != rows * columns)
            throw new ArgumentException($"An image of {image.Length} values is not {rows} x {columns}.", nameof(image));
        int bad = Array.FindIndex(image, value => !float.IsFinite(value));
        if (bad >= 0)
            throw new ArgumentException($"Pixel (row {bad / columns}, column {bad % columns}) is not finite; fill or crop the image first.", nameof(image));
        int outside = Array.FindIndex(centres, centre => (uint)centre >= (uint)image.Length);
        if (outside >= 0)
            throw new ArgumentException($"Centre {centres[outside]} is no pixel of a {rows} x {columns} image.", nameof(centres));

        var plane = new ImagePlane(image, rows, columns);
        var result = new float[Count * centres.Length];
        int feature = 0;
        ImagePlane middle = plane;
        foreach (double sigma in Scales)
        {
            ImagePlane smooth = plane.Smooth(sigma);
            if (sigma == 2)
                middle = smooth;
            Differential(smooth, sigma, centres, result.AsSpan(feature * centres.Length));
            feature += 3;
        }
        ImagePlane squares = plane.Square();
        foreach (int half in HalfWindows)
        {
            Window(plane, plane.Mean(half), squares.Mean(half), centres, result.AsSpan(feature * centres.Length));
            feature += 2;
        }
        ImagePlane widest = plane.Mean(HalfWindows[^1]);
        Span<float> mean = result.AsSpan(feature++ * centres.Length, centres.Length);
        for (int c = 0; c < centres.Length; c++)
            mean[c] = widest.Values[centres[c]];
        Coherence(plane, centres, result.AsSpan(feature++ * centres.Length, centres.Length));
        Profiles(plane, middle, centres, result.AsSpan(feature * centres.Length));
        return result;
    }

    private static void Differential(ImagePlane smooth, double sigma, int[] centres, Span<float> result)
    {
        int m = centres.Length;
        for (int c = 0; c < m; c++)
        {
            (double gx, double gy, double xx, double xy, double yy) = Derivatives(smooth, centres[c]);
            (double larger, double smaller, _, _) = Eigen(xx, xy, yy);
            result[c] = (float)(sigma * Math.Sqrt((gx * gx) + (gy * gy)));
            result[m + c] = (float)(sigma * sigma * larger);
            result[(2 * m) + c] = (float)(sigma * sigma * smaller);
        }
    }

    private static void Window(ImagePlane plane, ImagePlane mean, ImagePlane square, int[] centres, Span<float> result)
    {
        int m = centres.Length;
        for (int c = 0; c < m; c++)
        {
            float average = mean.Values[centres[c]];
            result[c] = MathF.Sqrt(MathF.Max(0, square.Values[centres[c]] - (average * average)));
            result[m + c] = plane.Values[centres[c]] - average;
        }
    }

    // (l1 - l2) / (l1 + l2) of the gradient's outer product, averaged with a Gaussian of 2 px.
    private static void Coherence(ImagePlane plane, int[] centres, Span<float> result)
    {
        var xx = new float[plane.Values.Length];
        var xy = new float[plane.Values.Length];
        var yy = new float[plane.Values.Length];
        for (int i = 0; i < plane.Rows; i++)
        {
            for (int j = 0; j < plane.Columns; j++)
            {
                float gx = 0.5f * (plane.At(i, j + 1) - plane.At(i, j - 1)), gy = 0.5f * (plane.At(i + 1, j) - plane.At(i - 1, j));
                int k = (i * plane.Columns) + j;
                (xx[k], xy[k], yy[k]) = (gx * gx, gx * gy, gy * gy);
            }
        }
        float[] a = new ImagePlane(xx, plane.Rows, plane.Columns).Smooth(2).Values;
        float[] b = new ImagePlane(xy, plane.Rows, plane.Columns).Smooth(2).Values;
        float[] d = new ImagePlane(yy, plane.Rows, plane.Columns).Smooth(2).Values;
        for (int c = 0; c < centres.Length; c++)
        {
            int k = centres[c];
            double trace = a[k] + d[k], difference = a[k] - d[k];
            result[c] = trace < Tiny ? 0 : (float)(Math.Sqrt((difference * difference) + (4.0 * b[k] * b[k])) / trace);
        }
    }

    private static void Profiles(ImagePlane plane, ImagePlane smooth, int[] centres, Span<float> result)
    {
        int m = centres.Length;
        Span<double> low = stackalloc double[ProfilePoints], high = stackalloc double[ProfilePoints];
        for (int c = 0; c < m; c++)
        {
            (_, _, double xx, double xy, double yy) = Derivatives(smooth, centres[c]);
            (_, _, double nx, double ny) = Eigen(xx, xy, yy);
            int row = centres[c] / plane.Columns, column = centres[c] % plane.Columns;
            double centre = plane.Values[centres[c]], sumLow = 0, sumHigh = 0, topLow = double.NegativeInfinity, topHigh = double.NegativeInfinity;
            for (int k = 0; k < ProfilePoints; k++)
            {
                double step = ProfileStep * (k + 1);
                low[k] = plane.Between(row - (step * ny), column - (step * nx)) - centre;
                high[k] = plane.Between(row + (step * ny), column + (step * nx)) - centre;
                sumLow += low[k];
                sumHigh += high[k];
                topLow = Math.Max(topLow, low[k]);
                topHigh = Math.Max(topHigh, high[k]);
            }
            bool turn = sumLow > sumHigh;
            for (int k = 0; k < ProfilePoints; k++)
            {
                // From the far end of the lower side over the centre to the far end of the higher side.
                result[((ProfilePoints - 1 - k) * m) + c] = (float)(turn ? high[k] : low[k]);
                result[((ProfilePoints + k) * m) + c] = (float)(turn ? low[k] : high[k]);
            }
            double depth = 0.5 * (topLow + topHigh), difference = Math.Abs(topLow - topHigh);
            result[(2 * ProfilePoints * m) + c] = (float)depth;
            result[(((2 * ProfilePoints) + 1) * m) + c] = (float)(difference / (difference + Math.Abs(depth) + Tiny));
        }
    }

    private static (double Gx, double Gy, double Xx, double Xy, double Yy) Derivatives(ImagePlane image, int pixel)
    {
        int i = pixel / image.Columns, j = pixel % image.Columns;
        double centre = image.At(i, j), left = image.At(i, j - 1), right = image.At(i, j + 1), up = image.At(i - 1, j), down = image.At(i + 1, j);
        double cross = 0.25 * (image.At(i + 1, j + 1) + image.At(i - 1, j - 1) - (image.At(i + 1, j - 1) + image.At(i - 1, j + 1)));
        return (0.5 * (right - left), 0.5 * (down - up), left + right - (2 * centre), cross, up + down - (2 * centre));
    }

    /// <summary>Eigenvalues of [[xx, xy], [xy, yy]] and the unit vector (x, y) of the larger one.</summary>
    private static (double Larger, double Smaller, double X, double Y) Eigen(double xx, double xy, double yy)
    {
        double mean = 0.5 * (xx + yy), difference = 0.5 * (xx - yy), root = Math.Sqrt((difference * difference) + (xy * xy));
        if (root < Tiny)
            return (mean, mean, 1, 0);
        // Of the two ways to write the vector, the longer one loses no digits.
        (double x, double y) = difference >= 0 ? (difference + root, xy) : (xy, root - difference);
        double length = Math.Sqrt((x * x) + (y * y));
        return (mean + root, mean - root, x / length, y / length);
    }

    private static void Standardise(Span<float> values)
    {
        if (values.Length == 0)
            return;
        double mean = 0, variance = 0, largest = 0;
        foreach (float value in values)
        {
            mean += value;
            largest = Math.Max(largest, Math.Abs(value));
        }
        mean /= values.Length;
        foreach (float value in values)
            variance += (value - mean) * (value - mean);
        double deviation = Math.Sqrt(variance / values.Length);
        // What varies by rounding alone does not vary.
        double scale = deviation > 1e-6 * largest && deviation > Tiny ? 1 / deviation : 0;
        foreach (ref float value in values)
            value = (float)((value - mean) * scale);
    }
}
