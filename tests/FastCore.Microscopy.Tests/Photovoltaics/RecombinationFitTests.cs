using FastCore.Microscopy.Photovoltaics;
using Xunit;

namespace FastCore.Microscopy.Tests.Photovoltaics;

public class RecombinationFitTests
{
    private const double Ns = 1e-9;

    // Bernoulli's equation: x = k1 e / (k1 + K2 (1 - e)), e = exp(-k1 t).
    private static double Bernoulli(double t, double k1, double k2)
    {
        double e = Math.Exp(-k1 * t);
        return k1 * e / (k1 + (k2 * (1 - e)));
    }

    [Fact]
    public void Integration_gives_the_closed_forms()
    {
        double[] time = SyntheticDecay.Times(400, .5 * Ns), expected = new double[400];
        foreach ((double k1, double k2, double p) in new[] { (1e7, 5e7, 0), (2e6, 1e9, .3), (1e8, 1e5, 20) })
        {
            double[] at = [Math.Log(1e-9), Math.Log(1000), Math.Log(k1), Math.Log(k2), Math.Log(p)];
            new RecombinationModel(time, null, 0, false, p > 0, true).Evaluate(p > 0 ? at : at[..4], expected, []);
            for (int k = 0; k < 400; k += 13)
            {
                double x = Bernoulli(time[k], k1, k2);
                Assert.Equal(1000 * x * (x + p) / (1 + p), expected[k], 1e-6 * 1000 * x * (x + p) / (1 + p) + 2e-9);
            }
        }
        // k3 alone: x = (1 + 2 K3 t)^-1/2, so that the signal is 1 / (1 + 2 K3 t).
        new RecombinationModel(time, null, 0, true, false, true).Evaluate([Math.Log(1e-9), Math.Log(1000), Math.Log(1), Math.Log(1), Math.Log(3e8)], expected, []);
        for (int k = 0; k < 400; k += 13)
            Assert.Equal(1000 / (1 + (6e8 * time[k])), expected[k], 1e-3);
    }

    [Fact]
    public void Rates_come_back()
    {
        double[] time = SyntheticDecay.Times(1000, .5 * Ns);
        double Expected(double t) => 3 + (20000 * Math.Pow(Bernoulli(t, 4e6, 3e7), 2));
        int inside = 0;
        for (int seed = 0; seed < 6; seed++)
        {
            RecombinationFit fit = RecombinationFit.Of(SyntheticDecay.Drawn("x", time, Expected, seed),
                new RecombinationOptions { InitialDensityPerCubicMetre = 1e22, Window = new TrplOptions { TailDelaySeconds = 0 } });
            Assert.Equal(4e6, fit.FirstOrderPerSecond.Value, .05 * 4e6);
            Assert.Equal(3e7, fit.SecondOrderPerSecond.Value, .05 * 3e7);
            Assert.Equal(fit.SecondOrderPerSecond.Value / 1e22, fit.SecondOrderCubicMetresPerSecond!.Value.Value, 1e-20);
            Assert.InRange(fit.ReducedChiSquared, .8, 1.2);
            Assert.Equal(DecayQuality.Good, fit.Quality);
            inside += fit.FirstOrderPerSecond.Lower95 < 4e6 && 4e6 < fit.FirstOrderPerSecond.Upper95 ? 1 : 0;
        }
        Assert.InRange(inside, 4, 6);
    }

    [Fact]
    public void A_rate_that_is_not_there_has_no_interval()
    {
        // A single exponential: neither second nor third order.
        DecayCurve decay = SyntheticDecay.Drawn("x", SyntheticDecay.Times(800, .5 * Ns), t => 3 + (5000 * Math.Exp(-t / (30 * Ns))), 1);
        RecombinationFit fit = RecombinationFit.Of(decay, new RecombinationOptions { ThirdOrder = true, Window = new TrplOptions { TailDelaySeconds = 0 } });
        Assert.Equal(1 / (60 * Ns), fit.FirstOrderPerSecond.Value, .05 / (60 * Ns));
        Assert.False(fit.SecondOrderPerSecond.IsIdentified);
        Assert.True(fit.Quality.HasFlag(DecayQuality.NotIdentified));
        Assert.True(fit.SecondOrderPerSecond.Value < .1 * fit.FirstOrderPerSecond.Value);
        Assert.Contains("initial density is 0", Assert.Throws<ArgumentException>(() => RecombinationFit.Of(decay,
            new RecombinationOptions { InitialDensityPerCubicMetre = 0 })).Message, StringComparison.Ordinal);
    }
}
