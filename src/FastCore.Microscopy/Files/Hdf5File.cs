using System.Globalization;
using System.IO.Compression;

namespace FastCore.Microscopy.Files;

/// <summary>
/// The part of HDF5 that instruments' files use (HDF5 file format specification 1.1): superblock 0, version 1 object headers, groups as symbol
/// tables, contiguous, compact and chunked data with deflate, shuffle and Fletcher checksums, attributes, texts of fixed and variable length,
/// object references. Everything newer is refused in one sentence. Objects are found when the file is opened, data are read when asked for.
/// </summary>
internal sealed class Hdf5File
{
    // Files of microscopes nest five deep; a limit ends groups that contain themselves by other addresses.
    private const int DeepestGroup = 32;
    // Trees of 64-bit addresses are never deeper.
    private const int DeepestTree = 16;
    private const ulong Undefined = ulong.MaxValue;
    private readonly byte[] bytes;
    private readonly string path;
    private readonly List<Hdf5Object> objects = [];
    private readonly Dictionary<long, Hdf5Object> byAddress = [];

    public Hdf5File(byte[] bytes, string path)
    {
        this.bytes = bytes;
        this.path = path;
        Budget = new MemoryBudget(path, bytes.Length);
        ByteReader r = Reader;
        if (!Recognises(bytes))
            throw r.Refuse(0, "the file does not begin with HDF5's signature; files with a user block before it are not read.");
        int version = r.Byte(8, "the superblock's version");
        if (version != 0)
        {
            throw r.Refuse(8, $"this HDF5 file has a superblock of version {version}; version 0 is read. Rewrite it with 'h5repack IN OUT', or in h5py with "
                + "libver='earliest'.");
        }
        if (r.Byte(13, "the size of offsets") != 8 || r.Byte(14, "the size of lengths") != 8)
            throw r.Refuse(13, "offsets and lengths of 8 bytes are read, this file has others. Rewrite it with 'h5repack IN OUT'.");
        if (r.Int64(24, "the base address") != 0)
            throw r.Refuse(24, "the base address is not 0; files with a user block are not read. Rewrite it with 'h5repack IN OUT'.");
        Visit(r.Int64(64, "the root group's address"), "", 0);
    }

