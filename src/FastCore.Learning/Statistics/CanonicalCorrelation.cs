using FastCore.Learning.PrincipalComponents;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace FastCore.Learning.Statistics;

/// <summary>Canonical combinations of points by fits that had not seen them.</summary>
/// <param name="First">One column of n values for each combination of the first set.</param>
/// <param name="Second">The same of the second set.</param>
/// <param name="Correlations">Correlations of the columns within the folds, averaged by Fisher's z.</param>
public sealed record HeldOutCodes(double[][] First, double[][] Second, double[] Correlations);

/// <summary>
/// Canonical correlations of two sets of vectors (Hotelling 1936): the linear combinations of either side that follow one another most closely. The
/// linear counterpart of a shared latent map.
/// </summary>
/// <remarks>
/// Either side is first reduced to the scores on its leading principal components, since there may be fewer points than values. Their covariances are
/// diagonal; r times their mean variance is added (Vinod 1976), so that weak components count less. With D_x and D_y these diagonals, the singular
/// value decomposition D_x^-1/2 C_xy D_y^-1/2 = U S V^T gives the combinations D_x^-1/2 U and D_y^-1/2 V, here scaled to unit variance; r = 0 is the
/// classical analysis. Correlations of the data that were fitted always flatter: <see cref="HeldOut"/> says what is left of them.
/// </remarks>
public sealed class CanonicalCorrelation
{
    private readonly PrincipalComponentModel first;
    private readonly PrincipalComponentModel second;
    private readonly double[] firstWeights;
    private readonly double[] secondWeights;

    private CanonicalCorrelation(PrincipalComponentModel first, PrincipalComponentModel second, double[] firstWeights, double[] secondWeights,
        double[] correlations)
    {
        (this.first, this.second) = (first, second);
        (this.firstWeights, this.secondWeights) = (firstWeights, secondWeights);
        Correlations = correlations;
    }

    /// <summary>Correlations of the fitted points' combinations; without regularisation descending.</summary>
    public IReadOnlyList<double> Correlations { get; }

    /// <summary>Number of pairs of combinations.</summary>
    public int Rank => Correlations.Count;

    /// <summary>Fits.</summary>
    /// <param name="first">n x p, row-major.</param>
    /// <param name="second">n x q, row-major.</param>
    /// <param name="count">Number of points n.</param>
    /// <param name="components">Most principal components of either side.</param>
    /// <param name="regularisation">r, in units of the mean variance of the scores.</param>
    /// <exception cref="ArgumentException">Fewer than three points, or values that are not finite.</exception>
    public static CanonicalCorrelation Fit(ReadOnlySpan<double> first, ReadOnlySpan<double> second, int count, int components = 10,
        double regularisation = 1e-3)
    {
        if (count < 3)
            throw new ArgumentException($"{count} points have no canonical correlations; at least 3 are needed.", nameof(count));
        PrincipalComponentModel x = PrincipalComponentModel.Fit(first, count, components), y = PrincipalComponentModel.Fit(second, count, components);
        int rank = Math.Min(x.Rank, y.Rank);
        if (rank == 0)
            return new CanonicalCorrelation(x, y, [], [], []);
        double[] scoresX = x.UnitScores(first, count), scoresY = y.UnitScores(second, count);
        Matrix<double> a = Matrix<double>.Build.Dense(count, x.Rank, (i, j) => scoresX[(i * x.Rank) + j]);
        Matrix<double> b = Matrix<double>.Build.Dense(count, y.Rank, (i, j) => scoresY[(i * y.Rank) + j]);
        double[] shareX = Shares(x, regularisation), shareY = Shares(y, regularisation);
        // Of scores scaled to unit variance: numbers about 1, whatever the units.
        Matrix<double> cross = a.TransposeThisAndMultiply(b).Divide(count);
        Svd<double> svd = cross.MapIndexed((i, j, value) => shareX[i] * value * shareY[j]).Svd(true);
        var left = new double[rank * x.Rank];
        var right = new double[rank * y.Rank];
        var correlations = new double[rank];
        for (int r = 0; r < rank; r++)
        {
            Vector<double> u = svd.U.Column(r).MapIndexed((j, value) => shareX[j] * value).Normalize(2);
            Vector<double> v = svd.VT.Row(r).MapIndexed((j, value) => shareY[j] * value).Normalize(2);
            int sign = Math.Sign(u[u.AbsoluteMaximumIndex()]);
            correlations[r] = u * cross * v;
            for (int j = 0; j < x.Rank; j++)
                left[(r * x.Rank) + j] = sign * u[j];
            for (int j = 0; j < y.Rank; j++)
                right[(r * y.Rank) + j] = sign * v[j];
        }
        return new CanonicalCorrelation(x, y, left, right, correlations);
    }

