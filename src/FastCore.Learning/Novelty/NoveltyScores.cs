using FastCore.Learning.PrincipalComponents;
using MathNet.Numerics.LinearAlgebra;

namespace FastCore.Learning.Novelty;

/// <summary>How unlike a vector is to the others (SPEC 1.3).</summary>
public enum NoveltyKind
{
    /// <summary>Mean distance to the k nearest others.</summary>
    NearestNeighbours,

    /// <summary>Distance to the nearest other.</summary>
    Minimum,

    /// <summary>Mean distance to all others.</summary>
    Mean,

    /// <summary>Mahalanobis distance from the mean of the others in their principal components.</summary>
    Mahalanobis,

    /// <summary>1 minus the largest cosine with another, all about the common mean.</summary>
    Cosine,

    /// <summary>Residual of the principal components of the others.</summary>
    Reconstruction,

    /// <summary>Local outlier factor (Breunig et al. 2000).</summary>
    LocalOutlierFactor,
}

/// <summary>
/// Leave-one-out novelty of every vector of a set. Distances are root mean square differences; fewer than two vectors score 0. All at once: mahal and
/// recon find principal components for every vector, so that a set costs O(n) decompositions.
/// <para>
/// Mahalanobis: the scores u on the principal components of all vectors, mean and covariance S (divided by n - 1 others) without i, S + eps tr(S) / r
/// I with eps = 1e-3. Where the others do not vary (tr(S) up to 1e-12 of the squared distance to their mean, so always for n = 2) no direction is
/// longer than another, and the score is the root mean square distance to their mean.
/// </para>
/// </summary>
public static class NoveltyScores
{
    /// <summary>eps of the Mahalanobis distance.</summary>
    internal const double Ridge = 1e-3;

    // What is shorter than this part of the vectors themselves is what rounding left of a difference.
    private const double Rounding = 1e-13;

    /// <summary>Scores all vectors.</summary>
    /// <param name="kind">Which score.</param>
    /// <param name="vectors">n x dimension, row-major.</param>
    /// <param name="count">Number of vectors n.</param>
    /// <param name="neighbours">k of the nearest-neighbour scores, at most n - 1 are used.</param>
    /// <param name="rank">Largest number of principal components.</param>
    /// <param name="scores">n scores.</param>
    /// <exception cref="ArgumentException">Lengths that do not fit, or values that are not finite.</exception>
    public static void Compute(NoveltyKind kind, ReadOnlySpan<double> vectors, int count, int neighbours, int rank, Span<double> scores)
    {
        if (count < 0 || scores.Length != count || (count > 0 && vectors.Length % count != 0) || (count == 0 && vectors.Length > 0))
            throw new ArgumentException($"{vectors.Length} values and {scores.Length} scores do not belong to {count} vectors.", nameof(scores));
        ArgumentOutOfRangeException.ThrowIfLessThan(neighbours, 1);
        RefuseUnlessFinite(vectors);
        scores.Clear();
        if (count < 2)
            return;
        int dimension = vectors.Length / count;
        switch (kind)
        {
            case NoveltyKind.Mahalanobis:
                Mahalanobis(vectors, count, dimension, rank, scores);
                break;
            case NoveltyKind.Cosine:
                Cosine(vectors, count, dimension, scores);
                break;
            case NoveltyKind.Reconstruction:
                Reconstruction(vectors, count, dimension, rank, scores);
                break;
            default:
                var set = new IncrementalNovelty(kind, neighbours, count);
                var toEarlier = new double[count];
                for (int i = 0; i < count; i++)
                {
                    ReadOnlySpan<double> own = vectors.Slice(i * dimension, dimension);
                    for (int j = 0; j < i; j++)
                        toEarlier[j] = RootMeanSquare(own, vectors.Slice(j * dimension, dimension));
                    set.Add(toEarlier.AsSpan(0, i));
                }
                set.Scores(scores);
                break;
        }
    }

    internal static void RefuseUnlessFinite(ReadOnlySpan<double> vectors)
    {
        foreach (double value in vectors)
        {
            if (!double.IsFinite(value))
                throw new ArgumentException("A vector holds a value that is not finite; leave it out.", nameof(vectors));
        }
    }

    internal static bool HasNoSpread(double trace, double squaredDistance) => trace <= 1e-12 * squaredDistance;

