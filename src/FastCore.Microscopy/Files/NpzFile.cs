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
    internal static Dictionary<string, NpyArray> Read(Stream file, long fileLength, string path, List<string>? remarks)
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
                long left = budget.Left;
                byte[] bytes = Unpack(entry, budget, name);
                try
                {
                    NpyArray array = NpyArray.Read(bytes, name);
                    arrays[entry.FullName[..^4]] = array;
                    budget.Left = left;
                    budget.Take(8L * array.Values.Length, 0, entry.FullName);
                }
                catch (InvalidDataException problem) when (remarks is not null)
                {
                    remarks.Add($"Left out: {problem.Message[(path.Length + 2)..]}");
                    budget.Left = left;
                }
            }
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException or EndOfStreamException or NotSupportedException or ArgumentException or OverflowException
            && !problem.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path}: not a .npz archive, or cut off: {OneLine(problem.Message)}", problem);
        }
        return arrays;
    }

    private static byte[] Unpack(ZipArchiveEntry entry, MemoryBudget budget, string name)
    {
        using Stream stream = entry.Open();
        var bytes = new byte[(int)Math.Min(Math.Max(0, entry.Length), 1 << 16)];
        int length = 0;
        while (true)
        {
            int read = stream.Read(bytes, length, bytes.Length - length);
            length += read;
            if (read == 0 || length == entry.Length)
                break;
            if (length == bytes.Length)
            {
                budget.Take(bytes.Length, 0, name);
                Array.Resize(ref bytes, (int)Math.Min(2L * bytes.Length, Math.Min(entry.Length, Array.MaxLength)));
            }
        }
        if (length != entry.Length)
            throw new InvalidDataException($"{name}: {length} bytes are there; the archive's list claims {entry.Length}. The file is damaged.");
        return bytes;
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
