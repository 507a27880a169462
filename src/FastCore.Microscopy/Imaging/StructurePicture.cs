namespace FastCore.Microscopy.Imaging;

/// <summary>What of an image is compared with another one.</summary>
public enum StructurePicture
{
    /// <summary>The values themselves without their slow course; for two images of one kind, inverted or not.</summary>
    Detail,

    /// <summary>How steep the image is: boundaries between areas of different grey.</summary>
    Steepness,

    /// <summary>How sharply it is valleyed: grooves, dark lines.</summary>
    Valleys,

    /// <summary>How sharply it is ridged: bright lines.</summary>
    Ridges,
}
