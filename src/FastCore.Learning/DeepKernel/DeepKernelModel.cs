using System.Numerics;
using FastCore.Compute.Execution;
using FastCore.Learning.GaussianProcess;

namespace FastCore.Learning.DeepKernel;

/// <summary>
/// A Gaussian process on learned features (Wilson et al. 2016; SPEC 2.1-2.3): the network runs in <typeparamref name="T"/>, likelihood and its
/// gradients in double; dF/dz of the process is carried back through the scaling of the features and through the network.
/// </summary>
/// <typeparam name="T">Element type of the network: float in use, double where gradients are checked.</typeparam>
public sealed class DeepKernelModel<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostHalvings = 8;
    private static readonly T Low = T.CreateTruncating(-0.95);
    private static readonly T High = T.CreateTruncating(0.95);
    private readonly IExecutor<T> executor;
    private readonly FeatureExtractor<T> extractor;
    private readonly GaussianProcess<double> process;
    private readonly DeepKernelSettings settings;
    private readonly Tensor scaled;
    private readonly Tensor scaledGradient;
    private readonly Tensor bounds;
    private readonly Tensor firstMoment;
    private readonly Tensor secondMoment;
    private readonly Tensor goodWeights;
    private readonly HyperParameters parameters;
    private readonly int n;
    private readonly int features;
    private readonly T[] featureValues;
    private readonly double[] featureColumns;
    private readonly double[] featureGradient;
    private readonly double[] rawFirst;
    private readonly double[] rawSecond;
    private readonly double[] goodRaw;
    private double rate = 1;
    private int step;
    private int halvings;

    /// <summary>Reserves memory for <paramref name="points"/> points.</summary>
    public DeepKernelModel(ExecutionBackend backend, DeepKernelSettings settings, int inputs, int points)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Architecture.Widths.Count == 0)
            throw new ArgumentException("A deep kernel needs at least one layer; without a network use a Gaussian process.", nameof(settings));
        this.settings = settings;
        n = points;
        features = settings.Architecture.FeatureCount(inputs);
        var layout = new ArenaLayout();
        extractor = new FeatureExtractor<T>(layout, settings.Architecture, inputs, points, withGradients: true);
        scaled = layout.Allocate("scaled features", n, features);
        scaledGradient = layout.Allocate("gradient of scaled features", n, features);
        bounds = layout.Allocate("bounds", settings.Scaling == FeatureScaling.EachFeature ? features : 1, 2);
        int count = extractor.Weights.Columns;
        firstMoment = layout.Allocate("first moment", 1, count);
        secondMoment = layout.Allocate("second moment", 1, count);
        goodWeights = layout.Allocate("good weights", 1, count);
        executor = ExecutorFactory.Create<T>(backend, layout);
        LogNormalPrior? weak = settings.WeakPriors ? new LogNormalPrior(0, 1) : null;
        Terms = [new CovarianceTerm(settings.Covariance, features, settings.Ard) { LengthscalePrior = weak, OutputScalePrior = weak }];
        process = new GaussianProcess<double>(backend, n, Terms)
        {
            NoisePrior = settings.WeakPriors ? new LogNormalPrior(-1.5, 1.5) : null,
            MeanPriorDeviation = settings.WeakPriors ? 0.5 : double.PositiveInfinity,
        };
        parameters = new HyperParameters(Terms);
        Raw = new double[parameters.Count];
        RawGradient = new double[parameters.Count];
        featureValues = new T[n * features];
        featureColumns = new double[n * features];
        featureGradient = new double[n * features];
        rawFirst = new double[Raw.Length];
        rawSecond = new double[Raw.Length];
        goodRaw = new double[Raw.Length];
    }

    /// <summary>The one term of the covariance.</summary>
    public IReadOnlyList<CovarianceTerm> Terms { get; }

    /// <summary>softplus^-1 of the hyper-parameters (order of <see cref="HyperParameters"/>), and the mean.</summary>
    public double[] Raw { get; }

    /// <summary>Gradient by <see cref="Raw"/> after <see cref="TryEvaluate"/>.</summary>
    public double[] RawGradient { get; }

    /// <summary>The network.</summary>
    public FeatureExtractor<T> Extractor => extractor;

    /// <summary>Executor of the network's arena.</summary>
    public IExecutor<T> Executor => executor;

    /// <summary>What training had to do to succeed, empty if nothing.</summary>
    public string Remarks { get; private set; } = "";

    /// <summary>Cycles run by <see cref="Train"/>.</summary>
    public int CyclesRun { get; private set; }

    /// <summary>Sets inputs (n x inputs, row-major) and targets.</summary>
    /// <exception cref="ArgumentException">Wrong lengths or values that are not finite.</exception>
    public void SetPoints(ReadOnlySpan<T> inputs, ReadOnlySpan<double> targets)
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            if (!T.IsFinite(inputs[i]))
            {
                int d = extractor.Input.Columns;
                throw new ArgumentException($"Input {i % d} of point {i / d} is not finite: leave the point out.", nameof(inputs));
            }
        }
        executor.Upload(inputs, extractor.Input);
        process.SetTargets(targets);
    }

    /// <summary>Sets weights and hyper-parameters.</summary>
    public void Load(DeepKernelState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        executor.Upload(Array.ConvertAll(state.Weights, T.CreateTruncating), extractor.Weights);
        if (state.Statistics.Length > 0)
            executor.Upload(Array.ConvertAll(state.Statistics, T.CreateTruncating), extractor.Statistics);
        state.Raw.CopyTo(Raw, 0);
        executor.Copy(extractor.Weights, goodWeights);
        Raw.CopyTo(goodRaw, 0);
        ResetOptimiser();
    }

    /// <summary>Copies weights and hyper-parameters out.</summary>
    public DeepKernelState Save()
    {
        var weights = new T[extractor.Weights.Columns];
        var statistics = new T[extractor.Statistics.Columns];
        executor.Download(extractor.Weights, weights);
        if (statistics.Length > 0)
            executor.Download(extractor.Statistics, statistics);
        return new DeepKernelState(Array.ConvertAll(weights, float.CreateTruncating), Array.ConvertAll(statistics, float.CreateTruncating),
            (double[])Raw.Clone());
    }

    /// <summary>Loss per point in training mode, and all gradients: <see cref="RawGradient"/> and the extractor's weight gradient.</summary>
    /// <returns>False when the loss cannot be computed (SPEC 2.3: jitter exhausted, or not finite).</returns>
    public bool TryEvaluate(out double loss)
    {
        if (!Embed(training: true))
        {
            loss = double.NaN;
            return false;
        }
        parameters.FromRaw(Raw);
        if (!process.TryEvaluate(parameters, RawGradient, out loss))
            return false;
        HyperParameters.GradientToRaw(Raw, RawGradient);
        process.InputGradient(0, featureGradient);
        for (int i = 0; i < n; i++)
        {
            for (int d = 0; d < features; d++)
                featureValues[(i * features) + d] = T.CreateTruncating(featureGradient[(d * n) + i]);
        }
        if (settings.Scaling == FeatureScaling.None)
        {
            executor.Upload(featureValues, extractor.OutputGradient);
        }
        else
        {
            executor.Upload(featureValues, scaledGradient);
            if (settings.Scaling == FeatureScaling.AllFeatures)
            {
                executor.ScaleToBoundsGradient(extractor.Output, Low, High, bounds, scaledGradient, extractor.OutputGradient);
            }
            else
            {
                for (int d = 0; d < features; d++)
                {
                    executor.ScaleToBoundsGradient(extractor.Output.Block(0, d, n, 1), Low, High, bounds.Row(d),
                        scaledGradient.Block(0, d, n, 1), extractor.OutputGradient.Block(0, d, n, 1));
                }
            }
        }
        extractor.Backward(executor, n);
        return true;
    }

    /// <summary>Copies the features of the last evaluation, before and after scaling (n x features, row-major).</summary>
    public void CopyFeatures(Span<T> raw, Span<T> scaledFeatures)
    {
        executor.Download(extractor.Output, raw);
        executor.Download(settings.Scaling == FeatureScaling.None ? extractor.Output : scaled, scaledFeatures);
    }

    /// <summary>Leave-one-out predictions at the last evaluation; optimistic, because the weights have seen every target.</summary>
    public LeaveOneOut LeaveOneOut() => process.LeaveOneOut();

    /// <summary>Forgets what the optimiser has gathered, so that the next training starts afresh from the present weights.</summary>
    public void ResetOptimiser()
    {
        executor.Fill(firstMoment, T.Zero);
        executor.Fill(secondMoment, T.Zero);
        Array.Clear(rawFirst);
        Array.Clear(rawSecond);
        step = 0;
    }

    /// <summary>
    /// Trains by Adam for <paramref name="epochs"/> more cycles. A cycle whose loss cannot be computed restores the last good state with half
    /// the learning rate (SPEC 2.3); after eight of them training ends there.
    /// </summary>
    /// <param name="epochs">Number of cycles.</param>
    /// <param name="seed">Seed of dropout masks.</param>
    /// <param name="cancellationToken">Stops between cycles.</param>
    /// <returns>Loss per point before the last step; NaN if no cycle could be computed.</returns>
    public double Train(int epochs, long seed, CancellationToken cancellationToken)
    {
        double last = double.NaN;
        for (int epoch = 0; epoch < epochs && halvings <= MostHalvings; epoch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            DrawMasks(seed);
            if (!TryEvaluate(out double loss))
            {
                Recover();
                continue;
            }
            last = loss;
            Raw.CopyTo(goodRaw, 0);
            CyclesRun++;
            step++;
            executor.ClipGlobalNorm(extractor.WeightGradient, T.CreateTruncating(settings.LargestGradient));
            executor.AdamStep(extractor.WeightGradient, firstMoment, secondMoment, extractor.Weights,
                new AdamSettings(step, rate * settings.WeightLearningRate, WeightDecay: settings.WeightDecay), goodWeights);
            StepProcess(rate * settings.ProcessLearningRate);
        }
        // The last step may have left the region where the loss can be computed; nobody would notice before the prediction.
        if (epochs > 0 && halvings <= MostHalvings && !TryEvaluate(out _))
            Recover();
        return last;
    }

    /// <summary>
    /// Embeds the points as candidates will be (running statistics, no dropout), polishes the hyper-parameters there if that is wanted, and
    /// solves the process.
    /// </summary>
    /// <param name="polish">Whether <see cref="DeepKernelSettings.PolishIterations"/> are made.</param>
    /// <param name="boundsFound">Bounds of the features: min and max for all, or for each.</param>
    /// <returns>Hyper-parameters and features (features x n) that predictions start from; null when the process cannot be solved.</returns>
    public (HyperParameters Parameters, double[] Features)? Finish(bool polish, out float[] boundsFound)
    {
        var found = new T[bounds.Count];
        boundsFound = [];
        if (!Embed(training: false))
            return null;
        if (settings.Scaling != FeatureScaling.None)
        {
            executor.Download(bounds, found);
            boundsFound = Array.ConvertAll(found, float.CreateTruncating);
        }
        parameters.FromRaw(Raw);
        if (polish && settings.PolishIterations > 0)
        {
            (HyperParameters better, double loss) =
                GaussianProcessFit.Improve(process, parameters, settings.PolishIterations, CancellationToken.None);
            if (double.IsFinite(loss))
            {
                better.ToRaw(Raw);
                parameters.FromRaw(Raw);
            }
        }
        return process.TryEvaluate(parameters, [], out _) ? (parameters.Clone(), (double[])featureColumns.Clone()) : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process.Dispose();
        executor.Dispose();
    }

    private bool Embed(bool training)
    {
        extractor.Forward(executor, n, training);
        Tensor output = extractor.Output;
        if (settings.Scaling == FeatureScaling.AllFeatures)
        {
            executor.ScaleToBounds(output, Low, High, bounds, scaled);
        }
        else if (settings.Scaling == FeatureScaling.EachFeature)
        {
            for (int d = 0; d < features; d++)
                executor.ScaleToBounds(output.Block(0, d, n, 1), Low, High, bounds.Row(d), scaled.Block(0, d, n, 1));
        }
        executor.Download(settings.Scaling == FeatureScaling.None ? output : scaled, featureValues);
        for (int i = 0; i < n; i++)
        {
            for (int d = 0; d < features; d++)
            {
                T value = featureValues[(i * features) + d];
                if (!T.IsFinite(value))
                    return false;
                featureColumns[(d * n) + i] = double.CreateTruncating(value);
            }
        }
        process.SetInputs(0, featureColumns);
        return true;
    }

    private void DrawMasks(long seed)
    {
        if (settings.Architecture.Dropout <= 0)
            return;
        RandomStream random = RandomStream.Named(seed, "extractor.dropout", CyclesRun);
        T kept = T.CreateTruncating(1 / (1 - settings.Architecture.Dropout));
        foreach (Tensor mask in extractor.Masks)
        {
            var values = new T[mask.Count];
            for (int i = 0; i < values.Length; i++)
                values[i] = random.NextDouble() < settings.Architecture.Dropout ? T.Zero : kept;
            executor.Upload(values, mask);
        }
    }

    private void Recover()
    {
        executor.Copy(goodWeights, extractor.Weights);
        goodRaw.CopyTo(Raw, 0);
        ResetOptimiser();
        rate /= 2;
        halvings++;
        Remarks = halvings > MostHalvings
            ? "training stopped early: the loss could not be computed at any learning rate"
            : $"learning rate halved {halvings} times after a loss that could not be computed";
    }

    private void StepProcess(double learningRate)
    {
        double norm = 0;
        foreach (double value in RawGradient)
            norm += value * value;
        double clip = Math.Min(1, settings.LargestGradient / Math.Max(Math.Sqrt(norm), 1e-300));
        for (int i = 0; i < Raw.Length; i++)
        {
            double g = clip * RawGradient[i];
            rawFirst[i] = (0.9 * rawFirst[i]) + (0.1 * g);
            rawSecond[i] = (0.999 * rawSecond[i]) + (0.001 * g * g);
            double mean = rawFirst[i] / (1 - Math.Pow(0.9, step));
            double square = rawSecond[i] / (1 - Math.Pow(0.999, step));
            Raw[i] -= learningRate * mean / (Math.Sqrt(square) + 1e-8);
        }
    }
}
