using System.Globalization;
using System.Text;

namespace FastCore.Reporting.Charts;

/// <summary>Writes SVG elements; all text that comes from outside is escaped here and nowhere else.</summary>
internal sealed class SvgBuilder
{
    private readonly StringBuilder text = new();

    public SvgBuilder(double width, double height, string title, string description, string cssClass = "chart")
    {
        text.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{cssClass}\" viewBox=\"0 0 {N(width)} {N(height)}\" role=\"img\" "
                + $"aria-label=\"{Escape(title)}\">");
        text.Append("<title>").Append(Escape(title)).Append("</title><desc>").Append(Escape(description)).Append("</desc>");
    }

    /// <summary>Number with at most two decimals.</summary>
    public static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Text safe in XML and HTML, as content and within quotes; control characters that XML forbids become spaces.</summary>
    public static string Escape(string value)
    {
        var escaped = new StringBuilder(value.Length + 16);
        foreach (char c in value)
        {
            _ = c switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                < ' ' when c is not ('\n' or '\t' or '\r') => escaped.Append(' '),
                '\ufffe' or '\uffff' => escaped.Append(' '),
                _ when char.IsSurrogate(c) => escaped.Append(char.IsHighSurrogate(c) ? "?" : ""),
                _ => escaped.Append(c),
            };
        }
        return escaped.ToString();
    }

    /// <summary>Estimated width of a text in a proportional font.</summary>
    public static double TextWidth(string value, double size) => value.Length * size * 0.56;

    public SvgBuilder Raw(string markup)
    {
        text.Append(markup);
        return this;
    }

    public SvgBuilder Line(double x1, double y1, double x2, double y2, string cssClass) =>
        Raw($"<line class=\"{cssClass}\" x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\"/>");

    public SvgBuilder Text(double x, double y, string value, string cssClass, string anchor = "middle", string? transform = null) =>
        Raw($"<text class=\"{cssClass}\" x=\"{N(x)}\" y=\"{N(y)}\" "
            + $"text-anchor=\"{anchor}\"{(transform is null ? "" : $" transform=\"{transform}\"")}>{Escape(value)}</text>");

    public SvgBuilder Path(string d, string style, string cssClass = "line") => Raw($"<path class=\"{cssClass}\" d=\"{d}\" style=\"{style}\"/>");

    public SvgBuilder Mark(Marker marker, double x, double y, double r, string style, string? note = null)
    {
        string shape = marker switch
        {
            Marker.Square => $"<rect x=\"{N(x - (0.9 * r))}\" y=\"{N(y - (0.9 * r))}\" width=\"{N(1.8 * r)}\" height=\"{N(1.8 * r)}\" "
                + $"style=\"{style}\"",
            Marker.Triangle => $"<path d=\"M{N(x)} {N(y - (1.2 * r))}L{N(x + (1.1 * r))} {N(y + (0.8 * r))}L{N(x - (1.1 * r))} "
                + $"{N(y + (0.8 * r))}Z\" style=\"{style}\"",
            Marker.Wedge => $"<path d=\"M{N(x)} {N(y + (1.2 * r))}L{N(x + (1.1 * r))} {N(y - (0.8 * r))}L{N(x - (1.1 * r))} {N(y - (0.8 * r))}Z\" "
                + $"style=\"{style}\"",
            Marker.Diamond => $"<path d=\"M{N(x)} {N(y - (1.3 * r))}L{N(x + (1.3 * r))} {N(y)}L{N(x)} {N(y + (1.3 * r))}L{N(x - (1.3 * r))} "
                + $"{N(y)}Z\" style=\"{style}\"",
            Marker.Cross => $"<path class=\"cross\" d=\"M{N(x - r)} {N(y - r)}L{N(x + r)} {N(y + r)}M{N(x - r)} {N(y + r)}L{N(x + r)} "
                + $"{N(y - r)}\" style=\"{style}\"",
            _ => $"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(r)}\" style=\"{style}\"",
        };
        string close = marker switch { Marker.Square => "rect", Marker.Circle => "circle", _ => "path" };
        return Raw(note is null ? shape + "/>" : $"{shape}><title>{Escape(note)}</title></{close}>");
    }

    public string Finish() => text.Append("</svg>").ToString();
}
