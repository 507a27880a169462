namespace FastCore.Learning.Descriptors;

/// <summary>
/// The groove nearest to a pixel and what its profile looks like: the last seven of <see cref="GrooveDescriptors"/>, whose remarks say how. Describing
/// changes nothing, so that threads may share what was shown.
/// </summary>
/// <param name="rows">Rows of the images that will be shown, at least 3.</param>
/// <param name="columns">Their columns, at least 3.</param>
internal sealed class NearestGroove(int rows, int columns)
{
    /// <summary>Number of descriptors.</summary>
    public const int Count = 7;

    /// <summary>Smoothing of the heights of a profile, in pixels.</summary>
    public const double HeightSigma = 0.7;

    /// <summary>Smoothing under which the line of a groove is looked for.</summary>
    public const double ValleySigma = 1.5;

    /// <summary>Smoothing under which the direction across a groove is taken.</summary>
    public const double NormalSigma = 2.5;

    private const int HalfProfile = 8;
    private const int Along = 3;
    private const int FlankPoints = 5;
    private const double Tiny = 1e-9;
    private const double Reach = 6;
    private const double SecondReach = 1.5;
    private const double Step = 0.5;
    private const double LossPerPixel = 0.03;
    private readonly float[] valley = new float[rows * columns];
    private readonly float[] xx = new float[rows * columns];
    private readonly float[] xy = new float[rows * columns];
    private readonly float[] yy = new float[rows * columns];
    private float[] height = [];

    /// <summary>Shows an image, smoothed three times; the heights are held, not copied.</summary>
    public void Show(float[] heights, ReadOnlySpan<float> valleySmooth, ReadOnlySpan<float> normalSmooth)
    {
        height = heights;
        // The outermost pixels keep second differences of 0.
        for (int i = 1; i < rows - 1; i++)
        {
            for (int j = 1; j < columns - 1; j++)
            {
                int k = (i * columns) + j;
                (float a, float b, float d) = SecondDifferences(valleySmooth, k);
                float difference = 0.5f * (a - d);
                valley[k] = (0.5f * (a + d)) + MathF.Sqrt((difference * difference) + (b * b));
                (xx[k], xy[k], yy[k]) = SecondDifferences(normalSmooth, k);
            }
        }
    }

    /// <summary>Seven descriptors of the groove nearest to a pixel.</summary>
    public void Describe(int row, int column, Span<double> descriptors)
    {
        double y = row, x = column;
        foreach (double reach in (ReadOnlySpan<double>)[Reach, SecondReach])
        {
            (double nx, double ny) = Normal(y, x);
            double best = double.NegativeInfinity, at = 0;
            for (double s = -reach; s <= reach; s += Step)
            {
                double value = Between(valley, y + (s * ny), x + (s * nx)) * (1 - (LossPerPixel * Math.Abs(s)));
                if (value > best)
                    (best, at) = (value, s);
            }
            y += at * ny;
            x += at * nx;
        }
        Span<double> profile = stackalloc double[(2 * HalfProfile) + 1];
        (double ux, double uy) = Normal(y, x);
        for (int s = -HalfProfile; s <= HalfProfile; s++)
        {
            double sum = 0;
            for (int w = -Along; w <= Along; w++)
                sum += Between(height, y + (s * uy) + (w * ux), x + (s * ux) - (w * uy));
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
        descriptors[0] = Math.Sqrt(((y - row) * (y - row)) + ((x - column) * (x - column)));
        descriptors[1] = (riseHigh - riseLow) / (riseHigh + riseLow + Tiny);
        descriptors[2] = riseHigh;
        descriptors[3] = riseLow;
        descriptors[4] = profile[HalfProfile + 1] + profile[HalfProfile - 1];
        descriptors[5] = profile[HalfProfile + 4] - (2 * profile[HalfProfile + 2]);
        descriptors[6] = profile[HalfProfile - 4] - (2 * profile[HalfProfile - 2]);
    }

    private (float Xx, float Xy, float Yy) SecondDifferences(ReadOnlySpan<float> smooth, int k) =>
        (smooth[k - 1] + smooth[k + 1] - (2 * smooth[k]),
        0.25f * (smooth[k + columns + 1] + smooth[k - columns - 1] - smooth[k + columns - 1] - smooth[k - columns + 1]),
        smooth[k - columns] + smooth[k + columns] - (2 * smooth[k]));

    // Unit vector of the Hessian's larger eigenvalue: across the groove.
    private (double X, double Y) Normal(double row, double column)
    {
        double a = Between(xx, row, column), b = Between(xy, row, column), d = Between(yy, row, column);
        double difference = 0.5 * (a - d), root = Math.Sqrt((difference * difference) + (b * b));
        if (root < 1e-12)
            return (1, 0);
        // Of the two ways to write the vector, the longer one loses no digits.
        (double x, double y) = difference >= 0 ? (difference + root, b) : (b, root - difference);
        double length = Math.Sqrt((x * x) + (y * y));
        return (x / length, y / length);
    }

    // Between the pixels, constant beyond the edge.
    private double Between(float[] values, double row, double column)
    {
        row = Math.Clamp(row, 0, rows - 1.0001);
        column = Math.Clamp(column, 0, columns - 1.0001);
        int i = (int)row, j = (int)column, k = (i * columns) + j;
        double fy = row - i, fx = column - j;
        return ((1 - fy) * (((1 - fx) * values[k]) + (fx * values[k + 1])))
            + (fy * (((1 - fx) * values[k + columns]) + (fx * values[k + columns + 1])));
    }
}
