using FastCore.Autonomy.Analysis;
using FastCore.Autonomy.Records;
using FastCore.Learning.Descriptors;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy.LatentMap;

/// <summary>
/// Reads pairs of patches and curves: a run's folder, the published archive (the six keys of <c>iv_novelty.npz</c>), or any .npz with an array of
/// patches and an array of spectra.
/// </summary>
/// <remarks>
/// Of a run the accepted curves are taken, and their patches from its levelled overview. In other archives patches are <c>patches</c>,
/// <c>X_measured</c> or
/// <c>images</c>, of shape (n, height, width), (n, channels, height, width) or (n, side * side); spectra are <c>spectra</c>, <c>iv_curves</c> or
/// <c>curves</c>, of shape (n, length) or (n, channels, length). <c>bias</c> (length), in volt, makes them currents in ampere. <c>classes</c> (n) are
/// whole numbers from 0, -1 for unknown. Every further array of n rows and at most 16 columns counts as quantities of the pairs.
/// </remarks>
public static class PairReader
{
    private const int MostColumns = 16;
    private static readonly string[] PatchKeys = ["patches", "X_measured", "images"];
    private static readonly string[] SpectrumKeys = ["spectra", "iv_curves", "curves"];

    // Parts of the published layout that say nothing about structure or transport.
    private static readonly HashSet<string> PublishedKeys = ["indices_measured", "img_novelty_scores", "spectra_novelty_scores", "last_filename"];

    /// <summary>Reads a folder or a file.</summary>
    /// <exception cref="FileNotFoundException">Neither exists.</exception>
    /// <exception cref="InvalidDataException">It holds no pairs; the message says what is missing or wrong.</exception>
    public static PairTable Read(string input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (Directory.Exists(input))
            return OfRun(RunFolder.Open(input));
        if (!File.Exists(input))
            throw new FileNotFoundException($"There is no file or folder '{input}'.", input);
        return string.Equals(Path.GetExtension(input), ".npz", StringComparison.OrdinalIgnoreCase) ? OfArchive(input)
            : throw new InvalidDataException($"{input}: pairs are read from the folder of a run or from a NumPy .npz archive.");
    }