    public static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]);

    public string Path => path;

    public MemoryBudget Budget { get; }

    /// <summary>Groups and datasets, depth first, in the order of names.</summary>
    public IReadOnlyList<Hdf5Object> Objects => objects;

    public ByteReader Reader => new(bytes, path);

    /// <summary>The object that a reference points to, or null.</summary>
    public Hdf5Object? At(long address) => byAddress.GetValueOrDefault(address);

    private void Visit(long address, string name, int depth)
    {
        // A second name of the same object, or a group within itself.
        if (byAddress.ContainsKey(address))
            return;
        var found = new Hdf5Object(this, name, Messages(address));
        byAddress.Add(address, found);
        objects.Add(found);
        if (depth >= DeepestGroup)
            throw Reader.Refuse(address, $"groups are nested more than {DeepestGroup} deep; the file is damaged.");
        foreach ((int type, int offset, int length) in found.Messages)
        {
            if (type != 0x11)
                continue;
            if (length < 16)
                throw Reader.Refuse(offset, "a symbol table message is too short; the file is damaged.");
            long tree = Reader.Int64(offset, "a group's tree");
            long heap = Reader.Int64(offset + 8, "a group's heap");
            Reader.Slice(heap, 32, "a group's heap");
            if (!Reader.Slice(heap, 4, "a group's heap").SequenceEqual("HEAP"u8))
                throw Reader.Refuse(heap, "a group's heap does not begin with \"HEAP\"; the file is damaged.");
            Group(tree, Reader.Int64(heap + 24, "a group's names"), name, depth, [], DeepestTree);
        }
    }

    private void Group(long node, long names, string parent, int depth, HashSet<long> seen, int levels)
    {
        ByteReader r = Reader;
        if (levels == 0 || !seen.Add(node))
            throw r.Refuse(node, "a group's tree leads back to itself; the file is damaged.");
        if (!r.Slice(node, 24, "a group's tree")[..4].SequenceEqual("TREE"u8) || r.Byte(node + 4, "a tree's type") != 0)
            throw r.Refuse(node, "no tree of a group here; the file is damaged.");
        int level = r.Byte(node + 5, "a tree's level");
        int entries = r.UInt16(node + 6, "a tree's entries");
        for (int i = 0; i < entries; i++)
        {
            long child = r.Int64(node + 32 + (16 * i), "a tree's child");
            if (level > 0)
            {
                Group(child, names, parent, depth, seen, levels - 1);
                continue;
            }
            if (!seen.Add(child) || !r.Slice(child, 8, "a group's leaf")[..4].SequenceEqual("SNOD"u8))
                throw r.Refuse(child, "no leaf of a group here; the file is damaged.");
            int count = r.UInt16(child + 6, "a leaf's entries");
            for (int k = 0; k < count; k++)
            {
                long entry = child + 8 + (40 * k);
                long at = names + r.Int64(entry, "a name's place");
                ReadOnlySpan<byte> rest = r.Slice(at, r.Length - at, "a name");
                int end = rest.IndexOf((byte)0);
                if (end < 0)
                    throw r.Refuse(at, "a name has no end; the file is damaged.");
                // Type 2: a soft link, which names another object that is visited by itself.
                if (r.Int32(entry + 16, "an entry's type") != 2)
                    Visit(r.Int64(entry + 8, "an object's address"), $"{parent}{(parent.Length > 0 ? "/" : "")}{ByteReader.Text(rest[..end])}", depth + 1);
            }
        }
    }

    private List<(int Type, int Offset, int Length)> Messages(long address)
    {
        ByteReader r = Reader;
        ReadOnlySpan<byte> head = r.Slice(address, 16, "an object's header");
        if (head[0] != 1)
        {
            throw r.Refuse(address, head[..4].SequenceEqual("OHDR"u8)
                ? "an object has a header of version 2, which newer HDF5 libraries write; version 1 is read. Rewrite the file with 'h5repack IN OUT', or in h5py with libver='earliest'."
                : "no object's header here; the file is damaged.");
        }
        int left = r.UInt16(address + 2, "the number of messages");
        var messages = new List<(int, int, int)>();
        var blocks = new Queue<(long Address, long Length)>();
        blocks.Enqueue((address + 16, r.UInt32(address + 8, "the header's length")));
        var seen = new HashSet<long>();
        while (blocks.TryDequeue(out (long Address, long Length) block))
        {
            r.Slice(block.Address, block.Length, "a part of an object's header");
            if (!seen.Add(block.Address))
                throw r.Refuse(block.Address, "an object's header continues in itself; the file is damaged.");
            long at = block.Address;
            long end = block.Address + block.Length;
            while (at + 8 <= end && left > 0)
            {
                int type = r.UInt16(at, "a message's type");
                int length = r.UInt16(at + 2, "a message's length");
                r.Slice(at + 8, length, "a message");
                if ((r.Byte(at + 4, "a message's flags") & 2) != 0)
                    throw r.Refuse(at, "a message is stored elsewhere (shared); this reader does not follow it. Rewrite the file with 'h5repack IN OUT'.");
                if (type == 0x10)
                {
                    if (length < 16)
                        throw r.Refuse(at, "a continuation message is too short; the file is damaged.");
                    blocks.Enqueue((r.Int64(at + 8, "a continuation"), r.Int64(at + 16, "a continuation's length")));
                }
                messages.Add((type, (int)at + 8, length));
                at += 8 + length;
                left--;
            }
        }
        return messages;
    }

    /// <summary>A text of variable length: length, heap address and index of 16 bytes.</summary>
    public string VariableText(long at) => ByteReader.Text(Variable(at, 1)).TrimEnd('\0');

    /// <summary>The bytes of an element of variable length.</summary>
    public ReadOnlySpan<byte> Variable(long at, int elementSize)
    {
        ByteReader r = Reader;
        long count = r.UInt32(at, "a variable length");
        if (count == 0)
            return [];
        long heap = r.Int64(at + 4, "a global heap's address");
        long index = r.UInt32(at + 12, "an index in the global heap");
        if (!r.Slice(heap, 16, "a global heap")[..4].SequenceEqual("GCOL"u8))
            throw r.Refuse(heap, "a global heap does not begin with \"GCOL\"; the file is damaged.");
        Dictionary<int, (long Offset, long Length)> collection = Collection(heap);
        if (!collection.TryGetValue((int)index, out (long Offset, long Length) found) || count * elementSize > found.Length)
            throw r.Refuse(heap, $"the global heap has no object {index} of {count * elementSize} bytes; the file is damaged.");
        return r.Slice(found.Offset, count * elementSize, "an object of the global heap");
    }

    private readonly Dictionary<long, Dictionary<int, (long, long)>> collections = [];

    private Dictionary<int, (long Offset, long Length)> Collection(long heap)
    {
        if (collections.TryGetValue(heap, out Dictionary<int, (long, long)>? known))
            return known;
        ByteReader r = Reader;
        long size = r.Int64(heap + 8, "a global heap's length");
        r.Slice(heap, size, "a global heap");
        var collection = new Dictionary<int, (long, long)>();
        long at = heap + 16;
        while (at + 16 <= heap + size)
        {
            int index = r.UInt16(at, "an object's index");
            long length = r.Int64(at + 8, "an object's length");
            if (index == 0)
                break;
            r.Slice(at + 16, length, "an object of the global heap");
            collection.TryAdd(index, (at + 16, length));
            at += 16 + ((length + 7) / 8 * 8);
        }
        return collections[heap] = collection;
    }

    /// <summary>The elements as they lie in the file, in C order.</summary>
    public ReadOnlySpan<byte> Raw(Hdf5Object dataset, long count, int elementSize)
    {
        ByteReader r = Reader;
        int at = dataset.Find(0x08, 2, "the layout");
        if (r.Byte(at, "the layout's version") != 3)
            throw r.Refuse(at, $"the data have a layout of version {r.Byte(at, "")}; version 3 is read. Rewrite the file with 'h5repack IN OUT'.");
        long length = count * elementSize;
        switch (r.Byte(at + 1, "the layout's class"))
        {
            case 0:
                int compact = r.UInt16(at + 2, "the length of compact data");
                return compact >= length ? r.Slice(at + 4, length, "compact data")
                    : throw r.Refuse(at, $"{compact} bytes are stored; {length} are needed. The file is damaged.");
            case 1:
                long address = r.Int64(at + 2, "the data's address");
                if ((ulong)address != Undefined)
                    return r.Slice(address, length, $"the data of {ByteReader.Quote(dataset.Path)}");
                // Never written: HDF5 says zeros.
                Budget.Take(length, at, $"the data of {ByteReader.Quote(dataset.Path)}");
                return new byte[length];
            case 2:
                return Chunked(dataset, at, elementSize, length);
            default:
                throw r.Refuse(at, "the data lie in a way that is not known; the file is damaged.");
        }
    }

    private byte[] Chunked(Hdf5Object dataset, int at, int elementSize, long length)
    {
        ByteReader r = Reader;
        int rank = dataset.Shape.Length;
        if (r.Byte(at + 2, "the chunks' rank") != rank + 1 || rank == 0)
            throw r.Refuse(at, $"chunks of rank {r.Byte(at + 2, "")} do not fit data of rank {rank}; the file is damaged.");
        long tree = r.Int64(at + 3, "the chunks' tree");
        var chunk = new long[rank];
        for (int d = 0; d < rank; d++)
        {
            chunk[d] = r.UInt32(at + 11 + (4 * d), "a chunk's length");
            if (chunk[d] == 0)
                throw r.Refuse(at, "a chunk has the length 0; the file is damaged.");
        }
        long elements = ByteReader.Product(chunk);
        if (elements < 0 || elements * elementSize > Array.MaxLength || r.UInt32(at + 11 + (4 * rank), "the element's size") != elementSize)
            throw r.Refuse(at, $"chunks of {string.Join(" x ", chunk)} elements cannot be; the file is damaged.");
        List<(int Id, int Value)> filters = Filters(dataset);
        Budget.Take(length, at, $"the data of {ByteReader.Quote(dataset.Path)}");
        Budget.Take(2 * elements * elementSize, at, "a chunk");
        var data = new byte[length];
        if ((ulong)tree == Undefined)
            return data;
        var seen = new HashSet<long>();
        var places = new HashSet<long>();
        var spare = new byte[2][];
        spare[0] = new byte[elements * elementSize];
        spare[1] = new byte[elements * elementSize];
        Walk(tree, DeepestTree);
        return data;

        void Walk(long node, int levels)
        {
            ByteReader r = Reader;
            if (levels == 0 || !seen.Add(node))
                throw r.Refuse(node, "the chunks' tree leads back to itself; the file is damaged.");
            if (!r.Slice(node, 24, "the chunks' tree")[..4].SequenceEqual("TREE"u8) || r.Byte(node + 4, "a tree's type") != 1)
                throw r.Refuse(node, "no tree of chunks here; the file is damaged.");
            int level = r.Byte(node + 5, "a tree's level");
            int entries = r.UInt16(node + 6, "a tree's entries");
            int keySize = 8 + (8 * (rank + 1));
            for (int i = 0; i < entries; i++)
            {
                long key = node + 24 + (i * (keySize + 8));
                long child = r.Int64(key + keySize, "a tree's child");
                if (level > 0)
                {
                    Walk(child, levels - 1);
                    continue;
                }
                long place = 0;
                var offset = new long[rank];
                for (int d = 0; d < rank; d++)
                {
                    offset[d] = r.Int64(key + 8 + (8 * d), "a chunk's place");
                    if (offset[d] < 0 || offset[d] >= dataset.Shape[d] || offset[d] % chunk[d] != 0)
                        throw r.Refuse(key, $"a chunk lies at {offset[d]} of axis {d}; the data have {dataset.Shape[d]} in chunks of {chunk[d]}. The file is damaged.");
                    place = (place * dataset.Shape[d]) + offset[d];
                }
                // Each place once: so the work is bounded by the data, whatever the tree says.
                if (!places.Add(place))
                    throw r.Refuse(key, "two chunks lie at the same place; the file is damaged.");
                ReadOnlySpan<byte> packed = r.Slice(child, r.UInt32(key, "a chunk's length"), "a chunk");
                ReadOnlySpan<byte> unpacked = Unpack(packed, filters, r.Int32(key + 4, "a chunk's filters"), spare, elementSize, child);
                if (unpacked.Length != spare[0].Length)
                    throw r.Refuse(child, $"a chunk holds {unpacked.Length} bytes; {spare[0].Length} were expected. The file is damaged.");
                Place(unpacked, data, dataset.Shape, chunk, offset, elementSize);
            }
        }
    }

    // Copies the rows of a chunk that lie within the data.
    private static void Place(ReadOnlySpan<byte> source, Span<byte> target, long[] shape, long[] chunk, long[] offset, int elementSize)
    {
        int rank = shape.Length;
        int last = rank - 1;
        int run = (int)(Math.Min(chunk[last], shape[last] - offset[last]) * elementSize);
        var index = new long[rank];
        while (true)
        {
            bool inside = true;
            long from = 0;
            long to = 0;
            for (int d = 0; d < rank; d++)
            {
                inside &= offset[d] + index[d] < shape[d];
                from = (from * chunk[d]) + index[d];
                to = (to * shape[d]) + offset[d] + index[d];
            }
            if (inside)
                source.Slice((int)(from * elementSize), run).CopyTo(target[(int)(to * elementSize)..]);
            int axis = last - 1;
            while (axis >= 0 && ++index[axis] == Math.Min(chunk[axis], shape[axis] - offset[axis]))
                index[axis--] = 0;
            if (axis < 0)
                return;
        }
    }

    private List<(int Id, int Value)> Filters(Hdf5Object dataset)
    {
        var filters = new List<(int, int)>();
        if (!dataset.Has(0x0B))
            return filters;
        ByteReader r = Reader;
        int start = dataset.Find(0x0B, 2, "the filters");
        int version = r.Byte(start, "the filters' version");
        int count = r.Byte(start + 1, "the number of filters");
        if (version is not (1 or 2))
            throw r.Refuse(start, $"filters of version {version} are not known; the file is damaged.");
        int at = start + (version == 1 ? 8 : 2);
        for (int i = 0; i < count; i++)
        {
            int id = r.UInt16(at, "a filter");
            bool named = version == 1 || id >= 256;
            int name = named ? r.UInt16(at + 2, "a filter's name") : 0;
            at += named ? 4 : 2;
            int values = r.UInt16(at + 2, "a filter's values");
            at += 4 + (version == 1 ? (name + 7) / 8 * 8 : name);
            filters.Add((id, values > 0 ? r.Int32(at, "a filter's value") : 0));
            at += (4 * values) + (version == 1 && values % 2 == 1 ? 4 : 0);
            if (id is not (1 or 2 or 3))
                throw r.Refuse(start, $"the data are packed by filter {id}; deflate, shuffle and Fletcher checksums are read. Rewrite the file with 'h5repack -f GZIP=4 IN OUT'.");
        }
        return filters;
    }

    private ReadOnlySpan<byte> Unpack(ReadOnlySpan<byte> packed, List<(int Id, int Value)> filters, int skipped, byte[][] spare, int elementSize, long at)
    {
        int next = 0;
        for (int i = filters.Count - 1; i >= 0; i--)
        {
            if ((skipped & (1 << i)) != 0)
                continue;
            byte[] target = spare[next];
            next = 1 - next;
            switch (filters[i].Id)
            {
                case 1:
                    packed = Inflate(packed, target, at);
                    break;
                case 2:
                    if (packed.Length > target.Length)
                        throw Reader.Refuse(at, "a chunk is longer than its elements; the file is damaged.");
                    int size = filters[i].Value > 0 ? filters[i].Value : elementSize;
                    int count = packed.Length / size;
                    for (int b = 0; b < size && count > 0; b++)
                    {
                        ReadOnlySpan<byte> plane = packed.Slice(b * count, count);
                        for (int k = 0; k < count; k++)
                            target[(k * size) + b] = plane[k];
                    }
                    packed[(count * size)..].CopyTo(target.AsSpan(count * size));
                    packed = target.AsSpan(0, packed.Length);
                    break;
                default:
                    // Fletcher's checksum follows the data; deflate has its own.
                    packed = packed.Length >= 4 ? packed[..^4] : throw Reader.Refuse(at, "a chunk is shorter than its checksum; the file is damaged.");
                    next = 1 - next;
                    break;
            }
        }
        return packed;
    }

    private ReadOnlySpan<byte> Inflate(ReadOnlySpan<byte> packed, byte[] target, long at)
    {
        try
        {
            using var stream = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            int length = stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
            return stream.ReadByte() < 0 ? target.AsSpan(0, length)
                : throw Reader.Refuse(at, $"a chunk unpacks to more than its {target.Length} bytes; the file is damaged.");
        }
        catch (Exception problem) when (DamagedDeflate.Caused(problem) && !problem.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path}: at offset {at}: a deflated chunk is damaged ({problem.Message.TrimEnd('.')}). Copy the file again.", problem);
        }
    }
}

