using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy.LatentMap;

/// <summary>Reads an image to lay a map over: the overview of a run's folder, or the topography (else the first image) of a file of any format that
/// <see cref="MeasuredFile"/> reads.</summary>
public static class ImageReader
{
    /// <summary>Reads.</summary>
    /// <exception cref="FileNotFoundException">Neither file nor folder.</exception>
    /// <exception cref="InvalidDataException">No image in it; the message says what is missing.</exception>
    public static ScanImage Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Directory.Exists(path))
            return RunFolder.Open(path).Overview ?? throw new InvalidDataException($"{path}: the run ended before its overview was scanned.");
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file or folder '{path}'.", path);
        return MeasuredFile.Open(path).Topography().ToScanImage(path);
    }

    internal static ScanImage FromArrays(Dictionary<string, NpyArray> arrays, NpyArray image, string path)
    {
        if (image.Shape.Length != 2 || image.Shape[0] < 1 || image.Shape[1] < 1)
            throw new InvalidDataException($"{path}: the image has the shape ({string.Join(", ", image.Shape)}); (rows, columns) is needed.");
        double pitch = arrays.TryGetValue("pixel_pitch", out NpyArray? p) && p.Values.Length == 1 ? p.Values[0] : 10e-9;
        try
        {
            return new ScanImage("Height", "m", new ScanFrame(image.Shape[0], image.Shape[1], new Metres(pitch)),
                Array.ConvertAll(image.Values, value => (float)value));
        }
        catch (ArgumentException problem)
        {
            throw new InvalidDataException($"{path}: {problem.Message}", problem);
        }
    }
}
