using FastCore.Autonomy;
using FastCore.Autonomy.Analysis;
using FastCore.Autonomy.Records;
using FastCore.Host.Commands;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Photovoltaics;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using FastCore.Reporting.Analysis;

namespace FastCore.Host;

/// <summary>What is asked of measured files, and how each kind is carried out.</summary>
internal sealed record AnalysisRequest
{
    // Beyond it a grid is described by an even choice of its curves.
    private const int MostCurves = 1000;
    private const int MostDecays = 24;

    // The bootstrap computes a curve's quantities two hundred times.
    private const int MostIntervals = 100;

    public AnalysisKind Kind { get; init; }

    public string? Channel { get; init; }

    public LinePolarity Lines { get; init; }

    public double? PixelNanometres { get; init; }

    public JvOptions Cells { get; init; } = new();

    public string? Response { get; init; }

    /// <summary>Analyses a file or a run's folder; what cannot be analysed is refused by one sentence that names it.</summary>
    public IReadOnlyList<AnalysisPart> Analyze(string path)
    {
        try
        {
            return Directory.Exists(path) ? OfRun(OutputFolder.Existing(path)) : OfFile(InfoCommand.Existing(path));
        }
        catch (ArgumentException problem)
        {
            string sentence = ErrorMapping.OneLine(problem.Message);
            throw new BadInputException(sentence.StartsWith(path, StringComparison.Ordinal) ? sentence : $"{path}: {sentence}");
        }
    }

    private static AnalysisPart[] OfRun(string folder)
    {
        RunRecord run = RunFolder.Open(folder);
        RunAnalysis analysis = RunAnalysis.Of(run);
        return [new RunPart(folder, analysis), new GrainPart(folder, run.Overview!.Channel, run.Overview, analysis.Grains, HasScale: true)];
    }

    private List<AnalysisPart> OfFile(MeasuredFile file)
    {
        var parts = new List<AnalysisPart>();
        bool all = Kind == AnalysisKind.Auto;
        if ((all && file.JvCurves.Count > 0) || Kind == AnalysisKind.Jv)
            parts.Add(OfCells(file));
        if ((all && file.Decays.Count > 0) || Kind == AnalysisKind.Trpl)
            parts.AddRange(OfDecays(file));
        bool oriented = file.Channels.Any(channel => channel.Name == "Euler1");
        if ((all && oriented) || Kind == AnalysisKind.Ebsd)
            parts.Add(new GrainPart(file.Path, "orientations", null, OrientationGrains.Of(file), file.Channels[0].LateralUnit == "m"));
        else if ((all && file.Channels.Count > 0) || Kind is AnalysisKind.Topography or AnalysisKind.Sem)
            parts.Add(OfImage(file));
        SpectrumSet[] sets = [.. file.Spectra.Where(set => set.IsCurrentOverBias)];
        if ((all && sets.Length > 0) || Kind == AnalysisKind.Iv)
            parts.AddRange(OfSpectra(file, sets));
        if (parts.Count == 0)
        {
            throw new BadInputException($"{file.Path}: this {file.Format} file holds {file.Contents()}; images, current over bias, decays and J-V curves are analysed. "
                + "'fastcore info' lists what is inside.");
        }
        return parts;
    }

    private GrainPart OfImage(MeasuredFile file)
    {
        MeasuredChannel channel = Channel is { } name ? file.Channel(name) : file.Topography();
        bool scaled = channel.LateralUnit == "m";
        ScanImage image = channel.ToScanImage(file.Path);
        if (!scaled && PixelNanometres is { } pitch)
            image = new ScanImage(image.Channel, image.Unit, new ScanFrame(image.Frame.Rows, image.Frame.Columns, new Metres(pitch * 1e-9)), image.Values);
        bool heights = Kind == AnalysisKind.Topography || (Kind == AnalysisKind.Auto && channel.IsHeight);
        // Reaches of 25 and 40 nm say nothing on an image of another scale: two and three pixels do.
        double reach = image.Frame.PixelPitch.Value;
        var options = new GrainOptions();
        if (reach > options.BoundaryReach.Value)
            options = options with { BoundaryReach = new Metres(2 * reach), JunctionReach = new Metres(3 * reach) };
        GrainMap map = heights ? TopographyGrains.Of(image, options) : ElectronImageGrains.Of(image, options, Lines);
        return new GrainPart(file.Path, channel.Name, image, map, scaled || PixelNanometres is not null) { Remarks = file.Remarks };
    }

