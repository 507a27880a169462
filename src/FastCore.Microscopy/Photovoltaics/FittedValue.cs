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

    /// <summary>From the standard error of the value itself; without an interval where that is not finite.</summary>
    internal static FittedValue Linear(double value, double error, double quantile) => double.IsFinite(error)
        ? new FittedValue(value, value - (quantile * error), value + (quantile * error)) { StandardError = error }
        : new FittedValue(value, null, null);

    /// <summary>From the standard error of the value's logarithm; without an interval where that exceeds a limit or is none.</summary>
    internal static FittedValue Logarithmic(double value, double error, double quantile, double limit = 2) => error <= limit
        ? new FittedValue(value, value * Math.Exp(-quantile * error), value * Math.Exp(quantile * error)) { StandardError = value * error }
        : new FittedValue(value, null, null);

    /// <summary>From the ends of a profile of the value's logarithm.</summary>
    internal static FittedValue Profiled(double value, double? low, double? high, double error) =>
        new(value, low is { } l ? Math.Exp(l) : null, high is { } h ? Math.Exp(h) : null) { StandardError = error <= 2 ? value * error : null };
}
