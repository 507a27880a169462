using System.Numerics.Tensors;

namespace FastCore.Learning.Acquisition;

/// <summary>What the acquisition functions share: deviations from variances, and the check of what they are given.</summary>
/// <remarks>Every Score may write its acquisition over the deviations: one span then serves all candidates, and nothing is allocated.</remarks>
public static class CandidateScores
{
    /// <summary>sqrt(variance) of each candidate.</summary>
    /// <exception cref="ArgumentException">Lengths that do not fit, or variances that are negative or not finite.</exception>
    public static void Deviations(ReadOnlySpan<float> variance, Span<float> deviation)
    {
        if (variance.Length != deviation.Length)
            throw new ArgumentException($"{variance.Length} variances do not belong to {deviation.Length} candidates.");
        TensorPrimitives.Sqrt(variance, deviation);
        if (variance.Length > 0 && !float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(deviation)))
            throw new ArgumentException("A predicted variance is negative or not finite; train the surrogate again.");
    }

    internal static void Check(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, ReadOnlySpan<float> acquisition)
    {
        if (mean.Length != acquisition.Length || deviation.Length != acquisition.Length)
            throw new ArgumentException($"{mean.Length} means and {deviation.Length} deviations do not belong to {acquisition.Length} candidates.");
        // A sum is finite only if every term is; an overflow of finite terms is no acquisition either.
        if (mean.Length > 0 && !float.IsFinite(TensorPrimitives.SumOfMagnitudes(mean)))
            throw new ArgumentException("A predicted mean is not finite; train the surrogate again.");
        if (mean.Length > 0 && !float.IsFinite(TensorPrimitives.SumOfMagnitudes(deviation)))
            throw new ArgumentException("A predicted deviation is not finite; train the surrogate again.");
    }
}