/// <summary>What an element is.</summary>
/// <param name="Class">HDF5's class: 0 whole number, 1 real, 3 text, 7 reference, 8 enumeration, 9 variable length.</param>
/// <param name="Size">Bytes of an element.</param>
/// <param name="Kind">The number, or null for other classes.</param>
/// <param name="BigEndian">Byte order of numbers.</param>
/// <param name="IsVariableText">Whether a variable length is a text.</param>
/// <param name="BaseClass">Class of the elements of a variable length.</param>
internal readonly record struct Hdf5Type(int Class, int Size, NumberKind? Kind, bool BigEndian, bool IsVariableText, int BaseClass);

/// <summary>A group or a dataset.</summary>
internal sealed class Hdf5Object
{
    private readonly Hdf5File file;
    private Dictionary<string, Hdf5Attribute>? attributes;

    public Hdf5Object(Hdf5File file, string path, List<(int Type, int Offset, int Length)> messages)
    {
        this.file = file;
        Path = path;
        Messages = messages;
        IsDataset = Has(0x08);
        Shape = [];
        if (!IsDataset)
            return;
        Shape = ReadShape(file.Reader, Find(0x01, 4, "the shape"), out bool isNull);
        IsNull = isNull;
        Type = ReadType(file.Reader, Find(0x03, 8, "the type"));
    }

