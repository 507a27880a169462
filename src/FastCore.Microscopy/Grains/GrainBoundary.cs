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

    /// <summary>Whether its flanks are unlike; false where there is no groove to tell.</summary>
    public bool IsAsymmetric => Groove is { IsAsymmetric: true };
}
