using FastCore.Microscopy.Photovoltaics;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Photovoltaics;

public class TrplAnalysisTests
{
    private const double Ns = 1e-9;

    private static string Shared(params string[] parts)
    {
        string? path = SharedFolder.File(["data", .. parts]);
        Assert.SkipWhen(path is null, SharedFolder.SkipReason);
        return path;
    }

    private static bool Holds(FittedValue value, double truth) => value.Lower95 <= truth && truth <= value.Upper95;

    private static void Near(double truth, FittedValue value) =>
        Assert.True(Holds(value, truth) || Math.Abs(value.Value - truth) < .02 * truth, $"{truth}: {value.Value} [{value.Lower95}, {value.Upper95}]");

    [Theory]
    [InlineData(.1)]
    [InlineData(.2)]
    [InlineData(.3)]
    public void Two_lifetimes_come_back_behind_a_gaussian_response(double s)
    {
        DecayCurve decay = SyntheticDecay.Drawn("x", SyntheticDecay.Times(2048, .1 * Ns), SyntheticDecay.Sum(4, 8 * Ns, s * Ns, (6000, 2 * Ns), (2000, 25.81 * Ns)), 3);
        TrplResult result = TrplAnalysis.Of(decay);
        DecayFit fit = result.Best;
        Assert.Equal((DecayShape.Exponentials, 2, DecayResponse.Gaussian, 4), (fit.Shape, fit.Components.Count, fit.Response, result.Candidates.Count));
        Near(2 * Ns, fit.Components[0].LifetimeSeconds);
        Near(25.81 * Ns, fit.Components[1].LifetimeSeconds);
        Assert.All(fit.Components, c => Assert.InRange(c.LifetimeSeconds.Upper95!.Value / c.LifetimeSeconds.Lower95!.Value, 1.001, 1.1));
        Near(6000, fit.Components[0].AmplitudeCounts);
        Near(4, fit.BackgroundCounts);
        Near(s * Ns, fit.ResponseDeviationSeconds!.Value);
        Assert.Equal(8 * Ns, fit.TimeZeroSeconds!.Value.Value, .01 * Ns);
        double area = (6000 * 2) + (2000 * 25.81);
        Near(area / 8000 * Ns, fit.AmplitudeAverageSeconds);
        Near(((6000 * 4) + (2000 * 25.81 * 25.81)) / area * Ns, fit.IntensityAverageSeconds);
        Assert.Equal(.75, fit.Components[0].AmplitudeFraction, .01);
        Assert.Equal(12000 / area, fit.Components[0].IntensityFraction, .01);
        Assert.Equal(1, fit.Components.Sum(c => c.IntensityFraction), 1e-12);
        Assert.Equal((DecayQuality.Good, true), (fit.Quality, fit.IsPoisson));
        // Of 2048 bins the reduced chi-squared has a deviation of .031 and Durbin-Watson's of .044.
        Assert.InRange(fit.ReducedChiSquared, .85, 1.15);
        Assert.InRange(fit.DurbinWatson, 1.8, 2.2);
        for (int k = 0; k < fit.Counts.Length; k += 50)
        {
            Assert.Equal(fit.FittedCounts[k], fit.BackgroundCounts.Value + fit.Components.Sum(c => c.Counts[k]), 1e-9 * fit.FittedCounts[k]);
            Assert.Equal((fit.Counts[k] - fit.FittedCounts[k]) / Math.Sqrt(fit.FittedCounts[k]), fit.WeightedResiduals[k], 1e-9);
        }
        Assert.Equal(1, fit.ResponsePerSecond!.Sum() * .1 * Ns, .01);
        // The tail alone, after two deviations, has the same lifetimes and the amplitudes of the peak's time.
        DecayFit tail = TrplAnalysis.Of(decay, null, new TrplOptions { Response = DecayResponse.Tail }).Best;
        Near(2 * Ns, tail.Components[0].LifetimeSeconds);
        Near(25.81 * Ns, tail.Components[1].LifetimeSeconds);
        Assert.InRange(tail.TimeSeconds[0] - tail.TimeZeroSeconds!.Value.Value, 1.5 * s * Ns, (2.5 * s * Ns) + (.1 * Ns));
        Assert.Equal(2000 * Math.Exp(-(tail.TimeZeroSeconds.Value.Value - (8 * Ns)) / (25.81 * Ns)), tail.Components[1].AmplitudeCounts.Value, 60d);
    }

