namespace FastCore.Microscopy.Grains;

/// <summary>What kind of image grains were found in.</summary>
public enum GrainSource
{
    /// <summary>Heights: grains are domes, boundaries grooves.</summary>
    Topography,

    /// <summary>An electron micrograph: boundaries are dark or bright lines.</summary>
    ElectronImage,

    /// <summary>Crystal orientations: a boundary is where they change.</summary>
    Orientation,
}
