using MathNet.Numerics.LinearAlgebra;

namespace FastCore.Learning.PrincipalComponents;

/// <summary>Principal components of a set of vectors (Jolliffe 2002): the directions of largest variance about the mean.</summary>
public sealed class PrincipalComponentModel
{
    private readonly double[] mean;
    private readonly double[] axes;

    private PrincipalComponentModel(double[] mean, double[] axes, double[] variances, double totalVariance)
    {
        this.mean = mean;
        this.axes = axes;
        Variances = variances;
        TotalVariance = totalVariance;
    }

    /// <summary>Length of the vectors.</summary>
    public int Dimension => mean.Length;

    /// <summary>Number of components kept.</summary>
    public int Rank => Variances.Length;

    /// <summary>Variance along each kept component (divided by n), descending.</summary>
    public double[] Variances { get; }

    /// <summary>Variance along all directions.</summary>
    public double TotalVariance { get; }

    /// <summary>The mean vector.</summary>
    public ReadOnlySpan<double> Mean => mean;

    /// <summary>Component <paramref name="index"/>, a unit vector; its largest entry is positive, so that a fit is reproducible.</summary>
    public ReadOnlySpan<double> Axis(int index) => axes.AsSpan(index * Dimension, Dimension);

    /// <summary>All components, rank x dimension.</summary>
    internal ReadOnlySpan<double> Axes => axes;

    /// <summary>Fits at most <paramref name="rank"/> components; fewer where the vectors span less.</summary>
    /// <param name="vectors">n x dimension, row-major.</param>
    /// <param name="count">Number of vectors n, at least 2.</param>
    /// <param name="rank">Largest number of components.</param>
    /// <exception cref="ArgumentException">Fewer than two vectors, lengths that do not fit, or values that are not finite.</exception>
    public static PrincipalComponentModel Fit(ReadOnlySpan<double> vectors, int count, int rank)
    {
        if (count < 2 || vectors.Length % count != 0)
            throw new ArgumentException($"{vectors.Length} values of {count} vectors have no principal components; at least two vectors of one length are needed.", nameof(vectors));
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        int dimension = vectors.Length / count;
        var mean = new double[dimension];
        for (int k = 0; k < vectors.Length; k++)
        {
            if (!double.IsFinite(vectors[k]))
                throw new ArgumentException($"Entry {k % dimension} of vector {k / dimension} is not finite.", nameof(vectors));
            mean[k % dimension] += vectors[k] / count;
        }
        Matrix<double> centred = Matrix<double>.Build.Dense(count, dimension);
        double unit = 0, magnitude = 0;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < dimension; j++)
            {
                centred[i, j] = vectors[(i * dimension) + j] - mean[j];
                unit = Math.Max(unit, Math.Abs(centred[i, j]));
                magnitude = Math.Max(magnitude, Math.Abs(vectors[(i * dimension) + j]));
            }
        }
        // Equal vectors differ from their mean by rounding.
        if (!(unit > 1e-13 * magnitude))
            return new PrincipalComponentModel(mean, [], [], 0);
        // The decomposition compares with fixed numbers inside: it is given values about 1.
        MathNet.Numerics.LinearAlgebra.Factorization.Svd<double> svd = centred.Divide(unit).Svd(true);
        double largest = svd.S[0], total = 0;
        foreach (double value in svd.S)
            total += unit * value * unit * value / count;
        // What is smaller than rounding makes of the largest one is no direction of the data.
        int kept = svd.S.Take(Math.Min(rank, Math.Min(count - 1, dimension))).Count(value => value > 1e-12 * largest);
        var axes = new double[kept * dimension];
        var variances = new double[kept];
        for (int r = 0; r < kept; r++)
        {
            variances[r] = unit * svd.S[r] * unit * svd.S[r] / count;
            double peak = 0;
            for (int j = 0; j < dimension; j++)
                peak = Math.Abs(svd.VT[r, j]) > Math.Abs(peak) ? svd.VT[r, j] : peak;
            for (int j = 0; j < dimension; j++)
                axes[(r * dimension) + j] = Math.Sign(peak) * svd.VT[r, j];
        }
        return new PrincipalComponentModel(mean, axes, variances, total);
    }

    /// <summary>A model that was taken apart into its mean, its axes (rank x dimension) and its variances.</summary>
    /// <exception cref="InvalidDataException">Lengths that do not fit each other, or values that no fit gives.</exception>
    internal static PrincipalComponentModel Restore(double[] mean, double[] axes, double[] variances, double totalVariance)
    {
        if (axes.Length != variances.Length * mean.Length)
        {
            throw new InvalidDataException($"{axes.Length} values are no {variances.Length} principal components of vectors with {mean.Length} entries.");
        }
        if (!(totalVariance >= 0) || !Array.TrueForAll(variances, variance => variance > 0 && double.IsFinite(variance))
            || !Array.TrueForAll(mean, double.IsFinite) || !Array.TrueForAll(axes, double.IsFinite))
        {
            throw new InvalidDataException("The principal components hold values that no fit gives.");
        }
        return new PrincipalComponentModel(mean, axes, variances, totalVariance);
    }

    /// <summary>Scores of one vector: its coordinates along the components.</summary>
    public void Project(ReadOnlySpan<double> vector, Span<double> scores)
    {
        for (int r = 0; r < Rank; r++)
        {
            ReadOnlySpan<double> axis = Axis(r);
            double sum = 0;
            for (int j = 0; j < mean.Length; j++)
                sum += axis[j] * (vector[j] - mean[j]);
            scores[r] = sum;
        }
    }

    /// <summary>Scores of unit variance over the fitted vectors, count x <see cref="Rank"/>.</summary>
    /// <param name="vectors">count x <see cref="Dimension"/>, row-major.</param>
    /// <param name="count">Number of vectors.</param>
    public double[] UnitScores(ReadOnlySpan<double> vectors, int count)
    {
        var scores = new double[count * Rank];
        for (int i = 0; i < count; i++)
        {
            Project(vectors.Slice(i * Dimension, Dimension), scores.AsSpan(i * Rank, Rank));
            for (int r = 0; r < Rank; r++)
                scores[(i * Rank) + r] /= Math.Sqrt(Variances[r]);
        }
        return scores;
    }

    /// <summary>The vector that scores stand for.</summary>
    public void Reconstruct(ReadOnlySpan<double> scores, Span<double> vector)
    {
        mean.CopyTo(vector);
        for (int r = 0; r < Rank; r++)
        {
            ReadOnlySpan<double> axis = Axis(r);
            for (int j = 0; j < mean.Length; j++)
                vector[j] += scores[r] * axis[j];
        }
    }
}
