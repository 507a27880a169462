namespace FastCore.Learning.Acquisition;

/// <summary>Expected improvement times the probability that constraints g_i hold, g_i below its threshold (Gardner et al. 2014).</summary>
public static class ConstrainedExpectedImprovement
{
    /// <summary>Multiplies an acquisition by the probability Phi((threshold - mean) / deviation) of one more constraint, in place.</summary>
    /// <exception cref="ArgumentException">Lengths that do not fit, or numbers that are not finite.</exception>
    public static void Constrain(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, double threshold, Span<float> acquisition)
    {
        CandidateScores.Check(mean, deviation, acquisition);
        for (int c = 0; c < acquisition.Length; c++)
            acquisition[c] *= (float)(deviation[c] > 0 ? NormalDistribution.Cumulative((threshold - mean[c]) / deviation[c]) : mean[c] <= threshold ? 1 : 0);
    }
}
