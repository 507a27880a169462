namespace FastCore.Reporting.Charts;

/// <summary>Something that a chart draws. Colours are numbers of <see cref="Palette.Categorical"/>; -1 is the muted colour of references.</summary>
/// <param name="Label">Text in the legend; empty for none.</param>
/// <param name="Color">Number of the categorical colour.</param>
public abstract record ChartSeries(string Label, int Color);

/// <summary>A line through points; NaN breaks it.</summary>
/// <param name="Label">Text in the legend; empty for none.</param>
/// <param name="Color">Number of the categorical colour.</param>
/// <param name="X">Abscissae.</param>
/// <param name="Y">Ordinates, as many.</param>
public sealed record LineSeries(string Label, int Color, double[] X, double[] Y) : ChartSeries(Label, Color)
{
    /// <summary>Whether values hold until the next point.</summary>
    public bool Stepped { get; init; }

    /// <summary>Whether the line is dashed.</summary>
    public bool Dashed { get; init; }

    /// <summary>Width in pixels.</summary>
    public double Width { get; init; } = 1.8;

    /// <summary>From 0 (invisible) to 1.</summary>
    public double Opacity { get; init; } = 1;
}

/// <summary>Unconnected points.</summary>
/// <param name="Label">Text in the legend; empty for none.</param>
/// <param name="Color">Number of the categorical colour.</param>
/// <param name="X">Abscissae.</param>
/// <param name="Y">Ordinates, as many.</param>
public sealed record ScatterSeries(string Label, int Color, double[] X, double[] Y) : ChartSeries(Label, Color)
{
    /// <summary>Shape of the points.</summary>
    public Marker Marker { get; init; }

    /// <summary>Radius in pixels.</summary>
    public double Radius { get; init; } = 2.6;

    /// <summary>What a point says when the pointer rests on it.</summary>
    public IReadOnlyList<string>? Notes { get; init; }
}

/// <summary>The area between two lines.</summary>
/// <param name="Label">Text in the legend; empty for none.</param>
/// <param name="Color">Number of the categorical colour.</param>
/// <param name="X">Abscissae.</param>
/// <param name="Lower">Lower line.</param>
/// <param name="Upper">Upper line.</param>
public sealed record BandSeries(string Label, int Color, double[] X, double[] Lower, double[] Upper) : ChartSeries(Label, Color);

/// <summary>One bar per category of the category axis, from 0.</summary>
/// <param name="Label">Text in the legend; empty for none.</param>
/// <param name="Color">Number of the categorical colour.</param>
/// <param name="Values">One per category; NaN for none.</param>
public sealed record BarSeries(string Label, int Color, double[] Values) : ChartSeries(Label, Color);

/// <summary>One box per category: quartiles, median, whiskers to the extremes.</summary>
/// <param name="Label">Text in the legend; empty for none.</param>
/// <param name="Color">Number of the categorical colour.</param>
/// <param name="Groups">The values of each category; those that are not finite are left out.</param>
public sealed record BoxSeries(string Label, int Color, IReadOnlyList<double[]> Groups) : ChartSeries(Label, Color);

/// <summary>A straight reference line at one value.</summary>
/// <param name="Label">Text beside the line; empty for none.</param>
/// <param name="Color">Number of the categorical colour.</param>
/// <param name="Value">Where it stands.</param>
/// <param name="Vertical">Whether it stands at a value of X.</param>
public sealed record RuleSeries(string Label, int Color, double Value, bool Vertical = false) : ChartSeries(Label, Color);

/// <summary>Shapes of points: told apart without colour.</summary>
public enum Marker
{
    /// <summary>Circle.</summary>
    Circle,

    /// <summary>Square.</summary>
    Square,

    /// <summary>Triangle, point up.</summary>
    Triangle,

    /// <summary>Square on its corner.</summary>
    Diamond,

    /// <summary>Triangle, point down.</summary>
    Wedge,

    /// <summary>Two crossing strokes.</summary>
    Cross,
}
