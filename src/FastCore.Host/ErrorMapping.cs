using System.Text.Json;
using FastCore.Autonomy.Plan;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;

namespace FastCore.Host;

/// <summary>The one place where exceptions become a sentence and an exit code.</summary>
internal static class ErrorMapping
{
    // ENOSPC on Unix, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL on Windows.
    private const int NoSpaceUnix = 28;
    private const int DiskFullWindows = unchecked((int)0x80070070);
    private const int HandleDiskFullWindows = unchecked((int)0x80070027);

    /// <summary>The sentence for stderr and the exit code; <paramref name="folder"/> is where a run has written by then, if anywhere.</summary>
    public static (int Code, string Sentence) Describe(Exception exception, string? folder = null)
    {
        string kept = folder is null ? "" : $" What was measured is in '{Path.Combine(folder, "journal.fcj")}'; 'fastcore resume {folder}' goes "
            + $"on from there.";
        return exception switch
        {
            AggregateException { InnerExceptions.Count: 1 } one => Describe(one.InnerExceptions[0], folder),
            BadInputException or PlanException => (ExitCode.BadInput, OneLine(exception.Message)),
            BackendUnavailableException => (ExitCode.BadInput, OneLine(exception.Message)),
            InstrumentException fault => (ExitCode.InstrumentFault, $"The instrument failed in {fault.Operation}: {OneLine(fault.Message)}{kept}"),
            OperationCanceledException => (ExitCode.Cancelled, "Cancelled." + kept),
            IOException io when IsDiskFull(io) => (ExitCode.Failed, $"The disk is full: free some space.{kept}"),
            JsonException json => (ExitCode.BadInput, $"The JSON is not valid (line {json.LineNumber + 1}): {OneLine(json.Message)}"),
            FileNotFoundException missing =>
                (ExitCode.BadInput, missing.FileName is { Length: > 0 } name ? $"There is no file '{name}'." : OneLine(missing.Message)),
            DirectoryNotFoundException => (ExitCode.BadInput, OneLine(exception.Message)),
            UnauthorizedAccessException => (ExitCode.BadInput, OneLine(exception.Message) + " Choose a folder that you may write to with --out."),
            InvalidDataException or EndOfStreamException or FormatException => (ExitCode.BadInput, OneLine(exception.Message)),
            IOException => (ExitCode.Failed, OneLine(exception.Message) + kept),
            _ => (ExitCode.Failed, $"Unexpected {exception.GetType().Name}: {OneLine(exception.Message)} This is a defect of fastcore; set "
                + $"FASTCORE_TRACE=1 to see where.{kept}"),
        };
    }

    /// <summary>Whether a write failed for want of space.</summary>
    public static bool IsDiskFull(IOException exception) =>
        exception.HResult is NoSpaceUnix or DiskFullWindows or HandleDiskFullWindows
            || exception.Message.Contains("No space left", StringComparison.OrdinalIgnoreCase)
            || exception.Message.Contains("disk was full", StringComparison.OrdinalIgnoreCase);

    /// <summary>The message without line breaks and without the parameter names that argument exceptions append.</summary>
    public static string OneLine(string message)
    {
        int appended = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        if (appended > 0)
            message = message[..appended];
        string line = string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return line.Length == 0 || line[^1] is '.' or '!' or '?' ? line : line + ".";
    }
}
