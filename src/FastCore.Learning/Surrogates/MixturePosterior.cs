namespace FastCore.Learning.Surrogates;

/// <summary>
/// Posterior of a surrogate in the unit of the targets: of one model, or of an average of densities with mean = sum w mu and variance
/// = sum w (sigma^2 + mu^2) - mean^2.
/// </summary>
internal sealed class MixturePosterior : CandidatePosterior
{
    private readonly IncrementalPosterior[] parts;
    private readonly float[] weights;
    private readonly double offset;
    private readonly double scale;
    private readonly float[] mean;
    private readonly float[] variance;
    private readonly double[] standardised;

    public MixturePosterior(IncrementalPosterior[] parts, double[] weights, double offset, double scale, int candidates)
    {
        this.parts = parts;
        this.weights = Array.ConvertAll(weights, weight => (float)weight);
        this.offset = offset;
        this.scale = scale;
        mean = new float[candidates];
        variance = new float[candidates];
        standardised = new double[parts[0].Capacity];
        for (int p = 0; p < parts.Length; p++)
            NoiseVariance += weights[p] * parts[p].NoiseVariance * scale * scale;
        Combine();
    }

    public override int PointCount => parts[0].PointCount;

    public override ReadOnlySpan<float> Mean => mean;

    public override ReadOnlySpan<float> Variance => variance;

    public override double NoiseVariance { get; }

    public override void Append(int candidate, ReadOnlySpan<double> targets)
    {
        if (PointCount == standardised.Length)
            throw new InvalidOperationException(
                $"The posterior has room for {standardised.Length} points; ask OverCandidates for a larger capacity.");
        if (candidate < 0 || candidate >= mean.Length)
            throw new ArgumentOutOfRangeException(nameof(candidate), $"Candidate {candidate} does not exist; 0 to {mean.Length - 1} do.");
        ReadOnlySpan<double> own = Standardise(targets, PointCount + 1);
        foreach (IncrementalPosterior part in parts)
            part.Append(candidate, own);
        Combine();
    }

    public override void Retarget(ReadOnlySpan<double> targets)
    {
        ReadOnlySpan<double> own = Standardise(targets, PointCount);
        foreach (IncrementalPosterior part in parts)
            part.Retarget(own);
        Combine();
    }

    public override void Draw(long seed, Span<float> values)
    {
        if (values.Length != mean.Length)
            throw new ArgumentException($"There are {values.Length} values; one for each of the {mean.Length} candidates is expected.",
                nameof(values));
        // A draw from an average of densities is a draw from one of them, taken with its weight.
        double lot = RandomStream.Named(seed, "draw.part").NextDouble();
        int part = 0;
        while (part < parts.Length - 1 && (lot -= weights[part]) >= 0)
            part++;
        parts[part].Draw(seed, values);
        float shift = (float)offset, factor = (float)scale;
        for (int i = 0; i < values.Length; i++)
            values[i] = shift + (factor * values[i]);
    }

    /// <summary>Solves every part anew.</summary>
    internal void Refresh()
    {
        foreach (IncrementalPosterior part in parts)
            part.Refresh();
        Combine();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (IncrementalPosterior part in parts)
                part.Dispose();
        }
        base.Dispose(disposing);
    }

    private ReadOnlySpan<double> Standardise(ReadOnlySpan<double> targets, int expected)
    {
        if (targets.Length != expected)
            throw new ArgumentException($"There are {targets.Length} targets; all {expected} are expected, in the order of measuring.",
                nameof(targets));
        for (int i = 0; i < expected; i++)
        {
            if (!double.IsFinite(targets[i]))
                throw new ArgumentException($"Target {i} is {targets[i]}; leave points without a finite target out.", nameof(targets));
            standardised[i] = (targets[i] - offset) / scale;
        }
        return standardised.AsSpan(0, expected);
    }

    private void Combine()
    {
        float shift = (float)offset;
        float factor = (float)scale;
        if (parts.Length == 1)
        {
            ReadOnlySpan<float> mu = parts[0].Mean;
            ReadOnlySpan<float> var = parts[0].Variance;
            for (int i = 0; i < mean.Length; i++)
            {
                mean[i] = shift + (factor * mu[i]);
                variance[i] = factor * factor * var[i];
            }
            return;
        }
        Array.Clear(mean);
        Array.Clear(variance);
        for (int p = 0; p < parts.Length; p++)
        {
            ReadOnlySpan<float> mu = parts[p].Mean;
            for (int i = 0; i < mean.Length; i++)
                mean[i] += weights[p] * mu[i];
        }
        // Spread around the common mean, not the difference of two squares, which would cancel.
        for (int p = 0; p < parts.Length; p++)
        {
            ReadOnlySpan<float> mu = parts[p].Mean;
            ReadOnlySpan<float> var = parts[p].Variance;
            for (int i = 0; i < mean.Length; i++)
                variance[i] += weights[p] * (var[i] + ((mu[i] - mean[i]) * (mu[i] - mean[i])));
        }
        for (int i = 0; i < mean.Length; i++)
        {
            mean[i] = shift + (factor * mean[i]);
            variance[i] *= factor * factor;
        }
    }
}
