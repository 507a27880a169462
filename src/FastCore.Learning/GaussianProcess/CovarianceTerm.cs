using FastCore.Compute.Execution;

namespace FastCore.Learning.GaussianProcess;

/// <summary>One summand of a Gaussian process's covariance: a stationary function of the distance in its own inputs.</summary>
/// <param name="Function">Shape of the covariance.</param>
/// <param name="Dimensions">Number of input dimensions d.</param>
/// <param name="Ard">One lengthscale per dimension (automatic relevance determination); else one for all.</param>
public sealed record CovarianceTerm(CovarianceFunction Function, int Dimensions, bool Ard)
{
    /// <summary>Prior of each lengthscale; null for none.</summary>
    public LogNormalPrior? LengthscalePrior { get; init; }

    /// <summary>Prior of the output scale; null for none.</summary>
    public LogNormalPrior? OutputScalePrior { get; init; }

    /// <summary>Number of lengthscales.</summary>
    public int LengthscaleCount => Ard ? Dimensions : 1;
}
