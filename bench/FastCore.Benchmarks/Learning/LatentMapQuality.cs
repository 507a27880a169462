using System.Globalization;
using FastCore.Autonomy;
using FastCore.Autonomy.LatentMap;
using FastCore.Autonomy.Plan;
using FastCore.Compute.Execution;
using FastCore.Learning.DualVae;
using FastCore.Microscopy.Control;

namespace FastCore.Benchmarks.Learning;

/// <summary>
/// <c>maps</c>: default runs on simulated films and default latent maps of them; how well curves of held-out pairs are predicted from their patches, in root
/// mean square errors over that of the mean curve, all pairs and by true class, and how many dimensions have collapsed.
/// </summary>
internal static class LatentMapQuality
{
    public static int Run(string[] args)
    {
        int first = Number("--first", 1), films = Number("--films", 8), seeds = Number("--seeds", 2);
        string[] settings = [.. args.Skip(1).Where(argument => argument.Contains('=', StringComparison.Ordinal))];
        string folder = Directory.CreateTempSubdirectory("fastcore-maps-").FullName;
        var errors = new List<(int Class, DualVaePairError Error)>();
        var shares = new List<double>();
        int collapsed = 0;
        IReadOnlyList<string> names = [];
        try
        {
            using ExecutionBackend backend = ExecutionBackends.Open("host");
            for (int film = first; film < first + films; film++)
            {
                ExperimentPlan plan = ExperimentPlan.ForPolicy("dual-novelty") with { Seed = film };
                using (ICafmController controller = InstrumentFactory.Open(plan))
                    AutonomousRun.Start(plan, Path.Combine(folder, $"{film}"), controller, backend, null, CancellationToken.None);
                PairTable table = PairReader.Read(Path.Combine(folder, $"{film}"));
                names = table.ClassNames;
                DualVaeDataSet data = LatentMapTraining.Check(table);
                for (int seed = 1; seed <= seeds; seed++)
                {
                    DualVaeOptions options = LatentMapTraining.OptionsOf(table, new LatentMapSettings { Seed = seed, Options = settings });
                    using var inference = new DualVaeInference(backend, new DualVaeTrainer(backend).Train(data, options));
                    DualVaeReport report = DualVaeMonitors.Evaluate(inference, data);
                    errors.AddRange(report.PairErrors.Select(error => (table.TrueClasses[error.Pair], error)));
                    shares.Add(DualVaePairError.Share(report.PairErrors));
                    DualVaeDimension[] silent = [.. report.Dimensions.Where(d => !d.Active && d.Name.StartsWith("content", StringComparison.Ordinal))];
                    collapsed += silent.Length;
                    Console.WriteLine(Text($"film {film}, seed {seed}: {shares[^1]:0.00}; collapsed: {(silent.Length == 0 ? "none" : string.Join(", ", silent.Select(d => $"{d.Name} of {d.Modality}")))}; directions of curves {report.SpectrumDirections:0.00}"));
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        shares.Sort();
        Console.WriteLine(Text($"\n{shares.Count} maps, {errors.Count} held-out pairs; of a map: median {shares[shares.Count / 2]:0.00}, from {shares[0]:0.00} to {shares[^1]:0.00}; {collapsed} content dimensions collapsed\n"));
        Console.WriteLine("| pairs | error over that of the mean curve | share of its squared error |\n|---|---|---|");
        double all = Squares(_ => true);
        Row("all", _ => true);
        Row("beside the inside of grains", c => c > 0);
        for (int c = 0; c < names.Count; c++)
        {
            int one = c;
            Row(names[c], found => found == one);
        }
        return 0;

        void Row(string name, Func<int, bool> taken) => Console.WriteLine(Text(
            $"| {name} ({errors.Count(entry => taken(entry.Class))}) | {DualVaePairError.Share(errors.Where(entry => taken(entry.Class)).Select(entry => entry.Error)):0.00} | {Squares(taken) / all:0.00} |"));

        double Squares(Func<int, bool> taken) => errors.Where(entry => taken(entry.Class)).Sum(entry => entry.Error.MeanOnly * entry.Error.MeanOnly);

        int Number(string name, int standard)
        {
            int at = Array.IndexOf(args, name);
            return at >= 0 ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : standard;
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
