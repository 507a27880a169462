namespace FastCore.Reporting.Charts;

/// <summary>
/// The colours of inverse pole figures of cubic crystals: red where [001] lies along the sample's normal, green where [101] does, blue where [111] does, mixed between them.
/// </summary>
internal static class InversePoleColor
{
    /// <summary>Colour of an orientation.</summary>
    /// <param name="eulerDegrees">Bunge's angles; the first turns about the normal and does not count.</param>
    public static (byte Red, byte Green, byte Blue) Of((double Phi1, double Phi, double Phi2) eulerDegrees)
    {
        double tilt = eulerDegrees.Phi * Math.PI / 180, turn = eulerDegrees.Phi2 * Math.PI / 180;
        // The sample's normal in the crystal, the third column of the orientation matrix, then its twin in the standard triangle 0 <= u <= v <= w.
        double[] direction = [Math.Abs(Math.Sin(turn) * Math.Sin(tilt)), Math.Abs(Math.Cos(turn) * Math.Sin(tilt)), Math.Abs(Math.Cos(tilt))];
        Array.Sort(direction);
        (double u, double v, double w) = (direction[0], direction[1], direction[2]);
        // (u, v, w) = red [001] + green [011] + blue [111], each of unit length; the square root brightens the middle.
        double red = w - v, green = Math.Sqrt(2) * (v - u), blue = Math.Sqrt(3) * u, most = Math.Max(red, Math.Max(green, blue));
        return (Byte(red), Byte(green), Byte(blue));

        byte Byte(double part) => (byte)Math.Round(255 * Math.Sqrt(Math.Max(0, part) / most));
    }
}
