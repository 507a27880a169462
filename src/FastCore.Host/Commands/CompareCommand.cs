using System.CommandLine;
using System.Text.Json;
using FastCore.Autonomy.Records;
using FastCore.Reporting;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore compare</c>: several policies on the same films, side by side.</summary>
internal static class CompareCommand
{
    public static Command Create(CommandContext context)
    {
        var policies = new Option<string>("--policies") { Description = "Names with commas between them: " + string.Join(", ", Engine.PolicyNames) + ".", HelpName = "A,B,...", Required = true };
        Option<long?> seeds = CommonOptions.Number("--seeds", "Number of seeds: every policy runs on the films 1 to N.", 1, 10_000);
        Option<long?> budget = CommonOptions.Number("--budget", "Measurements of each run.", 1, 1_000_000);
        Option<string?> controller = CommonOptions.Controller(), executor = CommonOptions.Executor();
        Option<string?> output = CommonOptions.Out("New folder for the results (runs/compare otherwise).");
        Option<bool> quiet = CommonOptions.Quiet(), json = CommonOptions.Json();
        var command = new Command("compare", "Run several policies on the same samples and put them side by side.") { policies, seeds, budget, controller, executor, output, quiet, json };
        command.SetAction(parse => context.Guard(() =>
        {
            string[] names = Names(parse.GetValue(policies)!);
            var request = new RunRequest { Budget = parse.GetValue(budget) ?? 60, Controller = parse.GetValue(controller), Executor = parse.GetValue(executor) };
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
        var runs = new List<CompareEntry>();
        IReadOnlyList<string> classes = [];
        string sample = "";
        RunStatus worst = RunStatus.Done;
        for (long seed = 1; seed <= seeds && worst == RunStatus.Done; seed++)
        {
            foreach (string policy in policies)
            {
                using Engine engine = Engine.Prepare(request with { Seed = seed, Policy = policy }, context.Token);
                string place = Path.Combine(folder, $"{policy}-seed{seed}");
                RunReportContent content = engine.Execute(place, resume: false, _ => { }, context.Token);
                sample = engine.Instrument;
                if (content.Summary.Status != RunStatus.Done)
                {
                    worst = content.Summary.Status;
                    context.Terminal.Error.WriteLine($"fastcore: {policy} on seed {seed} ended early: {ErrorMapping.OneLine(content.Summary.Reason)}");
                    break;
                }
                if (content.ClassNames.Count > 0)
                    classes = content.ClassNames;
                runs.Add(new CompareEntry(policy, seed, content.Summary));
                if (!quiet)
                    talk.WriteLine($"{runs.Count}/{seeds * policies.Length} {policy}, seed {seed}: {Short(content.Summary)}");
            }
        }
        Directory.CreateDirectory(folder);
        var report = new CompareReportContent { Runs = runs, ClassNames = classes, Budget = (int)(request.Budget ?? 0), Sample = WithoutSeed(sample), Reference = "random" };
        string text = JsonSerializer.Serialize(CompareTable.Of(report), SummaryJson.Options);
        AtomicFile.Write(Path.Combine(folder, "compare.json"), text);
        AtomicFile.Write(Path.Combine(folder, "report.html"), CompareReport.Render(report));
        if (json)
            context.Terminal.Out.WriteLine(text);
        else if (!quiet)
            talk.WriteLine("report: " + Path.Combine(folder, "report.html"));
        return worst switch
        {
            RunStatus.Done => ExitCode.Done,
            RunStatus.Cancelled => ExitCode.Cancelled,
            _ => ExitCode.InstrumentFault,
        };
    }

    private static string WithoutSeed(string instrument)
    {
        int at = instrument.IndexOf(", seed", StringComparison.Ordinal);
        return at > 0 ? instrument[..at] : instrument;
    }

    private static string Short(RunSummary summary) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"diversity {summary.Diversity:0.###}, coverage {summary.Coverage:0.##}, {summary.ClassesFound?.Count ?? 0} classes, {summary.Rejected} rejected");
}
