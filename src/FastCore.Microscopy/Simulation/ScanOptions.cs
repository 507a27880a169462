namespace FastCore.Microscopy.Simulation;

/// <summary>
/// What the scanner and the feedback do to an overview image (SPEC 8). Every artefact can be switched off by its 0. The defaults are those of a
/// closed-loop scanner with drift correction: where the tip goes for a sweep is where the image says, to a fraction of a pixel.
/// </summary>
public sealed record ScanOptions
{
    /// <summary>Lines per second.</summary>
    public double LineRateHertz { get; init; } = 1;

    /// <summary>Largest deviation of the fast axis from a straight line, as a share of the width; 0.005 for a scanner without position sensors.</summary>
    public double Hysteresis { get; init; } = 0.0005;

    /// <summary>Share of a step along Y that follows late; 0.01 for a scanner without position sensors, where the tip is 0.2 lines behind.</summary>
    public double Creep { get; init; } = 0.0005;

    /// <summary>Time constant of creep in second.</summary>
    public double CreepSeconds { get; init; } = 20;

    /// <summary>Thermal drift along X in metre per second that correction leaves; 0.6e-9 without.</summary>
    public double DriftX { get; init; } = 0.012e-9;

    /// <summary>Thermal drift along Y in metre per second that correction leaves; 0.4e-9 without.</summary>
    public double DriftY { get; init; } = 0.008e-9;

    /// <summary>Height of the thermal bow over the image in metre.</summary>
    public double Bow { get; init; } = 10e-9;

    /// <summary>Tilt along X and Y in metre over the width.</summary>
    public double Tilt { get; init; } = 20e-9;

    /// <summary>Integral gain of the height feedback, in the form of SPEC 8; 0 scans without feedback error. At 10 the tip comes down late by more than a pixel.</summary>
    public double IntegralGain { get; init; } = 80;

    /// <summary>Root mean square noise of the height feedback in metre.</summary>
    public double FeedbackNoise { get; init; } = 0.1e-9;

    /// <summary>Probability per line of a scar.</summary>
    public double ScarProbability { get; init; } = 0.005;

    /// <summary>A scan without artefacts.</summary>
    public static ScanOptions Ideal { get; } = new()
    {
        Hysteresis = 0,
        Creep = 0,
        DriftX = 0,
        DriftY = 0,
        Bow = 0,
        Tilt = 0,
        IntegralGain = 0,
        FeedbackNoise = 0,
        ScarProbability = 0,
    };

    /// <summary>Refuses impossible values with one sentence.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        Check(nameof(LineRateHertz), LineRateHertz, 1e-3, 1e4);
        Check(nameof(Hysteresis), Hysteresis, 0, 0.25);
        Check(nameof(Creep), Creep, 0, 1);
        Check(nameof(CreepSeconds), CreepSeconds, 1e-3, 1e6);
        // Drift, bow and tilt have a direction.
        Check(nameof(DriftX), DriftX, -1e-6, 1e-6);
        Check(nameof(DriftY), DriftY, -1e-6, 1e-6);
        Check(nameof(Bow), Bow, -1e-5, 1e-5);
        Check(nameof(Tilt), Tilt, -1e-5, 1e-5);
        Check(nameof(IntegralGain), IntegralGain, 0, 1e4);
        Check(nameof(FeedbackNoise), FeedbackNoise, 0, 1e-6);
        Check(nameof(ScarProbability), ScarProbability, 0, 1);
    }

    private static void Check(string name, double value, double low, double high)
    {
        // Written so that NaN is refused.
        if (!(value >= low && value <= high))
            throw new ArgumentException($"The scan's {name} is {value:G4}; {low:G4} to {high:G4} is allowed.");
    }
}
