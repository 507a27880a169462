using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace FastCore.Microscopy.Files;

/// <summary>
/// Writes HDF5 of the oldest kind, which every program reads: superblock 0, version 1 object headers, groups as symbol tables of one leaf,
/// contiguous little-endian data, texts of variable length in UTF-8, object references.
/// </summary>
internal sealed class Hdf5Writer : IDisposable
{
    private const ulong Undefined = ulong.MaxValue;
    private readonly Node root = new("", false);
    private readonly MemoryStream stream = new();
    private readonly List<(long At, byte[] Content)> heapObjects = [];
    private readonly List<(long At, Node Target)> references = [];

    /// <summary>A group or dataset that is being built.</summary>
    internal sealed class Node(string name, bool isDataset)
    {
        public string Name => name;

        public bool IsDataset => isDataset;

        public List<Node> Children { get; } = [];

        public List<(string Name, object Value)> Attributes { get; } = [];

        public int[] Shape { get; init; } = [];

        public Array Values { get; init; } = Array.Empty<float>();

        public long Address { get; set; }
    }

    public Node Root => root;

    public void Dispose() => stream.Dispose();

    public static Node Group(Node parent, string name)
    {
        var node = new Node(name, false);
        parent.Children.Add(node);
        return node;
    }

    /// <summary>Adds a dataset of singles, doubles or 32-bit whole numbers in C order.</summary>
    public static Node Dataset(Node parent, string name, Array values, params int[] shape)
    {
        var node = new Node(name, true) { Shape = shape, Values = values };
        parent.Children.Add(node);
        return node;
    }

    /// <summary>The whole file.</summary>
    public byte[] Write()
    {
        int widest = Widest(root);
        stream.Write([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0, 0, 8, 8, 0]);
        // A leaf holds twice this number: enough for the widest group.
        UInt16(Math.Max(4, (widest + 1) / 2));
        UInt16(16);
        UInt32(0);
        UInt64(0);
        UInt64(Undefined);
        long endAt = stream.Position;
        UInt64(0);
        UInt64(Undefined);
        UInt64(0);
        long rootAt = stream.Position;
        UInt64(0);
        UInt32(0);
        UInt32(0);
        stream.Write(new byte[16]);
        Place(root, Math.Max(4, (widest + 1) / 2));
        Patch(rootAt, (ulong)root.Address);
        Heap();
        foreach ((long at, Node target) in references)
            Patch(at, (ulong)target.Address);
        Patch(endAt, (ulong)stream.Length);
        return stream.ToArray();
    }

    private static int Widest(Node node) => Math.Max(node.Children.Count, node.Children.Count == 0 ? 0 : node.Children.Max(Widest));