    private JvPart OfCells(MeasuredFile file)
    {
        if (file.JvCurves.Count == 0)
            throw new BadInputException($"{file.Path}: there are no J-V curves in this {file.Format} file, only {file.Contents()}.");
        JvParameters[] sweeps = [.. file.JvCurves.Select(curve => JvAnalysis.Of(curve, Cells))];
        return new JvPart(file.Path, sweeps, JvAnalysis.Pairs(sweeps)) { Remarks = file.Remarks };
    }

    private DecayPart[] OfDecays(MeasuredFile file)
    {
        if (file.Decays.Count == 0)
            throw new BadInputException($"{file.Path}: there are no decays in this {file.Format} file, only {file.Contents()}.");
        InstrumentResponse? response = null;
        if (Response is { } path)
        {
            MeasuredFile measured = InfoCommand.Existing(path);
            response = InstrumentResponse.Of(measured.Decays.Count > 0 ? measured.Decays[0]
                : throw new BadInputException($"{path}: there is no decay in this {measured.Format} file that could be a response, only {measured.Contents()}."));
        }
        string[] left = file.Decays.Count > MostDecays ? [$"The first {MostDecays} of {file.Decays.Count} decays are analysed."] : [];
        return [.. file.Decays.Take(MostDecays).Select((decay, k) => new DecayPart(file.Path, TrplAnalysis.Of(decay, response)) { Remarks = k == 0 ? [.. file.Remarks, .. left] : [] })];
    }

    private static IEnumerable<IvPart> OfSpectra(MeasuredFile file, SpectrumSet[] sets)
    {
        if (sets.Length == 0)
            throw new BadInputException($"{file.Path}: there are no curves of current over bias in this {file.Format} file, only {file.Contents()}.");
        foreach (SpectrumSet set in sets)
        {
            BiasWaveform waveform = BiasWaveform.FromSamples(set.Axis, new Seconds(set.DurationSeconds ?? 1));
            int channel = set.CurrentChannel(), stride = (set.Count + MostCurves - 1) / MostCurves;
            var gate = new QualityGate();
            var cleaned = new double[waveform.Count];
            var curves = new List<AnalysedIv>();
            for (int p = 0; p < set.Count; p += stride)
            {
                double[] current = set.Curve(p, channel).ToArray();
                IvQuantities? quantities = IvQuantities.Of(waveform, gate, current, cleaned, out IvAssessment assessment);
                var curve = new AnalysedIv(p, current, assessment, quantities);
                if (assessment.IsGood)
                {
                    ConductionSamples samples = ConductionSamples.Of(waveform, cleaned, assessment.NoiseAmperes);
                    curve = curve with { Conduction = ConductionFit.All(samples), PowerLaws = PowerLaws.Of(samples) };
                    if (set.Count <= MostIntervals)
                        curve = curve with { Intervals = IvIntervals.Of(waveform, cleaned, assessment.NoiseAmperes) };
                }
                curves.Add(curve);
            }
            List<string> left = stride > 1 ? [$"Every {stride}th of {set.Count} curves is analysed."] : [];
            if (set.Count > MostIntervals)
                left.Add($"Intervals of single curves are left out: the file has {set.Count} curves, and they are given for up to {MostIntervals}.");
            yield return new IvPart(file.Path, set.Name, waveform, curves) { Remarks = left };
        }
    }
}
