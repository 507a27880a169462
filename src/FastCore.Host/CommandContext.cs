namespace FastCore.Host;

/// <summary>What every command needs from the process.</summary>
internal sealed class CommandContext(Terminal terminal, CancellationToken token)
{
    /// <summary>Where output goes.</summary>
    public Terminal Terminal { get; } = terminal;

    /// <summary>Cancelled by the first interrupt.</summary>
    public CancellationToken Token { get; } = token;

    /// <summary>Folder that holds what is measured already; errors name it.</summary>
    public string? Folder { get; set; }

    /// <summary>Runs a command and turns whatever it throws into one sentence on stderr and an exit code.</summary>
    public int Guard(Func<int> command)
    {
        try
        {
            return command();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            (int code, string sentence) = ErrorMapping.Describe(exception, Folder is not null && File.Exists(Path.Combine(Folder, "journal.fcj"))
                ? Folder : null);
            Terminal.Error.WriteLine("fastcore: " + sentence);
            if (Environment.GetEnvironmentVariable("FASTCORE_TRACE") is "1")
                Terminal.Error.WriteLine(exception);
            return code;
        }
    }
}
