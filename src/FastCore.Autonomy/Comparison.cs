using System.Globalization;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Policies;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Results;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;

namespace FastCore.Autonomy;

/// <summary>Policies against each other on the same samples.</summary>
public static class Comparison
{
    /// <summary>Name of the file that <see cref="Run"/> writes.</summary>
    public const string ComparisonFile = "compare.json";

    /// <summary>
    /// Runs every policy with every seed and writes <c>compare.json</c>; each run has a folder POLICY-SEED below <paramref name="folder"/>.
    /// </summary>
    /// <remarks>
    /// A policy brings its own defaults for structure, acquisition and surrogate; the rest of the plan is shared. Runs of a seed share their
    /// film.
    /// </remarks>
    /// <param name="plan">Everything but policy and seed.</param>
    /// <param name="policies">Names of the policies.</param>
    /// <param name="seeds">Seeds; a seed names film and run.</param>
    /// <param name="folder">New or empty folder.</param>
    /// <param name="openController">Opens a fresh instrument for a plan; it is disposed of after its run.</param>
    /// <param name="backend">What runs the models.</param>
    /// <param name="runEnded">Called after each run; null for nobody.</param>
    /// <param name="cancellationToken">Ends the comparison after the present step; the runs that ended are kept.</param>
    /// <exception cref="PlanException">An unknown policy, none at all, or no seed.</exception>
    /// <exception cref="IOException">The folder exists and is not empty, or cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; <c>compare.json</c> holds what ended before.</exception>
    public static ComparisonRecord Run(ExperimentPlan plan, IReadOnlyList<string> policies, IReadOnlyList<long> seeds, string folder,
        Func<ExperimentPlan, ICafmController> openController, ExecutionBackend backend, Action<ComparisonEntry>? runEnded = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(seeds);
        ArgumentNullException.ThrowIfNull(openController);
        if (policies.Count == 0 || seeds.Count == 0)
            throw new PlanException("policy", "A comparison needs at least one policy and one seed.");
        if (policies.Distinct().Count() < policies.Count)
            throw new PlanException("policy", $"A policy stands twice among {string.Join(", ", policies)}; name each once.");
        ExperimentPlan[] plans = [.. policies.Select(policy => For(plan, policy))];
        RunFolder.Create(folder);
        var runs = new List<ComparisonEntry>();
        IReadOnlyList<string> classNames = [];
        string sample = "";
        // Seed by seed: a comparison that is cut off still has whole rows.
        foreach (long seed in seeds)
        {
            foreach (ExperimentPlan one in plans)
            {
                ExperimentPlan seeded = (one with { Seed = seed }).Checked();
                using ICafmController controller = openController(seeded);
                RunRecord record = AutonomousRun.Start(seeded, Path.Combine(folder, string.Create(CultureInfo.InvariantCulture,
                    $"{one.Policy}-{seed}")),
                    controller, backend, null, cancellationToken);
                classNames = record.ClassNames;
                sample = controller.Identity;
                if (record.Summary.Status == RunStatus.Cancelled)
                {
                    Write(folder, runs, policies, seeds, plan.Budget, sample, classNames);
                    cancellationToken.ThrowIfCancellationRequested();
                }
                var entry = new ComparisonEntry(one.Policy, seed, record.Summary);
                runs.Add(entry);
                runEnded?.Invoke(entry);
            }
        }
        return Write(folder, runs, policies, seeds, plan.Budget, sample, classNames);
    }

    // What a user changed in the shared plan stays; what still has the value of its own policy's defaults takes those of the other policy.
    internal static ExperimentPlan For(ExperimentPlan plan, string policy)
    {
        ExperimentPlan own = PolicyRegistry.Defaults(plan.Policy), other = PolicyRegistry.Defaults(policy);
        return plan with
        {
            Policy = policy,
            // A small budget leaves no room for the other policy's number of seed points.
            SeedPoints = Math.Min(plan.Budget, plan.SeedPoints == own.SeedPoints ? other.SeedPoints : plan.SeedPoints),
            Seeding = plan.Seeding == own.Seeding ? other.Seeding : plan.Seeding,
            Descriptors = plan.Descriptors == own.Descriptors ? other.Descriptors : plan.Descriptors,
            Structural = plan.Structural == own.Structural ? other.Structural : plan.Structural,
            Acquisition = plan.Acquisition == own.Acquisition ? other.Acquisition : plan.Acquisition,
            Surrogate = plan.Surrogate == own.Surrogate ? other.Surrogate : plan.Surrogate,
        };
    }

