using System.CommandLine;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore run</c>: one experiment from a plan or from the defaults.</summary>
internal static class RunCommand
{
    public static Command Create(CommandContext context)
    {
        var plan = new Argument<string?>("PLAN.json")
        {
            Description = "The plan; without one, the defaults: a simulated film, 210 points.",
            Arity = ArgumentArity.ZeroOrOne
        };
        Option<string?> output = CommonOptions.Out("New folder for the results (runs/POLICY-seedN otherwise).");
        Option<long?> seed = CommonOptions.Number("--seed", "Seed of the film and of every random choice.", 0);
        Option<long?> budget = CommonOptions.Number("--budget", "Number of measurements, seed points included.", 1, Engine.LargestBudget);
        var policy = new Option<string?>("--policy")
        {
            Description = "How points are chosen: " + string.Join(", ", Engine.PolicyNames) + ".",
            HelpName = "NAME"
        };
        Option<string?> controller = CommonOptions.Controller();
        var overview = new Option<string?>("--overview")
        {
            Description = "An image file of what the controller's frame shows, taken as overview instead of its scan; the plan's key overview.channel names one of several images.",
            HelpName = "FILE"
        };
        var map = new Option<string[]>("--map")
        {
            Description = "A further image of the same area (current map, electron image), laid on the overview; may be given several times. Keys of overview.maps name channels.",
            HelpName = "FILE",
        };
        Option<string?> executor = CommonOptions.Executor();
        var realTime = new Option<bool>("--realtime") { Description = "Let the simulated instrument take as long as a real one." };
        Option<bool> quiet = CommonOptions.Quiet(), json = CommonOptions.Json();
        var command = new Command("run", "Run one autonomous experiment and write its report.") { plan, output, seed, budget, policy, controller, overview,
            map, executor, realTime, quiet, json };
        command.SetAction(parse => context.Guard(() =>
        {
            var request = new RunRequest
            {
                PlanFile = parse.GetValue(plan),
                Seed = parse.GetValue(seed),
                Budget = parse.GetValue(budget),
                Policy = parse.GetValue(policy),
                Controller = parse.GetValue(controller),
                Overview = parse.GetValue(overview),
                Maps = parse.GetValue(map) ?? [],
                Executor = parse.GetValue(executor),
                RealTime = parse.GetValue(realTime),
            };
            using Engine engine = Engine.Prepare(request, context.Terminal);
            string folder = OutputFolder.Choose(parse.GetValue(output), engine.DefaultName);
            return RunSession.Execute(context, engine, folder, resume: false, parse.GetValue(quiet), parse.GetValue(json));
        }));
        return command;
    }
}
