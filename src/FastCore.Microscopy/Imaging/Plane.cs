namespace FastCore.Microscopy.Imaging;

/// <summary>A picture to compare: rows x columns values, NaN where there is none.</summary>
internal sealed class Plane(float[] values, int rows, int columns)
{
    // Slow course that two images of one kind need not share: bow, charging, shading.
    private const double DetailReach = 8;

    public float[] Values { get; } = values;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    /// <summary>The value between pixels, bilinear; NaN outside and beside pixels without a value.</summary>
    public float Sample(double row, double column)
    {
        if (!(row >= 0 && column >= 0 && row <= Rows - 1 && column <= Columns - 1))
            return float.NaN;
        int r = Math.Min((int)row, Rows - 2), c = Math.Min((int)column, Columns - 2), k = (r * Columns) + c;
        float y = (float)(row - r), x = (float)(column - c);
        float above = Values[k] + (x * (Values[k + 1] - Values[k])), below = Values[k + Columns] + (x * (Values[k + Columns + 1] - Values[k + Columns]));
        return above + (y * (below - above));
    }

    /// <summary>Adds the values at equal steps along a line to <paramref name="sums"/>; false, and nothing added, where the line leaves the picture.</summary>
    public bool AddLine(double row, double column, double rowStep, double columnStep, Span<double> sums)
    {
        double lastRow = row + (rowStep * (sums.Length - 1)), lastColumn = column + (columnStep * (sums.Length - 1));
        if (!(Math.Min(row, lastRow) >= 0 && Math.Min(column, lastColumn) >= 0 && Math.Max(row, lastRow) <= Rows - 1 && Math.Max(column, lastColumn) <= Columns - 1))
            return false;
        ReadOnlySpan<float> values = Values;
        for (int s = 0; s < sums.Length; s++)
        {
            float y = (float)(row + (s * rowStep)), x = (float)(column + (s * columnStep));
            // Rounding may carry the last step past the edge by less than the check sees.
            int r = Math.Clamp((int)y, 0, Rows - 2), c = Math.Clamp((int)x, 0, Columns - 2), k = (r * Columns) + c;
            y -= r;
            x -= c;
            ReadOnlySpan<float> above = values.Slice(k, 2), below = values.Slice(k + Columns, 2);
            float upper = above[0] + (x * (above[1] - above[0])), lower = below[0] + (x * (below[1] - below[0]));
            sums[s] += upper + (y * (lower - upper));
        }
        return true;
    }

    /// <summary>This picture seen through a map from a frame of rows x columns pixels.</summary>
    public Plane Through(AffineMap map, int rows, int columns)
    {
        var result = new float[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                (double row, double column) = map.Apply(r, c);
                result[(r * columns) + c] = Sample(row, column);
            }
        }
        return new Plane(result, rows, columns);
    }

    /// <summary>Half of the pixels each way; pixel (0, 0) stays where it is.</summary>
    public static (float[] Image, bool[] Valid) Halve(float[] image, bool[] valid, int rows, int columns)
    {
        float[] smooth = Smoothing.Gaussian(image, rows, columns, 0.85);
        int half = (columns + 1) / 2;
        var result = new float[(rows + 1) / 2 * half];
        var stays = new bool[result.Length];
        for (int k = 0; k < result.Length; k++)
        {
            int from = (k / half * 2 * columns) + (k % half * 2);
            result[k] = smooth[from];
            stays[k] = valid[from];
        }
        return (result, stays);
    }

    /// <summary>What of an image without gaps is to be compared.</summary>
    /// <param name="image">rows x columns values.</param>
    /// <param name="valid">Where they were measured.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <param name="picture">What to show.</param>
    /// <param name="sigma">Width of the Gaussian in pixels.</param>
    public static Plane Of(float[] image, bool[] valid, int rows, int columns, StructurePicture picture, double sigma)
    {
        float[] result;
        if (picture is StructurePicture.Valleys or StructurePicture.Ridges)
        {
            result = Smoothing.Valleys(Smoothing.Gaussian(image, rows, columns, sigma), rows, columns, sigma, picture == StructurePicture.Valleys ? 1 : -1);
        }
        else
        {
            float[] smooth = Smoothing.Gaussian(image, rows, columns, picture == StructurePicture.Detail ? 0.67 * sigma : sigma);
            result = new float[image.Length];
            if (picture == StructurePicture.Detail)
            {
                float[] slow = Smoothing.Gaussian(image, rows, columns, DetailReach);
                for (int k = 0; k < result.Length; k++)
                    result[k] = smooth[k] - slow[k];
            }
            else
            {
                for (int r = 0; r < rows; r++)
                {
                    int up = Math.Max(r - 1, 0) * columns, down = Math.Min(r + 1, rows - 1) * columns, here = r * columns;
                    for (int c = 0; c < columns; c++)
                    {
                        float y = smooth[down + c] - smooth[up + c], x = smooth[here + Math.Min(c + 1, columns - 1)] - smooth[here + Math.Max(c - 1, 0)];
                        result[here + c] = MathF.Sqrt((x * x) + (y * y));
                    }
                }
            }
        }
        // A few deep pits or high steps would outweigh all lines: the root lets every line count.
        if (picture != StructurePicture.Detail)
        {
            for (int k = 0; k < result.Length; k++)
                result[k] = MathF.Sqrt(MathF.Max(0, result[k]));
        }
        Blank(result, valid, rows, columns, (int)Math.Ceiling(1.5 * sigma));
        return new Plane(result, rows, columns);
    }

    // Filled pixels and the continued edge make structure of their own as far as the filter reaches.
    private static void Blank(float[] result, bool[] valid, int rows, int columns, int reach)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                if (r < 1 || c < 1 || r >= rows - 1 || c >= columns - 1)
                    result[(r * columns) + c] = float.NaN;
                if (valid[(r * columns) + c])
                    continue;
                for (int y = Math.Max(0, r - reach); y <= Math.Min(rows - 1, r + reach); y++)
                    result.AsSpan((y * columns) + Math.Max(0, c - reach), Math.Min(columns - 1, c + reach) - Math.Max(0, c - reach) + 1).Fill(float.NaN);
            }
        }
    }
}
