using System.Numerics;
using FastCore.Compute.Execution;
using FastCore.Learning.GaussianProcess;

namespace FastCore.Learning.DualVae;

/// <summary>One training: training pairs stand first in memory, held-out pairs behind them. An epoch costs no managed memory on the host.</summary>
/// <typeparam name="T">float in use; double where it is checked.</typeparam>
internal sealed class DualVaeTraining<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Noise is told as a share of the range of a pixel; features have a deviation of 1, of which their range is some three.
    private const double FeatureNoise = 3;
    private readonly DualVaeDataSet data;
    private readonly DualVaeOptions options;
    private readonly DualVaeScalers scalers;
    private readonly int[] heldOut;
    private readonly int trained;
    private readonly List<DualVaeEpoch> history;
    private readonly IExecutor<T> executor;
    private readonly T[] patchNoise;
    private readonly T[] spectrumNoise;
    private readonly T[] cleanPatches;
    private readonly T[] cleanSpectra;
    private readonly T[] turnedPatches;
    private readonly T[] noisyPatches;
    private readonly T[] noisySpectra;
    private readonly T[]? best;
    private int epoch;
    private int bestEpoch;
    private double bestLoss = double.PositiveInfinity;

    public DualVaeTraining(ExecutionBackend backend, DualVaeDataSet data, DualVaeOptions options, DualVaeScalers scalers, int[] training,
        int[] heldOut, DualVaeModel? from)
    {
        (this.data, this.options, this.scalers, this.heldOut) = (data, options, scalers, heldOut);
        trained = training.Length;
        var architecture = new DualVaeArchitecture(data.Shape, options);
        var layout = new ArenaLayout();
        Network = new DualVaeNetwork<T>(layout, architecture, data.Count, options.ChunkRows, training: true);
        ArenaBytes = (long)layout.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        cleanPatches = Rows(data.Patches, data.Shape.PatchValues, scalers.ScalePatches, scalers.Features?.Describe(data.Shape, data.Patches) ?? [], training);
        cleanSpectra = Rows(data.Spectra, data.Shape.SpectrumValues, scalers.ScaleSpectra, [], training);
        turnedPatches = new T[options.TurnPatches ? trained * Network.Patches.Columns : 0];
        bool noisy = options.NoiseLevel > 0;
        noisyPatches = noisy ? new T[trained * Network.Patches.Columns] : [];
        noisySpectra = noisy ? new T[trained * Network.Spectra.Columns] : [];
        patchNoise = new T[trained * architecture.PatchCode];
        spectrumNoise = new T[trained * architecture.Content];
        history = [.. from?.History ?? []];
        history.EnsureCapacity(history.Count + options.Epochs);
        executor = ExecutorFactory.Create<T>(backend, layout);
        try
        {
            Network.Prepare(executor);
            executor.Upload(cleanPatches, Network.Patches);
            executor.Upload(cleanSpectra, Network.Spectra);
            DualVaeParameters<T> parameters = Network.Parameters;
            executor.Upload(Converted(from?.State.LastWeights ?? architecture.InitialWeights(options.Seed)), parameters.Values);
            if (from is null)
            {
                executor.Fill(parameters.FirstMoment, T.Zero);
                executor.Fill(parameters.SecondMoment, T.Zero);
            }
            else
            {
                executor.Upload(Converted(from.State.FirstMoment), parameters.FirstMoment);
                executor.Upload(Converted(from.State.SecondMoment), parameters.SecondMoment);
                epoch = from.State.Epoch;
            }
            if (options.Patience > 0)
            {
                best = new T[architecture.ParameterCount];
                if (from?.State.BestWeights is { } kept && options.ValidationShare == from.Options.ValidationShare && data.Count == Counted(from))
                {
                    Converted(kept).CopyTo(best, 0);
                    (bestEpoch, bestLoss) = (from.State.BestEpoch, from.State.BestLoss);
                }
            }
            if (heldOut.Length > 0)
            {
                RandomStream random = RandomStream.Named(options.Seed, "dualVae.heldOutNoise");
                UploadNoise(ref random, new T[heldOut.Length * architecture.PatchCode], Network.PatchNoise, trained);
                UploadNoise(ref random, new T[heldOut.Length * architecture.Content], Network.SpectrumNoise, trained);
            }
        }
        catch
        {
            executor.Dispose();
            throw;
        }

        // A best loss compares only with losses of the same pairs.
        int Counted(DualVaeModel model) => model.HeldOut.SequenceEqual(heldOut) ? data.Count : -1;
    }

    public DualVaeNetwork<T> Network { get; }

    public IExecutor<T> Executor => executor;

    /// <summary>Memory of the arena.</summary>
    public long ArenaBytes { get; }

    public DualVaeModel Run(TimeProvider time, Action<DualVaeEpoch>? progress, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        int last = epoch + options.Epochs;
        while (epoch < last)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                if (history.Count == 0)
                    cancellationToken.ThrowIfCancellationRequested();
                break;
            }
            DualVaeEpoch done = Step() with { Seconds = time.GetElapsedTime(start).TotalSeconds };
            history.Add(done);
            progress?.Invoke(done);
            if (best is not null && epoch - bestEpoch >= options.Patience)
                break;
        }
        return Model();
    }

    /// <summary>One epoch.</summary>
    public DualVaeEpoch Step()
    {
        epoch++;
        double beta = options.BetaAt(epoch), gamma = options.GammaAt(epoch);
        RandomStream random = RandomStream.Named(options.Seed, "dualVae.noise", epoch);
        UploadNoise(ref random, patchNoise, Network.PatchNoise, 0);
        UploadNoise(ref random, spectrumNoise, Network.SpectrumNoise, 0);
        T[] patches = options.TurnPatches ? Turn() : cleanPatches;
        if (options.NoiseLevel > 0)
            Disturb(patches);
        var weights = new DualVaeWeights(beta, gamma, options.CosineWeight, options.FreeBits, options.CrossWeight);
        Network.LossAndGradient(executor, trained, weights);
        DualVaeLoss loss = Network.ReadLoss(executor, weights);
        if (!double.IsFinite(loss.Total))
        {
            throw new ArithmeticException(
                $"The loss is {loss.Total} at epoch {epoch}: lower the learning rate ({options.LearningRate}), or look for outliers in the data.");
        }
        Network.Update(executor, epoch, options.LearningRate);
        DualVaeLoss? validation = null;
        if (heldOut.Length > 0)
        {
            var full = new DualVaeWeights(options.Beta, options.GammaEnd ?? options.Gamma, options.CosineWeight, options.FreeBits, options.CrossWeight);
            Network.Loss(executor, trained, data.Count, full);
            validation = Network.ReadLoss(executor, full);
            if (best is not null && validation.Value.Total < bestLoss)
            {
                (bestLoss, bestEpoch) = (validation.Value.Total, epoch);
                executor.Download(Network.Parameters.Values, best);
            }
        }
        return new DualVaeEpoch(epoch, loss, validation, beta, gamma, 0);
    }

    public void Dispose() => executor.Dispose();

    private DualVaeModel Model()
    {
        float[] weights = Downloaded(Network.Parameters.Values);
        float[]? kept = best is not null && bestEpoch > 0 ? Array.ConvertAll(best, float.CreateTruncating) : null;
        var state = new DualVaeState(weights, Downloaded(Network.Parameters.FirstMoment), Downloaded(Network.Parameters.SecondMoment), epoch, kept,
            bestEpoch, bestLoss);
        return new DualVaeModel(data.Shape, options, scalers, kept ?? weights, state, history, heldOut);
    }

    private float[] Downloaded(Tensor tensor)
    {
        var values = new T[tensor.Count];
        executor.Download(tensor, values);
        return values as float[] ?? Array.ConvertAll(values, float.CreateTruncating);
    }

    private static T[] Converted(float[] values) => values as T[] ?? Array.ConvertAll(values, T.CreateTruncating);

    // Scaled values, training pairs first, with features and the class as 0 and 1 behind them.
    private T[] Rows(double[] values, int length, Scaling scale, float[] features, int[] training)
    {
        int classes = data.Shape.Classes, each = features.Length / data.Count, columns = length + each + classes;
        var scaled = new float[length];
        var rows = new T[data.Count * columns];
        int at = 0;
        foreach (int[] pairs in (ReadOnlySpan<int[]>)[training, heldOut])
        {
            foreach (int pair in pairs)
            {
                scale(data.Shape, values.AsSpan(pair * length, length), scaled);
                for (int k = 0; k < length; k++)
                    rows[at + k] = T.CreateTruncating(scaled[k]);
                for (int k = 0; k < each; k++)
                    rows[at + length + k] = T.CreateTruncating(features[(pair * each) + k]);
                if (classes > 0)
                    rows[at + length + each + data.Classes![pair]] = T.One;
                at += columns;
            }
        }
        return rows;
    }

    private void UploadNoise(ref RandomStream random, T[] values, Tensor noise, int from)
    {
        for (int k = 0; k < values.Length; k++)
            values[k] = T.CreateTruncating(random.NextNormal());
        executor.Upload(values, noise.Block(from, 0, values.Length / noise.Columns, noise.Columns));
    }

    // Every training patch in one of its eight positions (four, where it is not square); the values behind it stay.
    private T[] Turn()
    {
        RandomStream random = RandomStream.Named(options.Seed, "dualVae.turns", epoch);
        int height = data.Shape.PatchHeight, width = data.Shape.PatchWidth, pixels = data.Shape.Pixels, columns = Network.Patches.Columns;
        for (int i = 0; i < trained; i++)
        {
            int position = (int)(8 * random.NextDouble());
            bool transpose = (position & 4) != 0 && height == width;
            for (int k = 0; k < columns; k++)
            {
                int from = k;
                if (k < data.Shape.PatchValues)
                {
                    int pixel = k % pixels, row = pixel / width, column = pixel % width;
                    if ((position & 1) != 0)
                        row = height - 1 - row;
                    if ((position & 2) != 0)
                        column = width - 1 - column;
                    from = k - pixel + (transpose ? (column * width) + row : (row * width) + column);
                }
                turnedPatches[(i * columns) + k] = cleanPatches[(i * columns) + from];
            }
        }
        executor.Upload(turnedPatches, Network.Patches.TopRows(trained));
        return turnedPatches;
    }

    // What the encoders see: the values with noise, the class without.
    private void Disturb(T[] patches)
    {
        RandomStream random = RandomStream.Named(options.Seed, "dualVae.inputNoise", epoch);
        Add(ref random, patches, noisyPatches, data.Shape.PatchValues, Network.NoisyPatches);
        Add(ref random, cleanSpectra, noisySpectra, data.Shape.SpectrumValues, Network.NoisySpectra);

        void Add(ref RandomStream random, T[] clean, T[] noisy, int values, Tensor target)
        {
            for (int k = 0; k < noisy.Length; k++)
            {
                int column = k % target.Columns;
                noisy[k] = column < target.Columns - data.Shape.Classes
                    ? clean[k] + T.CreateTruncating((column < values ? options.NoiseLevel : FeatureNoise * options.NoiseLevel) * random.NextNormal()) : clean[k];
            }
            executor.Upload(noisy, target.TopRows(trained));
        }
    }

    private delegate void Scaling(DualVaeShape shape, ReadOnlySpan<double> values, Span<float> scaled);
}
