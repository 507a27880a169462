using FastCore.Autonomy.LatentMap;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Sections.LatentMap;

/// <summary>How pairs are coloured: by true class, else by cluster, else all alike.</summary>
internal sealed class MapGroups
{
    private readonly IReadOnlyList<int> assigned;

    public MapGroups(LatentMapRecord record)
    {
        if (record.Table.TrueClasses.Count == record.Table.Count && record.Table.TrueClasses.Any(c => c >= 0))
            (Names, assigned, What) = (record.Table.ClassNames, record.Table.TrueClasses, "true class");
        else if (record.Analysis?.Clusters is { } clusters)
            (Names, assigned, What) = (clusters.Clusters.Groups, clusters.Clusters.Assigned, "cluster");
        else
            (Names, assigned, What) = ([""], [.. Enumerable.Repeat(0, record.Table.Count)], "");
    }

    /// <summary>Names of the groups; group k has colour and marker k.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What the groups are.</summary>
    public string What { get; }

    /// <summary>Group of a pair; -1 for none.</summary>
    public int Of(int pair) => assigned[pair];

    /// <summary>Name of a pair's group.</summary>
    public string NameOf(int pair) => Of(pair) is >= 0 and var g && g < Names.Count && Names[g].Length > 0 ? Names[g] : "group unknown";

    /// <summary>The groups as a key below a figure.</summary>
    public string Key() => What.Length == 0 ? "" : "<div class=\"key\">" + string.Concat(Names.Select((name, g) =>
    {
        var svg = new SvgBuilder(14, 14, name, "", "mark");
        svg.Mark(Palette.MarkerOf(g), 7, 7, 4.6, $"fill:{Palette.Css(g)}");
        return $"<span>{svg.Finish()}{HtmlPage.Escape(name)}</span>";
    })) + "</div>";
}
