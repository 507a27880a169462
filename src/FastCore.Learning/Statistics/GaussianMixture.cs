using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;

namespace FastCore.Learning.Statistics;

/// <summary>One component of a mixture.</summary>
/// <param name="Weight">Share of the points.</param>
/// <param name="Mean">d values.</param>
/// <param name="Covariance">d x d, row-major.</param>
public sealed record MixtureComponent(double Weight, double[] Mean, double[] Covariance);

/// <summary>
/// A mixture of normal distributions with full covariances, fitted by expectation and maximisation (Dempster, Laird and Rubin 1977; Bishop 2006,
/// section 9.2) from the clusters of k-means; the number of components by the Bayesian information criterion (Schwarz 1978).
/// </summary>
/// <remarks>
/// To each covariance the identity times 1e-3 of the mean variance of the points is added, so that no component shrinks onto a line or a single
/// point, where the likelihood has no bound. BIC = -2 ln L + p ln n with p = k - 1 + k d + k d (d + 1) / 2; the lower the better.
/// </remarks>
public sealed class GaussianMixture
{
    private const int Passes = 500;
    private const double Ridge = 1e-3;

    private readonly double[][] factors;

    private GaussianMixture(MixtureComponent[] components, double[][] factors, double[] responsibilities, double logLikelihood, int points)
    {
        this.factors = factors;
        Components = components;
        Responsibilities = responsibilities;
        LogLikelihood = logLikelihood;
        int d = components[0].Mean.Length, k = components.Length;
        InformationCriterion = (-2 * logLikelihood) + ((k - 1 + (k * d) + (k * d * (d + 1) / 2.0)) * Math.Log(points));
    }

    /// <summary>The components, the heaviest first.</summary>
    public IReadOnlyList<MixtureComponent> Components { get; }

    /// <summary>Probability of each component for each point, n x k, row-major.</summary>
    public double[] Responsibilities { get; }

    /// <summary>ln of the probability density of all points.</summary>
    public double LogLikelihood { get; }

    /// <summary>BIC: the lower the better.</summary>
    public double InformationCriterion { get; }

    /// <summary>The most probable component of each point.</summary>
    public int[] Assign()
    {
        int k = Components.Count;
        var assigned = new int[Responsibilities.Length / k];
        for (int i = 0; i < assigned.Length; i++)
        {
            for (int c = 1; c < k; c++)
            {
                if (Responsibilities[(i * k) + c] > Responsibilities[(i * k) + assigned[i]])
                    assigned[i] = c;
            }
        }
        return assigned;
    }

    /// <summary>ln of the density at a place.</summary>
    public double LogDensity(ReadOnlySpan<double> point)
    {
        var terms = new double[Components.Count];
        var scratch = new double[point.Length];
        for (int c = 0; c < terms.Length; c++)
            terms[c] = Math.Log(Components[c].Weight) + LogNormal(point, Components[c].Mean, factors[c], scratch);
        return LogSum(terms);
    }

    /// <summary>Fits mixtures of 1 .. <paramref name="most"/> components.</summary>
    /// <returns>All fits that were possible, by number of components; the best is the one of least <see cref="InformationCriterion"/>.</returns>
    public static IReadOnlyList<GaussianMixture> FitUpTo(IReadOnlyList<double[]> points, int most, long seed, int restarts = 5)
    {
        ArgumentNullException.ThrowIfNull(points);
        var fits = new List<GaussianMixture>();
        int dimension = points.Count == 0 ? 0 : points[0].Length;
        // A component of a full covariance needs more points than dimensions.
        for (int k = 1; k <= most && k * (dimension + 2) <= points.Count; k++)
            fits.Add(Fit(points, k, seed, restarts));
        return fits;
    }

