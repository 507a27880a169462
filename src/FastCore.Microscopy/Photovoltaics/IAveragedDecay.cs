namespace FastCore.Microscopy.Photovoltaics;

/// <summary>A decay whose average lifetimes have closed forms.</summary>
internal interface IAveragedDecay
{
    /// <summary>ln tau_amp and ln tau_int (tau in second) and their gradients by all parameters.</summary>
    (double Amplitude, double Intensity) LogAverages(ReadOnlySpan<double> parameters, Span<double> amplitudeGradient, Span<double> intensityGradient);
}
