using System.Globalization;
using System.Text;

namespace FastCore.Microscopy.Files;

/// <summary>Recognises formats by their first bytes, never by a file's name.</summary>
public static class FileFormats
{
    // An array cannot hold more; no instrument's file comes near it.
    private const long LargestFile = 2_000_000_000;

    private delegate bool Recognise(ReadOnlySpan<byte> bytes);

    // In this order: a wave is told by two bytes only, so it comes after all that have more to show.
    private static readonly (Recognise Recognises, Func<byte[], string, MeasuredFile> Parse)[] Known =
    [
        (GwyddionFile.Recognises, GwyddionFile.Parse),
        (GwyddionSimpleField.Recognises, GwyddionSimpleField.Parse),
        (NanonisScanFile.Recognises, NanonisScanFile.Parse),
        (NanonisSpectrumFile.Recognises, NanonisSpectrumFile.Parse),
        (NanonisGridFile.Recognises, NanonisGridFile.ParseMeasured),
        (IgorBinaryWave.Recognises, IgorBinaryWave.Parse),
    ];

    /// <summary>Reads a file of any known format.</summary>
    /// <exception cref="InvalidDataException">Not a known format (the message shows its first bytes), or damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Read(string path) => Parse(Bytes(path), path);

    /// <summary>The whole file.</summary>
    internal static byte[] Bytes(string path)
    {
        long length = new FileInfo(path).Length;
        return length <= LargestFile ? File.ReadAllBytes(path)
            : throw new InvalidDataException($"{path}: the file has {length} bytes; at most {LargestFile} are read. Split it with the program that wrote it.");
    }

    internal static MeasuredFile Parse(byte[] bytes, string path)
    {
        ReadOnlySpan<byte> b = bytes;
        foreach ((Recognise recognises, Func<byte[], string, MeasuredFile> parse) in Known)
        {
            if (recognises(b))
                return parse(bytes, path);
        }
        throw new InvalidDataException($"{path}: not a known format; the file begins with {FirstBytes(b)} ({b.Length} bytes). 'fastcore info "
            + "--help' lists the formats.");
    }

    private static string FirstBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
            return "nothing";
        ReadOnlySpan<byte> first = bytes[..Math.Min(8, bytes.Length)];
        var text = new StringBuilder();
        foreach (byte b in first)
            text.Append(b is >= 32 and < 127 ? (char)b : '.');
        return string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexString(first)} \"{text}\"");
    }
}
