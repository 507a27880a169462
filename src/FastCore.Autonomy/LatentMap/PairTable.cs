using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy.LatentMap;

/// <summary>What a quantity of a point is taken from.</summary>
public enum QuantityKind
{
    /// <summary>The topography, or the truth about it.</summary>
    Structure,

    /// <summary>The curve.</summary>
    Transport,

    /// <summary>Something else that came with the data.</summary>
    Other,
}

/// <summary>One quantity at every pair of a table.</summary>
/// <param name="Name">In words: "distance to boundary".</param>
/// <param name="Unit">SI unit; "" where dimensionless.</param>
/// <param name="Kind">What it is taken from.</param>
/// <param name="Origin">How it is known: "truth", "topography", "patch", "curve", "file".</param>
/// <param name="Values">One for each pair; NaN where a pair does not have it.</param>
public sealed record PointQuantity(string Name, string Unit, QuantityKind Kind, string Origin, double[] Values);

/// <summary>An image as models see it: without its plane, dimensionless, of unit deviation.</summary>
/// <param name="Scan">As it was measured.</param>
/// <param name="Levelled">rows x columns values of unit deviation.</param>
/// <param name="Deviation">Deviation of the levelled image in its own unit: what a levelled value is multiplied by.</param>
public sealed record MapImage(ScanImage Scan, float[] Levelled, double Deviation);

/// <summary>Pairs of a patch and a curve, where they were measured, and what is known of each place.</summary>
public sealed record PairTable
{
    /// <summary>Folder or file that the pairs come from.</summary>
    public required string Source { get; init; }

    /// <summary>"run", "published file" or "pairs".</summary>
    public required string Kind { get; init; }

    /// <summary>Number of pairs n.</summary>
    public required int Count { get; init; }

    /// <summary>Rows of a patch.</summary>
    public required int PatchHeight { get; init; }

    /// <summary>Columns of a patch.</summary>
    public required int PatchWidth { get; init; }

    /// <summary>Images that a patch is cut from.</summary>
    public int PatchChannels { get; init; } = 1;

    /// <summary>n x channels x height x width, dimensionless.</summary>
    public required double[] Patches { get; init; }

    /// <summary>Points of one channel of a curve.</summary>
    public required int SpectrumLength { get; init; }

    /// <summary>Curves of a pair.</summary>
    public int SpectrumChannels { get; init; } = 1;

    /// <summary>n x channels x length, in <see cref="SpectrumUnit"/>.</summary>
    public required double[] Spectra { get; init; }

    /// <summary>"A" for currents, "" where unknown.</summary>
    public string SpectrumUnit { get; init; } = "";

    /// <summary>Bias of a curve; null where unknown.</summary>
    public BiasWaveform? Waveform { get; init; }

    /// <summary>The image that the patches were cut from; null where only the patches are known.</summary>
    public MapImage? Image { get; init; }

    /// <summary>The images of the patches' further channels, on the frame of <see cref="Image"/>.</summary>
    public IReadOnlyList<MapImage> FurtherImages { get; init; } = [];

    /// <summary>All images that patches were cut from, channel by channel; empty where only the patches are known.</summary>
    public IReadOnlyList<MapImage> Images => Image is { } first ? [first, .. FurtherImages] : [];

    /// <summary>Centre pixel of each patch in the image; empty without an image.</summary>
    public IReadOnlyList<PixelIndex> Pixels { get; init; } = [];

    /// <summary>Names of the true classes; empty where none are known.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>True class of each pair, -1 where unknown; empty without classes.</summary>
    public IReadOnlyList<int> TrueClasses { get; init; } = [];

    /// <summary>What is known of each place and curve.</summary>
    public IReadOnlyList<PointQuantity> Quantities { get; init; } = [];

    /// <summary>What was supposed or left out, in sentences.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Values of one patch.</summary>
    public int PatchValues => PatchChannels * PatchHeight * PatchWidth;

    /// <summary>Values of one curve.</summary>
    public int SpectrumValues => SpectrumChannels * SpectrumLength;
}
