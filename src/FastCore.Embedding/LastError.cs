using System.Text;

namespace FastCore.Embedding;

/// <summary>The last error of the calling thread, copied into the caller's buffer on request.</summary>
internal static class LastError
{
    [ThreadStatic]
    private static string? message;

    public static Status Set(Status status, string text)
    {
        message = text;
        return status;
    }

    /// <summary>
    /// Copies the message as UTF-8 with a final 0, cut at a whole character where the buffer is short. Returns the bytes that the whole
    /// message needs, the final 0 included.
    /// </summary>
    public static int CopyTo(Span<byte> buffer) => CopyText(message ?? string.Empty, buffer);

    public static int CopyText(string text, Span<byte> buffer)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (buffer.Length > 0)
        {
            int length = Math.Min(bytes.Length, buffer.Length - 1);
            // A byte 10xxxxxx continues a character: step back to where one begins.
            while (length < bytes.Length && length > 0 && (bytes[length] & 0xC0) == 0x80)
                length--;
            bytes.AsSpan(0, length).CopyTo(buffer);
            buffer[length] = 0;
        }
        return bytes.Length + 1;
    }
}
