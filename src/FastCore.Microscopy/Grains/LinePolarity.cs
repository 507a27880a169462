namespace FastCore.Microscopy.Grains;

/// <summary>How boundaries look in an electron image.</summary>
public enum LinePolarity
{
    /// <summary>Whichever of the two the image answers to more strongly.</summary>
    Automatic,

    /// <summary>Darker than the grains.</summary>
    Dark,

    /// <summary>Brighter than the grains.</summary>
    Bright,
}
