using System.IO.Compression;

namespace FastCore.Microscopy.Files;

/// <summary>NumPy's .npz archive: named arrays in a zip file.</summary>
public static class NpzFile
{
    // No array of a scanning-probe experiment is larger; a header that claims more is damage or malice.
    private const long LargestEntry = 2L << 30;

    /// <summary>Reads all arrays of an archive by name.</summary>
    /// <exception cref="InvalidDataException">Not a zip archive, or an array that <see cref="NpyArray.Read"/> refuses.</exception>
    public static Dictionary<string, NpyArray> Read(string path)
    {
        var arrays = new Dictionary<string, NpyArray>(StringComparer.Ordinal);
        using FileStream file = File.OpenRead(path);
        using ZipArchive archive = Open(file, path);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            if (!entry.FullName.EndsWith(".npy", StringComparison.Ordinal))
                continue;
            if (entry.Length > LargestEntry)
                throw new InvalidDataException($"{path}: the array {entry.FullName} claims {entry.Length} bytes; this reader takes at most {LargestEntry}.");
            var bytes = new byte[entry.Length];
            using Stream stream = entry.Open();
            stream.ReadExactly(bytes);
            arrays[entry.FullName[..^4]] = NpyArray.Read(bytes, $"{path}, {entry.FullName}");
        }
        return arrays;
    }

    /// <summary>Writes an archive, compressed as numpy.savez_compressed does; an existing file is replaced.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, NpyArray> arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        using FileStream file = File.Create(path);
        using var archive = new ZipArchive(file, ZipArchiveMode.Create);
        foreach ((string name, NpyArray array) in arrays)
        {
            using Stream stream = archive.CreateEntry(name + ".npy", CompressionLevel.Optimal).Open();
            array.Write(stream);
        }
    }

    private static ZipArchive Open(FileStream file, string path)
    {
        try
        {
            return new ZipArchive(file, ZipArchiveMode.Read);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{path}: not a .npz archive, or cut off: {exception.Message}", exception);
        }
    }
}