    private void Place(Node node, int leaf)
    {
        foreach (Node child in node.Children)
            Place(child, leaf);
        var messages = new List<(int Type, byte[] Content, Action<long>? Placed)>();
        if (node.IsDataset)
        {
            Align();
            long data = stream.Position;
            (byte[] type, ReadOnlyMemory<byte> raw) = node.Values switch
            {
                float[] singles => (FloatType(4), MemoryMarshal.AsBytes<float>(singles).ToArray()),
                double[] doubles => (FloatType(8), MemoryMarshal.AsBytes<double>(doubles).ToArray()),
                _ => (IntegerType(4), MemoryMarshal.AsBytes<int>((int[])node.Values).ToArray()),
            };
            stream.Write(raw.Span);
            messages.Add((0x01, Shape(node.Shape), null));
            messages.Add((0x03, type, null));
            // Fill value: none is defined, space is taken at once.
            messages.Add((0x05, [2, 1, 2, 0, 0, 0, 0, 0], null));
            var layout = new byte[24];
            layout[0] = 3;
            layout[1] = 1;
            BinaryPrimitives.WriteInt64LittleEndian(layout.AsSpan(2), data);
            BinaryPrimitives.WriteInt64LittleEndian(layout.AsSpan(10), raw.Length);
            messages.Add((0x08, layout, null));
        }
        else
        {
            (long tree, long heap) = Symbols(node, leaf);
            var table = new byte[16];
            BinaryPrimitives.WriteInt64LittleEndian(table, tree);
            BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(8), heap);
            messages.Add((0x11, table, null));
        }
        foreach ((string name, object value) in node.Attributes)
            messages.Add(Attribute(name, value));
        Align();
        node.Address = stream.Position;
        stream.Write([1, 0]);
        UInt16(messages.Count);
        UInt32(1);
        UInt32(messages.Sum(m => 8 + m.Content.Length));
        UInt32(0);
        foreach ((int type, byte[] content, Action<long>? placed) in messages)
        {
            UInt16(type);
            UInt16(content.Length);
            UInt32(0);
            long at = stream.Position;
            stream.Write(content);
            placed?.Invoke(at);
        }
    }

    private (long Tree, long Heap) Symbols(Node node, int leaf)
    {
        // Names in the order of their bytes, as the tree's search needs them.
        Node[] sorted = [.. node.Children.OrderBy(child => child.Name, StringComparer.Ordinal)];
        var names = new MemoryStream();
        names.Write(new byte[8]);
        var places = new long[sorted.Length];
        for (int i = 0; i < sorted.Length; i++)
        {
            places[i] = names.Position;
            names.Write(Encoding.UTF8.GetBytes(sorted[i].Name));
            names.Write(new byte[8 - (names.Position % 8)]);
        }
        Align();
        long data = stream.Position;
        stream.Write(names.ToArray());
        long heap = stream.Position;
        stream.Write("HEAP\0\0\0\0"u8);
        UInt64((ulong)names.Length);
        // 1: no free block.
        UInt64(1);
        UInt64((ulong)data);
        long symbols = stream.Position;
        stream.Write("SNOD"u8);
        stream.Write([1, 0]);
        UInt16(sorted.Length);
        for (int i = 0; i < sorted.Length; i++)
        {
            UInt64((ulong)places[i]);
            UInt64((ulong)sorted[i].Address);
            stream.Write(new byte[24]);
        }
        stream.Write(new byte[((2 * leaf) - sorted.Length) * 40]);
        long tree = stream.Position;
        stream.Write("TREE\0\0"u8);
        UInt16(sorted.Length == 0 ? 0 : 1);
        UInt64(Undefined);
        UInt64(Undefined);
        UInt64(0);
        UInt64(sorted.Length == 0 ? 0 : (ulong)symbols);
        UInt64(sorted.Length == 0 ? 0 : (ulong)places[^1]);
        // Room for the other 31 children of a node.
        stream.Write(new byte[31 * 16]);
        return (tree, heap);
    }

    private (int, byte[], Action<long>?) Attribute(string name, object value)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name + "\0");
        byte[] VariableText() => [0x19, 1, 1, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0];
        byte[] Reference() => [0x17, 0, 0, 0, 8, 0, 0, 0];
        (byte[] type, byte[] shape, int size) = value switch
        {
            // Fixed texts are what HDF5's own library looks for in CLASS and NAME.
            byte[] fixedText => ([0x13, 0, 0, 0, (byte)fixedText.Length, 0, 0, 0], Shape([]), fixedText.Length),
            string => (VariableText(), Shape([]), 16),
            string[] texts => (VariableText(), Shape([texts.Length]), 16 * texts.Length),
            double => (FloatType(8), Shape([]), 8),
            Node => (Reference(), Shape([]), 8),
            Node[] nodes => ((byte[])[0x19, 0, 0, 0, 16, 0, 0, 0, .. Reference()], Shape([nodes.Length]), 16 * nodes.Length),
            _ => throw new ArgumentException($"No attribute of type {value.GetType().Name} is written.", nameof(value)),
        };
        var content = new MemoryStream();
        content.Write([1, 0, (byte)nameBytes.Length, (byte)(nameBytes.Length >> 8), (byte)type.Length, 0, (byte)shape.Length, 0]);
        Padded(content, nameBytes);
        Padded(content, type);
        Padded(content, shape);
        int at = (int)content.Position;
        var room = new byte[(size + 7) / 8 * 8];
        if (value is byte[] raw)
            raw.CopyTo(room, 0);
        else if (value is double number)
            BinaryPrimitives.WriteDoubleLittleEndian(room, number);
        content.Write(room);
        Action<long> placed = start =>
        {
            switch (value)
            {
                case string text:
                    Later(start + at, text);
                    break;
                case string[] texts:
                    for (int i = 0; i < texts.Length; i++)
                        Later(start + at + (16 * i), texts[i]);
                    break;
                case Node node:
                    references.Add((start + at, node));
                    break;
                case Node[] nodes:
                    for (int i = 0; i < nodes.Length; i++)
                    {
                        heapObjects.Add((start + at + (16 * i), new byte[8]));
                        lists.Add((heapObjects.Count - 1, nodes[i]));
                    }
                    break;
                default:
                    break;
            }
        };
        return (0x0C, content.ToArray(), placed);
    }

    private readonly List<(int HeapObject, Node Target)> lists = [];

    private void Later(long at, string text)
    {
        // An empty text has no object: length 0 and the undefined address.
        if (text.Length > 0)
            heapObjects.Add((at, Encoding.UTF8.GetBytes(text)));
    }

    // Collections of the global heap, each of no more objects than its 16-bit index can name.
    private void Heap()
    {
        const int most = 60_000;
        Dictionary<int, Node> targets = lists.ToDictionary(pair => pair.HeapObject, pair => pair.Target);
        for (int from = 0; from < heapObjects.Count; from += most)
        {
            Align();
            int count = Math.Min(most, heapObjects.Count - from);
            long start = stream.Position;
            long used = 16;
            for (int i = from; i < from + count; i++)
                used += 16 + ((heapObjects[i].Content.Length + 7) / 8 * 8);
            long size = Math.Max(4096, used + 16);
            stream.Write("GCOL"u8);
            stream.Write([1, 0, 0, 0]);
            UInt64((ulong)size);
            for (int i = 0; i < count; i++)
            {
                (long at, byte[] content) = heapObjects[from + i];
                UInt16(i + 1);
                UInt16(1);
                UInt32(0);
                UInt64((ulong)content.Length);
                if (targets.TryGetValue(from + i, out Node? target))
                    references.Add((stream.Position, target));
                stream.Write(content);
                stream.Write(new byte[(8 - (content.Length % 8)) % 8]);
                long end = stream.Position;
                stream.Position = at;
                UInt32(target is null ? content.Length : 1);
                UInt64((ulong)start);
                UInt32(i + 1);
                stream.Position = end;
            }
            // Object 0 is the free space.
            UInt64(0);
            UInt64((ulong)(size - used));
            stream.Write(new byte[size - used - 16]);
        }
    }

    private static byte[] Shape(int[] lengths)
    {
        var shape = new byte[8 + (8 * lengths.Length)];
        shape[0] = 1;
        shape[1] = (byte)lengths.Length;
        for (int d = 0; d < lengths.Length; d++)
            BinaryPrimitives.WriteInt64LittleEndian(shape.AsSpan(8 + (8 * d)), lengths[d]);
        return shape;
    }

    // IEEE 754: sign, exponent and fraction where they belong.
    private static byte[] FloatType(int size) => size == 4
        ? [0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0, 0, 0, 0, 0]
        : [0x11, 0x20, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xFF, 3, 0, 0, 0, 0, 0, 0];

    private static byte[] IntegerType(int size) => [0x10, 8, 0, 0, (byte)size, 0, 0, 0, 0, 0, (byte)(8 * size), 0, 0, 0, 0, 0];

    private static void Padded(MemoryStream content, byte[] part)
    {
        content.Write(part);
        content.Write(new byte[(8 - (part.Length % 8)) % 8]);
    }

    private void Align() => stream.Write(new byte[(8 - (stream.Position % 8)) % 8]);

    private void Patch(long at, ulong value)
    {
        long end = stream.Position;
        stream.Position = at;
        UInt64(value);
        stream.Position = end;
    }

    private void UInt16(int value) => stream.Write([(byte)value, (byte)(value >> 8)]);

    private void UInt32(int value)
    {
        Span<byte> raw = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(raw, value);
        stream.Write(raw);
    }

    private void UInt64(ulong value)
    {
        Span<byte> raw = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(raw, value);
        stream.Write(raw);
    }
}
