using FastCore.Microscopy.Photovoltaics;
using Xunit;

namespace FastCore.Microscopy.Tests.Photovoltaics;

public class DecayModelTests
{
    [Fact]
    public void Scaled_error_function_has_its_values()
    {
        // scipy.special.erfcx 1.10.1.
        foreach ((double x, double value) in new[]
        {
            (-5, 144009798674.66104), (-1, 5.008980080762283), (-.1, 1.123643354199209), (0, 1), (1e-3, .9988726200811509), (.3, .7345993345676554),
                (1, .427583576155807),
            (2.5, .2108063640611436), (7.8, .07175163945118074), (7.9, .07085747736739714), (20, .028174348741051323), (150, .0037611803122479916),
                (1e9, 5.641895835477563e-10),
        })
            Assert.Equal(value, ScaledErfc.Of(x), 1e-14 * value);
    }

    [Fact]
    public void Convolved_exponential_is_its_integral()
    {
        // scipy.integrate.quad of exp(-u/tau) N(x - u; s) over u from 0, relative error 1e-13; x, tau, s.
        foreach ((double x, double tau, double s, double value) in new[]
        {
            (.1, 2, .2, .6265815345181347), (-.3, 2, .2, .06398682921591091), (5, 25, .2, .8187569528812748), (-.5, .01, .2, .0007775057719689377),
            (.2, 1e-3, .1, .000550870883180606), (3, .05, .3, 5.749340169783504e-19),
        })
            Assert.Equal(value, GaussianResponse.At(x, tau, s, out _), 1e-9 * value);
        // Neither a lifetime far below the width nor times far from zero overflow, and the branches meet.
        Assert.Equal(1e-9 / .1 / Math.Sqrt(2 * Math.PI), GaussianResponse.At(0, 1e-9, .1, out _), 1e-6 * 4e-9);
        Assert.Equal(0, GaussianResponse.At(-100, 1, .1, out double early));
        Assert.Equal(0, early);
        Assert.Equal(Math.Exp(-700), GaussianResponse.At(700, 1, 1e-3, out _), 1e-5 * Math.Exp(-700));
        double tau0 = 1, s0 = .3, at = (s0 * s0 / tau0) + (6.5 * Math.Sqrt(2) * s0);
        Assert.Equal(GaussianResponse.At(at - 1e-9, tau0, s0, out _), GaussianResponse.At(at + 1e-9, tau0, s0, out _), 3e-9 * .1);
    }

    private static InstrumentResponse Lopsided(double width)
    {
        // A rise of .1 ns, a tail of .4 ns, on a baseline of 3.
        double[] time = [.. Enumerable.Range(0, 200).Select(k => -2e-9 + (k * width))];
        return InstrumentResponse.Of(new DecayCurve("irf", time, Array.ConvertAll(time, t => 3 + Math.Floor(1e5 * GaussianResponse.At(t, .4e-9, .1e-9, out _)))));
    }

    [Theory]
    [InlineData("exponentials", "Tail")]
    [InlineData("exponentials", "Gaussian")]
    [InlineData("exponentials", "Measured")]
    [InlineData("stretched", "Tail")]
    [InlineData("stretched", "Gaussian")]
    [InlineData("stretched", "Measured")]
    [InlineData("kinetic", "Tail")]
    public void Derivatives_are_those_of_differences(string shape, string response)
    {
        double[] time = SyntheticDecay.Times(300, 50e-12);
        DecayResponse kind = Enum.Parse<DecayResponse>(response);
        InstrumentResponse? measured = kind == DecayResponse.Measured ? Lopsided(50e-12) : null;
        double[] front = [Math.Log(3), .. kind switch { DecayResponse.Gaussian => new[] { 2.013e-9, Math.Log(.11e-9) }, DecayResponse.Measured => [2.113e-9], _ => [] }];
        double zero = kind == DecayResponse.Tail ? 0 : double.NaN;
        (DecayModel model, double[] at) = shape switch
        {
            "exponentials" => ((DecayModel)new ExponentialModel(2, time, null, kind, zero, measured, true),
                (double[])[.. front, Math.Log(800), Math.Log(.7e-9), Math.Log(200), Math.Log(6e-9)]),
            "stretched" => (new StretchedModel(time, null, kind, zero, measured, true), [.. front, Math.Log(800), Math.Log(2e-9), Math.Log(.6)]),
            _ => (new RecombinationModel(time, null, zero, true, true, true), [Math.Log(3), Math.Log(900), Math.Log(1e8), Math.Log(4e8), Math.Log(2e8), Math.Log(.3)]),
        };
        double[] expected = new double[300], jacobian = new double[300 * model.Count], up = new double[300], down = new double[300];
        model.Evaluate(at, expected, jacobian);
        for (int p = 0; p < at.Length; p++)
        {
            double step = p == 1 && kind != DecayResponse.Tail ? 1e-15 : 1e-5, keep = at[p], largest = 0;
            at[p] = keep + step;
            model.Evaluate(at, up, []);
            at[p] = keep - step;
            model.Evaluate(at, down, []);
            at[p] = keep;
            for (int k = 0; k < 300; k++)
                largest = Math.Max(largest, Math.Abs(jacobian[(k * model.Count) + p]));
            for (int k = 0; k < 300; k++)
                Assert.Equal((up[k] - down[k]) / (2 * step), jacobian[(k * model.Count) + p], 2e-5 * largest);
        }
    }

