namespace FastCore.Microscopy.Grains;

/// <summary>The line between two grains from one junction (or the frame's edge) to the next.</summary>
/// <param name="First">Label of the grain on the left as the line runs, seen with rows downwards.</param>
/// <param name="Second">Label of the grain on the right.</param>
/// <param name="Rows">Row of each point of the line; halves are between pixels.</param>
/// <param name="Columns">Column of each point.</param>
/// <param name="LengthMetres">Length in metre.</param>
public sealed record GrainBoundary(int First, int Second, float[] Rows, float[] Columns, double LengthMetres)
{
    /// <summary>Junction at which it starts, an index of <see cref="GrainMap.Junctions"/>; -1 at the frame's edge or of a closed line.</summary>
    public int StartJunction { get; init; } = -1;

    /// <summary>Junction at which it ends; -1 as for the start.</summary>
    public int EndJunction { get; init; } = -1;

    /// <summary>The groove along it; null where the image is no topography, or no profile lies within the frame.</summary>
    public GrooveProfile? Groove { get; init; }

    /// <summary>Angle between the mean orientations of its grains in degree; null where the map has no orientations.</summary>
    public double? MisorientationDegrees { get; init; }

    /// <summary>
    /// Share of the image's ordinary groove that its first grain's flank has, dimensionless: about 1 ordinarily, near 0 where the flank is so wide that it
    /// reads as part of the dome; null where the image has too few lines to say what is ordinary, or no whole profile lies within the frame.
    /// </summary>
    public double? FirstFlank { get; init; }

    /// <summary>The same of its second grain's flank.</summary>
    public double? SecondFlank { get; init; }

    /// <summary>
    /// Whether one of its flanks is wide: its share is less than half of the median share of all flanks, and less by more than
    /// <see cref="GrainOptions.FlankDeviations"/> standard deviations of those. In an image of fewer than 10 lines, whether
    /// <see cref="GrooveProfile.IsAsymmetric"/> holds; false where there is no groove to tell.
    /// </summary>
    public bool IsAsymmetric { get; init; }

    /// <summary>
    /// How far the boundary lies from the line that was found, towards the second grain, in pixels: at the floor of its mean profile, and from there half of
    /// the way to the steepest place of the higher side.
    /// </summary>
    internal double OffsetPixels { get; init; }
}
