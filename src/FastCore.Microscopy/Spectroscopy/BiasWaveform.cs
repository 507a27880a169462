using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Spectroscopy;

/// <summary>The bias of a current-voltage sweep, sample by sample.</summary>
public sealed class BiasWaveform
{
    private readonly double[] biasVolts;

    private BiasWaveform(double[] biasVolts, int turnaround, Seconds duration)
    {
        this.biasVolts = biasVolts;
        Turnaround = turnaround;
        Duration = duration;
        Peak = new Volts(biasVolts.Max(Math.Abs));
    }

    /// <summary>Number of samples.</summary>
    public int Count => biasVolts.Length;

    /// <summary>Bias of each sample in volt.</summary>
    public ReadOnlySpan<double> BiasVolts => biasVolts;

    /// <summary>Index of the last sample of the first branch: the peak of a triangle; Count - 1 for a single branch.</summary>
    public int Turnaround { get; }

    /// <summary>Whether there is a second branch that comes back.</summary>
    public bool HasReturnBranch => Turnaround < Count - 1;

    /// <summary>Time that the whole sweep takes.</summary>
    public Seconds Duration { get; }

    /// <summary>Largest magnitude of the bias.</summary>
    public Volts Peak { get; }

    /// <summary>
    /// 0 -> <paramref name="peak"/> -> 0 in <paramref name="samples"/> samples (odd); the peak is not repeated. The published sweep is 1.5 V
    /// with 251 samples: 126 up, 125 down, 12 mV apart.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 3 samples or an even number, a bias or duration that is not finite or not positive.</exception>
    public static BiasWaveform Triangle(Volts peak, int samples, Seconds duration)
    {
        if (samples < 3 || samples % 2 == 0)
            throw new ArgumentOutOfRangeException(nameof(samples), samples, "A triangle needs an odd number of samples, at least 3, so that the peak stands in the middle.");
        if (!double.IsFinite(peak.Value) || peak.Value == 0)
            throw new ArgumentOutOfRangeException(nameof(peak), peak.Value, "The peak bias must be finite and not zero.");
        CheckDuration(duration);
        int up = samples / 2;
        var bias = new double[samples];
        for (int k = 0; k < samples; k++)
            bias[k] = peak.Value * (k <= up ? k : samples - 1 - k) / up;
        return new BiasWaveform(bias, up, duration);
    }

    /// <summary>A single branch from <paramref name="start"/> to <paramref name="stop"/> in equal steps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 2 samples, equal or non-finite ends, a duration that is not positive.</exception>
    public static BiasWaveform Line(Volts start, Volts stop, int samples, Seconds duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 2);
        if (!double.IsFinite(start.Value) || !double.IsFinite(stop.Value) || start.Value == stop.Value)
            throw new ArgumentOutOfRangeException(nameof(stop), stop.Value, "The ends of a bias line must be finite and different.");
        CheckDuration(duration);
        var bias = new double[samples];
        for (int k = 0; k < samples; k++)
            bias[k] = start.Value + ((stop.Value - start.Value) * k / (samples - 1));
        return new BiasWaveform(bias, samples - 1, duration);
    }

    /// <summary>
    /// A recorded bias of one branch, or of two that meet at a peak. A bias that turns around more than once is refused.
    /// </summary>
    /// <param name="biasVolts">Bias of each sample in volt; copied.</param>
    /// <param name="duration">Time that the whole sweep takes.</param>
    /// <exception cref="ArgumentException">Fewer than 2 samples, a value that is not finite, no change at all, or more than one turnaround.</exception>
    public static BiasWaveform FromSamples(ReadOnlySpan<double> biasVolts, Seconds duration)
    {
        CheckDuration(duration);
        if (biasVolts.Length < 2)
            throw new ArgumentException($"A sweep needs at least 2 samples; there are {biasVolts.Length}.", nameof(biasVolts));
        int turnaround = biasVolts.Length - 1;
        int direction = 0;
        for (int k = 0; k < biasVolts.Length; k++)
        {
            if (!double.IsFinite(biasVolts[k]))
                throw new ArgumentException($"The bias of sample {k} is not finite.", nameof(biasVolts));
            int step = k == 0 ? 0 : Math.Sign(biasVolts[k] - biasVolts[k - 1]);
            if (step == 0)
                continue;
            if (direction != 0 && step != direction)
            {
                if (turnaround < biasVolts.Length - 1)
                    throw new ArgumentException($"The bias turns around at samples {turnaround} and {k - 1}; one branch, or two that meet at a peak, are allowed.", nameof(biasVolts));
                turnaround = k - 1;
            }
            direction = step;
        }
        return direction != 0
            ? new BiasWaveform(biasVolts.ToArray(), turnaround, duration)
            : throw new ArgumentException("The bias does not change over the sweep.", nameof(biasVolts));
    }

    private static void CheckDuration(Seconds duration)
    {
        if (!double.IsFinite(duration.Value) || duration.Value <= 0)
            throw new ArgumentOutOfRangeException(nameof(duration), duration.Value, "The sweep must last a positive, finite time in seconds.");
    }
}
