using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Compute.Execution;
using FastCore.Learning.DualVae;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.LatentMap;

/// <summary>
/// Trains the latent map of a run again and again beside it, from fresh weights each time, because ranges and split grow with the pairs. Nothing
/// ever waits for it and no decision depends on it: it has one thread of low priority, on the host one core, and what is not finished when the run
/// ends is given up. A training that fails is told in the run's summary and ends no run.
/// </summary>
internal sealed class BackgroundLatentMap : IDisposable
{
    private readonly LatentMapPlan plan;
    private readonly CandidateInputs inputs;
    private readonly DualVaeOptions options;
    private readonly ExecutionBackend backend;
    private readonly int samples;
    private readonly double[] patch;
    private readonly List<double> patches = [];
    private readonly List<double> spectra = [];
    private readonly List<LatentMapTrainingRecord> trainings = [];
    private readonly CancellationTokenSource stop = new();
    private Task<(DualVaeModel Model, LatentMapTrainingRecord Record)>? running;
    private int count;
    private int asked;

    public BackgroundLatentMap(LatentMapPlan plan, long seed, CandidateInputs inputs, int samples, ExecutionBackend backend)
    {
        (this.plan, this.inputs, this.samples, this.backend) = (plan, inputs, samples, backend);
        patch = new double[inputs.PatchSize * inputs.PatchSize];
        options = LatentMapTraining.CorrectedFor(inputs.PatchSize, inputs.PatchSize, plan.Epochs) with { Seed = seed, LatentSize = plan.LatentSize };
    }

    /// <summary>The newest model; null before the first.</summary>
    public DualVaeModel? Model { get; private set; }

    /// <summary>All finished trainings.</summary>
    public IReadOnlyList<LatentMapTrainingRecord> Trainings => trainings;

    /// <summary>Why the last training failed; empty if it did not.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>Takes an accepted curve; starts a training where enough curves are new and none is running.</summary>
    public void Add(int candidate, ReadOnlySpan<double> currentAmperes)
    {
        inputs.CopyPatch(candidate, patch);
        patches.AddRange(patch);
        spectra.AddRange(currentAmperes);
        count++;
        if (running is { IsCompleted: true })
            TakeOver();
        if (running is null && count - asked >= plan.Interval)
            Start();
    }

    /// <summary>Ends what is running; what it was about to find is lost, what was found stays.</summary>
    public void Finish()
    {
        stop.Cancel();
        TakeOver();
    }

    public void Dispose()
    {
        Finish();
        stop.Dispose();
    }

    private void Start()
    {
        asked = count;
        int pairs = count;
        double[] images = [.. patches], curves = [.. spectra];
        CancellationToken token = stop.Token;
        running = Task.Factory.StartNew(() => Train(pairs, images, curves, token), token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private (DualVaeModel Model, LatentMapTrainingRecord Record) Train(int pairs, double[] images, double[] curves, CancellationToken token)
    {
        Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        HostBackend.ThisThreadWorksAlone = true;
        long start = TimeProvider.System.GetTimestamp();
        var data = new DualVaeDataSet(new DualVaeShape(inputs.PatchSize, inputs.PatchSize, samples), images, curves);
        DualVaeModel model = new DualVaeTrainer(backend).Train(data, options, null, null, token);
        // Weights of half a training would pass for those of a whole one.
        token.ThrowIfCancellationRequested();
        DualVaeLoss loss = model.History[^1].Training;
        return (model, new LatentMapTrainingRecord(pairs, model.Epochs, loss.Total, TimeProvider.System.GetElapsedTime(start).TotalMilliseconds));
    }

    private void TakeOver()
    {
        try
        {
            if (running?.GetAwaiter().GetResult() is not { } found)
                return;
            Model = found.Model;
            trainings.Add(found.Record);
            Problem = "";
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
        catch (Exception exception) when (exception is ArgumentException or ArithmeticException or DeviceLostException)
        {
            Problem = exception.Message;
        }
        finally
        {
            running = null;
        }
    }
}
