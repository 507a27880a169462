namespace FastCore.Microscopy.Imaging;

/// <summary>
/// Refines a map between two pictures by maximising their correlation coefficient (Evangelidis and Psarakis, "Parametric image alignment using enhanced
/// correlation coefficient maximization", 2008): with the warped picture w, its Jacobian G over the map's numbers and the reference r, all without their
/// means over what both show, a step is (G'G)^-1 G' (lambda r - w), lambda = (w'w - w'Pw) / (r'w - r'Pw), P = G (G'G)^-1 G'.
/// </summary>
internal static class CorrelationRefinement
{
    // No step moves a corner further: beyond the width of a line the gradients tell nothing.
    private const double LongestStep = 2;
    private const int LongestHalving = 6;

    /// <summary>The map with the highest correlation near a first one.</summary>
    /// <param name="reference">What the map starts from.</param>
    /// <param name="moving">What it leads to.</param>
    /// <param name="sign">-1 to look for the lowest correlation instead.</param>
    /// <param name="start">First map.</param>
    /// <param name="freedom">What may be changed.</param>
    /// <param name="leastPixels">Pixels that both pictures must share.</param>
    /// <param name="settled">Movement of the corners in pixels below which the work is done.</param>
    /// <param name="most">Largest number of steps.</param>
    public static Refined Refine(Plane reference, Plane moving, int sign, AffineMap start, MapFreedom freedom, int leastPixels, double settled, int most)
    {
        (Plane gradientRows, Plane gradientColumns) = Gradients(moving);
        double middleRow = 0.5 * (reference.Rows - 1), middleColumn = 0.5 * (reference.Columns - 1), half = 0.5 * Math.Max(reference.Rows, reference.Columns);
        AffineMap best = start, map = start;
        double[]? step = null;
        double agreement = double.NegativeInfinity;
        int pixels = 0, iterations = 0, halvings = 0;
        while (iterations < most)
        {
            iterations++;
            Sums sums = Accumulate(reference, moving, gradientRows, gradientColumns, sign, map, freedom, middleRow, middleColumn, half);
            double found = sums.Pixels >= leastPixels ? sums.Correlation : double.NegativeInfinity;
            if (found > agreement || step is null)
            {
                (best, agreement, pixels, halvings) = (map, found, sums.Pixels, 0);
                step = double.IsFinite(found) ? sums.Step() : null;
                if (step is null)
                    break;
                Shorten(step, Math.Min(1, LongestStep / Math.Max(1e-12, Reach(step))));
            }
            else if (++halvings > LongestHalving)
            {
                break;
            }
            else
            {
                Shorten(step, 0.5);
            }
            map = Moved(best, step, freedom, middleRow, middleColumn, half);
            if (Reach(step) < settled)
                break;
        }
        return new Refined(best, Math.Max(0, agreement), pixels, iterations);
    }

    /// <summary>Correlation coefficient of what two pictures show under a map, and on how many pixels.</summary>
    public static (double Correlation, int Pixels) Correlate(Plane reference, Plane moving, AffineMap map)
    {
        var sums = default(CorrelationSums);
        for (int k = 0; k < reference.Values.Length; k++)
        {
            (double row, double column) = map.Apply(k / reference.Columns, k % reference.Columns);
            sums.Add(reference.Values[k], moving.Sample(row, column));
        }
        return (sums.Coefficient ?? 0, sums.Count);
    }

    private static (Plane Rows, Plane Columns) Gradients(Plane plane)
    {
        float[] values = plane.Values, y = new float[values.Length], x = new float[values.Length];
        Array.Fill(y, float.NaN);
        Array.Fill(x, float.NaN);
        for (int r = 1; r < plane.Rows - 1; r++)
        {
            for (int c = 1; c < plane.Columns - 1; c++)
            {
                int k = (r * plane.Columns) + c;
                y[k] = 0.5f * (values[k + plane.Columns] - values[k - plane.Columns]);
                x[k] = 0.5f * (values[k + 1] - values[k - 1]);
            }
        }
        return (new Plane(y, plane.Rows, plane.Columns), new Plane(x, plane.Rows, plane.Columns));
    }

    private static Sums Accumulate(Plane reference, Plane moving, Plane gradientRows, Plane gradientColumns, int sign, AffineMap map, MapFreedom freedom,
        double middleRow, double middleColumn, double half)
    {
        var sums = new Sums(freedom switch { MapFreedom.Shift => 2, MapFreedom.Similarity => 4, _ => 6 });
        Span<double> jacobian = stackalloc double[6];
        for (int r = 0; r < reference.Rows; r++)
        {
            double u = (r - middleRow) / half;
            for (int c = 0; c < reference.Columns; c++)
            {
                double template = sign * reference.Values[(r * reference.Columns) + c];
                (double row, double column) = map.Apply(r, c);
                double y = gradientRows.Sample(row, column), x = gradientColumns.Sample(row, column), v = (c - middleColumn) / half;
                double warped = moving.Sample(row, column);
                if (!double.IsFinite(template + y + x + warped))
                    continue;
                jacobian[0] = y;
                jacobian[1] = x;
                if (freedom == MapFreedom.Similarity)
                {
                    jacobian[2] = (y * u) + (x * v);
                    jacobian[3] = (y * v) - (x * u);
                }
                else
                {
                    (jacobian[2], jacobian[3], jacobian[4], jacobian[5]) = (y * u, y * v, x * u, x * v);
                }
                sums.Add(jacobian, template, warped);
            }
        }
        return sums;
    }