    // exp(-(u/tau)^beta) through a response that is linear between its nodes, by brute force.
    private static double Brute(InstrumentResponse r, double t, double tau, double beta)
    {
        double sum = 0;
        const int pieces = 400;
        for (int k = -1; k < r.DensityPerSecond.Length; k++)
        {
            double left = k < 0 ? 0 : r.DensityPerSecond[k], right = k + 1 < r.DensityPerSecond.Length ? r.DensityPerSecond[k + 1] : 0;
            for (int i = 0; i < pieces; i++)
            {
                double share = (i + .5) / pieces, u = t - (r.TimeSeconds[0] + ((k + share) * r.BinSeconds));
                sum += u > 0 ? (left + (share * (right - left))) * Math.Exp(-Math.Pow(u / tau, beta)) * r.BinSeconds / pieces : 0;
            }
        }
        return sum;
    }

    [Fact]
    public void Measured_response_is_convolved_as_its_integral_says()
    {
        InstrumentResponse response = Lopsided(50e-12);
        Assert.Equal(1, response.DensityPerSecond.Sum() * response.BinSeconds, 1e-12);
        double[] time = SyntheticDecay.Times(200, 50e-12), expected = new double[200];
        const double shift = 1.2345e-9;
        foreach (double tau in (double[])[10e-12, .3e-9, 20e-9])
        {
            new ExponentialModel(1, time, null, DecayResponse.Measured, 0, response, true).Evaluate([Math.Log(1e-9), shift, Math.Log(1000), Math.Log(tau)], expected, []);
            for (int k = 0; k < 200; k += 7)
                Assert.Equal(1000 * Brute(response, time[k] - shift, tau, 1), expected[k], 1e-3);
        }
        new StretchedModel(time, null, DecayResponse.Measured, 0, response, true).Evaluate([Math.Log(1e-9), shift, Math.Log(1000), Math.Log(1e-9), Math.Log(.6)],
            expected, []);
        for (int k = 0; k < 200; k += 7)
            Assert.Equal(1000 * Brute(response, time[k] - shift, 1e-9, .6), expected[k], 1d);
        // With beta = 1 and a Gaussian the sum over cells is the closed form.
        double[] closed = new double[200];
        new StretchedModel(time, null, DecayResponse.Gaussian, 0, null, true).Evaluate([Math.Log(1e-9), 2.01e-9, Math.Log(.1e-9), Math.Log(1000), Math.Log(1e-9), 0],
            expected, []);
        new ExponentialModel(1, time, null, DecayResponse.Gaussian, 0, null, true).Evaluate([Math.Log(1e-9), 2.01e-9, Math.Log(.1e-9), Math.Log(1000),
            Math.Log(1e-9)], closed, []);
        for (int k = 0; k < 200; k++)
            Assert.Equal(closed[k], expected[k], .5);
    }

