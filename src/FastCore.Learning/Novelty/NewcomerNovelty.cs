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
/// Cost of a score: dimension x r multiplications for mahal, twice that for recon, dimension x n for cos. Allocates in <see cref="Fit"/> only; not
/// for several threads at once.
/// </summary>
public sealed class NewcomerNovelty
{
    private readonly NoveltyKind kind;
    private readonly double[] mean;
    private readonly double[] rows;
    private readonly double[] columns;
    private readonly double[] coordinates;
    private readonly double[] difference;
    private readonly int rowCount;
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
        // Lanes run along the rows, four vectors at a time, and every row count is filled up with rows of 0.
        int dimension = mean.Length, count = rows.Length / dimension, step = 4 * Vector<double>.Count;
        coordinates = new double[(count + step - 1) / step * step];
        columns = new double[dimension * coordinates.Length];
        for (int k = 0; k < rows.Length; k++)
            columns[(k % dimension * coordinates.Length) + (k / dimension)] = rows[k];
        rowCount = count;
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
        double square = Square(y);
        if (!double.IsFinite(square))
            throw new ArgumentException("The vector holds a value that is not finite, or too large to be squared; leave it out.", nameof(vector));
        switch (kind)
        {
            case NoveltyKind.Cosine:
                if (!(square > leastSquare))
                    return 1;
                FindCoordinates();
                double largest = double.NegativeInfinity;
                foreach (double coordinate in coordinates.AsSpan(0, rowCount))
                    largest = Math.Max(largest, coordinate);
                return Math.Max(0, 1 - (largest / Math.Sqrt(square)));
            case NoveltyKind.Mahalanobis:
                if (NoveltyScores.HasNoSpread(spread, square))
                    return Math.Sqrt(square / dimension);
                FindCoordinates();
                return Math.Sqrt(Square(coordinates));
            default:
                FindCoordinates();
                for (int k = 0; k < rowCount; k++)
                    Subtract(coordinates[k], rows.AsSpan(k * dimension, dimension), y);
                return Math.Sqrt(Square(y) / dimension);
        }
    }

    // Product of every row with the difference.
    private void FindCoordinates()
    {
        int width = Vector<double>.Count, length = coordinates.Length;
        for (int k = 0; k < length; k += 4 * width)
        {
            Vector<double> a = Vector<double>.Zero, b = a, c = a, e = a;
            for (int d = 0, at = k; d < difference.Length; d++, at += length)
            {
                var value = new Vector<double>(difference[d]);
                a += new Vector<double>(columns, at) * value;
                b += new Vector<double>(columns, at + width) * value;
                c += new Vector<double>(columns, at + (2 * width)) * value;
                e += new Vector<double>(columns, at + (3 * width)) * value;
            }
            a.CopyTo(coordinates, k);
            b.CopyTo(coordinates, k + width);
            c.CopyTo(coordinates, k + (2 * width));
            e.CopyTo(coordinates, k + (3 * width));
        }
    }

    private static void Subtract(double factor, ReadOnlySpan<double> row, Span<double> y)
    {
        int width = Vector<double>.Count, d = 0;
        for (; d <= y.Length - width; d += width)
            (new Vector<double>(y[d..]) - (new Vector<double>(row[d..]) * factor)).CopyTo(y[d..]);
        for (; d < y.Length; d++)
            y[d] -= factor * row[d];
    }

    private static double Square(ReadOnlySpan<double> y)
    {
        int width = Vector<double>.Count, d = 0;
        Vector<double> sums = Vector<double>.Zero;
        for (; d <= y.Length - width; d += width)
            sums += new Vector<double>(y[d..]) * new Vector<double>(y[d..]);
        double sum = Vector.Sum(sums);
        for (; d < y.Length; d++)
            sum += y[d] * y[d];
        return sum;
    }
}