    [Fact]
    public void Number_of_components_is_found()
    {
        double[] time = SyntheticDecay.Times(512, .25 * Ns);
        Func<double, double> one = SyntheticDecay.Sum(2, 5 * Ns, .3 * Ns, (1500, 12 * Ns)), two = SyntheticDecay.Sum(2, 5 * Ns, .3 * Ns, (3000, 2 * Ns),
            (1000, 25.81 * Ns)),
            three = SyntheticDecay.Sum(2, 5 * Ns, .3 * Ns, (20000, .8 * Ns), (8000, 5 * Ns), (3000, 30 * Ns));
        double[] parameters = [Math.Log(2), 5 * Ns, Math.Log(.3 * Ns), Math.Log(8000), Math.Log(4 * Ns), Math.Log(.6)], curve = new double[512];
        new StretchedModel(time, null, DecayResponse.Gaussian, 0, null, true).Evaluate(parameters, curve, []);
        int right = 0, all = 0;
        for (int seed = 0; seed < 15; seed++)
        {
            foreach ((Func<double, double> expected, DecayShape shape, int terms) in new (Func<double, double>, DecayShape, int)[]
            {
                (one, DecayShape.Exponentials, 1), (two, DecayShape.Exponentials, 2), (three, DecayShape.Exponentials, 3),
                    (t => curve[(int)Math.Round(t / (.25 * Ns))], DecayShape.Stretched, 1),
            })
            {
                TrplResult result = TrplAnalysis.Of(SyntheticDecay.Drawn("x", time, expected, seed));
                DecayFit fit = result.Best;
                all++;
                right += fit.Shape == shape && fit.Components.Count == terms ? 1 : 0;
                if (fit.Shape == DecayShape.Stretched && shape == fit.Shape)
                {
                    Assert.Equal(.6, fit.StretchingExponent!.Value.Value, .03);
                    // tau Gamma(1 + 1/beta).
                    Assert.InRange(fit.AmplitudeAverageSeconds.Value, 5.7 * Ns, 6.3 * Ns);
                }
                Assert.All(result.Candidates, c => Assert.Equal(c.Deviance + (c.ParameterCount * Math.Log(512)), c.InformationCriterion, 1e-9));
                Assert.Equal([5, 7, 9, 6], result.Candidates.Select(c => c.ParameterCount));
                // More exponentials never fit worse: the search finds the minimum.
                Assert.True(result.Candidates[1].Deviance <= result.Candidates[0].Deviance + 1e-3
                    && result.Candidates[2].Deviance <= result.Candidates[1].Deviance + 1e-3);
            }
        }
        // BIC takes a false component in about 1 of 80 curves of 512 bins: P(chi-squared of 2 > 2 ln 512) = .002, more with the choice of its place.
        Assert.InRange(right, all - 3, all);
    }

