namespace FastCore.Autonomy.Learned;

/// <summary>
/// What a surrogate learns: a value of each measured point, which may change with every further one. Targets are the values standardised over
/// the points (SPEC 1.4).
/// </summary>
internal abstract class LearnedTarget
{
    /// <summary>Smallest deviation that values are divided by (SPEC 1.4).</summary>
    public const double SmallestDeviation = 1e-9;

    /// <summary>Whether a point trains the surrogate. Called once per point, in the order of measuring, before <see cref="RunMemory.Add"/>.</summary>
    public abstract bool Takes(RunMemory memory, MeasuredPoint point);

    /// <summary>Value of a point against those before it: what a prediction is compared with. Called before <see cref="RunMemory.Add"/>.</summary>
    public abstract double ValueOfNewcomer(RunMemory memory, MeasuredPoint point);

    /// <summary>Values of all points that were taken, in the order of measuring.</summary>
    public abstract void Values(RunMemory memory, Span<double> values);

    /// <summary>Mean and deviation (divided by n) of values.</summary>
    public static (double Mean, double Deviation) Moments(ReadOnlySpan<double> values)
    {
        double sum = 0, squares = 0;
        foreach (double value in values)
            sum += value;
        double mean = sum / Math.Max(1, values.Length);
        foreach (double value in values)
            squares += (value - mean) * (value - mean);
        return (mean, Math.Sqrt(squares / Math.Max(1, values.Length)));
    }
}