    [Fact]
    public void Averages_are_those_of_the_integrals_of_the_decay()
    {
        var two = new ExponentialModel(2, [0, 1], null, DecayResponse.Tail, 0, null, true);
        double[] unused = new double[5], gradient = new double[5];
        (double amplitude, double intensity) = two.LogAverages([0, Math.Log(3), Math.Log(2e-9), Math.Log(1), Math.Log(25.81e-9)], gradient, unused);
        Assert.Equal(((3 * 2) + 25.81) / 4 * 1e-9, Math.Exp(amplitude), 1e-18);
        Assert.Equal(((3 * 4) + (25.81 * 25.81)) / ((3 * 2) + 25.81) * 1e-9, Math.Exp(intensity), 1e-18);
        // Stretched, beta = 1/2: Gamma(3) = 2, Gamma(4) / Gamma(2) = 6.
        var stretched = new StretchedModel([0, 1], null, DecayResponse.Tail, 0, null, true);
        (amplitude, intensity) = stretched.LogAverages([0, 0, Math.Log(1e-9), Math.Log(.5)], gradient, unused);
        Assert.Equal((2, 6), (Math.Round(Math.Exp(amplitude) * 1e9, 9), Math.Round(Math.Exp(intensity) * 1e9, 9)));
        foreach ((IAveragedDecay model, double[] at) in new (IAveragedDecay, double[])[] { (two, [0, .3, -2, .1, -1]), (stretched, [0, .3, -2, -.4]) })
        {
            double[] byAmplitude = new double[at.Length], byIntensity = new double[at.Length], scratch = new double[at.Length];
            model.LogAverages(at, byAmplitude, byIntensity);
            for (int p = 0; p < at.Length; p++)
            {
                double[] up = [.. at], down = [.. at];
                up[p] += 1e-5;
                down[p] -= 1e-5;
                (double Amplitude, double Intensity) above = model.LogAverages(up, scratch, scratch), below = model.LogAverages(down, scratch, scratch);
                Assert.Equal((above.Amplitude - below.Amplitude) / 2e-5, byAmplitude[p], 1e-8);
                Assert.Equal((above.Intensity - below.Intensity) / 2e-5, byIntensity[p], 1e-8);
            }
        }
    }

    [Fact]
    public void Cost_is_the_deviance_of_poisson_or_the_weighted_squares()
    {
        // A background of 2 to counts 0, 2 and 5: 2 (2 - 0), 0, 2 (2 - 5 + 5 ln 5/2).
        var model = new ExponentialModel(1, [0, 1, 2], null, DecayResponse.Tail, 0, null, true);
        double[] at = [Math.Log(2), -1000, 0], gradient = new double[3], curvature = new double[9];
        double deviance = new DecayCost(model, [0, 2, 5], null).Evaluate(at, gradient, curvature);
        Assert.Equal(4 + (2 * (-3 + (5 * Math.Log(2.5)))), deviance, 1e-12);
        // Half the gradient by ln b: sum (mu - n); half the expected Hessian: sum mu.
        Assert.Equal((-1, 6), (Math.Round(gradient[0], 12), Math.Round(curvature[0], 12)));
        Assert.Equal(4 + 0 + (9 / 4.0), new DecayCost(model, [0, 2, 5], [1, 3, 2]).Evaluate(at, [], []), 1e-12);
    }

    private sealed class Bowl : ICostFunction
    {
        // (x - 1)^2 + (y - 2)^2 - 2 r (x - 1)(y - 2) with r = .8, over 1 - r^2: unit variances.
        public int Count => 2;

        public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> curvature)
        {
            const double r = .8, scale = 1 / (1 - (r * r));
            double x = parameters[0] - 1, y = parameters[1] - 2;
            if (!gradient.IsEmpty)
            {
                gradient[0] = scale * (x - (r * y));
                gradient[1] = scale * (y - (r * x));
                curvature[0] = curvature[3] = scale;
                curvature[1] = curvature[2] = -r * scale;
            }
            return scale * ((x * x) + (y * y) - (2 * r * x * y));
        }
    }

    [Fact]
    public void Profile_of_a_normal_is_its_interval_and_bounds_leave_none()
    {
        var bowl = new Bowl();
        double[] best = [.1, .1], lower = [-10, -10], upper = [10, 10], covariance = new double[4];
        var search = new LevenbergMarquardt(2);
        double least = search.Minimise(bowl, best, lower, upper, 100, 1e-15);
        Assert.Equal((1, 2), (Math.Round(best[0], 8), Math.Round(best[1], 8)));
        search.Covariance(best, lower, upper, covariance);
        Assert.Equal([1, .8, .8, 1], covariance.Select(c => Math.Round(c, 9)));
        double Sum(ReadOnlySpan<double> at, Span<double> slope)
        {
            slope.Fill(1);
            return at[0] + at[1];
        }
        var profile = new ProfileInterval(bowl);
        // The variance of the sum is 2 + 2 * .8; 1.959964 deviations either way.
        double half = 1.959964 * Math.Sqrt(3.6);
        Assert.Equal(3 + half, profile.End(Sum, best, least, covariance, lower, upper, 1, 1)!.Value, .006 * half);
        Assert.Equal(3 - half, profile.End(Sum, best, least, covariance, lower, upper, -1, 1)!.Value, .006 * half);
        Assert.Equal(3 + (1.5 * half), profile.End(Sum, best, least, covariance, lower, upper, 1, 2.25)!.Value, .01 * half);
        Assert.Null(profile.End(Sum, best, least, covariance, lower, [2, 3], 1, 1));
    }
}
