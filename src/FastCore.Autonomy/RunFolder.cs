using FastCore.Autonomy.Records;

namespace FastCore.Autonomy;

/// <summary>The folder of a run: <c>plan.json</c>, <c>journal.fcj</c>, <c>iv_novelty.npz</c>, <c>summary.json</c>, <c>maps.npz</c>.</summary>
public static partial class RunFolder
{
    /// <summary>Name of the plan within the folder.</summary>
    public const string PlanFile = "plan.json";

    /// <summary>Name of the journal within the folder.</summary>
    public const string JournalFile = "journal.fcj";

    /// <summary>Name of the published data format's file within the folder.</summary>
    public const string NoveltyFile = "iv_novelty.npz";

    /// <summary>Name of the summary within the folder.</summary>
    public const string SummaryFile = "summary.json";

    /// <summary>Name of the final maps within the folder.</summary>
    public const string MapsFile = "maps.npz";

    /// <summary>Reads a run back: from the journal, with the summary and maps where they are.</summary>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    /// <exception cref="InvalidDataException">No journal in it, or one that is no journal; a damaged tail is no error but a remark.</exception>
    public static RunRecord Open(string folder) => throw new NotImplementedException();
}
