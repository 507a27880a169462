namespace FastCore.Microscopy.Photovoltaics;

/// <summary>What keeps figures of a J-V curve from being defined or trusted.</summary>
[Flags]
public enum JvQuality
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Fewer than 5 samples: nothing is computed.</summary>
    TooFewPoints = 1,

    /// <summary>The current at 0 V is below 3 sigma of noise or 1e-4 of the largest: a dark curve, or a dead cell. No Voc, fill factor or efficiency.</summary>
    NotIlluminated = 2,

    /// <summary>The current does not change its sign within the sweep: no Voc, no fill factor.</summary>
    NoZeroCrossing = 4,

    /// <summary>0 V is outside of the sweep: no Jsc, no fill factor.</summary>
    NoZeroVolts = 8,

    /// <summary>The power is largest at the end of the sweep: its maximum lies beyond and is not given.</summary>
    PowerStillRising = 16,

    /// <summary>Neither file nor options give an area: currents and powers are of the whole cell, densities and the efficiency are absent.</summary>
    NoArea = 32,

    /// <summary>The current stands still at an end of the sweep (3 equal samples at the highest voltage, 5 at the lowest): compliance or a full range.</summary>
    Clipped = 64,

    /// <summary>Rsh Jsc / Voc is below 5: the shunt takes a fifth of the power or more.</summary>
    Shunted = 128,

    /// <summary>The file states no irradiance; that of the options is used.</summary>
    IrradianceAssumed = 256,
}
