namespace FastCore.Microscopy.Spectroscopy;

/// <summary>Which way a loop runs.</summary>
public enum LoopKind
{
    /// <summary>The branches do not differ by more than 3 sigma anywhere, or there is only one.</summary>
    None,

    /// <summary>The return branch carries more current.</summary>
    Normal,

    /// <summary>The return branch carries less current.</summary>
    Inverted,

    /// <summary>Both, with a crossing in between.</summary>
    Mixed,
}

/// <summary>
/// Quantities of one cleaned curve (SPEC 5.2). What is not defined for a curve is null, never NaN: hysteresis of a single branch, a value outside the
/// swept bias, a ratio whose denominator is noise. Open branch: the first, or the only one.
/// </summary>
public sealed record IvQuantities
{
    /// <summary>Integral of (I_down - I_up) dv in watt.</summary>
    public double? LoopAreaWatts { get; init; }

    /// <summary>HI_A = loop area / integral of (|I_down| + |I_up|) dv, in [-1, 1]; null if that is below 10 sigma * 1.5 V.</summary>
    public double? HysteresisIndex { get; init; }

    /// <summary>(I_down - I_up)/(|I_down| + |I_up|) at 0.5, 0.75, 1.0 and 1.25 V; an entry is null where the denominator is below 3 sigma.</summary>
    public IReadOnlyList<double?> HysteresisIndexAt { get; init; } = [null, null, null, null];

    /// <summary>Biases in volt at which the branches cross, noise gated at 3 sigma.</summary>
    public IReadOnlyList<double> CrossingVolts { get; init; } = [];

    /// <summary>Which way the loop runs.</summary>
    public LoopKind Loop { get; init; }

    /// <summary>Largest opening |I_down - I_up| in ampere.</summary>
    public double? PeakOpeningAmperes { get; init; }

    /// <summary>Bias of the largest opening in volt.</summary>
    public double? PeakOpeningVolts { get; init; }

    /// <summary>First bias of the open branch from which the current stays above 20 pA for 3 samples.</summary>
    public double? TurnOnVolts { get; init; }

    /// <summary>Where the tangent at the steepest point of the open branch meets zero current.</summary>
    public double? TangentOnsetVolts { get; init; }

    /// <summary>dI/dv of the open branch at 1.0 V in siemens.</summary>
    public double? ConductanceAt1V { get; init; }

    /// <summary>dI/dv of the open branch at 1.5 V in siemens.</summary>
    public double? ConductanceAt1V5 { get; init; }

    /// <summary>Largest dI/dv of the open branch in siemens.</summary>
    public double? LargestConductance { get; init; }

    /// <summary>d ln I / d ln v of the open branch at 1.0 V.</summary>
    public double? Nonlinearity { get; init; }

    /// <summary>Current of the open branch at 1.0 V.</summary>
    public double? CurrentAt1V { get; init; }

    /// <summary>Current of the first branch at 0 V.</summary>
    public double? CurrentAtZeroUp { get; init; }

    /// <summary>Current of the second branch at 0 V.</summary>
    public double? CurrentAtZeroDown { get; init; }

    /// <summary>Largest current in ampere.</summary>
    public double? MaximumAmperes { get; init; }

    /// <summary>v_0: bias at which the open branch crosses zero current after it was below -3 sigma.</summary>
    public double? EmfVolts { get; init; }

    /// <summary>I_down / I_up at 0.75 V; null where I_up is below 3 sigma.</summary>
    public double? OnOffRatio { get; init; }

    /// <summary>Computes all quantities of a curve that the quality gate has cleaned.</summary>
    /// <param name="waveform">Its bias.</param>
    /// <param name="cleanedAmperes">Its cleaned current; all finite.</param>
    /// <param name="noiseAmperes">sigma_I of the gate.</param>
    /// <exception cref="ArgumentException">A length that does not fit, or a current that is not finite.</exception>
    public static IvQuantities Of(BiasWaveform waveform, ReadOnlySpan<double> cleanedAmperes, double noiseAmperes) =>
        IvQuantityCalculation.Compute(waveform, cleanedAmperes, noiseAmperes);

    /// <summary>Cleans a measured curve and computes its quantities; null where the tip had no contact or a current is not finite.</summary>
    /// <param name="waveform">Its bias.</param>
    /// <param name="gate">The gate that cleans it.</param>
    /// <param name="currentAmperes">Its current as measured.</param>
    /// <param name="cleanedAmperes">Receives the cleaned current; as long.</param>
    /// <param name="assessment">What the gate found.</param>
    /// <exception cref="ArgumentException">A length that does not fit.</exception>
    public static IvQuantities? Of(
        BiasWaveform waveform, QualityGate gate, ReadOnlySpan<double> currentAmperes, Span<double> cleanedAmperes, out IvAssessment assessment)
    {
        ArgumentNullException.ThrowIfNull(gate);
        assessment = gate.Assess(waveform, currentAmperes, cleanedAmperes);
        bool usable = (assessment.Quality & (IvQuality.Open | IvQuality.NotFinite)) == 0;
        return usable ? Of(waveform, cleanedAmperes, assessment.NoiseAmperes) : null;
    }
}
