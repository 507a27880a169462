namespace FastCore.Microscopy.Photovoltaics;

/// <summary>One sweep of a solar cell under a lamp or in the dark, in the order of measurement.</summary>
/// <param name="Name">What the file calls it, for example "b_rev".</param>
/// <param name="VoltageVolts">Voltage of each sample in volt.</param>
/// <param name="Current">Current of each sample in <see cref="CurrentUnit"/>, signed as in the file.</param>
public sealed record JvCurve(string Name, double[] VoltageVolts, double[] Current)
{
    /// <summary>Active area in m2; null where the file does not say. Without an area a current in ampere cannot become a density.</summary>
    public double? AreaSquareMetres { get; init; }

    /// <summary>Irradiance in W/m2; null where the file does not say.</summary>
    public double? IrradianceWattsPerSquareMetre { get; init; }

    /// <summary>Whether the currents are in ampere because the file states no area.</summary>
    public bool IsCurrent { get; init; }

    /// <summary>"A/m2" (0.1 mA/cm2), or "A" where the file states no area.</summary>
    public string CurrentUnit => IsCurrent ? "A" : "A/m2";

    /// <summary>Whether the voltage rises: forward; a reverse sweep falls.</summary>
    public bool IsForward => VoltageVolts.Length < 2 || VoltageVolts[^1] >= VoltageVolts[0];

    /// <summary>What the instrument's program states of this sweep, as written.</summary>
    public IReadOnlyDictionary<string, string> Reported { get; init; } = new Dictionary<string, string>();
}
