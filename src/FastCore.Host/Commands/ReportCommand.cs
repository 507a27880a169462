using System.CommandLine;
using FastCore.Autonomy;
using FastCore.Microscopy.Files;
using FastCore.Reporting;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore report</c>: makes the report of a run again from its folder.</summary>
internal static class ReportCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> folder = CommonOptions.Folder();
        var command = new Command("report", "Make report.html again from a run's journal.") { folder };
        command.SetAction(parse => context.Guard(() =>
        {
            string existing = OutputFolder.Existing(parse.GetValue(folder)!);
            string file = Path.Combine(existing, "report.html");
            WholeFile.WriteText(file, RunReport.Render(RunFolder.Open(existing)));
            context.Terminal.Out.WriteLine(file);
            return ExitCode.Done;
        }));
        return command;
    }
}
