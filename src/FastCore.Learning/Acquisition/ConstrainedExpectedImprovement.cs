namespace FastCore.Learning.Acquisition;

/// <summary>
/// Expected improvement times the probability that a second quantity g lies where it must (Gardner et al. 2014):
/// P = Phi((maximum - mean) / deviation) - Phi((minimum - mean) / deviation), either bound infinite where there is none.
/// </summary>
public static class ConstrainedExpectedImprovement
{
    /// <summary>P of one candidate; 0 or 1 without deviation. Of one bound alone both tails keep their digits.</summary>
    public static double Probability(double mean, double deviation, double minimum, double maximum)
    {
        if (deviation <= 0)
            return mean >= minimum && mean <= maximum ? 1 : 0;
        double above = (mean - minimum) / deviation, below = (maximum - mean) / deviation;
        // Far above the minimum the difference is taken on the other side, where the terms are small.
        return above > below ? NormalDistribution.Cumulative(below) - NormalDistribution.Cumulative(-above)
            : NormalDistribution.Cumulative(above) - NormalDistribution.Cumulative(-below);
    }

    /// <summary>ln P of one candidate, also where P of a single bound is 0 in double precision.</summary>
    public static double LogProbability(double mean, double deviation, double minimum, double maximum) =>
        deviation > 0 && double.IsPositiveInfinity(maximum) ? NormalDistribution.LogCumulative((mean - minimum) / deviation)
        : deviation > 0 && double.IsNegativeInfinity(minimum) ? NormalDistribution.LogCumulative((maximum - mean) / deviation)
        : Math.Log(Probability(mean, deviation, minimum, maximum));

    /// <summary>Multiplies an acquisition by the probability of one more constraint, in place.</summary>
    /// <exception cref="ArgumentException">Lengths that do not fit, or numbers that are not finite.</exception>
    public static void Constrain(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, double minimum, double maximum, Span<float> acquisition)
    {
        CandidateScores.Check(mean, deviation, acquisition);
        for (int c = 0; c < acquisition.Length; c++)
            acquisition[c] *= (float)Probability(mean[c], deviation[c], minimum, maximum);
    }

    /// <summary>Adds the logarithm of the probability of one more constraint to a logarithmic acquisition, in place.</summary>
    /// <exception cref="ArgumentException">Lengths that do not fit, or numbers that are not finite.</exception>
    public static void ConstrainLog(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, double minimum, double maximum, Span<float> acquisition)
    {
        CandidateScores.Check(mean, deviation, acquisition);
        for (int c = 0; c < acquisition.Length; c++)
            acquisition[c] += (float)LogProbability(mean[c], deviation[c], minimum, maximum);
    }
}