    [Fact]
    public void Intervals_hold_the_truth_as_often_as_they_say()
    {
        double[] time = SyntheticDecay.Times(400, .25 * Ns);
        Func<double, double> expected = SyntheticDecay.Sum(1, 5 * Ns, .3 * Ns, (600, 2 * Ns), (200, 25.81 * Ns));
        var options = new TrplOptions { MostExponentials = 2, Stretched = false, Starts = 6 };
        double amplitude = ((600 * 2) + (200 * 25.81)) / 800 * Ns, intensity = ((600 * 4) + (200 * 25.81 * 25.81)) / ((600 * 2) + (200 * 25.81)) * Ns;
        int inside = 0, background = 0;
        const int seeds = 100;
        for (int seed = 0; seed < seeds; seed++)
        {
            DecayFit fit = TrplAnalysis.Of(SyntheticDecay.Drawn("x", time, expected, seed), null, options).Best;
            Assert.Equal(2, fit.Components.Count);
            inside += (Holds(fit.Components[0].LifetimeSeconds, 2 * Ns) ? 1 : 0) + (Holds(fit.Components[1].LifetimeSeconds, 25.81 * Ns) ? 1 : 0)
                + (Holds(fit.AmplitudeAverageSeconds, amplitude) ? 1 : 0) + (Holds(fit.IntensityAverageSeconds, intensity) ? 1 : 0);
            background += Holds(fit.BackgroundCounts, 1) ? 1 : 0;
        }
        // 400 intervals in correlated pairs: .95 with a deviation of sqrt(2 * .95 * .05 / 400) = .015.
        Assert.InRange(inside / (4.0 * seeds), .91, .985);
        Assert.InRange(background / (double)seeds, .87, 1);
    }

    [Fact]
    public void Few_counts_do_not_bias_the_lifetime()
    {
        // Half of the bins hold 0 or 1: weights from the counts themselves would pull the lifetime down by a tenth and more.
        double[] time = SyntheticDecay.Times(500, .2 * Ns);
        Func<double, double> expected = SyntheticDecay.Sum(.2, 0, 0, (20, 10 * Ns));
        var options = new TrplOptions { MostExponentials = 1, Stretched = false, Response = DecayResponse.Tail, TailDelaySeconds = 0, FromSeconds = 0 };
        double sum = 0;
        int inside = 0;
        const int seeds = 60;
        for (int seed = 0; seed < seeds; seed++)
        {
            DecayFit fit = TrplAnalysis.Of(SyntheticDecay.Drawn("x", time, expected, seed), null, options).Best;
            sum += fit.Components[0].LifetimeSeconds.Value;
            inside += Holds(fit.Components[0].LifetimeSeconds, 10 * Ns) ? 1 : 0;
        }
        // 1000 photons each: .035 per decay, .0045 of the mean.
        Assert.Equal(10 * Ns, sum / seeds, .18 * Ns);
        Assert.InRange(inside, 50, 60);
    }

    [Fact]
    public void Subtracted_background_turns_to_weighted_squares()
    {
        double[] time = SyntheticDecay.Times(600, .2 * Ns);
        DecayCurve raw = SyntheticDecay.Drawn("x", time, SyntheticDecay.Sum(50, 6 * Ns, .3 * Ns, (4000, 2 * Ns), (2000, 20 * Ns)), 5);
        var stated = new DecayCurve("x", time, Array.ConvertAll(raw.Counts, c => c - 50))
        {
            DeviationCounts = Array.ConvertAll(raw.Counts, c => Math.Sqrt(Math.Max(c, 1))),
        };
        DecayFit fit = TrplAnalysis.Of(stated).Best;
        Assert.False(fit.IsPoisson);
        Assert.Equal(DecayQuality.GaussianWeights, fit.Quality);
        Near(2 * Ns, fit.Components[0].LifetimeSeconds);
        Near(20 * Ns, fit.Components[1].LifetimeSeconds);
        Assert.Equal(0, fit.BackgroundCounts.Value, 4d);
        Assert.InRange(fit.ReducedChiSquared, .8, 1.2);
        // Without deviations they are estimated: intervals are nearly as wide.
        DecayFit guessed = TrplAnalysis.Of(new DecayCurve("x", time, stated.Counts)).Best;
        Assert.Equal(DecayQuality.EstimatedWeights, guessed.Quality);
        Near(20 * Ns, guessed.Components[1].LifetimeSeconds);
        double Wide(DecayFit f) => f.Components[1].LifetimeSeconds.Upper95!.Value - f.Components[1].LifetimeSeconds.Lower95!.Value;
        Assert.InRange(Wide(guessed) / Wide(fit), .7, 1.4);
        // Twice too small deviations: the intervals still have the right width.
        DecayFit wrong = TrplAnalysis.Of(stated with { DeviationCounts = Array.ConvertAll(stated.DeviationCounts, d => .5 * d) }).Best;
        Assert.InRange(Wide(wrong) / Wide(fit), .9, 1.1);
        Assert.True(wrong.Quality.HasFlag(DecayQuality.PoorFit));
    }

