using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Simulation;

/// <summary>Geometry of a simulated polycrystalline film (SPEC 8); the defaults give the current range of the published film.</summary>
public sealed record FilmOptions
{
    /// <summary>Pixel rows of the film.</summary>
    public int Rows { get; init; } = 256;

    /// <summary>Pixel columns of the film.</summary>
    public int Columns { get; init; } = 256;

    /// <summary>Width of the film; its height follows from square pixels.</summary>
    public Metres Width { get; init; } = new(5e-6);

    /// <summary>Mean grain diameter D.</summary>
    public Metres GrainDiameter { get; init; } = new(300e-9);

    /// <summary>Standard deviation of the logarithm of the power-diagram weights.</summary>
    public double WeightSpread { get; init; } = 0.15;

    /// <summary>Standard deviation of the grains' base heights.</summary>
    public Metres BaseHeightSpread { get; init; } = new(8e-9);

    /// <summary>Height of a grain's dome.</summary>
    public Metres DomeHeight { get; init; } = new(15e-9);

    /// <summary>Depth of a boundary groove.</summary>
    public Metres GrooveDepth { get; init; } = new(10e-9);

    /// <summary>Half width of a boundary groove.</summary>
    public Metres GrooveWidth { get; init; } = new(25e-9);

    /// <summary>Share of boundaries that are asymmetric: one flank three times as wide, and a step across.</summary>
    public double AsymmetricShare { get; init; } = 0.15;

    /// <summary>Height of an asymmetric boundary's step.</summary>
    public Metres StepHeight { get; init; } = new(15e-9);

    /// <summary>Distance over which the step decays into the grains.</summary>
    public Metres StepDecay { get; init; } = new(75e-9);

    /// <summary>Extra depth at a triple junction.</summary>
    public Metres JunctionDepth { get; init; } = new(15e-9);

    /// <summary>Half width of a triple junction's pit.</summary>
    public Metres JunctionWidth { get; init; } = new(40e-9);

    /// <summary>Root mean square of the fractal roughness.</summary>
    public Metres Roughness { get; init; } = new(1e-9);

    /// <summary>Hurst exponent of the roughness, 0 to 1.</summary>
    public double HurstExponent { get; init; } = 0.8;

    /// <summary>Radius of the tip's end.</summary>
    public Metres TipRadius { get; init; } = new(25e-9);

    /// <summary>Half opening angle of the tip's cone in degrees.</summary>
    public double TipConeDegrees { get; init; } = 15;

    /// <summary>Distance from a ridge line within which a pixel counts as boundary.</summary>
    public Metres BoundaryReach { get; init; } = new(25e-9);

    /// <summary>Distance from a triple point within which a pixel counts as junction.</summary>
    public Metres JunctionReach { get; init; } = new(40e-9);

    /// <summary>Distance between the centres of neighbouring pixels.</summary>
    public Metres PixelPitch => new(Width.Value / Columns);

    /// <summary>Refuses impossible values with one sentence.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        if (Rows < 16 || Columns < 16 || Rows > 4096 || Columns > 4096)
            throw new ArgumentException($"The film's Rows x Columns are {Rows} x {Columns} pixels; 16 x 16 (one patch) to 4096 x 4096 are allowed.");
        Check(nameof(Width), Width.Value, 1e-8, 1e-3, "m");
        Check(nameof(GrainDiameter), GrainDiameter.Value, 2 * PixelPitch.Value, Width.Value, "m");
        Check(nameof(WeightSpread), WeightSpread, 0, 1, "");
        Check(nameof(BaseHeightSpread), BaseHeightSpread.Value, 0, 1e-6, "m");
        Check(nameof(DomeHeight), DomeHeight.Value, 0, 1e-6, "m");
        Check(nameof(GrooveDepth), GrooveDepth.Value, 0, 1e-6, "m");
        Check(nameof(GrooveWidth), GrooveWidth.Value, 1e-10, 1e-6, "m");
        Check(nameof(AsymmetricShare), AsymmetricShare, 0, 1, "");
        Check(nameof(StepHeight), StepHeight.Value, 0, 1e-6, "m");
        Check(nameof(StepDecay), StepDecay.Value, 1e-10, 1e-6, "m");
        Check(nameof(JunctionDepth), JunctionDepth.Value, 0, 1e-6, "m");
        Check(nameof(JunctionWidth), JunctionWidth.Value, 1e-10, 1e-6, "m");
        Check(nameof(Roughness), Roughness.Value, 0, 1e-7, "m");
        Check(nameof(HurstExponent), HurstExponent, 0.01, 1, "");
        Check(nameof(TipRadius), TipRadius.Value, 0, 1e-6, "m");
        Check(nameof(TipConeDegrees), TipConeDegrees, 1, 60, "degrees");
        Check(nameof(BoundaryReach), BoundaryReach.Value, 0, 1e-6, "m");
        Check(nameof(JunctionReach), JunctionReach.Value, 0, 1e-6, "m");
    }

    private static void Check(string name, double value, double low, double high, string unit)
    {
        // Written so that NaN is refused.
        if (!(value >= low && value <= high))
            throw new ArgumentException($"The film's {name} is {value:G4} {unit}; {low:G4} to {high:G4} {unit} is allowed.".Replace("  ", " ", StringComparison.Ordinal));
    }
}