    /// <summary>Mean of vectors, and the squared length up to which a difference from it is rounding.</summary>
    internal static (double[] Mean, double LeastSquare) Centre(ReadOnlySpan<double> vectors, int count, int dimension)
    {
        RefuseUnlessFinite(vectors);
        var mean = new double[dimension];
        double square = 0;
        for (int k = 0; k < vectors.Length; k++)
        {
            mean[k % dimension] += vectors[k] / count;
            square += vectors[k] * vectors[k] / count;
        }
        return (mean, Rounding * Rounding * square);
    }

    /// <summary>Unit vectors from the mean to each vector; 0 for one that lies at the mean.</summary>
    internal static double[] Directions(ReadOnlySpan<double> vectors, ReadOnlySpan<double> mean, double leastSquare)
    {
        int dimension = mean.Length;
        var directions = new double[vectors.Length];
        for (int start = 0; start < vectors.Length; start += dimension)
        {
            double square = 0;
            for (int d = 0; d < dimension; d++)
            {
                directions[start + d] = vectors[start + d] - mean[d];
                square += directions[start + d] * directions[start + d];
            }
            double scale = square > leastSquare ? 1 / Math.Sqrt(square) : 0;
            for (int d = 0; d < dimension; d++)
                directions[start + d] *= scale;
        }
        return directions;
    }

    private static double RootMeanSquare(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int d = 0; d < a.Length; d++)
            sum += (a[d] - b[d]) * (a[d] - b[d]);
        return Math.Sqrt(sum / a.Length);
    }

    private static void Mahalanobis(ReadOnlySpan<double> vectors, int count, int dimension, int rank, Span<double> scores)
    {
        PrincipalComponentModel model = PrincipalComponentModel.Fit(vectors, count, rank);
        int r = model.Rank;
        if (r == 0)
            return;
        Matrix<double> u = Matrix<double>.Build.Dense(count, r);
        var row = new double[r];
        for (int i = 0; i < count; i++)
        {
            model.Project(vectors.Slice(i * dimension, dimension), row);
            u.SetRow(i, row);
        }
        for (int i = 0; i < count; i++)
        {
            // The mean of the others lies beyond the common mean, seen from i.
            double distance = RootMeanSquare(vectors.Slice(i * dimension, dimension), model.Mean) * count / (count - 1);
            Matrix<double> others = u.RemoveRow(i);
            Vector<double> mean = others.ColumnSums() / (count - 1);
            Matrix<double> centred = Matrix<double>.Build.Dense(count - 1, r, (a, b) => others[a, b] - mean[b]);
            Matrix<double> covariance = centred.TransposeThisAndMultiply(centred) / (count - 1);
            double trace = covariance.Trace();
            if (HasNoSpread(trace, dimension * distance * distance))
            {
                scores[i] = distance;
                continue;
            }
            covariance += Matrix<double>.Build.DenseIdentity(r) * (Ridge * trace / r);
            Vector<double> difference = u.Row(i) - mean;
            scores[i] = Math.Sqrt(Math.Max(0, difference * covariance.Cholesky().Solve(difference)));
        }
    }

    private static void Cosine(ReadOnlySpan<double> vectors, int count, int dimension, Span<double> scores)
    {
        (double[] mean, double leastSquare) = Centre(vectors, count, dimension);
        double[] directions = Directions(vectors, mean, leastSquare);
        for (int i = 0; i < count; i++)
        {
            double largest = -1;
            for (int j = 0; j < count; j++)
            {
                double cosine = 0;
                for (int d = 0; d < dimension && j != i; d++)
                    cosine += directions[(i * dimension) + d] * directions[(j * dimension) + d];
                // A vector at the mean has no direction: it is as like to one as to the other.
                if (j != i)
                    largest = Math.Max(largest, cosine);
            }
            scores[i] = Math.Max(0, 1 - largest);
        }
    }

    private static void Reconstruction(ReadOnlySpan<double> vectors, int count, int dimension, int rank, Span<double> scores)
    {
        for (int i = 0; i < count; i++)
        {
            double[] others = [.. vectors[..(i * dimension)], .. vectors[((i + 1) * dimension)..]];
            scores[i] = NewcomerNovelty.Fit(NoveltyKind.Reconstruction, others, count - 1, rank).Score(vectors.Slice(i * dimension, dimension));
        }
    }
}
