using FastCore.Compute.Execution;

namespace FastCore.Learning.DualVae;

/// <summary>
/// Trains Dual-VAEs by Adam on the gradient of all training pairs (SPEC 3). The result follows from data, options and backend alone: weights, split
/// and the noise of every epoch have random streams of their own, so 20 epochs are 10 epochs and 10 more.
/// </summary>
public sealed class DualVaeTrainer
{
    private readonly ExecutionBackend backend;
    private readonly TimeProvider time;

    /// <summary>A trainer on a backend.</summary>
    /// <param name="backend">Where it computes.</param>
    /// <param name="time">Clock of the epochs' seconds; the system's if null.</param>
    public DualVaeTrainer(ExecutionBackend backend, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        (this.backend, this.time) = (backend, time ?? TimeProvider.System);
    }

    /// <summary>Trains a model.</summary>
    /// <param name="data">Pairs.</param>
    /// <param name="options">Networks and training.</param>
    /// <param name="progress">Called after each epoch on this thread; after a lost device from the first epoch on again.</param>
    /// <param name="continueFrom">
    /// A model whose training goes on: weights, moments, scalers and epochs are taken from it, <see cref="DualVaeOptions.Epochs"/> counts further
    /// epochs. Its networks must be those of the options; the pairs may have become more.
    /// </param>
    /// <param name="cancellationToken">Ends the training after the epoch that runs; the model so far is returned and can be continued.</param>
    /// <exception cref="ArgumentException">Options or data that cannot be; the sentence says which.</exception>
    /// <exception cref="ArithmeticException">The loss is no number any more.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the first epoch.</exception>
    public DualVaeModel Train(DualVaeDataSet data, DualVaeOptions options, Action<DualVaeEpoch>? progress = null, DualVaeModel? continueFrom = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.ValidateFor(data.Shape);
        if (continueFrom is not null)
            RequireSameNetworks(data.Shape, options, continueFrom);
        (int[] training, int[] heldOut) = Split(data.Count, options);
        DualVaeScalers scalers = continueFrom?.Scalers ?? DualVaeScalers.Fit(heldOut.Length == 0 ? data : data.Take(training), options);
        return FallbackBackend.Repeat(backend, () =>
        {
            using var run = new DualVaeTraining<float>(backend, data, options, scalers, training, heldOut, continueFrom);
            return run.Run(time, progress, cancellationToken);
        });
    }

    /// <summary>
    /// Numbers of training and held-out pairs. Each pair's lot depends on seed and number alone, so that it stays on its side when pairs are added.
    /// </summary>
    internal static (int[] Training, int[] HeldOut) Split(int count, DualVaeOptions options)
    {
        if (options.ValidationShare == 0)
            return ([.. Enumerable.Range(0, count)], []);
        double[] lots = [.. Enumerable.Range(0, count).Select(i => RandomStream.Named(options.Seed, "dualVae.split", i).NextDouble())];
        int[] order = [.. Enumerable.Range(0, count).OrderBy(i => lots[i])];
        int held = Math.Max(1, lots.Count(lot => lot < options.ValidationShare));
        if (count - held < 2)
        {
            throw new ArgumentException($"Of {count} pairs {held} would be held out: at least two must be left to train on; lower the validation share.");
        }
        return ([.. order[held..].Order()], [.. order[..held].Order()]);
    }

    private static void RequireSameNetworks(DualVaeShape shape, DualVaeOptions options, DualVaeModel model)
    {
        if (shape != model.Shape)
        {
            throw new ArgumentException($"The model was trained for patches of {model.Shape.PatchHeight} x {model.Shape.PatchWidth} x "
                + $"{model.Shape.PatchChannels} and spectra of {model.Shape.SpectrumLength} x {model.Shape.SpectrumChannels} with {model.Shape.Classes} "
                + $"classes; the pairs have {shape.PatchHeight} x {shape.PatchWidth} x {shape.PatchChannels}, {shape.SpectrumLength} x "
                + $"{shape.SpectrumChannels} and {shape.Classes}.");
        }
        var wanted = new DualVaeArchitecture(shape, options);
        if (!wanted.Parameters.SequenceEqual(model.Architecture.Parameters) || options.Mode != model.Options.Mode
            || options.Invariance != model.Options.Invariance || options.TransformCovariance != model.Options.TransformCovariance)
        {
            throw new ArgumentException("The options describe other networks than those of the model to continue: keep its mode, latent size, widths "
                + "and invariance, or train anew.");
        }
    }
}
