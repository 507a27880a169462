namespace FastCore.Host;

/// <summary>Where results, progress and errors go.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Errors, and progress where the results are for a script.</param>
/// <param name="Interactive">Whether a person watches: the output is a terminal that can be redrawn.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool Interactive)
{
    /// <summary>Says something beside the results while a command runs: a line on <see cref="Error"/>, or within a picture that is redrawn.</summary>
    public Action<string> Notify { get; set; } = Error.WriteLine;

    /// <summary>What the first interrupt says.</summary>
    public string StopNotice { get; set; } = "Stopping: the tip is being lifted and the report written. Once more ends at once.";

    /// <summary>The process's own streams.</summary>
    public static Terminal OfProcess() => new(
        Console.Out,
        Console.Error,
        !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb"
            && Environment.GetEnvironmentVariable("NO_COLOR") is null or "");
}
