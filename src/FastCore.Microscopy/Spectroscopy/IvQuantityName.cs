namespace FastCore.Microscopy.Spectroscopy;

/// <summary>Names under which a plan asks for a quantity of a curve, for example as the target of the expected improvement.</summary>
public static class IvQuantityName
{
    private static readonly SortedDictionary<string, Func<IvQuantities, double?>> Known = new(StringComparer.Ordinal)
    {
        ["loop-area"] = q => q.LoopAreaWatts,
        ["hysteresis-index"] = q => q.HysteresisIndex,
        ["hysteresis-index-at-0.5V"] = q => q.HysteresisIndexAt[0],
        ["hysteresis-index-at-0.75V"] = q => q.HysteresisIndexAt[1],
        ["hysteresis-index-at-1V"] = q => q.HysteresisIndexAt[2],
        ["hysteresis-index-at-1.25V"] = q => q.HysteresisIndexAt[3],
        ["peak-opening"] = q => q.PeakOpeningAmperes,
        ["peak-opening-voltage"] = q => q.PeakOpeningVolts,
        ["turn-on"] = q => q.TurnOnVolts,
        ["tangent-onset"] = q => q.TangentOnsetVolts,
        ["conductance"] = q => q.ConductanceAt1V,
        ["conductance-at-1.5V"] = q => q.ConductanceAt1V5,
        ["largest-conductance"] = q => q.LargestConductance,
        ["nonlinearity"] = q => q.Nonlinearity,
        ["current-at-1V"] = q => q.CurrentAt1V,
        ["current-at-0V"] = q => q.CurrentAtZeroUp,
        ["maximum-current"] = q => q.MaximumAmperes,
        ["emf"] = q => q.EmfVolts,
        ["on-off-ratio"] = q => q.OnOffRatio,
    };

    /// <summary>All names, sorted.</summary>
    public static IReadOnlyCollection<string> All => Known.Keys;

    /// <summary>Whether <paramref name="name"/> is known; a plan is checked with this before a run starts.</summary>
    public static bool IsKnown(string name) => Known.ContainsKey(name);

    /// <summary>The quantity of that name in SI units; null where the curve does not define it.</summary>
    /// <exception cref="ArgumentException">An unknown name; the message lists the known ones.</exception>
    public static double? Of(string name, IvQuantities quantities)
    {
        ArgumentNullException.ThrowIfNull(quantities);
        return Known.TryGetValue(name, out Func<IvQuantities, double?>? read)
            ? read(quantities)
            : throw new ArgumentException($"'{name}' is no quantity of an I-V curve; allowed are {string.Join(", ", Known.Keys)}.", nameof(name));
    }
}
