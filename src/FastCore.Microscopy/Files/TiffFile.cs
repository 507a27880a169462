namespace FastCore.Microscopy.Files;

/// <summary>
/// Pictures as baseline TIFF 6.0: strips, grey or RGB, 8, 16 or 32 bits (whole or real numbers), not packed or by PackBits, in both byte orders. The
/// first picture of a file is read, as one image of grey values; of colours the luminance (ITU-R BT.601).
/// </summary>
public static class TiffFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Not a TIFF of these kinds, or damaged; the message names file and offset.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Read(string path) => Parse(FileFormats.Bytes(path), path);

    internal static bool Recognises(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x49, 0x49, 0x2A, 0]) || bytes.StartsWith((ReadOnlySpan<byte>)[0x4D, 0x4D, 0, 0x2A]);

    internal static MeasuredFile Parse(byte[] bytes, string path)
    {
        bool bigEndian = bytes[0] == (byte)'M';
        var r = new ByteReader(bytes, path, bigEndian);
        long directory = r.UInt32(4, "the directory's place");
        int entries = r.UInt16(directory, "the directory");
        var tags = new Dictionary<int, (int Type, long Count, long At)>();
        for (int i = 0; i < entries; i++)
        {
            long entry = directory + 2 + (12 * i);
            int type = r.UInt16(entry + 2, "a tag's type");
            long count = r.UInt32(entry + 4, "a tag's count");
            int size = type switch { 1 or 2 or 6 or 7 => 1, 3 or 8 => 2, 4 or 9 or 11 => 4, 5 or 10 or 12 => 8, _ => 0 };
            if (size == 0)
                continue;
            long at = size * count <= 4 ? entry + 8 : r.UInt32(entry + 8, "a tag's place");
            r.Slice(at, size * count, "a tag's values");
            tags.TryAdd(r.UInt16(entry, "a tag"), (type, count, at));
        }
        long width = Number(r, tags, 256, -1);
        long height = Number(r, tags, 257, -1);
        long bits = Number(r, tags, 258, 1);
        long packing = Number(r, tags, 259, 1);
        long photometric = Number(r, tags, 262, 1);
        long samples = Number(r, tags, 277, 1);
        long format = Number(r, tags, 339, 1);
        if (tags.ContainsKey(322))
            throw r.Refuse(directory, "the picture is stored in tiles; save it in strips.");
        if (packing is not (1 or 32773))
            throw r.Refuse(directory, $"the picture is packed by method {packing}; save it without compression.");
        if (photometric is not (0 or 1 or 2) || (photometric == 2 ? samples < 3 : samples < 1) || samples > 16 || Number(r, tags, 284, 1) != 1)
            throw r.Refuse(directory, $"colours of kind {photometric} with {samples} samples are not read; save the picture as grey values or RGB.");
        NumberKind kind = (bits, format) switch
        {
            (8, 1) => NumberKind.UInt8,
            (8, 2) => NumberKind.Int8,
            (16, 1) => NumberKind.UInt16,
            (16, 2) => NumberKind.Int16,
            (32, 1) => NumberKind.UInt32,
            (32, 2) => NumberKind.Int32,
            (32, 3) => NumberKind.Float32,
            _ => throw r.Refuse(directory, $"{bits} bits in format {format} are not read; 8, 16 and 32 are."),
        };
        long stride = ByteReader.Product(Math.Max(0, width), samples, kind.Size());
        long pixels = ByteReader.Product(Math.Max(0, width), Math.Max(0, height));
        if (pixels <= 0 || stride <= 0 || ByteReader.Product(stride, height) < 0)
            throw r.Refuse(directory, $"{width} x {height} pixels cannot be; the file is damaged.");
        new MemoryBudget(path, bytes.Length).Take((4 * pixels) + (packing == 1 ? 0 : stride * height), directory, "the picture");
        byte[] unpacked = packing == 1 ? [] : new byte[stride * height];
        long rowsPerStrip = Math.Clamp(Number(r, tags, 278, height), 1, height);
        long strips = (height + rowsPerStrip - 1) / rowsPerStrip;
        if (!tags.TryGetValue(273, out (int Type, long Count, long At) offsets) || !tags.TryGetValue(279, out (int Type, long Count, long At) lengths)
            || offsets.Count < strips || lengths.Count < strips)
            throw r.Refuse(directory, $"the places of {strips} strips are not all listed; the file is damaged.");
        var values = new float[pixels];
        var line = new double[width * samples];
        for (long s = 0; s < strips; s++)
        {
            long firstRow = s * rowsPerStrip;
            long rows = Math.Min(rowsPerStrip, height - firstRow);
            long at = Value(r, offsets, s);
            long length = Value(r, lengths, s);
            ReadOnlySpan<byte> strip;
            if (packing == 1)
            {
                if (length < rows * stride)
                    throw r.Refuse(at, $"a strip of {rows} rows has {length} bytes; {rows * stride} are needed. The file is damaged.");
                strip = r.Slice(at, rows * stride, "a strip");
            }
            else
            {
                Span<byte> target = unpacked.AsSpan((int)(firstRow * stride), (int)(rows * stride));
                PackBits(r, at, r.Slice(at, length, "a strip"), target);
                strip = target;
            }
            for (int row = 0; row < rows; row++)
            {
                ByteReader.ToDoubles(strip.Slice((int)(row * stride), (int)stride), kind, bigEndian, line);
                Span<float> result = values.AsSpan((int)((firstRow + row) * width), (int)width);
                for (int x = 0; x < result.Length; x++)
                {
                    result[x] = photometric == 2 ? PngFile.Luminance((int)line[x * samples], (int)line[(x * samples) + 1], (int)line[(x * samples) + 2])
                        // White is zero: the picture reads as its negative.
                        : photometric == 0 && format == 1 ? (float)((Math.Pow(2, bits) - 1) - line[x * samples]) : (float)line[x * samples];
                }
            }
        }
        return new MeasuredFile
        {
            Path = path,
            Format = $"TIFF, {bits} bits",
            Channels = [new MeasuredChannel("Image", "", (int)height, (int)width, values, width, height) { LateralUnit = "px" }],
            Remarks = ["The file's scale is not read: a pixel counts as 1."],
        };
    }

    private static void PackBits(ByteReader r, long at, ReadOnlySpan<byte> packed, Span<byte> target)
    {
        int written = 0;
        int i = 0;
        while (i < packed.Length && written < target.Length)
        {
            int code = (sbyte)packed[i++];
            if (code == -128)
                continue;
            int count = code >= 0 ? code + 1 : 1 - code;
            int needed = code >= 0 ? count : 1;
            if (i + needed > packed.Length || written + count > target.Length)
                throw r.Refuse(at + i, "a packed strip does not fit its rows; the file is damaged.");
            if (code >= 0)
                packed.Slice(i, count).CopyTo(target[written..]);
            else
                target.Slice(written, count).Fill(packed[i]);
            i += needed;
            written += count;
        }
        if (written < target.Length)
            throw r.Refuse(at, $"a packed strip ends after {written} of {target.Length} bytes; the file is cut off or damaged.");
    }

    private static long Number(ByteReader r, Dictionary<int, (int Type, long Count, long At)> tags, int tag, long otherwise) =>
        tags.TryGetValue(tag, out (int Type, long Count, long At) found) && found.Count > 0 ? Value(r, found, 0) : otherwise;

    private static long Value(ByteReader r, (int Type, long Count, long At) tag, long index) => tag.Type switch
    {
        1 => r.Byte(tag.At + index, "a tag's value"),
        3 => r.UInt16(tag.At + (2 * index), "a tag's value"),
        4 => r.UInt32(tag.At + (4 * index), "a tag's value"),
        _ => -1,
    };
}
