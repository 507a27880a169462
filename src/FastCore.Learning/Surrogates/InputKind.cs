namespace FastCore.Learning.Surrogates;

/// <summary>What a covariance or a network sees of a candidate.</summary>
internal enum InputKind
{
    /// <summary>Orientation-free descriptors.</summary>
    Descriptors,

    /// <summary>The patch around the pixel.</summary>
    Patches,

    /// <summary>Scores of the patch on the principal components of all patches.</summary>
    Components,
}
