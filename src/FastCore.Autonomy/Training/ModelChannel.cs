using FastCore.Autonomy.Learned;
using FastCore.Compute.Execution;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.Training;

/// <summary>One thing that is learned in a run: its points, their targets, the surrogate in use and its posterior over all candidates.</summary>
internal sealed class ModelChannel : IDisposable
{
    private readonly ISurrogateTraining training;
    private readonly ExecutionBackend backend;
    private readonly int capacity;
    private readonly int[] candidates;
    private readonly double[] values;
    private readonly double[] targets;
    private double mean;
    private double deviation;
    private double floor;

    // Point i of a channel that learns curves is accepted curve i.
    private SpectralMemory? spectra;

    public ModelChannel(string role, LearnedTarget target, ISurrogateTraining training, ExecutionBackend backend, int capacity)
    {
        Role = role;
        Target = target;
        this.training = training;
        this.backend = backend;
        this.capacity = capacity;
        candidates = new int[capacity];
        values = new double[capacity];
        targets = new double[capacity];
    }

    /// <summary>"spectral", "structural" or "constraint".</summary>
    public string Role { get; }

    public LearnedTarget Target { get; }

    public ISurrogateTraining Training => training;

    public int Count { get; private set; }

    public ReadOnlySpan<int> Candidates => candidates.AsSpan(0, Count);

    public ReadOnlySpan<double> Targets => targets.AsSpan(0, Count);

    /// <summary>The surrogate in use; null before the first training.</summary>
    public TrainedSurrogate? Surrogate { get; private set; }

    /// <summary>Its number within the run, -1 for none.</summary>
    public int Number { get; private set; } = -1;

    /// <summary>Posterior of the surrogate in use with every point so far.</summary>
    public CandidatePosterior? Posterior { get; private set; }

    public double BestTarget
    {
        get
        {
            double best = double.NegativeInfinity;
            foreach (double target in Targets)
                best = Math.Max(best, target);
            return best;
        }
    }

    /// <summary>A value in its own unit on the scale of the targets; infinities stay.</summary>
    public double Standardised(double value) => (value - mean) / Math.Max(Math.Max(deviation, floor), double.Epsilon);

    /// <summary>
    /// The target that a point has on the scale of those before it; NaN if there is none. Called before the memory takes the point.
    /// </summary>
    public double ObservedTarget(RunMemory memory, MeasuredPoint point) =>
        Count >= 2 && deviation > floor ? (Target.ValueOfNewcomer(memory, point) - mean) / deviation : double.NaN;

    /// <summary>The memory took a point that trains this channel: all targets change, the posterior grows.</summary>
    public void Join(RunMemory memory, int candidate)
    {
        candidates[Count++] = candidate;
        Target.Values(memory, values.AsSpan(0, Count));
        (mean, deviation) = LearnedTarget.Moments(values.AsSpan(0, Count));
        // Relative to the values: currents in ampere differ by far less than 1e-9 and are no constant.
        floor = 0;
        for (int i = 0; i < Count; i++)
            floor = Math.Max(floor, LearnedTarget.SmallestDeviation * Math.Abs(values[i]));
        double scale = deviation > floor ? 1 / deviation : 0;
        for (int i = 0; i < Count; i++)
            targets[i] = (values[i] - mean) * scale;
        spectra = memory.Spectra;
        BringUpToDate();
    }

    /// <summary>Dimensionless curves of all points, count x samples; empty where the training learns targets.</summary>
    public double[] Curves()
    {
        if (!training.NeedsCurves || spectra is null)
            return [];
        var curves = new double[Count * spectra.Samples];
        for (int i = 0; i < Count; i++)
            spectra.Feature(i).CopyTo(curves.AsSpan(i * spectra.Samples));
        return curves;
    }

    /// <summary>A trained surrogate comes into use; points that were measured meanwhile are appended.</summary>
    public void Adopt(int number, TrainedSurrogate surrogate, CandidatePosterior? posterior)
    {
        Posterior?.Dispose();
        Number = number;
        Surrogate = surrogate;
        Posterior = posterior;
        BringUpToDate();
    }

    /// <summary>Solves for the posterior where that was put off.</summary>
    public void EnsurePosterior()
    {
        if (Surrogate is not null)
            Posterior ??= FreshPosterior();
    }

    /// <summary>A posterior of its own for points that are only imagined; the caller disposes of it.</summary>
    public CandidatePosterior FreshPosterior() => FallbackBackend.Repeat(backend, () =>
    {
        CandidatePosterior posterior = Surrogate!.OverCandidates(backend, capacity);
        CatchUp(posterior);
        return posterior;
    });

    public void Dispose()
    {
        Posterior?.Dispose();
        training.Dispose();
    }

    private void BringUpToDate()
    {
        if (Posterior is not { } posterior)
            return;
        try
        {
            CatchUp(posterior);
        }
        catch (Exception error) when (FallbackBackend.GivesWay(backend, error))
        {
            posterior.Dispose();
            Posterior = FreshPosterior();
        }
    }

    private void CatchUp(CandidatePosterior posterior)
    {
        for (int i = posterior.PointCount; i < Count; i++)
            AppendTo(posterior, i);
        posterior.Standardise(mean, deviation);
    }

    private void AppendTo(CandidatePosterior posterior, int point)
    {
        ReadOnlySpan<double> known = targets.AsSpan(0, point + 1);
        if (training.NeedsCurves)
            posterior.Append(candidates[point], known, spectra!.Feature(point));
        else
            posterior.Append(candidates[point], known);
    }
}