    public string Path { get; }

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public string Parent => Path.LastIndexOf('/') is var slash && slash > 0 ? Path[..slash] : "";

    public List<(int Type, int Offset, int Length)> Messages { get; }

    public bool IsDataset { get; }

    public bool IsNull { get; }

    public long[] Shape { get; }

    public Hdf5Type Type { get; }

    /// <summary>Attributes by name, read when first asked for.</summary>
    public Dictionary<string, Hdf5Attribute> Attributes => attributes ??= ReadAttributes();

    public bool Has(int type) => Messages.Exists(m => m.Type == type);

    /// <summary>Where a message's content begins.</summary>
    public int Find(int type, int shortest, string what)
    {
        foreach ((int found, int offset, int length) in Messages)
        {
            if (found == type)
            {
                return length >= shortest ? offset
                    : throw file.Reader.Refuse(offset, $"{what} of {ByteReader.Quote(Path)} has {length} bytes; at least {shortest} were expected. The file is damaged.");
            }
        }
        throw file.Reader.Refuse(0, $"the dataset {ByteReader.Quote(Path)} does not state {what}; the file is damaged.");
    }

    /// <summary>Number of elements.</summary>
    public long Count => IsNull ? 0 : ByteReader.Product(Shape);

    /// <summary>All numbers in C order.</summary>
    public double[] Doubles()
    {
        NumberKind kind = Number(8, out int count);
        double[] values = GC.AllocateUninitializedArray<double>(count);
        long left = file.Budget.Left;
        ByteReader.ToDoubles(file.Raw(this, count, kind.Size()), kind, Type.BigEndian, values);
        file.Budget.Left = left;
        return values;
    }

