using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FastCore.Autonomy.LatentMap;
using FastCore.Learning.DualVae;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore vae train</c>: a Dual-VAE from the pairs of a run or a file, with its report.</summary>
internal static class VaeTrainCommand
{
    public static Command Create(CommandContext context)
    {
        var input = new Argument<string>("INPUT") { Description = "Folder of a run, or a NumPy .npz with patches and spectra." };
        var mode = new Option<string?>("--mode")
        {
            Description = "Arithmetic: corrected (default), or published as in the notebook.",
            HelpName = "corrected | published"
        };
        Option<long?> epochs = CommonOptions.Number("--epochs", "Steps on the gradient of all pairs (300 otherwise, 1000 in published mode).", 1, 10_000_000);
        Option<long?> latent = CommonOptions.Number("--latent", "Dimensions that patch and curve share (2 otherwise).", 1, 32);
        Option<long?> seed = CommonOptions.Number("--seed", "Seed of weights, noise, held-out pairs and permutations.", 0);
        var set = new Option<string[]>("--set")
        {
            Description = "Another option of the model, may be given several times: " + string.Join(", ", DualVaeOptionText.Names) + ".",
            HelpName = "NAME=VALUE",
            Arity = ArgumentArity.OneOrMore,
            DefaultValueFactory = _ => [],
        };
        Option<string?> output = CommonOptions.Out("New folder for the results (runs/map-INPUT otherwise).");
        Option<string?> executor = CommonOptions.Executor();
        Option<bool> quiet = CommonOptions.Quiet(), json = CommonOptions.Json();
        var command = new Command("train", "Train a latent map and write its report.") { input, mode, epochs, latent, seed, set, output, executor,
            quiet, json };
        command.SetAction(parse => context.Guard(() =>
        {
            var request = new VaeRequest
            {
                Input = parse.GetValue(input)!,
                Mode = parse.GetValue(mode),
                Epochs = parse.GetValue(epochs),
                LatentSize = parse.GetValue(latent),
                Seed = parse.GetValue(seed),
                Options = parse.GetValue(set) ?? [],
                Executor = parse.GetValue(executor),
            };
            context.Terminal.StopNotice = "Stopping: the model so far, if there is one, is being written. Once more ends at once.";
            using VaeEngine engine = VaeEngine.Prepare(request, context.Terminal);
            return Execute(context, engine, OutputFolder.Choose(parse.GetValue(output), engine.DefaultName), parse.GetValue(quiet),
                parse.GetValue(json));
        }));
        return command;
    }

    private static int Execute(CommandContext context, VaeEngine engine, string folder, bool quiet, bool json)
    {
        Terminal terminal = context.Terminal;
        TextWriter talk = json ? terminal.Error : terminal.Out;
        if (!quiet)
            talk.WriteLine($"Training a {engine.Mode} latent map on {engine.Pairs} pairs of {engine.Source}, {engine.Epochs} epochs, into {folder}");
        TrainingProgress view = TrainingProgress.For(terminal, quiet, json);
        LatentMapRecord record = view.Around(() => engine.Train(folder, view.Show, context.Token));
        if (json)
            terminal.Out.WriteLine(JsonSerializer.Serialize(LatentMapSummary.Of(record), SummaryJson.Options));
        else if (!quiet)
            Tell(talk, record, folder);
        if (!record.Cancelled)
            return ExitCode.Done;
        terminal.Error.WriteLine($"fastcore: Cancelled after {record.Epochs} of {record.EpochsAsked} epochs. The model so far is in '{folder}'.");
        return ExitCode.Cancelled;
    }

    private static void Tell(TextWriter writer, LatentMapRecord record, string folder)
    {
        if (record.History.Count > 0)
        {
            MapEpoch last = record.History[^1];
            writer.WriteLine($"loss {Number(last.Loss)}" + (double.IsFinite(last.HeldOutLoss) ? $", held out {Number(last.HeldOutLoss)}" : "")
                + $", {record.Epochs} epochs in {Number(record.TrainingSeconds)} s");
        }
        foreach (MapMonitor monitor in record.Monitors.OrderByDescending(m => m.IsWarning))
            writer.WriteLine((monitor.IsWarning ? "note: " : "") + monitor.Sentence);
        foreach (CodeCorrelation link in (record.Analysis?.Correlations ?? []).Where(c => c.Across && c.Stands).OrderByDescending(c =>
            Math.Abs(c.Coefficient)).Take(5))
            writer.WriteLine($"{link.Code} goes with {link.Quantity}: rho {Number(link.Coefficient)}, p {Number(link.AdjustedPValue)} for the whole table");
        writer.WriteLine("report: " + Path.Combine(folder, "report.html"));
    }

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