    private static AffineMap Moved(AffineMap map, double[] step, MapFreedom freedom, double middleRow, double middleColumn, double half)
    {
        (double rr, double rc, double cr, double cc) = freedom switch
        {
            MapFreedom.Shift => (0.0, 0.0, 0.0, 0.0),
            MapFreedom.Similarity => (step[2] / half, step[3] / half, -step[3] / half, step[2] / half),
            _ => (step[2] / half, step[3] / half, step[4] / half, step[5] / half),
        };
        return new AffineMap(map.RowFromRow + rr, map.RowFromColumn + rc, map.RowShift + step[0] - (rr * middleRow) - (rc * middleColumn),
            map.ColumnFromRow + cr, map.ColumnFromColumn + cc, map.ColumnShift + step[1] - (cr * middleRow) - (cc * middleColumn));
    }

    // Each number of a step moves the corners by at most its own size.
    private static double Reach(double[] step) => step.Max(Math.Abs);

    private static void Shorten(double[] step, double factor)
    {
        for (int k = 0; k < step.Length; k++)
            step[k] *= factor;
    }

    /// <summary>A refined map.</summary>
    internal readonly record struct Refined(AffineMap Map, double Agreement, int Pixels, int Iterations);

    private sealed class Sums(int count)
    {
        private readonly double[,] hessian = new double[count, count];
        private readonly double[] jacobian = new double[count];
        private readonly double[] withTemplate = new double[count];
        private readonly double[] withWarped = new double[count];
        private double template, warped, templateSquare, warpedSquare, product;

        public int Pixels { get; private set; }

        public double Correlation => Spread(templateSquare, template) * Spread(warpedSquare, warped) is > 0 and double square
            ? (product - (template * warped / Pixels)) / Math.Sqrt(square) : double.NegativeInfinity;

        public void Add(ReadOnlySpan<double> g, double t, double w)
        {
            Pixels++;
            template += t;
            warped += w;
            templateSquare += t * t;
            warpedSquare += w * w;
            product += t * w;
            for (int i = 0; i < count; i++)
            {
                jacobian[i] += g[i];
                withTemplate[i] += g[i] * t;
                withWarped[i] += g[i] * w;
                for (int j = 0; j <= i; j++)
                    hessian[i, j] += g[i] * g[j];
            }
        }

        public double[]? Step()
        {
            double n = Pixels;
            var normal = new double[count, count];
            double[] t = new double[count], w = new double[count];
            for (int i = 0; i < count; i++)
            {
                t[i] = withTemplate[i] - (jacobian[i] * template / n);
                w[i] = withWarped[i] - (jacobian[i] * warped / n);
                for (int j = 0; j <= i; j++)
                    normal[i, j] = normal[j, i] = hessian[i, j] - (jacobian[i] * jacobian[j] / n);
            }
            if (Solve(normal, t) is not { } solvedTemplate || Solve(normal, w) is not { } solvedWarped)
                return null;
            double wPw = Dot(w, solvedWarped), tPw = Dot(t, solvedWarped), tPt = Dot(t, solvedTemplate);
            double tw = product - (template * warped / n), numerator = Spread(warpedSquare, warped) - wPw, denominator = tw - tPw;
            // Where the correlation falls along every direction the paper's second rule keeps the step one towards agreement.
            double lambda = denominator > 0 ? numerator / denominator : Math.Max(Math.Sqrt(wPw / tPt), (tPw - tw) / tPt);
            var step = new double[count];
            for (int i = 0; i < count; i++)
                step[i] = (lambda * solvedTemplate[i]) - solvedWarped[i];
            return step.All(double.IsFinite) ? step : null;
        }

        private double Spread(double square, double sum) => square - (sum * sum / Math.Max(1, Pixels));

        private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

        // Cholesky; null where a direction changes nothing.
        private static double[]? Solve(double[,] matrix, double[] right)
        {
            int size = right.Length;
            var lower = new double[size, size];
            double[] result = (double[])right.Clone();
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    double sum = matrix[i, j];
                    for (int k = 0; k < j; k++)
                        sum -= lower[i, k] * lower[j, k];
                    if (i == j && !(sum > 1e-12 * matrix[i, i]))
                        return null;
                    lower[i, j] = i == j ? Math.Sqrt(sum) : sum / lower[j, j];
                }
                for (int k = 0; k < i; k++)
                    result[i] -= lower[i, k] * result[k];
                result[i] /= lower[i, i];
            }
            for (int i = size - 1; i >= 0; i--)
            {
                for (int k = i + 1; k < size; k++)
                    result[i] -= lower[k, i] * result[k];
                result[i] /= lower[i, i];
            }
            return result;
        }
    }
}
