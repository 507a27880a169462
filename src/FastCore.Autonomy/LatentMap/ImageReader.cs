using FastCore.Autonomy.Records;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy.LatentMap;

/// <summary>Reads an image to lay a map over: the overview of a run's folder, or the topography (else the first image) of a file of any format that
/// <see cref="MeasuredFile"/> reads.</summary>
public static class ImageReader
{
    /// <summary>Reads: of a run its overview and its further maps, each the part that all of them reach; of a file one image.</summary>
    /// <exception cref="FileNotFoundException">Neither file nor folder.</exception>
    /// <exception cref="InvalidDataException">No image in it; the message says what is missing.</exception>
    public static IReadOnlyList<ScanImage> Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Directory.Exists(path))
        {
            RunRecord run = RunFolder.Open(path);
            return run.Overview is not null ? PairReader.ChannelsOf(run) : throw new InvalidDataException($"{path}: the run ended before its overview was scanned.");
        }
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file or folder '{path}'.", path);
        return [MeasuredFile.Open(path).Topography().ToScanImage(path)];
    }

    internal static IReadOnlyList<ScanImage> FromArrays(Dictionary<string, NpyArray> arrays, NpyArray image, string path)
    {
        if (image.Shape.Length is not (2 or 3) || image.Shape.Any(extent => extent < 1))
            throw new InvalidDataException($"{path}: the image has the shape ({string.Join(", ", image.Shape)}); (rows, columns) or (channels, rows, columns) is needed.");
        int rows = image.Shape[^2], columns = image.Shape[^1], pixels = rows * columns;
        double pitch = arrays.TryGetValue("pixel_pitch", out NpyArray? p) && p.Values.Length == 1 ? p.Values[0] : 10e-9;
        try
        {
            var frame = new ScanFrame(rows, columns, new Metres(pitch));
            return [.. Enumerable.Range(0, image.Values.Length / pixels).Select(k => new ScanImage(k == 0 ? "Height" : $"Channel {k + 1}", k == 0 ? "m" : "", frame,
                Array.ConvertAll(image.Values[(k * pixels)..((k + 1) * pixels)], value => (float)value)))];
        }
        catch (ArgumentException problem)
        {
            throw new InvalidDataException($"{path}: {problem.Message}", problem);
        }
    }
}
