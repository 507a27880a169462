using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy.Results;

/// <summary>Figures of a run (SPEC 1.7) that follow from its steps.</summary>
internal static class RunMetrics
{
    // Two-sided quantiles of the standard normal distribution for 50, 90 and 95 %.
    private static readonly double[] Quantiles = [0.67448975019608171, 1.6448536269514722, 1.9599639845400543];

    /// <summary>
    /// Mean pairwise distance of the accepted curves on the asinh scale with I0 = 10 pA, whatever the run's own scale: runs stay comparable.
    /// </summary>
    public static double? Diversity(IReadOnlyList<StepRecord> steps)
    {
        double[][] accepted = [.. steps.Where(step => step.Accepted).Select(step => Features(step.CurrentAmperes))];
        if (accepted.Length < 2)
            return null;
        double sum = 0;
        for (int i = 1; i < accepted.Length; i++)
        {
            for (int j = 0; j < i; j++)
                sum += SpectralMemory.Distance(accepted[i], accepted[j]);
        }
        return sum / (accepted.Length * (accepted.Length - 1) / 2.0);
    }

    /// <summary>asinh(I / 10 pA).</summary>
    public static double[] Features(ReadOnlySpan<double> currentAmperes)
    {
        double scale = 1 / new SpectralPlan().ScaleAmperes;
        var features = new double[currentAmperes.Length];
        for (int k = 0; k < features.Length; k++)
            features[k] = Math.Asinh(currentAmperes[k] * scale);
        return features;
    }

    /// <summary>First find of each structural class, and of open and jumping contacts, which are no property of the place.</summary>
    public static Dictionary<string, int>? ClassesFound(IReadOnlyList<StepRecord> steps, IReadOnlyList<string> classNames)
    {
        if (classNames.Count == 0)
            return null;
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (StepRecord step in steps)
        {
            if (step.TrueClass >= 0 && step.TrueClass < classNames.Count)
                found.TryAdd(classNames[step.TrueClass], step.Step + 1);
            if (step.Quality.HasFlag(IvQuality.Open))
                found.TryAdd("open contact", step.Step + 1);
            else if (step.Quality.HasFlag(IvQuality.Jump))
                found.TryAdd("jump contact", step.Step + 1);
        }
        return found;
    }

    /// <summary>Accepted measurements on each structural class.</summary>
    public static Dictionary<string, int>? ClassCounts(IReadOnlyList<StepRecord> steps, IReadOnlyList<string> classNames)
    {
        if (classNames.Count == 0)
            return null;
        var counts = classNames.ToDictionary(name => name, _ => 0, StringComparer.Ordinal);
        foreach (StepRecord step in steps)
        {
            if (step.Accepted && step.TrueClass >= 0 && step.TrueClass < classNames.Count)
                counts[classNames[step.TrueClass]]++;
        }
        return counts;
    }

    /// <summary>-sum p ln p / ln(number of classes); null without classes or measurements.</summary>
    public static double? Entropy(IReadOnlyDictionary<string, int>? counts)
    {
        int total = counts?.Values.Sum() ?? 0;
        return counts is null || counts.Count < 2 || total == 0 ? null
            : counts.Values.Where(count => count > 0).Sum(count => -(double)count / total * Math.Log((double)count / total)) / Math.Log(counts.Count);
    }

    /// <summary>
    /// One-step-ahead predictions: root mean square error, mean negative log density, shares inside the central 50, 90 and 95 % intervals.
    /// </summary>
    public static (double Error, double NegativeLogDensity, double[] Calibration)? Predictions(IReadOnlyList<StepRecord> steps)
    {
        int count = 0;
        double squares = 0, density = 0;
        var inside = new double[Quantiles.Length];
        foreach (StepRecord step in steps)
        {
            double error = step.ObservedTarget - step.PredictedMean, deviation = step.PredictedDeviation;
            if (!double.IsFinite(error) || !(deviation > 0))
                continue;
            count++;
            squares += error * error;
            density += (0.5 * Math.Log(2 * Math.PI * deviation * deviation)) + (0.5 * error * error / (deviation * deviation));
            for (int q = 0; q < inside.Length; q++)
                inside[q] += Math.Abs(error) <= Quantiles[q] * deviation ? 1 : 0;
        }
        return count == 0 ? null : (Math.Sqrt(squares / count), density / count, [.. inside.Select(hits => hits / count)]);
    }

    /// <summary>Percentiles by the nearest rank; null of nothing.</summary>
    public static Percentiles? PercentilesOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        return sorted.Length == 0 ? null : new Percentiles(At(0.5), At(0.99), sorted[^1]);

        double At(double share) => sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>The summary of a run; <paramref name="coverage"/> needs the truth and is given.</summary>
    public static RunSummary Summarise(ExperimentPlan plan, RunStatus status, string reason, string instrument, string executor,
        IReadOnlyList<StepRecord> steps, IReadOnlyList<ModelRecord> models, IReadOnlyList<string> classNames, double? coverage,
            double instrumentSeconds, int retries)
    {
        Dictionary<string, int>? counts = ClassCounts(steps, classNames);
        (double Error, double NegativeLogDensity, double[] Calibration)? predictions = Predictions(steps);
        return new RunSummary
        {
            Status = status,
            Reason = reason,
            Seed = plan.Seed,
            Policy = plan.Policy,
            Instrument = instrument,
            Measured = steps.Count,
            Retries = retries,
            Rejected = steps.Count(step => !step.Accepted),
            ClassesFound = ClassesFound(steps, classNames),
            ClassCounts = counts,
            ClassEntropy = Entropy(counts),
            Diversity = Diversity(steps),
            Coverage = coverage,
            PredictionError = predictions?.Error,
            NegativeLogPredictiveDensity = predictions?.NegativeLogDensity,
            Calibration = predictions?.Calibration,
            Surrogate = models.LastOrDefault(model => model.Role == "spectral")?.Member ?? (models.Count > 0 ? models[^1].Member : null),
            DecisionMilliseconds = PercentilesOf(steps.Where(step => !step.IsSeed).Select(step => step.DecisionMilliseconds)),
            TrainingMilliseconds = PercentilesOf(models.Select(model => model.TrainingMilliseconds)),
            DeadTimeMilliseconds = steps.Sum(step => step.DeadTimeMilliseconds),
            InstrumentSeconds = instrumentSeconds,
            Executor = executor,
        };
    }
}
