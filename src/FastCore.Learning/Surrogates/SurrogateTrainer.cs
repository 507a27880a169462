using FastCore.Compute.Execution;

namespace FastCore.Learning.Surrogates;

/// <summary>
/// Trains the members of the family on the measured points and keeps the one, or the average of two, with the best leave-one-out predictive
/// density. How each density is made honest stands at <see cref="MemberTraining"/>.
/// </summary>
/// <remarks>
/// To bound the cost of a retrain, "auto" tries every process with one lengthscale at each call, but at most one deep kernel: none below 30 points
/// (they overfit there), then in turns. A deep kernel, or a process with a lengthscale for each input, that trailed the best by a gap
/// of more than 0.1 nats per point waits until there are a quarter more points; the larger the gap, the longer, up to twice the points. All
/// this follows from the arguments alone, so the same arguments give the same result. Of the members within one standard error of the best
/// density, "auto" takes the process on descriptors with one lengthscale (the one-standard-error rule of Breiman et al. 1984); its margin
/// may then be negative.
/// </remarks>
public sealed class SurrogateTrainer : IDisposable
{
    /// <summary>What "auto" keeps to unless another member is better by more than a standard error: with few points the best density is luck.</summary>
    private const string Simplest = "gp-descriptors-rbf";

    private const double Hopeless = 0.1;
    private const double LeastWeight = 0.15;
    private const int LargestEnsemble = 2;
    private readonly ExecutionBackend backend;
    private readonly SurrogateOptions options;
    private readonly CandidateFeatures features;