    /// <summary>All numbers in C order, in single precision.</summary>
    public float[] Singles()
    {
        NumberKind kind = Number(4, out int count);
        float[] values = GC.AllocateUninitializedArray<float>(count);
        long left = file.Budget.Left;
        ByteReader.ToSingles(file.Raw(this, count, kind.Size()), kind, Type.BigEndian, values);
        file.Budget.Left = left;
        return values;
    }

    /// <summary>All numbers of two axes in single precision, the second axis before the first.</summary>
    public float[] SinglesTransposed()
    {
        NumberKind kind = Number(4, out int count);
        float[] values = GC.AllocateUninitializedArray<float>(count);
        long left = file.Budget.Left;
        ByteReader.Transpose(file.Raw(this, count, kind.Size()), kind, Type.BigEndian, (int)Shape[0], (int)Shape[1], values.AsSpan());
        file.Budget.Left = left;
        return values;
    }

    /// <summary>All numbers in pieces of equal length, piece k at the place <paramref name="order"/>[k].</summary>
    public double[] Doubles(int[] order)
    {
        NumberKind kind = Number(8, out int count);
        double[] values = GC.AllocateUninitializedArray<double>(count);
        long left = file.Budget.Left;
        ReadOnlySpan<byte> raw = file.Raw(this, count, kind.Size());
        int length = count / order.Length;
        for (int k = 0; k < order.Length; k++)
            ByteReader.ToDoubles(raw.Slice(k * length * kind.Size(), length * kind.Size()), kind, Type.BigEndian, values.AsSpan(order[k] * length, length));
        file.Budget.Left = left;
        return values;
    }

