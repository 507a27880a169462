using System.Globalization;

namespace FastCore.Reporting.Charts;

/// <summary>A decimal prefix of a unit: divide a value in SI by <paramref name="Factor"/> to print it in <paramref name="Unit"/>.</summary>
public readonly record struct SiPrefix(double Factor, string Unit);

/// <summary>Prints quantities the way the field reads them: nA and pA, nm and µm, ms. Values come in SI units.</summary>
public static class SiFormat
{
    private static readonly (double Factor, string Symbol)[] Prefixes =
        [(1e-15, "f"), (1e-12, "p"), (1e-9, "n"), (1e-6, "µ"), (1e-3, "m"), (1, ""), (1e3, "k"), (1e6, "M"), (1e9, "G")];

    private static readonly HashSet<string> Prefixable = ["A", "V", "m", "s", "Hz", "W", "J", "Ω", "S", "B", "N", "F"];

    /// <summary>The prefix under which <paramref name="magnitude"/> reads as 1 to 999; units without prefixes (%, points) stay as they are.</summary>
    public static SiPrefix For(double magnitude, string unit)
    {
        ArgumentNullException.ThrowIfNull(unit);
        double size = Math.Abs(magnitude);
        if (!Prefixable.Contains(unit) || !double.IsFinite(size) || size == 0)
            return new SiPrefix(1, unit);
        // The small tolerance keeps 999.9999999e-12 at 1 nA.
        (double factor, string symbol) = Prefixes[0];
        foreach ((double f, string s) in Prefixes)
        {
            if (unit == "s" && f > 1)
                break;
            if (size >= f * (1 - 1e-9))
                (factor, symbol) = (f, s);
        }
        return new SiPrefix(factor, symbol + unit);
    }

    /// <summary>A value with its unit in three significant digits, "1.23 nA"; a dash where the value is not finite.</summary>
    public static string Quantity(double value, string unit)
    {
        if (!double.IsFinite(value))
            return "–";
        SiPrefix prefix = For(value, unit);
        string number = Significant(value / prefix.Factor, 3);
        return prefix.Unit.Length == 0 ? number : prefix.Unit == "%" ? number + " %" : number + " " + prefix.Unit;
    }

    /// <summary>A number in <paramref name="digits"/> significant digits without an exponent between 1e-4 and 1e6.</summary>
    public static string Significant(double value, int digits)
    {
        if (!double.IsFinite(value))
            return "–";
        if (value == 0)
            return "0";
        double size = Math.Abs(value);
        if (size is < 1e-4 or >= 1e6)
            return Minus(value.ToString("0." + new string('#', digits - 1) + "e0", CultureInfo.InvariantCulture));
        int decimals = Math.Clamp(digits - 1 - (int)Math.Floor(Math.Log10(size)), 0, 12);
        return Minus(Math.Round(value, decimals).ToString("F" + decimals, CultureInfo.InvariantCulture));
    }

    /// <summary>The label of a tick: as many decimals as the step between ticks needs.</summary>
    public static string Tick(double value, double step)
    {
        if (value == 0 || Math.Abs(value) < Math.Abs(step) * 1e-9)
            return "0";
        double size = Math.Abs(value);
        if (size >= 1e5 || size < 1e-4)
            return Minus(value.ToString("0.###e0", CultureInfo.InvariantCulture));
        int decimals = step > 0 ? Math.Clamp(-(int)Math.Floor(Math.Log10(step) + 1e-9), 0, 10) : 0;
        return Minus(value.ToString("F" + decimals, CultureInfo.InvariantCulture));
    }

    /// <summary>A duration in words of the clock: "850 ms", "12.3 s", "4 min 05 s", "2 h 07 min".</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds))
            return "–";
        if (Math.Abs(seconds) < 60)
            return Quantity(seconds, "s");
        long whole = (long)Math.Round(seconds);
        return whole < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{whole / 60} min {whole % 60:00} s")
            : string.Create(CultureInfo.InvariantCulture, $"{whole / 3600} h {whole % 3600 / 60:00} min");
    }

    // A true minus sign is as wide as a digit; the hyphen is not.
    private static string Minus(string text) => text.Replace('-', '−');
}
