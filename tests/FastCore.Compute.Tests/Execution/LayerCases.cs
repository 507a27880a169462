using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>Calls of the layer and imaging operations, at shapes in every order and around the vector widths.</summary>
public static class LayerCases
{
    private static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    /// <summary>All cases in precision T.</summary>
    public static IEnumerable<ParityCase> All<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        [.. DenseLayers<T>(), .. Normalisation<T>(), .. Bounds<T>(), .. Optimiser<T>(), .. VariationalCases.All<T>(), .. Patches<T>()];

    private static IEnumerable<ParityCase> DenseLayers<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            foreach (int[] triple in new int[][] { [1, 1, 1], [3, 16, 7], [5, 9, 33], [2, 15, 31] })
            {
                foreach (int[] order in triple[0] == triple[2] ? Orders[..1] : Orders)
                {
                    int b = triple[order[0]], i = triple[order[1]], o = triple[order[2]];
                    string shape = $"{activation} {b} x {i} -> {o}";
                    yield return new ParityCase("Dense " + shape, 12 + (4 * i)) { Small = b * i * o <= 600, DeviceFactor = 6 }
                        .With("x", b, i).With("w", i, o).With("bias", 1, o).With("y", b, o)
                        .Runs<T>((e, at) => e.Dense(at("x"), at("w"), at("bias"), activation, at("y")));
                    bool wanted = (b + i) % 2 == 0;
                    yield return new ParityCase("DenseGradient " + shape, 12 + (4 * (b + o))) { Small = b * i * o <= 600 }
                        .With("x", b, i).With("w", i, o).With("y", b, o).With("gy", b, o).With("gx", b, i).With("gw", i, o).With("gb", 1, o)
                        .Runs<T>((e, at) => e.DenseGradient(at("x"), at("w"), at("y"), activation, at("gy"), wanted ? at("gx") : null, at("gw"), at("gb")));
                    yield return new ParityCase("DenseGradient with slope " + shape, 12 + (4 * (b + o))) { Small = b * i * o <= 600 }
                        .With("x", b, i).With("w", i, o).With("y", b, o).With("gy", b, o).With("gx", b, i, (_, _) => double.NaN).With("gw", i, o).With("gb", 1, o)
                        .Runs<T>((e, at) => e.DenseGradient(
                            at("x"), at("w"), at("y"), Activation.Identity, at("gy"), at("gx"), at("gw"), at("gb"), accumulate: true, activation));
                }
            }
        }
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            foreach ((int b, int i, int o) in new[] { (210, 256, 128), (128, 210, 256), (110, 600, 95) })
            {
                yield return new ParityCase($"Dense large {activation} {b} x {i} -> {o}", 2000)
                    .With("x", b, i).With("w", i, o).With("bias", 1, o).With("y", b, o)
                    .Runs<T>((e, at) => e.Dense(at("x"), at("w"), at("bias"), activation, at("y")));
                // Several chunks of depth and blocks on all threads: the slope is taken once, at the end.
                yield return new ParityCase($"DenseGradient large with slope {activation} {b} x {o} -> {i}", 2000)
                    .With("x", b, o).With("w", o, i).With("y", b, i).With("gy", b, i).With("gx", b, o, (_, _) => double.NaN).With("gw", o, i).With("gb", 1, i)
                    .Runs<T>((e, at) => e.DenseGradient(
                        at("x"), at("w"), at("y"), Activation.Tanh, at("gy"), at("gx"), at("gw"), at("gb"), accumulate: false, activation));
            }
        }
    }

    private static IEnumerable<ParityCase> Normalisation<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T epsilon = T.CreateChecked(1e-5), momentum = T.CreateChecked(0.1);
        foreach ((int n, int o) in new[] { (1, 3), (2, 1), (3, 16), (16, 3), (7, 33), (33, 7), (5, 31), (4, 8) })
        {
            ParityCase Tensors(string name) => new ParityCase($"{name} {n} x {o}", 60 + (8 * n)) { Small = true, DeviceFactor = 8 }
                .With("x", n, o).With("scale", 1, o, (_, j) => 0.5 + (0.1 * j)).With("shift", 1, o).With("mean", 1, o)
                .With("inverse", 1, o, (_, j) => 1 + (0.05 * j)).With("running", 1, o).With("variance", 1, o, (_, j) => 0.3 + (0.2 * j)).With("y", n, o);
            if (n > 1)
            {
                yield return Tensors("BatchNormalize")
                    .Runs<T>((e, at) => e.BatchNormalize(at("x"), at("scale"), at("shift"), epsilon, momentum, at("mean"), at("inverse"), at("running"), at("variance"), at("y")));
            }
            yield return Tensors("BatchNormalizePredict")
                .Runs<T>((e, at) => e.BatchNormalizePredict(at("x"), at("scale"), at("shift"), epsilon, at("running"), at("variance"), at("y")));
            yield return Tensors("BatchNormalizeGradient").With("gy", n, o).With("gs", 1, o).With("gb", 1, o)
                .Runs<T>((e, at) => e.BatchNormalizeGradient(at("x"), at("scale"), at("mean"), at("inverse"), at("gy"), at("y"), at("gs"), at("gb")));
        }
    }

    private static IEnumerable<ParityCase> Bounds<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T low = T.CreateChecked(-0.95), high = T.CreateChecked(0.95);
        foreach ((int n, int o) in new[] { (1, 1), (1, 7), (7, 1), (14, 2), (3, 17), (17, 3), (5, 33) })
        {
            yield return new ParityCase($"ScaleToBounds {n} x {o}", 16) { Small = true }.With("x", n, o).With("bounds", 1, 2).With("y", n, o)
                .Runs<T>((e, at) => e.ScaleToBounds(at("x"), low, high, at("bounds"), at("y")));
            yield return new ParityCase($"ScaleToKnownBounds {n} x {o}", 16) { Small = true }.With("x", n, o).With("bounds", 1, 2, (_, j) => j == 0 ? -0.5 : 0.25).With("y", n, o)
                .Runs<T>((e, at) => e.ScaleToKnownBounds(at("x"), low, high, at("bounds"), at("y")));
            yield return new ParityCase($"ScaleToBoundsGradient {n} x {o}", 30 + (4 * n * o)) { Small = true }
                .With("x", n, o).With("bounds", 1, 2).With("y", n, o).With("gy", n, o).With("gx", n, o)
                .Runs<T>((e, at) =>
                {
                    e.ScaleToBounds(at("x"), low, high, at("bounds"), at("y"));
                    e.ScaleToBoundsGradient(at("x"), low, high, at("bounds"), at("gy"), at("gx"));
                });
        }
    }

    private static IEnumerable<ParityCase> Optimiser<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int rows, int columns) in new[] { (1, 1), (1, 15), (1, 16), (1, 17), (3, 33), (33, 3), (1, 600), (2, 0), (1, 70_001) })
        {
            foreach (double limit in new[] { 0.5, 1000 })
            {
                yield return new ParityCase($"ClipGlobalNorm {limit} {rows} x {columns}", 8 + Math.Sqrt(columns)) { Small = columns <= 600 }.With("g", rows, columns)
                    .Runs<T>((e, at) => e.ClipGlobalNorm(at("g"), T.CreateChecked(limit)));
            }
            var settings = new AdamSettings(3, 1e-2, WeightDecay: 1e-2);
            yield return new ParityCase($"AdamStep {rows} x {columns}", 16) { Small = columns <= 600 }
                .With("g", rows, columns).With("m", rows, columns).With("v", rows, columns, (i, j) => 0.1 + (0.01 * (i + j))).With("p", rows, columns)
                .Runs<T>((e, at) => e.AdamStep(at("g"), at("m"), at("v"), at("p"), settings));
            yield return new ParityCase($"AdamStep with previous {rows} x {columns}", 16) { Small = columns <= 600 }
                .With("g", rows, columns).With("m", rows, columns).With("v", rows, columns, (i, j) => 0.1 + (0.01 * (i + j))).With("p", rows, columns)
                .With("o", rows, columns).Runs<T>((e, at) => e.AdamStep(at("g"), at("m"), at("v"), at("p"), settings, at("o")));
        }
    }

    private static IEnumerable<ParityCase> Patches<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int rows, int columns, int size) in new[] { (7, 9, 4), (9, 7, 3), (5, 6, 2), (17, 16, 16), (8, 8, 1) })
        {
            int[] centres = [0, columns - 1, (rows / 2 * columns) + (columns / 2), (rows - 1) * columns, (rows * columns) - 1];
            foreach (PatchNormalization normalization in Enum.GetValues<PatchNormalization>())
            {
                string shape = $"{normalization} {size} of {rows} x {columns}";
                yield return new ParityCase("ExtractPatches " + shape, 4) { Small = true }.With("image", rows, columns).With("p", centres.Length, size * size)
                    .Runs<T>((e, at) => e.ExtractPatches(at("image"), centres, size, normalization, at("p")));
                yield return new ParityCase("PatchDistance " + shape, 8 + (2 * size)) { Small = true }
                    .With("image", rows, columns).With("r", 3, size * size).With("d", 3, centres.Length)
                    .Runs<T>((e, at) => e.PatchDistance(at("image"), centres, size, normalization, at("r"), at("d")));
            }
        }
        yield return new ParityCase("ExtractPatches constant image", 0) { Small = true }.With("image", 5, 5, (_, _) => 3).With("p", 2, 4)
            .Runs<T>((e, at) => e.ExtractPatches(at("image"), [6, 12], 2, PatchNormalization.Image, at("p")));
    }
}
