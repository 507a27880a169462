namespace FastCore.Microscopy.Photovoltaics;

/// <summary>How the kinetic model is fitted.</summary>
public sealed record RecombinationOptions
{
    /// <summary>Whether k3 is fitted; else 0.</summary>
    public bool ThirdOrder { get; init; }

    /// <summary>Whether p0 is fitted; else 0, and the signal goes with n^2.</summary>
    public bool Doped { get; init; }

    /// <summary>n0 at the peak in 1/m3, from fluence and absorption; null where unknown, and only k2 n0, k3 n0^2 and p0/n0 are given.</summary>
    public double? InitialDensityPerCubicMetre { get; init; }

    /// <summary>Window and delay of the tail; the response must be over.</summary>
    public TrplOptions Window { get; init; } = new();
}