    private NumberKind Number(int size, out int count)
    {
        if (!IsDataset || Type.Kind is not { } kind)
            throw file.Reader.Refuse(0, $"{ByteReader.Quote(Path)} holds no plain numbers.");
        if (Count is < 0 or > int.MaxValue / 8)
            throw file.Reader.Refuse(Find(0x01, 4, "the shape"), $"{ByteReader.Quote(Path)} claims {string.Join(" x ", Shape)} elements; no array holds them. The file is damaged.");
        count = (int)Count;
        // Contiguous data are compared with the file when they are read, chunks with the budget: both before this is allocated.
        file.Budget.Take((long)count * size, Find(0x01, 4, "the shape"), $"the data of {ByteReader.Quote(Path)}");
        return kind;
    }

    private static long[] ReadShape(ByteReader r, int at, out bool isNull)
    {
        int version = r.Byte(at, "a shape's version");
        int rank = r.Byte(at + 1, "a rank");
        if (version is not (1 or 2) || rank > 32)
            throw r.Refuse(at, $"a shape of version {version} and rank {rank} is not known; the file is damaged.");
        isNull = version == 2 && r.Byte(at + 3, "a shape's class") == 2;
        var shape = new long[rank];
        for (int d = 0; d < rank; d++)
        {
            shape[d] = r.Int64(at + (version == 1 ? 8 : 4) + (8 * d), "a length");
            if (shape[d] < 0)
                throw r.Refuse(at, $"an axis has the length {(ulong)shape[d]}; the file is damaged.");
        }
        return shape;
    }

