using System.Globalization;
using System.Text.Json;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Files;
using FastCore.Reporting;

namespace FastCore.Host;

/// <summary>Runs a prepared experiment with progress on screen, and writes its report whatever its end was.</summary>
internal static class RunSession
{
    public static int Execute(CommandContext context, Engine engine, string folder, bool resume, bool quiet, bool json)
    {
        Terminal terminal = context.Terminal;
        TextWriter talk = json ? terminal.Error : terminal.Out;
        context.Folder = folder;
        if (!quiet)
            talk.WriteLine($"{(resume ? "Going on with" : "Running")} {engine.Policy} on {engine.Instrument}, {engine.Budget} measurements, into "
                + $"{folder}");
        ProgressView view = ProgressView.For(terminal, quiet, json);
        RunRecord record = view.Around(() => engine.Execute(folder, resume, view.Show, context.Token));
        Exception? unwritten = record.StorageFault;
        try
        {
            WholeFile.WriteText(Path.Combine(folder, "report.html"), RunReport.Render(record));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            unwritten ??= exception;
        }
        RunSummary summary = record.Summary;
        if (json)
            terminal.Out.WriteLine(JsonSerializer.Serialize(summary, SummaryJson.Options));
        else if (!quiet)
            Tell(talk, summary, folder, engine.SecondsToFirstCommand);
        if (unwritten is not null)
        {
            // The folder is at fault, not the instrument, whatever the run's own end was.
            (int failed, string sentence) = ErrorMapping.Describe(unwritten, folder);
            terminal.Error.WriteLine("fastcore: " + sentence);
            return failed;
        }
        int code = summary.Status switch
        {
            RunStatus.Done => ExitCode.Done,
            RunStatus.Cancelled => ExitCode.Cancelled,
            _ => ExitCode.InstrumentFault,
        };
        if (code != ExitCode.Done)
            terminal.Error.WriteLine($"fastcore: {ErrorMapping.OneLine(summary.Reason)} What was measured is in '{folder}'; 'fastcore resume "
                + $"{folder}' goes on from there.");
        return code;
    }

    private static void Tell(TextWriter writer, RunSummary summary, string folder, double? toFirstCommand)
    {
        writer.WriteLine($"{summary.Measured} measured, {summary.Rejected} rejected by the quality gate");
        if (summary.ClassesFound is { Count: > 0 } found)
            writer.WriteLine("first seen: " + string.Join(", ", found.OrderBy(f => f.Value).Select(f => $"{f.Key} at {f.Value}")));
        var figures = new List<string>();
        if (summary.Diversity is { } diversity)
            figures.Add("diversity " + Number(diversity));
        if (summary.Coverage is { } coverage)
            figures.Add("coverage " + Number(coverage));
        if (summary.ClassEntropy is { } entropy)
            figures.Add("class entropy " + Number(entropy));
        if (summary.DecisionMilliseconds is { } decision)
            figures.Add($"decision {Number(decision.P50)} ms");
        if (toFirstCommand is { } seconds)
            figures.Add($"first command after {Number(seconds)} s");
        figures.Add($"tip waited {Number(summary.DeadTimeMilliseconds)} ms in all");
        writer.WriteLine(string.Join(", ", figures));
        writer.WriteLine("report: " + Path.Combine(folder, "report.html"));
    }

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
