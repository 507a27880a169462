using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace FastCore.Learning.Checkpoints;

/// <summary>
/// The file of a <see cref="Checkpoint"/>. Little-endian:
/// <list type="table">
/// <item><term>0</term><description>the eight bytes "FCCHECKP"</description></item>
/// <item><term>8</term><description>int32 version, 1</description></item>
/// <item><term>12</term><description>int64 length of the whole file</description></item>
/// <item><term>20</term><description>int32 number of texts; each a name and a text, both as int32 length and UTF-8</description></item>
/// <item><term>..</term><description>int32 number of tensors; each a name, int32 element (1 float, 2 double, 3 int32), int32 number of extents, the
/// extents (1 to 16) and the extents as int32, and the values, row-major</description></item>
/// <item><term>-8</term><description>FNV-1a with 64 bits over everything before</description></item>
/// </list>
/// Names ascend by ordinal, so that the same content gives the same bytes. FNV-1a notices every change of a single byte. A reader takes no more
/// memory than twice the file: whatever a header claims is compared with the bytes that are left before room is made for it.
/// </summary>
public static class CheckpointFile
{
    private const int Version = 1;
    private const int HeaderLength = 20;
    private const int ChecksumLength = 8;
    private const string Magic = "FCCHECKP";
    private static readonly UTF8Encoding StrictText = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Codes in files: never to be reordered.
    private static readonly Type?[] Elements = [null, typeof(float), typeof(double), typeof(int)];

