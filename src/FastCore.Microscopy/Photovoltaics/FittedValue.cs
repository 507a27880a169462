namespace FastCore.Microscopy.Photovoltaics;

/// <summary>A fitted quantity with its 95 % confidence interval, in the unit of the property that holds it.</summary>
/// <param name="Value">Estimate.</param>
/// <param name="Lower95">Lower end; null where the data give none.</param>
/// <param name="Upper95">Upper end; null where the data give none.</param>
public readonly record struct FittedValue(double Value, double? Lower95, double? Upper95)
{
    /// <summary>Standard error from the curvature of the cost; null where the data do not determine the value.</summary>
    public double? StandardError { get; init; }

    /// <summary>Whether the data determine the value: both ends exist.</summary>
    public bool IsIdentified => Lower95 is not null && Upper95 is not null;
}
