using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Photovoltaics;

namespace FastCore.Microscopy.Files;

/// <summary>
/// What an instrument's file holds, whatever its format: images, spectra, J-V and decay curves, and its notes. <see cref="Open"/> recognises the
/// format by the first bytes.
/// </summary>
public sealed class MeasuredFile
{
    /// <summary>Where it was read.</summary>
    public required string Path { get; init; }

    /// <summary>Name of the format, for example "Igor binary wave 5".</summary>
    public required string Format { get; init; }

    /// <summary>The images, in the order of the file.</summary>
    public IReadOnlyList<MeasuredChannel> Channels { get; init; } = [];

    /// <summary>The sets of spectra, in the order of the file.</summary>
    public IReadOnlyList<SpectrumSet> Spectra { get; init; } = [];

    /// <summary>Current-voltage curves of solar cells.</summary>
    public IReadOnlyList<JvCurve> JvCurves { get; init; } = [];

    /// <summary>Photoluminescence decays.</summary>
    public IReadOnlyList<DecayCurve> Decays { get; init; } = [];

    /// <summary>The file's notes, key and value as written.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>What the reader had to decide or leave out, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Reads a file of any known format.</summary>
    /// <exception cref="InvalidDataException">Not a known format, or damaged; the message names file, offset, what was expected and what to do.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Open(string path) => FileFormats.Read(path);

    /// <summary>The topography: the first channel of heights in metre, a trace before a retrace; without one the first channel.</summary>
    /// <exception cref="InvalidDataException">The file has no image.</exception>
    public MeasuredChannel Topography()
    {
        if (Channels.Count == 0)
            throw new InvalidDataException($"{Path}: there is no image in this {Format} file, only {Contents()}; use a file that holds one.");
        return Channels.Where(c => c.IsHeight).OrderBy(c => c.Name.Contains("retrace", StringComparison.OrdinalIgnoreCase)
            || c.Name.Contains("backward", StringComparison.OrdinalIgnoreCase) ? 1 : 0).FirstOrDefault() ?? Channels[0];
    }

    /// <summary>The channel of that name.</summary>
    /// <exception cref="InvalidDataException">There is none; the message lists those that are there.</exception>
    public MeasuredChannel Channel(string name) => Channels.FirstOrDefault(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InvalidDataException($"{Path}: there is no channel '{name}'; the file holds "
            + $"{(Channels.Count == 0 ? "none" : string.Join(", ", Channels.Select(c => c.Name)))}.");

    /// <summary>What is inside in a few words, for messages.</summary>
    public string Contents()
    {
        List<string> parts = [];
        Add(Channels.Count, "image");
        Add(Spectra.Sum(s => s.Count), "spectrum", "spectra");
        Add(JvCurves.Count, "J-V curve");
        Add(Decays.Count, "decay");
        return parts.Count == 0 ? "notes" : string.Join(", ", parts);
        void Add(int count, string one, string? many = null)
        {
            if (count > 0)
                parts.Add($"{count} {(count == 1 ? one : many ?? one + "s")}");
        }
    }
}

/// <summary>One image of a file.</summary>
/// <param name="Name">Name of the channel as in the file.</param>
/// <param name="Unit">SI unit of the values ("m", "A", "V", "deg", "Hz"), empty for plain numbers.</param>
/// <param name="Rows">Pixel rows.</param>
/// <param name="Columns">Pixel columns.</param>
/// <param name="Values">Rows * Columns values, row-major, top row first; NaN where nothing was measured.</param>
/// <param name="Width">Extent of all columns in <see cref="LateralUnit"/>: columns times pitch.</param>
/// <param name="Height">Extent of all rows in <see cref="LateralUnit"/>.</param>
public sealed record MeasuredChannel(string Name, string Unit, int Rows, int Columns, float[] Values, double Width, double Height)
{
    /// <summary>Lateral position of the left edge in <see cref="LateralUnit"/>.</summary>
    public double OffsetX { get; init; }

