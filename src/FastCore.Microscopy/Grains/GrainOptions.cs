using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Grains;

/// <summary>How grains are found and described; the defaults are those of SPEC 4.</summary>
public sealed record GrainOptions
{
    /// <summary>Standard deviation of the Gaussian that a topography is smoothed with before it is flooded, in pixels.</summary>
    public double SmoothingPixels { get; init; } = 1;

    /// <summary>
    /// Two domes of a topography are one grain where the pass between them lies less than this below the lower top. Null: 2 nm, or a tenth of the rms
    /// height where that is more.
    /// </summary>
    public Metres? Prominence { get; init; }

    /// <summary>
    /// Two basins of an electron image are one grain where the line between them stands out from the lower of the two interiors by less than this many
    /// standard deviations of the line filter's response inside grains.
    /// </summary>
    public double LineContrast { get; init; } = 4;

    /// <summary>Width of the boundary lines of an electron image in pixels; null to take the one of 1.5, 2.5 and 4 px that answers best.</summary>
    public double? LineWidthPixels { get; init; }

    /// <summary>Neighbouring points of an orientation map belong to two grains from this misorientation on, in degree; 10 is usual.</summary>
    public double MisorientationDegrees { get; init; } = 10;

    /// <summary>A grain of fewer pixels is given to the neighbour that it shares the longest border with.</summary>
    public int LeastPixels { get; init; } = 25;

    /// <summary>Triple points closer than this many pixels along a boundary are one junction.</summary>
    public int JunctionPixels { get; init; } = 3;

    /// <summary>Length of the branches of a junction that dihedral angles are measured on, in pixels.</summary>
    public int BranchPixels { get; init; } = 6;

    /// <summary>Pixels nearer than this to a boundary are counted to it.</summary>
    public Metres BoundaryReach { get; init; } = new(25e-9);

    /// <summary>Pixels nearer than this to a junction are counted to it.</summary>
    public Metres JunctionReach { get; init; } = new(40e-9);

    /// <summary>
    /// A boundary of a topography is asymmetric where one flank has less of the ordinary groove than the median flank by this many standard deviations of
    /// all flanks. At 2.33, 1 % of ordinary flanks would be taken for wide ones if they scattered normally; less finds more asymmetric boundaries and
    /// takes more ordinary ones for them.
    /// </summary>
    public double FlankDeviations { get; init; } = 2.33;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">One is out of its range; the message names it.</exception>
    public void Validate()
    {
        Positive(SmoothingPixels + 1e-9, nameof(SmoothingPixels));
        Positive(LineContrast, nameof(LineContrast));
        Positive(FlankDeviations, nameof(FlankDeviations));
        Positive(Prominence?.Value ?? 1, nameof(Prominence));
        Positive(LineWidthPixels ?? 1, nameof(LineWidthPixels));
        Positive(BoundaryReach.Value, nameof(BoundaryReach));
        Positive(JunctionReach.Value, nameof(JunctionReach));
        if (!(MisorientationDegrees is > 0 and <= 60))
            throw new ArgumentException($"{nameof(MisorientationDegrees)} is {MisorientationDegrees:g4}; an angle above 0 and up to 60 degrees was expected (cubic crystals differ by 62.8 at most).");
        if (LeastPixels < 1 || JunctionPixels < 1 || BranchPixels < 3)
            throw new ArgumentException($"{nameof(LeastPixels)} ({LeastPixels}) and {nameof(JunctionPixels)} ({JunctionPixels}) must be at least 1, {nameof(BranchPixels)} ({BranchPixels}) at least 3.");
    }

    private static void Positive(double value, string name)
    {
        if (!(value > 0) || !double.IsFinite(value))
            throw new ArgumentException($"{name} is {value:g4}; a positive finite number was expected.");
    }
}
