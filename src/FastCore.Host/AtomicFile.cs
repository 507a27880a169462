namespace FastCore.Host;

/// <summary>Writes whole files: a reader, or a full disk, never meets half of one.</summary>
internal static class AtomicFile
{
    public static void Write(string file, string text)
    {
        string fresh = file + ".new";
        try
        {
            File.WriteAllText(fresh, text);
            File.Move(fresh, file, overwrite: true);
        }
        catch
        {
            // What stood there before stays; the fragment goes, so that a full disk is not fuller.
            try
            {
                File.Delete(fresh);
            }
            catch (IOException)
            {
            }
            throw;
        }
    }
}
