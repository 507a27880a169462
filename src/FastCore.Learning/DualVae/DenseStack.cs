using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Learning.DualVae;

/// <summary>Dense layers one after the other, planned for a number of rows. Gradients of the outputs alternate between two regions.</summary>
internal sealed class DenseStack<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly DenseWeights[] layers;
    private readonly Activation[] activations;
    private readonly Tensor[] outputs;
    private readonly Tensor[] gradients;

    /// <param name="layout">Arena to plan into.</param>
    /// <param name="name">Of the regions.</param>
    /// <param name="layers">Weights, first layer first.</param>
    /// <param name="linearEnd">Whether the last layer has no activation.</param>
    /// <param name="rows">Most rows.</param>
    /// <param name="training">Whether gradients will be asked for.</param>
    public DenseStack(ArenaLayout layout, string name, DenseWeights[] layers, bool linearEnd, int rows, bool training)
    {
        this.layers = layers;
        activations = [.. layers.Select((_, i) => linearEnd && i == layers.Length - 1 ? Activation.Identity : Activation.Tanh)];
        outputs = [.. layers.Select((layer, i) => layout.Allocate($"{name} {i}", rows, layer.Weight.Columns))];
        int widest = layers.Max(layer => layer.Weight.Columns);
        Tensor[] pair = [.. Enumerable.Range(0, training ? 2 : 0).Select(i => layout.Allocate($"{name} gradient {i}", rows, widest))];
        int last = layers[^1].Weight.Columns;
        SpareGradient = training ? new Tensor(pair[layers.Length % 2].Offset, rows, last, last) : default;
        gradients = [.. layers.Select((layer, i) => training ? new Tensor(pair[i % 2].Offset, rows, layer.Weight.Columns, layer.Weight.Columns) : default)];
    }

    public Tensor Output => outputs[^1];

    /// <summary>dF / d <see cref="Output"/>, put there before the backward pass.</summary>
    public Tensor OutputGradient => gradients[^1];

    /// <summary>A region of the same size as <see cref="OutputGradient"/> that is free before the backward pass.</summary>
    public Tensor SpareGradient { get; }

    public void Forward(IExecutor<T> e, Tensor input)
    {
        Forward(e, input, 0);
    }

    /// <summary>The same of patches gathered from an image by the first layer, whose bias is given.</summary>
    public void ForwardPatches(IExecutor<T> e, Tensor image, ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Tensor bias)
    {
        Tensor weight = layers[0].Weight.TopRows(size * size), output = outputs[0].TopRows(centres.Length);
        e.PatchDense(image, centres, size, normalization, weight, bias, activations[0], output);
        Forward(e, output, 1);
    }

    private void Forward(IExecutor<T> e, Tensor input, int from)
    {
        int rows = input.Rows;
        for (int i = from; i < layers.Length; i++)
        {
            Tensor output = outputs[i].TopRows(rows);
            e.Dense(input, layers[i].Weight, layers[i].Bias, activations[i], output);
            input = output;
        }
    }

    /// <summary>Adds the gradients of the weights; <paramref name="inputGradient"/> is overwritten unless null.</summary>
    public void Backward(IExecutor<T> e, Tensor input, Tensor? inputGradient) => Backward(e, input, gradients[^1].TopRows(input.Rows), inputGradient);

    /// <summary>
    /// The same with the gradient of the output elsewhere; it is overwritten. <paramref name="inputGradient"/> takes the slope of
    /// <paramref name="inputActivation"/> at the input: it is that of the pre-activation there.
    /// </summary>
    public void Backward(
        IExecutor<T> e, Tensor input, Tensor outputGradient, Tensor? inputGradient, Activation inputActivation = Activation.Identity)
    {
        int rows = input.Rows;
        for (int i = layers.Length - 1; i >= 0; i--)
        {
            Tensor from = i == 0 ? input : outputs[i - 1].TopRows(rows);
            Tensor? to = i == 0 ? inputGradient : gradients[i - 1].TopRows(rows);
            // The slope of a layer below is taken in the product that computes its gradient.
            e.DenseGradient(from, layers[i].Weight, outputs[i].TopRows(rows), i < layers.Length - 1 ? Activation.Identity : activations[i],
                outputGradient, to, layers[i].WeightGradient, layers[i].BiasGradient, accumulate: true,
                i > 0 ? activations[i - 1] : inputActivation);
            if (i > 0)
                outputGradient = to!.Value;
        }
    }
}
