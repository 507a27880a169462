using FastCore.Autonomy.Analysis;
using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Photovoltaics;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Reporting.Analysis;

/// <summary>One result on a page of analyses.</summary>
/// <param name="Source">The file or folder that it comes from.</param>
public abstract record AnalysisPart(string Source)
{
    /// <summary>What a reader should know, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}

/// <summary>Grains of an image.</summary>
/// <param name="Source">The file.</param>
/// <param name="Channel">Name of the channel.</param>
/// <param name="Image">What the grains were found in, or a picture of it; null where the map has none.</param>
/// <param name="Map">The grains.</param>
/// <param name="HasScale">Whether the file states lengths; otherwise a pixel counts 10 nm.</param>
public sealed record GrainPart(string Source, string Channel, ScanImage? Image, GrainMap Map, bool HasScale) : AnalysisPart(Source);

/// <summary>Current-voltage curves of a probe.</summary>
/// <param name="Source">The file.</param>
/// <param name="Name">Name of the set.</param>
/// <param name="Waveform">Bias of all curves.</param>
/// <param name="Curves">The curves.</param>
public sealed record IvPart(string Source, string Name, BiasWaveform Waveform, IReadOnlyList<AnalysedIv> Curves) : AnalysisPart(Source);

/// <summary>One curve and what it shows.</summary>
/// <param name="Index">Its number in the set from 0.</param>
/// <param name="CurrentAmperes">As measured.</param>
/// <param name="Assessment">What the quality gate finds.</param>
/// <param name="Quantities">Its quantities; null where there was no contact.</param>
public sealed record AnalysedIv(int Index, double[] CurrentAmperes, IvAssessment Assessment, IvQuantities? Quantities)
{
    /// <summary>95 % intervals by name of quantity; empty where they were not asked for.</summary>
    public IReadOnlyDictionary<string, IvInterval> Intervals { get; init; } = new Dictionary<string, IvInterval>();

    /// <summary>Laws of conduction, the best first; empty for curves that the gate refuses and for those that hardly rise above the noise.</summary>
    public IReadOnlyList<ConductionFit> Conduction { get; init; } = [];

    /// <summary>Power laws of its rising branch; null as above.</summary>
    public PowerLaws? PowerLaws { get; init; }
}

/// <summary>Lifetimes of a photoluminescence decay.</summary>
/// <param name="Source">The file.</param>
/// <param name="Result">The fits.</param>
public sealed record DecayPart(string Source, TrplResult Result) : AnalysisPart(Source);

/// <summary>Current-voltage curves of solar cells.</summary>
/// <param name="Source">The file.</param>
/// <param name="Sweeps">Every sweep.</param>
/// <param name="Pairs">Forward and reverse sweeps of one cell.</param>
public sealed record JvPart(string Source, IReadOnlyList<JvParameters> Sweeps, IReadOnlyList<JvHysteresis> Pairs) : AnalysisPart(Source);

/// <summary>Quantities of a run by class of place.</summary>
/// <param name="Source">The run's folder.</param>
/// <param name="Analysis">The comparison.</param>
public sealed record RunPart(string Source, RunAnalysis Analysis) : AnalysisPart(Source);
