using FastCore.Autonomy.Journal;

namespace FastCore.Autonomy.Tests.Journal;

public sealed class JournalTests : IDisposable
{
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory("fastcore-journal-").FullName, "journal.fcj");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    private byte[] WriteThree()
    {
        using (JournalWriter journal = JournalWriter.Create(path, "{}"))
        {
            journal.Append(EntryKind.Skipped, new SkippedStatement(1, 2, "first"));
            journal.Append(EntryKind.Measured, new SkippedStatement(3, 4, "second"), new byte[] { 1, 2, 3 }, durable: true);
            journal.Append(EntryKind.Timings, new TimingsStatement(5, double.NaN, 0.1 + 0.2));
        }
        return File.ReadAllBytes(path);
    }

    [Fact]
    public void The_checksum_is_that_of_RFC_3720()
    {
        // Appendix B.4: 32 bytes of zeros, of ones, and 0 .. 31; and the check value of the catalogue of CRC algorithms.
        Assert.Equal(0x8A9136AAu, JournalFormat.Checksum(new byte[32]));
        Assert.Equal(0x62A8AB43u, JournalFormat.Checksum(Enumerable.Repeat((byte)255, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, JournalFormat.Checksum([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
        Assert.Equal(0xE3069283u, JournalFormat.Checksum("123456789"u8));
    }

    [Fact]
    public void What_was_written_is_read_back()
    {
        WriteThree();
        JournalReader journal = JournalReader.Read(path);
        Assert.Equal([EntryKind.Skipped, EntryKind.Measured, EntryKind.Timings], journal.Entries.Select(entry => entry.Kind));
        Assert.Equal(new SkippedStatement(3, 4, "second"), JournalJson.Read<SkippedStatement>(journal.Entries[1]));
        Assert.Equal([1, 2, 3], journal.Entries[1].Bulk);
        Assert.Equal(new TimingsStatement(5, double.NaN, 0.1 + 0.2), JournalJson.Read<TimingsStatement>(journal.Entries[2]));
        Assert.Equal((0, ""), (journal.DroppedBytes, journal.Remark));
    }

    [Fact]
    public void A_file_cut_off_anywhere_keeps_every_whole_record()
    {
        byte[] whole = WriteThree();
        int[] ends = Ends(whole);
        for (int length = JournalFormat.HeaderLength; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            JournalReader journal = JournalReader.Read(path);
            Assert.Equal(ends.Count(end => end <= length), journal.Entries.Count);
            Assert.Equal(length, journal.ValidLength + journal.DroppedBytes);
            Assert.Equal(journal.DroppedBytes > 0, journal.Remark.Contains($"{journal.DroppedBytes} bytes", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_changed_bit_ends_the_reading_before_its_record()
    {
        byte[] whole = WriteThree();
        int[] ends = Ends(whole);
        for (int at = JournalFormat.HeaderLength; at < whole.Length; at++)
        {
            byte[] damaged = (byte[])whole.Clone();
            damaged[at] ^= 4;
            File.WriteAllBytes(path, damaged);
            Assert.Equal(ends.Count(end => end <= at), JournalReader.Read(path).Entries.Count);
        }
    }

    [Fact]
    public void Every_damaged_header_is_refused_with_one_sentence()
    {
        byte[] whole = WriteThree();
        for (int length = 0; length < JournalFormat.HeaderLength; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Contains(path, Assert.Throws<InvalidDataException>(() => JournalReader.Read(path)).Message, StringComparison.Ordinal);
        }
        for (int at = 0; at < JournalFormat.HeaderLength; at++)
        {
            byte[] damaged = (byte[])whole.Clone();
            damaged[at] ^= 1;
            File.WriteAllBytes(path, damaged);
            Assert.Throws<InvalidDataException>(() => JournalReader.Read(path));
        }
    }

    [Fact]
    public void A_damaged_tail_is_cut_off_before_the_journal_goes_on()
    {
        byte[] whole = WriteThree();
        File.WriteAllBytes(path, whole[..^3]);
        using (JournalWriter journal = JournalWriter.Continue(path, JournalReader.Read(path)))
            journal.Append(EntryKind.Skipped, new SkippedStatement(7, 8, "new"), durable: true);
        JournalReader again = JournalReader.Read(path);
        Assert.Equal([0L, 1, 2], again.Entries.Select(entry => entry.Sequence));
        Assert.Equal(7, JournalJson.Read<SkippedStatement>(again.Entries[2]).Step);
        Assert.Equal(0, again.DroppedBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(37)]
    public void A_full_disk_leaves_whole_records_and_says_what_to_do(int room)
    {
        byte[] three = WriteThree();
        var stream = new FullStream(three.Length + room);
        stream.Write(three);
        using var journal = new JournalWriter(stream, () => { }, 3);
        IOException exception = Assert.Throws<IOException>(() => journal.Append(EntryKind.Skipped, new SkippedStatement(1, 1,
            "no room for this one")));
        Assert.Contains("free space", exception.Message, StringComparison.Ordinal);
        Assert.True(journal.Failed);
        Assert.Throws<IOException>(() => journal.Append(EntryKind.Skipped, new SkippedStatement(1, 1, "")));
        journal.TryAppend(EntryKind.Ended, new SkippedStatement(1, 1, ""));
        Assert.Equal(three, stream.ToArray());
    }

    private static int[] Ends(byte[] whole)
    {
        var ends = new List<int>();
        for (int at = JournalFormat.HeaderLength; at < whole.Length; ends.Add(at))
            at += JournalFormat.FrameLength + BitConverter.ToInt32(whole, at);
        return [.. ends];
    }

    // Takes what fits and then fails, as a disk does.
    private sealed class FullStream(int room) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            int fits = Math.Min(buffer.Length, room - (int)Length);
            base.Write(buffer[..fits].ToArray(), 0, fits);
            if (fits < buffer.Length)
                throw new IOException("No space left on device");
        }
    }
}
