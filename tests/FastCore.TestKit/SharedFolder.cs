using FastCore.Microscopy.Files;

namespace FastCore.TestKit;

/// <summary>
/// The folder of reference values and real measurements that stands beside the checkout. It is named by the environment variable
/// FASTCORE_SHARED; without it, a folder "shared" beside the checkout is taken.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1720", Justification = "File and Path are what they are.")]
public static class SharedFolder
{
    /// <summary>The folder, or null where it is absent.</summary>
    public static string? Path { get; } = Find();

    /// <summary>What a skipped test says.</summary>
    public const string SkipReason =
        "reference data not found: set FASTCORE_SHARED to the folder that holds fixtures/ and data/, or put it beside the checkout under the name 'shared'";

    /// <summary>A file below the folder, or null where it is absent.</summary>
    public static string? File(params string[] parts)
    {
        if (Path is null)
            return null;
        string file = System.IO.Path.Combine([Path, .. parts]);
        return System.IO.File.Exists(file) ? file : null;
    }

    /// <summary>Reads a fixture of reference values by name, for example "gp_lml"; null where the folder is absent.</summary>
    public static Dictionary<string, NpyArray>? Fixture(string name) =>
        File("fixtures", name + ".npz") is { } file ? NpzFile.Read(file) : null;

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("FASTCORE_SHARED") is { Length: > 0 } named)
            return Directory.Exists(named) ? named : throw new DirectoryNotFoundException($"FASTCORE_SHARED names '{named}', which does not exist.");
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "FastCore.sln")))
                continue;
            string beside = System.IO.Path.Combine(folder.Parent!.FullName, "shared");
            return Directory.Exists(beside) ? beside : null;
        }
        return null;
    }
}