    /// <summary>Lateral position of the upper edge in <see cref="LateralUnit"/>.</summary>
    public double OffsetY { get; init; }

    /// <summary>"m", or "px" where the file states no scale, or what the file says.</summary>
    public string LateralUnit { get; init; } = "m";

    /// <summary>Whether these are heights in metre.</summary>
    public bool IsHeight => Unit == "m" && ChannelUnits.IsHeight(Name);

    /// <summary>The image on square pixels; without a scale a pixel is 10 nm wide.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="InvalidDataException">The pixels are not square, or the extent is no length.</exception>
    public ScanImage ToScanImage(string path)
    {
        double pitch = Width / Columns;
        double other = Height / Rows;
        if (LateralUnit != "m")
            pitch = other = 10e-9;
        if (!(pitch > 0) || !double.IsFinite(pitch) || !(Math.Abs(other - pitch) <= .01 * pitch))
        {
            throw new InvalidDataException($"{path}: the pixels of channel '{Name}' are {pitch:g4} x {other:g4} m; square ones are needed: scan "
                + "with the same number of points per length on both axes, or resample.");
        }
        return new ScanImage(Name, Unit, new ScanFrame(Rows, Columns, new Units.Metres(pitch)), Values);
    }
}

/// <summary>
/// Spectra on one axis: for each point of a grid (or list) and each channel a curve. Points are row-major with the top row first, as the pixels of
/// <see cref="MeasuredChannel"/>.
/// </summary>
/// <param name="Name">What it is, for example "Bias spectroscopy".</param>
/// <param name="AxisName">Name of the common axis, for example "Bias".</param>
/// <param name="AxisUnit">Unit of the axis: "V", "s", "m", "Hz".</param>
/// <param name="Axis">Value of each sample.</param>
/// <param name="ChannelNames">Names of the measured quantities.</param>
/// <param name="ChannelUnits">Their SI units.</param>
/// <param name="Values">Points x channels x samples.</param>
/// <param name="Rows">Rows of the grid; 1 for a list.</param>
/// <param name="Columns">Points of a row.</param>
public sealed record SpectrumSet(string Name, string AxisName, string AxisUnit, double[] Axis, IReadOnlyList<string> ChannelNames,
    IReadOnlyList<string> ChannelUnits, double[] Values, int Rows, int Columns)
{
    /// <summary>Number of points.</summary>
    public int Count => Rows * Columns;

    /// <summary>Samples of a curve.</summary>
    public int Samples => Axis.Length;

    /// <summary>Position of each point in metre, X and Y in turn; null where the file has none.</summary>
    public double[]? PositionsMetres { get; init; }

    /// <summary>Time of one sweep in second; null where the file does not say.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>Distance of neighbouring grid points in metre; null where the file does not say.</summary>
    public double? PitchMetres { get; init; }

    /// <summary>First sample of each stretch of the sweep and its direction: 1 there, -1 back, 0 waiting.</summary>
    public IReadOnlyList<(int FirstSample, int Direction)> Segments { get; init; } = [];

    /// <summary>The curve of a channel at a point.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such point or channel.</exception>
    public ReadOnlySpan<double> Curve(int point, int channel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(point);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(point, Count);
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, ChannelNames.Count);
        return Values.AsSpan(((point * ChannelNames.Count) + channel) * Samples, Samples);
    }

    /// <summary>Whether these are current-voltage curves: the axis in volt, a channel in ampere.</summary>
    public bool IsCurrentOverBias => AxisUnit == "V" && CurrentChannel() >= 0;

    /// <summary>The first channel in ampere, or -1.</summary>
    public int CurrentChannel()
    {
        for (int i = 0; i < ChannelUnits.Count; i++)
        {
            if (ChannelUnits[i] == "A")
                return i;
        }
        return -1;
    }
}