    private static ComparisonRecord Write(string folder, List<ComparisonEntry> runs, IReadOnlyList<string> policies, IReadOnlyList<long> seeds,
        int budget,
        string sample, IReadOnlyList<string> classNames)
    {
        ComparisonRecord record = Summarise([.. runs.OrderBy(run => policies.ToList().IndexOf(run.Policy))], policies, seeds, budget, sample,
            classNames);
        ResultJson.Write(Path.Combine(folder, ComparisonFile), record);
        return record;
    }

    /// <summary>Medians of runs, and of their ratios to the reference policy on the same sample.</summary>
    internal static ComparisonRecord Summarise(IReadOnlyList<ComparisonEntry> runs, IReadOnlyList<string> policies, IReadOnlyList<long> seeds,
        int budget,
        string sample, IReadOnlyList<string> classNames)
    {
        string reference = policies.Contains("random") ? "random" : policies[0];
        // The commonest class is found by anything; what tells policies apart is when the others were.
        string? commonest = classNames.MaxBy(name => runs.Sum(run => run.Summary.ClassCounts?.GetValueOrDefault(name) ?? 0));
        string[] sought = [.. classNames.Where(name => name != commonest)];
        Dictionary<long, double> referenceDiversity = runs.Where(run => run.Policy == reference && run.Summary.Diversity > 0)
            .ToDictionary(run => run.Seed, run => run.Summary.Diversity!.Value);
        return new ComparisonRecord
        {
            Runs = runs,
            Policies = [.. policies.Select(Medians)],
            Reference = reference,
            Seeds = seeds,
            Budget = budget,
            Sample = sample,
            ClassNames = classNames,
        };

        PolicyMedians Medians(string policy)
        {
            ComparisonEntry[] own = [.. runs.Where(run => run.Policy == policy && run.Summary.Status == RunStatus.Done)];
            double?[] ratios = [.. own.Where(run => referenceDiversity.ContainsKey(run.Seed)).Select(run =>
                run.Summary.Diversity / referenceDiversity[run.Seed])];
            double[] until = sought.Length == 0 ? [] : [.. own.Select(run => sought.Max(name => run.Summary.ClassesFound?.TryGetValue(name,
                out int first) == true ? first : double.PositiveInfinity))];
            return new PolicyMedians
            {
                Policy = policy,
                Runs = own.Length,
                Diversity = Quantile(own.Select(run => run.Summary.Diversity), 0.5),
                DiversityRatio = Quantile(ratios, 0.5),
                DiversityRatioQuartiles = ratios.Length == 0 ? null : [Quantile(ratios, 0.25)!.Value, Quantile(ratios, 0.5)!.Value, Quantile(ratios,
                    0.75)!.Value],
                Coverage = Quantile(own.Select(run => run.Summary.Coverage), 0.5),
                ClassEntropy = Quantile(own.Select(run => run.Summary.ClassEntropy), 0.5),
                MeasurementsUntilAllClasses = Quantile(until.Select(value => (double?)value), 0.5),
                ShareWithAllClasses = until.Length == 0 ? null : until.Average(value => double.IsFinite(value) ? 1.0 : 0),
                PredictionError = Quantile(own.Select(run => run.Summary.PredictionError), 0.5),
                NegativeLogPredictiveDensity = Quantile(own.Select(run => run.Summary.NegativeLogPredictiveDensity), 0.5),
                DecisionMilliseconds = Quantile(own.Select(run => run.Summary.DecisionMilliseconds?.P50), 0.5),
            };
        }
    }

    /// <summary>Quantile by linear interpolation between order statistics (type 7); null of nothing. Infinite values sort last.</summary>
    internal static double? Quantile(IEnumerable<double?> values, double share)
    {
        double[] sorted = [.. values.Where(value => value is { } number && !double.IsNaN(number)).Select(value => value!.Value).Order()];
        if (sorted.Length == 0)
            return null;
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        double fraction = place - below;
        return fraction == 0 ? sorted[below] : double.IsInfinity(sorted[below + 1]) ? sorted[below + 1] : sorted[below] + (fraction * (sorted[below
            + 1] - sorted[below]));
    }
}
