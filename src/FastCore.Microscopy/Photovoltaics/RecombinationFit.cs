namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// The kinetic model dn/dt = -k1 n - k2 n^2 - k3 n^3 with a signal proportional to n (n + p0) (SPEC 6), fitted to the tail of a decay. One decay alone gives k2
/// n0, k3 n0^2 and p0/n0; the constants themselves need n0. Intervals are those of the profile likelihood.
/// </summary>
public sealed record RecombinationFit
{
    /// <summary>k1 in 1/s.</summary>
    public required FittedValue FirstOrderPerSecond { get; init; }

    /// <summary>k2 n0 in 1/s.</summary>
    public required FittedValue SecondOrderPerSecond { get; init; }

    /// <summary>k3 n0^2 in 1/s; null where it was not fitted.</summary>
    public FittedValue? ThirdOrderPerSecond { get; init; }

    /// <summary>p0/n0; null where it was not fitted.</summary>
    public FittedValue? EquilibriumRatio { get; init; }

    /// <summary>k2 in m3/s; null without n0.</summary>
    public FittedValue? SecondOrderCubicMetresPerSecond { get; init; }

    /// <summary>k3 in m6/s; null without n0.</summary>
    public FittedValue? ThirdOrderSixthPowerMetresPerSecond { get; init; }

    /// <summary>Signal at time zero above the background, counts per bin.</summary>
    public required double AmplitudeCounts { get; init; }

    /// <summary>Background, counts per bin.</summary>
    public required double BackgroundCounts { get; init; }

    /// <summary>Time zero, that of the peak, in second.</summary>
    public required double TimeZeroSeconds { get; init; }

    /// <summary>Index of the window's first bin in the curve.</summary>
    public required int FirstBin { get; init; }

    /// <summary>Time of each bin of the window in second.</summary>
    public required double[] TimeSeconds { get; init; }

    /// <summary>Measured counts of the window.</summary>
    public required double[] Counts { get; init; }

    /// <summary>Fitted counts.</summary>
    public required double[] FittedCounts { get; init; }

    /// <summary>(measured - fitted) / standard deviation.</summary>
    public required double[] WeightedResiduals { get; init; }

    /// <summary>Poisson's deviance, or the weighted sum of squares.</summary>
    public required double Deviance { get; init; }

    /// <summary>BIC = deviance + parameters ln(bins); comparable with those of <see cref="TrplAnalysis"/> on the same window.</summary>
    public required double InformationCriterion { get; init; }

    /// <summary>Sum of the squared weighted residuals over bins - parameters.</summary>
    public required double ReducedChiSquared { get; init; }

    /// <summary>Durbin and Watson (1950).</summary>
    public required double DurbinWatson { get; init; }

    /// <summary>What to know before the numbers are used; <see cref="DecayQuality.NotIdentified"/> where a rate has no interval, as one that is zero.</summary>
    public required DecayQuality Quality { get; init; }

    /// <summary>Fits the model.</summary>
    /// <exception cref="ArgumentException">A decay or option that cannot be used; the message says which, where, and what to do.</exception>
    public static RecombinationFit Of(DecayCurve curve, RecombinationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(curve);
        options ??= new RecombinationOptions();
        options.Window.Check();
        if (options.InitialDensityPerCubicMetre is { } density && !(density > 0 && double.IsFinite(density)))
            throw new ArgumentException($"The initial density is {density:g6} 1/m3; give a positive one (1e22 is 1e16 1/cm3) or leave it out.", nameof(options));
        DecayWindow window = DecayWindow.Of(curve, null, options.Window with { Response = DecayResponse.Tail });
        bool logBackground = window.Deviation is null;
        (double[] time, double[] many, double[] counts, double[]? deviation) = window.Coarse(double.NegativeInfinity);
        var rough = new DecayCost(new RecombinationModel(time, many, window.PeakSeconds, options.ThirdOrder, options.Doped, logBackground), counts, deviation);
        var cost = new DecayCost(new RecombinationModel(window.Time, null, window.PeakSeconds, options.ThirdOrder, options.Doped, logBackground), window.Counts,
            window.Deviation);
        int p = cost.Count;
        double[] lower = new double[p], upper = new double[p];
        lower.AsSpan().Fill(Math.Log(1e-4 / window.Length));
        upper.AsSpan().Fill(Math.Log(10 / window.Width));
        (lower[0], upper[0]) = logBackground ? (Math.Log(.01 / window.Counts.Length), Math.Log(2 * window.PeakCounts)) : (-2 * window.PeakCounts, 2 * window.PeakCounts);
        (lower[1], upper[1]) = (Math.Log(1e-3 * window.PeakCounts), Math.Log(1e3 * window.PeakCounts));
        if (options.Doped)
            (lower[^1], upper[^1]) = (Math.Log(1e-3), Math.Log(1e3));
        var search = new LevenbergMarquardt(p);
        var found = new List<(double Cost, double[] Place)>();
        foreach (double slow in (ReadOnlySpan<double>)[.3, 1])
        {
            foreach (double share in (ReadOnlySpan<double>)[.03, .3, 3])
            {
                foreach (double third in options.ThirdOrder ? (ReadOnlySpan<double>)[.03, 1] : [0])
                {
                    foreach (double ratio in options.Doped ? (ReadOnlySpan<double>)[.05, 5] : [0])
                    {
                        var place = new double[p];
                        double last = window.Slopes[^1] < 1.5 * window.Width ? window.Slopes[1] : window.Slopes[^1];
                        double background = Math.Max(window.Background, 1e-6 * window.PeakCounts);
                        place[0] = logBackground ? Math.Log(background) : background;
                        place[1] = Math.Log(window.PeakCounts);
                        place[2] = Math.Log(slow / last);
                        place[3] = Math.Log(share / window.Slopes[0]);
                        if (options.ThirdOrder)
                            place[4] = Math.Log(third / window.Slopes[0]);
                        if (options.Doped)
                            place[^1] = Math.Log(ratio);
                        double reached = search.Minimise(rough, place, lower, upper, 60, 1e-6);
                        if (double.IsFinite(reached))
                            found.Add((reached, place));
                    }
                }
            }
        }
        if (found.Count == 0)
            throw new ArgumentException(
                $"{curve.Name}: the kinetic model has no finite likelihood on this decay; check that times are in second and counts in photons.", nameof(curve));
        found.Sort((a, b) => a.Cost.CompareTo(b.Cost));
        double[] best = found[0].Place;
        double least = search.Minimise(cost, best, lower, upper, 200, 1e-10);
        foreach ((double reached, double[] place) in found.Skip(1).Take(1))
        {
            double value = search.Minimise(cost, place, lower, upper, 200, 1e-10);
            if (value < least)
                (least, best) = (value, place);
        }
        least = search.Minimise(cost, best, lower, upper, 50, 1e-12);
        return Report(options, window, cost, search, best, least, lower, upper);
    }

