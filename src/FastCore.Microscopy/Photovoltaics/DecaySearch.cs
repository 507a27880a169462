namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// Finds the minima behind <see cref="TrplAnalysis"/>. Starts are searched on coarse bins, where a fit costs next to nothing: the first from the slopes of the
/// decades, the others drawn at random; the best two are then refined on all bins.
/// </summary>
internal sealed class DecaySearch
{
    private const int CoarseIterations = 40;
    private const int Iterations = 200;
    private const double Tolerance = 1e-9;

    private readonly DecayCurve curve;
    private readonly DecayWindow window;
    private readonly TrplOptions options;
    private readonly bool logBackground;
    private readonly (double[] Time, double[] Multiplicity, double[] Counts, double[]? Deviation) coarse;

    // What the exponentials found for time zero and width of the response, for the stretched decay to start from.
    private double[]? responseStart;
    private double[]? fewer;
    private double backgroundStart;

    internal DecaySearch(DecayCurve curve, DecayWindow window, TrplOptions options)
    {
        this.curve = curve;
        this.window = window;
        this.options = options;
        logBackground = window.Deviation is null;
        coarse = window.Coarse(double.NegativeInfinity);
        backgroundStart = Background(Math.Max(window.Background, window.PeakCounts * 1e-6));
    }

    private DecayResponse Response => window.Response;

    /// <summary>Number of parameters that are fitted of so many.</summary>
    internal int Free(int parameters) => options.HoldBackground ? parameters - 1 : parameters;

    internal double[] Exponentials(int terms, out double cost)
    {
        // Any response is first taken as a Gaussian.
        DecayResponse first = Response == DecayResponse.Tail ? DecayResponse.Tail : DecayResponse.Gaussian;
        var rough = new DecayCost(new ExponentialModel(terms, coarse.Time, coarse.Multiplicity, first, window.PeakSeconds, null, logBackground), coarse.Counts,
            coarse.Deviation);
        var search = new LevenbergMarquardt(rough.Count);
        (double[] lower, double[] upper) = Bounds(rough.Model, first, terms, false);
        var random = RandomStream.Named(options.Seed, "decay.starts", terms);
        var starts = new List<(double Cost, double[] Place)>();
        for (int start = 0; start < options.Starts; start++)
        {
            var place = new double[rough.Count];
            Start(place, first, terms, start, ref random);
            double reached = search.Minimise(rough, place, lower, upper, CoarseIterations, 1e-6);
            if (double.IsFinite(reached))
                starts.Add((reached, place));
        }
        starts.Sort((a, b) => a.Cost.CompareTo(b.Cost));
        var fine = new DecayCost(new ExponentialModel(terms, window.Time, null, Response, window.PeakSeconds, window.Measured, logBackground), window.Counts,
            window.Deviation);
        search = new LevenbergMarquardt(fine.Count);
        (lower, upper) = Bounds(fine.Model, Response, terms, false);
        (cost, double[] best) = (double.PositiveInfinity, new double[fine.Count]);
        int refined = 0;
        double last = double.NaN;
        foreach ((double reached, double[] place) in starts)
        {
            // Starts that ended in the same minimum are one.
            if (refined >= 2 || Math.Abs(reached - last) < 1e-3 * (1 + Math.Abs(reached)))
                continue;
            last = reached;
            refined++;
            foreach (double[] full in Full(place, terms, fine.Count))
            {
                double value = search.Minimise(fine, full, lower, upper, Iterations, Tolerance);
                if (value < cost)
                    (cost, best) = (value, full);
            }
        }
        if (fewer is not null)
        {
            // One term more than the last fit, so that it never ends above it.
            double[] more = [.. fewer, Math.Log(window.PeakCounts * 1e-3), fewer[fine.Model.First + 1] + Math.Log(.3)];
            double value = search.Minimise(fine, more, lower, upper, Iterations, Tolerance);
            if (value < cost)
                (cost, best) = (value, more);
        }
        Sort(best, fine.Model.First, terms);
        fewer = best;
        responseStart = best[1..fine.Model.First];
        backgroundStart = best[0];
        return best;
    }

