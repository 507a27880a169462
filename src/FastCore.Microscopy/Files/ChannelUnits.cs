namespace FastCore.Microscopy.Files;

/// <summary>
/// The unit of a channel from its name. Asylum's files state one unit for all channels, and unit attributes written by converters are sometimes wrong
/// (phase in "m"), so the name is what can be relied on.
/// </summary>
internal static class ChannelUnits
{
    // Longer names first: "ZSnsr" must not be taken for Nanonis's "Z".
    private static readonly (string Start, string Unit)[] Known =
    [
        ("Height", "m"), ("ZSensor", "m"), ("ZSnsr", "m"), ("Amplitude", "m"), ("Amp", "m"), ("Deflection", "m"), ("Defl", "m"), ("Raw", "m"),
        ("LVDT", "m"), ("Phase", "deg"), ("Phas", "deg"), ("Frequency", "Hz"), ("Freq", "Hz"), ("Current", "A"), ("Cur", "A"), ("Cu", "A"),
        ("Potential", "V"), ("UserIn", "V"), ("Bias", "V"), ("Drive", "V"), ("Lateral", "V"),
    ];

    /// <summary>The unit, or null where the name is not known.</summary>
    public static string? OfName(string name)
    {
        string bare = name.StartsWith("Nap", StringComparison.Ordinal) ? name[3..] : name;
        if (bare == "Cu")
            return "A";
        foreach ((string start, string unit) in Known)
        {
            // Two letters alone would also take "Cupping" or "Curvature"; what follows must be a number or the direction.
            if (bare.StartsWith(start, StringComparison.OrdinalIgnoreCase) && (start.Length > 3 || Rest(bare[start.Length..])))
                return unit;
        }
        return null;
    }

    /// <summary>Whether a channel of that name holds heights.</summary>
    public static bool IsHeight(string name) =>
        name.StartsWith("Height", StringComparison.OrdinalIgnoreCase) || name.StartsWith("ZSensor", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Topo", StringComparison.OrdinalIgnoreCase) || name == "Z" || name.StartsWith("Z (", StringComparison.Ordinal);

    private static bool Rest(string rest)
    {
        rest = rest.TrimStart('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        return rest.Length == 0 || rest is "Trace" or "Retrace";
    }
}
