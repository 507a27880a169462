namespace FastCore.Learning.Descriptors;

/// <summary>Removes from an image what the scanner added to the sample (SPEC 4).</summary>
public static class Levelling
{
    /// <summary>The image minus its least-squares plane.</summary>
    /// <param name="image">rows x columns values, row-major.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    public static float[] Plane(ReadOnlySpan<float> image, int rows, int columns) => Polynomial(image, rows, columns, 1);

    /// <summary>The image minus its least-squares surface of second order: plane, bow and twist.</summary>
    public static float[] Quadratic(ReadOnlySpan<float> image, int rows, int columns) => Polynomial(image, rows, columns, 2);

    /// <summary>Each line minus its median: removes jumps between lines, and the true slope along the slow axis with them.</summary>
    public static float[] LineMedian(ReadOnlySpan<float> image, int rows, int columns)
    {
        Check(image, rows, columns);
        float[] result = image.ToArray();
        var sorted = new float[columns];
        for (int i = 0; i < rows; i++)
        {
            Span<float> line = result.AsSpan(i * columns, columns);
            line.CopyTo(sorted);
            Array.Sort(sorted);
            float median = columns % 2 == 1 ? sorted[columns / 2] : 0.5f * (sorted[(columns / 2) - 1] + sorted[columns / 2]);
            foreach (ref float value in line)
                value -= median;
        }
        return result;
    }

    // Legendre polynomials of the pixel grid are orthogonal but for the edge's half pixels: the normal equations stay well conditioned.
    private static float[] Polynomial(ReadOnlySpan<float> image, int rows, int columns, int order)
    {
        Check(image, rows, columns);
        int terms = order == 1 ? 3 : 6;
        var normal = new double[terms * terms];
        var right = new double[terms];
        Span<double> basis = stackalloc double[6];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                Basis(i, j, rows, columns, basis);
                for (int a = 0; a < terms; a++)
                {
                    right[a] += basis[a] * image[(i * columns) + j];
                    for (int b = 0; b < terms; b++)
                        normal[(a * terms) + b] += basis[a] * basis[b];
                }
            }
        }
        double[] coefficients = Solve(normal, right, terms);
        var result = new float[image.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                Basis(i, j, rows, columns, basis);
                double surface = 0;
                for (int a = 0; a < terms; a++)
                    surface += coefficients[a] * basis[a];
                result[(i * columns) + j] = (float)(image[(i * columns) + j] - surface);
            }
        }
        return result;
    }

    private static void Basis(int row, int column, int rows, int columns, Span<double> basis)
    {
        double y = rows == 1 ? 0 : (2.0 * row / (rows - 1)) - 1, x = columns == 1 ? 0 : (2.0 * column / (columns - 1)) - 1;
        basis[0] = 1;
        basis[1] = x;
        basis[2] = y;
        basis[3] = ((3 * x * x) - 1) / 2;
        basis[4] = ((3 * y * y) - 1) / 2;
        basis[5] = x * y;
    }

    // Gaussian elimination with pivots; a direction that the image does not have (one row, one column) keeps coefficient 0.
    private static double[] Solve(double[] matrix, double[] right, int n)
    {
        var solution = new double[n];
        var used = new bool[n];
        var pivotOf = new int[n];
        Array.Fill(pivotOf, -1);
        for (int c = 0; c < n; c++)
        {
            int pivot = -1;
            for (int r = 0; r < n; r++)
            {
                if (!used[r] && (pivot < 0 || Math.Abs(matrix[(r * n) + c]) > Math.Abs(matrix[(pivot * n) + c])))
                    pivot = r;
            }
            if (Math.Abs(matrix[(pivot * n) + c]) < 1e-9)
                continue;
            used[pivot] = true;
            pivotOf[c] = pivot;
            for (int r = 0; r < n; r++)
            {
                double factor = r == pivot ? 0 : matrix[(r * n) + c] / matrix[(pivot * n) + c];
                for (int k = 0; factor != 0 && k < n; k++)
                    matrix[(r * n) + k] -= factor * matrix[(pivot * n) + k];
                right[r] -= factor * right[pivot];
            }
        }
        for (int c = 0; c < n; c++)
            solution[c] = pivotOf[c] < 0 ? 0 : right[pivotOf[c]] / matrix[(pivotOf[c] * n) + c];
        return solution;
    }

    private static void Check(ReadOnlySpan<float> image, int rows, int columns)
    {
        if (rows < 1 || columns < 1 || image.Length != rows * columns)
            throw new ArgumentException($"An image of {image.Length} values is not {rows} x {columns}.", nameof(image));
    }
}