    private static Hdf5Type ReadType(ByteReader r, int at)
    {
        int kind = r.Byte(at, "a type") & 0x0F;
        int flags = r.Byte(at + 1, "a type's flags");
        long size = r.UInt32(at + 4, "a type's size");
        if (size is 0 or > 1 << 24)
            throw r.Refuse(at, $"elements of {size} bytes cannot be; the file is damaged.");
        NumberKind? number = (kind, (int)size, (flags & 8) != 0) switch
        {
            (0, 1, true) => NumberKind.Int8,
            (0, 1, false) => NumberKind.UInt8,
            (0, 2, true) => NumberKind.Int16,
            (0, 2, false) => NumberKind.UInt16,
            (0, 4, true) => NumberKind.Int32,
            (0, 4, false) => NumberKind.UInt32,
            (0, 8, true) => NumberKind.Int64,
            (0, 8, false) => NumberKind.UInt64,
            (1, 2, _) => NumberKind.Float16,
            (1, 4, _) => NumberKind.Float32,
            (1, 8, _) => NumberKind.Float64,
            // h5py's booleans are enumerations of bytes.
            (8, 1, _) => NumberKind.UInt8,
            _ => null,
        };
        return new Hdf5Type(kind, (int)size, number, kind is 0 or 1 && (flags & 1) != 0, kind == 9 && (flags & 0x0F) == 1,
            kind == 9 ? r.Byte(at + 8, "a type's base") & 0x0F : 0);
    }

