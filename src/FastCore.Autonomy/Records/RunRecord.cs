using FastCore.Autonomy.Plan;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy.Records;

/// <summary>Everything that a run left behind: returned when it ends, and read back from its folder by <see cref="RunFolder.Open"/>.</summary>
public sealed record RunRecord
{
    /// <summary>What was asked for.</summary>
    public required ExperimentPlan Plan { get; init; }

    /// <summary>Folder of the run.</summary>
    public required string Folder { get; init; }

    /// <summary>The overview as the instrument gave it; null where the run ended before it was scanned.</summary>
    public ScanImage? Overview { get; init; }

    /// <summary>Further maps that told places from each other, on the overview's frame; NaN where they do not reach.</summary>
    public IReadOnlyList<ScanImage> OverviewMaps { get; init; } = [];

    /// <summary>Pixels of the overview that every further map reaches.</summary>
    public PixelRectangle Common { get; init; }

    /// <summary>Bias of the sweeps; null where the run ended before it was known.</summary>
    public BiasWaveform? Waveform { get; init; }

    /// <summary>Where the candidates lie; null where the run ended before they were known.</summary>
    public CandidateGeometry? Candidates { get; init; }

    /// <summary>Names of the true structural classes; empty where none are known.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>The steps in order of measuring.</summary>
    public required IReadOnlyList<StepRecord> Steps { get; init; }

    /// <summary>The trained surrogates in order.</summary>
    public required IReadOnlyList<ModelRecord> Models { get; init; }

    /// <summary>Quantities over the candidates at the end of the run; empty where no model was in use.</summary>
    public IReadOnlyList<CandidateMap> Maps { get; init; } = [];

    /// <summary>The figures of <c>summary.json</c>.</summary>
    public required RunSummary Summary { get; init; }

    /// <summary>What kept the run from writing its files, as a full disk does; null where nothing did.</summary>
    public Exception? StorageFault { get; init; }

    /// <summary>What reading the folder had to leave out ("13 bytes after record 57 are damaged"); empty if nothing.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}
