namespace FastCore.Reporting.Charts;

/// <summary>How values become lengths.</summary>
public enum AxisScale
{
    /// <summary>In proportion.</summary>
    Linear,

    /// <summary>Equal ratios are equal lengths; values of 0 and below are left out.</summary>
    Logarithmic,
}

/// <summary>One axis of a chart.</summary>
/// <param name="Title">The quantity in words.</param>
/// <param name="Unit">Its SI unit ("A", "V", "m", "s") or a word that takes no prefix ("%", "points", "dimensionless").</param>
public sealed record Axis(string Title, string Unit)
{
    /// <summary>How values become lengths.</summary>
    public AxisScale Scale { get; init; }

    /// <summary>Fixed lower end, otherwise from the data.</summary>
    public double? Minimum { get; init; }

    /// <summary>Fixed upper end, otherwise from the data.</summary>
    public double? Maximum { get; init; }

    /// <summary>Whether 0 is always in sight.</summary>
    public bool IncludeZero { get; init; }

    /// <summary>Names of groups; when given, group k stands at value k and the axis has no ticks.</summary>
    public IReadOnlyList<string>? Categories { get; init; }
}
