namespace FastCore.Microscopy.Grains;

/// <summary>
/// Orientation of a cubic crystal as a unit quaternion that turns the crystal into the sample: (phi1, Phi, phi2) after Bunge, z x z. Symmetry is the
/// rotation group 432.
/// </summary>
/// <param name="W">Real part.</param>
/// <param name="X">First imaginary part.</param>
/// <param name="Y">Second imaginary part.</param>
/// <param name="Z">Third imaginary part.</param>
public readonly record struct CubicOrientation(double W, double X, double Y, double Z)
{
    private static readonly CubicOrientation[] Symmetry = Group();

    /// <summary>From Bunge's Euler angles in degree.</summary>
    public static CubicOrientation OfEuler(double phi1, double phi, double phi2)
    {
        double half = Math.PI / 360, c = Math.Cos(phi * half), s = Math.Sin(phi * half), sum = (phi1 + phi2) * half, difference = (phi1 - phi2) * half;
        return new CubicOrientation(c * Math.Cos(sum), s * Math.Cos(difference), s * Math.Sin(difference), c * Math.Sin(sum));
    }

    /// <summary>Bunge's Euler angles in degree: phi1 and phi2 in [0, 360), Phi in [0, 180].</summary>
    public (double Phi1, double Phi, double Phi2) ToEuler()
    {
        double sum = Math.Atan2(Z, W), difference = Math.Atan2(Y, X), degree = 180 / Math.PI;
        double phi = 2 * Math.Atan2(Math.Sqrt((X * X) + (Y * Y)), Math.Sqrt((W * W) + (Z * Z))) * degree;
        return (Turn((sum + difference) * degree), phi, Turn((sum - difference) * degree));

        static double Turn(double angle) => angle - (360 * Math.Floor(angle / 360));
    }

    /// <summary>
    /// Smallest angle in degree that turns one crystal into the other, 0 .. 62.8. For 432 the largest of |a|, (|a| + |b|) / sqrt 2 and the half sum of all
    /// four magnitudes, sorted, is the cosine of half of it (Grimmer 1974).
    /// </summary>
    public double MisorientationDegrees(CubicOrientation other)
    {
        CubicOrientation turn = Conjugate().Times(other);
        double a = Math.Abs(turn.W), b = Math.Abs(turn.X), c = Math.Abs(turn.Y), d = Math.Abs(turn.Z), half = 0.5 * (a + b + c + d);
        if (a < b)
            (a, b) = (b, a);
        if (c < d)
            (c, d) = (d, c);
        // The largest, and the larger of what is left.
        double first = Math.Max(a, c), second = a >= c ? Math.Max(b, c) : Math.Max(a, d);
        double cosine = Math.Max(Math.Max(first, (first + second) / Math.Sqrt(2)), half);
        return 360 / Math.PI * Math.Acos(Math.Min(1, cosine));
    }

    /// <summary>The equivalent orientation that is nearest to <paramref name="reference"/>, with the sign that makes their product positive.</summary>
    internal CubicOrientation Near(CubicOrientation reference)
    {
        CubicOrientation best = this;
        double most = -1;
        foreach (CubicOrientation turn in Symmetry)
        {
            CubicOrientation candidate = Times(turn);
            double product = (candidate.W * reference.W) + (candidate.X * reference.X) + (candidate.Y * reference.Y) + (candidate.Z * reference.Z);
            if (Math.Abs(product) > most)
                (most, best) = (Math.Abs(product), product < 0 ? new CubicOrientation(-candidate.W, -candidate.X, -candidate.Y, -candidate.Z) : candidate);
        }
        return best;
    }

    /// <summary>The product: this turn after <paramref name="other"/>.</summary>
    internal CubicOrientation Times(CubicOrientation other) => new(
        (W * other.W) - (X * other.X) - (Y * other.Y) - (Z * other.Z),
        (W * other.X) + (X * other.W) + (Y * other.Z) - (Z * other.Y),
        (W * other.Y) - (X * other.Z) + (Y * other.W) + (Z * other.X),
        (W * other.Z) + (X * other.Y) - (Y * other.X) + (Z * other.W));

    /// <summary>The 24 turns of the group.</summary>
    internal static ReadOnlySpan<CubicOrientation> Turns => Symmetry;

    private CubicOrientation Conjugate() => new(W, -X, -Y, -Z);

    // Quarter turns about z and x generate the group.
    private static CubicOrientation[] Group()
    {
        double r = Math.Sqrt(0.5);
        CubicOrientation[] generators = [new(r, r, 0, 0), new(r, 0, 0, r)];
        var group = new List<CubicOrientation> { new(1, 0, 0, 0) };
        for (int k = 0; k < group.Count; k++)
        {
            foreach (CubicOrientation generator in generators)
            {
                CubicOrientation turn = group[k].Times(generator);
                if (!group.Exists(known => Math.Abs(Math.Abs((known.W * turn.W) + (known.X * turn.X) + (known.Y * turn.Y) + (known.Z * turn.Z)) - 1) < 1e-9))
                    group.Add(turn);
            }
        }
        return [.. group];
    }
}
