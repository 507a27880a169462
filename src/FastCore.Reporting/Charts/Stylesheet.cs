using System.Globalization;
using System.Text;

namespace FastCore.Reporting.Charts;

/// <summary>
/// The one stylesheet of every report. Colours are custom properties, set once for light, dark and paper; charts name only the properties. System
/// fonts, no downloads.
/// </summary>
public static class Stylesheet
{
    private const string Light =
        "--page:#f6f7f9;--card:#ffffff;--ink:#1b2027;--soft:#4c5663;--muted:#6b7683;--rule:#d9dee4;--grid:#e7eaee;--accent:#0a5c99;"
        + "--good:#087a53;--bad:#b3361a;--halo:#ffffff;";

    private const string Dark =
        "--page:#14171b;--card:#1d2126;--ink:#e9edf1;--soft:#b9c2cc;--muted:#98a3af;--rule:#363d46;--grid:#2b3138;--accent:#6cb8f0;"
        + "--good:#3fd0a0;--bad:#ff8d6b;--halo:#14171b;";

    private const string Rules = """
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--ink);
        font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}
        main{max-width:1240px;margin:0 auto;padding:28px 20px 60px}
        header h1{font-size:clamp(20px,3vw,28px);line-height:1.22;margin:0 0 6px;text-wrap:balance;overflow-wrap:anywhere}
        header p{margin:0;color:var(--soft)}
        h2{font-size:20px;margin:38px 0 4px}
        h2+p{margin:0 0 14px;color:var(--soft);max-width:105ch}
        .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:12px;margin:20px 0}
        .fact{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:11px 14px}
        .fact b{display:block;font-size:19px;line-height:1.3;overflow-wrap:anywhere}
        .fact span{color:var(--soft);font-size:13.5px}
        .good b{color:var(--good)}.bad b{color:var(--bad)}
        ul.findings{margin:14px 0 0;padding-left:20px;max-width:95ch}
        ul.findings li{margin:5px 0}
        .grid-3{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:16px}
        .grid-2{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:16px}
        .grid-4{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,270px),1fr));gap:14px}
        [class^=grid-]+[class^=grid-],[class^=grid-]+figure,figure+figure.wide{margin-top:16px}
        figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 12px 10px;min-width:0;break-inside:avoid}
        figure.wide{grid-column:1/-1}
        figcaption{font-weight:600;font-size:15px;margin:0 2px 6px;line-height:1.35}
        figcaption small{display:block;font-weight:400;color:var(--soft);font-size:13.5px}
        figure p{margin:6px 2px 0;color:var(--soft);font-size:13.5px}
        .scroll{overflow-x:auto}[class^=grid-]+.scroll,.scroll+.scroll,.scroll+[class^=grid-]{margin-top:16px}
        table{border-collapse:collapse;width:100%;font-size:14px;background:var(--card)}
        th,td{text-align:left;padding:6px 12px 6px 8px;border-bottom:1px solid var(--rule);vertical-align:top}
        td small{display:block;color:var(--muted);font-size:12.5px}td:first-child{white-space:nowrap}
        .plan td{overflow-wrap:anywhere;white-space:normal!important}
        th{font-weight:600;color:var(--soft)}
        td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .plan td:first-child{color:var(--soft);width:36%}
        .key{display:flex;flex-wrap:wrap;gap:4px 16px;margin:8px 2px 0;font-size:13.5px;color:var(--soft)}
        .key svg{width:14px;height:14px;vertical-align:-2px;margin-right:5px}
        .ramp{display:inline-block;width:90px;height:10px;border-radius:3px;vertical-align:0;margin:0 6px}
        footer{margin-top:40px;color:var(--muted);font-size:13px}
        svg.chart{display:block;width:100%;height:auto;font-family:inherit}
        svg.chart text{fill:var(--soft)}
        svg .tick{font-size:11.5px}svg .legend{font-size:11.5px}
        svg .note{font-size:11px;paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
        svg .axis-title{font-size:12.5px;fill:var(--ink)}
        svg .empty{font-size:14px;fill:var(--muted);font-style:italic}
        svg .axis{stroke:var(--muted);stroke-width:1}svg .grid{stroke:var(--grid);stroke-width:1}svg .grid.faint{stroke-opacity:.6}
        svg .line{fill:none;stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}svg .cross{stroke-width:1.8;fill:none}
        svg.image image{image-rendering:pixelated}svg .frame{fill:none;stroke:var(--muted)}svg .no-data{fill:var(--grid)}
        svg .tile{fill:none;stroke:var(--rule)}svg .hidden{visibility:hidden}
        li.warning{color:var(--bad)}
        table.corr{width:auto;min-width:60%}table.corr tbody th{padding-top:14px}table.corr td.across{outline:1px dashed var(--muted);outline-offset:-2px}
        table.corr td small{display:block}table.groups td:last-child small{white-space:normal;max-width:150px;margin-left:auto}
        svg .path{stroke-width:1;stroke-opacity:.4}svg .outline path{fill:none;stroke-width:1.1;stroke-linejoin:round}
        svg.image>circle,svg.image>rect[style],svg.image>path{stroke:#fff;stroke-width:.9;paint-order:stroke}
        svg.image>path.cross{stroke-width:2.2}
        svg .scale-bar .plate{fill:#000;fill-opacity:.55}svg .scale-bar .bar{fill:#fff}svg .scale-bar text.bar-text{fill:#fff;font-size:11.5px}
        @media (max-width:520px){main{padding:18px 12px 40px}figure{padding:10px 6px 8px}h2{font-size:18px}
        .facts{grid-template-columns:repeat(2,1fr);gap:8px}.fact b{font-size:18px}svg.big .tick,svg.big .note{font-size:14.5px}
        svg.big .legend{font-size:12.3px}svg.big .axis-title{font-size:15.5px}svg.big.names .tick,svg.big.names .axis-title{font-size:12.5px}}
        @media print{body{font-size:11pt}main{max-width:none;padding:0}figure,.fact{border-color:#bbb}h2{break-after:avoid}
        .facts{grid-template-columns:repeat(4,1fr)}.grid-3{grid-template-columns:repeat(3,1fr)}.grid-4{grid-template-columns:repeat(4,1fr)}
        .grid-2{grid-template-columns:1fr 1fr}tr{break-inside:avoid}}
        """;

    /// <summary>The stylesheet as text.</summary>
    public static string Text { get; } = Build();

    private static string Build()
    {
        string onLight = Light + Series(Palette.Categorical), onDark = Dark + Series(Palette.CategoricalOnDark);
        return $":root{{color-scheme:light dark;{onLight}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{onDark}}}}}\n"
            + $"@media print{{:root{{color-scheme:light;{onLight}--page:#fff}}}}\n{Rules}";
    }

    private static string Series(IReadOnlyList<string> colors)
    {
        var text = new StringBuilder();
        for (int k = 0; k < colors.Count; k++)
            text.Append(CultureInfo.InvariantCulture, $"--s{k}:{colors[k]};");
        return text.ToString();
    }
}