    internal double[] Stretched(out double cost)
    {
        var rough = new DecayCost(new StretchedModel(coarse.Time, coarse.Multiplicity, DecayResponse.Tail, window.PeakSeconds, null, logBackground), coarse.Counts,
            coarse.Deviation);
        if (Response != DecayResponse.Tail)
        {
            // The response is left out of the search: only what comes after it counts.
            double width = Response == DecayResponse.Measured ? window.Measured!.DeviationSeconds : window.RiseDeviation;
            (double[] time, double[] many, double[] counts, double[]? deviation) = window.Coarse(window.PeakSeconds + (2 * width));
            if (time.Length >= 8)
                rough = new DecayCost(new StretchedModel(time, many, DecayResponse.Tail, window.PeakSeconds, null, logBackground), counts, deviation);
        }
        var search = new LevenbergMarquardt(rough.Count);
        (double[] lower, double[] upper) = Bounds(rough.Model, DecayResponse.Tail, 1, true);
        double least = double.PositiveInfinity;
        var found = new double[rough.Count];
        var place = new double[rough.Count];
        foreach (double beta in (ReadOnlySpan<double>)[.3, .5, .7, .9])
        {
            foreach (double slope in window.Slopes)
            {
                place[0] = backgroundStart;
                place[1] = Math.Log(window.PeakCounts);
                place[2] = Math.Log(slope);
                place[3] = Math.Log(beta);
                double value = search.Minimise(rough, place, lower, upper, CoarseIterations, 1e-6);
                if (value < least)
                {
                    least = value;
                    place.CopyTo(found, 0);
                }
            }
        }
        var fine = new DecayCost(new StretchedModel(window.Time, null, Response, window.PeakSeconds, window.Measured, logBackground), window.Counts, window.Deviation);
        search = new LevenbergMarquardt(fine.Count);
        (lower, upper) = Bounds(fine.Model, Response, 1, true);
        double[] best = [found[0], .. responseStart ?? DefaultResponse(), .. found[1..]];
        cost = search.Minimise(fine, best, lower, upper, Iterations, Tolerance);
        return best;
    }

