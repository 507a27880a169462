namespace FastCore.Learning.DualVae;

/// <summary>
/// Sizes of a pair. A patch is a row of channels x height x width values, channel after channel, each row by row; a spectrum a row of channels x
/// length values, channel after channel.
/// </summary>
/// <param name="PatchHeight">Rows of a patch.</param>
/// <param name="PatchWidth">Columns of a patch.</param>
/// <param name="SpectrumLength">Points of one channel of a spectrum.</param>
/// <param name="PatchChannels">Images that a patch is cut from: topography, current map.</param>
/// <param name="SpectrumChannels">Curves of a spectrum.</param>
/// <param name="Classes">Number of classes of the condition; 0 for none.</param>
public sealed record DualVaeShape(
    int PatchHeight, int PatchWidth, int SpectrumLength, int PatchChannels = 1, int SpectrumChannels = 1, int Classes = 0)
{
    /// <summary>Pixels of one channel of a patch.</summary>
    public int Pixels => PatchHeight * PatchWidth;

    /// <summary>Values of a patch.</summary>
    public int PatchValues => Pixels * PatchChannels;

    /// <summary>Values of a spectrum.</summary>
    public int SpectrumValues => SpectrumLength * SpectrumChannels;

    internal void Validate()
    {
        if (PatchHeight < 2 || PatchWidth < 2 || PatchChannels < 1)
        {
            throw new ArgumentException(
                $"Patches of {PatchHeight} x {PatchWidth} pixels and {PatchChannels} channels cannot be learned; at least 2 x 2 x 1 are needed.");
        }
        if (SpectrumLength < 2 || SpectrumChannels < 1)
        {
            throw new ArgumentException(
                $"Spectra of {SpectrumLength} points and {SpectrumChannels} channels cannot be learned; at least 2 x 1 are needed.");
        }
        if (Classes is < 0 or 1)
            throw new ArgumentException($"A condition of {Classes} classes says nothing; give none or at least 2.");
    }
}
