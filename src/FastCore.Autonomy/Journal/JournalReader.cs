using System.Buffers.Binary;

namespace FastCore.Autonomy.Journal;

/// <summary>What a journal file holds up to its first damaged record.</summary>
internal sealed class JournalReader
{
    private JournalReader(IReadOnlyList<JournalEntry> entries, byte[] planHash, long validLength, long droppedBytes)
    {
        Entries = entries;
        PlanHash = planHash;
        ValidLength = validLength;
        DroppedBytes = droppedBytes;
    }

    public IReadOnlyList<JournalEntry> Entries { get; }

    /// <summary>SHA-256 of the plan's text.</summary>
    public byte[] PlanHash { get; }

    /// <summary>Bytes of the header and all whole records.</summary>
    public long ValidLength { get; }

    /// <summary>Bytes behind them that are no whole record.</summary>
    public long DroppedBytes { get; }

    /// <summary>What was left out, in words; empty if nothing.</summary>
    public string Remark => DroppedBytes == 0 ? ""
        : $"The last {DroppedBytes} bytes of the journal, after record {Entries.Count - 1}, are damaged or incomplete and were left out.";

    /// <exception cref="InvalidDataException">No journal, or a damaged header.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static JournalReader Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        JournalFormat.CheckHeader(bytes, path);
        var entries = new List<JournalEntry>();
        long at = JournalFormat.HeaderLength;
        while (TryRead(bytes.AsSpan((int)at), entries.Count, out JournalEntry entry, out int length))
        {
            entries.Add(entry);
            at += length;
        }
        return new JournalReader(entries, bytes[12..44], at, bytes.Length - at);
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, long expectedSequence, out JournalEntry entry, out int length)
    {
        entry = default;
        length = 0;
        if (bytes.Length < JournalFormat.FrameLength)
            return false;
        int payload = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (payload < 4 || payload > JournalFormat.LargestPayload || bytes.Length - JournalFormat.FrameLength < payload)
            return false;
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(16 + payload)..]);
        long sequence = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        if (JournalFormat.Checksum(bytes[..(16 + payload)]) != stored || sequence != expectedSequence)
            return false;
        int json = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        if (json < 0 || json > payload - 4)
            return false;
        entry = new JournalEntry((EntryKind)BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]), sequence,
            bytes.Slice(20, json).ToArray(), bytes.Slice(20 + json, payload - 4 - json).ToArray());
        length = JournalFormat.FrameLength + payload;
        return true;
    }
}
