namespace FastCore.Microscopy.Photovoltaics;

/// <summary>The part of a decay that is fitted, its weights, and what can be seen in it without a fit.</summary>
internal sealed class DecayWindow
{
    internal const int LeastBins = 16;

    private DecayWindow(double[] time, double[] counts, double[]? deviation, int first, bool estimated)
    {
        Time = time;
        Counts = counts;
        Deviation = deviation;
        First = first;
        IsEstimated = estimated;
    }

    internal double[] Time { get; }

    internal double[] Counts { get; }

    /// <summary>Standard deviations; null for Poisson's counts.</summary>
    internal double[]? Deviation { get; }

    /// <summary>Index of the first bin in the curve.</summary>
    internal int First { get; }

    internal bool IsEstimated { get; }

    internal DecayResponse Response { get; private set; }

    internal InstrumentResponse? Measured { get; private set; }

    internal double Width => (Time[^1] - Time[0]) / (Time.Length - 1);

    internal double Length => Time[^1] - Time[0];

    internal double PeakCounts { get; private set; }

    internal double PeakSeconds { get; private set; }

    /// <summary>Half height of the rise, or the peak where there is none.</summary>
    internal double RiseSeconds { get; private set; }

    /// <summary>Standard deviation of a Gaussian with this rise; 0 where there is none.</summary>
    internal double RiseDeviation { get; private set; }

    internal double Background { get; private set; }

    /// <summary>Lifetimes of the first e-fold and of the first and second decade.</summary>
    internal double[] Slopes { get; private set; } = [];

    internal static DecayWindow Of(DecayCurve curve, InstrumentResponse? measured, TrplOptions options)
    {
        DecayCheck.Curve(curve, LeastBins);
        int from = 0, to = curve.Counts.Length;
        while (from < to && curve.TimeSeconds[from] < options.FromSeconds)
            from++;
        while (to > from && curve.TimeSeconds[to - 1] > options.ToSeconds)
            to--;
        bool raw = curve.DeviationCounts is null && curve.IsRaw;
        if (raw)
            (from, to) = Trimmed(curve.Counts, from, to);
        Require(curve, to - from, "the window");
        DecayWindow window = Cut(curve, from, to, raw);
        window.Look(curve.BackgroundCounts);
        bool rises = window.RiseDeviation > 0;
        window.Response = options.Response switch
        {
            DecayResponse.Automatic => measured is not null ? DecayResponse.Measured : rises ? DecayResponse.Gaussian : DecayResponse.Tail,
            DecayResponse.Measured when measured is null =>
                throw new ArgumentException($"{curve.Name}: no measured response was given; give one, or take the Gaussian or the tail.", nameof(options)),
            DecayResponse.Gaussian when !rises =>
                throw new ArgumentException(
                $"{curve.Name}: the record starts at its peak, so that a Gaussian response cannot be fitted; take the tail or give a measured response.",
                nameof(options)),
            _ => options.Response,
        };
        if (window.Response == DecayResponse.Measured)
        {
            double width = DecayCheck.BinWidth(curve)
                ?? throw new ArgumentException($"{curve.Name}: the bins are not equally wide; with a measured response they must be. Fit the tail instead.",
                    nameof(curve));
            if (Math.Abs(width - measured!.BinSeconds) > 1e-3 * width)
                throw new ArgumentException(
                    $"{measured.Name}: the response has bins of {measured.BinSeconds:g6} s, {curve.Name} of {width:g6} s; they must be equal. "
                    + "Join them with InstrumentResponse.ToBins.", nameof(measured));
            window.Measured = measured;
            return window;
        }
        if (window.Response == DecayResponse.Gaussian)
            return window;
        double delay = options.TailDelaySeconds ?? (2 * (measured?.DeviationSeconds ?? window.RiseDeviation));
        int start = from;
        while (start < to && curve.TimeSeconds[start] < window.PeakSeconds + delay - (1e-6 * window.Width))
            start++;
        Require(curve, to - start, "the tail");
        DecayWindow tail = Cut(curve, start, to, raw);
        // Time zero and scale stay those of the whole record.
        tail.Response = DecayResponse.Tail;
        (tail.PeakCounts, tail.PeakSeconds, tail.RiseSeconds, tail.RiseDeviation, tail.Background, tail.Slopes) =
            (window.PeakCounts, window.PeakSeconds, window.PeakSeconds, window.RiseDeviation, window.Background, window.Slopes);
        return tail;
    }

