namespace FastCore.Microscopy.Photovoltaics;

/// <summary>One model fitted to a decay (SPEC 6), with everything that a plot of it needs.</summary>
public sealed record DecayFit
{
    /// <summary>Exponentials or stretched.</summary>
    public required DecayShape Shape { get; init; }

    /// <summary>
    /// The components, the shortest lifetime first; one of a stretched decay. Lifetimes of the chosen model have profile intervals, everything else those of the
    /// curvature.
    /// </summary>
    public required IReadOnlyList<DecayComponent> Components { get; init; }

    /// <summary>beta of a stretched decay; null else.</summary>
    public FittedValue? StretchingExponent { get; init; }

    /// <summary>Background, counts per bin.</summary>
    public required FittedValue BackgroundCounts { get; init; }

    /// <summary>
    /// tau_amp = sum A tau / sum A in second (stretched: tau Gamma(1 + 1/beta)): the lifetime of a single exponential of the same height and area.
    /// </summary>
    public required FittedValue AmplitudeAverageSeconds { get; init; }

    /// <summary>
    /// tau_int = sum A tau^2 / sum A tau in second (stretched: tau Gamma(2/beta) / Gamma(1/beta)): the mean time of a photon; never below tau_amp. Papers on
    /// perovskites mostly mean this one.
    /// </summary>
    public required FittedValue IntensityAverageSeconds { get; init; }

    /// <summary>What the decay was convolved with.</summary>
    public required DecayResponse Response { get; init; }

    /// <summary>
    /// Time zero in second: fitted with a Gaussian response; that of the peak for a tail, whose amplitudes are those at that time; null for a measured response.
    /// </summary>
    public FittedValue? TimeZeroSeconds { get; init; }

    /// <summary>Standard deviation of a Gaussian response in second; null else.</summary>
    public FittedValue? ResponseDeviationSeconds { get; init; }

    /// <summary>Time by which a measured response was moved, in second; null else.</summary>
    public FittedValue? ResponseShiftSeconds { get; init; }

    /// <summary>Time of each bin of the window in second.</summary>
    public required double[] TimeSeconds { get; init; }

    /// <summary>Measured counts of the window.</summary>
    public required double[] Counts { get; init; }

    /// <summary>Fitted counts.</summary>
    public required double[] FittedCounts { get; init; }

    /// <summary>(measured - fitted) / standard deviation; that of Poisson's counts is sqrt(fitted).</summary>
    public required double[] WeightedResiduals { get; init; }

    /// <summary>The response where it was placed, per second, at <see cref="TimeSeconds"/>; null for a tail.</summary>
    public double[]? ResponsePerSecond { get; init; }

    /// <summary>Index of the window's first bin in the curve.</summary>
    public required int FirstBin { get; init; }

    /// <summary>Whether the cost was Poisson's; else weighted squares.</summary>
    public required bool IsPoisson { get; init; }

    /// <summary>Poisson's deviance (C-stat), or the weighted sum of squares.</summary>
    public required double Deviance { get; init; }

    /// <summary>Number of fitted parameters.</summary>
    public required int ParameterCount { get; init; }

    /// <summary>BIC = deviance + parameters ln(bins), up to a constant of the data; the lower the better.</summary>
    public required double InformationCriterion { get; init; }

    /// <summary>Sum of the squared weighted residuals over bins - parameters.</summary>
    public required double ReducedChiSquared { get; init; }

    /// <summary>Durbin and Watson (1950): sum of squared differences of neighbouring residuals over the sum of their squares; 2 where they are independent.</summary>
    public required double DurbinWatson { get; init; }

    /// <summary>What to know before the numbers are used.</summary>
    public required DecayQuality Quality { get; init; }
}
