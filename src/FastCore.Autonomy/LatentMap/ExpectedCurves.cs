using FastCore.Autonomy.Records;
using FastCore.Learning.DualVae;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy.LatentMap;

/// <summary>Curves that a model expects over an image that was not measured.</summary>
public sealed record ExpectedCurves
{
    private const int MostPlaces = 4096;

    /// <summary>The image.</summary>
    public required ScanImage Image { get; init; }

    /// <summary>Pixel row of the first place.</summary>
    public required int FirstRow { get; init; }

    /// <summary>Pixel column of the first place.</summary>
    public required int FirstColumn { get; init; }

    /// <summary>Pixels from one place to the next.</summary>
    public required int Stride { get; init; }

    /// <summary>Rows of places.</summary>
    public required int Rows { get; init; }

    /// <summary>Columns of places.</summary>
    public required int Columns { get; init; }

    /// <summary>Values of a curve.</summary>
    public required int Length { get; init; }

    /// <summary>Mean curves, places x length, in the unit of the curves that were trained on.</summary>
    public required double[] Curves { get; init; }

    /// <summary>Deviations by the spread of the code, the same shape and unit.</summary>
    public required double[] Deviations { get; init; }

    /// <summary>Bias of the curves; null where it is not known.</summary>
    public BiasWaveform? Waveform { get; init; }

    /// <summary>"A" for currents, "" where unknown.</summary>
    public string Unit { get; init; } = "";

    /// <summary>I-V quantities of the mean curves over the image, and the mean deviation.</summary>
    public IReadOnlyList<CandidateMap> Maps { get; init; } = [];

    /// <summary>Predicts.</summary>
    /// <param name="inference">The model.</param>
    /// <param name="images">An image for each channel of a patch, all of one frame; what is more is not looked at.</param>
    /// <param name="waveform">Bias of the curves; null where it is not known.</param>
    /// <param name="stride">Pixels between places; null for as few as give at most 4,096 places.</param>
    /// <exception cref="InvalidDataException">An image that does not fit the model.</exception>
    public static ExpectedCurves Of(DualVaeInference inference, IReadOnlyList<MapImage> images, BiasWaveform? waveform, int? stride = null)
    {
        ArgumentNullException.ThrowIfNull(inference);
        ArgumentNullException.ThrowIfNull(images);
        DualVaeShape shape = inference.Model.Shape;
        LatentMapTraining.RequireImages(shape, images);
        ScanFrame frame = images[0].Scan.Frame;
        int tall = frame.Rows - shape.PatchHeight + 1, wide = frame.Columns - shape.PatchWidth + 1;
        int step = stride ?? 1;
        while (stride is null && (long)((tall + step - 1) / step) * ((wide + step - 1) / step) > MostPlaces)
            step++;
        int rows = (tall + step - 1) / step, columns = (wide + step - 1) / step, p = shape.PatchValues;
        var patches = new double[rows * columns * p];
        for (int place = 0; place < rows * columns; place++)
        {
            int top = place / columns * step, left = place % columns * step;
            for (int k = 0; k < p; k++)
            {
                int row = k % shape.Pixels / shape.PatchWidth, column = k % shape.PatchWidth;
                patches[(place * p) + k] = images[k / shape.Pixels].Levelled[((top + row) * frame.Columns) + left + column];
            }
        }
        DualVaePrediction predicted = inference.PredictSpectra(patches);
        if (waveform is not null && waveform.Count != shape.SpectrumLength)
            waveform = null;
        var result = new ExpectedCurves
        {
            Image = images[0].Scan,
            FirstRow = shape.PatchHeight / 2,
            FirstColumn = shape.PatchWidth / 2,
            Stride = step,
            Rows = rows,
            Columns = columns,
            Length = shape.SpectrumValues,
            Curves = predicted.Mean,
            Deviations = predicted.Deviation,
            Waveform = waveform,
            Unit = waveform is null ? "" : "A",
        };
        var maps = new List<CandidateMap>();
        if (waveform is not null && shape.SpectrumChannels == 1)
        {
            // A quantity that hardly any expected curve has is no map.
            maps.AddRange(CurveQuantities.Of(waveform, predicted.Mean, rows * columns).Where(quantity =>
                quantity.Values.Count(double.IsFinite) > 0.05 * rows * columns).Select(quantity =>
                result.Map(quantity.Name, quantity.Unit, quantity.Values)));
        }
        maps.Add(result.Map("spread of the prediction", result.Unit, [.. Enumerable.Range(0, rows * columns).Select(place =>
            Math.Sqrt(Enumerable.Range(0, result.Length).Average(k =>
                predicted.Deviation[(place * result.Length) + k] * predicted.Deviation[(place * result.Length) + k])))]));
        return result with { Maps = maps };
    }

    /// <summary>Writes <c>curves</c> and <c>deviations</c> (rows, columns, length), <c>layout</c>, <c>bias</c> and one array for each
    /// quantity.</summary>
    public void Write(string path)
    {
        var arrays = new Dictionary<string, NpyArray>(StringComparer.Ordinal)
        {
            ["curves"] = NpyArray.Of(Curves, Rows, Columns, Length),
            ["deviations"] = NpyArray.Of(Deviations, Rows, Columns, Length),
            ["layout"] = NpyArray.OfIntegers([FirstRow, FirstColumn, Stride], 3),
        };
        if (Waveform is { } waveform)
            arrays["bias"] = NpyArray.Of(waveform.BiasVolts.ToArray(), waveform.Count);
        foreach (CandidateMap map in Maps)
            arrays[map.Name] = NpyArray.Of(Array.ConvertAll(map.Values, value => (double)value), map.Rows, map.Columns);
        WholeFile.Write(path, partial => NpzFile.Write(partial, arrays));
    }

    private CandidateMap Map(string name, string unit, double[] values) =>
        new(name, unit.Length == 0 ? "dimensionless" : unit, FirstRow, FirstColumn, Stride, Rows, Columns,
            Array.ConvertAll(values, value => (float)value));
}