    /// <summary>Fits one mixture: the likeliest of several starts.</summary>
    /// <param name="points">Points of one dimension; finite; at least d + 2 for each component.</param>
    /// <param name="count">Number of components.</param>
    /// <param name="seed">Seed of the starts.</param>
    /// <param name="restarts">Number of starts.</param>
    /// <exception cref="ArgumentException">Too few points, points of different dimensions, or that do not vary.</exception>
    public static GaussianMixture Fit(IReadOnlyList<double[]> points, int count, long seed, int restarts = 5)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(restarts, 1);
        int n = points.Count, d = n == 0 ? 0 : points[0].Length;
        if (n == 0 || d == 0 || points.Any(point => point.Length != d))
            throw new ArgumentException("A mixture needs points, all of one dimension.", nameof(points));
        if (n < count * (d + 2))
            throw new ArgumentException($"{n} points of {d} values are too few for {count} components; {count * (d + 2)} are needed.",
                nameof(points));
        double variance = 0;
        for (int j = 0; j < d; j++)
        {
            double mean = points.Average(point => point[j]);
            variance += points.Average(point => (point[j] - mean) * (point[j] - mean)) / d;
        }
        if (!(variance > 0) || !double.IsFinite(variance))
            throw new ArgumentException("The points do not vary, or are not finite: there is no density to fit.", nameof(points));
        GaussianMixture? best = null;
        for (int restart = 0; restart < restarts; restart++)
        {
            KMeans start = KMeans.Fit(points, count, seed, 1, $"mixture start {restart}");
            var responsibilities = new double[n * count];
            for (int i = 0; i < n; i++)
                responsibilities[(i * count) + start.Assigned[i]] = 1;
            GaussianMixture fit = Iterate(points, count, responsibilities, Ridge * variance);
            if (best is null || fit.LogLikelihood > best.LogLikelihood + 1e-6)
                best = fit;
        }
        return best!;
    }

    private static GaussianMixture Iterate(IReadOnlyList<double[]> points, int k, double[] responsibilities, double ridge)
    {
        int n = points.Count, d = points[0].Length;
        var components = new MixtureComponent[k];
        var factors = new double[k][];
        double likelihood = double.NegativeInfinity;
        var terms = new double[k];
        var scratch = new double[d];
        for (int pass = 0; pass < Passes; pass++)
        {
            for (int c = 0; c < k; c++)
            {
                components[c] = Maximise(points, responsibilities, k, c, ridge);
                factors[c] = (double[])components[c].Covariance.Clone();
                _ = CholeskyFactor.Host(new MatrixSpan<double>(factors[c], d, d));
            }
            double sum = 0;
            for (int i = 0; i < n; i++)
            {
                for (int c = 0; c < k; c++)
                    terms[c] = Math.Log(components[c].Weight) + LogNormal(points[i], components[c].Mean, factors[c], scratch);
                double total = LogSum(terms);
                sum += total;
                for (int c = 0; c < k; c++)
                    responsibilities[(i * k) + c] = Math.Exp(terms[c] - total);
            }
            bool settled = sum - likelihood < 1e-9 * Math.Abs(sum);
            likelihood = sum;
            if (settled)
                break;
        }
        int[] order = [.. Enumerable.Range(0, k).OrderByDescending(c => components[c].Weight)];
        var sorted = new double[responsibilities.Length];
        for (int i = 0; i < n; i++)
        {
            for (int c = 0; c < k; c++)
                sorted[(i * k) + c] = responsibilities[(i * k) + order[c]];
        }
        return new GaussianMixture([.. order.Select(c => components[c])], [.. order.Select(c => factors[c])], sorted, likelihood, n);
    }

    private static MixtureComponent Maximise(IReadOnlyList<double[]> points, double[] responsibilities, int k, int c, double ridge)
    {
        int n = points.Count, d = points[0].Length;
        // A component that lost all its points keeps a trace of them, so that its logarithm stays finite.
        double total = 1e-10;
        for (int i = 0; i < n; i++)
            total += responsibilities[(i * k) + c];
        var mean = new double[d];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < d; j++)
                mean[j] += responsibilities[(i * k) + c] / total * points[i][j];
        }
        var covariance = new double[d * d];
        for (int i = 0; i < n; i++)
        {
            double share = responsibilities[(i * k) + c] / total;
            for (int a = 0; a < d; a++)
            {
                for (int b = 0; b < d; b++)
                    covariance[(a * d) + b] += share * (points[i][a] - mean[a]) * (points[i][b] - mean[b]);
            }
        }
        for (int a = 0; a < d; a++)
            covariance[(a * d) + a] += ridge;
        return new MixtureComponent(total / n, mean, covariance);
    }

    private static double LogNormal(ReadOnlySpan<double> point, double[] mean, double[] factor, double[] scratch)
    {
        int d = mean.Length;
        for (int j = 0; j < d; j++)
            scratch[j] = point[j] - mean[j];
        TriangularSolve.Host<double>(new MatrixSpan<double>(factor, d, d), false, new MatrixSpan<double>(scratch.AsSpan(0, d), d, 1));
        double squares = 0, logDeterminant = 0;
        for (int j = 0; j < d; j++)
        {
            squares += scratch[j] * scratch[j];
            logDeterminant += 2 * Math.Log(factor[(j * d) + j]);
        }
        return -0.5 * (squares + (d * Math.Log(2 * Math.PI)) + logDeterminant);
    }

    private static double LogSum(double[] terms)
    {
        double largest = terms.Max(), sum = 0;
        foreach (double term in terms)
            sum += Math.Exp(term - largest);
        return largest + Math.Log(sum);
    }
}
