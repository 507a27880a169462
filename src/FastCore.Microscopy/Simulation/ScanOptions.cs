namespace FastCore.Microscopy.Simulation;

/// <summary>What the scanner and the feedback do to an overview image (SPEC 8). Every artefact can be switched off by its 0.</summary>
public sealed record ScanOptions
{
    /// <summary>Lines per second.</summary>
    public double LineRateHertz { get; init; } = 1;

    /// <summary>Largest deviation of the fast axis from a straight line, as a share of the width.</summary>
    public double Hysteresis { get; init; } = 0.005;

    /// <summary>Share of a step that follows late.</summary>
    public double Creep { get; init; } = 0.01;

    /// <summary>Time constant of creep in second.</summary>
    public double CreepSeconds { get; init; } = 20;

    /// <summary>Thermal drift along X in metre per second. A microscope that corrects drift leaves this much.</summary>
    public double DriftX { get; init; } = 0.06e-9;

    /// <summary>Thermal drift along Y in metre per second.</summary>
    public double DriftY { get; init; } = 0.04e-9;

    /// <summary>Height of the thermal bow over the image in metre.</summary>
    public double Bow { get; init; } = 10e-9;

    /// <summary>Tilt along X and Y in metre over the width.</summary>
    public double Tilt { get; init; } = 20e-9;

    /// <summary>Integral gain of the height feedback, in the form of SPEC 8; 0 scans without feedback error.</summary>
    public double IntegralGain { get; init; } = 10;

    /// <summary>Root mean square noise of the height feedback in metre.</summary>
    public double FeedbackNoise { get; init; } = 0.1e-9;

    /// <summary>Probability per line of a scar.</summary>
    public double ScarProbability { get; init; } = 0.005;

    /// <summary>A scan without artefacts.</summary>
    public static ScanOptions Ideal { get; } = new()
    {
        Hysteresis = 0, Creep = 0, DriftX = 0, DriftY = 0, Bow = 0, Tilt = 0, IntegralGain = 0, FeedbackNoise = 0, ScarProbability = 0,
    };
}
