using System.Buffers;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Spectroscopy;

/// <summary>
/// Cleans a curve and says whether it may be learned from (SPEC 5.1). Works for any waveform; a single branch has no displacement estimate and no
/// test for a lost contact. Allocates nothing.
/// </summary>
public sealed class QualityGate
{
    /// <summary>Creates a gate for an amplifier that clips at <paramref name="range"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not positive.</exception>
    public QualityGate(Amperes range)
    {
        if (!(range.Value > 0))
            throw new ArgumentOutOfRangeException(nameof(range), range.Value, "The amplifier's range must be a positive current in ampere.");
        Range = range;
    }

    /// <summary>A gate for an amplifier of +-10 nA.</summary>
    public QualityGate()
        : this(new Amperes(10e-9))
    {
    }

    /// <summary>Where the amplifier clips.</summary>
    public Amperes Range { get; }

    /// <summary>Cleans and judges one curve.</summary>
    /// <param name="waveform">Its bias.</param>
    /// <param name="currentAmperes">Its current.</param>
    /// <param name="cleanedAmperes">
    /// Destination, as long: offset and, where its share matters, displacement removed. A copy if the curve is not finite.
    /// </param>
    /// <param name="preTriggerVolts">Bias before the sweep, if there is a record of it with the tip off the sample.</param>
    /// <param name="preTriggerAmperes">Current before the sweep, as long as its bias.</param>
    /// <exception cref="ArgumentException">Lengths that do not fit.</exception>
    public IvAssessment Assess(
        BiasWaveform waveform, ReadOnlySpan<double> currentAmperes, Span<double> cleanedAmperes,
        ReadOnlySpan<double> preTriggerVolts = default, ReadOnlySpan<double> preTriggerAmperes = default)
    {
        ArgumentNullException.ThrowIfNull(waveform);
        int count = waveform.Count;
        if (currentAmperes.Length != count || cleanedAmperes.Length != count)
            throw new ArgumentException($"The waveform has {count} samples, the curve {currentAmperes.Length}, the destination "
                + $"{cleanedAmperes.Length}.", nameof(currentAmperes));
        if (preTriggerVolts.Length != preTriggerAmperes.Length)
            throw new ArgumentException($"The pre-trigger has {preTriggerVolts.Length} biases and {preTriggerAmperes.Length} "
                + $"currents.", nameof(preTriggerAmperes));
        currentAmperes.CopyTo(cleanedAmperes);
        foreach (double current in currentAmperes)
        {
            if (!double.IsFinite(current))
                return new IvAssessment(IvQuality.NotFinite, 0, 0, null, false, 0, 0, 0);
        }
        double[] scratch = ArrayPool<double>.Shared.Rent(Math.Max(count, preTriggerVolts.Length));
        try
        {
            return Assess(waveform, currentAmperes, cleanedAmperes, preTriggerVolts, preTriggerAmperes, scratch);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(scratch);
        }
    }

    private IvAssessment Assess(
        BiasWaveform waveform, ReadOnlySpan<double> raw, Span<double> cleaned,
        ReadOnlySpan<double> preTriggerVolts, ReadOnlySpan<double> preTriggerAmperes, double[] scratch)
    {
        double offset = Offset(preTriggerVolts, preTriggerAmperes, scratch);
        if (offset != 0)
        {
            foreach (ref double current in cleaned)
                current -= offset;
        }
        int turn = waveform.Turnaround;
        double sigma = Noise(cleaned, turn, scratch);
        double? capacitance = Capacitance(waveform, cleaned, scratch);
        (double range, _) = RangeOf(cleaned);
        bool lost = waveform.HasReturnBranch
            && LargestDeviation(cleaned[(turn + 1)..], scratch) < 5 * sigma && RangeOf(cleaned[..(turn + 1)]).Maximum > 20 * sigma;
        bool removed = capacitance is { } c && RemoveDisplacement(waveform, c, sigma, range, cleaned);
        double maximum = 0;
        if (removed)
            (range, maximum) = RangeOf(cleaned);
        else
            (_, maximum) = RangeOf(cleaned);

        IvQuality quality = IvQuality.Good;
        // A curve without any response is no contact, whatever its constant value.
        if (maximum <= 5 * sigma || range == 0)
            quality |= IvQuality.Open;
        int clipped = 0;
        foreach (double current in raw)
        {
            if (Math.Abs(current) >= .99 * Range.Value)
                clipped++;
        }
        if (clipped >= 3)
            quality |= IvQuality.Saturated;
        // The two steps at the turnaround are displacement: 2 C dV/dt, which side of the peak sample depends on how the instrument averages.
        double largestStep = 0;
        for (int k = 1; k < cleaned.Length; k++)
        {
            if (k != turn && k != turn + 1)
                largestStep = Math.Max(largestStep, Math.Abs(cleaned[k] - cleaned[k - 1]));
        }
        if (largestStep > Math.Max(10 * sigma, .25 * range))
            quality |= IvQuality.Jump;
        if (lost)
            quality |= IvQuality.Lost;
        if (sigma > .05 * range)
            quality |= IvQuality.Noisy;
        return new IvAssessment(quality, sigma, offset, capacitance, removed, range, maximum, largestStep);
    }

