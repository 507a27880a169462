using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FastCore.Microscopy.Files;

/// <summary>Recognises formats by their first bytes, not by a file's name; only the points of an EBSD map (.crc) begin with nothing of their own.</summary>
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
        (Hdf5MeasuredFile.Recognises, Hdf5MeasuredFile.Parse),
        (NpyArray.Recognises, NumpyMeasuredFile.ParseArray),
        (static b => b.StartsWith("PK"u8), NumpyMeasuredFile.ParseArchive),
        (PngFile.Recognises, PngFile.Parse),
        (TiffFile.Recognises, TiffFile.Parse),
        (EbsdTextFile.RecognisesChannelText, EbsdTextFile.ParseChannelText),
        (EbsdTextFile.RecognisesAng, EbsdTextFile.ParseAng),
        (EbsdBinaryFile.Recognises, EbsdBinaryFile.ParseProject),
        (IgorBinaryWave.Recognises, IgorBinaryWave.Parse),
    ];

    // Known, but not read: what to do instead.
    private static readonly (byte[] Start, string Name, string Remedy)[] Others =
    [
        ([.. "\\*File list"u8], "a Bruker (Veeco) Nanoscope file", "open it in Gwyddion and save it as .gwy"),
        ([.. "\\*Force file list"u8], "a Bruker (Veeco) Nanoscope force file", "export its curves as text"),
        ([0x1F, 0x8B], "a gzip file", "unpack it first"),
        ([.. "%PDF"u8], "a PDF", "export the measurement itself"),
        ([0xFF, 0xD8, 0xFF], "a JPEG picture, whose values are changed by its compression", "export the picture as PNG or TIFF"),
        ([.. "BM"u8], "a BMP picture", "save it as PNG"),
    ];

    /// <summary>Reads a file of any known format.</summary>
    /// <exception cref="InvalidDataException">Not a known format (the message shows its first bytes), or damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Read(string path) => EbsdBinaryFile.HoldsPoints(path) ? EbsdBinaryFile.ParsePoints(Bytes(path), path) : Parse(Bytes(path), path);

    /// <summary>The whole file.</summary>
    internal static byte[] Bytes(string path)
    {
        long length = new FileInfo(path).Length;
        return length <= LargestFile ? All(path)
            : throw new InvalidDataException($"{path}: the file has {length} bytes; at most {LargestFile} are read. Split it with the program that wrote it.");
    }

    private static byte[] All(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        // Every byte is overwritten: to clear them first would cost as much as to read them.
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)RandomAccess.GetLength(file));
        int length = 0;
        while (length < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(length), length) is > 0 and var read)
            length += read;
        return length == bytes.Length ? bytes : bytes[..length];
    }

    internal static MeasuredFile Parse(byte[] bytes, string path)
    {
        ReadOnlySpan<byte> b = bytes;
        foreach ((Recognise recognises, Func<byte[], string, MeasuredFile> parse) in Known)
        {
            if (recognises(b))
                return parse(bytes, path);
        }
        return TextTable.Recognises(b) && !Others.Any(other => bytes.AsSpan().StartsWith(other.Start)) ? TextMeasuredFile.Parse(bytes, path) : throw Unknown(bytes, path);
    }

    /// <summary>The refusal of what no reader knows, with its first bytes.</summary>
    internal static InvalidDataException Unknown(byte[] bytes, string path)
    {
        foreach ((byte[] start, string name, string remedy) in Others)
        {
            if (bytes.AsSpan().StartsWith(start))
                return new InvalidDataException($"{path}: this is {name} (it begins with {FirstBytes(bytes)}), which is not read; {remedy}.");
        }
        return new InvalidDataException($"{path}: not a known format; the file begins with {FirstBytes(bytes)} and has {bytes.Length} bytes. 'fastcore info --help' lists "
            + "what is read.");
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
