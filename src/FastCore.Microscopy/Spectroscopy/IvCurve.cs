namespace FastCore.Microscopy.Spectroscopy;

/// <summary>A measured current-voltage curve: one current per sample of its waveform.</summary>
public sealed class IvCurve
{
    /// <summary>Wraps <paramref name="currentAmperes"/> (not copied).</summary>
    /// <exception cref="ArgumentException">The number of currents is not that of the waveform's samples.</exception>
    public IvCurve(BiasWaveform waveform, double[] currentAmperes)
    {
        ArgumentNullException.ThrowIfNull(waveform);
        ArgumentNullException.ThrowIfNull(currentAmperes);
        if (currentAmperes.Length != waveform.Count)
            throw new ArgumentException($"The curve has {currentAmperes.Length} currents; its waveform has {waveform.Count} samples.", nameof(currentAmperes));
        Waveform = waveform;
        CurrentAmperes = currentAmperes;
    }

    /// <summary>The bias of each sample.</summary>
    public BiasWaveform Waveform { get; }

    /// <summary>Current of each sample in ampere.</summary>
    public double[] CurrentAmperes { get; }
}