    private static RecombinationFit Report(RecombinationOptions options, DecayWindow window, DecayCost cost, LevenbergMarquardt search, double[] best, double least,
        double[] lower, double[] upper)
    {
        int p = cost.Count;
        var covariance = new double[p * p];
        search.Covariance(best, lower, upper, covariance);
        var fitted = new double[window.Counts.Length];
        cost.Model.Evaluate(best, fitted, []);
        DecayResiduals residuals = DecayResiduals.Of(window, fitted, p);
        double scale = window.Deviation is null ? 1 : window.IsEstimated ? residuals.ReducedChiSquared : Math.Max(residuals.ReducedChiSquared, 1);
        var profile = new ProfileInterval(cost);
        FittedValue Of(int at)
        {
            double Quantity(ReadOnlySpan<double> x, Span<double> slope)
            {
                slope.Clear();
                slope[at] = 1;
                return x[at];
            }
            double value = Math.Exp(best[at]), error = Math.Sqrt(covariance[(at * p) + at] * scale);
            double? low = profile.End(Quantity, best, least, covariance, lower, upper, -1, scale);
            return FittedValue.Profiled(value, low, profile.End(Quantity, best, least, covariance, lower, upper, 1, scale), error);
        }
        FittedValue first = Of(2), second = Of(3);
        FittedValue? third = options.ThirdOrder ? Of(4) : null, ratio = options.Doped ? Of(p - 1) : null;
        bool identified = first.IsIdentified && second.IsIdentified && third?.IsIdentified != false && ratio?.IsIdentified != false;
        double? n0 = options.InitialDensityPerCubicMetre;
        return new RecombinationFit
        {
            FirstOrderPerSecond = first,
            SecondOrderPerSecond = second,
            ThirdOrderPerSecond = third,
            EquilibriumRatio = ratio,
            SecondOrderCubicMetresPerSecond = n0 is { } n ? Over(second, n) : null,
            ThirdOrderSixthPowerMetresPerSecond = n0 is { } m && third is { } k3 ? Over(k3, m * m) : null,
            AmplitudeCounts = Math.Exp(best[1]),
            BackgroundCounts = cost.Model.LogBackground ? Math.Exp(best[0]) : best[0],
            TimeZeroSeconds = window.PeakSeconds,
            FirstBin = window.First,
            TimeSeconds = window.Time,
            Counts = window.Counts,
            FittedCounts = fitted,
            WeightedResiduals = residuals.Weighted,
            Deviance = least,
            InformationCriterion = least + (p * Math.Log(window.Counts.Length)),
            ReducedChiSquared = residuals.ReducedChiSquared,
            DurbinWatson = residuals.DurbinWatson,
            Quality = residuals.Quality | (identified ? DecayQuality.Good : DecayQuality.NotIdentified),
        };
    }

    private static FittedValue Over(FittedValue value, double factor) =>
        new(value.Value / factor, value.Lower95 / factor, value.Upper95 / factor) { StandardError = value.StandardError / factor };
}
