namespace FastCore.Learning.Tests.Descriptors;

/// <summary>The 27 descriptors pixel by pixel in double, as their documentation says: what the operations are compared with.</summary>
internal static class DescriptorDefinition
{
    private const int Count = 27;
    private const int ProfilePoints = 4;
    private const double ProfileStep = 1.5;
    private const double Tiny = 1e-12;
    private static readonly double[] Scales = [1, 2, 4];
    private static readonly int[] HalfWindows = [2, 4, 8];

    public static double[] Raw(float[] image, int rows, int columns, int[] centres)
    {
        var plane = new ImagePlane(Array.ConvertAll(image, value => (double)value), rows, columns);
        var result = new double[Count * centres.Length];
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
        Span<double> mean = result.AsSpan(feature++ * centres.Length, centres.Length);
        for (int c = 0; c < centres.Length; c++)
            mean[c] = widest.Values[centres[c]];
        Coherence(plane, centres, result.AsSpan(feature++ * centres.Length, centres.Length));
        Profiles(plane, middle, centres, result.AsSpan(feature * centres.Length));
        return result;
    }

    private static void Differential(ImagePlane smooth, double sigma, int[] centres, Span<double> result)
    {
        int m = centres.Length;
        for (int c = 0; c < m; c++)
        {
            (double gx, double gy, double xx, double xy, double yy) = Derivatives(smooth, centres[c]);
            (double larger, double smaller, _, _) = Eigen(xx, xy, yy);
            result[c] = (sigma * Math.Sqrt((gx * gx) + (gy * gy)));
            result[m + c] = (sigma * sigma * larger);
            result[(2 * m) + c] = (sigma * sigma * smaller);
        }
    }

    private static void Window(ImagePlane plane, ImagePlane mean, ImagePlane square, int[] centres, Span<double> result)
    {
        int m = centres.Length;
        for (int c = 0; c < m; c++)
        {
            double average = mean.Values[centres[c]];
            result[c] = Math.Sqrt(Math.Max(0, square.Values[centres[c]] - (average * average)));
            result[m + c] = plane.Values[centres[c]] - average;
        }
    }

    // (l1 - l2) / (l1 + l2) of the gradient's outer product, averaged with a Gaussian of 2 px.
    private static void Coherence(ImagePlane plane, int[] centres, Span<double> result)
    {
        var xx = new double[plane.Values.Length];
        var xy = new double[plane.Values.Length];
        var yy = new double[plane.Values.Length];
        for (int i = 0; i < plane.Rows; i++)
        {
            for (int j = 0; j < plane.Columns; j++)
            {
                double gx = 0.5 * (plane.At(i, j + 1) - plane.At(i, j - 1)), gy = 0.5 * (plane.At(i + 1, j) - plane.At(i - 1, j));
                int k = (i * plane.Columns) + j;
                (xx[k], xy[k], yy[k]) = (gx * gx, gx * gy, gy * gy);
            }
        }
        double[] a = new ImagePlane(xx, plane.Rows, plane.Columns).Smooth(2).Values;
        double[] b = new ImagePlane(xy, plane.Rows, plane.Columns).Smooth(2).Values;
        double[] d = new ImagePlane(yy, plane.Rows, plane.Columns).Smooth(2).Values;
        for (int c = 0; c < centres.Length; c++)
        {
            int k = centres[c];
            double trace = a[k] + d[k], difference = a[k] - d[k];
            result[c] = trace < Tiny ? 0 : (Math.Sqrt((difference * difference) + (4.0 * b[k] * b[k])) / trace);
        }
    }

    private static void Profiles(ImagePlane plane, ImagePlane smooth, int[] centres, Span<double> result)
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
                result[((ProfilePoints - 1 - k) * m) + c] = (turn ? high[k] : low[k]);
                result[((ProfilePoints + k) * m) + c] = (turn ? low[k] : high[k]);
            }
            double depth = 0.5 * (topLow + topHigh), difference = Math.Abs(topLow - topHigh);
            result[(2 * ProfilePoints * m) + c] = depth;
            result[(((2 * ProfilePoints) + 1) * m) + c] = (difference / (difference + Math.Abs(depth) + Tiny));
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
}
