namespace FastCore.Learning.Acquisition;

/// <summary>
/// Expected improvement over the best target so far (Jones, Schonlau and Welch 1998): with u = (mean - best - margin) / deviation,
/// EI = (mean - best - margin) Phi(u) + deviation phi(u); without deviation, the improvement itself where it is positive.
/// </summary>
public static class ExpectedImprovement
{
    /// <summary>One value.</summary>
    public static double Of(double mean, double deviation, double best, double margin)
    {
        double improvement = mean - best - margin;
        if (deviation <= 0)
            return Math.Max(improvement, 0);
        double u = improvement / deviation;
        return (improvement * NormalDistribution.Cumulative(u)) + (deviation * NormalDistribution.Density(u));
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
