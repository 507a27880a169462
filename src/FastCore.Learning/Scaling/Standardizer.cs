using FastCore.Learning.Checkpoints;

namespace FastCore.Learning.Scaling;

/// <summary>A fitted scaler: every feature minus its mean, over its deviation. A feature that does not vary becomes 0 and comes back as its mean.</summary>
public sealed class Standardizer
{
    /// <summary>Restores a scaler from its state.</summary>
    /// <exception cref="ArgumentException">Unlike lengths, values that are not finite, or a negative deviation.</exception>
    public Standardizer(double[] mean, double[] deviation)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(deviation);
        if (mean.Length != deviation.Length || !mean.All(double.IsFinite) || !deviation.All(value => double.IsFinite(value) && value >= 0))
            throw new ArgumentException("A scaler needs one finite mean and one finite deviation, not negative, for each feature.", nameof(deviation));
        Mean = mean;
        Deviation = deviation;
    }

    /// <summary>Mean of each feature.</summary>
    public double[] Mean { get; }

    /// <summary>Deviation of each feature (divided by n), 0 for one that does not vary.</summary>
    public double[] Deviation { get; }

    /// <summary>Fits to n vectors of <paramref name="dimension"/> features, row-major.</summary>
    /// <exception cref="ArgumentException">No vector, lengths that do not fit, or values that are not finite.</exception>
    public static Standardizer Fit(ReadOnlySpan<double> vectors, int dimension)
    {
        if (dimension < 1 || vectors.Length == 0 || vectors.Length % dimension != 0)
            throw new ArgumentException($"{vectors.Length} values are no vectors of {dimension} features.", nameof(vectors));
        int count = vectors.Length / dimension;
        var mean = new double[dimension];
        var deviation = new double[dimension];
        for (int k = 0; k < vectors.Length; k++)
            mean[k % dimension] += double.IsFinite(vectors[k]) ? vectors[k] / count : throw new ArgumentException($"Feature {k % dimension} of vector {k / dimension} is not finite.", nameof(vectors));
        for (int k = 0; k < vectors.Length; k++)
            deviation[k % dimension] += Math.Pow(vectors[k] - mean[k % dimension], 2) / count;
        for (int j = 0; j < dimension; j++)
            deviation[j] = Math.Sqrt(deviation[j]) is double d && d > 1e-12 * Math.Abs(mean[j]) ? d : 0;
        return new Standardizer(mean, deviation);
    }

    /// <summary>Scales one vector; the spans may be the same.</summary>
    public void Transform(ReadOnlySpan<double> vector, Span<double> scaled)
    {
        for (int j = 0; j < Mean.Length; j++)
            scaled[j] = Deviation[j] == 0 ? 0 : (vector[j] - Mean[j]) / Deviation[j];
    }

    /// <summary>Undoes <see cref="Transform"/>; the spans may be the same.</summary>
    public void Inverse(ReadOnlySpan<double> scaled, Span<double> vector)
    {
        for (int j = 0; j < Mean.Length; j++)
            vector[j] = Mean[j] + (Deviation[j] * scaled[j]);
    }

    /// <summary>Writes the scaler into a checkpoint as <paramref name="name"/>.mean and .deviation.</summary>
    /// <exception cref="ArgumentException">A scaler of that name is there already.</exception>
    public void Save(Checkpoint checkpoint, string name)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Add(name + ".mean", Mean);
        checkpoint.Add(name + ".deviation", Deviation);
    }

    /// <summary>Restores a scaler that <see cref="Save"/> wrote; it scales to the same bit.</summary>
    /// <exception cref="InvalidDataException">There is none of that name, or its values make no scaler.</exception>
    public static Standardizer Load(Checkpoint checkpoint, string name)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        double[] mean = checkpoint.Values<double>(name + ".mean", -1);
        double[] deviation = checkpoint.Values<double>(name + ".deviation", mean.Length);
        try
        {
            return new Standardizer(mean, deviation);
        }
        catch (ArgumentException problem)
        {
            throw checkpoint.Refusal($"the values of the scaler '{name}' make none", problem);
        }
    }
}
