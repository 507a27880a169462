namespace FastCore.Reporting.Charts;

/// <summary>Colours that people with any kind of colour vision tell apart.</summary>
public static class Palette
{
    /// <summary>
    /// Eight categorical colours of Okabe and Ito (2002), strongest on white first. Charts name them by number; the stylesheet has a second set
    /// of the same hues for dark backgrounds.
    /// </summary>
    public static IReadOnlyList<string> Categorical { get; } =
        ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a7a00", "#000000"];

    /// <summary>The same hues for dark backgrounds.</summary>
    public static IReadOnlyList<string> CategoricalOnDark { get; } =
        ["#56b4e9", "#ff8a3d", "#2fd3a2", "#e6a3c8", "#f2b632", "#8fb8ff", "#f0e442", "#f2f2f2"];

    /// <summary>The colour of a series as a CSS value.</summary>
    public static string Css(int color) => color < 0 ? "var(--muted)" : $"var(--s{color % Categorical.Count})";

    /// <summary>The marker that goes with a colour, so that colour is never the only difference.</summary>
    public static Marker MarkerOf(int color) => (Marker)(Math.Max(color, 0) % 5);
}

/// <summary>A continuous colour scale, perceptually uniform.</summary>
public sealed class ColorMap
{
    private readonly byte[] red = new byte[256];
    private readonly byte[] green = new byte[256];
    private readonly byte[] blue = new byte[256];

    private ColorMap(params int[] control)
    {
        // Catmull-Rom through equally spaced control colours; the published tables are smooth splines of this kind.
        for (int k = 0; k < 256; k++)
        {
            double position = k / 255.0 * (control.Length - 1);
            int left = Math.Min((int)position, control.Length - 2);
            double t = position - left;
            for (int channel = 0; channel < 3; channel++)
            {
                double p1 = Channel(control[left], channel), p2 = Channel(control[left + 1], channel);
                double p0 = left > 0 ? Channel(control[left - 1], channel) : (2 * p1) - p2;
                double p3 = left + 2 < control.Length ? Channel(control[left + 2], channel) : (2 * p2) - p1;
                double value = 0.5 * ((2 * p1) + ((p2 - p0) * t) + (((2 * p0) - (5 * p1) + (4 * p2) - p3) * t * t)
                    + (((3 * p1) - p0 - (3 * p2) + p3) * t * t * t));
                (channel == 0 ? red : channel == 1 ? green : blue)[k] = (byte)Math.Clamp(Math.Round(value), 0, 255);
            }
        }
    }

    /// <summary>viridis (van der Walt and Smith, 2015) through nine of its published colours.</summary>
    public static ColorMap Viridis { get; } = new(0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725);

    /// <summary>cividis (Nuñez, Anderton and Renslow, 2018) through ten of its published colours.</summary>
    public static ColorMap Cividis { get; } = new(
        0x00204d, 0x00336f, 0x39486b, 0x575c6d, 0x707173, 0x8a8779, 0xa69d75, 0xc4b56c, 0xe4cf5b, 0xffea46);

    /// <summary>Black to white.</summary>
    public static ColorMap Grey { get; } = new(0x101010, 0xf8f8f8);

    /// <summary>The colour of entry <paramref name="index"/> of 256.</summary>
    public (byte Red, byte Green, byte Blue) this[int index] => (red[index], green[index], blue[index]);

    /// <summary>The colour at <paramref name="share"/> in [0, 1] as "#rrggbb".</summary>
    public string Hex(double share)
    {
        (byte r, byte g, byte b) = this[(int)Math.Round(Math.Clamp(double.IsNaN(share) ? 0 : share, 0, 1) * 255)];
        return $"#{r:x2}{g:x2}{b:x2}";
    }

    private static double Channel(int rgb, int channel) => (rgb >> (16 - (8 * channel))) & 0xff;
}
