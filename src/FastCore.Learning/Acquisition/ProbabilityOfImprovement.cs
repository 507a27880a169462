namespace FastCore.Learning.Acquisition;

/// <summary>Probability that a target exceeds the best one by a margin (Kushner 1964): Phi((mean - best - margin) / deviation).</summary>
public static class ProbabilityOfImprovement
{
    /// <summary>One value; 0 or 1 without deviation.</summary>
    public static double Of(double mean, double deviation, double best, double margin)
    {
        double improvement = mean - best - margin;
        return deviation > 0 ? NormalDistribution.Cumulative(improvement / deviation) : improvement > 0 ? 1 : 0;
    }

    /// <summary>Scores all candidates; all spans have one length.</summary>
    /// <exception cref="ArgumentException">Lengths that do not fit, or numbers that are not finite.</exception>
    public static void Score(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, double best, double margin, Span<float> acquisition)
    {
        CandidateScores.Check(mean, deviation, acquisition);
        for (int c = 0; c < acquisition.Length; c++)
            acquisition[c] = (float)Of(mean[c], deviation[c], best, margin);
    }
}
