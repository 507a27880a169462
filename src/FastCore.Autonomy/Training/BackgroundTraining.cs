using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Compute.Execution;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.Training;

/// <summary>
/// Retrains all channels on one background thread while the tip moves and sweeps. Two models exist at a time: the one in use and the one in the
/// making.
/// </summary>
/// <remarks>
/// A training starts beside step k with the data of steps 0 .. k - 1. Under <see cref="ModelHandover.NextStep"/> its model decides from step k +
/// 1 on, so a model that knows step j decides from j + 2 on, on every machine. Under <see cref="ModelHandover.WhenReady"/> it decides as soon as
/// it is ready; the journal says so, and a repetition follows the journal. A restart trains twice, from fresh weights and from those in use, and
/// keeps the model with the larger leave-one-out density (SPEC 1.7); equal ones leave the weights in use.
/// </remarks>
internal sealed class BackgroundTraining : IDisposable
{
    /// <summary>Fewest points that a surrogate is trained on.</summary>
    public const int LeastPoints = 3;

    private readonly IReadOnlyList<ModelChannel> channels;
    private readonly ExperimentPlan plan;
    private readonly ExecutionBackend backend;
    private readonly int capacity;
    private readonly CancellationTokenSource stop = new();
    private readonly Func<double> instrumentSeconds;
    private Task<Finished[]>? running;
    private int runningAfterStep;
    private double startedAtSeconds;
    private long startedAt;
    private bool due;
    private int lastTrained;
    private int lastCold;
    private int nextNumber;
    private bool lossTold;

    public BackgroundTraining(IReadOnlyList<ModelChannel> channels, ExperimentPlan plan, ExecutionBackend backend, int capacity,
        Func<double> instrumentSeconds)
    {
        this.channels = channels;
        this.plan = plan;
        this.backend = backend;
        this.capacity = capacity;
        this.instrumentSeconds = instrumentSeconds;
    }

    private sealed record Finished(TrainedSurrogate Surrogate, CandidatePosterior? Posterior, double Milliseconds, bool Cold, ModelRestart? Restart);

    /// <summary>
    /// The rule of SPEC 1.7: every step up to n = 40, later every 5 steps or after a prediction that was off by more than 3 deviations.
    /// </summary>
    /// <param name="measured">n, rejected curves included.</param>
    /// <param name="surprise">|t - mean| / deviation of the newest point; NaN where there was no prediction.</param>
    public void Note(int measured, double surprise)
    {
        due |= measured <= plan.Surrogate.EveryStepUntil || measured - lastTrained >= plan.Surrogate.Interval
            || (plan.Surrogate.SurpriseDeviations > 0 && surprise > plan.Surrogate.SurpriseDeviations);
    }

