using System.Buffers.Binary;
using System.Numerics;

namespace FastCore.Microscopy.Usb;

/// <summary>The 32 bytes in front of every frame, without magic and checksum.</summary>
/// <param name="Type">What the frame is.</param>
/// <param name="Code">Opcode, event code or stream number.</param>
/// <param name="Sequence">Counter of the sender; replies repeat that of the command.</param>
/// <param name="Epoch">Chosen at the last resynchronisation; frames of another epoch are dropped.</param>
/// <param name="Time">Device time in nanosecond; 0 in commands.</param>
/// <param name="PayloadLength">Bytes of payload, at most <see cref="FrameCodec.LargestPayload"/>.</param>
/// <param name="Marks">Marks.</param>
public readonly record struct FrameHeader(
    FrameType Type, ushort Code, uint Sequence, uint Epoch, ulong Time, ushort PayloadLength, FrameMarks Marks);

/// <summary>What decoding found at the start of a span.</summary>
public enum FrameStatus
{
    /// <summary>A whole frame whose checksums fit.</summary>
    Good,

    /// <summary>The span ends inside the frame.</summary>
    Truncated,

    /// <summary>No header: magic or header checksum do not fit.</summary>
    NoHeader,

    /// <summary>The header is good, the payload is not.</summary>
    BadPayload,

    /// <summary>A good header of another major version.</summary>
    WrongVersion,
}

/// <summary>
/// Frames of FCP/1 to and from spans, without allocation. Layout, little endian: magic "FCP1", version, type, code (u16), sequence, epoch
/// (u32), time (u64), payload length, marks (u16), CRC-32C of bytes 0 to 27; then the payload, padded with zeros to 4 bytes, and its CRC-32C, seeded
/// with sequence xor epoch, so that a payload under another header is found. A frame without payload ends after its header.
/// </summary>
public static class FrameCodec
{
    /// <summary>Bytes of a header.</summary>
    public const int HeaderLength = 32;

    /// <summary>Largest payload.</summary>
    public const int LargestPayload = 16384;

    /// <summary>Largest frame.</summary>
    public const int LargestFrame = HeaderLength + LargestPayload + 4;

    internal const uint Magic = 0x31504346; // "FCP1"

    /// <summary>Bytes of a frame with a payload of the given length.</summary>
    public static int FrameLength(int payloadLength) => payloadLength == 0 ? HeaderLength : HeaderLength + Padded(payloadLength) + 4;

