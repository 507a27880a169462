using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FastCore.Microscopy.Files;

/// <summary>
/// Gwyddion's exchange format for one image (.gsf, Gwyddion user guide): "Gwyddion Simple Field 1.0", lines "Key = value", NULs up to a multiple of
/// four, then little-endian singles, top row first.
/// </summary>
public static class GwyddionSimpleField
{
    private const string Magic = "Gwyddion Simple Field 1.0\n";

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Not a simple field, or a wrong length; the message names file and offset.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Read(string path) => Parse(FileFormats.Bytes(path), path);

    internal static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.StartsWith("Gwyddion Simple Field "u8);

    internal static MeasuredFile Parse(byte[] bytes, string path)
    {
        if (!bytes.AsSpan().StartsWith(Encoding.ASCII.GetBytes(Magic)))
            throw ByteReader.Refusal(path, 0, "the file does not begin with \"Gwyddion Simple Field 1.0\" and a line feed; other versions are not known.");
        int end = Array.IndexOf(bytes, (byte)0);
        if (end < 0)
            throw ByteReader.Refusal(path, bytes.Length, "no NUL ends the header; the file is cut off inside it.");
        var header = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in ByteReader.Text(bytes.AsSpan(Magic.Length, end - Magic.Length)).Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                header[line[..equals].Trim()] = line[(equals + 1)..].Trim();
        }
        int columns = Whole(header, "XRes", path);
        int rows = Whole(header, "YRes", path);
        int start = ((end / 4) + 1) * 4;
        long count = ByteReader.Product(columns, rows);
        if (count < 0 || start + (4 * count) != bytes.Length)
        {
            throw ByteReader.Refusal(path, start, $"{columns} x {rows} singles need {(decimal)columns * rows * 4} bytes; the file has "
                + $"{Math.Max(0, bytes.Length - start)}. It is cut off or damaged.");
        }
        float[] values = GC.AllocateUninitializedArray<float>((int)count);
        ByteReader.ToSingles(bytes.AsSpan(start), NumberKind.Float32, false, values);
        string lateral = header.GetValueOrDefault("XYUnits", "");
        return new MeasuredFile
        {
            Path = path,
            Format = "Gwyddion simple field",
            Channels =
            [
                new MeasuredChannel(header.GetValueOrDefault("Title", ""), header.GetValueOrDefault("ZUnits", ""), rows, columns, values,
                    Real(header, "XReal", 1, path), Real(header, "YReal", 1, path))
                {
                    OffsetX = Real(header, "XOffset", 0, path),
                    OffsetY = Real(header, "YOffset", 0, path),
                    LateralUnit = lateral.Length > 0 ? lateral : "px",
                },
            ],
            Metadata = header,
        };
    }

    /// <summary>Writes one image; an existing file is replaced only when the new one is complete.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public static void Write(string path, MeasuredChannel channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        var header = new StringBuilder(Magic);
        header.Append(CultureInfo.InvariantCulture, $"XRes = {channel.Columns}\nYRes = {channel.Rows}\nXReal = {channel.Width:R}\nYReal = {channel.Height:R}\n");
        if (channel.OffsetX != 0 || channel.OffsetY != 0)
            header.Append(CultureInfo.InvariantCulture, $"XOffset = {channel.OffsetX:R}\nYOffset = {channel.OffsetY:R}\n");
        if (channel.LateralUnit is not ("px" or ""))
            header.Append(CultureInfo.InvariantCulture, $"XYUnits = {channel.LateralUnit}\n");
        if (channel.Unit.Length > 0)
            header.Append(CultureInfo.InvariantCulture, $"ZUnits = {channel.Unit}\n");
        string title = channel.Name.ReplaceLineEndings(" ").Replace('\0', ' ').Trim();
        if (title.Length > 0)
            header.Append(CultureInfo.InvariantCulture, $"Title = {title}\n");
        byte[] text = Encoding.UTF8.GetBytes(header.ToString());
        WholeFile.Write(path, partial =>
        {
            using FileStream stream = File.Create(partial);
            stream.Write(text);
            stream.Write(new byte[4 - (text.Length % 4)]);
            stream.Write(MemoryMarshal.AsBytes<float>(channel.Values));
        });
    }

    private static int Whole(Dictionary<string, string> header, string key, string path) =>
        header.TryGetValue(key, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0
            ? value : throw ByteReader.Refusal(path, Magic.Length, $"'{key}' is {(text is null ? "missing" : ByteReader.Quote(text))}; a positive whole number was expected.");

    private static double Real(Dictionary<string, string> header, string key, double otherwise, string path)
    {
        if (!header.TryGetValue(key, out string? text))
            return otherwise;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
            : throw ByteReader.Refusal(path, Magic.Length, $"'{key}' is {ByteReader.Quote(text)}; a number was expected.");
    }
}
