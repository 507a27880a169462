using FastCore.Autonomy.Plan;
using FastCore.Learning.Novelty;

namespace FastCore.Autonomy.Learned;

/// <summary>The score that a name in a plan stands for.</summary>
internal static class NoveltyScoreKind
{
    public static NoveltyKind Kind(this NoveltyScore score) => score switch
    {
        NoveltyScore.Knn => NoveltyKind.NearestNeighbours,
        NoveltyScore.Min => NoveltyKind.Minimum,
        NoveltyScore.Mean => NoveltyKind.Mean,
        NoveltyScore.Mahal => NoveltyKind.Mahalanobis,
        NoveltyScore.Cos => NoveltyKind.Cosine,
        NoveltyScore.Recon => NoveltyKind.Reconstruction,
        NoveltyScore.Lof => NoveltyKind.LocalOutlierFactor,
        _ => throw new ArgumentOutOfRangeException(nameof(score), score, "No such score."),
    };
}