    [Fact]
    public void Measured_response_with_a_tail_gives_the_lifetimes_and_its_shift()
    {
        double[] irfTime = SyntheticDecay.Times(800, .025 * Ns);
        // Width .08 ns, one part in ten decays with .5 ns.
        double Response(double t) => (9 * Math.Exp(-.5 * Math.Pow((t - (2 * Ns)) / (.08 * Ns), 2))) + GaussianResponse.At(t - (2 * Ns), .5 * Ns, .08 * Ns, out _);
        DecayCurve irf = SyntheticDecay.Drawn("irf", irfTime, t => 2 + (20000 * Response(t)), 1);
        InstrumentResponse fine = InstrumentResponse.Of(irf), response = fine.ToBins(.05 * Ns);
        Assert.Equal(fine.MeanSeconds, response.MeanSeconds, .002 * Ns);
        Assert.Equal(.08 * Ns, fine.DeviationSeconds, .01 * Ns);
        double area = irfTime.Sum(t => Response(t)) * .025 * Ns;
        // The true decay: terms summed over fine slices of the response, 3.21 ns later.
        (double A, double Tau)[] terms = [(8000, 1 * Ns), (2000, 12 * Ns)];
        double Expected(double t)
        {
            double sum = 0;
            for (double u = 1.4 * Ns; u < 8 * Ns; u += .025 * Ns)
            {
                foreach ((double a, double tau) in terms)
                    sum += Response(u) / area * a * GaussianResponse.At(t - u - (3.21 * Ns), tau, .012 * Ns, out _) * .025 * Ns;
            }
            return 3 + sum;
        }
        DecayCurve decay = SyntheticDecay.Drawn("x", SyntheticDecay.Times(1200, .05 * Ns), Expected, 2);
        TrplResult result = TrplAnalysis.Of(decay, response);
        DecayFit fit = result.Best;
        Assert.Equal((DecayShape.Exponentials, 2, DecayResponse.Measured), (fit.Shape, fit.Components.Count, fit.Response));
        Near(1 * Ns, fit.Components[0].LifetimeSeconds);
        Near(12 * Ns, fit.Components[1].LifetimeSeconds);
        Near(8000, fit.Components[0].AmplitudeCounts);
        Assert.Equal(3.21 * Ns, fit.ResponseShiftSeconds!.Value.Value, .01 * Ns);
        Assert.InRange(fit.ReducedChiSquared, .85, 1.2);
        Assert.Same(response, result.MeasuredResponse);
        Assert.Equal(1, fit.ResponsePerSecond!.Sum() * .05 * Ns, .02);
        Assert.Contains("bins of 2.5E-11 s, x of 5E-11 s; they must be equal. Join them", Assert.Throws<ArgumentException>(() =>
            TrplAnalysis.Of(decay, fine)).Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("no whole number of times as wide", Assert.Throws<ArgumentException>(() => fine.ToBins(.06 * Ns)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_data_do_not_say_is_flagged()
    {
        // A lifetime of twice the window.
        DecayCurve slow = SyntheticDecay.Drawn("x", SyntheticDecay.Times(256, .2 * Ns), SyntheticDecay.Sum(20, 0, 0, (100, 100 * Ns)), 1);
        DecayFit fit = TrplAnalysis.Of(slow, null, new TrplOptions { Response = DecayResponse.Tail, TailDelaySeconds = 0, MostExponentials = 1, Stretched = false }).Best;
        Assert.True(fit.Quality.HasFlag(DecayQuality.LifetimeBeyondWindow));
        DecayCurve few = SyntheticDecay.Drawn("x", SyntheticDecay.Times(256, .2 * Ns), SyntheticDecay.Sum(.5, 0, 0, (8, 5 * Ns)), 1);
        Assert.True(TrplAnalysis.Of(few).Best.Quality.HasFlag(DecayQuality.FewCounts));
        DecayCurve good = SyntheticDecay.Drawn("x", SyntheticDecay.Times(512, .2 * Ns), SyntheticDecay.Sum(2, 5 * Ns, .3 * Ns, (2000, 9 * Ns)), 1);
        Assert.Equal(DecayQuality.PileUp, TrplAnalysis.Of(good, null, new TrplOptions { Pulses = good.Counts.Sum() * 15 }).Best.Quality);
        Assert.Equal(DecayQuality.Good, TrplAnalysis.Of(good, null, new TrplOptions { Pulses = good.Counts.Sum() * 25 }).Best.Quality);
        // One exponential to a decay of two.
        DecayCurve two = SyntheticDecay.Drawn("x", SyntheticDecay.Times(512, .2 * Ns), SyntheticDecay.Sum(2, 5 * Ns, .3 * Ns, (2000, 2 * Ns), (1000, 20 * Ns)), 1);
        DecayFit poor = TrplAnalysis.Of(two, null, new TrplOptions { MostExponentials = 1, Stretched = false }).Best;
        Assert.True(poor.Quality.HasFlag(DecayQuality.PoorFit | DecayQuality.CorrelatedResiduals) && poor.DurbinWatson < 1);
        // A stated background can be kept.
        DecayFit held = TrplAnalysis.Of(good with { BackgroundCounts = 2 }, null, new TrplOptions { HoldBackground = true }).Best;
        Assert.Equal((2d, 4, null), (Math.Round(held.BackgroundCounts.Value, 9), held.ParameterCount, held.BackgroundCounts.Lower95));
        // Bins that the instrument never filled are no zeros: they change nothing.
        var padded = new DecayCurve("x", SyntheticDecay.Times(700, .2 * Ns), [.. good.Counts, .. new double[188]]);
        DecayFit cut = TrplAnalysis.Of(padded).Best;
        Assert.Equal((512, TrplAnalysis.Of(good).Best.Deviance), (cut.Counts.Length, cut.Deviance));
    }

    [Fact]
    public void Same_decay_gives_the_same_numbers()
    {
        DecayCurve decay = SyntheticDecay.Drawn("x", SyntheticDecay.Times(512, .2 * Ns), SyntheticDecay.Sum(2, 5 * Ns, .3 * Ns, (2000, 2 * Ns), (1000, 20 * Ns)), 1);
        TrplResult first = TrplAnalysis.Of(decay), second = TrplAnalysis.Of(decay);
        Assert.Equal(first.Candidates.Select(c => c.Deviance), second.Candidates.Select(c => c.Deviance));
        Assert.Equal(first.Best.Components[0].LifetimeSeconds, second.Best.Components[0].LifetimeSeconds);
    }

    [Fact]
    public void Bad_decays_are_refused_in_a_sentence()
    {
        double[] time = SyntheticDecay.Times(100, .2 * Ns), counts = Array.ConvertAll(time, t => Math.Floor(1000 * Math.Exp(-t / (5 * Ns))));
        string Refused(DecayCurve curve, InstrumentResponse? response = null, TrplOptions? options = null) =>
            Assert.ThrowsAny<ArgumentException>(() => TrplAnalysis.Of(curve, response, options)).Message;
        double[] Changed(double[] values, int at, double value)
        {
            double[] copy = [.. values];
            copy[at] = value;
            return copy;
        }
        Assert.Contains("x: bin 7 is not finite", Refused(new DecayCurve("x", time, Changed(counts, 7, double.NaN))), StringComparison.Ordinal);
        Assert.Contains("does not rise at bin 9; sort", Refused(new DecayCurve("x", Changed(time, 9, 0), counts)), StringComparison.Ordinal);
        Assert.Contains("10 bins; 16 or more", Refused(new DecayCurve("x", time[..10], counts[..10])), StringComparison.Ordinal);
        Assert.Contains("all bins are zero", Refused(new DecayCurve("x", time, new double[100])), StringComparison.Ordinal);
        Assert.Contains("100 times and 99 counts", Refused(new DecayCurve("x", time, counts[1..])), StringComparison.Ordinal);
        double[] deviation = Changed(Array.ConvertAll(counts, _ => 1d), 3, 0);
        Assert.Contains("standard deviation of bin 3 is 0", Refused(new DecayCurve("x", time, counts) { DeviationCounts = deviation }), StringComparison.Ordinal);
        Assert.Contains("starts at its peak", Refused(new DecayCurve("x", time, counts), null, new TrplOptions { Response = DecayResponse.Gaussian }),
            StringComparison.Ordinal);
        Assert.Contains("no measured response was given", Refused(new DecayCurve("x", time, counts), null, new TrplOptions { Response = DecayResponse.Measured }),
            StringComparison.Ordinal);
        var late = new TrplOptions { TailDelaySeconds = 18.8 * Ns, Response = DecayResponse.Tail };
        Assert.Contains("the tail holds 6 bins", Refused(new DecayCurve("x", time, counts), null, late), StringComparison.Ordinal);
        Assert.Contains("no background is stated", Refused(new DecayCurve("x", time, counts), null, new TrplOptions { HoldBackground = true }), StringComparison.Ordinal);
        Assert.Contains("4 exponentials were asked for", Refused(new DecayCurve("x", time, counts), null, new TrplOptions { MostExponentials = 4 }),
            StringComparison.Ordinal);
        Assert.Contains("must be equally wide", Assert.Throws<ArgumentException>(() => InstrumentResponse.Of(new DecayCurve("irf", [0, 1, 2, 3, 5, 6],
            [0, 1, 5, 1, 0, 0]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Picoquant_histogram_of_few_counts_is_fitted()
    {
        DecayFit fit = TrplAnalysis.Of(Assert.Single(DecayTextFile.Read(Shared("nomad-hzb+nomad-hysprint", "07-Si6505_10kHz-ND1-0.40uW-300s.trpl.dat")))).Best;
        Assert.Equal((32768, true, DecayResponse.Gaussian, 3), (fit.Counts.Length, fit.IsPoisson, fit.Response, fit.Components.Count));
        // The mean over 32,768 bins of about half a count has a deviation of sqrt((2 + 2) / 32768) = .011; five of them bound a fit that is not refused.
        Assert.InRange(fit.ReducedChiSquared, .95, 1.055);
        // Half of the photons leave in the first hundred ns of a record of 32.8 us; time zero lies in bins 262 to 265, where the counts rise.
        Assert.InRange(fit.TimeZeroSeconds!.Value.Value, 262 * Ns, 265 * Ns);
        Assert.InRange(fit.Components[0].LifetimeSeconds.Value, 40 * Ns, 70 * Ns);
        Assert.True(fit.AmplitudeAverageSeconds.Value < fit.IntensityAverageSeconds.Value);
        Assert.All(fit.Components, c => Assert.True(c.LifetimeSeconds.IsIdentified));
        // A maximum of Poisson's likelihood with a free background conserves the counts.
        Assert.Equal(fit.Counts.Sum(), fit.FittedCounts.Sum(), 1e-3 * fit.Counts.Sum());
    }

    [Fact]
    public void Cleaned_film_decays_are_fitted_with_their_deviations()
    {
        IReadOnlyList<DecayCurve> decays = DecayTextFile.Read(Shared("HagesLab+MetroTRPL", "CD0_final.csv"));
        // The first ten are decays; the rest is another quantity in normalised units.
        foreach (DecayCurve decay in decays.Take(10))
        {
            DecayFit fit = TrplAnalysis.Of(decay).Best;
            Assert.True(fit.Quality.HasFlag(DecayQuality.GaussianWeights));
            // Deviations are 1 % at least: three exponentials follow a decay over three decades to 2.5 % at worst.
            Assert.InRange(fit.ReducedChiSquared, .5, 6.5);
            Assert.InRange(fit.Components[0].LifetimeSeconds.Value, .1 * Ns, .6 * Ns);
            Assert.InRange(fit.AmplitudeAverageSeconds.Value, .2 * Ns, fit.IntensityAverageSeconds.Value);
            Assert.InRange(fit.IntensityAverageSeconds.Value, .5 * Ns, 2 * Ns);
        }
        // The response beside it, which is not the decays' own (its ripple at 1.2 ns is in none of them), is used all the same, and the misfit is told.
        InstrumentResponse response = InstrumentResponse.Of(Assert.Single(DecayTextFile.Read(Shared("HagesLab+MetroTRPL", "irf_520nm.csv"))));
        Assert.Equal(0, response.PeakSeconds, .03 * Ns);
        // Half heights at -.09 and .1 ns by eye in the file.
        Assert.Equal(.19 / 2.3548 * Ns, response.DeviationSeconds, .01 * Ns);
        DecayFit behind = TrplAnalysis.Of(decays[0], response.ToBins(.05 * Ns)).Best;
        Assert.True(behind.Quality.HasFlag(DecayQuality.PoorFit));
        Assert.InRange(behind.ResponseShiftSeconds!.Value.Value, -.3 * Ns, .15 * Ns);
        Assert.InRange(behind.IntensityAverageSeconds.Value, .3 * Ns, 5 * Ns);
        // scipy.optimize.least_squares on the same samples, best of eight starts: 64903.
        Assert.InRange(behind.Deviance, 60000, 65000);
    }

    [Fact]
    public void Heterostructure_decays_are_fitted()
    {
        IReadOnlyList<DecayCurve> powers = DecayTextFile.Read(Shared("MaxGrossmann+TRPL", "sample1.csv"));
        double last = 0;
        foreach (DecayCurve decay in powers.Take(2))
        {
            DecayFit fit = TrplAnalysis.Of(decay).Best;
            Assert.InRange(fit.ReducedChiSquared, .9, 1.1);
            // The file states the background of each, by its authors' own estimate.
            Assert.Equal(decay.BackgroundCounts!.Value, fit.BackgroundCounts.Value, .06 * decay.BackgroundCounts.Value);
            // At low power the decay slows down with the power.
            Assert.InRange(fit.IntensityAverageSeconds.Value, last, 200 * Ns);
            last = fit.IntensityAverageSeconds.Value;
        }
        // The three others are no exponentials; that is told.
        Assert.Contains(powers.Skip(2), decay => TrplAnalysis.Of(decay).Best.Quality.HasFlag(DecayQuality.PoorFit));
        foreach (string file in new[] { "syn_data_1.csv", "syn_data_3.csv", "syn_data_4.csv" })
        {
            // Weakest excitation of a simulation with a known background of 1.
            DecayFit fit = TrplAnalysis.Of(DecayTextFile.Read(Shared("MaxGrossmann+TRPL", file))[0]).Best;
            Assert.InRange(fit.ReducedChiSquared, .9, 1.1);
            Near(1, fit.BackgroundCounts);
            Assert.True(fit.AmplitudeAverageSeconds.Value <= fit.IntensityAverageSeconds.Value);
        }
    }
}