    private static void Require(DecayCurve curve, int bins, string what)
    {
        if (bins < LeastBins)
            throw new ArgumentException(
                $"{curve.Name}: {what} holds {Math.Max(bins, 0)} bins with counts; {LeastBins} or more are needed. Widen it or measure with narrower bins.",
                nameof(curve));
    }

    private static DecayWindow Cut(DecayCurve curve, int from, int to, bool raw)
    {
        double[] counts = curve.Counts[from..to];
        double[]? deviation = raw ? null : curve.DeviationCounts?[from..to] ?? Estimated(counts);
        return new DecayWindow(curve.TimeSeconds[from..to], counts, deviation, from, !raw && curve.DeviationCounts is null);
    }

    // Bins that an instrument leaves empty at the ends of its memory are no measured zeros: with the rate next to them so many zeros would be a chance below 1e-9.
    private static (int From, int To) Trimmed(double[] counts, int from, int to)
    {
        int first = from, last = to;
        while (first < to && counts[first] == 0)
            first++;
        while (last > first && counts[last - 1] == 0)
            last--;
        int empty = to - last;
        double near = 0;
        for (int k = Math.Max(last - Math.Max(empty, 20), first); k < last; k++)
            near += counts[k];
        int end = near * empty / Math.Max(empty, 20) > 21 ? last : to;
        empty = first - from;
        near = 0;
        // Only where a background runs up to the empty bins: before a rise zeros are real.
        int stop = Math.Min(first + Math.Max(empty / 4, 20), last), rises = first;
        for (int k = first; k < stop; k++)
        {
            near += counts[k];
            rises = counts[k] > counts[rises] ? k : rises;
        }
        bool flat = stop > first && counts[rises] <= (near / (stop - first) * 3) + 5;
        return (flat && near * empty / (stop - first) > 21 ? first : from, end);
    }

