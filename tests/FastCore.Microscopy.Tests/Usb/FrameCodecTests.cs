using FastCore.Microscopy.Usb;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

public class FrameCodecTests
{
    [Fact]
    public void Checksum_is_castagnoli()
    {
        // RFC 3720 B.4: the CRC-32C of "123456789" is E3069283, of 32 zeros 8A9136AA.
        Assert.Equal(0xE3069283u, FrameCodec.Checksum(~0u, "123456789"u8));
        Assert.Equal(0x8A9136AAu, FrameCodec.Checksum(~0u, new byte[32]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(2012)]
    [InlineData(FrameCodec.LargestPayload)]
    public void What_is_written_is_read(int length)
    {
        byte[] payload = [.. Enumerable.Range(0, length).Select(k => (byte)(k * 37))];
        var frame = new byte[FrameCodec.FrameLength(length) + 5];
        var header = new FrameHeader(FrameType.Stream, 0xBEEF, 17, 0x80000001, 1234567890123, (ushort)length, FrameMarks.More);
        int bytes = FrameCodec.Encode(header, payload, frame);
        Assert.Equal(FrameCodec.FrameLength(length), bytes);
        Assert.Equal(0, bytes % 4);
        Assert.Equal(FrameStatus.Good, FrameCodec.Decode(frame, out FrameHeader read, out ReadOnlySpan<byte> back));
        Assert.Equal(header, read);
        Assert.True(back.SequenceEqual(payload));
        Assert.Equal("FCP1"u8.ToArray(), frame[..4]);
        Assert.Equal(17, frame[8]);
        for (int cut = 0; cut < bytes; cut += 1 + (bytes / 50))
            Assert.NotEqual(FrameStatus.Good, FrameCodec.Decode(frame.AsSpan(0, cut), out _, out _));
    }

    [Fact]
    public void Every_single_bit_counts()
    {
        byte[] payload = [1, 2, 3, 4, 5];
        var frame = new byte[FrameCodec.FrameLength(5)];
        FrameCodec.Encode(new FrameHeader(FrameType.Command, 1, 2, 3, 4, 0, FrameMarks.None), payload, frame);
        for (int bit = 0; bit < 8 * frame.Length; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(FrameStatus.Good, FrameCodec.Decode(frame, out _, out _));
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.Equal(FrameStatus.Good, FrameCodec.Decode(frame, out _, out _));
    }

    // Of the next command, or of the same one in another epoch.
    [Theory]
    [InlineData(6, 9)]
    [InlineData(5, 10)]
    public void A_payload_under_another_header_is_found(uint sequence, uint epoch)
    {
        byte[] first = new byte[FrameCodec.FrameLength(8)], second = new byte[FrameCodec.FrameLength(8)];
        FrameCodec.Encode(new FrameHeader(FrameType.Command, 1, 5, 9, 0, 0, FrameMarks.None), new byte[8], first);
        FrameCodec.Encode(new FrameHeader(FrameType.Command, 1, sequence, epoch, 0, 0, FrameMarks.None), new byte[8], second);
        second.AsSpan(FrameCodec.HeaderLength).CopyTo(first.AsSpan(FrameCodec.HeaderLength));
        Assert.Equal(FrameStatus.BadPayload, FrameCodec.Decode(first, out _, out _));
    }

    [Fact]
    public void Another_major_version_is_told_from_corruption()
    {
        var frame = new byte[FrameCodec.HeaderLength];
        FrameCodec.Encode(new FrameHeader(FrameType.Command, 1, 5, 9, 0, 0, FrameMarks.None), default, frame);
        frame[4] = 2;
        BitConverter.TryWriteBytes(frame.AsSpan(28), FrameCodec.Checksum(~0u, frame.AsSpan(0, 28)));
        Assert.Equal(FrameStatus.WrongVersion, FrameCodec.Decode(frame, out _, out _));
        var reader = new FrameReader(frame);
        Assert.False(reader.MoveNext());
        Assert.Equal((1, 0), (reader.OtherVersion, reader.Corrupt));
    }

    [Fact]
    public void Codec_allocates_nothing()
    {
        var frame = new byte[2048];
        var payload = new byte[1500];
        var header = new FrameHeader(FrameType.Stream, 1, 2, 3, 4, 0, FrameMarks.None);
        RoundTrip(header, payload, frame);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int good = 0;
        for (int k = 0; k < 1000; k++)
            good += RoundTrip(header, payload, frame);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1000, good);
    }

    // 1.3 million frames with flipped bits, lost and doubled pieces and garbage, cut into transfers: a frame that is accepted must be one that was
    // sent, whole; and each transfer that was left alone must come through.
    [Fact]
    public void No_wrong_frame_is_accepted_among_1_3_million()
    {
        const int frames = 1_300_000;
        var random = RandomStream.Named(1, "fuzz");
        var transfer = new byte[16384];
        var payload = new byte[256];
        var expected = new byte[256];
        uint sequence = 0;
        long accepted = 0, wrong = 0, lost = 0;
        while (sequence < frames)
        {
            int length = 0, inside = 1 + random.NextInt(8);
            uint first = sequence;
            for (int k = 0; k < inside; k++)
            {
                int bytes = PayloadOf(sequence, payload);
                length += FrameCodec.Encode(new FrameHeader((FrameType)(1 + (sequence % 5)), (ushort)(sequence * 7), sequence, 77, sequence * 3UL, 0,
                    FrameMarks.None), payload.AsSpan(0, bytes), transfer.AsSpan(length));
                sequence++;
            }
            bool clean = random.NextInt(3) == 0;
            if (!clean)
                length = Damage(transfer, length, ref random);
            var reader = new FrameReader(transfer.AsSpan(0, length));
            int found = 0;
            while (reader.MoveNext())
            {
                FrameHeader h = reader.Header;
                accepted++;
                found++;
                int bytes = PayloadOf(h.Sequence, expected);
                bool right = h.Sequence >= first && h.Sequence < sequence && h.Epoch == 77 && h.Time == h.Sequence * 3UL
                    && h.Code == (ushort)(h.Sequence * 7) && h.Type == (FrameType)(1 + (h.Sequence % 5)) && reader.Payload.SequenceEqual(expected.AsSpan(0, bytes));
                wrong += right ? 0 : 1;
            }
            lost += clean && found != inside ? 1 : 0;
        }
        Assert.Equal(0, wrong);
        Assert.Equal(0, lost);
        Assert.InRange(accepted, frames / 3, frames * 1.2);
        TestContext.Current.TestOutputHelper?.WriteLine($"{sequence} frames, {accepted} accepted, {wrong} wrong");
    }

    private static int RoundTrip(in FrameHeader header, byte[] payload, byte[] frame)
    {
        int length = FrameCodec.Encode(header, payload, frame);
        var reader = new FrameReader(frame.AsSpan(0, length));
        int good = 0;
        while (reader.MoveNext())
            good++;
        return good;
    }

    private static int PayloadOf(uint sequence, Span<byte> payload)
    {
        int length = (int)(sequence * 2654435761u % 97);
        for (int k = 0; k < length; k++)
            payload[k] = (byte)((sequence * 31) + (k * 17));
        return length;
    }

    private static int Damage(byte[] transfer, int length, ref RandomStream random)
    {
        switch (random.NextInt(6))
        {
            case 0:
                int flips = 1 + random.NextInt(4);
                for (int k = 0; k < flips; k++)
                    transfer[random.NextInt(length)] ^= (byte)(1 << random.NextInt(8));
                return length;
            case 1:
                return random.NextInt(length);
            case 2: // bytes that are missing
                int at = random.NextInt(length), count = Math.Min(1 + random.NextInt(40), length - at);
                transfer.AsSpan(at + count, length - at - count).CopyTo(transfer.AsSpan(at));
                return length - count;
            case 3: // bytes that come twice
                int from = random.NextInt(length), again = Math.Min(1 + random.NextInt(200), Math.Min(length - from, transfer.Length - length));
                transfer.AsSpan(from, length - from).CopyTo(transfer.AsSpan(from + again));
                return length + again;
            case 4: // garbage within, with a magic in it
                int place = random.NextInt(Math.Max(1, length - 8));
                "FCP1"u8.CopyTo(transfer.AsSpan(place));
                return length;
            default:
                int begin = random.NextInt(length), end = begin + random.NextInt(length - begin);
                for (int k = begin; k < end; k++)
                    transfer[k] = (byte)random.NextBits();
                return length;
        }
    }
}