    internal DecayFit Report(DecayShape shape, int terms, double[] best, double cost, bool profiles)
    {
        bool stretched = shape == DecayShape.Stretched;
        DecayModel model = stretched ? new StretchedModel(window.Time, null, Response, window.PeakSeconds, window.Measured, logBackground)
            : new ExponentialModel(terms, window.Time, null, Response, window.PeakSeconds, window.Measured, logBackground);
        var function = new DecayCost(model, window.Counts, window.Deviation);
        var search = new LevenbergMarquardt(model.Count);
        (double[] lower, double[] upper) = Bounds(model, Response, terms, stretched);
        // Renews the curvature at the minimum.
        search.Minimise(function, best, lower, upper, 0, Tolerance);
        int p = model.Count, n = window.Counts.Length, free = Free(p);
        var covariance = new double[p * p];
        search.Covariance(best, lower, upper, covariance);
        var fitted = new double[n];
        model.Evaluate(best, fitted, []);
        DecayResiduals residuals = DecayResiduals.Of(window, fitted, free);
        double reduced = residuals.ReducedChiSquared, scale = window.Deviation is null ? 1 : Math.Max(reduced, 1);
        if (window.IsEstimated)
            scale = reduced;
        var profile = new ProfileInterval(function);

        // From the curvature, in the parameter itself or in its logarithm.
        FittedValue Curved(int at, bool logarithm)
        {
            double value = logarithm ? Math.Exp(best[at]) : best[at], error = Math.Sqrt(covariance[(at * p) + at] * scale);
            return logarithm ? FittedValue.Logarithmic(value, error, 1.96) : FittedValue.Linear(value, error, 1.96);
        }
        FittedValue Profiled(ProfileInterval.Quantity quantity)
        {
            Span<double> slope = stackalloc double[p];
            double logarithm = quantity(best, slope), value = Math.Exp(logarithm), variance = 0;
            for (int i = 0; i < p; i++)
            {
                for (int j = 0; j < p; j++)
                    variance += slope[i] == 0 || slope[j] == 0 ? 0 : slope[i] * covariance[(i * p) + j] * slope[j];
            }
            double error = Math.Sqrt(variance * scale);
            if (!profiles)
                return FittedValue.Logarithmic(value, error, 1.96);
            double? low = profile.End(quantity, best, cost, covariance, lower, upper, -1, scale);
            return FittedValue.Profiled(value, low, profile.End(quantity, best, cost, covariance, lower, upper, 1, scale), error);
        }

        var averaged = (IAveragedDecay)model;
        var unused = new double[p];
        FittedValue amplitudeAverage = Profiled((x, slope) => averaged.LogAverages(x, slope, unused).Amplitude);
        FittedValue intensityAverage = Profiled((x, slope) => averaged.LogAverages(x, unused, slope).Intensity);
        var components = new DecayComponent[terms];
        double amplitudes = 0, areas = 0;
        for (int i = 0; i < terms; i++)
        {
            double a = Math.Exp(best[model.First + (2 * i)]);
            amplitudes += a;
            areas += a * Math.Exp(best[model.First + (2 * i) + 1]);
        }
        for (int i = 0; i < terms; i++)
        {
            int at = model.First + (2 * i);
            // A single exponential is its own average.
            FittedValue lifetime = terms == 1 && !stretched ? amplitudeAverage : Profiled((x, slope) =>
            {
                slope.Clear();
                slope[at + 1] = 1;
                return x[at + 1];
            });
            double a = Math.Exp(best[at]);
            components[i] = new DecayComponent(Curved(at, true), lifetime, a / amplitudes, a * lifetime.Value / areas, Part(model, best, terms, i));
        }
        return new DecayFit
        {
            Shape = shape,
            Components = components,
            StretchingExponent = stretched ? Curved(model.First + 2, true) : null,
            BackgroundCounts = Curved(0, logBackground),
            AmplitudeAverageSeconds = amplitudeAverage,
            IntensityAverageSeconds = intensityAverage,
            Response = Response,
            TimeZeroSeconds = Response switch
            {
                DecayResponse.Gaussian => Curved(1, false),
                DecayResponse.Tail => new FittedValue(window.PeakSeconds, null, null),
                _ => null,
            },
            ResponseDeviationSeconds = Response == DecayResponse.Gaussian ? Curved(2, true) : null,
            ResponseShiftSeconds = Response == DecayResponse.Measured ? Curved(1, false) : null,
            TimeSeconds = window.Time,
            Counts = window.Counts,
            FittedCounts = fitted,
            WeightedResiduals = residuals.Weighted,
            ResponsePerSecond = Placed(best),
            FirstBin = window.First,
            IsPoisson = window.Deviation is null,
            Deviance = cost,
            ParameterCount = free,
            InformationCriterion = cost + (free * Math.Log(n)),
            ReducedChiSquared = reduced,
            DurbinWatson = residuals.DurbinWatson,
            Quality = residuals.Quality | Quality(components, fitted, best),
        };
    }

    private DecayQuality Quality(DecayComponent[] components, double[] fitted, double[] best)
    {
        DecayQuality quality = DecayQuality.Good;
        double length = window.Time[^1] - Math.Max(window.RiseSeconds, window.Time[0]);
        foreach (DecayComponent component in components)
        {
            if (!component.LifetimeSeconds.IsIdentified)
                quality |= DecayQuality.NotIdentified;
            if (component.LifetimeSeconds.Value > length || component.LifetimeSeconds.Upper95 > length)
                quality |= DecayQuality.LifetimeBeyondWindow;
        }
        double background = logBackground ? Math.Exp(best[0]) : best[0];
        if (window.Deviation is null && fitted.Sum() - (background * fitted.Length) < 500)
            quality |= DecayQuality.FewCounts;
        if (options.Pulses is { } pulses && curve.Counts.Sum() > .05 * pulses)
            quality |= DecayQuality.PileUp;
        return quality;
    }

