using System.Text;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting;

/// <summary>One HTML document that needs nothing but itself. Written as well-formed XML, so that it can be checked by any XML parser.</summary>
internal sealed class HtmlPage
{
    private readonly StringBuilder body = new();

    public static string Escape(string text) => SvgBuilder.Escape(text);

    public HtmlPage Raw(string markup)
    {
        body.Append(markup).Append('\n');
        return this;
    }

    /// <summary>A heading with a sentence under it that says how to read what follows.</summary>
    public HtmlPage Section(string heading, string lead) => Raw($"<h2>{Escape(heading)}</h2><p>{Escape(lead)}</p>");

    /// <summary>A row of figures under one heading; the class names the grid.</summary>
    public HtmlPage Grid(string cssClass, IEnumerable<string> figures) => Raw($"<div class=\"{cssClass}\">{string.Concat(figures)}</div>");

    /// <summary>A drawing with its caption, a second line under it, and a remark below the drawing.</summary>
    public static string Figure(string caption, string drawing, string subtitle = "", string remark = "", bool wide = false) =>
        $"<figure{(wide ? " class=\"wide\"" : "")}><figcaption>{Escape(caption)}"
        + $"{(subtitle.Length == 0 ? "" : $"<small>{Escape(subtitle)}</small>")}</figcaption>"
        + drawing + (remark.Length == 0 ? "" : $"<p>{Escape(remark)}</p>") + "</figure>";

    /// <summary>A small card with one figure.</summary>
    public static string Fact(string value, string label, string cssClass = "") =>
        $"<div class=\"fact{(cssClass.Length == 0 ? "" : " " + cssClass)}\"><b>{Escape(value)}</b><span>{Escape(label)}</span></div>";

    /// <summary>A table; columns whose heading starts with '#' hold numbers and are set to the right.</summary>
    public static string Table(IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows, string cssClass = "")
    {
        ArgumentNullException.ThrowIfNull(heads);
        var text = new StringBuilder($"<div class=\"scroll\"><table{(cssClass.Length == 0 ? "" : $" class=\"{cssClass}\"")}>");
        if (heads.Any(h => h.Length > 0))
        {
            text.Append("<thead><tr>");
            foreach (string head in heads)
                text.Append(head.StartsWith('#') ? "<th class=\"n\">" + Escape(head[1..]) : "<th>" + Escape(head)).Append("</th>");
            text.Append("</tr></thead>");
        }
        text.Append("<tbody>");
        foreach (IReadOnlyList<string> row in rows)
        {
            text.Append("<tr>");
            for (int k = 0; k < row.Count; k++)
                text.Append(k < heads.Count && heads[k].StartsWith('#') ? "<td class=\"n\">" : "<td>").Append(Cell(row[k])).Append("</td>");
            text.Append("</tr>");
        }
        return text.Append("</tbody></table></div>").ToString();
    }

    // What follows a line break stands smaller below: a spread under its median.
    private static string Cell(string text)
    {
        int split = text.IndexOf('\n', StringComparison.Ordinal);
        return split < 0 ? Escape(text) : $"{Escape(text[..split])}<small>{Escape(text[(split + 1)..])}</small>";
    }

    public string Finish(string title) =>
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, "
            + "initial-scale=1\"/>\n"
        + $"<title>{Escape(title)}</title>\n<style>\n{Stylesheet.Text}\n</style>\n"
        + $"</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n";
}
