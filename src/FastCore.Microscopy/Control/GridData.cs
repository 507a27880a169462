using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Control;

/// <summary>A complete grid of measured curves: an image and one curve per pixel, all with the same bias.</summary>
public sealed class GridData
{
    private readonly double[] currentAmperes;

    /// <summary>Wraps a grid.</summary>
    /// <param name="source">Where it comes from, for messages and journals.</param>
    /// <param name="image">The image; every value is finite.</param>
    /// <param name="waveform">The bias of every curve.</param>
    /// <param name="currentAmperes">Curves, pixel after pixel, row-major; not copied.</param>
    /// <exception cref="InvalidDataException">The number of currents is not pixels * samples, or the image holds a value that is not
    /// finite.</exception>
    public GridData(string source, ScanImage image, BiasWaveform waveform, double[] currentAmperes)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(waveform);
        ArgumentNullException.ThrowIfNull(currentAmperes);
        long needed = (long)image.Values.Length * waveform.Count;
        if (currentAmperes.Length != needed)
            throw new InvalidDataException($"{source}: {image.Values.Length} pixels with {waveform.Count} samples each need {needed} currents; "
                + $"there are {currentAmperes.Length}.");
        int bad = Array.FindIndex(image.Values, value => !float.IsFinite(value));
        if (bad >= 0)
            throw new InvalidDataException($"{source}: the image is not finite at row {bad / image.Frame.Columns}, column "
                + $"{bad % image.Frame.Columns}; use a grid that was measured to its end, or crop it.");
        double largest = 0;
        foreach (double current in currentAmperes)
        {
            if (double.IsFinite(current))
                largest = Math.Max(largest, Math.Abs(current));
        }
        Source = source;
        Image = image;
        Waveform = waveform;
        LargestCurrent = new Amperes(largest);
        this.currentAmperes = currentAmperes;
    }

    /// <summary>Where it comes from: a file.</summary>
    public string Source { get; }

    /// <summary>The image.</summary>
    public ScanImage Image { get; }

    /// <summary>The bias of every curve.</summary>
    public BiasWaveform Waveform { get; }

    /// <summary>Largest magnitude of a finite current in the grid.</summary>
    public Amperes LargestCurrent { get; }

    /// <summary>The curve of a pixel in ampere; NaN where the file holds NaN.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The pixel lies outside the grid.</exception>
    public ReadOnlySpan<double> Curve(PixelIndex pixel)
    {
        if (!Image.Frame.Contains(pixel))
            throw new ArgumentOutOfRangeException(nameof(pixel), pixel, $"The grid has {Image.Frame.Rows} x {Image.Frame.Columns} points.");
        return currentAmperes.AsSpan(((pixel.Row * Image.Frame.Columns) + pixel.Column) * Waveform.Count, Waveform.Count);
    }

    /// <summary>Reads a grid from a file of any format that holds an image and, on the same points, current over bias: Nanonis grids, NumPy archives,
    /// NSID and USID, Gwyddion volume data.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or does not hold both; the message names the file and what is missing.</exception>
    public static GridData Open(string path)
    {
        byte[] bytes = FileFormats.Bytes(path);
        // Nanonis states one sweep per point: that all are the same is checked there.
        return NanonisGridFile.Recognises(bytes) ? ReadNanonis(path) : Of(FileFormats.Parse(bytes, path));
    }

    /// <summary>Takes the grid out of a measured file: the first spectra of current over bias, the topography (or first image) of as many points.</summary>
    /// <exception cref="InvalidDataException">The file does not hold both; the message says what is missing.</exception>
    public static GridData Of(MeasuredFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        SpectrumSet set = file.Spectra.FirstOrDefault(s => s.AxisUnit == "V" && s.CurrentChannel() >= 0 && s.Count > 1)
            ?? throw new InvalidDataException($"{file.Path}: there are no current-voltage curves on a grid in this {file.Format} file, only {file.Contents()}; a grid needs an "
                + "image and one curve of current over bias for each of its pixels.");
        MeasuredChannel[] fitting = [.. file.Channels.Where(c => c.Rows == set.Rows && c.Columns == set.Columns)];
        if (fitting.Length == 0)
        {
            throw new InvalidDataException($"{file.Path}: the curves stand on {set.Rows} x {set.Columns} points, and there is no image of that size (images: "
                + $"{(file.Channels.Count == 0 ? "none" : string.Join(", ", file.Channels.Select(c => $"{c.Rows} x {c.Columns}").Distinct()))}); export both on the same points.");
        }
        MeasuredChannel image = fitting.FirstOrDefault(c => c.IsHeight) ?? fitting[0];
        int channel = set.CurrentChannel();
        var currents = new double[set.Count * set.Samples];
        for (int p = 0; p < set.Count; p++)
            set.Curve(p, channel).CopyTo(currents.AsSpan(p * set.Samples));
        try
        {
            ScanImage scan = image.LateralUnit != "m" && set.PitchMetres is { } pitch
                ? new ScanImage(image.Name, image.Unit, new ScanFrame(image.Rows, image.Columns, new Metres(pitch)), image.Values)
                : image.ToScanImage(file.Path);
            return new GridData(file.Path, scan, BiasWaveform.FromSamples(set.Axis, new Seconds(set.DurationSeconds ?? 1)), currents);
        }
        catch (ArgumentException problem)
        {
            throw new InvalidDataException($"{file.Path}: {problem.Message}", problem);
        }
    }

    /// <summary>
    /// Reads a Nanonis grid spectroscopy file: its Z map is the image, <paramref name="channel"/> the current. The frame's axes are the grid's own
    /// (X along
    /// its fast direction from the first point); the rotation of the grid on the stage is not kept.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is cut off, or not what it says; the message names file and offset.</exception>
    public static GridData ReadNanonis(string path, string channel = "Current (A)")
    {
        NanonisGridFile file = NanonisGridFile.Read(path);
        var frame = new ScanFrame(file.Rows, file.Columns, file.PixelPitch);
        var heights = new float[file.Rows * file.Columns];
        var currents = new double[heights.Length * file.Points];
        int heightColumn = file.ParameterIndex("Z (m)");
        int currentChannel = file.ChannelIndex(channel);
        int startColumn = file.ParameterIndex("Sweep Start");
        int endColumn = file.ParameterIndex("Sweep End");
        for (int pixel = 0; pixel < heights.Length; pixel++)
        {
            ReadOnlySpan<float> parameters = file.Parameters(pixel);
            if (parameters[startColumn] != file.Parameters(0)[startColumn] || parameters[endColumn] != file.Parameters(0)[endColumn])
            {
                throw new InvalidDataException(
                    $"{path}: the sweep of point {pixel} ({parameters[startColumn]} .. {parameters[endColumn]} V) differs from that of point "
                    + $"0; a grid with one bias for all points is needed.");
            }
            heights[pixel] = parameters[heightColumn];
            ReadOnlySpan<float> samples = file.Channel(pixel, currentChannel);
            for (int k = 0; k < samples.Length; k++)
                currents[(pixel * file.Points) + k] = samples[k];
        }
        // Nanonis stores single precision: 0.22 V is written as 0.21999999880791.
        double start = Math.Round(file.Parameters(0)[startColumn], 7);
        double end = Math.Round(file.Parameters(0)[endColumn], 7);
        if (!double.IsFinite(start) || !double.IsFinite(end) || start == end || file.Points < 2)
            throw new InvalidDataException($"{path}: a sweep from {start} to {end} V in {file.Points} points is no current-voltage curve.");
        BiasWaveform waveform = BiasWaveform.Line(new Volts(start), new Volts(end), file.Points, file.SweepDuration);
        return new GridData(path, new ScanImage("Z", "m", frame, heights), waveform, currents);
    }

    /// <summary>
    /// Reads a NumPy archive with `image` (rows, columns) in metre, `curves` (rows, columns, samples) or (rows * columns, samples) in ampere and
    /// `bias`
    /// (samples) in volt; optional scalars `pixel_pitch` in metre (default 10 nm) and `duration` in second (default 1 s).
    /// </summary>
    /// <exception cref="InvalidDataException">A missing key, or shapes that do not fit together.</exception>
    public static GridData ReadNpz(string path)
    {
        Dictionary<string, NpyArray> arrays = NpzFile.Read(path);
        NpyArray image = Required(arrays, "image", path);
        NpyArray curves = Required(arrays, "curves", path);
        NpyArray bias = Required(arrays, "bias", path);
        if (image.Shape.Length != 2 || image.Shape[0] < 1 || image.Shape[1] < 1)
            throw new InvalidDataException($"{path}: 'image' has the shape ({string.Join(", ", image.Shape)}); (rows, columns) is needed.");
        if (bias.Shape.Length != 1 || bias.Values.Length < 2)
            throw new InvalidDataException($"{path}: 'bias' has the shape ({string.Join(", ", bias.Shape)}); (samples) with at least two "
                + $"samples is needed.");
        if (curves.Values.Length != (long)image.Values.Length * bias.Values.Length || curves.Shape[^1] != bias.Values.Length)
        {
            throw new InvalidDataException(
                $"{path}: 'curves' has the shape ({string.Join(", ", curves.Shape)}); ({image.Shape[0]}, {image.Shape[1]}, "
                + $"{bias.Values.Length}) is needed for this image and bias.");
        }
        double pitch = arrays.TryGetValue("pixel_pitch", out NpyArray? p) && p.Values.Length == 1 ? p.Values[0] : 10e-9;
        double duration = arrays.TryGetValue("duration", out NpyArray? d) && d.Values.Length == 1 ? d.Values[0] : 1;
        try
        {
            var frame = new ScanFrame(image.Shape[0], image.Shape[1], new Metres(pitch));
            BiasWaveform waveform = BiasWaveform.FromSamples(bias.Values, new Seconds(duration));
            var heights = Array.ConvertAll(image.Values, value => (float)value);
            return new GridData(path, new ScanImage("Height", "m", frame, heights), waveform, curves.Values);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    private static NpyArray Required(Dictionary<string, NpyArray> arrays, string key, string path) => arrays.TryGetValue(key, out NpyArray? array)
        ? array
        : throw new InvalidDataException($"{path}: there is no array '{key}'; the archive holds {string.Join(", ", arrays.Keys.Order())}, a "
        + $"grid needs image, curves and bias.");
}
