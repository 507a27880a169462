using FastCore.Autonomy.LatentMap;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Reporting.Tests;

/// <summary>A latent map that no model was trained for: a film of bumps, curves that follow height and groove, codes with a little noise.</summary>
internal static class SyntheticMap
{
    public static LatentMapRecord Record(int pairs = 90, bool image = true, bool truth = true, int size = 2, bool volts = true, int heldOutEvery = 3,
        string name = "runs/example")
    {
        var random = new Random(3);
        const int Side = 12, Rows = 72, Columns = 96;
        BiasWaveform waveform = BiasWaveform.Triangle(new Volts(1.5), 61, new Seconds(1));
        var heights = new float[Rows * Columns];
        for (int k = 0; k < heights.Length; k++)
            heights[k] = (float)(2e-8 * (Math.Sin(k / Columns / 5.0) + Math.Cos(k % Columns / 7.0)) + (1e-9 * random.NextDouble()));
        MapImage map = PairReader.Level(new ScanImage("Height", "m", new ScanFrame(Rows, Columns, new Metres(2e-8)), heights));
        PixelIndex[] pixels = [.. Enumerable.Range(0, pairs).Select(_ => new PixelIndex(random.Next(6, Rows - 6), random.Next(6, Columns - 6)))];
        double[] structure = [.. pixels.Select(p => (double)map.Levelled[(p.Row * Columns) + p.Column])],
            other = [.. pixels.Select(p => p.Row / 40.0)];
        double[] patches = [.. pixels.SelectMany(p => Enumerable.Range(0, Side * Side).Select(k =>
            (double)map.Levelled[((p.Row - 6 + (k / Side)) * Columns) + p.Column - 6 + (k % Side)]))];
        double[] spectra = [.. Enumerable.Range(0, pairs).SelectMany(i => Enumerable.Range(0, 61).Select(k =>
            1e-9 * ((Math.Exp(structure[i] / 3) * Math.Max(0, waveform.BiasVolts[k] - 0.3)) + ((k > 30 ? 0.1 : 0) * other[i])
                + (0.01 * random.NextDouble()))))];
        double[] patchCodes = Codes(0.3), curveCodes = Codes(0.15);
        int[] heldOut = heldOutEvery == 0 ? [] : [.. Enumerable.Range(0, pairs).Where(i => i % heldOutEvery == 0)];
        var table = new PairTable
        {
            Source = name,
            Kind = "run",
            Count = pairs,
            PatchHeight = Side,
            PatchWidth = Side,
            Patches = patches,
            SpectrumLength = 61,
            Spectra = spectra,
            SpectrumUnit = volts ? "A" : "",
            Waveform = volts ? waveform : null,
            Image = image ? map : null,
            Pixels = image ? pixels : [],
            ClassNames = truth ? ["interior", "boundary", "junction"] : [],
            TrueClasses = truth ? [.. structure.Select(s => s > 0.5 ? 0 : s > -0.8 ? 1 : 2)] : [],
            Quantities =
            [
                new("height over surroundings", "m", QuantityKind.Structure, "topography", [.. structure.Select(s => s * map.Deviation)]),
                new("distance to boundary", "m", QuantityKind.Structure, "truth",
                    [.. structure.Select((s, i) => i % 9 == 0 ? double.NaN : (1e-8 * Math.Exp(s)) + (1e-8 * random.NextDouble()))]),
                new("coherence", "", QuantityKind.Structure, "topography", [.. structure.Select(_ => random.NextDouble())]),
                new("hysteresis index", "", QuantityKind.Transport, "curve", [.. other]),
                new("conductance at 1 V", "S", QuantityKind.Transport, "curve", [.. structure.Select(s => 1e-9 * Math.Exp(s / 3))]),
                new("emf", "V", QuantityKind.Transport, "curve", [.. structure.Select((_, i) => i % 3 == 0 ? 0.1 * random.NextDouble()
                    : double.NaN)]),
                new("temperature <K>", "", QuantityKind.Other, "file", [.. structure.Select(_ => random.NextDouble())]),
            ],
            Remarks = ["12 of 102 curves are left out: the quality gate rejected them."],
        };
        const int Grid = 8;
        double[] ascending = [.. Enumerable.Range(0, Grid).Select(k => -1.6 + (3.2 * k / (Grid - 1)))];
        int rows = size == 1 ? 1 : Grid;
        return new LatentMapRecord
        {
            Table = table,
            Mode = "corrected",
            LatentSize = size,
            Epochs = 500,
            EpochsAsked = 500,
            Seed = 1,
            ParameterCount = 529678,
            Executor = "host",
            TrainingSeconds = 93,
            Options = [new("mode", "corrected"), new("latent size", "2"), new("learning rate", "0.0001"), new("beta", "1"), new("gamma", "10")],
            History = [.. Enumerable.Range(1, 500).Select(e => new MapEpoch(e, 290 + (80 * Math.Exp(-e / 90.0)), 150 + (30 * Math.Exp(-e / 60.0)),
                130 + (40 * Math.Exp(-e / 90.0)),
                3 + (2 * Math.Exp(-e / 50.0)), 2.2, 0.4 + (0.7 * Math.Exp(-e / 120.0)), heldOutEvery == 0 ? double.NaN : 296
                    + (74 * Math.Exp(-e / 90.0)), heldOutEvery == 0 ? double.NaN : 0.55))],
            PatchCodes = patchCodes,
            CurveCodes = curveCodes,
            HeldOut = heldOut,
            Manifold = new MapManifold(size == 1 ? [0] : [.. ascending.Reverse()], ascending, size == 1 ? -1 : 0, size == 1 ? 0 : 1,
                [.. Enumerable.Range(0, rows * Grid * Side * Side).Select(k => 0.5 + (0.4 * Math.Sin((k / (Side * Side)) + (0.3 * (k % Side)))))],
                [.. Enumerable.Range(0, rows * Grid).SelectMany(cell =>
                    Enumerable.Range(0, 61).Select(k => 1e-9 * (((cell % Grid) + 1) / 8.0 * waveform.BiasVolts[k])
                    + (k > 30 ? 1e-10 * (cell / Grid) : 0) - 1e-10))]),
            Maps = image ? [.. Enumerable.Range(0, size).Select(d => new CandidateMap($"latent {d + 1}", "dimensionless", 6, 6, 1, Rows - 12,
                Columns - 12,
                [.. Enumerable.Range(0, (Rows - 12) * (Columns - 12)).Select(k => (float)Math.Sin(k / (8.0 + d)))]))] : [],
            Monitors =
            [
                new("collapsed dimensions", 1, "Latent 2 of the curves has collapsed: the curves say nothing by it.", true),
                new("patch-to-curve error", 0.81, "Curves predicted from patches are off by 19 % less than the mean curve, on held-out pairs.",
                    false),
            ],
            Analysis = CodeAnalysis.Run(table, patchCodes, curveCodes, size, heldOut, 1, 199),
        };

        double[] Codes(double noise) => [.. Enumerable.Range(0, pairs).SelectMany(i => Enumerable.Range(0, size).Select(d =>
            (d == 0 ? structure[i] : d == 1 ? 0.8 * other[i] : 0) + (noise * ((2 * random.NextDouble()) - 1))))];
    }
}
