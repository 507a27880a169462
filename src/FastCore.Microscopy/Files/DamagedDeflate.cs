namespace FastCore.Microscopy.Files;

/// <summary>What a damaged deflate stream throws.</summary>
internal static class DamagedDeflate
{
    /// <summary>
    /// Whether an exception says that packed bytes are damaged: <see cref="InvalidDataException"/>, or the runtime's own ZLibException, which is not
    /// public and derives from <see cref="IOException"/>, as failures of the disk do that must pass.
    /// </summary>
    public static bool Caused(Exception problem) => problem is InvalidDataException
        || (problem is IOException && problem.GetType().Namespace == "System.IO.Compression");
}
