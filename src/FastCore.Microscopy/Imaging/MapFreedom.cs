namespace FastCore.Microscopy.Imaging;

/// <summary>What a registration may change.</summary>
public enum MapFreedom
{
    /// <summary>Two shifts.</summary>
    Shift,

    /// <summary>Shifts, one rotation and one scale.</summary>
    Similarity,

    /// <summary>All six numbers of an <see cref="AffineMap"/>.</summary>
    Affine,
}