    /// <summary>Starts a training beside step <paramref name="step"/> if one is due, none is running and its model will be asked.</summary>
    /// <param name="step">The step whose move and sweep it overlaps.</param>
    /// <param name="withPosterior">Whether to solve for the posterior as well.</param>
    public void Start(int step, bool withPosterior = true)
    {
        if (!due || running is not null || channels.Count == 0 || step < plan.SeedPoints - 1 || channels.Any(channel => channel.Count < LeastPoints))
            return;
        due = false;
        int measured = step;
        bool cold = channels[0].Surrogate is null || (plan.Surrogate.RestartInterval > 0 && measured - lastCold >= plan.Surrogate.RestartInterval);
        lastTrained = measured;
        if (cold)
            lastCold = measured;
        runningAfterStep = step - 1;
        startedAtSeconds = instrumentSeconds();
        startedAt = TimeProvider.System.GetTimestamp();
        (ModelChannel Channel, int[] Candidates, double[] Targets, double[] Curves, TrainedSurrogate? Previous)[] work =
            [.. channels.Select(channel => (channel, channel.Candidates.ToArray(), channel.Targets.ToArray(), channel.Curves(), channel.Surrogate))];
        CancellationToken token = stop.Token;
        running = Task.Factory.StartNew(
            () =>
            {
                var finished = new Finished[work.Length];
                for (int i = 0; i < work.Length; i++)
                {
                    (ModelChannel channel, int[] candidates, double[] targets, double[] curves, TrainedSurrogate? previous) = work[i];
                    finished[i] = FallbackBackend.Repeat(backend, () =>
                    {
                        long start = TimeProvider.System.GetTimestamp();
                        TrainedSurrogate surrogate = channel.Training.Train(candidates, targets, curves, cold ? null : previous, token);
                        ModelRestart? restart = null;
                        if (cold && previous is not null && !channel.Training.NeedsCurves)
                        {
                            TrainedSurrogate continued = channel.Training.Train(candidates, targets, curves, previous, token);
                            restart = ModelRestart.Between(Density(surrogate), Density(continued));
                            surrogate = restart.FreshKept ? surrogate : continued;
                        }
                        CandidatePosterior? posterior = withPosterior ? surrogate.OverCandidates(backend, capacity) : null;
                        return new Finished(surrogate, posterior, TimeProvider.System.GetElapsedTime(start).TotalMilliseconds,
                            cold && restart is not { FreshKept: false }, restart);
                    });
                }
                return finished;
            },
            token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Brings a finished model into use.</summary>
    /// <param name="wait">
    /// Whether to wait for a training that is not finished. Without it, a model is still waited for where there is none at all.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <param name="waitedMilliseconds">Time that the tip waited: the part of the training that moves and sweeps did not cover.</param>
    /// <returns>What came into use; empty if nothing.</returns>
    public IReadOnlyList<ModelRecord> TakeOver(bool wait, CancellationToken cancellationToken, out double waitedMilliseconds)
    {
        waitedMilliseconds = 0;
        if (running is null || (!wait && !running.IsCompleted && channels[0].Surrogate is not null))
            return [];
        bool ready = running.IsCompleted;
        // Unlike Task.Wait this leaves the training's own exception unwrapped.
        Task.WaitAny([running], cancellationToken);
        Finished[] finished = running.GetAwaiter().GetResult();
        running = null;
        if (!ready)
        {
            double overlapped = 1000 * (instrumentSeconds() - startedAtSeconds);
            waitedMilliseconds = Math.Max(0, TimeProvider.System.GetElapsedTime(startedAt).TotalMilliseconds - overlapped);
        }
        var records = new ModelRecord[finished.Length];
        for (int i = 0; i < finished.Length; i++)
        {
            records[i] = Describe(channels[i].Role, finished[i]);
            channels[i].Adopt(records[i].Number, finished[i].Surrogate, finished[i].Posterior);
        }
        return records;
    }

    public void Dispose()
    {
        stop.Cancel();
        try
        {
            foreach (Finished model in running?.GetAwaiter().GetResult() ?? [])
                model.Posterior?.Dispose();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Nobody will ask for this model.
        }
        running = null;
        foreach (ModelChannel channel in channels)
            channel.Dispose();
        stop.Dispose();
    }

    // Both were judged on the same points and targets. Likelihood would not do: it is known per hyper-parameter fit, not for the average of two
    // members.
    private static double Density(TrainedSurrogate surrogate) => surrogate.LeaveOneOutDensity.GetValueOrDefault(surrogate.Member, double.NaN);

    private ModelRecord Describe(string role, Finished model) => new()
    {
        Number = nextNumber++,
        Role = role,
        AfterStep = runningAfterStep,
        Cold = model.Cold,
        Restart = model.Restart,
        TrainedOn = model.Surrogate.TrainedOn.Count,
        Member = model.Surrogate.Member,
        LeaveOneOutDensity = model.Surrogate.LeaveOneOutDensity,
        Margin = model.Surrogate.Margin,
        Coverage = model.Surrogate.Coverage,
        LeaveOneOutError = model.Surrogate.LeaveOneOutError,
        HyperParameters = model.Surrogate.HyperParameters,
        Hash = model.Surrogate.Hash,
        TrainingMilliseconds = model.Milliseconds,
        Remarks = WithLoss(model.Surrogate.Remarks),
    };

    // A device that gave way is told once, with the first model that the host made.
    private string WithLoss(string remarks)
    {
        if (lossTold || backend is not FallbackBackend { Loss: { } loss })
            return remarks;
        lossTold = true;
        return remarks.Length == 0 ? loss : $"{remarks} {loss}";
    }
}
