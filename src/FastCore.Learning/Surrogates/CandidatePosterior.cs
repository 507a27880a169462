namespace FastCore.Learning.Surrogates;

/// <summary>
/// The posterior of a trained surrogate at every candidate, kept up to date point by point (SPEC 2.5) while hyper-parameters are frozen.
/// Both forms of Append and <see cref="Retarget"/> allocate nothing.
/// </summary>
public abstract class CandidatePosterior : IDisposable
{
    /// <summary>Number of points in the posterior.</summary>
    public abstract int PointCount { get; }

    /// <summary>Predicted mean of each candidate, in the unit of the targets.</summary>
    public abstract ReadOnlySpan<float> Mean { get; }

    /// <summary>Latent variance of each candidate (noise not included).</summary>
    public abstract ReadOnlySpan<float> Variance { get; }

    /// <summary>Variance of the noise that the surrogate expects on a target.</summary>
    public abstract double NoiseVariance { get; }

    /// <summary>One measured candidate joins; all targets are given anew because each measurement changes them.</summary>
    /// <param name="candidate">Index of the candidate.</param>
    /// <param name="targets">All targets, PointCount + 1, in the order of measuring.</param>
    public abstract void Append(int candidate, ReadOnlySpan<double> targets);

    /// <summary>
    /// The same with the dimensionless curve that was measured there, for posteriors that predict curves; all others take the targets.
    /// Those that predict curves are told the scale of the targets by <see cref="Standardise"/> next.
    /// </summary>
    public virtual void Append(int candidate, ReadOnlySpan<double> targets, ReadOnlySpan<double> curve) => Append(candidate, targets);

    /// <summary>
    /// States what a target of 0 and of 1 stand for: the mean and the deviation of the values that the targets were made of. Only posteriors that predict
    /// curves, and compute values from them, need it.
    /// </summary>
    public virtual void Standardise(double targetMean, double targetDeviation)
    {
    }

    /// <summary>New targets for the same points.</summary>
    public abstract void Retarget(ReadOnlySpan<double> targets);

    /// <summary>
    /// Draws one function from the posterior (a Thompson sample) and gives its value at every candidate, noise not included. The same seed draws the
    /// same function. Allocates the function's cosines.
    /// </summary>
    /// <param name="seed">Seed of the draw.</param>
    /// <param name="values">Receives one value per candidate, in the unit of the targets.</param>
    public abstract void Draw(long seed, Span<float> values);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases arenas.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
