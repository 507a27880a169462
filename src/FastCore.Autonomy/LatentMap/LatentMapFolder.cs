using FastCore.Autonomy.Records;
using FastCore.Autonomy.Results;
using FastCore.Learning.DualVae;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy.LatentMap;

/// <summary>
/// The folder of a latent map: <c>model.fcvae</c> (read by <see cref="DualVaeModel.Load"/>), <c>model.npz</c> (the same values for other programs),
/// <c>latent.npz</c> (codes, manifolds, maps, image), <c>summary.json</c>.
/// </summary>
public static class LatentMapFolder
{
    /// <summary>Name of the model within the folder.</summary>
    public const string ModelFile = "model.fcvae";

    /// <summary>Name of the exported weights within the folder.</summary>
    public const string WeightsFile = "model.npz";

    /// <summary>Name of codes, manifolds and maps within the folder.</summary>
    public const string LatentFile = "latent.npz";

    /// <summary>Name of the summary within the folder.</summary>
    public const string SummaryFile = "summary.json";

    /// <summary>Writes all files; the folder is there when all of them are complete, and not before.</summary>
    /// <param name="folder">New or empty folder.</param>
    /// <param name="model">The model.</param>
    /// <param name="record">What it left behind.</param>
    /// <param name="page">Writes what else belongs in the folder, given its name: the report.</param>
    /// <exception cref="IOException">It could not be written; nothing stays.</exception>
    public static void Write(string folder, DualVaeModel model, LatentMapRecord record, Action<string>? page = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(record);
        string partial = folder.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar) + ".partial";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        try
        {
            Directory.CreateDirectory(partial);
            model.Save(Path.Combine(partial, ModelFile));
            NpzFile.Write(Path.Combine(partial, WeightsFile), model.ToArrays().ToDictionary(pair => pair.Key, pair =>
                NpyArray.Of(pair.Value.Values, pair.Value.Shape)));
            NpzFile.Write(Path.Combine(partial, LatentFile), Arrays(record));
            ResultJson.Write(Path.Combine(partial, SummaryFile), LatentMapSummary.Of(record));
            page?.Invoke(partial);
            // An empty folder of that name was allowed; it gives way.
            if (Directory.Exists(folder))
                Directory.Delete(folder);
            Directory.Move(partial, folder);
        }
        catch
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
            throw;
        }
    }

    /// <summary>Reads the model of a folder.</summary>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    /// <exception cref="InvalidDataException">No model in it, or one that cannot be read.</exception>
    public static DualVaeModel ReadModel(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'; name the folder that 'fastcore vae train' wrote.");
        string file = Path.Combine(folder, ModelFile);
        return File.Exists(file) ? DualVaeModel.Load(file)
            : throw new InvalidDataException($"The folder '{folder}' holds no {ModelFile}: it is not the folder of a latent map.");
    }

    /// <summary>The images that the patches of a folder were cut from, one for each channel.</summary>
    /// <exception cref="InvalidDataException">The pairs came without one.</exception>
    public static IReadOnlyList<ScanImage> ReadImages(string folder)
    {
        string file = Path.Combine(folder, LatentFile);
        if (File.Exists(file) && NpzFile.Read(file) is { } arrays && arrays.TryGetValue("image", out NpyArray? image))
            return ImageReader.FromArrays(arrays, image, file);
        throw new InvalidDataException($"The pairs of '{folder}' came without the image that their patches were cut from; name one with --image FILE.");
    }

    /// <summary>Bias of the curves of a folder; null where it is not known.</summary>
    public static BiasWaveform? ReadWaveform(string folder)
    {
        string file = Path.Combine(folder, LatentFile);
        return File.Exists(file) && NpzFile.Read(file).TryGetValue("bias", out NpyArray? bias)
            ? BiasWaveform.FromSamples(bias.Values, new Seconds(1)) : null;
    }

    /// <summary>Writes maps over an image with the name of each, and "layout" (first row, first column, stride).</summary>
    public static void WriteMaps(string path, IReadOnlyList<CandidateMap> maps) => MapsFile.Write(path, maps);

    private static Dictionary<string, NpyArray> Arrays(LatentMapRecord record)
    {
        PairTable table = record.Table;
        int n = table.Count, size = record.LatentSize;
        var arrays = new Dictionary<string, NpyArray>(StringComparer.Ordinal)
        {
            ["patch_codes"] = NpyArray.Of(record.PatchCodes, n, size),
            ["curve_codes"] = NpyArray.Of(record.CurveCodes, n, size),
            ["held_out"] = NpyArray.OfIntegers([.. record.HeldOut], record.HeldOut.Count),
        };
        if (record.Manifold is { } manifold)
        {
            arrays["manifold_rows"] = NpyArray.Of(manifold.RowValues, manifold.RowValues.Length);
            arrays["manifold_columns"] = NpyArray.Of(manifold.ColumnValues, manifold.ColumnValues.Length);
            arrays["manifold_patches"] = NpyArray.Of(manifold.Patches, manifold.RowValues.Length, manifold.ColumnValues.Length, table.PatchHeight,
                table.PatchWidth);
            arrays["manifold_curves"] = NpyArray.Of(manifold.Curves, manifold.RowValues.Length, manifold.ColumnValues.Length, table.SpectrumLength);
        }
        if (table.Waveform is { } waveform)
            arrays["bias"] = NpyArray.Of(waveform.BiasVolts.ToArray(), waveform.Count);
        if (table.TrueClasses.Count == n)
            arrays["true_classes"] = NpyArray.OfIntegers([.. table.TrueClasses], n);
        if (table.Pixels.Count == n)
            arrays["pixels"] = NpyArray.OfIntegers([.. table.Pixels.SelectMany(pixel => new[] { pixel.Row, pixel.Column })], n, 2);
        if (record.Analysis?.Clusters is { } clusters)
            arrays["clusters"] = NpyArray.OfIntegers([.. clusters.Clusters.Assigned], n);
        foreach (PointQuantity quantity in table.Quantities)
            arrays.TryAdd("quantity " + quantity.Name, NpyArray.Of(quantity.Values, n));
        if (table.Image is { } image)
        {
            ScanFrame frame = image.Scan.Frame;
            double[] values = [.. table.Images.SelectMany(channel => channel.Scan.Values.Select(value => (double)value))];
            arrays["image"] = table.Images.Count == 1 ? NpyArray.Of(values, frame.Rows, frame.Columns)
                : NpyArray.Of(values, table.Images.Count, frame.Rows, frame.Columns);
            arrays["pixel_pitch"] = NpyArray.Of([frame.PixelPitch.Value]);
        }
        if (record.Maps.Count > 0)
            arrays["map_layout"] = NpyArray.OfIntegers([record.Maps[0].FirstRow, record.Maps[0].FirstColumn, record.Maps[0].Stride], 3);
        foreach (CandidateMap map in record.Maps)
            arrays["map " + map.Name] = NpyArray.Of(Array.ConvertAll(map.Values, value => (double)value), map.Rows, map.Columns);
        return arrays;
    }
}
