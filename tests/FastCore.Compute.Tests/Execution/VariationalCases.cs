using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>Calls of the operations of a variational autoencoder with a spatial decoder, and of the sums that make its loss.</summary>
public static class VariationalCases
{
    private static readonly (int Rows, int Columns)[] Shapes =
        [(1, 1), (1, 7), (7, 1), (3, 8), (8, 3), (5, 15), (15, 5), (2, 16), (16, 2), (3, 17), (17, 3), (4, 65), (65, 4), (2, 251), (0, 3), (3, 0)];

    private static readonly (int Count, int Pixels, int Width)[] Images =
        [(1, 1, 1), (3, 4, 7), (4, 7, 3), (7, 3, 4), (2, 5, 16), (5, 2, 17), (1, 9, 15), (3, 2, 65), (0, 0, 3), (3, 0, 4), (20, 256, 33)];

    /// <summary>All cases in precision T.</summary>
    public static IEnumerable<ParityCase> All<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        [.. Sums<T>(), .. CrossEntropies<T>(), .. Latents<T>(), .. Grids<T>(), .. SpatialLayers<T>(), .. Accumulated<T>()];

    private static IEnumerable<ParityCase> Sums<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int n, int m) in ((int, int)[])[.. Shapes, (210, 256), (3, 5000)])
        {
            bool small = n * m <= 600;
            yield return new ParityCase($"RowSum {n} x {m}", 8 + m) { Small = small }.With("a", n, m).With("s", n, 1)
                .Runs<T>((e, at) => e.RowSum(at("a"), at("s")));
            foreach (double beta in new[] { 0, 1, -0.5 })
            {
                ParityCase sum = new ParityCase($"Sum {n} x {m} beta {beta}", 16 + (4 * Math.Sqrt(n * m))) { Small = small }
                    .With("a", n, m, (i, j) => 0.25 + (0.75 * Math.Abs(Math.Sin((5 * i) + j))));
                yield return sum.With("s", 1, 1, (_, _) => beta == 0 ? double.NaN : 3)
                    .Runs<T>((e, at) => e.Sum(at("a"), T.CreateChecked(0.25), T.CreateChecked(beta), at("s")));
            }
        }
        // More rows than one stage of the device takes.
        foreach ((int n, int m) in new[] { (513, 1), (600, 5), (1000, 33) })
        {
            yield return new ParityCase($"ColumnSum {n} x {m}", 8 + n) { Small = m <= 5 }.With("a", n, m).With("s", 1, m)
                .Runs<T>((e, at) => e.ColumnSum(at("a"), at("s")));
        }
    }

    private static IEnumerable<ParityCase> CrossEntropies<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int b, int n) in ((int, int)[])[.. Shapes, (210, 256)])
        {
            // Logits from -60 to 60: the exponential alone would overflow or vanish.
            ParityCase Tensors(string name, double tolerance) => new ParityCase($"{name} {b} x {n}", tolerance) { Small = b * n <= 600 }
                .With("x", b, n, (i, j) => 60 * Math.Sin((7 * i) + (3 * j) + 1) * Math.Cos((5 * i) - j))
                .With("t", b, n, (i, j) => ((3 * i) + j) % 5 / 4.0);
            yield return Tensors("SigmoidCrossEntropy", 8 + (2 * Math.Sqrt(n))).With("s", b, 1)
                .Runs<T>((e, at) => e.SigmoidCrossEntropy(at("x"), at("t"), at("s")));
            yield return Tensors("SigmoidCrossEntropyGradient", 8).With("g", b, n)
                .Runs<T>((e, at) => e.SigmoidCrossEntropyGradient(at("x"), at("t"), T.CreateChecked(0.5), at("g")));
            // The scale of the logits, which the gradient replaces, is not in the results: the tolerance is that of the gradient.
            yield return Tensors("SigmoidCrossEntropyGradient in place", 8)
                .Runs<T>((e, at) => e.SigmoidCrossEntropyGradient(at("x"), at("t"), T.CreateChecked(-2), at("x")));
        }
    }

    private static IEnumerable<ParityCase> Latents<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T weight = T.CreateChecked(0.75);
        foreach ((int b, int d) in Shapes)
        {
            ParityCase Tensors(string name) => new ParityCase($"{name} {b} x {d}", 24) { Small = true }
                .With("m", b, d).With("l", b, d).With("e", b, d).With("z", b, d).With("p", 1, d, (_, j) => 0.4 * (j % 3));
            yield return Tensors("Reparameterize").Runs<T>((e, at) => e.Reparameterize(at("m"), at("l"), at("e"), at("z")));
            yield return Tensors("ReparameterizeGradient").With("g", b, d)
                .Runs<T>((e, at) => e.ReparameterizeGradient(at("l"), at("e"), at("g"), at("m"), at("z")));
            yield return Tensors("KlDivergence").With("k", b, d).Runs<T>((e, at) => e.KlDivergence(at("m"), at("l"), at("p"), at("k")));
            yield return Tensors("KlDivergenceGradient").With("gm", b, d).With("gl", b, d)
                .Runs<T>((e, at) => e.KlDivergenceGradient(at("m"), at("l"), at("p"), weight, at("gm"), at("gl")));
            yield return Tensors("SampledKlDivergence").With("k", b, d)
                .Runs<T>((e, at) => e.SampledKlDivergence(at("l"), at("e"), at("z"), at("p"), at("k")));
            yield return Tensors("SampledKlDivergenceGradient").With("gz", b, d).With("gl", b, d)
                .Runs<T>((e, at) => e.SampledKlDivergenceGradient(at("z"), at("p"), weight, at("gz"), at("gl")));
            // Some codes are equal, where the slope of the absolute value is 0; the first row of the first code is 0, where the cosine is bounded.
            ParityCase Codes(string name) => new ParityCase($"{name} {b} x {d}", 24 + (4 * d)) { Small = true }
                .With("a", b, d, (i, j) => i == 0 ? 0 : Math.Sin(i + (2 * j)))
                .With("b", b, d, (i, j) => (i + j) % 3 == 0 && i > 0 ? Math.Sin(i + (2 * j)) : Math.Cos(i - j));
            yield return Codes("L1Alignment").With("s", b, 1).Runs<T>((e, at) => e.L1Alignment(at("a"), at("b"), at("s")));
            yield return Codes("L1AlignmentGradient").With("ga", b, d).With("gb", b, d)
                .Runs<T>((e, at) => e.L1AlignmentGradient(at("a"), at("b"), weight, at("ga"), at("gb")));
            yield return Codes("CosineAlignment").With("s", b, 1).Runs<T>((e, at) => e.CosineAlignment(at("a"), at("b"), at("s")));
            yield return new ParityCase($"CosineAlignmentGradient {b} x {d}", 60 + (8 * d)) { Small = true }
                .With("a", b, d, (i, j) => 0.1 + Math.Abs(Math.Sin(i + (2 * j)))).With("b", b, d, (i, j) => 0.1 + Math.Abs(Math.Cos(i - j)))
                .With("ga", b, d).With("gb", b, d)
                .Runs<T>((e, at) => e.CosineAlignmentGradient(at("a"), at("b"), weight, at("ga"), at("gb")));
            yield return new ParityCase($"CosineAlignmentGradient beside a code of zero, {b} x {d}", 60 + (8 * d)) { Small = true }
                .With("a", b, d, (i, j) => 0.1 + Math.Abs(Math.Sin(i + (2 * j)))).With("b", b, d, (i, j) => 0).With("ga", b, d).With("gb", b, d)
                .Runs<T>((e, at) => e.CosineAlignmentGradient(at("a"), at("b"), weight, at("ga"), at("gb")));
        }
    }

    private static IEnumerable<ParityCase> Grids<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T scale = T.CreateChecked(0.5);
        foreach ((int b, int p) in new[] { (1, 1), (3, 4), (4, 3), (2, 9), (9, 2), (3, 31), (31, 3), (2, 65), (5, 256), (0, 3), (3, 0), (210, 256) })
        {
            foreach ((int angles, int shifts) in new[] { (1, 2), (1, 1), (1, 0), (0, 2), (0, 0) })
            {
                bool small = b * p <= 600;
                yield return new ParityCase($"TransformGrid {b} x {p} angle {angles} shift {shifts}", 8) { Small = small, DeviceFactor = 8 }
                    .With("g", p, 2).With("a", b, angles, Turn).With("d", b, shifts).With("t", b * p, 2)
                    .Runs<T>((e, at) => e.TransformGrid(at("g"), at("a"), at("d"), scale, at("t")));
                yield return new ParityCase($"TransformGridGradient {b} x {p} angle {angles} shift {shifts}", 16 + (8 * Math.Sqrt(p)))
                {
                    Small = small,
                    DeviceFactor = 8,
                }
                .With("g", p, 2).With("a", b, angles, Turn).With("gt", b * p, 2).With("ga", b, angles).With("gd", b, shifts)
                .Runs<T>((e, at) => e.TransformGridGradient(at("g"), at("a"), scale, at("gt"), at("ga"), at("gd")));
            }
        }
    }

    // Several turns in either direction.
    private static double Turn(int image, int column) => (image % 2 == 0 ? 1 : -1) * (0.3 + (1.7 * image));

    private static IEnumerable<ParityCase> SpatialLayers<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            foreach ((int b, int p, int o) in Images)
            {
                if (p == 256 && activation is not (Activation.Tanh or Activation.Sigmoid))
                    continue;
                string shape = $"{activation} {b} x {p} -> {o}";
                bool small = b * p * o <= 600;
                yield return new ParityCase("SpatialDense " + shape, 16) { Small = small, DeviceFactor = 6 }
                    .With("g", b * p, 2).With("w", 2, o).With("bias", 1, o).With("z", b, o).With("y", b * p, o)
                    .Runs<T>((e, at) => e.SpatialDense(at("g"), at("w"), at("bias"), at("z"), activation, at("y")));
                bool accumulate = (b + p) % 2 == 0, wanted = (p + o) % 2 == 0;
                yield return new ParityCase($"SpatialDenseGradient {shape} {accumulate}", 24 + (8 * Math.Sqrt(b * p))) { Small = small }
                    .With("g", b * p, 2).With("w", 2, o).With("y", b * p, o).With("gy", b * p, o).With("gg", b * p, 2)
                    .With("gw", 2, o).With("gb", 1, o).With("gz", b, o)
                    .Runs<T>((e, at) => e.SpatialDenseGradient(
                        at("g"), at("w"), at("y"), activation, at("gy"), wanted ? at("gg") : null, at("gw"), at("gb"), at("gz"), accumulate));
            }
        }
    }

    private static IEnumerable<ParityCase> Accumulated<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int b, int i, int o) in new[] { (1, 1, 1), (4, 3, 5), (5, 17, 2), (0, 3, 4), (600, 5, 3), (5000, 33, 17) })
        {
            yield return new ParityCase($"DenseGradient accumulated {b} x {i} -> {o}", 24 + (8 * Math.Sqrt(b + o))) { Small = b <= 600 }
                .With("x", b, i).With("w", i, o).With("y", b, o).With("gy", b, o).With("gx", b, i).With("gw", i, o).With("gb", 1, o)
                .Runs<T>((e, at) => e.DenseGradient(at("x"), at("w"), at("y"), Activation.Tanh, at("gy"), at("gx"), at("gw"), at("gb"), true));
        }
    }
}