    /// <summary>Writes the file; one of that name is replaced only when the new one is complete and on the disk.</summary>
    /// <exception cref="IOException">The file cannot be written; what was there stays as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder does not allow it; what was there stays as it was.</exception>
    public static void Save(Checkpoint checkpoint, string path)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes = ToBytes(checkpoint);
        string partial = path + ".part";
        try
        {
            using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">No checkpoint, an unknown version, cut off, or damaged; the message names file and byte.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Checkpoint Load(string path) => FromBytes(File.ReadAllBytes(path), path);

    internal static byte[] ToBytes(Checkpoint checkpoint)
    {
        using var body = new MemoryStream();
        using (var writer = new BinaryWriter(body, StrictText, leaveOpen: true))
        {
            writer.Write(Encoding.ASCII.GetBytes(Magic));
            writer.Write(Version);
            writer.Write(0L);
            writer.Write(checkpoint.Texts.Count);
            foreach ((string name, string text) in checkpoint.Texts)
            {
                WriteText(writer, name);
                WriteText(writer, text);
            }
            writer.Write(checkpoint.Tensors.Count);
            foreach ((string name, CheckpointTensor tensor) in checkpoint.Tensors)
            {
                WriteText(writer, name);
                writer.Write(Array.IndexOf(Elements, tensor.Values.GetType().GetElementType()));
                writer.Write(tensor.Shape.Count);
                foreach (int extent in tensor.Shape)
                    writer.Write(extent);
                writer.Write(BytesOf(tensor.Values));
            }
            writer.Write(0L);
        }
        byte[] bytes = body.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), bytes.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(bytes.Length - ChecksumLength), Checksum(bytes.AsSpan(0,
            bytes.Length - ChecksumLength)));
        return bytes;
    }

    internal static Checkpoint FromBytes(byte[] bytes, string path)
    {
        var reader = new Reader(bytes, path);
        for (int k = 0; k < Math.Min(bytes.Length, Magic.Length); k++)
        {
            if (bytes[k] != Magic[k])
                throw reader.Refusal(k, $"this is no checkpoint, which begins with {Magic}; choose a file that this program saved");
        }
        if (bytes.Length < HeaderLength + ChecksumLength)
            throw reader.Refusal(bytes.Length, "the file ends within its header: it was cut off; save the model anew");
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        if (version != Version)
        {
            throw reader.Refusal(8, $"version {version} is unknown to this program, which reads version {Version}; read it with the program that "
                + "wrote it");
        }
        long length = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(12));
        if (length != bytes.Length)
        {
            throw reader.Refusal(bytes.Length, $"the file ends here, but was written with {length} bytes: it was cut off or damaged; save the "
                + "model anew");
        }
        int end = bytes.Length - ChecksumLength;
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(end)) != Checksum(bytes.AsSpan(0, end)))
            throw reader.Refusal(end, "the checksum does not fit: the file is damaged; save the model anew");
        return ReadContent(reader, end);
    }

    // The checksum fits, but a file can be made to lie: nothing is believed that the bytes do not bear out.
    private static Checkpoint ReadContent(Reader reader, int end)
    {
        reader.Use(HeaderLength, end);
        var checkpoint = new Checkpoint { Source = reader.Path };
        int texts = reader.Int();
        for (int i = 0; i < texts; i++)
        {
            int at = reader.Offset;
            string name = reader.Text(), text = reader.Text();
            if (name.Length == 0 || checkpoint.Texts.ContainsKey(name))
                throw reader.Refusal(at, $"the name '{Shown(name)}' is empty or stands there twice");
            checkpoint.Add(name, text);
        }
        int tensors = reader.Int();
        for (int i = 0; i < tensors; i++)
        {
            int at = reader.Offset;
            string name = reader.Text();
            if (name.Length == 0 || checkpoint.Tensors.ContainsKey(name))
                throw reader.Refusal(at, $"the name '{Shown(name)}' is empty or stands there twice");
            at = reader.Offset;
            int element = reader.Int();
            if (element < 1 || element >= Elements.Length)
                throw reader.Refusal(at, $"the tensor '{Shown(name)}' has elements of kind {element}; 1 to {Elements.Length - 1} are known");
            int[] shape = reader.Shape(name, element == 2 ? 8 : 4, out int count);
            if (element == 1)
                checkpoint.Add(name, reader.Values<float>(count), shape);
            else if (element == 2)
                checkpoint.Add(name, reader.Values<double>(count), shape);
            else
                checkpoint.Add(name, reader.Values<int>(count), shape);
        }
        return reader.Offset == end ? checkpoint : throw reader.Refusal(reader.Offset, $"{end - reader.Offset} bytes belong to nothing");
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = StrictText.GetBytes(text);
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static ReadOnlySpan<byte> BytesOf(Array values) => values switch
    {
        float[] singles => MemoryMarshal.AsBytes<float>(singles),
        double[] doubles => MemoryMarshal.AsBytes<double>(doubles),
        _ => MemoryMarshal.AsBytes<int>((int[])values),
    };

    // A name out of a damaged file may be anything of any length.
    private static string Shown(string name) => string.Concat(name.Take(30).Select(letter => char.IsControl(letter) ? '?' : letter))
        + (name.Length > 30 ? "..." : "");

    internal static ulong Checksum(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 0xCBF29CE484222325UL;
        foreach (byte b in bytes)
            hash = (hash ^ b) * 0x100000001B3UL;
        return hash;
    }

    // Steps through the bytes; whatever it is asked for is compared with what is left.
    private sealed class Reader(byte[] bytes, string path)
    {
        private int end;

        public string Path => path;

        public int Offset { get; private set; }

        public void Use(int from, int to) => (Offset, end) = (from, to);

        public InvalidDataException Refusal(int offset, string sentence) => new($"{path}: byte {offset}: {sentence}.");

        public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

        public string Text()
        {
            int at = Offset;
            try
            {
                return StrictText.GetString(Take(Int()));
            }
            catch (DecoderFallbackException)
            {
                throw Refusal(at, "a text is no UTF-8");
            }
        }

        public int[] Shape(string name, int elementLength, out int count)
        {
            int at = Offset, rank = Int();
            if (rank < 1 || rank > CheckpointTensor.MostExtents)
                throw Refusal(at, $"the tensor '{Shown(name)}' has {rank} extents; 1 to {CheckpointTensor.MostExtents} are known");
            var shape = new int[rank];
            for (int k = 0; k < rank; k++)
                shape[k] = Int();
            long product = CheckpointTensor.CountOf(shape);
            if (product < 0 || product > (end - Offset) / elementLength)
                throw Refusal(at, $"the tensor '{Shown(name)}' claims more values than fit, with {end - Offset} bytes left");
            count = (int)product;
            return shape;
        }

        public T[] Values<T>(int count)
            where T : unmanaged
        {
            var values = new T[count];
            Take(count * Marshal.SizeOf<T>()).CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }

        private ReadOnlySpan<byte> Take(int length)
        {
            if (length < 0 || length > end - Offset)
                throw Refusal(Offset, $"{length} bytes are claimed, with {end - Offset} left");
            Offset += length;
            return bytes.AsSpan(Offset - length, length);
        }
    }
}
