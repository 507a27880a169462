namespace FastCore.Microscopy.Photovoltaics;

/// <summary>A measured instrument response, ready for convolution: baseline taken off, cut where it sinks into its noise, of unit area.</summary>
public sealed record InstrumentResponse
{
    private const int LeastBins = 5;

    private InstrumentResponse()
    {
    }

    /// <summary>Name of the curve.</summary>
    public required string Name { get; init; }

    /// <summary>Time of each node in second, equally spaced, on the axis of the measurement.</summary>
    public required double[] TimeSeconds { get; init; }

    /// <summary>Response per second at each node; its integral, linear between nodes and zero outside, is 1.</summary>
    public required double[] DensityPerSecond { get; init; }

    /// <summary>Width of a bin in second.</summary>
    public required double BinSeconds { get; init; }

    /// <summary>Mean time of the response in second.</summary>
    public double MeanSeconds { get; private init; }

    /// <summary>Time of the highest node in second.</summary>
    public double PeakSeconds { get; private init; }

    /// <summary>Standard deviation of a Gaussian with the same full width at half maximum, in second; of the whole response a weak tail alone would widen it.</summary>
    public double DeviationSeconds { get; private init; }

    /// <summary>
    /// A response from its histogram. The baseline is the median of the bins before 1 % of the peak; both ends are cut where eight neighbouring bins sink below
    /// three deviations of their mean, and what stays negative is zero.
    /// </summary>
    /// <exception cref="ArgumentException">Fewer than 5 bins, bins of unequal width, numbers that are not finite, or no peak.</exception>
    public static InstrumentResponse Of(DecayCurve response)
    {
        ArgumentNullException.ThrowIfNull(response);
        DecayCheck.Curve(response, LeastBins);
        double width = DecayCheck.BinWidth(response)
            ?? throw new ArgumentException($"{response.Name}: the bins of a response must be equally wide; export it again.", nameof(response));
        double[] counts = response.Counts;
        int peak = Array.IndexOf(counts, counts.Max());
        if (!(counts[peak] > 0))
            throw new ArgumentException($"{response.Name}: the response has no positive counts; measure it again.", nameof(response));
        int rise = peak;
        while (rise > 0 && counts[rise - 1] > .01 * counts[peak])
            rise--;
        double[] before = counts[..rise];
        Array.Sort(before);
        double baseline = before.Length > 0 ? before[before.Length / 2] : 0;
        double[] spread = Array.ConvertAll(before, c => Math.Abs(c - baseline));
        Array.Sort(spread);
        double noise = spread.Length > 0 ? 1.4826 * spread[spread.Length / 2] : 0;
        int first = peak, last = peak;
        while (first > 0 && Mean(counts, first - 8, first) - baseline > 3 * noise / Math.Sqrt(8) && counts[first - 1] > baseline)
            first--;
        while (last < counts.Length - 1 && Mean(counts, last + 1, last + 9) - baseline > 3 * noise / Math.Sqrt(8))
            last++;
        var density = new double[last - first + 1];
        for (int k = 0; k < density.Length; k++)
            density[k] = Math.Max(counts[first + k] - baseline, 0);
        return Normalised(response.Name, response.TimeSeconds[first], width, density);
    }

    /// <summary>The same response in bins that are a whole number of times as wide, for a decay that was measured with such bins.</summary>
    /// <exception cref="ArgumentException">A width that is no multiple; the message names both.</exception>
    public InstrumentResponse ToBins(double binSeconds)
    {
        double ratio = binSeconds / BinSeconds;
        int factor = (int)Math.Round(ratio);
        if (!(ratio > 0) || factor < 1 || Math.Abs(ratio - factor) > 1e-3 * factor)
            throw new ArgumentException(
                $"{Name}: bins of {BinSeconds:g6} s cannot be joined to bins of {binSeconds:g6} s, which are no whole number of times as wide; "
                + "measure the response with the bins of the decay.", nameof(binSeconds));
        if (factor == 1)
            return this;
        // Each wide node takes the narrow ones about it with weights that fall linearly to its neighbours: area and mean are kept.
        int count = ((DensityPerSecond.Length - 1 + factor - 1) / factor) + 1;
        var density = new double[count];
        for (int k = 0; k < DensityPerSecond.Length; k++)
        {
            int left = k / factor;
            double share = (double)(k % factor) / factor;
            density[left] += (1 - share) * DensityPerSecond[k];
            if (share > 0)
                density[left + 1] += share * DensityPerSecond[k];
        }
        return Normalised(Name, TimeSeconds[0], BinSeconds * factor, density);
    }

    private static double Mean(double[] values, int from, int to)
    {
        double sum = 0;
        int count = 0;
        for (int k = Math.Max(from, 0); k < Math.Min(to, values.Length); k++, count++)
            sum += values[k];
        return count > 0 ? sum / count : double.NegativeInfinity;
    }

    private static InstrumentResponse Normalised(string name, double start, double width, double[] density)
    {
        double area = density.Sum() * width, mean = 0;
        var time = new double[density.Length];
        for (int k = 0; k < density.Length; k++)
        {
            time[k] = start + (k * width);
            density[k] /= area;
            mean += time[k] * density[k] * width;
        }
        int peak = Array.IndexOf(density, density.Max()), left = peak, right = peak;
        double half = .5 * density[peak];
        while (left > 0 && density[left] > half)
            left--;
        while (right < density.Length - 1 && density[right] > half)
            right++;
        // Linear between the nodes about half height; an end above it counts as it is.
        double from = density[left] < half ? left + ((half - density[left]) / (density[left + 1] - density[left])) : left - .5;
        double to = density[right] < half ? right - ((half - density[right]) / (density[right - 1] - density[right])) : right + .5;
        return new InstrumentResponse
        {
            Name = name,
            TimeSeconds = time,
            DensityPerSecond = density,
            BinSeconds = width,
            MeanSeconds = mean,
            PeakSeconds = time[peak],
            DeviationSeconds = (to - from) * width / 2.3548,
        };
    }
}
