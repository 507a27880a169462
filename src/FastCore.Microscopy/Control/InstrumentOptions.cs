using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Control;

/// <summary>What a simulated instrument is like; the defaults are those of SPEC 8.</summary>
public sealed record InstrumentOptions
{
    /// <summary>Current amplifier and converter.</summary>
    public AmplifierOptions Amplifier { get; init; } = new();

    /// <summary>Contact between tip and film.</summary>
    public ContactOptions Contact { get; init; } = new();

    /// <summary>Speed, lift and settling.</summary>
    public MotionModel Motion { get; init; } = new();

    /// <summary>Standard deviation of the logarithm of the local parameters of the current-voltage model.</summary>
    public double ParameterSpread { get; init; } = .2;

    /// <summary>Traps of the film.</summary>
    public TrapOptions Traps { get; init; } = new();

    /// <summary>Mean time that a command takes before it acts.</summary>
    public Seconds CommandLatency { get; init; } = new(1e-3);

    /// <summary>Standard deviation of that time.</summary>
    public Seconds CommandLatencyJitter { get; init; } = new(.3e-3);

    /// <summary>How long a stalled command is waited for.</summary>
    public Seconds CommandTimeout { get; init; } = new(1);

    /// <summary>Standard deviation of the tip's place about the commanded one, per axis.</summary>
    public Metres PositionNoise { get; init; } = new(1e-9);

    /// <summary>Standard deviation of the position sensors, per axis.</summary>
    public Metres ReadBackNoise { get; init; } = new(.3e-9);

    /// <summary>Photocurrent that is subtracted from every sweep in contact; 0 in the dark.</summary>
    public Amperes Photocurrent { get; init; }

    /// <summary>Whether commands really take their time; otherwise a virtual clock is advanced.</summary>
    public bool RealTime { get; init; }

    /// <summary>Faults to come.</summary>
    public IReadOnlyList<ScriptedFault> Faults { get; init; } = [];
}
