using System.Buffers.Binary;
using System.Text.Json;

namespace FastCore.Autonomy.Journal;

/// <summary>
/// Appends records to a journal. A record that could not be written completely is cut off again, so that what was written before stays readable;
/// after such a failure the writer takes nothing more.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    private readonly Stream stream;
    private readonly Action flushToDisk;
    private byte[] buffer = new byte[4096];
    private long sequence;
    private bool failed;

    /// <param name="stream">Positioned behind the last whole record.</param>
    /// <param name="flushToDisk">Returns when everything written is on the disk.</param>
    /// <param name="sequence">Number of the next record.</param>
    public JournalWriter(Stream stream, Action flushToDisk, long sequence = 0)
    {
        this.stream = stream;
        this.flushToDisk = flushToDisk;
        this.sequence = sequence;
    }

    /// <summary>Number of the next record.</summary>
    public long Sequence => sequence;

    /// <summary>Whether a record could not be written.</summary>
    public bool Failed => failed;

    /// <summary>Creates a journal file with its header on the disk.</summary>
    /// <exception cref="IOException">The file exists, or the disk is full.</exception>
    public static JournalWriter Create(string path, string planJson)
    {
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1);
        try
        {
            file.Write(JournalFormat.Header(planJson));
            file.Flush(true);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        return new JournalWriter(file, () => file.Flush(true));
    }

    /// <summary>Goes on behind the last whole record of a file; a damaged tail is cut off.</summary>
    public static JournalWriter Continue(string path, JournalReader journal)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, 1);
        try
        {
            file.SetLength(journal.ValidLength);
            file.Seek(0, SeekOrigin.End);
            file.Flush(true);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        return new JournalWriter(file, () => file.Flush(true), journal.Entries.Count);
    }

    /// <summary>Appends one record.</summary>
    /// <param name="kind">What it states.</param>
    /// <param name="statement">Written as JSON.</param>
    /// <param name="bulk">Bulk values, little-endian.</param>
    /// <param name="durable">Whether to return only when it is on the disk.</param>
    /// <exception cref="IOException">It could not be written; what was written before stands.</exception>
    public void Append<T>(EntryKind kind, T statement, ReadOnlySpan<byte> bulk = default, bool durable = false)
    {
        if (failed)
            throw new IOException("The journal cannot be written any more since a record failed; free space or repair the disk, then resume the "
                + "run.");
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(statement, JournalJson.Options);
        int payload = 4 + json.Length + bulk.Length, length = payload + JournalFormat.FrameLength;
        if (buffer.Length < length)
            buffer = new byte[Math.Max(length, 2 * buffer.Length)];
        Span<byte> record = buffer.AsSpan(0, length);
        BinaryPrimitives.WriteInt32LittleEndian(record, payload);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], (int)kind);
        BinaryPrimitives.WriteInt64LittleEndian(record[8..], sequence);
        BinaryPrimitives.WriteInt32LittleEndian(record[16..], json.Length);
        json.CopyTo(record[20..]);
        bulk.CopyTo(record[(20 + json.Length)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[^4..], JournalFormat.Checksum(record[..^4]));
        long start = stream.Position;
        try
        {
            // One write per record: a crash leaves at most one incomplete record behind.
            stream.Write(record);
            if (durable)
                flushToDisk();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            failed = true;
            CutOff(start);
            // A file beyond the limit of its file system or quota (EFBIG) comes as an argument out of range.
            string why = exception is ArgumentOutOfRangeException ? "it would be larger than the file system or a quota allows"
                : exception.Message.TrimEnd('.');
            throw new IOException($"The journal could not be written ({why}); free space or repair the disk, then resume "
                + "the run: everything measured before is kept.", exception);
        }
        sequence++;
    }

    /// <summary>Appends a record if that is still possible: for what is said after a failure.</summary>
    public void TryAppend<T>(EntryKind kind, T statement)
    {
        if (failed)
            return;
        try
        {
            Append(kind, statement, durable: true);
        }
        catch (IOException)
        {
            // The failure itself is already on its way to the user.
        }
    }

    public void Dispose() => stream.Dispose();

    private void CutOff(long length)
    {
        try
        {
            stream.SetLength(length);
            stream.Flush();
        }
        catch (Exception exception) when (exception is IOException or NotSupportedException or ObjectDisposedException)
        {
            // The reader stops at the incomplete record by itself.
        }
    }
}
