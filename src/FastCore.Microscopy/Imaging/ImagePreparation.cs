namespace FastCore.Microscopy.Imaging;

/// <summary>What segmentation and registration do with an image first.</summary>
internal static class ImagePreparation
{
    /// <summary>A copy in which pixels that were not measured have the value of the nearest one that was.</summary>
    /// <param name="image">The image.</param>
    /// <param name="what">What to call it in a refusal.</param>
    /// <param name="purpose">What it is filled for, "to find grains in".</param>
    /// <exception cref="ArgumentException">Fewer than half of the pixels were measured.</exception>
    public static FilledImage Fill(ScanImage image, string what, string purpose)
    {
        float[] values = (float[])image.Values.Clone();
        var measured = new bool[values.Length];
        int missing = 0;
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        for (int k = 0; k < values.Length; k++)
        {
            if (measured[k] = float.IsFinite(values[k]))
                (least, most) = (Math.Min(least, values[k]), Math.Max(most, values[k]));
            else
                missing++;
        }
        if (missing > values.Length / 2)
        {
            throw new ArgumentException($"{what} has no value at {missing} of {values.Length} pixels; up to half may be missing {purpose}: "
                + "crop it to what was measured.", nameof(image));
        }
        if (missing > 0)
        {
            var nearest = new int[values.Length];
            _ = Distances.To(measured, image.Frame.Rows, image.Frame.Columns, nearest);
            for (int k = 0; k < values.Length; k++)
                values[k] = values[nearest[k]];
        }
        return new FilledImage(values, measured, least, most);
    }

    /// <summary>Takes the least-squares surface 1, x, y, x^2, xy, y^2 off in place.</summary>
    public static void Level(Span<float> image, int rows, int columns)
    {
        // On an even grid, with Legendre polynomials for squares, all six are orthogonal: each coefficient is a quotient of two sums.
        double[] across = Axis(columns), down = Axis(rows), acrossSquare = Square(across), downSquare = Square(down);
        double one = 0, linearX = 0, linearY = 0, squareX = 0, squareY = 0, product = 0;
        for (int r = 0; r < rows; r++)
        {
            double sum = 0, first = 0, second = 0;
            for (int c = 0; c < columns; c++)
            {
                double value = image[(r * columns) + c];
                sum += value;
                first += value * across[c];
                second += value * acrossSquare[c];
            }
            one += sum;
            linearX += first;
            linearY += sum * down[r];
            squareX += second;
            squareY += sum * downSquare[r];
            product += first * down[r];
        }
        double acrossNorm = across.Sum(v => v * v), downNorm = down.Sum(v => v * v);
        one /= (double)rows * columns;
        linearX /= rows * acrossNorm;
        linearY /= columns * downNorm;
        squareX /= Math.Max(rows * acrossSquare.Sum(v => v * v), 1e-300);
        squareY /= Math.Max(columns * downSquare.Sum(v => v * v), 1e-300);
        product /= acrossNorm * downNorm;
        for (int r = 0; r < rows; r++)
        {
            double offset = one + (linearY * down[r]) + (squareY * downSquare[r]), slope = linearX + (product * down[r]);
            for (int c = 0; c < columns; c++)
                image[(r * columns) + c] -= (float)(offset + (slope * across[c]) + (squareX * acrossSquare[c]));
        }
    }

    private static double[] Axis(int count) => [.. Enumerable.Range(0, count).Select(k => (k - (0.5 * (count - 1))) / count)];

    private static double[] Square(double[] axis)
    {
        double mean = axis.Average(v => v * v);
        return [.. axis.Select(v => (v * v) - mean)];
    }
}

/// <summary>An image without gaps.</summary>
/// <param name="Values">rows x columns values, all finite.</param>
/// <param name="Measured">Where they were measured.</param>
/// <param name="Least">Smallest measured value.</param>
/// <param name="Most">Largest measured value.</param>
internal readonly record struct FilledImage(float[] Values, bool[] Measured, float Least, float Most);
