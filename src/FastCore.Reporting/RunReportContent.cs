using System.Text.Json;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Reporting;

/// <summary>Everything that a run's report draws. All of it may be empty: a run that failed on its first step has a report too.</summary>
public sealed record RunReportContent
{
    /// <summary>The figures of <c>summary.json</c>.</summary>
    public required RunSummary Summary { get; init; }

    /// <summary>The steps in order.</summary>
    public required IReadOnlyList<StepRecord> Steps { get; init; }

    /// <summary>The trained surrogates in order.</summary>
    public required IReadOnlyList<ModelRecord> Models { get; init; }

    /// <summary>Quantities over the candidates at the end of the run.</summary>
    public IReadOnlyList<CandidateMap> Maps { get; init; } = [];

    /// <summary>The scanned overview; null where the run ended before it.</summary>
    public ScanImage? Overview { get; init; }

    /// <summary>Further maps that told places from each other, on the overview's frame.</summary>
    public IReadOnlyList<ScanImage> OverviewMaps { get; init; } = [];

    /// <summary>Bias of each sample of a sweep in volt; empty where unknown.</summary>
    public double[] BiasVolts { get; init; } = [];

    /// <summary>Index of the last sample of the first branch.</summary>
    public int Turnaround { get; init; }

    /// <summary>Names of the true structural classes; empty where none are known.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>The plan as pairs of key and value, in its order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Plan { get; init; } = [];

    /// <summary>Number of measurements that the plan allows; 0 where unknown.</summary>
    public int Budget { get; init; }

    /// <summary>What reading the folder had to leave out; empty if nothing.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>What a report draws of a run.</summary>
    public static RunReportContent From(RunRecord run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var content = new RunReportContent
        {
            Summary = run.Summary,
            Steps = run.Steps,
            Models = run.Models,
            Maps = run.Maps,
            Overview = run.Overview,
            OverviewMaps = run.OverviewMaps,
            ClassNames = run.ClassNames,
            Plan = [.. Flatten(run.Plan.ToJson())],
            Budget = run.Plan.Budget,
            Remarks = run.Remarks,
        };
        return run.Waveform is { } waveform ? content.With(waveform) : content;
    }

    /// <summary>Every leaf of a JSON text with its path: "sweep.samples" and "251".</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Flatten(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. Leaves(document.RootElement, "")];
    }

    private static IEnumerable<KeyValuePair<string, string>> Leaves(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Leaves(p.Value, path.Length == 0 ? p.Name : $"{path}.{p.Name}")),
        JsonValueKind.Array when element.GetArrayLength() > 0 => element.EnumerateArray().SelectMany((one, k) => Leaves(one, $"{path}[{k}]")),
        JsonValueKind.Null or JsonValueKind.Array => [new(path, "–")],
        JsonValueKind.True => [new(path, "yes")],
        JsonValueKind.False => [new(path, "no")],
        JsonValueKind.String => [new(path, element.GetString()!)],
        _ => [new(path, element.GetRawText())],
    };

    /// <summary>Takes the bias samples from a waveform.</summary>
    public RunReportContent With(BiasWaveform waveform)
    {
        ArgumentNullException.ThrowIfNull(waveform);
        return this with { BiasVolts = waveform.BiasVolts.ToArray(), Turnaround = waveform.Turnaround };
    }
}
