using System.CommandLine;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Files;
using FastCore.Reporting;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore compare</c>: several policies on the same films, side by side.</summary>
internal static class CompareCommand
{
    public static Command Create(CommandContext context)
    {
        var policies = new Option<string>("--policies")
        {
            Description = "Names with commas between them: " + string.Join(", ", Engine.PolicyNames)
            + ".",
            HelpName = "A,B,...",
            Required = true
        };
        var plan = new Argument<string?>("PLAN.json")
        {
            Description = "What the policies share; without one, the defaults and a budget of 60.",
            Arity = ArgumentArity.ZeroOrOne
        };
        Option<long?> seeds = CommonOptions.Number("--seeds", "Number of seeds: every policy runs on the films 1 to N.", 1, 10_000);
        Option<long?> budget = CommonOptions.Number("--budget", "Measurements of each run.", 1, Engine.LargestBudget);
        Option<string?> controller = CommonOptions.Controller(), executor = CommonOptions.Executor();
        Option<string?> output = CommonOptions.Out("New folder for the results (runs/compare otherwise).");
        Option<bool> quiet = CommonOptions.Quiet(), json = CommonOptions.Json();
        var command = new Command("compare", "Run several policies on the same samples and put them side by side.") { plan, policies, seeds, budget,
            controller, executor, output, quiet, json };
        command.SetAction(parse => context.Guard(() =>
        {
            string[] names = Names(parse.GetValue(policies)!);
            var request = new RunRequest
            {
                PlanFile = parse.GetValue(plan),
                Budget = parse.GetValue(budget) ?? (parse.GetValue(plan) is null ? 60 : null),
                Controller = parse.GetValue(controller),
                Executor = parse.GetValue(executor)
            };
            return Execute(context, names, parse.GetValue(seeds) ?? 5, request, parse.GetValue(output), parse.GetValue(quiet), parse.GetValue(json));
        }));
        return command;
    }

    private static string[] Names(string list)
    {
        string[] names = [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()];
        if (names.Length == 0)
            throw new BadInputException($"--policies names no policy; choose from {string.Join(", ", Engine.PolicyNames)}.");
        foreach (string name in names)
        {
            if (!Engine.PolicyNames.Contains(name))
                throw new BadInputException($"--policies: there is no policy '{name}'; choose from {string.Join(", ", Engine.PolicyNames)}.");
        }
        return names;
    }

    private static int Execute(CommandContext context, string[] policies, long seeds, RunRequest request, string? output, bool quiet, bool json)
    {
        TextWriter talk = json ? context.Terminal.Error : context.Terminal.Out;
        string folder = OutputFolder.Choose(output, "compare");
        int done = 0;
        ComparisonRecord record = Engine.Compare(request, policies, [.. Enumerable.Range(1, (int)seeds).Select(s => (long)s)], folder, entry =>
        {
            done++;
            if (!quiet)
                talk.WriteLine($"{done}/{seeds * policies.Length} {entry.Policy}, seed {entry.Seed}: {Short(entry.Summary)}");
        }, context.Terminal, context.Token);
        WholeFile.WriteText(Path.Combine(folder, "report.html"), CompareReport.Render(record));
        if (json)
            context.Terminal.Out.WriteLine(File.ReadAllText(Path.Combine(folder, "compare.json")));
        else if (!quiet)
            talk.WriteLine("report: " + Path.Combine(folder, "report.html"));
        ComparisonEntry? early = record.Runs.FirstOrDefault(r => r.Summary.Status != RunStatus.Done);
        if (early is not null)
            context.Terminal.Error.WriteLine($"fastcore: {early.Policy} on seed {early.Seed} ended early: "
                + $"{ErrorMapping.OneLine(early.Summary.Reason)}");
        return context.Token.IsCancellationRequested ? ExitCode.Cancelled
            : early is null ? ExitCode.Done : early.Summary.Status == RunStatus.Cancelled ? ExitCode.Cancelled : ExitCode.InstrumentFault;
    }

    private static string Short(RunSummary summary) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"diversity {summary.Diversity:0.###}, coverage {summary.Coverage:0.##}, {summary.ClassesFound?.Count ?? 0} classes, {summary.Rejected} "
            + $"rejected");
}
