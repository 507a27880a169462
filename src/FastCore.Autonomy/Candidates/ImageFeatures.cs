namespace FastCore.Autonomy.Candidates;

/// <summary>Levelling and orientation-free descriptors of an overview image.</summary>
internal static class ImageFeatures
{
    private static readonly int[] HalfWindows = [1, 2, 4, 8];

    /// <summary>The image minus its least-squares plane.</summary>
    public static float[] Level(float[] values, int rows, int columns)
    {
        double r0 = (rows - 1) / 2.0, c0 = (columns - 1) / 2.0, mean = 0, slopeRow = 0, slopeColumn = 0, rr = 0, cc = 0;
        foreach (float value in values)
            mean += (double)value / values.Length;
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                double value = values[(r * columns) + c] - mean;
                slopeRow += (r - r0) * value;
                slopeColumn += (c - c0) * value;
                rr += (r - r0) * (r - r0);
                cc += (c - c0) * (c - c0);
            }
        }
        slopeRow /= rr;
        slopeColumn /= cc;
        var result = new float[values.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
                result[(r * columns) + c] = (float)(values[(r * columns) + c] - mean - (slopeRow * (r - r0)) - (slopeColumn * (c - c0)));
        }
        return result;
    }

    /// <summary>
    /// Means and deviations in square windows, height above them, and mean square gradient; standardised over the candidates, feature-major.
    /// </summary>
    public static float[] Describe(float[] image, int rows, int columns, int[] centres, int patchSize, out int descriptorCount)
    {
        int[] windows = [.. HalfWindows.Where(half => half <= Math.Max(1, patchSize / 2))];
        var gradient = new double[image.Length];
        var square = new double[image.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                int k = (r * columns) + c;
                double down = image[(Math.Min(r + 1, rows - 1) * columns) + c] - image[(Math.Max(r - 1, 0) * columns) + c];
                double right = image[(r * columns) + Math.Min(c + 1, columns - 1)] - image[(r * columns) + Math.Max(c - 1, 0)];
                gradient[k] = (down * down) + (right * right);
                square[k] = (double)image[k] * image[k];
            }
        }
        double[] sums = Integrate(Array.ConvertAll(image, v => (double)v), rows, columns);
        double[] squares = Integrate(square, rows, columns), gradients = Integrate(gradient, rows, columns);
        descriptorCount = 3 * windows.Length;
        var result = new float[descriptorCount * centres.Length];
        for (int c = 0; c < centres.Length; c++)
        {
            int row = centres[c] / columns, column = centres[c] % columns;
            for (int w = 0; w < windows.Length; w++)
            {
                double mean = Mean(sums, row, column, windows[w], rows, columns);
                double variance = Math.Max(0, Mean(squares, row, column, windows[w], rows, columns) - (mean * mean));
                result[(((3 * w) + 0) * centres.Length) + c] = (float)(image[centres[c]] - mean);
                result[(((3 * w) + 1) * centres.Length) + c] = (float)Math.Sqrt(variance);
                result[(((3 * w) + 2) * centres.Length) + c] = (float)Math.Sqrt(Mean(gradients, row, column, windows[w], rows, columns));
            }
        }
        for (int f = 0; f < descriptorCount; f++)
            Standardise(result.AsSpan(f * centres.Length, centres.Length));
        return result;
    }

    private static void Standardise(Span<float> values)
    {
        double mean = 0, variance = 0;
        foreach (float value in values)
            mean += (double)value / values.Length;
        foreach (float value in values)
            variance += (value - mean) * (value - mean) / values.Length;
        double scale = variance > 1e-18 ? 1 / Math.Sqrt(variance) : 0;
        foreach (ref float value in values)
            value = (float)((value - mean) * scale);
    }

    private static double[] Integrate(double[] values, int rows, int columns)
    {
        var result = new double[(rows + 1) * (columns + 1)];
        for (int r = 0; r < rows; r++)
        {
            double line = 0;
            for (int c = 0; c < columns; c++)
            {
                line += values[(r * columns) + c];
                result[((r + 1) * (columns + 1)) + c + 1] = result[(r * (columns + 1)) + c + 1] + line;
            }
        }
        return result;
    }

    private static double Mean(double[] integral, int row, int column, int half, int rows, int columns)
    {
        int top = Math.Max(0, row - half), left = Math.Max(0, column - half), bottom = Math.Min(rows, row + half + 1), right = Math.Min(columns,
            column + half + 1);
        int width = columns + 1;
        double sum = integral[(bottom * width) + right] - integral[(top * width) + right] - integral[(bottom * width) + left] + integral[(top * width)
            + left];
        return sum / ((bottom - top) * (right - left));
    }
}
