namespace FastCore.Microscopy.Spectroscopy;

/// <summary>What the quality gate measured on a curve.</summary>
/// <param name="Quality">Flags; <see cref="IvQuality.Good"/> if there is nothing to object.</param>
/// <param name="NoiseAmperes">sigma_I = 1.4826 MAD of the second differences / sqrt 6.</param>
/// <param name="OffsetAmperes">Offset that was subtracted: median of the pre-trigger within 24 mV of zero bias; 0 without one.</param>
/// <param name="CapacitanceFarads">C from the lowest 5 % of the bias; null for a single branch.</param>
/// <param name="DisplacementRemoved">Whether C dV/dt was subtracted.</param>
/// <param name="RangeAmperes">Largest minus smallest cleaned current.</param>
/// <param name="MaximumAmperes">Largest magnitude of the cleaned current.</param>
/// <param name="LargestStepAmperes">Largest step between neighbouring cleaned samples of one branch.</param>
public readonly record struct IvAssessment(
    IvQuality Quality, double NoiseAmperes, double OffsetAmperes, double? CapacitanceFarads, bool DisplacementRemoved,
    double RangeAmperes, double MaximumAmperes, double LargestStepAmperes)
{
    /// <summary>Whether the curve may be learned from.</summary>
    public bool IsGood => Quality == IvQuality.Good;
}