    private double[] Part(DecayModel model, double[] best, int terms, int which)
    {
        double[] alone = [.. best];
        for (int i = 0; i < terms; i++)
        {
            if (i != which)
                alone[model.First + (2 * i)] = double.NegativeInfinity;
        }
        alone[0] = logBackground ? double.NegativeInfinity : 0;
        var counts = new double[window.Time.Length];
        model.Evaluate(alone, counts, []);
        return counts;
    }

    private double[]? Placed(double[] best)
    {
        if (Response == DecayResponse.Tail)
            return null;
        var density = new double[window.Time.Length];
        for (int k = 0; k < density.Length; k++)
        {
            if (Response == DecayResponse.Gaussian)
            {
                double s = Math.Exp(best[2]), z = (window.Time[k] - best[1]) / s;
                density[k] = Math.Exp(-.5 * z * z) / (s * Math.Sqrt(2 * Math.PI));
                continue;
            }
            double[] r = window.Measured!.DensityPerSecond;
            double position = (window.Time[k] - best[1] - window.Measured.TimeSeconds[0]) / window.Measured.BinSeconds;
            int node = (int)Math.Floor(position);
            double At(int i) => i >= 0 && i < r.Length ? r[i] : 0;
            density[k] = At(node) + ((position - node) * (At(node + 1) - At(node)));
        }
        return density;
    }

    private double Background(double counts) => options.HoldBackground ? Held() : logBackground ? Math.Log(counts) : counts;

    private double Held()
    {
        double stated = curve.BackgroundCounts!.Value;
        return logBackground ? Math.Log(Math.Max(stated, 1e-12)) : stated;
    }

    private double[] DefaultResponse() => Response switch
    {
        DecayResponse.Gaussian => [window.RiseSeconds, Math.Log(window.RiseDeviation)],
        DecayResponse.Measured => [window.RiseSeconds - window.Measured!.PeakSeconds],
        _ => [],
    };

    private void Start(double[] place, DecayResponse response, int terms, int start, ref RandomStream random)
    {
        int at = 1;
        place[0] = backgroundStart;
        double width = Response == DecayResponse.Measured ? Math.Max(window.RiseDeviation, window.Measured!.DeviationSeconds) : window.RiseDeviation;
        double spread = response == DecayResponse.Gaussian ? width : 0;
        if (response == DecayResponse.Gaussian)
        {
            place[at++] = window.RiseSeconds + (start == 0 ? 0 : spread * random.NextNormal());
            place[at++] = Math.Log(Math.Max(spread, .3 * window.Width)) + (start == 0 ? 0 : .3 * random.NextNormal());
        }
        double[] slopes = window.Slopes;
        double low = Math.Log(Math.Max(2 * window.Width, .03 * slopes[0])), high = Math.Log(Math.Max(window.Length, 4 * window.Width));
        for (int i = 0; i < terms; i++)
        {
            // The first from the slopes; later ones around them, then anywhere.
            double slope = terms == 1 ? slopes[1] : terms == 2 ? (i == 0 ? slopes[0] : Math.Max(slopes[1], slopes[2])) : slopes[i];
            double logTau = Math.Log(slope) + (.3 * (i - (.5 * (terms - 1))));
            logTau = start == 0 ? logTau : start % 2 == 1 ? logTau + (.7 * random.NextNormal()) : low + ((high - low) * random.NextDouble());
            double share = start == 0 ? Math.Pow(.2, i) : Math.Exp(1.5 * random.NextNormal());
            place[at + (2 * i)] = Math.Log(window.PeakCounts * share) + (spread > 0 ? Math.Log(1 + (spread * Math.Exp(-logTau))) : 0);
            place[at + (2 * i) + 1] = logTau;
        }
    }

