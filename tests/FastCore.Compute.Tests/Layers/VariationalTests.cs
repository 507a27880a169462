using FastCore.Compute.Execution;
using FastCore.Microscopy.Files;
using FastCore.TestKit;

namespace FastCore.Compute.Tests.Layers;

/// <summary>The operations of a variational autoencoder against reference values, closed forms and central differences in double.</summary>
public sealed class VariationalTests
{
    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    public void GridsTurnAndMoveAsTheFixtureSays(string backend)
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("coords");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        var bench = new Bench(backend, ("g", 12, 2), ("phi", 5, 1), ("shift", 5, 2), ("none", 5, 0), ("out", 60, 2));
        bench.Set("g", fixture["grid_4x3"].Values);
        bench.Set("phi", fixture["phi"].Values);
        bench.Set("shift", fixture["shift"].Values);
        bench.Executor.TransformGrid(bench["g"], bench["phi"], bench["none"], 0.5, bench["out"]);
        Near(fixture["rotated"].Values, bench.Get("out"), 1e-14);
        bench.Executor.TransformGrid(bench["g"], bench["phi"], bench["shift"], 0.5, bench["out"]);
        Near(fixture["moved"].Values, bench.Get("out"), 1e-14);
        // One shift column moves both axes.
        bench.Executor.TransformGrid(bench["g"], bench["none"], bench["shift"].Block(0, 1, 5, 1), 2, bench["out"]);
        double[] grid = fixture["grid_4x3"].Values, shift = fixture["shift"].Values;
        Near([.. Enumerable.Range(0, 120).Select(i => grid[i % 24] + (2 * shift[(2 * (i / 24)) + 1]))], bench.Get("out"), 1e-14);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    public void DivergencesAreThoseOfTheFixture(string backend)
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("kl");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        double[] mean = fixture["m0"].Values, sigma = fixture["s0"].Values, z = fixture["z"].Values;
        var bench = new Bench(backend, ("m", 6, 4), ("l", 6, 4), ("e", 6, 4), ("z", 6, 4), ("p", 1, 4), ("k", 6, 4), ("s", 6, 1));
        bench.Set("m", mean);
        bench.Set("l", [.. sigma.Select(value => Math.Log(value))]);
        bench.Executor.KlDivergence(bench["m"], bench["l"], bench["p"], bench["k"]);
        bench.Executor.RowSum(bench["k"], bench["s"]);
        Near(fixture["kl_std"].Values, bench.Get("s"), 1e-12);
        // One row at a time with the prior of that row: KL(N(m0, s0) || N(m1, s1)) is that of m0 - m1 with a centred prior.
        double[] otherMean = fixture["m1"].Values, otherSigma = fixture["s1"].Values;
        bench.Set("m", [.. mean.Zip(otherMean, (a, b) => a - b)]);
        for (int i = 0; i < 6; i++)
        {
            bench.Set("p", [.. otherSigma.AsSpan(4 * i, 4).ToArray().Select(value => Math.Log(value))]);
            bench.Executor.KlDivergence(bench["m"], bench["l"], bench["p"], bench["k"]);
            bench.Executor.RowSum(bench["k"], bench["s"]);
            Assert.Equal(fixture["kl_diag"].Values[i], bench.Get("s")[i], 1e-11);
        }
        bench.Set("p", new double[4]);
        bench.Set("z", z);
        bench.Set("e", [.. Enumerable.Range(0, 24).Select(i => (z[i] - mean[i]) / sigma[i])]);
        bench.Executor.SampledKlDivergence(bench["l"], bench["e"], bench["z"], bench["p"], bench["k"]);
        bench.Executor.RowSum(bench["k"], bench["s"]);
        Near([.. fixture["mc_logq"].Values.Zip(fixture["mc_logp"].Values, (q, p) => q - p)], bench.Get("s"), 1e-11);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    public void CrossEntropyIsThatOfProbabilitiesAndStaysFinite(string backend)
    {
        double[] logits = [0, 1.5, -2, 3, 800, -800, 800, -800], target = [0.3, 1, 0, 0.25, 1, 0, 0, 1];
        var bench = new Bench(backend, ("x", 2, 4), ("t", 2, 4), ("s", 2, 1));
        bench.Set("x", logits);
        bench.Set("t", target);
        bench.Executor.SigmoidCrossEntropy(bench["x"], bench["t"], bench["s"]);
        double sum = 0;
        for (int i = 0; i < 4; i++)
        {
            double s = 1 / (1 + Math.Exp(-logits[i]));
            sum -= (target[i] * Math.Log(s)) + ((1 - target[i]) * Math.Log(1 - s));
        }
        Near([sum, 1600], bench.Get("s"), 1e-12);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    public void AlignmentsAreTheirFormulas(string backend)
    {
        var bench = new Bench(backend, ("a", 3, 2), ("b", 3, 2), ("s", 3, 1), ("ga", 3, 2), ("gb", 3, 2));
        bench.Set("a", [1, 2, 0, 0, 3, -4]);
        bench.Set("b", [1, 5, 1, 1, -3, 4]);
        bench.Executor.L1Alignment(bench["a"], bench["b"], bench["s"]);
        Assert.Equal([3, 2, 14], bench.Get("s"));
        bench.Executor.L1AlignmentGradient(bench["a"], bench["b"], 0.5, bench["ga"], bench["gb"]);
        Assert.Equal([0, -0.5, -0.5, -0.5, 0.5, -0.5], bench.Get("ga"));
        Assert.Equal([0, 0.5, 0.5, 0.5, -0.5, 0.5], bench.Get("gb"));
        bench.Executor.CosineAlignment(bench["a"], bench["b"], bench["s"]);
        Near([1 - (11 / Math.Sqrt(5 * 26)), 1, 2], bench.Get("s"), 1e-15);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    public void EveryGradientIsTheDerivative(string backend)
    {
        Check(backend, [("x", 3, 9), ("t", 3, 9)], ["x"], (3, 1),
            (e, at, y) => e.SigmoidCrossEntropy(at("x"), at("t"), y),
            (e, at, gy, grad) => e.SigmoidCrossEntropyGradient(at("x"), at("t"), 1, grad("x")));
        Check(backend, [("m", 3, 4), ("l", 3, 4), ("e", 3, 4)], ["m", "l"], (3, 4),
            (e, at, y) => e.Reparameterize(at("m"), at("l"), at("e"), y),
            (e, at, gy, grad) => e.ReparameterizeGradient(at("l"), at("e"), gy, grad("m"), grad("l")), weighted: true);
        Check(backend, [("m", 3, 4), ("l", 3, 4), ("p", 1, 4)], ["m", "l"], (3, 4),
            (e, at, y) => e.KlDivergence(at("m"), at("l"), at("p"), y),
            (e, at, gy, grad) => e.KlDivergenceGradient(at("m"), at("l"), at("p"), 1, grad("m"), grad("l")));
        // The sample moves with mean and spread; the gradient passes through it.
        Check(backend, [("m", 3, 4), ("l", 3, 4), ("e", 3, 4), ("p", 1, 4), ("z", 3, 4), ("gz", 3, 4)], ["m", "l"], (3, 4),
            (e, at, y) =>
            {
                e.Reparameterize(at("m"), at("l"), at("e"), at("z"));
                e.SampledKlDivergence(at("l"), at("e"), at("z"), at("p"), y);
            },
            (e, at, gy, grad) =>
            {
                e.Fill(at("gz"), 0);
                e.SampledKlDivergenceGradient(at("z"), at("p"), 1, at("gz"), grad("l"));
                e.ReparameterizeGradient(at("l"), at("e"), at("gz"), grad("m"), grad("l"));
            });
        foreach ((int angles, int shifts) in new[] { (1, 2), (1, 1), (0, 2), (1, 0) })
        {
            string[] inputs = angles == 0 ? ["d"] : shifts == 0 ? ["a"] : ["a", "d"];
            Check(backend, [("g", 5, 2), ("a", 3, angles), ("d", 3, shifts)], inputs, (15, 2),
                (e, at, y) => e.TransformGrid(at("g"), at("a"), at("d"), 0.5, y),
                (e, at, gy, grad) => e.TransformGridGradient(at("g"), at("a"), 0.5, gy, grad("a"), grad("d")), weighted: true);
        }
        foreach (Activation activation in new[] { Activation.Identity, Activation.Tanh, Activation.Sigmoid })
        {
            Check(backend, [("g", 12, 2), ("w", 2, 5), ("b", 1, 5), ("z", 3, 5), ("y2", 12, 5)], ["g", "w", "b", "z"], (12, 5),
                (e, at, y) =>
                {
                    e.SpatialDense(at("g"), at("w"), at("b"), at("z"), activation, y);
                    e.Copy(y, at("y2"));
                },
                (e, at, gy, grad) => e.SpatialDenseGradient(at("g"), at("w"), at("y2"), activation, gy, grad("g"), grad("w"), grad("b"), grad("z")),
                weighted: true);
        }
        Check(backend, [("a", 3, 4), ("b", 3, 4)], ["a", "b"], (3, 1),
            (e, at, y) => e.L1Alignment(at("a"), at("b"), y),
            (e, at, gy, grad) => e.L1AlignmentGradient(at("a"), at("b"), 1, grad("a"), grad("b")));
        Check(backend, [("a", 3, 4), ("b", 3, 4)], ["a", "b"], (3, 1),
            (e, at, y) => e.CosineAlignment(at("a"), at("b"), y),
            (e, at, gy, grad) => e.CosineAlignmentGradient(at("a"), at("b"), 1, grad("a"), grad("b")));
    }

    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    public void GradientsAreAddedInto(string backend)
    {
        var bench = new Bench(backend, ("x", 4, 3), ("w", 3, 2), ("y", 4, 2), ("gy", 4, 2), ("gw", 3, 2), ("gb", 1, 2),
            ("gy2", 4, 2), ("hw", 3, 2), ("hb", 1, 2));
        bench.Fill("x", "w", "y", "gy");
        bench.Executor.Copy(bench["gy"], bench["gy2"]);
        bench.Executor.DenseGradient(bench["x"], bench["w"], bench["y"], Activation.Tanh, bench["gy"], null, bench["gw"], bench["gb"]);
        // The same in two chunks.
        for (int half = 0; half < 2; half++)
        {
            Tensor Part(string name) => bench[name].Block(2 * half, 0, 2, bench[name].Columns);
            bench.Executor.DenseGradient(
                Part("x"), bench["w"], Part("y"), Activation.Tanh, Part("gy2"), null, bench["hw"], bench["hb"], accumulate: half > 0);
        }
        Near(bench.Get("gw"), bench.Get("hw"), 1e-15);
        Near(bench.Get("gb"), bench.Get("hb"), 1e-15);
    }

    private static void Near(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
    }

    // Central differences of sum(c y), with c = 1 where the gradient takes no dF/dy, against what the operation adds to zeroed gradients.
    private static void Check(string backend, (string Name, int Rows, int Columns)[] tensors, string[] inputs, (int Rows, int Columns) output,
        Action<IExecutor<double>, Func<string, Tensor>, Tensor> forward,
        Action<IExecutor<double>, Func<string, Tensor>, Tensor, Func<string, Tensor>> backward, bool weighted = false)
    {
        var bench = new Bench(backend, [.. tensors, .. tensors.Select(t => ("grad " + t.Name, t.Rows, t.Columns)),
            ("out", output.Rows, output.Columns), ("weights", output.Rows, output.Columns)]);
        bench.Fill([.. tensors.Select(t => t.Name)]);
        double[] weights = weighted ? bench.Fill("weights") : [.. Enumerable.Repeat(1.0, output.Rows * output.Columns)];
        double Value()
        {
            forward(bench.Executor, name => bench[name], bench["out"]);
            return bench.Get("out").Zip(weights, (a, b) => a * b).Sum();
        }
        Value();
        backward(bench.Executor, name => bench[name], bench["weights"], name => bench["grad " + name]);
        foreach (string name in inputs)
        {
            double[] values = bench.Get(name), gradient = bench.Get("grad " + name);
            for (int i = 0; i < values.Length; i++)
            {
                double old = values[i];
                values[i] = old + 1e-6;
                bench.Set(name, values);
                double above = Value();
                values[i] = old - 1e-6;
                bench.Set(name, values);
                double below = Value();
                values[i] = old;
                bench.Set(name, values);
                Assert.Equal((above - below) / 2e-6, gradient[i], 1e-7);
            }
        }
    }

    private sealed class Bench
    {
        private readonly Dictionary<string, Tensor> tensors = [];
        private readonly Random random = new(11);

        public Bench(string backend, params (string Name, int Rows, int Columns)[] shapes)
        {
            var layout = new ArenaLayout();
            foreach ((string name, int rows, int columns) in shapes)
                tensors[name] = layout.Allocate(name, rows, columns);
            Executor = backend == "host" ? new HostExecutor<double>(layout) : new ReferenceExecutor<double>(layout);
        }

        public IExecutor<double> Executor { get; }

        public Tensor this[string name] => tensors[name];

        public void Set(string name, double[] values) => Executor.Upload(values, tensors[name]);

        public double[] Get(string name)
        {
            var values = new double[tensors[name].Count];
            Executor.Download(tensors[name], values);
            return values;
        }

        public double[] Fill(params string[] names)
        {
            double[] values = [];
            foreach (string name in names)
            {
                values = [.. Enumerable.Range(0, tensors[name].Count).Select(_ => (2 * random.NextDouble()) - 1)];
                Set(name, values);
            }
            return values;
        }
    }
}
