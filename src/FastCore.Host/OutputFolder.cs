namespace FastCore.Host;

/// <summary>Chooses the folder that a command writes to. Nothing is created here: a refused plan leaves no folder behind.</summary>
internal static class OutputFolder
{
    /// <summary>The folder asked for, which must be new or empty; without one, <c>runs/NAME</c> with a number added when that exists.</summary>
    public static string Choose(string? asked, string name)
    {
        if (asked is not null)
        {
            if (asked.Length == 0)
                throw new BadInputException("--out needs the name of a folder.");
            if (File.Exists(asked))
                throw new BadInputException($"--out '{asked}' is a file; name a folder that does not exist yet.");
            if (Directory.Exists(asked) && Directory.EnumerateFileSystemEntries(asked).Any())
                throw new BadInputException($"--out '{asked}' exists and is not empty; name a new folder, or go on with its run by 'fastcore "
                    + $"resume {asked}'.");
            return asked;
        }
        string first = Path.Combine("runs", name);
        string folder = first;
        for (int number = 2; Directory.Exists(folder) || File.Exists(folder); number++)
            folder = $"{first}-{number}";
        return folder;
    }

    /// <summary>A run's folder that must be there already.</summary>
    public static string Existing(string folder)
    {
        if (File.Exists(folder))
            throw new BadInputException($"'{folder}' is a file; name the folder of a run.");
        if (!Directory.Exists(folder))
            throw new BadInputException($"There is no folder '{folder}'; name the folder of a run, for example one below runs/.");
        if (!File.Exists(Path.Combine(folder, "journal.fcj")))
            throw new BadInputException($"The folder '{folder}' holds no journal.fcj: it is not the folder of a run.");
        return folder;
    }
}
