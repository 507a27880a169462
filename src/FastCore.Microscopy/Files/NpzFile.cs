using System.IO.Compression;

namespace FastCore.Microscopy.Files;

/// <summary>NumPy's .npz archive: named arrays in a zip file.</summary>
public static class NpzFile
{
    /// <summary>Reads all arrays of an archive by name.</summary>
    /// <exception cref="InvalidDataException">Not a zip archive, or an array that <see cref="NpyArray.Read"/> refuses.</exception>
    public static Dictionary<string, NpyArray> Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Read(file, file.Length, path, null);
    }

    /// <summary>Reads the arrays of an archive; with <paramref name="remarks"/> those that are no numbers are left out with a remark.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="fileLength">Its length.</param>
    /// <param name="path">Where it was read.</param>
    /// <param name="remarks">What is left out, or null to refuse it.</param>
    /// <param name="images">Names of arrays of which single precision is enough.</param>
    internal static Dictionary<string, NpyArray> Read(Stream file, long fileLength, string path, List<string>? remarks, params ReadOnlySpan<string> images)
    {
        var arrays = new Dictionary<string, NpyArray>(StringComparer.Ordinal);
        try
        {
            using var archive = new ZipArchive(file, ZipArchiveMode.Read);
            // The list's lengths are claims: what is unpacked counts.
            var budget = new MemoryBudget(path, fileLength);
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                if (!entry.FullName.EndsWith(".npy", StringComparison.Ordinal))
                    continue;
                string name = $"{path}, {ByteReader.Quote(entry.FullName)}";
                using Stream stream = entry.Open();
                try
                {
                    arrays[entry.FullName[..^4]] = NpyArray.Unpack(stream, entry.Length, name, budget, images.Contains(entry.FullName[..^4]));
                }
                catch (InvalidDataException problem) when (remarks is not null && problem.Message.StartsWith(name, StringComparison.Ordinal))
                {
                    remarks.Add($"Left out: {problem.Message[(path.Length + 2)..]}");
                }
            }
        }
        catch (Exception problem) when ((DamagedDeflate.Caused(problem) || problem is EndOfStreamException or NotSupportedException or ArgumentException or OverflowException)
            && !problem.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path}: not a .npz archive, or cut off: {OneLine(problem.Message)}", problem);
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

    private static string OneLine(string message) => string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
