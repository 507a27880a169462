using System.Numerics.Tensors;

namespace FastCore.Learning.Acquisition;

/// <summary>mean + Beta deviation (Srinivas et al. 2010; Beta multiplies the deviation, where some libraries write its square).</summary>
public static class UpperConfidenceBound
{
    /// <summary>Scores all candidates; all spans have one length. Beta = 0 is pure exploitation, mean = 0 maximum uncertainty.</summary>
    /// <exception cref="ArgumentException">Lengths that do not fit, or numbers that are not finite.</exception>
    public static void Score(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, float beta, Span<float> acquisition)
    {
        CandidateScores.Check(mean, deviation, acquisition);
        TensorPrimitives.MultiplyAdd(deviation, beta, mean, acquisition);
    }
}