    private static double Offset(ReadOnlySpan<double> volts, ReadOnlySpan<double> amperes, double[] scratch)
    {
        int used = 0;
        for (int k = 0; k < volts.Length; k++)
        {
            if (Math.Abs(volts[k]) < .024 && double.IsFinite(amperes[k]))
                scratch[used++] = amperes[k];
        }
        return used == 0 ? 0 : Median(scratch.AsSpan(0, used));
    }

    private static double Noise(ReadOnlySpan<double> current, int turn, double[] scratch)
    {
        int used = 0;
        for (int k = 1; k < current.Length - 1; k++)
        {
            // The kink at the turnaround belongs to the signal.
            if (k != turn && k != turn + 1)
                scratch[used++] = current[k + 1] - (2 * current[k]) + current[k - 1];
        }
        if (used == 0)
            return 0;
        Span<double> differences = scratch.AsSpan(0, used);
        double middle = Median(differences);
        foreach (ref double difference in differences)
            difference = Math.Abs(difference - middle);
        return 1.4826 * Median(differences) / Math.Sqrt(6);
    }

    private static double? Capacitance(BiasWaveform waveform, ReadOnlySpan<double> current, double[] scratch)
    {
        if (!waveform.HasReturnBranch)
            return null;
        ReadOnlySpan<double> bias = waveform.BiasVolts;
        int turn = waveform.Turnaround;
        double sampleSeconds = waveform.Duration.Value / waveform.Count;
        double limit = bias[0] + (.05 * (bias[turn] - bias[0]));
        double sign = Math.Sign(bias[turn] - bias[0]);
        int used = 0;
        for (int up = 0; up < turn; up++)
        {
            if (sign * bias[up] > sign * limit)
                break;
            int down = bias.Length - 1 - up;
            double rate = (bias[up + 1] - bias[up]) / sampleSeconds;
            if (down > turn && rate != 0)
                scratch[used++] = (current[up] - current[down]) / (2 * rate);
        }
        return used == 0 ? null : Median(scratch.AsSpan(0, used));
    }

    // The share matters above one sigma or one percent of the range.
    private static bool RemoveDisplacement(BiasWaveform waveform, double capacitance, double sigma, double range, Span<double> current)
    {
        ReadOnlySpan<double> bias = waveform.BiasVolts;
        double sampleSeconds = waveform.Duration.Value / waveform.Count;
        double typical = capacitance * (bias[1] - bias[0]) / sampleSeconds;
        if (Math.Abs(typical) <= Math.Min(sigma, .01 * range))
            return false;
        for (int k = 0; k < current.Length; k++)
        {
            double before = k > 0 ? bias[k] - bias[k - 1] : bias[1] - bias[0];
            double after = k < current.Length - 1 ? bias[k + 1] - bias[k] : before;
            current[k] -= capacitance * (before + after) / (2 * sampleSeconds);
        }
        return true;
    }

    // From the branch's own median: the displacement of a silent branch is constant, and a lost contact has spoilt the estimate of C.
    private static double LargestDeviation(ReadOnlySpan<double> branch, double[] scratch)
    {
        branch.CopyTo(scratch);
        double middle = Median(scratch.AsSpan(0, branch.Length));
        double largest = 0;
        foreach (double current in branch)
            largest = Math.Max(largest, Math.Abs(current - middle));
        return largest;
    }

    private static (double Range, double Maximum) RangeOf(ReadOnlySpan<double> current)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in current)
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }
        return (high - low, Math.Max(Math.Abs(low), Math.Abs(high)));
    }

    private static double Median(Span<double> values)
    {
        values.Sort();
        int half = values.Length / 2;
        return values.Length % 2 == 1 ? values[half] : .5 * (values[half - 1] + values[half]);
    }
}
