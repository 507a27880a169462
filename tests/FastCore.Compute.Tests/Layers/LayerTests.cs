using FastCore.Compute.Execution;
using FastCore.Microscopy.Files;
using FastCore.TestKit;

namespace FastCore.Compute.Tests.Layers;

/// <summary>The definitions of the layer operations against values of other origin: PyTorch's Adam, finite differences, closed forms.</summary>
public sealed class LayerTests
{
    [Fact]
    public void AdamFollowsTheTraceOfPyTorch()
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("adam");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        var layout = new ArenaLayout();
        Tensor g = layout.Allocate("g", 1, 5), m = layout.Allocate("m", 1, 5), v = layout.Allocate("v", 1, 5), p = layout.Allocate("p", 1, 5);
        using var executor = new ReferenceExecutor<double>(layout);
        executor.Upload(fixture["start"].Values, p);
        var now = new double[5];
        for (int step = 0; step < 8; step++)
        {
            executor.Upload(fixture["grads"].Values.AsSpan(step * 5, 5), g);
            executor.AdamStep(g, m, v, p, new AdamSettings(step + 1, 0.01));
            executor.Download(p, now);
            for (int i = 0; i < 5; i++)
                Assert.Equal(fixture["trace"].Values[(step * 5) + i], now[i], 1e-12);
        }
    }

    [Fact]
    public void ClippingLeavesShortGradientsAloneAndShortensLongOnes()
    {
        var layout = new ArenaLayout();
        Tensor g = layout.Allocate("g", 1, 2);
        using var executor = new HostExecutor<double>(layout);
        var values = new double[2];
        executor.Upload([3, 4], g);
        executor.ClipGlobalNorm(g, 6);
        executor.Download(g, values);
        Assert.Equal([3, 4], values);
        executor.ClipGlobalNorm(g, 1);
        executor.Download(g, values);
        Assert.Equal(0.6, values[0], 1e-15);
        Assert.Equal(0.8, values[1], 1e-15);
    }

    [Theory]
    [InlineData(Activation.Identity)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.LeakyRelu)]
    public void DenseGradientIsTheDerivative(Activation activation) => CheckGradient(
        [("x", 4, 3), ("w", 3, 5), ("b", 1, 5)],
        (4, 5),
        (e, at, y) => e.Dense(at("x"), at("w"), at("b"), activation, y),
        (e, at, y, gy, grad) => e.DenseGradient(at("x"), at("w"), y, activation, gy, grad("x"), grad("w"), grad("b")));

    [Fact]
    public void ScaleToBoundsGradientIsTheDerivative() => CheckGradient(
        [("x", 5, 3)],
        (5, 3),
        (e, at, y) => e.ScaleToBounds(at("x"), -0.95, 0.95, at("bounds"), y),
        (e, at, y, gy, grad) => e.ScaleToBoundsGradient(at("x"), -0.95, 0.95, at("bounds"), gy, grad("x")),
        ("bounds", 1, 2));

    [Fact]
    public void BatchNormalizeGradientIsTheDerivative() => CheckGradient(
        [("x", 6, 3), ("scale", 1, 3), ("shift", 1, 3)],
        (6, 3),
        (e, at, y) => e.BatchNormalize(at("x"), at("scale"), at("shift"), 1e-5, 0.1, at("mean"), at("inverse"), at("running"), at("variance"), y),
        (e, at, y, gy, grad) => e.BatchNormalizeGradient(at("x"), at("scale"), at("mean"), at("inverse"), gy, grad("x"), grad("scale"), grad("shift")),
        ("mean", 1, 3), ("inverse", 1, 3), ("running", 1, 3), ("variance", 1, 3));

    [Fact]
    public void BatchOfOneRowBecomesTheShift()
    {
        var layout = new ArenaLayout();
        Tensor x = layout.Allocate("x", 1, 2), one = layout.Allocate("one", 1, 2), shift = layout.Allocate("shift", 1, 2), y = layout.Allocate("y", 1, 2);
        Tensor a = layout.Allocate("a", 1, 2), b = layout.Allocate("b", 1, 2), c = layout.Allocate("c", 1, 2), d = layout.Allocate("d", 1, 2);
        using var executor = new HostExecutor<double>(layout);
        executor.Upload([5, -7], x);
        executor.Fill(one, 1);
        executor.Upload([0.25, 0.5], shift);
        executor.Fill(d, 2);
        executor.BatchNormalize(x, one, shift, 1e-5, 0.1, a, b, c, d, y);
        var values = new double[2];
        executor.Download(y, values);
        Assert.Equal([0.25, 0.5], values);
        executor.Download(d, values);
        Assert.Equal([2, 2], values);
    }

    [Fact]
    public void ShapesThatDoNotFitAreNamed()
    {
        var layout = new ArenaLayout();
        Tensor x = layout.Allocate("x", 2, 3), w = layout.Allocate("w", 4, 5), b = layout.Allocate("b", 1, 5), y = layout.Allocate("y", 2, 5);
        using var executor = new HostExecutor<float>(layout);
        var exception = Assert.Throws<ArgumentException>(() => executor.Dense(x, w, b, Activation.Tanh, y));
        Assert.Contains("weight is 4 x 5; 3 x 5 is expected", exception.Message, StringComparison.Ordinal);
    }

    // Central differences of sum(c * y) in double, against the gradients that the operation gives for dF/dy = c.
    private static void CheckGradient(
        (string Name, int Rows, int Columns)[] inputs, (int Rows, int Columns) output,
        Action<IExecutor<double>, Func<string, Tensor>, Tensor> forward,
        Action<IExecutor<double>, Func<string, Tensor>, Tensor, Tensor, Func<string, Tensor>> backward,
        params (string Name, int Rows, int Columns)[] more)
    {
        var layout = new ArenaLayout();
        var tensors = inputs.Concat(more).ToDictionary(t => t.Name, t => layout.Allocate(t.Name, t.Rows, t.Columns));
        var gradients = inputs.ToDictionary(t => t.Name, t => layout.Allocate("g" + t.Name, t.Rows, t.Columns));
        Tensor y = layout.Allocate("y", output.Rows, output.Columns), gy = layout.Allocate("gy", output.Rows, output.Columns);
        using var executor = new ReferenceExecutor<double>(layout);
        var random = new Random(5);
        double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextDouble()) - 1)];
        double[] weights = Draw(y.Count);
        var values = inputs.ToDictionary(t => t.Name, t => Draw(t.Rows * t.Columns));
        double Value()
        {
            foreach ((string name, double[] v) in values)
                executor.Upload(v, tensors[name]);
            forward(executor, name => tensors[name], y);
            var result = new double[y.Count];
            executor.Download(y, result);
            return result.Zip(weights, (a, b) => a * b).Sum();
        }
        Value();
        executor.Upload(weights, gy);
        backward(executor, name => tensors[name], y, gy, name => gradients[name]);
        var actual = new Dictionary<string, double[]>();
        foreach ((string name, Tensor tensor) in gradients)
            executor.Download(tensor, actual[name] = new double[tensor.Count]);
        foreach ((string name, double[] v) in values)
        {
            for (int i = 0; i < v.Length; i++)
            {
                double old = v[i];
                v[i] = old + 1e-6;
                double above = Value();
                v[i] = old - 1e-6;
                double below = Value();
                v[i] = old;
                Assert.Equal((above - below) / 2e-6, actual[name][i], 1e-7);
            }
        }
    }
}
