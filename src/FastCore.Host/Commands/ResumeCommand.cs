using System.CommandLine;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore resume</c>: goes on with a run that was cancelled or failed.</summary>
internal static class ResumeCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> folder = CommonOptions.Folder();
        Option<string?> executor = CommonOptions.Executor();
        Option<bool> quiet = CommonOptions.Quiet(), json = CommonOptions.Json();
        var command = new Command("resume", "Go on with a run that was cancelled or that failed.") { folder, executor, quiet, json };
        command.SetAction(parse => context.Guard(() =>
        {
            string existing = OutputFolder.Existing(parse.GetValue(folder)!);
            using Engine engine = Engine.PrepareResume(existing, parse.GetValue(executor), context.Terminal);
            return RunSession.Execute(context, engine, existing, resume: true, parse.GetValue(quiet), parse.GetValue(json));
        }));
        return command;
    }
}
