namespace FastCore.Microscopy.Grains;

/// <summary>
/// The profile across a boundary: mean over the profiles taken perpendicular to it all along, at -8 .. 8 px in steps of half a pixel (SPEC 4). The
/// shoulders are the maxima on either side.
/// </summary>
/// <param name="DepthMetres">Mean height of the shoulders over the groove's floor.</param>
/// <param name="StepMetres">Height of the second grain's shoulder over the first one's.</param>
/// <param name="FirstSlope">Steepest slope of the first grain's flank, dimensionless, at least 0.</param>
/// <param name="SecondSlope">Steepest slope of the second grain's flank.</param>
/// <param name="Profiles">Number of profiles in the mean.</param>
/// <param name="HeightMetres">The mean profile over the floor, from the first grain to the second, 33 values.</param>
public sealed record GrooveProfile(double DepthMetres, double StepMetres, double FirstSlope, double SecondSlope, int Profiles, float[] HeightMetres)
{
    /// <summary>Values of a profile.</summary>
    public const int Samples = 33;

    /// <summary>Distance between the values of a profile in pixels.</summary>
    public const double StepPixels = 0.5;

    /// <summary>|step| / (|step| + depth): 0 for shoulders of one height, near 1 for a mere step.</summary>
    public double HeightAsymmetry => Math.Abs(StepMetres) / Math.Max(Math.Abs(StepMetres) + DepthMetres, 1e-30);

    /// <summary>Difference over sum of the two slopes, second less first, in [-1, 1].</summary>
    public double SlopeAsymmetry => (SecondSlope - FirstSlope) / Math.Max(SecondSlope + FirstSlope, 1e-30);

    /// <summary>Angle between the flanks in radian: pi is flat.</summary>
    public double OpeningRadians => Math.PI - Math.Atan(FirstSlope) - Math.Atan(SecondSlope);

    /// <summary>
    /// Whether height asymmetry exceeds 0.5 or slope asymmetry 0.4 (SPEC 4). Grains of unlike height make the first large at ordinary boundaries, too: in an
    /// image of many boundaries <see cref="GrainBoundary.IsAsymmetric"/> tells better.
    /// </summary>
    public bool IsAsymmetric => HeightAsymmetry > 0.5 || Math.Abs(SlopeAsymmetry) > 0.4;
}
