namespace FastCore.Microscopy.Photovoltaics;

/// <summary>How J-V curves are analysed.</summary>
public sealed record JvOptions
{
    /// <summary>Irradiance of AM1.5G in W/m2.</summary>
    public const double StandardIrradianceWattsPerSquareMetre = 1000;

    /// <summary>Definitions of the figures.</summary>
    public JvConvention Convention { get; init; } = JvConvention.Fitted;

    /// <summary>Active area in m2 where the file states none; one that the file states goes first.</summary>
    public double? AreaSquareMetres { get; init; }

    /// <summary>Irradiance in W/m2 where the file states none.</summary>
    public double IrradianceWattsPerSquareMetre { get; init; } = StandardIrradianceWattsPerSquareMetre;

    /// <summary>Whether the single-diode model is fitted.</summary>
    public bool FitDiode { get; init; }

    /// <summary>Temperature of the cell in kelvin, for the single-diode model.</summary>
    public double TemperatureKelvin { get; init; } = 298.15;

    internal void Check()
    {
        if (AreaSquareMetres is { } area && !(area > 0 && double.IsFinite(area)))
            throw new ArgumentException($"The area is {area:g6} m2; give a positive one, for example 1.6e-5 for .16 cm2.", nameof(AreaSquareMetres));
        if (!(IrradianceWattsPerSquareMetre > 0 && double.IsFinite(IrradianceWattsPerSquareMetre)))
            throw new ArgumentException($"The irradiance is {IrradianceWattsPerSquareMetre:g6} W/m2; give a positive one, 1000 for AM1.5G.",
                nameof(IrradianceWattsPerSquareMetre));
        if (!(TemperatureKelvin > 0 && double.IsFinite(TemperatureKelvin)))
            throw new ArgumentException($"The temperature is {TemperatureKelvin:g6} K; give a positive one, 298.15 for 25 degrees.", nameof(TemperatureKelvin));
        if (!Enum.IsDefined(Convention))
            throw new ArgumentException($"There is no convention {(int)Convention}; take one of {string.Join(", ", Enum.GetNames<JvConvention>())}.", nameof(Convention));
    }
}
