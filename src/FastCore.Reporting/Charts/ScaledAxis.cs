namespace FastCore.Reporting.Charts;

/// <summary>An axis with its range, ticks and prefix settled: maps values in SI units to lengths.</summary>
internal sealed class ScaledAxis
{
    private readonly Axis axis;
    private readonly double minimum;
    private readonly double maximum;
    private readonly double step;
    private readonly SiPrefix prefix;
    private double from;
    private double to;

    private ScaledAxis(Axis axis, double minimum, double maximum, double[] ticks, double step, SiPrefix prefix) =>
        (this.axis, this.minimum, this.maximum, Ticks, this.step, this.prefix) = (axis, minimum, maximum, ticks, step, prefix);

    /// <summary>Tick positions in SI units.</summary>
    public double[] Ticks { get; }

    /// <summary>Unit with its prefix.</summary>
    public string Unit => prefix.Unit;

    /// <summary>Title with unit in brackets.</summary>
    public string Title => prefix.Unit.Length == 0 ? axis.Title : $"{axis.Title} ({prefix.Unit})";

    /// <summary>Whether the axis names groups.</summary>
    public bool IsCategory => axis.Categories is not null;

    private bool Logarithmic => axis.Scale == AxisScale.Logarithmic;

    public static ScaledAxis Create(Axis axis, IEnumerable<double> values, int most)
    {
        if (axis.Categories is { } names)
        {
            double[] places = [.. Enumerable.Range(0, names.Count).Select(k => (double)k)];
            return new ScaledAxis(axis, -0.5, Math.Max(names.Count, 1) - 0.5, places, 1, new SiPrefix(1, axis.Unit));
        }
        bool logarithmic = axis.Scale == AxisScale.Logarithmic;
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (!double.IsFinite(value) || (logarithmic && value <= 0))
                continue;
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }
        if (axis.IncludeZero && !logarithmic && low <= high)
            (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
        if (low > high)
            (low, high) = logarithmic ? (1, 10) : (0, 1);
        low = axis.Minimum ?? low;
        high = axis.Maximum ?? high;
        SiPrefix prefix = SiFormat.For(Math.Max(Math.Abs(low), Math.Abs(high)), axis.Unit);
        if (logarithmic)
        {
            low = axis.Minimum ?? low / 1.15;
            high = axis.Maximum ?? high * 1.15;
            double[] decades = Charts.Ticks.Logarithmic(low, high, most);
            if (decades.Length < 3)
            {
                // Less than a decade: nice steps say more than the one or two marks of the 1-2-5 series.
                (double[] even, _) = Charts.Ticks.Linear(low / prefix.Factor, high / prefix.Factor, 3);
                decades = [.. even.Where(t => t > 0).Select(t => t * prefix.Factor)];
            }
            return new ScaledAxis(axis, low, high, decades, 0, prefix);
        }
        // Steps are nice in the printed unit, not in SI: 1e-9 A and 1 nA are the same only up to rounding.
        (double first, double last) = Charts.Ticks.Widen(low / prefix.Factor, high / prefix.Factor, most);
        double min = axis.Minimum ?? first * prefix.Factor;
        double max = axis.Maximum ?? last * prefix.Factor;
        (double[] ticks, double step) = Charts.Ticks.Linear(min / prefix.Factor, max / prefix.Factor, most);
        return new ScaledAxis(axis, min, max, [.. ticks.Select(t => t * prefix.Factor)], step, prefix);
    }

    /// <summary>Gives the axis its place on the drawing: the minimum at <paramref name="start"/>.</summary>
    public void Place(double start, double end) => (from, to) = (start, end);

    /// <summary>Where a value lies; NaN where the axis cannot show it.</summary>
    public double At(double value)
    {
        if (!double.IsFinite(value) || (Logarithmic && value <= 0))
            return double.NaN;
        double share = Logarithmic
            ? Math.Log(value / minimum) / Math.Log(maximum / minimum)
            : (value - minimum) / (maximum - minimum);
        return from + (Math.Clamp(share, -2, 3) * (to - from));
    }

    /// <summary>Text of a tick.</summary>
    public string Label(double tick)
    {
        if (axis.Categories is { } names)
            return names[(int)tick];
        double printed = tick / prefix.Factor;
        if (!Logarithmic)
            return SiFormat.Tick(printed, step);
        return printed is >= 1e-3 and < 1e5 ? SiFormat.Significant(printed, printed >= 10 ? 2 : 1) : SiFormat.Tick(printed, printed);
    }
}
