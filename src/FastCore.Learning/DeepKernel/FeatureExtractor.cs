using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Learning.DeepKernel;

/// <summary>
/// The network of a deep kernel, planned into an arena: z = f(x), hidden layers dense + activation (+ batch normalisation, + dropout), the last
/// one linear. All weights stand in one tensor, so that clipping and Adam are one operation each; each layer holds its weight (inputs x
/// outputs), bias, and with batch normalisation scale and shift, in this order.
/// </summary>
/// <typeparam name="T">Element type.</typeparam>
public sealed class FeatureExtractor<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly T Epsilon = T.CreateTruncating(1e-5);
    private static readonly T Momentum = T.CreateTruncating(0.1);
    private readonly Layer[] layers;
    private readonly bool withGradients;

    /// <summary>Reserves tensors for <paramref name="batch"/> rows.</summary>
    /// <param name="layout">Arena to plan into.</param>
    /// <param name="architecture">Layers.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="batch">Most rows at once.</param>
    /// <param name="withGradients">Whether <see cref="Backward"/> will be called.</param>
    /// <param name="patchesOnly">Whether only <see cref="ForwardPatches"/> will be called: then no inputs are stored.</param>
    public FeatureExtractor(
        ArenaLayout layout, ExtractorArchitecture architecture, int inputs, int batch, bool withGradients, bool patchesOnly = false)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(architecture);
        Architecture = architecture;
        this.withGradients = withGradients;
        int count = architecture.WeightCount(inputs);
        Weights = layout.Allocate("weights", 1, count);
        WeightGradient = layout.Allocate("weight gradient", 1, withGradients ? count : 0);
        Statistics = layout.Allocate("running statistics", 1, architecture.StatisticCount);
        Input = layout.Allocate("extractor input", patchesOnly && architecture.Widths.Count > 0 ? 0 : batch, inputs);
        layers = new Layer[architecture.Widths.Count];
        int weightAt = 0;
        int statisticAt = 0;
        for (int i = 0; i < layers.Length; i++)
        {
            int outputs = architecture.Widths[i];
            bool hidden = i < layers.Length - 1;
            var layer = new Layer { Activation = hidden ? architecture.Activation : Activation.Identity };
            layer.Weight = Take(inputs, outputs, out layer.WeightGradient);
            layer.Bias = Take(1, outputs, out layer.BiasGradient);
            layer.Dense = layout.Allocate($"dense {i}", batch, outputs);
            layer.Output = layer.Dense;
            if (hidden && architecture.BatchNormalization)
            {
                layer.Normalized = true;
                layer.Scale = Take(1, outputs, out layer.ScaleGradient);
                layer.Shift = Take(1, outputs, out layer.ShiftGradient);
                layer.RunningMean = Statistics.Block(0, statisticAt, 1, outputs);
                layer.RunningVariance = Statistics.Block(0, statisticAt + outputs, 1, outputs);
                statisticAt += 2 * outputs;
                layer.BatchMean = layout.Allocate($"batch mean {i}", 1, outputs);
                layer.BatchInverseDeviation = layout.Allocate($"batch inverse deviation {i}", 1, outputs);
                layer.Output = layout.Allocate($"normalised {i}", batch, outputs);
            }
            if (hidden && architecture.Dropout > 0 && withGradients)
            {
                layer.Dropped = true;
                layer.Mask = layout.Allocate($"dropout mask {i}", batch, outputs);
                layer.Kept = layout.Allocate($"kept {i}", batch, outputs);
            }
            layer.Gradient = layout.Allocate($"gradient {i}", withGradients ? batch : 0, outputs);
            layers[i] = layer;
            inputs = outputs;
        }

        Tensor Take(int rows, int columns, out Tensor gradient)
        {
            Tensor weight = Weights.Block(0, weightAt, 1, rows * columns).Reshape(rows, columns);
            gradient = withGradients ? WeightGradient.Block(0, weightAt, 1, rows * columns).Reshape(rows, columns) : default;
            weightAt += rows * columns;
            return weight;
        }
    }

    /// <summary>Layers.</summary>
    public ExtractorArchitecture Architecture { get; }

    /// <summary>Inputs, batch x inputs: upload here.</summary>
    public Tensor Input { get; }

    /// <summary>All trained values, 1 x <see cref="ExtractorArchitecture.WeightCount"/>.</summary>
    public Tensor Weights { get; }

    /// <summary>Their gradient after <see cref="Backward"/>.</summary>
    public Tensor WeightGradient { get; }

    /// <summary>Running mean and variance of each normalised layer, 1 x <see cref="ExtractorArchitecture.StatisticCount"/>.</summary>
    public Tensor Statistics { get; }

    /// <summary>Features, batch x features.</summary>
    public Tensor Output => layers.Length == 0 ? Input : layers[^1].Output;

    /// <summary>Where dF / d features is put before <see cref="Backward"/>.</summary>
    public Tensor OutputGradient => layers[^1].Gradient;

    /// <summary>Dropout masks, one per hidden layer (batch x width): 0 or 1 / (1 - rate), given by the caller; empty without dropout.</summary>
    public IEnumerable<Tensor> Masks => layers.Where(layer => layer.Dropped).Select(layer => layer.Mask);

    /// <summary>Computes the features of the first <paramref name="rows"/> inputs.</summary>
    /// <param name="executor">Executor of the arena.</param>
    /// <param name="rows">Rows in use.</param>
    /// <param name="training">Batch statistics and dropout masks if true; running statistics and no dropout if false.</param>
    public void Forward(IExecutor<T> executor, int rows, bool training)
    {
        ArgumentNullException.ThrowIfNull(executor);
        Tensor x = Input.TopRows(rows);
        foreach (Layer layer in layers)
        {
            executor.Dense(x, layer.Weight, layer.Bias, layer.Activation, layer.Dense.TopRows(rows));
            x = Finish(executor, layer, rows, training);
        }
    }

    /// <summary>
    /// Computes the features of the patches around <paramref name="centres"/>, as at prediction. The first layer gathers them from the image: no
    /// array of patches is made.
    /// </summary>
    /// <param name="executor">Executor of the arena.</param>
    /// <param name="image">Image in the same arena.</param>
    /// <param name="centres">Pixels, at most the batch.</param>
    /// <param name="size">Side of a patch.</param>
    /// <param name="normalization">How patch values are normalised.</param>
    public void ForwardPatches(IExecutor<T> executor, Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization)
    {
        ArgumentNullException.ThrowIfNull(executor);
        int rows = centres.Length;
        if (layers.Length == 0)
        {
            executor.ExtractPatches(image, centres, size, normalization, Input.TopRows(rows));
            return;
        }
        Layer first = layers[0];
        executor.PatchDense(image, centres, size, normalization, first.Weight, first.Bias, first.Activation, first.Dense.TopRows(rows));
        Tensor x = Finish(executor, first, rows, training: false);
        foreach (Layer layer in layers.AsSpan(1))
        {
            executor.Dense(x, layer.Weight, layer.Bias, layer.Activation, layer.Dense.TopRows(rows));
            x = Finish(executor, layer, rows, training: false);
        }
    }

    /// <summary>Carries <see cref="OutputGradient"/> back to <see cref="WeightGradient"/> after a training pass over the same rows.</summary>
    public void Backward(IExecutor<T> executor, int rows)
    {
        ArgumentNullException.ThrowIfNull(executor);
        if (!withGradients)
            throw new InvalidOperationException("The extractor was planned without gradients.");
        for (int i = layers.Length - 1; i >= 0; i--)
        {
            Layer layer = layers[i];
            Tensor gradient = layer.Gradient.TopRows(rows);
            if (layer.Dropped)
                executor.Multiply(gradient, layer.Mask.TopRows(rows), gradient);
            if (layer.Normalized)
            {
                executor.BatchNormalizeGradient(layer.Dense.TopRows(rows), layer.Scale, layer.BatchMean, layer.BatchInverseDeviation,
                    gradient, gradient, layer.ScaleGradient, layer.ShiftGradient);
            }
            Tensor input = i == 0 ? Input.TopRows(rows) : (layers[i - 1].Dropped ? layers[i - 1].Kept : layers[i - 1].Output).TopRows(rows);
            Tensor? inputGradient = i == 0 ? null : layers[i - 1].Gradient.TopRows(rows);
            // A plain layer gets the gradient of its pre-activation from the product of the layer above.
            executor.DenseGradient(input, layer.Weight, layer.Dense.TopRows(rows), SlopeComesFromAbove(i) ? Activation.Identity : layer.Activation,
                gradient, inputGradient, layer.WeightGradient, layer.BiasGradient, accumulate: false,
                SlopeComesFromAbove(i - 1) ? layers[i - 1].Activation : Activation.Identity);
        }
    }

    private bool SlopeComesFromAbove(int i) => i >= 0 && i < layers.Length - 1 && !layers[i].Normalized && !layers[i].Dropped;

    // What follows the dense part of a layer: normalisation, dropout.
    private static Tensor Finish(IExecutor<T> executor, Layer layer, int rows, bool training)
    {
        Tensor y = layer.Dense.TopRows(rows);
        if (layer.Normalized)
        {
            Tensor normalized = layer.Output.TopRows(rows);
            if (training)
            {
                executor.BatchNormalize(y, layer.Scale, layer.Shift, Epsilon, Momentum, layer.BatchMean, layer.BatchInverseDeviation,
                    layer.RunningMean, layer.RunningVariance, normalized);
            }
            else
            {
                executor.BatchNormalizePredict(y, layer.Scale, layer.Shift, Epsilon, layer.RunningMean, layer.RunningVariance, normalized);
            }
            y = normalized;
        }
        if (layer.Dropped && training)
        {
            executor.Multiply(y, layer.Mask.TopRows(rows), layer.Kept.TopRows(rows));
            y = layer.Kept.TopRows(rows);
        }
        return y;
    }

    private sealed class Layer
    {
        public Activation Activation;
        public Tensor Weight;
        public Tensor WeightGradient;
        public Tensor Bias;
        public Tensor BiasGradient;
        public Tensor Scale;
        public Tensor ScaleGradient;
        public Tensor Shift;
        public Tensor ShiftGradient;
        public Tensor RunningMean;
        public Tensor RunningVariance;
        public Tensor BatchMean;
        public Tensor BatchInverseDeviation;
        public Tensor Dense;
        public Tensor Output;
        public Tensor Mask;
        public Tensor Kept;
        public Tensor Gradient;
        public bool Normalized;
        public bool Dropped;
    }
}
