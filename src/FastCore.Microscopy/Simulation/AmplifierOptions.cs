using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Simulation;

/// <summary>The current amplifier and converter of the simulated instrument (SPEC 8).</summary>
public sealed record AmplifierOptions
{
    /// <summary>Largest current either way; the converter clips there (10 V at a gain of 1e9 V/A).</summary>
    public Amperes Range { get; init; } = new(10e-9);

    /// <summary>Corner frequency of the single pole in hertz.</summary>
    public double BandwidthHertz { get; init; } = 1000;

    /// <summary>White noise at the input, one-sided, in A/sqrt(Hz).</summary>
    public double NoiseDensity { get; init; } = 4e-15;

    /// <summary>Frequency in hertz below which 1/f noise exceeds the white noise; 0 switches it off.</summary>
    public double FlickerCornerHertz { get; init; } = 10;

    /// <summary>Amplitude of the pick-up from the mains.</summary>
    public Amperes MainsAmplitude { get; init; } = new(2e-12);

    /// <summary>Frequency of the mains in hertz: 50 or 60.</summary>
    public double MainsHertz { get; init; } = 50;

    /// <summary>Drift of the offset in ampere per second.</summary>
    public double DriftAmperesPerSecond { get; init; } = 1e-12 / 60;

    /// <summary>Bits of the converter over the whole range.</summary>
    public int ConverterBits { get; init; } = 18;

    /// <summary>Samples per second of the converter; they are averaged to the samples of the waveform.</summary>
    public double SampleHertz { get; init; } = 10_000;

    /// <summary>
    /// Length of the record taken at zero bias with the lifted tip, whose mean is subtracted from the sweep; 0 switches it off, and the drift stays
    /// in
    /// the curves. It belongs to the time of the approach.
    /// </summary>
    public Seconds PreTrigger { get; init; } = new(.04);

    /// <summary>An amplifier that adds nothing: no noise, no drift, no pole, no steps; it still clips.</summary>
    public static AmplifierOptions Ideal { get; } = new()
    {
        BandwidthHertz = double.PositiveInfinity,
        NoiseDensity = 0,
        FlickerCornerHertz = 0,
        MainsAmplitude = new(0),
        DriftAmperesPerSecond = 0,
        ConverterBits = 48,
        PreTrigger = new(0),
    };
}
