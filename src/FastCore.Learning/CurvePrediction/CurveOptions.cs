using FastCore.Learning.Novelty;

namespace FastCore.Learning.CurvePrediction;

/// <summary>How predicted curves become predicted novelty.</summary>
public sealed record CurveOptions
{
    /// <summary>"gp-curve" chooses between the covariances; "gp-curve-rbf" and "gp-curve-matern52" force one.</summary>
    public string Member { get; init; } = "gp-curve";

    /// <summary>Score that the posterior predicts: NearestNeighbours, Minimum or Mean.</summary>
    public NoveltyKind Novelty { get; init; }

    /// <summary>k of the score.</summary>
    public int Neighbours { get; init; } = 5;

    /// <summary>Largest number of principal components that are predicted.</summary>
    public int Rank { get; init; } = 6;
}
