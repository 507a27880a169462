using System.CommandLine;
using System.Text.Json;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore replay</c>: recomputes every decision of a run from its plan and journal.</summary>
internal static class ReplayCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> folder = CommonOptions.Folder();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("replay", "Recompute every decision of a run and say whether it is identical.") { folder, json };
        command.SetAction(parse => context.Guard(() =>
        {
            string existing = OutputFolder.Existing(parse.GetValue(folder)!);
            (bool identical, string sentence) = Engine.Replay(existing, context.Token);
            context.Terminal.Out.WriteLine(parse.GetValue(json)
                ? JsonSerializer.Serialize(new { identical, message = sentence }, SummaryJson.Options)
                : sentence);
            return identical ? ExitCode.Done : ExitCode.Failed;
        }));
        return command;
    }
}
