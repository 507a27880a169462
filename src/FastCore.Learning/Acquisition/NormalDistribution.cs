using MathNet.Numerics;

namespace FastCore.Learning.Acquisition;

/// <summary>The standard normal distribution, accurate in both tails.</summary>
public static class NormalDistribution
{
    private const double LogRootTwoPi = 0.91893853320467274178;
    private static readonly double RootTwo = Math.Sqrt(2);

    /// <summary>Density exp(-z^2 / 2) / sqrt(2 pi).</summary>
    public static double Density(double z) => Math.Exp((-0.5 * z * z) - LogRootTwoPi);

    /// <summary>Cumulative probability, through the complementary error function so that the lower tail keeps its digits.</summary>
    public static double Cumulative(double z) => 0.5 * SpecialFunctions.Erfc(-z / RootTwo);

    /// <summary>Logarithm of the cumulative probability, also where the probability itself is 0 in double precision.</summary>
    public static double LogCumulative(double z) => z switch
    {
        // log(1 - q) = -2 artanh(q / (2 - q)) keeps the digits of a small q.
        > 0 => -2 * Math.Atanh(Cumulative(-z) / (2 - Cumulative(-z))),
        > -10 => Math.Log(Cumulative(z)),
        _ => (-0.5 * z * z) - LogRootTwoPi + Math.Log(MillsRatio(-z)),
    };

    /// <summary>The z below which the probability is <paramref name="probability"/>.</summary>
    public static double InverseCumulative(double probability) => -RootTwo * SpecialFunctions.ErfcInv(2 * probability);

    /// <summary>
    /// Mills' ratio (1 - Phi(x)) / phi(x) for x > 0, by Laplace's continued fraction 1 / (x + 1 / (x + 2 / (x + 3 / ...))) from x = 3 on
    /// (Abramowitz and Stegun 26.2.14).
    /// </summary>
    public static double MillsRatio(double x)
    {
        if (x < 3)
            return Cumulative(-x) / Density(x);
        double fraction = 0;
        for (int k = FractionTerms(x); k >= 1; k--)
            fraction = k / (x + fraction);
        return 1 / (x + fraction);
    }

    /// <summary>Terms that Laplace's fraction needs for all digits: its error falls like exp(-2 x sqrt(2 n)), here below 1e-30.</summary>
    internal static int FractionTerms(double x) => 10 + (int)(600 / (x * x));
}
