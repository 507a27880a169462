using System.CommandLine;
using System.Text.Json;
using FastCore.Autonomy;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore replay</c>: recomputes every decision of a run from its plan and journal.</summary>
internal static class ReplayCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> folder = CommonOptions.Folder();
        Option<string?> executor = CommonOptions.Executor();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("replay", "Recompute every decision of a run and say whether it is identical.") { folder, executor, json };
        command.SetAction(parse => context.Guard(() =>
        {
            string existing = OutputFolder.Existing(parse.GetValue(folder)!);
            ReplayResult replay = Engine.Replay(existing, parse.GetValue(executor), context.Terminal, context.Token);
            context.Terminal.Out.WriteLine(parse.GetValue(json)
                ? JsonSerializer.Serialize(replay, SummaryJson.Options)
                : replay.Sentence);
            return replay.Identical ? ExitCode.Done : ExitCode.Failed;
        }));
        return command;
    }
}
