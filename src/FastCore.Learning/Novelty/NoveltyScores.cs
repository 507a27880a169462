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

/// <summary>Leave-one-out novelty of every vector of a set. Distances are root mean square differences; fewer than two vectors score 0.</summary>
public static class NoveltyScores
{
    private const double Regularisation = 1e-3;

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
        foreach (double value in vectors)
        {
            if (!double.IsFinite(value))
                throw new ArgumentException("A vector holds a value that is not finite; leave it out.", nameof(vectors));
        }
        scores.Clear();
        if (count < 2)
            return;
        int dimension = vectors.Length / count, k = Math.Min(neighbours, count - 1);
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
            case NoveltyKind.LocalOutlierFactor:
                LocalOutlierFactor(Distances(vectors, count, dimension), count, k, scores);
                break;
            default:
                double[] distances = Distances(vectors, count, dimension);
                int used = kind == NoveltyKind.Minimum ? 1 : kind == NoveltyKind.Mean ? count - 1 : k;
                for (int i = 0; i < count; i++)
                    scores[i] = Nearest(distances, count, i).Take(used).Average(j => distances[(i * count) + j]);
                break;
        }
    }

    private static double[] Distances(ReadOnlySpan<double> vectors, int count, int dimension)
    {
        var distances = new double[count * count];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double sum = 0;
                for (int d = 0; d < dimension; d++)
                    sum += Math.Pow(vectors[(i * dimension) + d] - vectors[(j * dimension) + d], 2);
                distances[(i * count) + j] = distances[(j * count) + i] = Math.Sqrt(sum / dimension);
            }
        }
        return distances;
    }

    // The others, nearest first; ties by index.
    private static int[] Nearest(double[] distances, int count, int i) =>
        [.. Enumerable.Range(0, count).Where(j => j != i).OrderBy(j => distances[(i * count) + j])];

    private static double[] Without(ReadOnlySpan<double> vectors, int dimension, int i) =>
        [.. vectors[..(i * dimension)], .. vectors[((i + 1) * dimension)..]];

    // u: scores along the components of all vectors; mean and covariance S without i; S + eps tr(S) / r I.
    private static void Mahalanobis(ReadOnlySpan<double> vectors, int count, int dimension, int rank, Span<double> scores)
    {
        PrincipalComponentModel model = PrincipalComponentModel.Fit(vectors, count, rank);
        int r = model.Rank;
        if (r == 0 || count < 3)
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
            Matrix<double> others = u.RemoveRow(i);
            Vector<double> mean = others.ColumnSums() / (count - 1);
            Matrix<double> centred = Matrix<double>.Build.Dense(count - 1, r, (a, b) => others[a, b] - mean[b]);
            Matrix<double> covariance = centred.TransposeThisAndMultiply(centred) / (count - 1);
            covariance += Matrix<double>.Build.DenseIdentity(r) * (Math.Max(Regularisation * covariance.Trace() / r, 1e-300));
            Vector<double> difference = u.Row(i) - mean;
            scores[i] = Math.Sqrt(Math.Max(0, difference * covariance.Cholesky().Solve(difference)));
        }
    }

    private static void Cosine(ReadOnlySpan<double> vectors, int count, int dimension, Span<double> scores)
    {
        var centred = new double[count][];
        var mean = new double[dimension];
        for (int k = 0; k < vectors.Length; k++)
            mean[k % dimension] += vectors[k] / count;
        for (int i = 0; i < count; i++)
        {
            centred[i] = [.. vectors.Slice(i * dimension, dimension)];
            for (int d = 0; d < dimension; d++)
                centred[i][d] -= mean[d];
        }
        for (int i = 0; i < count; i++)
        {
            double largest = -1;
            for (int j = 0; j < count; j++)
            {
                double dot = 0, a = 0, b = 0;
                for (int d = 0; d < dimension && j != i; d++)
                {
                    dot += centred[i][d] * centred[j][d];
                    a += centred[i][d] * centred[i][d];
                    b += centred[j][d] * centred[j][d];
                }
                // A vector at the mean has no direction: it is as like to one as to the other.
                if (j != i)
                    largest = Math.Max(largest, a > 0 && b > 0 ? dot / Math.Sqrt(a * b) : 0);
            }
            scores[i] = 1 - largest;
        }
    }

    private static void Reconstruction(ReadOnlySpan<double> vectors, int count, int dimension, int rank, Span<double> scores)
    {
        var rebuilt = new double[dimension];
        for (int i = 0; i < count; i++)
        {
            double[] others = Without(vectors, dimension, i);
            ReadOnlySpan<double> own = vectors.Slice(i * dimension, dimension);
            if (count == 2)
            {
                others.CopyTo(rebuilt, 0);
            }
            else
            {
                PrincipalComponentModel model = PrincipalComponentModel.Fit(others, count - 1, rank);
                var projected = new double[model.Rank];
                model.Project(own, projected);
                model.Reconstruct(projected, rebuilt);
            }
            double sum = 0;
            for (int d = 0; d < dimension; d++)
                sum += Math.Pow(own[d] - rebuilt[d], 2);
            scores[i] = Math.Sqrt(sum / dimension);
        }
    }

    private static void LocalOutlierFactor(double[] distances, int count, int k, Span<double> scores)
    {
        int[][] near = [.. Enumerable.Range(0, count).Select(i => Nearest(distances, count, i)[..k])];
        double Radius(int i) => distances[(i * count) + near[i][k - 1]];
        var density = new double[count];
        for (int i = 0; i < count; i++)
        {
            double reach = near[i].Average(j => Math.Max(Radius(j), distances[(i * count) + j]));
            // Coinciding vectors would have infinite density.
            density[i] = 1 / Math.Max(reach, 1e-12);
        }
        for (int i = 0; i < count; i++)
            scores[i] = near[i].Average(j => density[j]) / density[i];
    }
}
