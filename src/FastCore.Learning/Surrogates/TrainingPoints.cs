namespace FastCore.Learning.Surrogates;

/// <summary>Measured candidates with standardised targets; the folds that honest verdicts need are fixed by the order of measuring.</summary>
internal sealed class TrainingPoints
{
    /// <summary>Number of folds.</summary>
    public const int Folds = 4;

    public TrainingPoints(CandidateFeatures features, ReadOnlySpan<int> candidates, ReadOnlySpan<double> targets)
    {
        if (candidates.Length == 0)
            throw new ArgumentException("There is no measured candidate: measure at least one before training.", nameof(candidates));
        if (candidates.Length != targets.Length)
            throw new ArgumentException($"There are {targets.Length} targets for {candidates.Length} candidates; one each is expected.",
                nameof(targets));
        double sum = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            if (candidates[i] < 0 || candidates[i] >= features.Count)
                throw new ArgumentException($"Candidate {candidates[i]} (point {i}) does not exist; 0 to {features.Count - 1} do.",
                    nameof(candidates));
            if (!double.IsFinite(targets[i]))
                throw new ArgumentException($"Target {i} (candidate {candidates[i]}) is {targets[i]}; leave points without a finite target out.",
                    nameof(targets));
            sum += targets[i];
        }
        Features = features;
        Candidates = candidates.ToArray();
        Mean = sum / targets.Length;
        double square = 0;
        foreach (double target in targets)
            square += (target - Mean) * (target - Mean);
        double deviation = Math.Sqrt(square / Math.Max(targets.Length - 1, 1));
        // Equal targets have no scale of their own; 1 leaves them at the dimensionless scale in which they came.
        Deviation = deviation > 1e-12 * Math.Max(1, Math.Abs(Mean)) ? deviation : 1;
        Standardised = new double[targets.Length];
        for (int i = 0; i < targets.Length; i++)
            Standardised[i] = (targets[i] - Mean) / Deviation;
    }

    public CandidateFeatures Features { get; }

    public int[] Candidates { get; }

    public double[] Standardised { get; }

    public double Mean { get; }

    public double Deviation { get; }

    public int Count => Candidates.Length;

    /// <summary>Points outside fold <paramref name="fold"/>, in order.</summary>
    public int[] Outside(int fold) => [.. Enumerable.Range(0, Count).Where(i => i % Folds != fold)];
}
