using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Learning.DualVae;

/// <summary>All trained values in one tensor, and as many each for gradient and Adam's moments, so that a step is one operation.</summary>
internal sealed class DualVaeParameters<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<string, (Tensor Value, Tensor Gradient)> named = [];

    public DualVaeParameters(ArenaLayout layout, DualVaeArchitecture architecture, bool training)
    {
        int count = architecture.ParameterCount, kept = training ? count : 0;
        Values = layout.Allocate("weights", 1, count);
        Gradient = layout.Allocate("gradient", 1, kept);
        FirstMoment = layout.Allocate("first moment", 1, kept);
        SecondMoment = layout.Allocate("second moment", 1, kept);
        int at = 0;
        foreach (DualVaeParameter p in architecture.Parameters)
        {
            int size = p.Rows * p.Columns;
            Tensor gradient = training ? Gradient.Block(0, at, 1, size).Reshape(p.Rows, p.Columns) : default;
            named[p.Name] = (Values.Block(0, at, 1, size).Reshape(p.Rows, p.Columns), gradient);
            at += size;
        }
    }

    public Tensor Values { get; }

    public Tensor Gradient { get; }

    public Tensor FirstMoment { get; }

    public Tensor SecondMoment { get; }

    public Tensor Value(string name) => named[name].Value;

    public Tensor GradientOf(string name) => named[name].Gradient;

    public DenseWeights Layer(string name) =>
        new(Value(name + ".weight"), Value(name + ".bias"), GradientOf(name + ".weight"), GradientOf(name + ".bias"));
}

/// <summary>Weights of a dense layer and where their gradients go.</summary>
internal readonly record struct DenseWeights(Tensor Weight, Tensor Bias, Tensor WeightGradient, Tensor BiasGradient);