    /// <summary>Combinations of one vector of the first set: <see cref="Rank"/> values.</summary>
    public double[] ProjectFirst(ReadOnlySpan<double> vector) => Project(first, firstWeights, vector);

    /// <summary>Combinations of one vector of the second set.</summary>
    public double[] ProjectSecond(ReadOnlySpan<double> vector) => Project(second, secondWeights, vector);

    /// <summary>
    /// Combinations of every point by a fit to the other folds (point i is in fold i mod folds), so that no point's pair has shaped its own code.
    /// Signs follow the fit to all points.
    /// </summary>
    public static HeldOutCodes HeldOut(
        ReadOnlySpan<double> first, ReadOnlySpan<double> second, int count, int pairs, int folds = 5, int components = 10,
            double regularisation = 1e-3)
    {
        CanonicalCorrelation whole = Fit(first, second, count, components, regularisation);
        pairs = Math.Min(pairs, whole.Rank);
        folds = Math.Clamp(folds, 2, Math.Max(2, count / 4));
        int p = first.Length / count, q = second.Length / count;
        double[][] left = Empty(pairs, count), right = Empty(pairs, count);
        var sums = new double[pairs];
        var known = new int[pairs];
        for (int fold = 0; fold < folds; fold++)
        {
            int[] inside = [.. Enumerable.Range(0, count).Where(i => i % folds != fold)],
                outside = [.. Enumerable.Range(0, count).Where(i => i % folds == fold)];
            CanonicalCorrelation fit = Fit(Take(first, p, inside), Take(second, q, inside), inside.Length, components, regularisation);
            var agreement = new double[pairs];
            foreach (int i in inside)
            {
                double[] u = fit.ProjectFirst(first.Slice(i * p, p)), v = fit.ProjectSecond(second.Slice(i * q, q));
                double[] allU = whole.ProjectFirst(first.Slice(i * p, p)), allV = whole.ProjectSecond(second.Slice(i * q, q));
                for (int r = 0; r < Math.Min(pairs, fit.Rank); r++)
                    agreement[r] += (u[r] * allU[r]) + (v[r] * allV[r]);
            }
            foreach (int i in outside)
            {
                double[] u = fit.ProjectFirst(first.Slice(i * p, p)), v = fit.ProjectSecond(second.Slice(i * q, q));
                for (int r = 0; r < Math.Min(pairs, fit.Rank); r++)
                    (left[r][i], right[r][i]) = (Math.Sign(agreement[r]) * u[r], Math.Sign(agreement[r]) * v[r]);
            }
            for (int r = 0; r < pairs; r++)
            {
                int index = r;
                double correlation = Pearson([.. outside.Select(i => left[index][i])], [.. outside.Select(i => right[index][i])]);
                if (double.IsNaN(correlation))
                    continue;
                sums[r] += Math.Atanh(Math.Clamp(correlation, -1 + 1e-9, 1 - 1e-9));
                known[r]++;
            }
        }
        return new HeldOutCodes(left, right, [.. Enumerable.Range(0, pairs).Where(r => known[r] > 0).Select(r => Math.Tanh(sums[r] / known[r]))]);
    }

    // What is left of a unit score when r times the mean variance is added to its own.
    private static double[] Shares(PrincipalComponentModel model, double regularisation)
    {
        double mean = model.Variances.Average();
        return Array.ConvertAll(model.Variances, variance => Math.Sqrt(variance / (variance + (regularisation * mean))));
    }

    private static double[][] Empty(int columns, int count) => [.. Enumerable.Range(0, columns).Select(_ => new double[count])];

    internal static double[] Take(ReadOnlySpan<double> values, int width, int[] rows)
    {
        var taken = new double[rows.Length * width];
        for (int i = 0; i < rows.Length; i++)
            values.Slice(rows[i] * width, width).CopyTo(taken.AsSpan(i * width));
        return taken;
    }

    private double[] Project(PrincipalComponentModel model, double[] weights, ReadOnlySpan<double> vector)
    {
        double[] scores = model.UnitScores(vector, 1);
        var result = new double[Rank];
        for (int r = 0; r < result.Length; r++)
        {
            for (int j = 0; j < scores.Length; j++)
                result[r] += weights[(r * scores.Length) + j] * scores[j];
        }
        return result;
    }

    private static double Pearson(double[] a, double[] b)
    {
        double meanA = a.Average(), meanB = b.Average(), ab = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.Length; i++)
        {
            ab += (a[i] - meanA) * (b[i] - meanB);
            aa += (a[i] - meanA) * (a[i] - meanA);
            bb += (b[i] - meanB) * (b[i] - meanB);
        }
        return aa > 0 && bb > 0 ? ab / Math.Sqrt(aa * bb) : double.NaN;
    }
}
