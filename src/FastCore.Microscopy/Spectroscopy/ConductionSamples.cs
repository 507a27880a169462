namespace FastCore.Microscopy.Spectroscopy;

/// <summary>The samples of a curve's rising branch that a law of conduction can be told from: above 0.05 V and three times the noise.</summary>
public sealed class ConductionSamples
{
    /// <summary>Fewer samples tell nothing.</summary>
    public const int Least = 10;

    private const double LeastVolts = 0.05;

    // Part of the current that no law through a contact holds to: without it the largest currents alone would decide.
    private const double Trust = 0.02;

    private ConductionSamples(double[] volts, double[] logAmperes, double[] weights)
    {
        Volts = volts;
        LogAmperes = logAmperes;
        Weights = weights;
    }

    /// <summary>Number of samples.</summary>
    public int Count => Volts.Length;

    /// <summary>Bias in volt, rising.</summary>
    public double[] Volts { get; }

    /// <summary>ln(I / 1 A).</summary>
    public double[] LogAmperes { get; }

    /// <summary>1 / variance of ln I: (sigma / I)^2 and two percent.</summary>
    public double[] Weights { get; }

    /// <summary>Takes the samples out of a cleaned curve.</summary>
    /// <param name="waveform">Its bias.</param>
    /// <param name="cleanedAmperes">Its cleaned current.</param>
    /// <param name="noiseAmperes">sigma_I of the gate.</param>
    /// <exception cref="ArgumentException">A length that does not fit.</exception>
    public static ConductionSamples Of(BiasWaveform waveform, ReadOnlySpan<double> cleanedAmperes, double noiseAmperes)
    {
        ArgumentNullException.ThrowIfNull(waveform);
        if (cleanedAmperes.Length != waveform.Count)
            throw new ArgumentException($"The curve has {cleanedAmperes.Length} currents; its waveform has {waveform.Count} samples.", nameof(cleanedAmperes));
        var samples = new List<(double Volts, double Amperes)>();
        for (int k = 0; k <= waveform.Turnaround; k++)
        {
            double v = waveform.BiasVolts[k], current = cleanedAmperes[k];
            if (v > LeastVolts && current > 3 * noiseAmperes && current > 0)
                samples.Add((v, current));
        }
        samples.Sort((a, b) => a.Volts.CompareTo(b.Volts));
        return new ConductionSamples([.. samples.Select(s => s.Volts)], [.. samples.Select(s => Math.Log(s.Amperes))],
            [.. samples.Select(s => 1 / (Math.Pow(noiseAmperes / s.Amperes, 2) + (Trust * Trust)))]);
    }
}
