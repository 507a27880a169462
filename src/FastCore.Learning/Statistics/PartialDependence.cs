using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using MathNet.Numerics.Distributions;

namespace FastCore.Learning.Statistics;

/// <summary>A bin of points along a code.</summary>
/// <param name="Centre">Mean code of its points.</param>
/// <param name="Mean">Mean of the quantity, what the other codes do to it taken away.</param>
/// <param name="Lower">Lower end of the interval that holds the mean of the bin in 95 of 100 cases (Student's t).</param>
/// <param name="Upper">Upper end.</param>
/// <param name="Count">Number of points.</param>
public readonly record struct DependenceBin(double Centre, double Mean, double Lower, double Upper, int Count);

/// <summary>
/// How a quantity follows one code when the other codes stay where they are (Friedman 2001, section 8.2): the mean over all points i of m(x, others
/// of i), where m is a local linear regression of the quantity on all codes.
/// </summary>
/// <remarks>
/// m at a place is the intercept of a weighted least-squares plane with weights exp(-u^2 / 2), u the distance in standard deviations divided by the
/// bandwidth (Fan and Gijbels 1996); slopes are drawn towards 0 by 1e-4 of the sum of the weights, so that a lonely place has an answer. The
/// bandwidth is the widest of a few that predicts left-out points within one standard error of the best. m is linear in the quantity, and so is its
/// mean over the points: with weights w_j of the points j, the variance is sum w_j^2 e_j^2, where e_j is the error at j when it is left out
/// (MacKinnon and White 1985). Bins hold equal numbers of points; their values are y_i less m at point i plus the curve at x_i.
/// </remarks>
public sealed class PartialDependence
{
    private const double SlopeRidge = 1e-4;
    private static readonly double[] Bandwidths = [0.35, 0.5, 0.7, 1, 1.4, 2, 4, 10];

    private PartialDependence(double[] codes, double[] curve, double[] lower, double[] upper, DependenceBin[] bins, double bandwidth,
        double explained)
    {
        (Codes, Curve, Lower, Upper) = (codes, curve, lower, upper);
        (Bins, Bandwidth, Explained) = (bins, bandwidth, explained);
    }

    /// <summary>Places along the code, ascending, from its 2.5 to its 97.5 % quantile.</summary>
    public double[] Codes { get; }

    /// <summary>The quantity at each place, in its unit.</summary>
    public double[] Curve { get; }

    /// <summary>Lower end of the pointwise 95 % interval.</summary>
    public double[] Lower { get; }

    /// <summary>Upper end.</summary>
    public double[] Upper { get; }

    /// <summary>Means in bins of equal numbers of points.</summary>
    public IReadOnlyList<DependenceBin> Bins { get; }

    /// <summary>Bandwidth that was chosen, in standard deviations of the codes.</summary>
    public double Bandwidth { get; }

    /// <summary>Share of the quantity's variance that all codes together explain at points left out; negative where they explain nothing.</summary>
    public double Explained { get; }

    /// <summary>Largest minus smallest value of the curve.</summary>
    public double Range => Curve.Max() - Curve.Min();

    /// <summary>Computes the dependence on one code.</summary>
    /// <param name="codes">One array of n finite values for each code.</param>
    /// <param name="direction">The code whose influence is asked for.</param>
    /// <param name="quantity">n values; points at which it is NaN are left out.</param>
    /// <param name="places">Number of places along the code.</param>
    /// <param name="bins">Number of bins; fewer where there are too few points.</param>
    /// <exception cref="ArgumentException">Columns that do not fit, or fewer than 10 points.</exception>
    public static PartialDependence Compute(IReadOnlyList<double[]> codes, int direction, double[] quantity, int places = 25, int bins = 8)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(quantity);
        ArgumentOutOfRangeException.ThrowIfLessThan(places, 2);
        if (direction < 0 || direction >= codes.Count || codes.Any(column => column.Length != quantity.Length))
            throw new ArgumentException($"Code {direction} of {codes.Count} and a quantity of {quantity.Length} values do not fit together.",
                nameof(codes));
        int[] rows = [.. Enumerable.Range(0, quantity.Length).Where(i => double.IsFinite(quantity[i]))];
        if (rows.Length < 10)
            throw new ArgumentException($"{rows.Length} points are too few for a dependence; 10 are needed.", nameof(quantity));
        int n = rows.Length, d = codes.Count;
        double[] y = [.. rows.Select(i => quantity[i])];
        var means = new double[d];
        var deviations = new double[d];
        var z = new double[n * d];
        for (int j = 0; j < d; j++)
        {
            means[j] = rows.Average(i => codes[j][i]);
            deviations[j] = Math.Sqrt(rows.Average(i => (codes[j][i] - means[j]) * (codes[j][i] - means[j])));
            for (int i = 0; i < n; i++)
                z[(i * d) + j] = deviations[j] > 0 ? (codes[j][rows[i]] - means[j]) / deviations[j] : 0;
        }
        double[] along = [.. Enumerable.Range(0, n).Select(i => z[(i * d) + direction])];
        (double bandwidth, double[] fitted, double[] leftOut) = Choose(z, y, d);