    // Variance = floor + gain * level, from second differences, which the decay itself does not enter.
    private static double[] Estimated(double[] counts)
    {
        int n = counts.Length;
        double[] level = new double[n], scatter = new double[n];
        double peak = 0;
        for (int k = 0; k < n; k++)
        {
            int a = Math.Max(k - 3, 0), b = Math.Min(k + 4, n);
            for (int i = a; i < b; i++)
                level[k] += counts[i] / (b - a);
            int c = Math.Clamp(k, 1, n - 2);
            double second = counts[c - 1] - (2 * counts[c]) + counts[c + 1];
            scatter[k] = second * second / 6;
            peak = Math.Max(peak, level[k]);
        }
        // The median of chi-squared with one degree of freedom is .455.
        double Typical(IEnumerable<double> values)
        {
            double[] sorted = [.. values.Order()];
            return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2] / .455;
        }
        int[] low = [.. Enumerable.Range(0, n).Where(k => level[k] < .05 * peak)], high = [.. Enumerable.Range(0, n).Where(k => level[k] >= .05 * peak)];
        double floor = Typical(low.Select(k => scatter[k])), gain = Typical(high.Select(k => Math.Max(scatter[k] - floor, 0) / level[k]));
        double least = 1e-8 * peak * peak;
        return Array.ConvertAll(level, value => Math.Sqrt(Math.Max(floor + (gain * Math.Max(value, 0)), least)));
    }

    private void Look(double? stated)
    {
        int n = Counts.Length, half = Counts.Max() < 400 ? 2 : 0;
        double[] smooth = new double[n];
        for (int k = 0; k < n; k++)
        {
            int a = Math.Max(k - half, 0), b = Math.Min(k + half + 1, n);
            for (int i = a; i < b; i++)
                smooth[k] += Counts[i] / (b - a);
        }
        int peak = Array.IndexOf(smooth, smooth.Max());
        PeakCounts = smooth[peak];
        PeakSeconds = RiseSeconds = Time[peak];
        int foot = peak;
        while (foot > 0 && smooth[foot - 1] > .02 * PeakCounts)
            foot--;
        int before = foot - Math.Max((peak - foot) / 2, 3);
        int tail = Math.Max(n - Math.Max(n / 20, 5), peak);
        double end = Mean(tail, n);
        Background = stated ?? (before >= 10 ? Math.Min(Mean(0, before), end) : .5 * end);
        double height = PeakCounts - Background;
        double? low = Rise(smooth, peak, Background + (.1 * height)), middle = Rise(smooth, peak, Background + (.5 * height)),
            high = Rise(smooth, peak, Background + (.9 * height));
        if (low is { } t10 && middle is { } t50 && high is { } t90 && foot >= 3)
        {
            RiseSeconds = t50;
            // From 10 to 90 % a Gaussian step takes 2.563 deviations.
            RiseDeviation = Math.Max((t90 - t10) / 2.563, .3 * Width);
        }
        double fold = Fall(peak, height / Math.E), decade = Fall(peak, height / 10), second = Fall(peak, height / 100);
        Slopes = [Math.Max(fold, Width), Math.Max((decade - fold) / 1.303, Width), Math.Max((second - decade) / 2.303, Width)];
    }

    private double Mean(int from, int to)
    {
        double sum = 0;
        for (int k = from; k < to; k++)
            sum += Counts[k];
        return sum / Math.Max(to - from, 1);
    }

    private double? Rise(double[] smooth, int peak, double level)
    {
        for (int k = peak; k > 0; k--)
        {
            if (smooth[k - 1] <= level)
                return Time[k - 1] + ((Time[k] - Time[k - 1]) * (level - smooth[k - 1]) / (smooth[k] - smooth[k - 1]));
        }
        return null;
    }

    // Time from the peak until means over growing spans fall below a level above the background.
    private double Fall(int peak, double level)
    {
        for (int k = peak; k < Counts.Length;)
        {
            int to = Math.Min(k + 1 + ((k - peak) / 16), Counts.Length);
            if (Mean(k, to) - Background < level)
                return Time[(k + to - 1) / 2] - Time[peak];
            k = to;
        }
        return Time[^1] - Time[peak];
    }

    /// <summary>The same data in fewer bins, fine about the rise and ever wider after it, for the search of starts.</summary>
    internal (double[] Time, double[] Multiplicity, double[] Counts, double[]? Deviation) Coarse(double after)
    {
        var time = new List<double>();
        var many = new List<double>();
        var sums = new List<double>();
        var variances = new List<double>();
        double rise = RiseSeconds - (8 * RiseDeviation) - (8 * Width), fine = PeakSeconds + (6 * RiseDeviation) + (12 * Width);
        for (int k = 0; k < Counts.Length;)
        {
            int to = Time[k] > fine ? k + 1 + (int)((Time[k] - fine) / Width / 20) : Time[k] < rise ? k + 1 + (int)((rise - Time[k]) / Width / 4) : k + 1;
            to = Math.Min(to, Counts.Length);
            if (Time[k] >= after)
            {
                double sum = 0, variance = 0;
                for (int i = k; i < to; i++)
                {
                    sum += Counts[i];
                    variance += Deviation is null ? 0 : Deviation[i] * Deviation[i];
                }
                time.Add(.5 * (Time[k] + Time[to - 1]));
                many.Add(to - k);
                sums.Add(sum);
                variances.Add(Math.Sqrt(variance));
            }
            k = to;
        }
        return ([.. time], [.. many], [.. sums], Deviation is null ? null : [.. variances]);
    }
}
