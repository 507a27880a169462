using System.Numerics.Tensors;
using FastCore.Compute.Execution;

namespace FastCore.Learning.Acquisition;

/// <summary>
/// Draws functions from a Gaussian-process prior as finite sums of cosines (Rahimi and Recht 2007): f(x) = sqrt(2 s / R) sum_r a_r cos(w_r x + b_r)
/// with a normal, b uniform and w from the covariance's spectral density: normal for RBF, Student's t with 2 nu degrees of freedom for Matern nu.
/// Conditioned on data by Matheron's rule (Wilson et al. 2020; <see cref="Surrogates.CandidatePosterior.Draw"/>), a draw is a Thompson sample
/// (Thompson 1933) over any number of candidates.
/// </summary>
public sealed class RandomFourierFeatures
{
    private const int Block = 256;
    private readonly double[] frequencies;
    private readonly double[] phases;
    private readonly double[] weights;
    private readonly double amplitude;
    private readonly int dimensions;

    /// <summary>Draws one function.</summary>
    /// <param name="function">The covariance.</param>
    /// <param name="lengthscales">One per input dimension.</param>
    /// <param name="outputScale">Prior variance s.</param>
    /// <param name="count">Number R of cosines; 1024 keeps the covariance's error near 3 %.</param>
    /// <param name="seed">Seed of the draw.</param>
    /// <exception cref="ArgumentException">No lengthscale, or one that is not positive; no cosine; a negative output scale.</exception>
    public RandomFourierFeatures(CovarianceFunction function, ReadOnlySpan<double> lengthscales, double outputScale, int count, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(outputScale);
        dimensions = lengthscales.Length;
        if (dimensions == 0 || lengthscales.ContainsAnyExceptInRange(double.Epsilon, double.MaxValue))
            throw new ArgumentException("Every input dimension needs a positive lengthscale.", nameof(lengthscales));
        RandomStream random = RandomStream.Named(seed, "thompson");
        frequencies = new double[count * dimensions];
        phases = new double[count];
        weights = new double[count];
        amplitude = Math.Sqrt(2 * outputScale / count);
        int freedom = function switch { CovarianceFunction.Matern12 => 1, CovarianceFunction.Matern32 => 3, CovarianceFunction.Matern52 => 5, _ => 0 };
        for (int r = 0; r < count; r++)
        {
            // A t variate is a normal one over the root of chi-square / freedom, one divisor for all dimensions.
            double chi = 0;
            for (int k = 0; k < freedom; k++)
                chi += Math.Pow(random.NextNormal(), 2);
            double stretch = freedom == 0 ? 1 : 1 / Math.Sqrt(chi / freedom);
            for (int d = 0; d < dimensions; d++)
                frequencies[(r * dimensions) + d] = random.NextNormal() * stretch / lengthscales[d];
            phases[r] = 2 * Math.PI * random.NextDouble();
            weights[r] = random.NextNormal();
        }
    }

    /// <summary>The drawn prior function at one point.</summary>
    public double At(ReadOnlySpan<double> point)
    {
        if (point.Length != dimensions)
            throw new ArgumentException($"The point has {point.Length} coordinates; the function has {dimensions}.", nameof(point));
        double sum = 0;
        for (int r = 0; r < weights.Length; r++)
        {
            double argument = phases[r];
            for (int d = 0; d < dimensions; d++)
                argument += frequencies[(r * dimensions) + d] * point[d];
            sum += weights[r] * Math.Cos(argument);
        }
        return amplitude * sum;
    }

    /// <summary>Adds the drawn prior function at many points to their values.</summary>
    /// <param name="points">Points in columns: dimensions x count, each dimension contiguous.</param>
    /// <param name="count">Number of points.</param>
    /// <param name="values">One value per point.</param>
    public void AddTo(ReadOnlySpan<float> points, int count, Span<float> values)
    {
        if (points.Length != dimensions * count || values.Length != count)
            throw new ArgumentException($"{points.Length} coordinates and {values.Length} values do not belong to {count} points with {dimensions} "
                + "coordinates.", nameof(points));
        // A block of points stays in the first-level cache while all cosines pass over it.
        Span<float> argument = stackalloc float[Block];
        for (int start = 0; start < count; start += Block)
        {
            int here = Math.Min(Block, count - start);
            Span<float> phase = argument[..here], sum = values.Slice(start, here);
            for (int r = 0; r < weights.Length; r++)
            {
                phase.Fill((float)phases[r]);
                for (int d = 0; d < dimensions; d++)
                    TensorPrimitives.MultiplyAdd(points.Slice((d * count) + start, here), (float)frequencies[(r * dimensions) + d], phase, phase);
                TensorPrimitives.Cos<float>(phase, phase);
                TensorPrimitives.MultiplyAdd(phase, (float)(amplitude * weights[r]), sum, sum);
            }
        }
    }
}
