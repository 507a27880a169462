namespace FastCore.Microscopy.Imaging;

/// <summary>How one image lies on another, and how far that can be believed.</summary>
public sealed record RegistrationResult
{
    /// <summary>From pixels of the reference to pixels of the moving image, each with its own pitch.</summary>
    public required AffineMap Map { get; init; }

    /// <summary>
    /// What the pitches of the two frames do not explain, in pixels of the reference about its centre: shift of the moving image (with the corners at pixel
    /// (0, 0) laid on each other), rotation, errors of scale, shear.
    /// </summary>
    public required AffineParts Correction { get; init; }

    /// <summary>What of the reference was compared.</summary>
    public required StructurePicture ReferencePicture { get; init; }

    /// <summary>What of the moving image was compared.</summary>
    public required StructurePicture MovingPicture { get; init; }

    /// <summary>
    /// Correlation coefficient, -1 to 1, of the values themselves without their slow course under the map: below 0 where bright and dark are exchanged, near 0 where the
    /// channels are of different kinds.
    /// </summary>
    public required double ValueCorrelation { get; init; }

    /// <summary>Correlation coefficient of the two pictures, 0 to 1, with pixels (0, 0) laid on each other; 0 where they share less than needed.</summary>
    public required double AgreementBefore { get; init; }

    /// <summary>Correlation coefficient of the two pictures under the map, 0 to 1.</summary>
    public required double AgreementAfter { get; init; }

    /// <summary>The agreement over its standard deviation for two pictures with these spectra and nothing in common.</summary>
    public required double Significance { get; init; }

    /// <summary>Steps of the refinement on all levels.</summary>
    public required int Iterations { get; init; }

    /// <summary>
    /// Root mean square over parts of the picture of the shift that each part alone would still take, in pixels of the reference: error of the map, bending
    /// that no affine map can follow, and noise of the parts, so rather too large.
    /// </summary>
    public required double ResidualPixels { get; init; }

    /// <summary>Share of those parts whose own best place is within 2 compared pixels of the map.</summary>
    public required double AgreeingShare { get; init; }

    /// <summary>Whether the map may be used.</summary>
    public bool Trusted => Doubt is null;

    /// <summary>Why it cannot be trusted and what to do, in one sentence; null where it can.</summary>
    public required string? Doubt { get; init; }
}
