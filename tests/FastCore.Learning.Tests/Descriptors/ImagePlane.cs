namespace FastCore.Learning.Tests.Descriptors;

/// <summary>A dimensionless image as the descriptors see it: mirrored at the edges without repeating them.</summary>
internal readonly struct ImagePlane(double[] values, int rows, int columns)
{
    public double[] Values { get; } = values;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public double At(int row, int column) => Values[(Mirror(row, Rows) * Columns) + Mirror(column, Columns)];

    /// <summary>Bilinear value between pixels.</summary>
    public double Between(double row, double column)
    {
        int i = (int)Math.Floor(row), j = (int)Math.Floor(column);
        double y = row - i, x = column - j;
        return ((1 - y) * (((1 - x) * At(i, j)) + (x * At(i, j + 1)))) + (y * (((1 - x) * At(i + 1, j)) + (x * At(i + 1, j + 1))));
    }

    /// <summary>Convolution with a Gaussian of <paramref name="sigma"/> pixels, cut at four sigma.</summary>
    public ImagePlane Smooth(double sigma)
    {
        int reach = (int)Math.Ceiling(4 * sigma);
        var weights = new double[reach + 1];
        double sum = 0;
        for (int k = 0; k <= reach; k++)
            sum += (k == 0 ? 1 : 2) * Math.Exp(-k * k / (2 * sigma * sigma));
        for (int k = 0; k <= reach; k++)
            weights[k] = Math.Exp(-k * k / (2 * sigma * sigma)) / sum;
        return Separate(weights);
    }

    /// <summary>Mean over the square window of 2 half + 1 pixels around each pixel.</summary>
    public ImagePlane Mean(int half)
    {
        var weights = new double[half + 1];
        Array.Fill(weights, 1.0 / ((2 * half) + 1));
        return Separate(weights);
    }

    public ImagePlane Square() => new(Array.ConvertAll(Values, v => v * v), Rows, Columns);

    // A symmetric kernel along the columns of each row, then along the rows. Pairs are added before they are weighted, so that a mirrored image
    // gives the mirrored result to the bit.
    private ImagePlane Separate(double[] weights)
    {
        var across = new double[Values.Length];
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < Columns; j++)
            {
                double sum = weights[0] * Values[(i * Columns) + j];
                for (int k = 1; k < weights.Length; k++)
                    sum += weights[k] * (Values[(i * Columns) + Mirror(j - k, Columns)] + Values[(i * Columns) + Mirror(j + k, Columns)]);
                across[(i * Columns) + j] = sum;
            }
        }
        var result = new double[Values.Length];
        for (int i = 0; i < Rows; i++)
        {
            Span<double> row = result.AsSpan(i * Columns, Columns);
            for (int k = 0; k < weights.Length; k++)
            {
                ReadOnlySpan<double> above = across.AsSpan(Mirror(i - k, Rows) * Columns, Columns), below = across.AsSpan(Mirror(i + k, Rows) * Columns, Columns);
                double weight = k == 0 ? 0.5 * weights[0] : weights[k];
                for (int j = 0; j < row.Length; j++)
                    row[j] += weight * (above[j] + below[j]);
            }
        }
        return new ImagePlane(result, Rows, Columns);
    }

    private static int Mirror(int index, int length)
    {
        if ((uint)index < (uint)length)
            return index;
        int period = length == 1 ? 1 : (2 * length) - 2;
        index = ((index % period) + period) % period;
        return index < length ? index : period - index;
    }
}
