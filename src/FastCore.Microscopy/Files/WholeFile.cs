using System.Text;

namespace FastCore.Microscopy.Files;

/// <summary>
/// Writes files that are either complete or as they were before: into PATH.partial, which takes the place of PATH when it is complete and is deleted
/// when it cannot be, so that a full disk is not fuller.
/// </summary>
public static class WholeFile
{
    /// <summary>Writes a file by <paramref name="write"/>, which is given the name to write to.</summary>
    /// <exception cref="IOException">It could not be written; what stood there before stays.</exception>
    public static void Write(string path, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        string partial = path + ".partial";
        try
        {
            write(partial);
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception exception)
        {
            try
            {
                File.Delete(partial);
            }
            catch (Exception other) when (other is IOException or UnauthorizedAccessException)
            {
                // The first failure is the one to tell.
            }
            // A file beyond the limit of its file system or quota (EFBIG) comes as an argument out of range.
            if (exception is ArgumentOutOfRangeException { ParamName: "value" })
                throw new IOException($"'{path}' would be larger than the file system or a quota allows.", exception);
            throw;
        }
    }

    /// <summary>Writes a text in UTF-8.</summary>
    /// <exception cref="IOException">It could not be written; what stood there before stays.</exception>
    public static void WriteText(string path, string text) => Write(path, partial =>
    {
        // Unlike File.WriteAllText this asks for no space beforehand, so that a full disk says so in the system's words.
        using var stream = new FileStream(partial, FileMode.Create, FileAccess.Write);
        stream.Write(Encoding.UTF8.GetBytes(text));
    });
}
