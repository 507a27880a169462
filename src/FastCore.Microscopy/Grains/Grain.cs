namespace FastCore.Microscopy.Grains;

/// <summary>One grain. Shape is that of the ellipse with the grain's second moments.</summary>
/// <param name="Label">Its number in <see cref="GrainMap.Labels"/>.</param>
/// <param name="Pixels">Number of pixels.</param>
/// <param name="CentroidRow">Row of its centre.</param>
/// <param name="CentroidColumn">Column of its centre.</param>
/// <param name="AreaSquareMetres">Area A in m2.</param>
/// <param name="PerimeterMetres">Length P of its outline in metre, the frame's edge not counted.</param>
/// <param name="AspectRatio">Long over short axis of the ellipse, at least 1.</param>
/// <param name="OrientationRadians">Direction of the long axis from the columns towards the rows, in (-pi/2, pi/2].</param>
/// <param name="Neighbours">Number of other grains that it touches.</param>
/// <param name="TouchesEdge">Whether the frame cuts it: left out of statistics of size.</param>
/// <param name="MeanValue">Mean of the image over the grain, in the image's unit; of an orientation map NaN.</param>
public sealed record Grain(int Label, int Pixels, double CentroidRow, double CentroidColumn, double AreaSquareMetres, double PerimeterMetres,
    double AspectRatio, double OrientationRadians, int Neighbours, bool TouchesEdge, double MeanValue)
{
    /// <summary>Diameter of the disc of the same area, 2 sqrt(A / pi), in metre.</summary>
    public double EquivalentDiameterMetres => 2 * Math.Sqrt(AreaSquareMetres / Math.PI);

    /// <summary>4 pi A / P^2: 1 for a disc; NaN for a grain that the frame cuts.</summary>
    public double Circularity => TouchesEdge || PerimeterMetres <= 0 ? double.NaN : 4 * Math.PI * AreaSquareMetres / (PerimeterMetres * PerimeterMetres);

    /// <summary>Mean orientation as Bunge's Euler angles in degree, of an orientation map only.</summary>
    public (double Phi1, double Phi, double Phi2)? EulerDegrees { get; init; }
}