    private Dictionary<string, Hdf5Attribute> ReadAttributes()
    {
        var found = new Dictionary<string, Hdf5Attribute>(StringComparer.Ordinal);
        ByteReader r = file.Reader;
        foreach ((int type, int at, int length) in Messages)
        {
            if (type != 0x0C)
                continue;
            int version = r.Byte(at, "an attribute's version");
            if (version is < 1 or > 3)
                throw r.Refuse(at, $"an attribute of version {version} is not known; the file is damaged.");
            int nameSize = r.UInt16(at + 2, "an attribute's name");
            int typeSize = r.UInt16(at + 4, "an attribute's type");
            int shapeSize = r.UInt16(at + 6, "an attribute's shape");
            int start = at + (version == 3 ? 9 : 8);
            int Padded(int size) => version == 1 ? (size + 7) / 8 * 8 : size;
            string name = r.Latin1(start, nameSize, "an attribute's name");
            int typeAt = start + Padded(nameSize);
            int shapeAt = typeAt + Padded(typeSize);
            int dataAt = shapeAt + Padded(shapeSize);
            // Bit 0: the type stands elsewhere; such attributes are left out.
            if (version > 1 && (r.Byte(at + 1, "an attribute's flags") & 1) != 0)
                continue;
            Hdf5Type elementType = ReadType(r, typeAt);
            long count = ByteReader.Product(ReadShape(r, shapeAt, out bool isNull));
            if (isNull)
                count = 0;
            if (count < 0 || dataAt + (count * elementType.Size) > at + length)
                throw r.Refuse(at, $"the attribute {ByteReader.Quote(name)} is longer than its message; the file is damaged.");
            found[name] = new Hdf5Attribute(file, elementType, dataAt, (int)count);
        }
        return found;
    }
}

/// <summary>A small value of an object.</summary>
internal sealed class Hdf5Attribute(Hdf5File file, Hdf5Type type, int at, int count)
{
    public Hdf5Type Type => type;

    public int Count => count;

    /// <summary>The elements as texts, whatever they are.</summary>
    public string[] Texts()
    {
        var texts = new string[count];
        double[] numbers = Numbers();
        for (int i = 0; i < count; i++)
        {
            int place = at + (i * type.Size);
            texts[i] = type.Class switch
            {
                3 => file.Reader.FixedText(place, type.Size),
                9 when type.IsVariableText => file.VariableText(place),
                _ when type.Kind is not null => numbers[i].ToString("R", CultureInfo.InvariantCulture),
                _ => "",
            };
        }
        return texts;
    }

    /// <summary>All elements as one text.</summary>
    public string Text() => count == 1 ? Texts()[0] : string.Join(", ", Texts());

    /// <summary>The elements as numbers; empty where they are none.</summary>
    public double[] Numbers()
    {
        if (type.Kind is not { } kind)
            return [];
        var values = new double[count];
        ByteReader.ToDoubles(file.Reader.Slice(at, (long)count * type.Size, "an attribute"), kind, type.BigEndian, values);
        return values;
    }

    /// <summary>The objects that the elements refer to; of a list of references the first one.</summary>
    public Hdf5Object?[] References()
    {
        var objects = new Hdf5Object?[count];
        for (int i = 0; i < count; i++)
        {
            int place = at + (i * type.Size);
            if (type.Class == 7 && type.Size >= 8)
                objects[i] = file.At(file.Reader.Int64(place, "a reference"));
            else if (type is { Class: 9, BaseClass: 7, Size: 16 } && file.Variable(place, 8) is { Length: >= 8 } list)
                objects[i] = file.At(BitConverter.ToInt64(list));
        }
        return objects;
    }
}
