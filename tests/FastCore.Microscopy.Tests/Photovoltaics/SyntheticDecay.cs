using FastCore.Microscopy.Photovoltaics;
using MathNet.Numerics;

namespace FastCore.Microscopy.Tests.Photovoltaics;

/// <summary>Decays of known parameters with Poisson's noise.</summary>
internal static class SyntheticDecay
{
    public static double[] Times(int bins, double width) => [.. Enumerable.Range(0, bins).Select(k => k * width)];

    /// <summary>Background and exponentials (height, lifetime) behind a Gaussian; without a width a tail from time zero on.</summary>
    public static Func<double, double> Sum(double background, double zero, double s, params (double A, double Tau)[] terms) => t =>
        background + terms.Sum(term => term.A * (s > 0 ? GaussianResponse.At(t - zero, term.Tau, s, out _) : Math.Exp(-(t - zero) / term.Tau)));

    public static DecayCurve Drawn(string name, double[] time, Func<double, double> expected, long seed)
    {
        var random = RandomStream.Named(seed, "test.decay");
        var counts = new double[time.Length];
        for (int k = 0; k < counts.Length; k++)
            counts[k] = Poisson(expected(time[k]), ref random);
        return new DecayCurve(name, time, counts);
    }

    // Inversion from the mode outwards: about sqrt(mean) terms.
    private static double Poisson(double mean, ref RandomStream random)
    {
        double mode = Math.Floor(mean), at = Math.Exp((mode * Math.Log(mean)) - mean - SpecialFunctions.GammaLn(mode + 1)), left = random.NextDouble() - at;
        if (left < 0)
            return mode;
        double up = at, down = at, above = mode, below = mode;
        while (true)
        {
            up *= mean / ++above;
            left -= up;
            if (left < 0)
                return above;
            if (below > 0)
            {
                down *= below-- / mean;
                left -= down;
                if (left < 0)
                    return below;
            }
            if (up < 1e-18 && (below <= 0 || down < 1e-18))
                return mode;
        }
    }
}
