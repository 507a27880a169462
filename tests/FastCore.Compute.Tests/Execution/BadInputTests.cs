using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>NaN and infinities, tensors without elements and tensors that share memory, on every kind of executor.</summary>
public sealed class BadInputTests
{
    public static TheoryData<string> Backends => ["host", "reference", "emulator", "opencl"];

    [Fact]
    public void OverlapIsExactForBlocksOfOneMatrix()
    {
        var whole = new Tensor(5, 4, 6, 6);
        List<Tensor> blocks = [];
        for (int row = 0; row < 4; row++)
        {
            for (int column = 0; column < 6; column++)
            {
                for (int rows = 0; row + rows <= 4; rows += 1 + (rows / 2))
                {
                    for (int columns = 0; column + columns <= 6; columns += 1 + (columns / 2))
                        blocks.Add(whole.Block(row, column, rows, columns));
                }
            }
        }
        foreach (Tensor x in blocks)
        {
            HashSet<int> elements = [.. Elements(x)];
            foreach (Tensor y in blocks)
                Assert.True(Apart.Overlap(x, y) == Elements(y).Any(elements.Contains), $"{x} and {y}");
        }
    }

    [Fact]
    public void OverlapIsNeverMissedBetweenMatrices()
    {
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            Tensor Draw()
            {
                int columns = random.Next(0, 5);
                return new Tensor(random.Next(0, 30), random.Next(0, 5), columns, columns + random.Next(0, 3));
            }
            Tensor x = Draw(), y = Draw();
            if (Elements(x).Intersect(Elements(y)).Any())
                Assert.True(Apart.Overlap(x, y), $"{x} and {y}");
            if (Apart.Overlap(x, y))
                Assert.True(x.Count > 0 && y.Count > 0);
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void SharedMemoryIsRefusedInOneSentence(string name)
    {
        using var bench = new Bench<float>(name, ("a", 6, 6), ("b", 6, 6), ("c", 6, 6), ("row", 1, 6), ("l", 6, 1));
        IExecutor<float> e = bench.Executor;
        Tensor a = bench["a"], b = bench["b"], c = bench["c"], row = bench["row"];
        ArgumentException error = Assert.Throws<ArgumentException>(() => e.MatrixMultiply(a, b, a, false, false, 1, 0));
        Assert.StartsWith("MatrixMultiply: the destination, 6 x 6 at 0 (stride 6), shares elements with an input, 6 x 6 at 0 (stride 6);",
            error.Message, StringComparison.Ordinal);
        Action[] calls =
        [
            () => e.Copy(a.Block(0, 0, 3, 3), a.Block(2, 2, 3, 3)),
            () => e.AddScaled(1, a, a),
            () => e.TriangularSolve(a, a.Block(0, 0, 6, 2), false),
            () => e.CholeskyInverse(a, a),
            () => e.CholeskyAppend(a, 2, a.Block(5, 0, 1, 3)),
            () => e.ColumnSum(a, a.Row(3)),
            () => e.ColumnSquaredNorm(a, a.Row(0)),
            () => e.RowSum(a, a.Block(0, 5, 6, 1)),
            () => e.Sum(a, 1, 0, a.Block(5, 5, 1, 1)),
            () => e.ScaledSquaredDistance(a, b, bench["l"], b),
            () => e.ScaledSquaredDistanceGradient(a, bench["l"], b, c, bench["l"]),
            () => e.PosteriorAppend(a, 2, a.Row(0), row.Block(0, 0, 1, 3), row.Block(0, 3, 1, 3), 0, b.Row(0), b.Row(1)),
            () => e.KeepSmallest(a.Row(1), a.TopRows(2)),
            () => e.ExpectedNearestDistance(a.TopRows(2), b.Row(0), c.Block(0, 0, 4, 2), 1, 1, 0, null, a.Row(1), b.Row(1)),
            () => e.ExpectedNearestDistance(a.TopRows(2), b.Row(0), c.Block(0, 0, 4, 2), 1, 1, 0, b.Block(1, 0, 3, 6), b.Row(3), b.Row(4)),
            () => e.Dense(a, b, row, Activation.Tanh, a),
            () => e.DenseGradient(a, b, c, Activation.Tanh, b, null, c, row),
            () => e.SigmoidCrossEntropy(a, b, b.Block(0, 0, 6, 1)),
            () => e.SigmoidCrossEntropyGradient(a, b, 1, b),
            () => e.Reparameterize(a, b, c, a),
            () => e.ReparameterizeGradient(a, b, c, c, b),
            () => e.KlDivergence(a, b, row, b),
            () => e.KlDivergenceGradient(a, b, row, 1, c, c),
            () => e.SampledKlDivergence(a, b, c, row, c),
            () => e.SampledKlDivergenceGradient(a, row, 1, b, b),
            () => e.TransformGrid(a.Block(0, 0, 3, 2), b.Block(0, 0, 2, 1), b.Block(0, 1, 2, 2), 1, b.Block(0, 2, 6, 2)),
            () => e.TransformGridGradient(a.Block(0, 0, 3, 2), b.Block(0, 0, 2, 1), 1, c.Block(0, 0, 6, 2), b.Block(0, 0, 2, 1), b.Block(0, 1, 2, 2)),
            () => e.SpatialDense(a.Block(0, 0, 6, 2), b.Block(0, 0, 2, 6), row, b.Block(1, 0, 3, 6), Activation.Tanh, a),
            () => e.SpatialDenseGradient(
                a.Block(0, 0, 6, 2), b.Block(0, 0, 2, 6), c, Activation.Tanh, c, null, b.Block(0, 0, 2, 6), row, b.Block(3, 0, 3, 6)),
            () => e.L1Alignment(a, b, b.Block(0, 3, 6, 1)),
            () => e.L1AlignmentGradient(a, b, 1, a, c),
            () => e.CosineAlignment(a, b, a.Block(0, 3, 6, 1)),
            () => e.CosineAlignmentGradient(a, b, 1, c, c),
        ];
        for (int i = 0; i < calls.Length; i++)
        {
            ArgumentException? refused = Record.Exception(calls[i]) as ArgumentException;
            Assert.True(refused?.Message.Contains("shares elements with an input", StringComparison.Ordinal) == true,
                $"call {i}: {refused?.Message}");
        }
        foreach ((Action call, string output) in Images(e, a, b, c, row, bench["l"]))
        {
            string? refused = (Record.Exception(call) as ArgumentException)?.Message;
            Assert.True(refused?.Contains("shares elements with", StringComparison.Ordinal) == true
                && refused.Contains(output, StringComparison.Ordinal), $"{output}: {refused}");
        }
        e.LineMedian(a, a);
        e.LevelPolynomial(a, 1, a);
        e.StepLineCorrection(a, b, 3, a, c.Block(0, 0, 6, 1));
        // Columns of one matrix interleave and yet lie apart; in place stays allowed where it says so.
        e.Copy(a.Block(0, 0, 6, 2), a.Block(0, 4, 6, 2));
        e.Multiply(a, b, a);
        e.SigmoidCrossEntropyGradient(a, b, 1, a);
        e.RowSum(a.Block(0, 0, 6, 3), a.Block(0, 3, 6, 1));
    }

    // Every output of every operation on images, once over an input or an earlier output; beside it the operation's name.
    private static IEnumerable<(Action Call, string Operation)> Images(IExecutor<float> e, Tensor a, Tensor b, Tensor c, Tensor row, Tensor column)
    {
        int[] centres = [14, 15];
        const PatchNormalization raw = PatchNormalization.None;
        yield return (() => e.ExtractPatches(a, centres, 2, raw, a.Block(0, 0, 2, 4)), nameof(e.ExtractPatches));
        yield return (() => e.PatchDistance(a, centres, 2, raw, b.Block(0, 0, 3, 4), a.Block(0, 0, 3, 2)), nameof(e.PatchDistance));
        yield return (() => e.PatchDistance(a, centres, 2, raw, b.Block(0, 0, 3, 4), b.Block(0, 3, 3, 2)), nameof(e.PatchDistance));
        yield return (() => e.DihedralPatchDistance(a, centres, 2, raw, b.Block(0, 0, 3, 4), b.Block(0, 3, 3, 2)), nameof(e.DihedralPatchDistance));
        yield return (() => e.DihedralPatchDistance(a, centres, 2, raw, b.Block(0, 0, 3, 4), a.Block(0, 0, 3, 2)), nameof(e.DihedralPatchDistance));
        yield return (() => e.PatchDense(a, centres, 2, raw, b.Block(0, 0, 4, 2), row.Block(0, 0, 1, 2), Activation.Tanh, a.Block(3, 0, 2, 2)),
            nameof(e.PatchDense));
        yield return (() => e.PatchDense(a, centres, 2, raw, b.Block(0, 0, 4, 2), row.Block(0, 0, 1, 2), Activation.Tanh, b.Block(3, 0, 2, 2)),
            nameof(e.PatchDense));
        yield return (() => e.PatchDense(a, [14], 2, raw, b.Block(0, 0, 4, 1), row.Block(0, 0, 1, 1), Activation.Tanh, row.Block(0, 0, 1, 1)),
            nameof(e.PatchDense));
        yield return (() => e.GaussianFilter(a, 1, a), nameof(e.GaussianFilter));
        yield return (() => e.Gradient(a, a, b), nameof(e.Gradient));
        yield return (() => e.Gradient(a, b, a), nameof(e.Gradient));
        yield return (() => e.Gradient(a, b, b), nameof(e.Gradient));
        yield return (() => e.StructureTensor(a, 1, 0, a, b), nameof(e.StructureTensor));
        yield return (() => e.StructureTensor(a, 1, 0, null, a), nameof(e.StructureTensor));
        yield return (() => e.StructureTensor(a, 1, 0, b, b), nameof(e.StructureTensor));
        yield return (() => e.HessianEigenvalues(a, 1, a, b, null, null, null), nameof(e.HessianEigenvalues));
        yield return (() => e.HessianEigenvalues(a, 1, b, a, null, null, null), nameof(e.HessianEigenvalues));
        yield return (() => e.HessianEigenvalues(a, 1, b, c, a, null, null), nameof(e.HessianEigenvalues));
        yield return (() => e.HessianEigenvalues(a, 1, b, c, null, b, null), nameof(e.HessianEigenvalues));
        yield return (() => e.HessianEigenvalues(a, 1, b, c, null, null, c), nameof(e.HessianEigenvalues));
        yield return (() => e.LocalMoments(a, 3, a, b, null, null, null), nameof(e.LocalMoments));
        yield return (() => e.LocalMoments(a, 3, b, b, null, null, null), nameof(e.LocalMoments));
        yield return (() => e.LocalMoments(a, 3, b, c, a, null, null), nameof(e.LocalMoments));
        yield return (() => e.LocalMoments(a, 3, b, c, null, b, null), nameof(e.LocalMoments));
        yield return (() => e.LocalMoments(a, 3, b, c, null, null, c), nameof(e.LocalMoments));
        yield return (() => e.CurvatureFit(a, 1, a, b), nameof(e.CurvatureFit));
        yield return (() => e.CurvatureFit(a, 1, b, b), nameof(e.CurvatureFit));
        yield return (() => e.PatchMinMax(a, 2, a, b), nameof(e.PatchMinMax));
        yield return (() => e.PatchMinMax(a, 2, b, b), nameof(e.PatchMinMax));
        yield return (() => e.StepLineCorrection(a, b, 3, b, null), nameof(e.StepLineCorrection));
        yield return (() => e.StepLineCorrection(a, null, 3, b, b.Block(0, 2, 6, 1)), nameof(e.StepLineCorrection));
        yield return (() => e.StepLineCorrection(a, null, 3, b, a.Block(0, 2, 6, 1)), nameof(e.StepLineCorrection));
        yield return (() => e.StepLineCorrection(a, b, 3, c, b.Block(0, 2, 6, 1)), nameof(e.StepLineCorrection));
        yield return (() => e.RotationEnergy(a, 3, a, b), nameof(e.RotationEnergy));
        yield return (() => e.RotationEnergy(a, 3, b, a), nameof(e.RotationEnergy));
        yield return (() => e.RotationEnergy(a, 3, b, b), nameof(e.RotationEnergy));
        yield return (() => e.RadialSpectrumSlope(a, centres, 6, a.Block(0, 0, 1, 2)), nameof(e.RadialSpectrumSlope));
        yield return (() => e.NormalProfile(a, b, c, centres, 1, a.Block(0, 0, 4, 2)), nameof(e.NormalProfile));
        yield return (() => e.NormalProfile(a, b, c, centres, 1, b.Block(0, 0, 4, 2)), nameof(e.NormalProfile));
        yield return (() => e.NormalProfile(a, b, c, centres, 1, c.Block(0, 0, 4, 2)), nameof(e.NormalProfile));
        yield return (() => e.TakePixels(a, [1, 2], a.Block(0, 0, 1, 2)), nameof(e.TakePixels));
        Tensor points = a.Block(0, 0, 2, 3), lower = b.Block(0, 0, 3, 3), beta = row.Block(0, 0, 1, 3), lengthscale = column.Block(0, 0, 2, 1);
        Tensor candidates = c.Block(0, 0, 2, 4), mean = c.Block(2, 0, 1, 4), variance = c.Block(3, 0, 1, 4), whitened = a.Block(2, 0, 3, 4);
        foreach (Tensor input in new[] { a.Block(0, 0, 1, 4), candidates.Row(1), b.Block(0, 0, 1, 4), row.Block(0, 0, 1, 4) })
        {
            yield return (() => Solve(null, input, variance), nameof(e.PosteriorSolve));
            yield return (() => Solve(null, mean, input), nameof(e.PosteriorSolve));
        }
        yield return (() => Solve(null, mean, mean), nameof(e.PosteriorSolve));
        yield return (() => Solve(a.Block(1, 0, 3, 4), mean, variance), nameof(e.PosteriorSolve));
        yield return (() => Solve(c.Block(1, 0, 3, 4), mean, variance), nameof(e.PosteriorSolve));
        yield return (() => Solve(whitened, whitened.Row(2), variance), nameof(e.PosteriorSolve));

        void Solve(Tensor? kept, Tensor first, Tensor second) =>
            e.PosteriorSolve(CovarianceFunction.Rbf, points, candidates, lengthscale, 1, lower, beta, 0, kept, first, second);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void NotANumberInIsNotANumberOut(string name)
    {
        Spread<float>(name);
        if (name is "host" or "reference")
            Spread<double>(name);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void InfinitiesDoNotBecomeNumbers(string name)
    {
        using var bench = new Bench<float>(name, ("x", 1, 20), ("w", 20, 2), ("b", 1, 2), ("y", 1, 2), ("s", 1, 1), ("i", 2, 1),
            ("v", 1, 1), ("c", 1, 1), ("o", 2, 1));
        IExecutor<float> e = bench.Executor;
        float[] x = new float[20];
        x[17] = float.PositiveInfinity;
        e.Upload(x, bench["x"]);
        e.Fill(bench["w"], 0.5f);
        e.Dense(bench["x"], bench["w"], bench["b"], Activation.Identity, bench["y"]);
        Assert.All(bench.Get("y"), value => Assert.Equal(float.PositiveInfinity, value));
        e.Dense(bench["x"], bench["w"], bench["b"], Activation.Tanh, bench["y"]);
        Assert.All(bench.Get("y"), value => Assert.Equal(1, value, 1e-6f));
        e.Sum(bench["x"], -1, 0, bench["s"]);
        Assert.Equal(float.NegativeInfinity, bench.Get("s")[0]);
        e.RowSum(bench["x"], bench["s"]);
        Assert.Equal(float.PositiveInfinity, bench.Get("s")[0]);
        e.Upload([float.PositiveInfinity, float.NegativeInfinity], bench["i"]);
        e.Upload([1], bench["v"]);
        e.Dense(bench["i"], bench["v"], bench["c"], Activation.Sigmoid, bench["o"]);
        Assert.Equal([1, 0], bench.Get("o"));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void ShapesThatDoNotFitAreNamed(string name)
    {
        using var bench = new Bench<float>(name, ("a", 3, 4), ("b", 4, 3), ("two", 3, 2), ("row", 1, 4), ("column", 3, 1), ("o", 6, 4),
            ("points", 6, 2));
        IExecutor<float> e = bench.Executor;
        Tensor a = bench["a"], b = bench["b"], row = bench["row"], column = bench["column"], two = bench["two"], o = bench["o"];
        Action[] calls =
        [
            () => e.RowSum(a, row),
            () => e.Sum(a, 1, 0, row),
            () => e.SigmoidCrossEntropy(a, b, column),
            () => e.SigmoidCrossEntropy(a, a, row),
            () => e.SigmoidCrossEntropyGradient(a, a, 1, b),
            () => e.Reparameterize(a, a, b, o),
            () => e.ReparameterizeGradient(a, a, a, b, o),
            () => e.KlDivergence(a, a, column, o),
            () => e.KlDivergenceGradient(a, a, row, 1, b, o),
            () => e.SampledKlDivergence(a, a, a, row, b),
            () => e.SampledKlDivergenceGradient(a, row, 1, b, o),
            () => e.TransformGrid(a, column, column, 1, o),
            () => e.TransformGrid(two, column, a.Block(0, 0, 3, 3), 1, o),
            () => e.TransformGrid(two, column, column, 1, o.Block(0, 0, 6, 2)),
            () => e.TransformGridGradient(two, column, 1, o, b.Block(0, 0, 3, 1), b.Block(0, 1, 3, 1)),
            () => e.SpatialDense(bench["points"], two, row, a, Activation.Tanh, o),
            () => e.SpatialDense(bench["points"].TopRows(5), a.Block(0, 0, 2, 4), row, b.Block(0, 0, 2, 3), Activation.Tanh, o),
            () => e.SpatialDenseGradient(o.Block(0, 0, 6, 2), a.Block(0, 0, 2, 4), o, Activation.Tanh, b, null, two, row, column),
            () => e.L1Alignment(a, b, column),
            () => e.L1AlignmentGradient(a, a, 1, b, o),
            () => e.CosineAlignment(a, a, row),
            () => e.CosineAlignmentGradient(a, a, 1, o, b),
        ];
        for (int i = 0; i < calls.Length; i++)
        {
            ArgumentException? refused = Record.Exception(calls[i]) as ArgumentException;
            Assert.True(refused?.Message.Contains(" expected", StringComparison.Ordinal) == true, $"call {i}: {refused?.Message}");
        }
    }

    // 20 columns: a whole vector and a rest, with the NaN in either; the other row stays clean.
    private static void Spread<T>(string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var bench = new Bench<T>(name, ("x", 2, 20), ("w", 20, 3), ("b", 1, 3), ("y", 2, 3), ("y2", 2, 20), ("s", 2, 1), ("one", 1, 1),
            ("row", 1, 20), ("t", 2, 20), ("g1", 2, 20), ("g2", 2, 20), ("bounds", 1, 2), ("eye", 20, 20), ("zero", 1, 20), ("point", 1, 2),
            ("grid", 2, 2));
        IExecutor<T> e = bench.Executor;
        T half = T.CreateChecked(0.5);
        e.Fill(bench["w"], half);
        e.Fill(bench["t"], half);
        e.AddDiagonal(bench["eye"], T.One);
        e.Fill(bench["point"], T.One);
        foreach (int column in new[] { 0, 3, 18, 19 })
        {
            var x = new T[40];
            Array.Fill(x, T.CreateChecked(0.25));
            x[column] = T.NaN;
            e.Upload(x, bench["x"]);
            void Check(string tensor, string what)
            {
                T[] values = bench.Get(tensor);
                int columns = bench[tensor].Columns;
                Assert.True(values.AsSpan(0, columns).ToArray().Any(T.IsNaN), $"{name}: {what} lost a NaN in column {column}.");
                if (bench[tensor].Rows == 2)
                    Assert.False(values.AsSpan(columns, columns).ToArray().Any(T.IsNaN), $"{name}: {what} carried a NaN into another row.");
            }
            foreach (Activation activation in Enum.GetValues<Activation>())
            {
                e.Dense(bench["x"], bench["w"], bench["b"], activation, bench["y"]);
                Check("y", $"Dense {activation}");
                // Element by element, so that the NaN stands alone in its vector.
                e.Dense(bench["x"], bench["eye"], bench["zero"], activation, bench["y2"]);
                Check("y2", $"Dense {activation} by element");
            }
            e.MatrixMultiply(bench["x"], bench["w"], bench["y"], false, false, T.One, T.Zero);
            Check("y", "MatrixMultiply");
            e.RowSum(bench["x"], bench["s"]);
            Check("s", "RowSum");
            e.Sum(bench["x"], T.One, T.Zero, bench["one"]);
            Check("one", "Sum");
            e.ColumnSum(bench["x"], bench["row"]);
            Check("row", "ColumnSum");
            e.SigmoidCrossEntropy(bench["x"], bench["t"], bench["s"]);
            Check("s", "SigmoidCrossEntropy");
            e.SigmoidCrossEntropyGradient(bench["x"], bench["t"], T.One, bench["g1"]);
            Check("g1", "SigmoidCrossEntropyGradient");
            e.L1Alignment(bench["t"], bench["x"], bench["s"]);
            Check("s", "L1Alignment");
            e.Fill(bench["g1"], T.Zero);
            e.Fill(bench["g2"], T.Zero);
            e.L1AlignmentGradient(bench["t"], bench["x"], T.One, bench["g1"], bench["g2"]);
            Check("g1", "L1AlignmentGradient");
            Check("g2", "L1AlignmentGradient");
            e.CosineAlignment(bench["t"], bench["x"], bench["s"]);
            Check("s", "CosineAlignment");
            e.KlDivergence(bench["t"], bench["x"], bench["zero"], bench["g1"]);
            Check("g1", "KlDivergence");
            e.Reparameterize(bench["t"], bench["x"], bench["t"], bench["g1"]);
            Check("g1", "Reparameterize");
            e.TransformGrid(bench["point"], bench["x"].Block(0, column, 2, 1), bench["x"].Block(0, 0, 2, 0), T.One, bench["grid"]);
            Check("grid", "TransformGrid");
            e.ScaleToBounds(bench["x"], T.Zero, T.One, bench["bounds"], bench["g1"]);
            Assert.All(bench.Get("bounds"), value => Assert.True(T.IsNaN(value), $"{name}: ScaleToBounds lost a NaN in column {column}."));
            Assert.All(bench.Get("g1"), value => Assert.True(T.IsNaN(value)));
        }
    }

    private static IEnumerable<int> Elements(Tensor tensor)
    {
        for (int i = 0; i < tensor.Rows; i++)
        {
            for (int j = 0; j < tensor.Columns; j++)
                yield return tensor.Offset + (i * tensor.Stride) + j;
        }
    }

    private sealed class Bench<T> : IDisposable
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly Dictionary<string, Tensor> tensors = [];
        private readonly ExecutionBackend backend;

        public Bench(string name, params (string Name, int Rows, int Columns)[] shapes)
        {
            Assert.SkipWhen(!DeviceParityTests.Runs(name), DeviceParityTests.NoOpenCl);
            var layout = new ArenaLayout();
            foreach ((string tensor, int rows, int columns) in shapes)
                tensors[tensor] = layout.Allocate(tensor, rows, columns);
            backend = ExecutionBackends.Open(name);
            Executor = typeof(T) == typeof(float) ? (IExecutor<T>)backend.CreateSingle(layout) : (IExecutor<T>)backend.CreateDouble(layout);
        }

        public IExecutor<T> Executor { get; }

        public Tensor this[string name] => tensors[name];

        public T[] Get(string name)
        {
            var values = new T[tensors[name].Count];
            Executor.Download(tensors[name], values);
            return values;
        }

        public void Dispose()
        {
            Executor.Dispose();
            backend.Dispose();
        }
    }
}