    /// <summary>Prepares a trainer for one set of candidates.</summary>
    /// <exception cref="ArgumentException">An unknown member, cycles below 0, or inputs that are not finite.</exception>
    public SurrogateTrainer(ExecutionBackend backend, CandidateInputs inputs, SurrogateOptions options)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Member != "auto" && !MemberNames.Contains(options.Member))
            throw new ArgumentException($"There is no surrogate '{options.Member}'; allowed are auto, {string.Join(", ", MemberNames)}.",
                nameof(options));
        if (options.ColdEpochs < 0 || options.WarmEpochs < 0)
            throw new ArgumentException($"ColdEpochs is {options.ColdEpochs} and WarmEpochs {options.WarmEpochs}; neither may be negative.",
                nameof(options));
        this.backend = backend;
        this.options = options;
        features = new CandidateFeatures(backend, inputs);
    }

    /// <summary>Names that <see cref="SurrogateOptions.Member"/> may take besides "auto".</summary>
    public static IReadOnlyList<string> MemberNames { get; } =
        [.. MemberDefinition.All.Select(member => member.Name).Concat(MemberDefinition.Groups.Select(group =>
            group.Name)).Append("ensemble").Order(StringComparer.Ordinal)];

    /// <summary>Trains on the measured candidates.</summary>
    /// <param name="candidates">Indices of the measured candidates, in the order of measuring.</param>
    /// <param name="targets">One dimensionless target per measured candidate.</param>
    /// <param name="previous">The surrogate in use, to start warm from; null for a cold start.</param>
    /// <param name="cancellationToken">Stops the training between cycles.</param>
    /// <remarks>Deterministic: the same arguments give the same <see cref="TrainedSurrogate.Hash"/>.</remarks>
    /// <exception cref="ArgumentException">No points, targets that are not finite, or candidates that do not exist.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public TrainedSurrogate Train(ReadOnlySpan<int> candidates, ReadOnlySpan<double> targets, TrainedSurrogate? previous,
        CancellationToken cancellationToken)
    {
        var points = new TrainingPoints(features, candidates, targets);
        var training = new MemberTraining(backend, options, points, cancellationToken);
        var before = previous as FittedSurrogate;
        Dictionary<string, MemberMemory> memory = before is null ? [] : new(before.Memory);
        var results = new List<MemberResult>();
        var remarks = new List<string>();
        foreach (MemberDefinition member in Tried(points.Count, memory, before))
        {
            cancellationToken.ThrowIfCancellationRequested();
            MemberResult result = training.Train(member, memory.GetValueOrDefault(member.Name));
            results.Add(result);
            if (result.Remarks.Length > 0)
                remarks.Add(result.Remarks);
        }
        // Ties go to the member that stands first in the family.
        MemberResult[] ranked = [.. results.OrderByDescending(result => result.Verdict.Corrected)];
        double best = ranked[0].Verdict.Corrected;
        foreach (MemberResult result in results)
            memory[result.Model.Member] = result.Memory with { Gap = best - result.Verdict.Corrected };
        var densities = new Dictionary<string, double>();
        foreach (MemberResult result in results)
            densities[result.Model.Member] = result.Verdict.Corrected - Math.Log(points.Deviation);
        (MemberResult Result, double Weight)[] chosen = [(ranked[0], 1)];
        string name = ranked[0].Model.Member;
        if (options.Member is "auto" or "ensemble" && ranked.Length > 1 && points.Count >= 4 && Average(ranked) is { } average)
        {
            double[] mixed = DensityMixture.LogDensity([.. average.Select(part => part.Result.Verdict.LogDensity)], [.. average.Select(part =>
                part.Weight)]);
            // The weights have seen the targets: a nat per free weight and n points, as for a hyper-parameter.
            double density = mixed.Average() - average.Max(part => part.Result.Verdict.Penalty) - ((average.Length - 1.0) / points.Count);
            densities["ensemble"] = density - Math.Log(points.Deviation);
            if (options.Member == "ensemble" || density > best)
            {
                chosen = average;
                name = "ensemble";
            }
        }
        if (options.Member == "auto" && results.Find(result => result.Model.Member == Simplest) is { } simplest && name != Simplest
            && densities[name] - densities[Simplest] <= StandardError(ranked[0].Verdict.LogDensity, simplest.Verdict.LogDensity))
        {
            chosen = [(simplest, 1)];
            name = Simplest;
        }
        double[] others = [.. densities.Where(pair => pair.Key != name).Select(pair => pair.Value)];
        double margin = others.Length == 0 ? 0 : densities[name] - others.Max();
        return new FittedSurrogate(name, features, points.Candidates, targets.ToArray(), points.Mean, points.Deviation,
            [.. chosen.Select(part => (part.Result.Model, part.Weight))], densities, margin,
            Calibration.Of(points.Standardised, [.. chosen.Select(part => (part.Result.Verdict.Predictions, part.Weight))]),
            string.Join("; ", remarks), memory);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>Inputs of the candidates, for loading saved surrogates.</summary>
    internal CandidateFeatures Features => features;

    // Of the mean of paired differences: what the choice of other points would have made of it.
    private static double StandardError(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double mean = 0, square = 0;
        for (int i = 0; i < first.Length; i++)
            mean += (first[i] - second[i]) / first.Length;
        for (int i = 0; i < first.Length; i++)
            square += Math.Pow(first[i] - second[i] - mean, 2);
        return Math.Sqrt(square / first.Length / Math.Max(1, first.Length - 1));
    }

    private List<MemberDefinition> Tried(int n, Dictionary<string, MemberMemory> memory, FittedSurrogate? before)
    {
        if (options.Member is not ("auto" or "ensemble"))
        {
            (string _, string[]? group) = MemberDefinition.Groups.FirstOrDefault(g => g.Name == options.Member);
            return group is null ? [MemberDefinition.Of(options.Member)] : [.. group.Select(MemberDefinition.Of)];
        }
        var result = new List<MemberDefinition>();
        MemberDefinition? deep = null;
        int oldest = int.MaxValue;
        foreach (MemberDefinition member in MemberDefinition.All)
        {
            if (n < member.LeastPoints || (member.Kinds.Contains(InputKind.Descriptors) && features.Inputs.DescriptorCount == 0))
                continue;
            MemberMemory? known = memory.GetValueOrDefault(member.Name);
            bool due = known is null || known.Gap < Hopeless || n >= known.TriedCount * (1 + Math.Min(2.5 * known.Gap, 1));
            if (member.Network is null)
            {
                if (due || !member.Ard)
                    result.Add(member);
                continue;
            }
            if (before is not null && before.Parts.Any(part => part.Model.Member == member.Name))
            {
                // What is in use is always judged again, before any other.
                deep = member;
                oldest = -1;
                continue;
            }
            int tried = known?.TriedCount ?? 0;
            if (due && tried < oldest)
            {
                deep = member;
                oldest = tried;
            }
        }
        if (deep is not null)
            result.Add(deep);
        return result;
    }

    private static (MemberResult Result, double Weight)[]? Average(MemberResult[] ranked)
    {
        MemberResult[] few = [.. ranked.Take(4)];
        double[] weights = DensityMixture.Weights([.. few.Select(result => result.Verdict.LogDensity)]);
        (MemberResult Result, double Weight)[] kept =
            [.. few.Select((result, k) => (result, weights[k])).Where(part => part.Item2 >= LeastWeight).OrderByDescending(part =>
                part.Item2).Take(LargestEnsemble)];
        if (kept.Length < 2)
            return null;
        weights = DensityMixture.Weights([.. kept.Select(part => part.Result.Verdict.LogDensity)]);
        return [.. kept.Select((part, k) => (part.Result, weights[k]))];
    }
}
