using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>Calls of the operations on images, at shapes in both orders and around the vector widths.</summary>
public static class ImagingCases
{
    // Single pixels, rows and columns; every width from a vector's -1 to +1; more than one block of rows.
    private static readonly (int Rows, int Columns)[] Small =
        [(1, 1), (1, 17), (17, 1), (2, 3), (3, 2), (7, 9), (9, 7), (8, 16), (16, 8), (15, 31), (5, 33), (33, 5), (12, 32), (3, 15)];

    private static readonly (int Rows, int Columns)[] Large = [(40, 65), (70, 131)];

    /// <summary>All cases in precision T.</summary>
    public static IEnumerable<ParityCase> All<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int rows, int columns) in Small.Concat(Large))
        {
            bool small = rows * columns <= 512;
            foreach (ParityCase parity in Levelling<T>(rows, columns, small).Concat(Filters<T>(rows, columns, small)).Concat(Windows<T>(rows, columns, small)))
                yield return parity;
        }
        foreach (ParityCase parity in Candidates<T>().Concat(Patches<T>()))
            yield return parity;
    }

    private static IEnumerable<ParityCase> Levelling<T>(int rows, int columns, bool small)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Far from 0, as heights above the scanner's own zero are.
        double Tilted(int i, int j) => 40 + (0.2 * i) - (0.1 * j) + Math.Sin((i * 1.3) + (j * j)) + (0.001 * i * j);
        double range = (from i in Enumerable.Range(0, rows) from j in Enumerable.Range(0, columns) select Math.Abs(Tilted(i, j) - Tilted(0, 0))).Max();
        foreach (int order in new[] { 1, 2 })
        {
            yield return new ParityCase($"LevelPolynomial {order} {rows} x {columns}", 8) { Small = small, DeviceFactor = 2, LeastScale = range }
                .With("h", rows, columns, Tilted).With("r", rows, columns).Runs<T>((e, at) => e.LevelPolynomial(at("h"), order, at("r")));
        }
        yield return new ParityCase($"LevelPolynomial in place {rows} x {columns}", 8) { Small = small, DeviceFactor = 2, LeastScale = range }
            .With("h", rows, columns, Tilted).Runs<T>((e, at) => e.LevelPolynomial(at("h"), 1, at("h")));
        yield return new ParityCase($"LineMedian {rows} x {columns}", 1) { Small = small }
            .With("h", rows, columns).With("r", rows, columns).Runs<T>((e, at) => e.LineMedian(at("h"), at("r")));
        // Equal values, both zeros, and in place.
        yield return new ParityCase($"LineMedian ties {rows} x {columns}", 0) { Small = small }
            .With("h", rows, columns, (i, j) => ((i + (7 * j)) % 4) - 1.5 + (j % 3 == 0 ? 1.5 : 0)).Runs<T>((e, at) => e.LineMedian(at("h"), at("h")));
        // Every fifth line jumps about so wildly that it is bad beyond doubt; the first and the last one too where there are enough.
        bool Bad(int i) => rows > 6 && (i % 5 == 3 || i == 0 || i == rows - 1);
        double Stepped(int i, int j) => Math.Sin((i * 0.2) + (j * 0.7)) + (0.3 * ((i * i) % 7)) + (Bad(i) ? 50 * Math.Sin((i * 3) + (j * j)) : 0);
        // A whole line may be masked.
        double Covered(int i, int j) => (i + (3 * j)) % 4 == 0 || i == 2 ? 1 + j : 0;
        T limit = T.CreateChecked(8);
        yield return new ParityCase($"StepLineCorrection {rows} x {columns}", 16) { Small = small, LeastScale = 2 }
            .With("h", rows, columns, Stepped).With("r", rows, columns).With("bad", rows, 1).Runs<T>((e, at) => e.StepLineCorrection(at("h"), null, limit, at("r"), at("bad")));
        yield return new ParityCase($"StepLineCorrection masked {rows} x {columns}", 16) { Small = small, LeastScale = 2 }
            .With("h", rows, columns, Stepped).With("m", rows, columns, Covered).With("r", rows, columns)
            .Runs<T>((e, at) => e.StepLineCorrection(at("h"), at("m"), limit, at("r"), null));
        yield return new ParityCase($"StepLineCorrection in place {rows} x {columns}", 16) { Small = small, LeastScale = 2 }
            .With("h", rows, columns, Stepped).Runs<T>((e, at) => e.StepLineCorrection(at("h"), null, limit, at("h"), null));
        yield return new ParityCase($"StepLineCorrection without replacement {rows} x {columns}", 16) { Small = small, LeastScale = 2 }
            .With("h", rows, columns, Stepped).With("m", rows, columns, Covered).With("bad", rows, 1, (_, _) => 7)
            .Runs<T>((e, at) => e.StepLineCorrection(at("h"), at("m"), T.PositiveInfinity, at("h"), at("bad")));
    }

    private static IEnumerable<ParityCase> Filters<T>(int rows, int columns, bool small)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string shape = $"{rows} x {columns}";
        T flat = T.CreateChecked(1e-12), scale = T.CreateChecked(1.3);
        foreach (double sigma in new[] { 0.7, 1, 2, 4 })
        {
            yield return new ParityCase($"GaussianFilter {sigma} {shape}", 8 + (4 * sigma)) { Small = small && sigma < 2 }
                .With("h", rows, columns).With("r", rows, columns).Runs<T>((e, at) => e.GaussianFilter(at("h"), sigma, at("r")));
        }
        foreach (double sigma in new[] { 1.0, 2, 4 })
        {
            yield return new ParityCase($"HessianEigenvalues {sigma} {shape}", (8 + (4 * sigma)) * sigma * sigma * 4) { Small = small && sigma < 2, LeastScale = 1 }
                .With("h", rows, columns, (i, j) => Math.Sin((i * 0.9) + (j * j * 0.05)) + Math.Cos(j * 0.8)).With("l", rows, columns).With("s", rows, columns)
                .Runs<T>((e, at) => e.HessianEigenvalues(at("h"), sigma, at("l"), at("s"), null, null, null));
        }
        if (small)
        {
            // Curved everywhere and along one direction only, so that the normal is well defined.
            yield return new ParityCase($"HessianEigenvalues with normal {shape}", 400) { Small = small }
                .With("h", rows, columns, (i, j) => Math.Exp(0.4 * ((0.8 * i) + (0.6 * j)))).With("l", rows, columns).With("s", rows, columns)
                .With("g", rows, columns).With("x", rows, columns).With("y", rows, columns)
                .Runs<T>((e, at) => e.HessianEigenvalues(at("h"), 1, at("l"), at("s"), at("g"), at("x"), at("y")));
        }
        yield return new ParityCase($"Gradient {shape}", 1) { Small = small }
            .With("h", rows, columns).With("x", rows, columns).With("y", rows, columns).Runs<T>((e, at) => e.Gradient(at("h"), at("x"), at("y")));
        foreach (double sigma in new[] { 1.0, 2 })
        {
            yield return new ParityCase($"StructureTensor {sigma} {shape}", 200) { Small = small && sigma < 2 }
                .With("h", rows, columns, (i, j) => Math.Sin((i * 0.9) + (j * 0.5)) + (0.1 * Math.Cos((i * 2.1) - (j * 1.7)))).With("o", rows, columns).With("c", rows, columns)
                .Runs<T>((e, at) => e.StructureTensor(at("h"), sigma, flat, at("o"), at("c")));
        }
        yield return new ParityCase($"StructureTensor coherence {shape}", 200) { Small = small }.With("h", rows, columns).With("c", rows, columns)
            .Runs<T>((e, at) => e.StructureTensor(at("h"), 1, flat, null, at("c")));
        yield return new ParityCase($"StructureTensor of a constant {shape}", 0) { Small = small }
            .With("h", rows, columns, (_, _) => 0.3).With("o", rows, columns).With("c", rows, columns)
            .Runs<T>((e, at) => e.StructureTensor(at("h"), 1, flat, at("o"), at("c")));
        yield return new ParityCase($"CurvatureFit {shape}", 32) { Small = small, LeastScale = 1 }
            .With("h", rows, columns).With("m", rows, columns).With("k", rows, columns).Runs<T>((e, at) => e.CurvatureFit(at("h"), scale, at("m"), at("k")));
    }

    private static IEnumerable<ParityCase> Windows<T>(int rows, int columns, bool small)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // No window of two pixels is nearly flat: skewness and kurtosis lose digits there.
        double Uneven(int i, int j) => ((i + j) % 2 == 0 ? 1 : -1) + (0.4 * Math.Sin((i * 2.3) + (j * j)));
        // 1e-14 (r / Sq)^4 of kurtosis with r = 2.8 and Sq = 0.9 is 4,000 eps in double; in float 64 are more than enough.
        double tolerance = typeof(T) == typeof(double) ? 4000 : 64;
        foreach (int size in small ? [1, 2, 3, 5, 16, 17] : new[] { 5, 16 })
        {
            string shape = $"{size} of {rows} x {columns}";
            yield return new ParityCase("PatchMinMax " + shape, 0) { Small = small && size < 6 }.With("h", rows, columns).With("low", rows, columns).With("high", rows, columns)
                .Runs<T>((e, at) => e.PatchMinMax(at("h"), size, at("low"), at("high")));
            yield return new ParityCase("LocalMoments " + shape, tolerance) { Small = small && size < 6, LeastScale = 1 }
                .With("h", rows, columns, Uneven).With("m", rows, columns).With("d", rows, columns).With("s", rows, columns).With("k", rows, columns).With("own", rows, columns)
                .Runs<T>((e, at) => e.LocalMoments(at("h"), size, at("m"), at("d"), at("s"), at("k"), at("own")));
        }
        foreach (int size in small ? [3, 4, 6, 17] : new[] { 6, 16 })
        {
            yield return new ParityCase($"RotationEnergy {size} of {rows} x {columns}", 256) { Small = small && size < 6, LeastScale = 1 }
                .With("h", rows, columns, Uneven).With("four", rows, columns).With("eight", rows, columns)
                .Runs<T>((e, at) => e.RotationEnergy(at("h"), size, at("four"), at("eight")));
        }
        yield return new ParityCase($"RotationEnergy of a constant {rows} x {columns}", 0) { Small = small }
            .With("h", rows, columns, (_, _) => 0.3).With("four", rows, columns).With("eight", rows, columns)
            .Runs<T>((e, at) => e.RotationEnergy(at("h"), 7, at("four"), at("eight")));
        yield return new ParityCase($"LocalMoments without the rest {rows} x {columns}", tolerance) { Small = small, LeastScale = 1 }
            .With("h", rows, columns, Uneven).With("m", rows, columns).With("d", rows, columns).Runs<T>((e, at) => e.LocalMoments(at("h"), 4, at("m"), at("d"), null, null, null));
    }

    private static IEnumerable<ParityCase> Candidates<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int rows, int columns) in new[] { (9, 13), (13, 9), (40, 33), (33, 40) })
        {
            int[] centres = [.. Enumerable.Range(0, rows * columns).Where(k => k % 5 != 3)];
            string shape = $"{centres.Length} of {rows} x {columns}";
            foreach (int steps in new[] { 1, 4 })
            {
                yield return new ParityCase($"NormalProfile {steps} {shape}", 32) { Small = rows * columns < 200 }
                    .With("h", rows, columns).With("x", rows, columns, (i, j) => Math.Cos((i * 0.7) + j)).With("y", rows, columns, (i, j) => Math.Sin((i * 0.7) + j))
                    .With("p", (2 * steps) + 2, centres.Length).Runs<T>((e, at) => e.NormalProfile(at("h"), at("x"), at("y"), centres, 1.5, at("p")));
            }
            foreach (int size in new[] { 6, 7, 16, 33, 64 })
            {
                int[] few = size > 16 ? [0, (rows / 2 * columns) + 3, (rows * columns) - 1] : centres;
                yield return new ParityCase($"RadialSpectrumSlope {size} at {few.Length} of {rows} x {columns}", 1000) { Small = size < 8 && rows * columns < 200, LeastScale = 1 }
                    .With("h", rows, columns).With("r", 1, few.Length).Runs<T>((e, at) => e.RadialSpectrumSlope(at("h"), few, size, at("r")));
            }
            yield return new ParityCase($"RadialSpectrumSlope of a constant {rows} x {columns}", 0) { Small = rows * columns < 200 }
                .With("h", rows, columns, (_, _) => 0.3).With("r", 1, 2).Runs<T>((e, at) => e.RadialSpectrumSlope(at("h"), [0, 40], 8, at("r")));
            foreach (int features in new[] { 1, 3 })
            {
                yield return new ParityCase($"TakePixels {features} {shape}", 0) { Small = true }
                    .With("h", features * rows, columns).With("r", features, centres.Length).Runs<T>((e, at) => e.TakePixels(at("h"), centres, at("r")));
            }
        }
        foreach ((int rows, int columns) in new[] { (1, 1), (1, 17), (3, 15), (15, 3), (4, 16), (2, 1000), (3, 5001), (0, 3), (3, 0) })
        {
            yield return new ParityCase($"StandardizeRows {rows} x {columns}", 16 + (Math.Sqrt(columns) / 2)) { Small = rows * columns < 600 }
                .With("x", rows, columns, (i, j) => 3 + (i * Math.Sin((j * 1.1) + i))).Runs<T>((e, at) => e.StandardizeRows(at("x")));
        }
    }

    private static IEnumerable<ParityCase> Patches<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int rows, int columns, int size) in new[] { (7, 9, 4), (9, 7, 3), (17, 16, 16), (16, 17, 5), (8, 8, 1) })
        {
            int[] centres = [.. Enumerable.Range(0, rows * columns).Where(k => k % 7 < 3)];
            foreach (PatchNormalization normalization in Enum.GetValues<PatchNormalization>())
            {
                string shape = $"{normalization} {size} of {rows} x {columns}";
                yield return new ParityCase("DihedralPatchDistance " + shape, 8 + (2 * size)) { Small = size < 5 }
                    .With("h", rows, columns).With("r", 3, size * size).With("d", 3, centres.Length)
                    .Runs<T>((e, at) => e.DihedralPatchDistance(at("h"), centres, size, normalization, at("r"), at("d")));
                foreach (int outputs in new[] { 1, 5, 17 })
                {
                    var activation = (Activation)((outputs + size + (int)normalization) % 5);
                    yield return new ParityCase($"PatchDense {activation} {outputs} {shape}", 12 + (4 * size * size)) { Small = size < 5, DeviceFactor = 6 }
                        .With("h", rows, columns).With("w", size * size, outputs).With("b", 1, outputs).With("y", centres.Length, outputs)
                        .Runs<T>((e, at) => e.PatchDense(at("h"), centres, size, normalization, at("w"), at("b"), activation, at("y")));
                }
            }
        }
        int[] many = [.. Enumerable.Range(0, 900)];
        yield return new ParityCase("PatchDense in several blocks", 1200).With("h", 30, 30).With("w", 64, 33).With("b", 1, 33).With("y", 900, 33)
            .Runs<T>((e, at) => e.PatchDense(at("h"), many, 8, PatchNormalization.Patch, at("w"), at("b"), Activation.Tanh, at("y")));
    }
}
