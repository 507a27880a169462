using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Control;

/// <summary>A complete grid of measured curves: an image and one curve per pixel, all with the same bias.</summary>
public sealed class GridData
{
    private const string NanonisCurrent = "Current (A)";

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
        return NanonisGridFile.Recognises(bytes) ? Of(NanonisGridFile.Parse(bytes, path), path, NanonisCurrent) : Of(FileFormats.Parse(bytes, path));
    }

    /// <summary>Takes the grid out of a measured file: the first spectra of current over bias, the topography (or first image) of as many points.</summary>
    /// <exception cref="InvalidDataException">The file does not hold both; the message says what is missing.</exception>
    public static GridData Of(MeasuredFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        SpectrumSet set = file.Spectra.FirstOrDefault(s => s.IsCurrentOverBias && s.Count > 1)
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
        double[] currents = set.Values;
        if (set.ChannelNames.Count > 1)
        {
            currents = new double[set.Count * set.Samples];
            for (int p = 0; p < set.Count; p++)
                set.Curve(p, channel).CopyTo(currents.AsSpan(p * set.Samples));
        }
        try
        {
            // The pitch itself, where the image has no scale of its own or the same one but for the rounding of its extent.
            ScanImage scan = set.PitchMetres is { } pitch && (image.LateralUnit != "m" || (Agrees(image.Width, image.Columns * pitch) && Agrees(image.Height, image.Rows * pitch)))
                ? new ScanImage(image.Name, image.Unit, new ScanFrame(image.Rows, image.Columns, new Metres(pitch)), image.Values)
                : image.ToScanImage(file.Path);
            return new GridData(file.Path, scan, BiasWaveform.FromSamples(set.Axis, new Seconds(set.DurationSeconds ?? 1)), currents);
        }
        catch (ArgumentException problem)
        {
            throw new InvalidDataException($"{file.Path}: {problem.Message}", problem);
        }

        static bool Agrees(double extent, double expected) => Math.Abs(extent - expected) <= 1e-12 * Math.Abs(expected);
    }

    /// <summary>
    /// Reads a Nanonis grid spectroscopy file: its Z map is the image, <paramref name="channel"/> the current. The frame's axes are the grid's own
    /// (X along
    /// its fast direction from the first point); the rotation of the grid on the stage is not kept.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is cut off, or not what it says; the message names file and offset.</exception>
    public static GridData ReadNanonis(string path, string channel = NanonisCurrent) => Of(NanonisGridFile.Read(path), path, channel);

    private static GridData Of(NanonisGridFile file, string path, string channel)
    {
        var frame = new ScanFrame(file.Rows, file.Columns, file.PixelPitch);
        var heights = new float[file.Rows * file.Columns];
        var currents = new double[heights.Length * file.Points];
        int heightColumn = file.ParameterIndex("Z (m)");
        int currentChannel = file.ChannelIndex(channel);
        int startColumn = file.ParameterIndex("Sweep Start");
        int endColumn = file.ParameterIndex("Sweep End");
        for (int pixel = 0; pixel < heights.Length; pixel++)
        {
            (float from, float to) = (file.Parameter(pixel, startColumn), file.Parameter(pixel, endColumn));
            if (from != file.Parameter(0, startColumn) || to != file.Parameter(0, endColumn))
            {
                throw new InvalidDataException(
                    $"{path}: the sweep of point {pixel} ({from} .. {to} V) differs from that of point "
                    + $"0; a grid with one bias for all points is needed.");
            }
            heights[pixel] = file.Parameter(pixel, heightColumn);
            file.CopyTo(currents.AsSpan(pixel * file.Points, file.Points), pixel, currentChannel);
        }
        // Nanonis stores single precision: 0.22 V is written as 0.21999999880791.
        double start = Math.Round(file.Parameter(0, startColumn), 7);
        double end = Math.Round(file.Parameter(0, endColumn), 7);
        if (!double.IsFinite(start) || !double.IsFinite(end) || start == end || file.Points < 2)
            throw new InvalidDataException($"{path}: a sweep from {start} to {end} V in {file.Points} points is no current-voltage curve.");
        BiasWaveform waveform = BiasWaveform.Line(new Volts(start), new Volts(end), file.Points, file.SweepDuration);
        return new GridData(path, new ScanImage("Z", "m", frame, heights), waveform, currents);
    }
}
