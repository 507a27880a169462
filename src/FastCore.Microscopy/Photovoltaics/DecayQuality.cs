namespace FastCore.Microscopy.Photovoltaics;

/// <summary>What to know about a fitted decay before its numbers are used.</summary>
[Flags]
public enum DecayQuality
{
    /// <summary>Nothing.</summary>
    Good = 0,

    /// <summary>A lifetime, or the upper end of its interval, is longer than the time measured after excitation.</summary>
    LifetimeBeyondWindow = 1,

    /// <summary>A lifetime has no interval: the data do not determine it.</summary>
    NotIdentified = 2,

    /// <summary>The counts are no Poisson counts (a background was subtracted, or they are scaled); least squares with the file's deviations.</summary>
    GaussianWeights = 4,

    /// <summary>The same, but the file has no deviations: they were estimated from the scatter, and intervals are scaled by the reduced chi-squared.</summary>
    EstimatedWeights = 8,

    /// <summary>Reduced chi-squared more than five of its deviations above 1: the model is not what made the data.</summary>
    PoorFit = 16,

    /// <summary>Durbin-Watson more than five of its deviations (2 / sqrt N) below 2: neighbouring residuals go together.</summary>
    CorrelatedResiduals = 32,

    /// <summary>Fewer than 500 counts above the background.</summary>
    FewCounts = 64,

    /// <summary>More than 5 % of the pulses gave a photon: early photons hide later ones, and lifetimes come out short.</summary>
    PileUp = 128,
}
