using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace FastCore.Autonomy.Journal;

/// <summary>
/// Bytes of <c>journal.fcj</c>, version 1, little-endian. Header: "FCJRNL\r\n", version (4), SHA-256 of plan.json's text (32), CRC-32C of these
/// 44 bytes (4). Then records: length of the payload (4), kind (4), sequence number (8), payload, CRC-32C of all of these (4). A payload is the
/// length of its JSON (4), the JSON, and bulk values.
/// </summary>
internal static class JournalFormat
{
    public const int Version = 1;

    public const int HeaderLength = 48;

    /// <summary>Bytes of a record besides its payload.</summary>
    public const int FrameLength = 20;

    /// <summary>No record is larger: an overview of 4096 x 4096 pixels has 64 MiB.</summary>
    public const int LargestPayload = 256 << 20;

    private static ReadOnlySpan<byte> Magic => "FCJRNL\r\n"u8;

    public static byte[] Header(string planJson)
    {
        var header = new byte[HeaderLength];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        PlanHash(planJson).CopyTo(header, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(44), Checksum(header.AsSpan(0, 44)));
        return header;
    }

    public static byte[] PlanHash(string planJson) => SHA256.HashData(Encoding.UTF8.GetBytes(planJson));

    /// <summary>Refuses what is no journal, with one sentence.</summary>
    /// <exception cref="InvalidDataException">Too short, another magic, another version, a damaged header.</exception>
    public static void CheckHeader(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length == 0)
            throw new InvalidDataException($"{path}: the journal is empty (0 bytes): the run ended before it wrote anything; start it again in a "
                + "new folder.");
        if (bytes.Length < HeaderLength)
            throw new InvalidDataException($"{path}: the journal has {bytes.Length} bytes, fewer than its header of {HeaderLength}; start the run "
                + "again in a new folder.");
        if (!bytes[..8].SequenceEqual(Magic))
            throw new InvalidDataException($"{path}: not a FastCore journal: the file does not begin with FCJRNL.");
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]) != Checksum(bytes[..44]))
            throw new InvalidDataException($"{path}: the journal's header is damaged (its checksum is wrong); nothing in it can be trusted.");
        if (version != Version)
            throw new InvalidDataException($"{path}: the journal has version {version}; this program reads version {Version}.");
    }

    /// <summary>CRC-32C (Castagnoli) of iSCSI, RFC 3720.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xFFFFFFFF;
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
