using FastCore.Learning.PrincipalComponents;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace FastCore.Learning.Statistics;

/// <summary>
/// Canonical correlations of two sets of vectors (Hotelling 1936): the linear combinations of either side that follow one another most closely. The
/// linear counterpart of a shared latent map.
/// </summary>
/// <remarks>
/// Either side is first reduced to the scores on its leading principal components, each of unit variance, since there may be fewer points than values. With
/// C_xx and C_yy regularised by r times the identity (Vinod 1976), the singular value decomposition L_x^-1 C_xy L_y^-T = U S V^T, C = L L^T, gives the
/// correlations S and the combinations L_x^-T U, L_y^-T V. S of the data that were fitted is always flattering: <see cref="HeldOut"/> says what is left of it.
/// </remarks>
public sealed class CanonicalCorrelation
{
    private readonly PrincipalComponentModel first;
    private readonly PrincipalComponentModel second;
    private readonly double[] firstWeights;
    private readonly double[] secondWeights;

    private CanonicalCorrelation(PrincipalComponentModel first, PrincipalComponentModel second, double[] firstWeights, double[] secondWeights, double[] correlations)
    {
        (this.first, this.second) = (first, second);
        (this.firstWeights, this.secondWeights) = (firstWeights, secondWeights);
        Correlations = correlations;
    }

    /// <summary>Correlations of the fitted points, descending.</summary>
    public IReadOnlyList<double> Correlations { get; }

    /// <summary>Number of pairs of combinations.</summary>
    public int Rank => Correlations.Count;

    /// <summary>Fits.</summary>
    /// <param name="first">n x p, row-major.</param>
    /// <param name="second">n x q, row-major.</param>
    /// <param name="count">Number of points n.</param>
    /// <param name="components">Most principal components of either side.</param>
    /// <param name="regularisation">r, in units of the variance of a score.</param>
    /// <exception cref="ArgumentException">Fewer than three points, or values that are not finite.</exception>
    public static CanonicalCorrelation Fit(ReadOnlySpan<double> first, ReadOnlySpan<double> second, int count, int components = 10, double regularisation = 0.05)
    {
        if (count < 3)
            throw new ArgumentException($"{count} points have no canonical correlations; at least 3 are needed.", nameof(count));
        PrincipalComponentModel x = PrincipalComponentModel.Fit(first, count, components), y = PrincipalComponentModel.Fit(second, count, components);
        int rank = Math.Min(x.Rank, y.Rank);
        if (rank == 0)
            return new CanonicalCorrelation(x, y, [], [], []);
        double[] u = UnitScores(x, first, count), v = UnitScores(y, second, count);
        Matrix<double> a = Matrix<double>.Build.Dense(count, x.Rank, (i, j) => u[(i * x.Rank) + j]);
        Matrix<double> b = Matrix<double>.Build.Dense(count, y.Rank, (i, j) => v[(i * y.Rank) + j]);
        // Scores are uncorrelated and of unit variance: C_xx is the identity, and its factor sqrt(1 + r) times the identity.
        Matrix<double> cross = a.TransposeThisAndMultiply(b).Divide(count * (1 + regularisation));
        Svd<double> svd = cross.Svd(true);
        var left = new double[rank * x.Rank];
        var right = new double[rank * y.Rank];
        for (int r = 0; r < rank; r++)
        {
            double peak = 0;
            for (int j = 0; j < x.Rank; j++)
                peak = Math.Abs(svd.U[j, r]) > Math.Abs(peak) ? svd.U[j, r] : peak;
            for (int j = 0; j < x.Rank; j++)
                left[(r * x.Rank) + j] = Math.Sign(peak) * svd.U[j, r];
            for (int j = 0; j < y.Rank; j++)
                right[(r * y.Rank) + j] = Math.Sign(peak) * svd.VT[r, j];
        }
        return new CanonicalCorrelation(x, y, left, right, [.. Enumerable.Range(0, rank).Select(r => svd.S[r] * (1 + regularisation))]);
    }

    /// <summary>Combinations of one vector of the first set: <see cref="Rank"/> values.</summary>
    public double[] ProjectFirst(ReadOnlySpan<double> vector) => Project(first, firstWeights, vector);

    /// <summary>Combinations of one vector of the second set.</summary>
    public double[] ProjectSecond(ReadOnlySpan<double> vector) => Project(second, secondWeights, vector);

    /// <summary>
    /// Correlations between the combinations of points that were left out of the fit, each fold by itself and averaged by Fisher's z over
    /// <paramref name="folds"/> (point i is in fold i mod folds).
    /// </summary>
    public static double[] HeldOut(ReadOnlySpan<double> first, ReadOnlySpan<double> second, int count, int pairs, int folds = 5, int components = 10, double regularisation = 0.05)
    {
        folds = Math.Min(folds, count / 4);
        if (folds < 2)
            return [];
        int p = first.Length / count, q = second.Length / count;
        var sums = new double[pairs];
        var known = new int[pairs];
        for (int fold = 0; fold < folds; fold++)
        {
            int[] inside = [.. Enumerable.Range(0, count).Where(i => i % folds != fold)], outside = [.. Enumerable.Range(0, count).Where(i => i % folds == fold)];
            CanonicalCorrelation fit = Fit(Take(first, p, inside), Take(second, q, inside), inside.Length, components, regularisation);
            double[] left = Take(first, p, outside), right = Take(second, q, outside);
            double[][] u = [.. Enumerable.Range(0, outside.Length).Select(i => fit.ProjectFirst(left.AsSpan(i * p, p)))];
            double[][] v = [.. Enumerable.Range(0, outside.Length).Select(i => fit.ProjectSecond(right.AsSpan(i * q, q)))];
            for (int r = 0; r < Math.Min(pairs, fit.Rank); r++)
            {
                int index = r;
                double correlation = Pearson([.. u.Select(row => row[index])], [.. v.Select(row => row[index])]);
                if (double.IsNaN(correlation))
                    continue;
                sums[r] += Math.Atanh(Math.Clamp(correlation, -1 + 1e-9, 1 - 1e-9));
                known[r]++;
            }
        }
        return [.. Enumerable.Range(0, pairs).Where(r => known[r] > 0).Select(r => Math.Tanh(sums[r] / known[r]))];
    }

    internal static double[] Take(ReadOnlySpan<double> values, int width, int[] rows)
    {
        var taken = new double[rows.Length * width];
        for (int i = 0; i < rows.Length; i++)
            values.Slice(rows[i] * width, width).CopyTo(taken.AsSpan(i * width));
        return taken;
    }

    internal static double[] UnitScores(PrincipalComponentModel model, ReadOnlySpan<double> vectors, int count)
    {
        var scores = new double[count * model.Rank];
        for (int i = 0; i < count; i++)
        {
            model.Project(vectors.Slice(i * model.Dimension, model.Dimension), scores.AsSpan(i * model.Rank, model.Rank));
            for (int r = 0; r < model.Rank; r++)
                scores[(i * model.Rank) + r] /= Math.Sqrt(model.Variances[r]);
        }
        return scores;
    }

    private double[] Project(PrincipalComponentModel model, double[] weights, ReadOnlySpan<double> vector)
    {
        double[] scores = UnitScores(model, vector, 1);
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
