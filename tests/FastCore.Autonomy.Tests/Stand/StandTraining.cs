using System.Globalization;
using FastCore.Autonomy.Training;
using FastCore.Compute.Execution;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.Tests.Stand;

/// <summary>A surrogate by kernel-weighted averages over the candidates' places: no fitting, no executor, to the bit the same everywhere.</summary>
internal sealed class StandTraining(CandidateInputs inputs, Action<int>? during = null, Func<bool, int, double>? density = null,
    Action<int>? appending = null) : ISurrogateTraining
{
    public static SurrogateTrainingFactory Factory { get; } = (_, inputs, _) => new StandTraining(inputs);

    public static SurrogateTrainingFactory With(Action<int> during) => (_, inputs, _) => new StandTraining(inputs, during);

    /// <summary>Called before every training and before a point joins a posterior, with the number of points.</summary>
    public static SurrogateTrainingFactory Watched(Action<int> during, Action<int> appending) =>
        (_, inputs, _) => new StandTraining(inputs, during, null, appending);

    /// <summary>With a leave-one-out density that follows from whether the start was fresh and from the number of points.</summary>
    public static SurrogateTrainingFactory Judged(Func<bool, int, double> density) => (_, inputs, _) => new StandTraining(inputs, null, density);

    public TrainedSurrogate Train(ReadOnlySpan<int> candidates, ReadOnlySpan<double> targets, ReadOnlySpan<double> curves, TrainedSurrogate? previous,
        CancellationToken cancellationToken)
    {
        during?.Invoke(candidates.Length);
        cancellationToken.ThrowIfCancellationRequested();
        Assert.Equal(candidates.Length, targets.Length);
        foreach (double target in targets)
            Assert.True(double.IsFinite(target));
        // A warm start leaves a trace, so that a chain of models that was broken shows.
        double trace = previous is StandSurrogate before ? (before.Trace * 0.5) + 1 : 0;
        return new StandSurrogate(inputs, candidates.ToArray(), targets.ToArray(), trace,
            density?.Invoke(previous is null, candidates.Length) ?? -1, appending);
    }

    public void Dispose()
    {
    }
}

internal sealed class StandSurrogate(CandidateInputs inputs, int[] candidates, double[] targets, double trace, double density,
    Action<int>? appending) : TrainedSurrogate
{
    public double Trace => trace;

    public override string Member => "stand";

    public override IReadOnlyList<int> TrainedOn => candidates;

    public override IReadOnlyDictionary<string, double> LeaveOneOutDensity => new Dictionary<string, double> { ["stand"] = density };

    public override double Margin => 0;

    public override IReadOnlyList<double> Coverage => [0.5, 0.9, 0.95];

    public override double LeaveOneOutError => 1;

    public override IReadOnlyDictionary<string, double> HyperParameters => new Dictionary<string, double> { ["trace"] = trace };

    public override string Hash
    {
        get
        {
            ulong hash = 14695981039346656037;
            foreach (double value in (double[])[trace, .. targets, .. candidates])
                hash = (hash ^ BitConverter.DoubleToUInt64Bits(value)) * 1099511628211;
            return hash.ToString("x16", CultureInfo.InvariantCulture);
        }
    }

    public override string Remarks => "";

    public override CandidatePosterior OverCandidates(ExecutionBackend backend, int capacity)
    {
        var posterior = new StandPosterior(inputs, trace, capacity, appending);
        for (int i = 0; i < candidates.Length; i++)
            posterior.Append(candidates[i], targets.AsSpan(0, i + 1));
        return posterior;
    }
}

internal sealed class StandPosterior(CandidateInputs inputs, double trace, int capacity, Action<int>? appending) : CandidatePosterior
{
    private readonly int[] points = new int[capacity];
    private readonly float[] mean = new float[inputs.Count];
    private readonly float[] variance = new float[inputs.Count];
    private int count;

    public override int PointCount => count;

    public override ReadOnlySpan<float> Mean => mean;

    public override ReadOnlySpan<float> Variance => variance;

    public override double NoiseVariance => 0.1;

    public override void Append(int candidate, ReadOnlySpan<double> targets)
    {
        appending?.Invoke(count);
        points[count++] = candidate;
        Retarget(targets);
    }

    public override void Draw(long seed, Span<float> values)
    {
        RandomStream random = RandomStream.Named(seed, "stand draw");
        for (int c = 0; c < values.Length; c++)
            values[c] = mean[c] + (MathF.Sqrt(variance[c]) * (float)random.NextNormal());
    }

    public override void Retarget(ReadOnlySpan<double> targets)
    {
        Assert.Equal(count, targets.Length);
        for (int c = 0; c < inputs.Count; c++)
        {
            double weights = 1, sum = 0;
            for (int i = 0; i < count; i++)
            {
                (int r, int k) = Math.DivRem(inputs.Centres[c], inputs.ImageColumns);
                (int pr, int pk) = Math.DivRem(inputs.Centres[points[i]], inputs.ImageColumns);
                double weight = Math.Exp(-0.02 * (((r - pr) * (r - pr)) + ((k - pk) * (k - pk))));
                weights += weight;
                sum += weight * targets[i];
            }
            mean[c] = (float)(sum / weights);
            variance[c] = (float)((1 / weights) + (0.001 * trace));
        }
    }
}