    private List<double[]> Full(double[] place, int terms, int count)
    {
        if (Response != DecayResponse.Measured)
            return [place];
        // The shift has minima of its own where the record starts on the response.
        var places = new List<double[]>();
        foreach (double offset in (ReadOnlySpan<double>)[0, -1, 1])
        {
            var full = new double[count];
            full[0] = place[0];
            full[1] = place[1] - window.Measured!.PeakSeconds + (offset * window.Measured.DeviationSeconds);
            place.AsSpan(3, 2 * terms).CopyTo(full.AsSpan(2));
            places.Add(full);
        }
        return places;
    }

    private static void Sort(double[] parameters, int first, int terms)
    {
        for (int i = 1; i < terms; i++)
        {
            for (int j = i; j > 0 && parameters[first + (2 * j) + 1] < parameters[first + (2 * j) - 1]; j--)
            {
                (parameters[first + (2 * j)], parameters[first + (2 * j) - 2]) = (parameters[first + (2 * j) - 2], parameters[first + (2 * j)]);
                (parameters[first + (2 * j) + 1], parameters[first + (2 * j) - 1]) = (parameters[first + (2 * j) - 1], parameters[first + (2 * j) + 1]);
            }
        }
    }

    private (double[] Lower, double[] Upper) Bounds(DecayModel model, DecayResponse response, int terms, bool stretched)
    {
        double[] lower = new double[model.Count], upper = new double[model.Count];
        double peak = window.PeakCounts, width = window.Width;
        // A background that adds a hundredth of a count to the whole record is none.
        (lower[0], upper[0]) = logBackground ? (Math.Log(.01 / window.Counts.Length), Math.Log(2 * peak)) : (-2 * peak, 2 * peak);
        if (options.HoldBackground)
            lower[0] = upper[0] = Held();
        double reach = Math.Max(10 * window.RiseDeviation, 20 * width);
        if (Response == DecayResponse.Measured && response != DecayResponse.Tail)
        {
            // The decay peaks after its response, by no more than a few widths; without this a record that starts at its peak could have been excited at any time before.
            double deviation = window.Measured!.DeviationSeconds;
            reach = Math.Max(4 * deviation, 5 * width);
            (lower[1], upper[1]) = (window.PeakSeconds - reach, window.PeakSeconds + (.5 * reach));
            if (response == DecayResponse.Gaussian)
                (lower[2], upper[2]) = (Math.Log(.5 * deviation), Math.Log(2 * deviation));
            else
                (lower[1], upper[1]) = (lower[1] - window.Measured.PeakSeconds, upper[1] - window.Measured.PeakSeconds);
        }
        else if (response == DecayResponse.Gaussian)
        {
            (lower[1], upper[1]) = (window.PeakSeconds - reach, window.PeakSeconds + (.5 * reach));
            // A bin alone has a standard deviation of width / sqrt 12.
            (lower[2], upper[2]) = (Math.Log(.29 * width), Math.Log(.25 * window.Length));
        }
        for (int i = 0; i < terms; i++)
        {
            int at = model.First + (2 * i);
            (lower[at], upper[at]) = (Math.Log(peak * 1e-7), Math.Log(peak * 1e5));
            (lower[at + 1], upper[at + 1]) = (Math.Log(.3 * width), Math.Log(100 * window.Length));
        }
        if (stretched)
        {
            int at = model.First;
            (lower[at + 1], upper[at + 1]) = (Math.Log(1e-4 * width), Math.Log(100 * window.Length));
            (lower[at + 2], upper[at + 2]) = (Math.Log(.1), 0);
        }
        return (lower, upper);
    }
}
