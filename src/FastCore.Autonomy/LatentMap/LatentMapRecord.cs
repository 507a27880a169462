using FastCore.Autonomy.Records;

namespace FastCore.Autonomy.LatentMap;

/// <summary>Loss of one epoch, in nats.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Loss">What is minimised, over the training pairs.</param>
/// <param name="PatchError">Cross-entropy of the patches.</param>
/// <param name="CurveError">Cross-entropy of the curves.</param>
/// <param name="PatchDivergence">Divergence of the patches' codes from their prior.</param>
/// <param name="CurveDivergence">Divergence of the curves' codes.</param>
/// <param name="Distance">Mean distance of the two codes of a pair, by dimension.</param>
/// <param name="HeldOutLoss">Loss over the held-out pairs; NaN without them.</param>
/// <param name="HeldOutDistance">Distance over the held-out pairs; NaN without them.</param>
public sealed record MapEpoch(int Epoch, double Loss, double PatchError, double CurveError, double PatchDivergence, double CurveDivergence,
    double Distance,
    double HeldOutLoss, double HeldOutDistance);

/// <summary>What both decoders draw over a grid of two latent dimensions.</summary>
/// <param name="RowValues">Latent value of each row, descending.</param>
/// <param name="ColumnValues">Latent value of each column, ascending.</param>
/// <param name="RowDimension">Dimension down the rows, from 0; -1 where there is one dimension only.</param>
/// <param name="ColumnDimension">Dimension along the columns.</param>
/// <param name="Patches">First channel of the patch of each cell, row by row, cells x height x width, 0 .. 1 where patches are scaled by their own
/// range.</param>
/// <param name="Curves">First channel of the curve of each cell, cells x length, in the curves' unit.</param>
public sealed record MapManifold(double[] RowValues, double[] ColumnValues, int RowDimension, int ColumnDimension, double[] Patches, double[] Curves);

/// <summary>A figure about the quality of a map, in words.</summary>
/// <param name="Name">Name for scripts: "patch-to-curve error".</param>
/// <param name="Value">The figure; NaN where it could not be found.</param>
/// <param name="Sentence">What it means.</param>
/// <param name="IsWarning">Whether it is something to know before the map is believed.</param>
public sealed record MapMonitor(string Name, double Value, string Sentence, bool IsWarning);

/// <summary>Everything that a trained latent map left behind: what the report draws and <c>summary.json</c> sums up.</summary>
public sealed record LatentMapRecord
{
    /// <summary>The pairs.</summary>
    public required PairTable Table { get; init; }

    /// <summary>"corrected" or "published".</summary>
    public required string Mode { get; init; }

    /// <summary>Dimensions that patch and curve share.</summary>
    public required int LatentSize { get; init; }

    /// <summary>Epochs trained.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs asked for; more than <see cref="Epochs"/> where the training was cancelled or stopped by itself.</summary>
    public required int EpochsAsked { get; init; }

    /// <summary>Whether the user ended the training.</summary>
    public bool Cancelled { get; init; }

    /// <summary>Seed of weights, noise and split.</summary>
    public long Seed { get; init; }

    /// <summary>Number of trained values.</summary>
    public int ParameterCount { get; init; }

    /// <summary>What computed it.</summary>
    public string Executor { get; init; } = "";

    /// <summary>Real time of the training.</summary>
    public double TrainingSeconds { get; init; }

    /// <summary>Options as pairs of name and value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Options { get; init; } = [];

    /// <summary>Loss of every epoch.</summary>
    public IReadOnlyList<MapEpoch> History { get; init; } = [];

    /// <summary>Code of each patch in the shared space, n x <see cref="LatentSize"/>.</summary>
    public required double[] PatchCodes { get; init; }

    /// <summary>Code of each curve in the shared space, n x <see cref="LatentSize"/>.</summary>
    public required double[] CurveCodes { get; init; }

    /// <summary>Numbers of the pairs that were held out of the training, ascending.</summary>
    public IReadOnlyList<int> HeldOut { get; init; } = [];

    /// <summary>What the decoders draw; null where it was not computed.</summary>
    public MapManifold? Manifold { get; init; }

    /// <summary>Latent dimensions over the image; empty without an image.</summary>
    public IReadOnlyList<CandidateMap> Maps { get; init; } = [];

    /// <summary>Figures about the quality of the map, in words.</summary>
    public IReadOnlyList<MapMonitor> Monitors { get; init; } = [];

    /// <summary>What the codes go with; null where it was not computed.</summary>
    public CodeAnalysisRecord? Analysis { get; init; }
}