    /// <summary>Pairs of a run.</summary>
    /// <exception cref="InvalidDataException">The run has no overview, or fewer than two accepted curves.</exception>
    public static PairTable OfRun(RunRecord run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.Overview is not { } overview || run.Waveform is not { } waveform || run.Candidates is not { } candidates)
            throw new InvalidDataException($"{run.Folder}: the run ended before its overview was scanned, so that there are no patches.");
        StepRecord[] steps = [.. run.Steps.Where(step => step.Accepted)];
        if (steps.Length < 2)
        {
            throw new InvalidDataException($"{run.Folder}: {steps.Length} of {run.Steps.Count} curves passed the quality gate; a map needs at least two pairs.");
        }
        // Without further maps the common part is the whole.
        MapImage[] images = [.. ChannelsOf(run).Select(Level)];
        MapImage image = images[0];
        int side = candidates.PatchSize, columns = image.Scan.Frame.Columns;
        PixelIndex[] pixels = [.. steps.Select(step => step.Pixel)];
        PixelIndex[] placed = [.. pixels.Select(pixel => new PixelIndex(pixel.Row - run.Common.FirstRow, pixel.Column - run.Common.FirstColumn))];
        var patches = new double[steps.Length * images.Length * side * side];
        int at = 0;
        foreach (PixelIndex pixel in placed)
        {
            int corner = ((pixel.Row - (side / 2)) * columns) + pixel.Column - (side / 2);
            foreach (MapImage channel in images)
            {
                for (int p = 0; p < side * side; p++)
                    patches[at++] = channel.Levelled[corner + (p / side * columns) + (p % side)];
            }
        }
        double[] spectra = [.. steps.SelectMany(step => step.CurrentAmperes)];
        var remarks = new List<string>(run.Remarks);
        if (steps.Length < run.Steps.Count)
            remarks.Add($"{run.Steps.Count - steps.Length} of {run.Steps.Count} curves are left out: the quality gate rejected them.");
        var quantities = new List<PointQuantity>();
        Film? film = PlaceDescriptors.FilmOf(run.Plan);
        if (film is not null && film.Frame.Rows == overview.Frame.Rows && film.Frame.Columns == overview.Frame.Columns)
            quantities.AddRange(PlaceDescriptors.OfFilm(film, pixels));
        else
            quantities.AddRange(OfGrains(overview, pixels, remarks));
        quantities.AddRange(PlaceDescriptors.OfImage(image, placed));
        quantities.AddRange(CurveQuantities.Of(waveform, spectra, steps.Length));
        return new PairTable
        {
            Source = run.Folder,
            Kind = "run",
            Count = steps.Length,
            PatchHeight = side,
            PatchWidth = side,
            PatchChannels = images.Length,
            Patches = patches,
            SpectrumLength = waveform.Count,
            Spectra = spectra,
            SpectrumUnit = "A",
            Waveform = waveform,
            Image = image,
            FurtherImages = images[1..],
            Pixels = placed,
            ClassNames = run.ClassNames,
            TrueClasses = run.ClassNames.Count == 0 ? [] : [.. steps.Select(step => step.TrueClass)],
            Quantities = quantities,
            Remarks = remarks,
        };
    }

    // Of a measured sample the image's own grains are what is known.
    private static List<PointQuantity> OfGrains(ScanImage overview, PixelIndex[] pixels, List<string> remarks)
    {
        try
        {
            List<PointQuantity> found = PlaceDescriptors.OfGrains(RunAnalysis.GrainsOf(overview), pixels);
            remarks.Add("Distances to boundary and junction and sizes of grains are those that the overview shows.");
            return [.. found.Where(quantity => quantity.Values.Count(double.IsFinite) >= 2)];
        }
        catch (ArgumentException problem)
        {
            remarks.Add($"Distances to boundary and junction and sizes of grains are not known: {problem.Message}");
            return [];
        }
    }

    /// <summary>What places of a run were told from each other by: its overview, then its further maps, each the part that all of them reach.</summary>
    internal static ScanImage[] ChannelsOf(RunRecord run) => run.OverviewMaps.Count == 0 ? [run.Overview!]
        : [run.Overview!.Cropped(run.Common), .. run.OverviewMaps.Select(map => map.Cropped(run.Common))];

    /// <summary>An image without its plane and of unit deviation.</summary>
    /// <exception cref="InvalidDataException">Values that are not finite, or no structure.</exception>
    public static MapImage Level(ScanImage scan)
    {
        ArgumentNullException.ThrowIfNull(scan);
        int bad = scan.Values.Count(value => !float.IsFinite(value));
        if (bad > 0)
            throw new InvalidDataException($"{bad} of {scan.Values.Length} pixels of the image '{scan.Channel}' are not finite.");
        float[] levelled = Levelling.Plane(scan.Values, scan.Frame.Rows, scan.Frame.Columns);
        double deviation = Math.Sqrt(levelled.Average(value => (double)value * value));
        if (!(deviation > 1e-7 * scan.Values.Max(Math.Abs)))
            throw new InvalidDataException($"The image '{scan.Channel}' is constant or a plane: there is nothing to tell places apart.");
        return new MapImage(scan, Array.ConvertAll(levelled, value => (float)(value / deviation)), deviation);
    }

    private static PairTable OfArchive(string path)
    {
        Dictionary<string, NpyArray> arrays = NpzFile.Read(path);
        (string patchKey, NpyArray patchArray) = Find(arrays, PatchKeys, "patches", path);
        (string spectrumKey, NpyArray spectrumArray) = Find(arrays, SpectrumKeys, "spectra", path);
        int count = patchArray.Shape.Length == 0 ? 0 : patchArray.Shape[0];
        (int channels, int height, int width) = PatchShape(patchArray, patchKey, path);
        (int curves, int length) = spectrumArray.Shape.Length switch
        {
            2 => (1, spectrumArray.Shape[1]),
            3 => (spectrumArray.Shape[1], spectrumArray.Shape[2]),
            _ => throw Shape(path, spectrumKey, spectrumArray, "(pairs, length) or (pairs, channels, length)"),
        };
        if (spectrumArray.Shape[0] != count)
        {
            throw new InvalidDataException($"{path}: '{patchKey}' holds {count} patches and '{spectrumKey}' {spectrumArray.Shape[0]} spectra; each patch needs "
                + "its spectrum.");
        }
        if (count < 2)
            throw new InvalidDataException($"{path}: {count} pair{(count == 1 ? " is" : "s are")} not enough for a map; at least two are needed.");
        RequireFinite(patchArray, patchKey, count, path);
        RequireFinite(spectrumArray, spectrumKey, count, path);
        bool published = arrays.ContainsKey("iv_curves") && arrays.ContainsKey("X_measured") && PublishedKeys.All(arrays.ContainsKey);
        var remarks = new List<string>();
        BiasWaveform? waveform = Bias(arrays, path, published, length, remarks);
        var quantities = new List<PointQuantity>();
        quantities.AddRange(PlaceDescriptors.OfPatches(FirstChannel(patchArray.Values, count, channels, height * width), count, height, width));
        if (waveform is not null)
            quantities.AddRange(CurveQuantities.Of(waveform, FirstChannel(spectrumArray.Values, count, curves, length), count));
        foreach ((string key, NpyArray array) in arrays.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (key != patchKey && key != spectrumKey && key is not ("bias" or "classes") && !PublishedKeys.Contains(key))
                quantities.AddRange(Columns(key, array, count));
        }
        int[] classes = Classes(arrays, count, path);
        return new PairTable
        {
            Source = path,
            Kind = published ? "published file" : "pairs",
            Count = count,
            PatchHeight = height,
            PatchWidth = width,
            PatchChannels = channels,
            Patches = patchArray.Values,
            SpectrumLength = length,
            SpectrumChannels = curves,
            Spectra = spectrumArray.Values,
            SpectrumUnit = waveform is null ? "" : "A",
            Waveform = waveform,
            ClassNames = classes.Length == 0 ? [] : [.. Enumerable.Range(0, Math.Max(0, classes.Max()) + 1).Select(k => $"class {k}")],
            TrueClasses = classes,
            Quantities = quantities,
            Remarks = remarks,
        };
    }

    private static BiasWaveform? Bias(Dictionary<string, NpyArray> arrays, string path, bool published, int length, List<string> remarks)
    {
        if (arrays.TryGetValue("bias", out NpyArray? bias))
        {
            if (bias.Values.Length != length)
                throw new InvalidDataException($"{path}: 'bias' has {bias.Values.Length} values, a curve {length}.");
            try
            {
                return BiasWaveform.FromSamples(bias.Values, new Seconds(1));
            }
            catch (ArgumentException problem)
            {
                throw new InvalidDataException($"{path}: 'bias': {problem.Message}", problem);
            }
        }
        if (!published || length < 3 || length % 2 == 0)
            return null;
        remarks.Add($"The file does not name its bias; the published sweep 0 to 1.5 V and back in {length} samples and 1 s is supposed.");
        return BiasWaveform.Triangle(new Volts(1.5), length, new Seconds(1));
    }

    private static (int Channels, int Height, int Width) PatchShape(NpyArray array, string key, string path)
    {
        switch (array.Shape)
        {
            case [_, int height, int width]:
                return (1, height, width);
            case [_, int channels, int height, int width]:
                return (channels, height, width);
            case [_, int values]:
                int side = (int)Math.Round(Math.Sqrt(values));
                return side * side == values ? (1, side, side)
                    : throw new InvalidDataException($"{path}: '{key}' has {values} values for each pair, which are no square; give it the shape (pairs, height, width).");
            default:
                throw Shape(path, key, array, "(pairs, height, width), (pairs, channels, height, width) or (pairs, side * side)");
        }
    }

    private static IEnumerable<PointQuantity> Columns(string key, NpyArray array, int count)
    {
        int columns = array.Shape.Length == 1 ? 1 : array.Shape.Length == 2 ? array.Shape[1] : 0;
        if (array.Text is not null || columns is < 1 or > MostColumns || array.Shape[0] != count)
            yield break;
        for (int c = 0; c < columns; c++)
        {
            int column = c;
            yield return new PointQuantity(columns == 1 ? key : $"{key} {c + 1}", "", QuantityKind.Other, "file",
                [.. Enumerable.Range(0, count).Select(i => array.Values[(i * columns) + column])]);
        }
    }

    private static int[] Classes(Dictionary<string, NpyArray> arrays, int count, string path)
    {
        if (!arrays.TryGetValue("classes", out NpyArray? classes))
            return [];
        if (classes.Values.Length != count)
            throw new InvalidDataException($"{path}: 'classes' has {classes.Values.Length} values for {count} pairs.");
        int bad = Array.FindIndex(classes.Values, value => !(value is >= -1 and < 1000) || value != Math.Floor(value));
        return bad < 0 ? Array.ConvertAll(classes.Values, value => (int)value)
            : throw new InvalidDataException($"{path}: 'classes' holds {classes.Values[bad]} at pair {bad}; whole numbers from -1 (unknown) to 999 are needed.");
    }

    private static double[] FirstChannel(double[] values, int count, int channels, int length)
    {
        if (channels == 1)
            return values;
        var first = new double[count * length];
        for (int i = 0; i < count; i++)
            values.AsSpan(i * channels * length, length).CopyTo(first.AsSpan(i * length));
        return first;
    }

    private static (string Key, NpyArray Array) Find(Dictionary<string, NpyArray> arrays, string[] keys, string what, string path)
    {
        string? key = Array.Find(keys, name => arrays.TryGetValue(name, out NpyArray? array) && array.Text is null);
        return key is not null ? (key, arrays[key])
            : throw new InvalidDataException($"{path}: there are no {what}: none of the arrays is named {string.Join(" or ", keys)}; the archive holds "
                + $"{(arrays.Count == 0 ? "nothing" : string.Join(", ", arrays.Keys.Order()))}.");
    }

    private static void RequireFinite(NpyArray array, string key, int count, string path)
    {
        int bad = Array.FindIndex(array.Values, value => !double.IsFinite(value)), each = array.Values.Length / count;
        if (bad >= 0)
            throw new InvalidDataException($"{path}: '{key}' holds {array.Values[bad]} in pair {bad / each}; leave the pair out.");
    }

    private static InvalidDataException Shape(string path, string key, NpyArray array, string wanted) =>
        new($"{path}: '{key}' has the shape ({string.Join(", ", array.Shape)}); {wanted} is needed.");
}
