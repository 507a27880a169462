using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace FastCore.Learning.Surrogates;

/// <summary>
/// Saves and loads trained surrogates. Little-endian: the eight bytes "FCSURR01", the description (int32 length, UTF-8 JSON), the number of
/// arrays (int32), each array as name (int32 length, UTF-8), bytes per element (int32, 4 or 8), number of elements (int32) and values, and at
/// the end FNV-1a with 64 bits over everything before.
/// </summary>
public static class SurrogateFile
{
    private static readonly byte[] Magic = "FCSURR01"u8.ToArray();

    /// <summary>Writes the file; a file of that name is replaced only when the new one is complete.</summary>
    /// <exception cref="ArgumentException">A surrogate that was not made by <see cref="SurrogateTrainer"/>.</exception>
    public static void Save(TrainedSurrogate surrogate, string path)
    {
        if (surrogate is not FittedSurrogate fitted)
            throw new ArgumentException("Only surrogates made by SurrogateTrainer can be saved.", nameof(surrogate));
        SurrogateContent content = SurrogateContent.Of(fitted);
        using var body = new MemoryStream();
        using (var writer = new BinaryWriter(body, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            WriteText(writer, content.Description);
            writer.Write(content.Doubles.Count + content.Singles.Count);
            foreach ((string name, double[] values) in content.Doubles.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                WriteArray(writer, name, 8, values.Length, MemoryMarshal.AsBytes<double>(values));
            foreach ((string name, float[] values) in content.Singles.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                WriteArray(writer, name, 4, values.Length, MemoryMarshal.AsBytes<float>(values));
        }
        byte[] bytes = body.ToArray();
        var checksum = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(checksum, Checksum(bytes));
        string partial = path + ".part";
        using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write))
        {
            file.Write(bytes);
            file.Write(checksum);
            file.Flush(flushToDisk: true);
        }
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Reads a surrogate for the same candidates as it was trained over; its predictions are the same to the last bit.</summary>
    /// <param name="path">File.</param>
    /// <param name="trainer">Trainer over the candidates.</param>
    /// <exception cref="InvalidDataException">No such file format, damage, or other candidates; the message says which.</exception>
    public static TrainedSurrogate Load(string path, SurrogateTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < Magic.Length + 8 || !bytes.AsSpan(0, Magic.Length).SequenceEqual(Magic))
            throw new InvalidDataException($"{path}: not a saved surrogate: the file does not begin with FCSURR01.");
        ReadOnlySpan<byte> body = bytes.AsSpan(0, bytes.Length - 8);
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(bytes.Length - 8)) != Checksum(body))
            throw new InvalidDataException($"{path}: the checksum does not fit: the file is damaged or was cut off; train the surrogate anew.");
        try
        {
            body = body[Magic.Length..];
            var content = new SurrogateContent { Description = ReadText(ref body) };
            int arrays = ReadInt(ref body);
            for (int i = 0; i < arrays; i++)
            {
                string name = ReadText(ref body);
                int size = ReadInt(ref body);
                ReadOnlySpan<byte> values = Take(ref body, checked(size * ReadInt(ref body)));
                if (size == 8)
                    content.Doubles[name] = MemoryMarshal.Cast<byte, double>(values).ToArray();
                else if (size == 4)
                    content.Singles[name] = MemoryMarshal.Cast<byte, float>(values).ToArray();
                else
                    throw new InvalidDataException($"the array '{name}' has elements of {size} bytes; 4 and 8 are known");
            }
            return content.Build(trainer.Features);
        }
        catch (Exception problem) when (problem is InvalidDataException or ArgumentOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException($"{path}: {problem.Message}", problem);
        }
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteArray(BinaryWriter writer, string name, int size, int length, ReadOnlySpan<byte> bytes)
    {
        WriteText(writer, name);
        writer.Write(size);
        writer.Write(length);
        writer.Write(bytes);
    }

    private static string ReadText(ref ReadOnlySpan<byte> body) => Encoding.UTF8.GetString(Take(ref body, ReadInt(ref body)));

    private static int ReadInt(ref ReadOnlySpan<byte> body) => BinaryPrimitives.ReadInt32LittleEndian(Take(ref body, 4));

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> body, int length)
    {
        if (length < 0 || length > body.Length)
            throw new InvalidDataException($"a length of {length} bytes does not fit into the {body.Length} that are left");
        ReadOnlySpan<byte> result = body[..length];
        body = body[length..];
        return result;
    }

    private static ulong Checksum(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 0xCBF29CE484222325UL;
        foreach (byte b in bytes)
            hash = (hash ^ b) * 0x100000001B3UL;
        return hash;
    }
}