        double[] sorted = [.. along.Order()];
        double low = sorted[(int)(0.025 * (n - 1))], high = sorted[(int)Math.Ceiling(0.975 * (n - 1))];
        var grid = new double[places];
        var curve = new double[places];
        var lower = new double[places];
        var upper = new double[places];
        var weights = new double[n];
        var mean = new double[n];
        var place = new double[d];
        for (int g = 0; g < places; g++)
        {
            grid[g] = low + ((high - low) * g / (places - 1));
            Array.Clear(mean);
            for (int i = 0; i < n; i++)
            {
                z.AsSpan(i * d, d).CopyTo(place);
                place[direction] = grid[g];
                Weights(z, d, place, bandwidth, weights);
                for (int j = 0; j < n; j++)
                    mean[j] += weights[j] / n;
            }
            double value = 0, variance = 0;
            for (int j = 0; j < n; j++)
            {
                value += mean[j] * y[j];
                variance += mean[j] * leftOut[j] * (mean[j] * leftOut[j]);
            }
            (curve[g], double half) = (value, 1.959963984540054 * Math.Sqrt(variance));
            (lower[g], upper[g]) = (value - half, value + half);
        }
        DependenceBin[] binned = Bin(along, [.. Enumerable.Range(0, n).Select(i => y[i] - fitted[i] + At(grid, curve, along[i]))], bins,
            means[direction], deviations[direction]);
        double centre = y.Average(), total = y.Sum(value => (value - centre) * (value - centre));
        double explained = total > 0 ? 1 - (leftOut.Sum(e => e * e) / total) : double.NaN;
        return new PartialDependence(Array.ConvertAll(grid, g => means[direction] + (g * deviations[direction])), curve, lower, upper, binned,
            bandwidth, explained);
    }

    private static (double Bandwidth, double[] Fitted, double[] LeftOut) Choose(double[] z, double[] y, int d)
    {
        int n = y.Length;
        var all = new List<(double Bandwidth, double[] Fitted, double[] LeftOut)>();
        var weights = new double[n];
        foreach (double bandwidth in Bandwidths)
        {
            var fitted = new double[n];
            var leftOut = new double[n];
            for (int i = 0; i < n; i++)
            {
                Weights(z, d, z.AsSpan(i * d, d), bandwidth, weights);
                for (int j = 0; j < n; j++)
                    fitted[i] += weights[j] * y[j];
                leftOut[i] = (y[i] - fitted[i]) / Math.Max(1 - weights[i], 0.05);
            }
            all.Add((bandwidth, fitted, leftOut));
        }
        double[] best = all.MinBy(fit => fit.LeftOut.Sum(e => e * e)).LeftOut;
        return all.Last(fit =>
        {
            double[] losses = [.. fit.LeftOut.Select((e, i) => (e * e) - (best[i] * best[i]))];
            double mean = losses.Average(), deviation = Math.Sqrt(losses.Average(loss => (loss - mean) * (loss - mean)));
            return mean <= deviation / Math.Sqrt(n);
        });
    }

    // Weights of the points in the intercept of the plane at a place: e_0^T (X^T W X + ridge)^-1 X^T W.
    private static void Weights(double[] z, int d, ReadOnlySpan<double> place, double bandwidth, double[] weights)
    {
        int n = weights.Length, size = d + 1;
        Span<double> system = stackalloc double[size * size];
        Span<double> row = stackalloc double[size];
        system.Clear();
        double nearest = double.PositiveInfinity;
        for (int i = 0; i < n; i++)
        {
            double squared = 0;
            for (int j = 0; j < d; j++)
                squared += (z[(i * d) + j] - place[j]) * (z[(i * d) + j] - place[j]);
            weights[i] = squared;
            nearest = Math.Min(nearest, squared);
        }
        double total = 0;
        row[0] = 1;
        for (int i = 0; i < n; i++)
        {
            // Counted from the nearest point, so that a place far from all is that point's.
            double weight = weights[i] = Math.Exp(-0.5 * (weights[i] - nearest) / (bandwidth * bandwidth));
            total += weight;
            for (int j = 0; j < d; j++)
                row[j + 1] = z[(i * d) + j] - place[j];
            for (int a = 0; a < size; a++)
            {
                for (int b = 0; b <= a; b++)
                    system[(a * size) + b] += weight * row[a] * row[b];
            }
        }
        for (int a = 1; a < size; a++)
            system[(a * size) + a] += SlopeRidge * total;
        var factor = new MatrixSpan<double>(system, size, size);
        _ = CholeskyFactor.Host(factor);
        Span<double> solution = stackalloc double[size];
        solution.Clear();
        solution[0] = 1;
        var column = new MatrixSpan<double>(solution, size, 1);
        TriangularSolve.Host<double>(factor, false, column);
        TriangularSolve.Host<double>(factor, true, column);
        for (int i = 0; i < n; i++)
        {
            double value = solution[0];
            for (int j = 0; j < d; j++)
                value += solution[j + 1] * (z[(i * d) + j] - place[j]);
            weights[i] *= value;
        }
    }

    private static double At(double[] grid, double[] curve, double place)
    {
        double at = Math.Clamp((place - grid[0]) / (grid[^1] - grid[0]) * (grid.Length - 1), 0, grid.Length - 1);
        if (!double.IsFinite(at))
            return curve[0];
        int left = Math.Min((int)at, grid.Length - 2);
        return curve[left] + ((at - left) * (curve[left + 1] - curve[left]));
    }

    private static DependenceBin[] Bin(double[] along, double[] values, int bins, double mean, double deviation)
    {
        int[] order = Ranks.Order(along);
        bins = Math.Clamp(bins, 1, along.Length / 5);
        var result = new DependenceBin[bins];
        for (int bin = 0; bin < bins; bin++)
        {
            int[] rows = order[(bin * along.Length / bins)..((bin + 1) * along.Length / bins)];
            double centre = rows.Average(i => along[i]), average = rows.Average(i => values[i]);
            double variance = rows.Sum(i => (values[i] - average) * (values[i] - average)) / (rows.Length - 1);
            double half = StudentT.InvCDF(0, 1, rows.Length - 1, 0.975) * Math.Sqrt(variance / rows.Length);
            result[bin] = new DependenceBin(mean + (deviation * centre), average, average - half, average + half, rows.Length);
        }
        return result;
    }
}
