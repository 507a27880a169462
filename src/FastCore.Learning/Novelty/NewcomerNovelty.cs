using System.Numerics;
using FastCore.Learning.PrincipalComponents;

namespace FastCore.Learning.Novelty;

/// <summary>
/// How unlike any further vector x is to a set of n vectors, by the scores that need the vectors themselves. With y = x - m, m the mean of the set:
/// <list type="bullet">
/// <item>mahal: sqrt(sum_k a_k^2 / (l_k + eps tr(S) / r)), a_k the coordinates of y on the first r principal components of the set, l_k the
/// variances along them (divided by n), tr(S) their sum, eps = 1e-3; |y| / sqrt(dimension) where the set has no spread (tr(S) up to 1e-12 |y|^2).
/// What points away from all components is not seen: that is what recon sees.</item>
/// <item>cos: 1 - largest cosine of y with a y_j of the set; a vector at m has no direction, its cosines are 0.</item>
/// <item>recon: |y - its projection on the components| / sqrt(dimension).</item>
/// </list>
/// Cost of a score: rows x dimension multiplications, r rows for mahal and recon, n for cos. Allocates in <see cref="Fit"/> only; not for several
/// threads at once.
/// </summary>
public sealed class NewcomerNovelty
{
    private readonly NoveltyKind kind;
    private readonly double[] mean;
    private readonly double[] rows;
    private readonly double[] difference;
    private readonly double leastSquare;
    private readonly double spread;

    private NewcomerNovelty(NoveltyKind kind, double[] mean, double[] rows, double leastSquare, double spread)
    {
        this.kind = kind;
        this.mean = mean;
        this.rows = rows;
        this.leastSquare = leastSquare;
        this.spread = spread;
        difference = new double[mean.Length];
    }

    /// <summary>Takes in the set.</summary>
    /// <param name="kind">Mahalanobis, Cosine or Reconstruction; <see cref="IncrementalNovelty"/> has the others.</param>
    /// <param name="vectors">n x dimension, row-major.</param>
    /// <param name="count">Number of vectors n, at least 1.</param>
    /// <param name="rank">Largest number of principal components.</param>
    /// <exception cref="ArgumentException">Another score, no vector, lengths that do not fit, or values that are not finite.</exception>
    public static NewcomerNovelty Fit(NoveltyKind kind, ReadOnlySpan<double> vectors, int count, int rank)
    {
        if (IncrementalNovelty.IsMadeOfDistances(kind))
            throw new ArgumentException($"{kind} is made of distances; IncrementalNovelty computes it.", nameof(kind));
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        if (count < 1 || vectors.Length == 0 || vectors.Length % count != 0)
            throw new ArgumentException($"{vectors.Length} values are no {count} vectors of one length.", nameof(vectors));
        int dimension = vectors.Length / count;
        if (kind == NoveltyKind.Cosine)
        {
            (double[] centre, double least) = NoveltyScores.Centre(vectors, count, dimension);
            return new NewcomerNovelty(kind, centre, NoveltyScores.Directions(vectors, centre, least), least, 0);
        }
        if (count == 1)
        {
            NoveltyScores.RefuseUnlessFinite(vectors);
            return new NewcomerNovelty(kind, vectors.ToArray(), [], 0, 0);
        }
        PrincipalComponentModel model = PrincipalComponentModel.Fit(vectors, count, rank);
        double trace = model.Variances.Sum();
        var rows = new double[model.Rank * dimension];
        for (int k = 0; k < model.Rank; k++)
        {
            // Scaled so that the squared coordinates add up to the squared Mahalanobis distance.
            double scale = kind == NoveltyKind.Reconstruction ? 1
                : 1 / Math.Sqrt(model.Variances[k] + (NoveltyScores.Ridge * trace / model.Rank));
            ReadOnlySpan<double> axis = model.Axis(k);
            for (int d = 0; d < dimension; d++)
                rows[(k * dimension) + d] = scale * axis[d];
        }
        return new NewcomerNovelty(kind, model.Mean.ToArray(), rows, 0, trace);
    }

    /// <summary>Score of a further vector.</summary>
    /// <exception cref="ArgumentException">Another length, or a value that is not finite.</exception>
    public double Score(ReadOnlySpan<double> vector)
    {
        int dimension = mean.Length;
        if (vector.Length != dimension)
            throw new ArgumentException($"The vector has {vector.Length} values; those of the set have {dimension}.", nameof(vector));
        Span<double> y = difference;
        for (int d = 0; d < dimension; d++)
            y[d] = vector[d] - mean[d];
        double square = Dot(y, y);
        if (!double.IsFinite(square))
            throw new ArgumentException("The vector holds a value that is not finite, or too large to be squared; leave it out.", nameof(vector));
        switch (kind)
        {
            case NoveltyKind.Cosine:
                if (!(square > leastSquare))
                    return 1;
                double largest = -1;
                for (int k = 0; k < rows.Length; k += dimension)
                    largest = Math.Max(largest, Dot(rows.AsSpan(k, dimension), y) / Math.Sqrt(square));
                return Math.Max(0, 1 - largest);
            case NoveltyKind.Mahalanobis:
                if (NoveltyScores.HasNoSpread(spread, square))
                    return Math.Sqrt(square / dimension);
                double sum = 0;
                for (int k = 0; k < rows.Length; k += dimension)
                {
                    double coordinate = Dot(rows.AsSpan(k, dimension), y);
                    sum += coordinate * coordinate;
                }
                return Math.Sqrt(sum);
            default:
                for (int k = 0; k < rows.Length; k += dimension)
                {
                    ReadOnlySpan<double> axis = rows.AsSpan(k, dimension);
                    double coordinate = Dot(axis, y);
                    for (int d = 0; d < dimension; d++)
                        y[d] -= coordinate * axis[d];
                }
                return Math.Sqrt(Dot(y, y) / dimension);
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        int width = Vector<double>.Count, d = 0;
        Vector<double> sums = Vector<double>.Zero;
        for (; d <= a.Length - width; d += width)
            sums += new Vector<double>(a[d..]) * new Vector<double>(b[d..]);
        double sum = Vector.Sum(sums);
        for (; d < a.Length; d++)
            sum += a[d] * b[d];
        return sum;
    }
}
