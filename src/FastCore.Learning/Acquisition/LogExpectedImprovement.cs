namespace FastCore.Learning.Acquisition;

/// <summary>
/// Logarithm of the expected improvement, finite where the improvement itself underflows (Ament et al. 2023): log deviation + log h(u) with
/// h(u) = phi(u) + u Phi(u). Below u = -1, h(u) = phi(u) (1 - |u| R(|u|)) with Mills' ratio R; far out, where 1 - |u| R cancels, its
/// asymptotic series 1 / u^2 - 3 / u^4 + 15 / u^6.
/// </summary>
public static class LogExpectedImprovement
{
    /// <summary>One value; minus infinity where the deviation is 0 and nothing improves.</summary>
    public static double Of(double mean, double deviation, double best, double margin)
    {
        double improvement = mean - best - margin;
        if (deviation <= 0)
            return improvement > 0 ? Math.Log(improvement) : double.NegativeInfinity;
        return Math.Log(deviation) + LogH(improvement / deviation);
    }

    /// <summary>Scores all candidates; all spans have one length.</summary>
    /// <exception cref="ArgumentException">Lengths that do not fit, or numbers that are not finite.</exception>
    public static void Score(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, double best, double margin, Span<float> acquisition)
    {
        CandidateScores.Check(mean, deviation, acquisition);
        for (int c = 0; c < acquisition.Length; c++)
            acquisition[c] = (float)Of(mean[c], deviation[c], best, margin);
    }

    private static double LogH(double u)
    {
        if (u > -1)
            return Math.Log(NormalDistribution.Density(u) + (u * NormalDistribution.Cumulative(u)));
        double log = (-0.5 * u * u) - (0.5 * Math.Log(2 * Math.PI)), x = -u;
        // 1 - x R(x) is the continued fraction's remainder: 1 / (x + 1/f) form loses nothing.
        return log + Math.Log(x > 100 ? Series(x) : Remainder(x));
    }

    // With R = 1 / (x + t), 1 - x R = t / (x + t): no difference of near-equal numbers.
    private static double Remainder(double x)
    {
        if (x < 3)
            return 1 - (x * NormalDistribution.MillsRatio(x));
        double t = 0;
        for (int k = NormalDistribution.FractionTerms(x); k >= 1; k--)
            t = k / (x + t);
        return t / (x + t);
    }

    private static double Series(double x)
    {
        double r = 1 / (x * x);
        return r * (1 - (r * (3 - (15 * r))));
    }
}
