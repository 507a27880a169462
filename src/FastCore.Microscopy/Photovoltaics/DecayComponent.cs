namespace FastCore.Microscopy.Photovoltaics;

/// <summary>One exponential of a decay, or the stretched one.</summary>
/// <param name="AmplitudeCounts">A: counts per bin at time zero before convolution.</param>
/// <param name="LifetimeSeconds">tau in second.</param>
/// <param name="AmplitudeFraction">A_i / sum A.</param>
/// <param name="IntensityFraction">A_i tau_i / sum A tau: its share of the photons.</param>
/// <param name="Counts">Its share of the fitted curve, bin by bin.</param>
public sealed record DecayComponent(FittedValue AmplitudeCounts, FittedValue LifetimeSeconds, double AmplitudeFraction, double IntensityFraction, double[] Counts);
