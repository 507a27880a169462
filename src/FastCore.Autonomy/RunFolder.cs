using System.Text.Json;
using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Results;

namespace FastCore.Autonomy;

/// <summary>The folder of a run: <c>plan.json</c>, <c>journal.fcj</c>, <c>iv_novelty.npz</c>, <c>summary.json</c>, <c>maps.npz</c>.</summary>
public static class RunFolder
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

    /// <summary>Name of the folder of the latent map that was trained beside the run, within the folder.</summary>
    public const string LatentMapFolder = "latent-map";

    /// <summary>Reads a run back: from the journal, with the summary and maps where they are.</summary>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    /// <exception cref="InvalidDataException">No journal in it, or one that is no journal; a damaged tail is no error but a remark.</exception>
    public static RunRecord Open(string folder)
    {
        RecordedRun recorded = ReadJournal(folder);
        var remarks = new List<string>();
        if (recorded.Journal.DroppedBytes > 0)
            remarks.Add(recorded.Journal.Remark);
        if (recorded.Open is { } open)
            remarks.Add($"Step {open.Chosen.Step} was chosen at row {open.Chosen.Row}, column {open.Chosen.Column} and not measured; the sample may "
                + "have been touched there.");
        StepRecord[] steps = recorded.StepRecords();
        IReadOnlyList<string> classNames = recorded.Sample?.ClassNames ?? [];
        RunSummary? summary = null;
        string summaryPath = Path.Combine(folder, SummaryFile);
        try
        {
            if (File.Exists(summaryPath))
                summary = JsonSerializer.Deserialize<RunSummary>(File.ReadAllText(summaryPath), ResultJson.Options);
        }
        catch (JsonException)
        {
            remarks.Add($"{SummaryFile} cannot be read; its figures were computed again from the journal, without coverage.");
        }
        // A summary of an earlier session knows fewer steps than a journal that went on.
        if (summary is null || summary.Measured != steps.Length)
        {
            summary = RunMetrics.Summarise(recorded.Plan, recorded.Ended?.Status ?? RunStatus.Faulted,
                recorded.Ended?.Reason ?? "The run was cut off before it could say why.", recorded.Opened.Instrument, recorded.Opened.Executor,
                steps, recorded.Models, classNames, null, steps.Length == 0 ? 0 : steps[^1].InstrumentSeconds, recorded.Retries.Count);
        }
        return new RunRecord
        {
            Plan = recorded.Plan,
            Folder = folder,
            Overview = recorded.Sample?.Overview,
            OverviewMaps = recorded.Sample?.Maps ?? [],
            Common = recorded.Sample?.Common ?? default,
            Waveform = recorded.Sample?.Waveform,
            Candidates = recorded.Sample?.Candidates,
            ClassNames = classNames,
            Steps = steps,
            Models = recorded.Models,
            Maps = Results.MapsFile.Read(Path.Combine(folder, MapsFile)),
            Summary = summary,
            Remarks = remarks,
        };
    }

    internal static RecordedRun ReadJournal(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return Directory.Exists(folder) ? RecordedRun.Read(Path.Combine(folder, JournalFile))
            : throw new DirectoryNotFoundException($"There is no folder '{folder}'; name the folder of a run.");
    }

    /// <summary>Makes a folder for a run.</summary>
    /// <exception cref="IOException">It exists and is not empty, is a file, or cannot be made.</exception>
    internal static void Create(string folder)
    {
        if (File.Exists(folder))
            throw new IOException($"'{folder}' is a file; name a folder that does not exist yet.");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new IOException($"The folder '{folder}' exists and is not empty; name a new folder, or resume the run in it.");
        Directory.CreateDirectory(folder);
    }
}