    /// <summary>Writes a frame and returns its length. <see cref="FrameHeader.PayloadLength"/> is taken from the payload.</summary>
    /// <param name="header">Header.</param>
    /// <param name="payload">Payload; may lie in <paramref name="frame"/> at <see cref="HeaderLength"/> already.</param>
    /// <param name="frame">Destination of at least <see cref="FrameLength"/> bytes.</param>
    /// <exception cref="ArgumentException">The payload is too long or the destination too short.</exception>
    public static int Encode(in FrameHeader header, ReadOnlySpan<byte> payload, Span<byte> frame)
    {
        int length = FrameLength(payload.Length);
        if (payload.Length > LargestPayload)
            throw new ArgumentException($"The payload has {payload.Length} bytes; a frame carries at most {LargestPayload}.", nameof(payload));
        if (frame.Length < length)
            throw new ArgumentException($"The destination has {frame.Length} bytes; the frame needs {length}.", nameof(frame));
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
        frame[4] = FcpProtocol.Major;
        frame[5] = (byte)header.Type;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[6..], header.Code);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], header.Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[12..], header.Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[16..], header.Time);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[24..], (ushort)payload.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[26..], (ushort)header.Marks);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[28..], Checksum(~0u, frame[..28]));
        if (payload.Length > 0)
        {
            int padded = Padded(payload.Length);
            payload.CopyTo(frame[HeaderLength..]);
            frame.Slice(HeaderLength + payload.Length, padded - payload.Length).Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(frame[(HeaderLength + padded)..],
                Checksum(header.Sequence ^ header.Epoch, frame.Slice(HeaderLength, padded)));
        }
        return length;
    }

    /// <summary>Reads the frame at the start of <paramref name="data"/>.</summary>
    /// <param name="data">Received bytes.</param>
    /// <param name="header">Header; meaningful for all but <see cref="FrameStatus.NoHeader"/>.</param>
    /// <param name="payload">View of the payload in <paramref name="data"/>; empty unless the frame is good.</param>
    public static FrameStatus Decode(ReadOnlySpan<byte> data, out FrameHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (data.Length < HeaderLength)
            return data.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(data) == Magic ? FrameStatus.Truncated : FrameStatus.NoHeader;
        if (BinaryPrimitives.ReadUInt32LittleEndian(data) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(data[28..]) != Checksum(~0u, data[..28]))
            return FrameStatus.NoHeader;
        header = new FrameHeader((FrameType)data[5], BinaryPrimitives.ReadUInt16LittleEndian(data[6..]),
            BinaryPrimitives.ReadUInt32LittleEndian(data[8..]), BinaryPrimitives.ReadUInt32LittleEndian(data[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(data[16..]), BinaryPrimitives.ReadUInt16LittleEndian(data[24..]),
            (FrameMarks)BinaryPrimitives.ReadUInt16LittleEndian(data[26..]));
        if (data[4] != FcpProtocol.Major)
            return FrameStatus.WrongVersion;
        int length = header.PayloadLength;
        if (length == 0)
            return FrameStatus.Good;
        if (length > LargestPayload)
            return FrameStatus.NoHeader;
        int padded = Padded(length);
        if (data.Length < HeaderLength + padded + 4)
            return FrameStatus.Truncated;
        if (BinaryPrimitives.ReadUInt32LittleEndian(data[(HeaderLength + padded)..])
            != Checksum(header.Sequence ^ header.Epoch, data.Slice(HeaderLength, padded)))
            return FrameStatus.BadPayload;
        payload = data.Slice(HeaderLength, length);
        return FrameStatus.Good;
    }

    /// <summary>CRC-32C (Castagnoli) continued from <paramref name="seed"/>, complemented at the end.</summary>
    internal static uint Checksum(uint seed, ReadOnlySpan<byte> data)
    {
        uint crc = seed;
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }
        foreach (byte value in data)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    private static int Padded(int length) => (length + 3) & ~3;
}

/// <summary>Walks over the frames of one transfer. Bytes that are no frame are counted and passed over, up to the next magic.</summary>
public ref struct FrameReader
{
    private ReadOnlySpan<byte> rest;
    private ReadOnlySpan<byte> payload;

    /// <summary>Starts at the first byte of a transfer.</summary>
    public FrameReader(ReadOnlySpan<byte> transfer) => rest = transfer;

    /// <summary>Header of the present frame.</summary>
    public FrameHeader Header { get; private set; }

    /// <summary>Payload of the present frame, a view of the transfer.</summary>
    public readonly ReadOnlySpan<byte> Payload => payload;

    /// <summary>Places where a frame began, or should have, and none was good.</summary>
    public int Corrupt { get; private set; }

    /// <summary>Frames of another major version.</summary>
    public int OtherVersion { get; private set; }

    /// <summary>Goes to the next good frame; false at the end of the transfer.</summary>
    public bool MoveNext()
    {
        bool bad = false;
        while (rest.Length > 0)
        {
            FrameStatus status = FrameCodec.Decode(rest, out FrameHeader header, out payload);
            if (status == FrameStatus.Good)
            {
                if (bad)
                    Corrupt++;
                Header = header;
                rest = rest[FrameCodec.FrameLength(header.PayloadLength)..];
                return true;
            }
            if (status == FrameStatus.WrongVersion)
                OtherVersion++;
            bad |= status != FrameStatus.WrongVersion;
            // The length of a good header can be trusted; bytes that were lost in its payload cannot be counted, so the search goes on behind the header.
            rest = rest[Math.Min(rest.Length, status is FrameStatus.BadPayload or FrameStatus.WrongVersion ? FrameCodec.HeaderLength : 1)..];
            int next = rest.IndexOf("FCP1"u8);
            rest = next < 0 ? default : rest[next..];
        }
        if (bad)
            Corrupt++;
        payload = default;
        return false;
    }
}
