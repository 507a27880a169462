namespace FastCore.Autonomy.LatentMap;

/// <summary>What <c>summary.json</c> says about a latent map.</summary>
public sealed record LatentMapSummary
{
    /// <summary>"done" or "cancelled".</summary>
    public required string Status { get; init; }

    /// <summary>Where the pairs came from.</summary>
    public required string Source { get; init; }

    /// <summary>Number of pairs.</summary>
    public required int Pairs { get; init; }

    /// <summary>Pairs that the training did not see.</summary>
    public required int HeldOut { get; init; }

    /// <summary>"corrected" or "published".</summary>
    public required string Mode { get; init; }

    /// <summary>Dimensions that patch and curve share.</summary>
    public required int LatentSize { get; init; }

    /// <summary>Epochs trained.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs asked for.</summary>
    public required int EpochsAsked { get; init; }

    /// <summary>Seed.</summary>
    public required long Seed { get; init; }

    /// <summary>What computed the model.</summary>
    public required string Executor { get; init; }

    /// <summary>Real time of the training.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>Loss of the last epoch, in nats; null without one.</summary>
    public double? Loss { get; init; }

    /// <summary>The same of the held-out pairs; null without them.</summary>
    public double? HeldOutLoss { get; init; }

    /// <summary>Figures about the quality of the map.</summary>
    public IReadOnlyList<MapMonitor> Monitors { get; init; } = [];

    /// <summary>Correlations that stand at 5 % for their whole table.</summary>
    public IReadOnlyList<CodeCorrelation> Correlations { get; init; } = [];

    /// <summary>Links of structure and transport without any code that stand at 5 % for their whole table.</summary>
    public IReadOnlyList<CodeCorrelation> Direct { get; init; } = [];

    /// <summary>Components of the mixture; null where none was sought.</summary>
    public int? Clusters { get; init; }

    /// <summary>Adjusted Rand index of clusters and true classes; null where either is not known.</summary>
    public double? ClassAgreement { get; init; }

    /// <summary>Error of curves predicted from patches by a linear model, as a share of that of the mean curve.</summary>
    public double? LinearCurveFromPatch { get; init; }

    /// <summary>Correlations of canonical codes at pairs left out.</summary>
    public IReadOnlyList<double> CanonicalCorrelations { get; init; } = [];

    /// <summary>What was supposed or left out.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The figures of a map.</summary>
    public static LatentMapSummary Of(LatentMapRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        CodeAnalysisRecord? analysis = record.Analysis;
        return new LatentMapSummary
        {
            Status = record.Cancelled ? "cancelled" : "done",
            Source = record.Table.Source,
            Pairs = record.Table.Count,
            HeldOut = record.HeldOut.Count,
            Mode = record.Mode,
            LatentSize = record.LatentSize,
            Epochs = record.Epochs,
            EpochsAsked = record.EpochsAsked,
            Seed = record.Seed,
            Executor = record.Executor,
            TrainingSeconds = record.TrainingSeconds,
            Loss = record.History.Count > 0 ? record.History[^1].Loss : null,
            HeldOutLoss = record.HeldOut.Count > 0 && record.History.Count > 0 ? record.History[^1].HeldOutLoss : null,
            Monitors = record.Monitors,
            Correlations = [.. analysis?.Correlations.Where(c => c.Stands) ?? []],
            Direct = [.. analysis?.Direct.Where(c => c.Stands) ?? []],
            Clusters = analysis?.Clusters?.Components,
            ClassAgreement = analysis?.Clusters is { } clusters && double.IsFinite(clusters.ClassAgreement) ? clusters.ClassAgreement : null,
            LinearCurveFromPatch = analysis is not null && double.IsFinite(analysis.Baselines.CurveFromPatch) ? analysis.Baselines.CurveFromPatch
                : null,
            CanonicalCorrelations = analysis?.Baselines.CanonicalCorrelations ?? [],
            Remarks = record.Table.Remarks,
        };
    }
}
