using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>Calls of the linear algebra and covariance operations, at shapes in every order and around the vector widths.</summary>
public static class OperationCases
{
    private static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    /// <summary>All cases in precision T.</summary>
    public static IEnumerable<ParityCase> All<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        [.. Products<T>(), .. Elementwise<T>(), .. Factors<T>(), .. Distances<T>(), .. Posterior<T>(), .. LayerCases.All<T>(), .. ImagingCases.All<T>()];

    /// <summary>The covariance matrix of n points on a line plus noise: positive definite and symmetric.</summary>
    public static double Definite(int i, int j) => Math.Exp(-Math.Abs(i - j) / 5.0) + (i == j ? 0.5 : 0);

    /// <summary>A well-conditioned lower triangle with noise above it that no operation may read.</summary>
    public static double Lower(int i, int j) => j > i ? 99 : i == j ? 1.5 + (0.3 * Math.Sin(i)) : 0.4 * Math.Cos((3 * i) + j) / (1 + i - j);

    private static IEnumerable<ParityCase> Products<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[][] triples = [[1, 1, 1], [7, 16, 33], [1, 17, 65], [8, 9, 31], [15, 63, 32], [2, 129, 5], [11, 13, 25]];
        int[][] large = [[150, 270, 300], [1160, 37, 19], [25, 2100, 31], [300, 200, 520], [210, 251, 256], [64, 4200, 70]];
        foreach (int[] triple in triples)
        {
            foreach (int[] order in triple[0] == triple[2] ? Orders[..1] : Orders)
            {
                for (int form = 0; form < 4; form++)
                    yield return Product<T>(triple[order[0]], triple[order[1]], triple[order[2]], (form & 1) != 0, (form & 2) != 0, true);
            }
        }
        foreach (int[] shape in large)
        {
            for (int form = 0; form < 4; form++)
                yield return Product<T>(shape[0], shape[1], shape[2], (form & 1) != 0, (form & 2) != 0, false);
        }
        foreach (int[] shape in new int[][] { [0, 3, 2], [3, 0, 2], [3, 2, 0] })
            yield return Product<T>(shape[0], shape[1], shape[2], false, false, true);
    }

    private static ParityCase Product<T>(int m, int n, int k, bool transposeA, bool transposeB, bool small)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // beta: 0 (c holds NaN), 1 and a fraction take turns.
        int turn = (m + (2 * n) + k) % 3;
        double beta = turn == 0 ? 0 : turn == 1 ? 1 : -0.75;
        string form = $"{(transposeA ? 'T' : 'N')}{(transposeB ? 'T' : 'N')}";
        ParityCase product = new($"MatrixMultiply {m} x {n} x {k} {form} beta {beta}", 6 * Math.Sqrt(k + 1))
        {
            Small = small && (long)m * n * k <= 12_000,
        };
        product.With("a", transposeA ? k : m, transposeA ? m : k).With("b", transposeB ? n : k, transposeB ? k : n);
        _ = beta == 0 ? product.With("c", m, n, (_, _) => double.NaN) : product.With("c", m, n);
        return product.Runs<T>((executor, at) =>
            executor.MatrixMultiply(at("a"), at("b"), at("c"), transposeA, transposeB, T.CreateChecked(1.25), T.CreateChecked(beta)));
    }

    private static IEnumerable<ParityCase> Elementwise<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int rows, int columns) in new[] { (1, 1), (0, 5), (3, 0), (2, 7), (7, 2), (5, 16), (4, 33), (3, 63), (2, 65), (31, 3) })
        {
            string shape = $"{rows} x {columns}";
            yield return new ParityCase("Fill " + shape, 0) { Small = true }.With("x", rows, columns)
                .Runs<T>((e, at) => e.Fill(at("x"), T.CreateChecked(0.25)));
            yield return new ParityCase("Copy " + shape, 0) { Small = true }.With("x", rows, columns).With("y", rows, columns)
                .Runs<T>((e, at) => e.Copy(at("x"), at("y")));
            yield return new ParityCase("AddScaled " + shape, 2) { Small = true }.With("x", rows, columns).With("y", rows, columns)
                .Runs<T>((e, at) => e.AddScaled(T.CreateChecked(-1.5), at("x"), at("y")));
            yield return new ParityCase("Multiply " + shape, 1) { Small = true }.With("x", rows, columns).With("y", rows, columns)
                .With("z", rows, columns)
                .Runs<T>((e, at) => e.Multiply(at("x"), at("y"), at("z")));
            yield return new ParityCase("Multiply in place " + shape, 1) { Small = true }.With("x", rows, columns).With("y", rows, columns)
                .Runs<T>((e, at) => e.Multiply(at("x"), at("y"), at("y")));
            yield return new ParityCase("AddDiagonal " + shape, 1) { Small = true }.With("x", rows, columns)
                .Runs<T>((e, at) => e.AddDiagonal(at("x"), T.CreateChecked(3)));
            yield return new ParityCase("ColumnSum " + shape, 2 + rows) { Small = true }.With("x", rows, columns).With("r", 1, columns)
                .Runs<T>((e, at) => e.ColumnSum(at("x"), at("r")));
            yield return new ParityCase("ColumnSquaredNorm " + shape, 2 + rows) { Small = true }.With("x", rows, columns).With("r", 1, columns)
                .Runs<T>((e, at) => e.ColumnSquaredNorm(at("x"), at("r")));
        }
    }

    private static IEnumerable<ParityCase> Factors<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (int n in new[] { 0, 1, 2, 5, 15, 16, 17, 31, 33, 63, 64, 65, 100, 129, 210, 257 })
        {
            bool small = n is > 0 and <= 17;
            yield return new ParityCase($"CholeskyFactor {n}", 8 + n) { Small = small }
                .With("a", n, n, (i, j) => j > i ? 99 : Definite(i, j)).Runs<T>((e, at) => Assert.True(e.CholeskyFactor(at("a"))));
            yield return new ParityCase($"CholeskyInverse {n}", 20 + (4 * n)) { Small = small }
                .With("l", n, n, Lower).With("inverse", n, n).Runs<T>((e, at) => e.CholeskyInverse(at("l"), at("inverse")));
            if (n > 0)
            {
                yield return new ParityCase($"CholeskyAppend {n - 1}", 8 + n) { Small = small }
                    .With("row", 1, n, (_, j) => j == n - 1 ? 40 + (2 * n) : Math.Cos(j)).With("l", n, n + 2, Lower)
                    .Runs<T>((e, at) => Assert.True(e.CholeskyAppend(at("l"), n - 1, at("row"))));
            }
            foreach (int m in new[] { 0, 1, 3, 4, 17, 33, 64 })
            {
                foreach (bool transpose in new[] { false, true })
                {
                    yield return new ParityCase($"TriangularSolve {n} x {m}{(transpose ? " T" : "")}", 10 + (2 * n)) { Small = small && m <= 17 }
                        .With("l", n, n, Lower).With("b", n, m).Runs<T>((e, at) => e.TriangularSolve(at("l"), at("b"), transpose));
                }
            }
        }
        foreach (bool transpose in new[] { false, true })
        {
            yield return new ParityCase($"TriangularSolve 100 x 1500{(transpose ? " T" : "")}", 200)
                .With("l", 100, 100, Lower).With("b", 100, 1500).Runs<T>((e, at) => e.TriangularSolve(at("l"), at("b"), transpose));
        }
    }

    private static IEnumerable<ParityCase> Distances<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shapes = new List<(int D, int N, int M)> { (1, 1, 1), (0, 2, 3), (3, 0, 4), (3, 4, 0), (27, 1, 2100), (5, 9, 4100) };
        foreach (int[] triple in new int[][] { [3, 8, 17], [2, 33, 5], [15, 16, 31] })
            shapes.AddRange(Orders.Select(order => (triple[order[0]], triple[order[1]], triple[order[2]])));
        foreach ((int d, int n, int m) in shapes)
        {
            yield return new ParityCase($"ScaledSquaredDistance {d}: {n} x {m}", d + 8) { Small = n * m <= 600 }
                .With("x", d, n).With("y", d, m).With("l", d, 1, (i, _) => 0.5 + (0.1 * i)).With("r", n, m)
                .Runs<T>((e, at) => e.ScaledSquaredDistance(at("x"), at("y"), at("l"), at("r")));
        }
        foreach ((int d, int n) in new[] { (1, 1), (2, 7), (7, 2), (3, 16), (16, 3), (5, 33), (1, 65), (9, 64) })
        {
            yield return new ParityCase($"ScaledSquaredDistanceGradient {d} x {n}", 10 + (2 * n)) { Small = n <= 33 }
                .With("x", d, n).With("l", d, 1, (i, _) => 0.5 + (0.1 * i)).With("w", n, n, (i, j) => Math.Cos(i + j) * Math.Cos(i - j))
                .With("gx", d, n).With("gl", d, 1)
                .Runs<T>((e, at) => e.ScaledSquaredDistanceGradient(at("x"), at("l"), at("w"), at("gx"), at("gl")));
        }
        foreach (CovarianceFunction function in Enum.GetValues<CovarianceFunction>())
        {
            foreach ((int n, int m) in new[] { (1, 1), (0, 3), (2, 15), (3, 16), (5, 33), (31, 7) })
            {
                // Squared distances from 0 to 100, zero among them.
                double Distance(int i, int j) => 100 * Math.Pow(((i * m) + j) / (double)Math.Max(1, n * m), 3);
                double Apart(int i, int j) => Distance(i, j) + 0.01;
                yield return new ParityCase($"Covariance {function} {n} x {m}", 12) { Small = true, DeviceFactor = 4 }
                    .With("d", n, m, Distance).With("k", n, m).Runs<T>((e, at) => e.Covariance(function, at("d"), T.CreateChecked(1.7), at("k")));
                yield return new ParityCase($"CovarianceSlope {function} {n} x {m} in place", 12) { Small = true, DeviceFactor = 4 }
                    .With("d", n, m, Apart).Runs<T>((e, at) => e.CovarianceSlope(function, at("d"), T.CreateChecked(1.7), at("d")));
            }
        }
    }

    private static IEnumerable<ParityCase> Posterior<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int n, int m) in new[] { (0, 1), (0, 17), (1, 16), (3, 15), (4, 33), (5, 65), (17, 7), (33, 1), (7, 2050), (50, 5000) })
        {
            yield return new ParityCase($"PosteriorAppend {n} x {m}", 20 + n) { Small = m <= 65 }
                .With("v", n + 2, m).With("k", 1, m).With("l", 1, n + 1, (_, j) => j == n ? 1.3 : Math.Sin(j) / (n + 1))
                .With("beta", 1, n + 1).With("mean", 1, m).With("variance", 1, m, (_, j) => j % 3)
                .Runs<T>((e, at) => e.PosteriorAppend(at("v"), n, at("k"), at("l"), at("beta"), T.CreateChecked(0.3), at("mean"), at("variance")));
        }
        (int D, int N, int M)[] whole =
        [
            (1, 1, 1), (2, 0, 3), (3, 5, 0), (2, 7, 15), (7, 2, 16), (2, 17, 33), (5, 33, 7), (3, 65, 31), (2, 70, 1100), (27, 9, 600),
        ];
        foreach ((int d, int n, int m) in whole)
        {
            CovarianceFunction[] functions = n is > 0 and <= 17 && m <= 33 ? Enum.GetValues<CovarianceFunction>() : [CovarianceFunction.Matern52];
            foreach (CovarianceFunction function in functions)
            {
                bool wanted = (n + m) % 2 == 0;
                bool small = n <= 33 && m <= 33;
                yield return new ParityCase($"PosteriorSolve {function} {d}: {n} x {m}", 40 + (4 * n)) { Small = small, DeviceFactor = 8 }
                    .With("x", d, n).With("y", d, m).With("scale", d, 1, (i, _) => 0.5 + (0.1 * i)).With("l", n, n, Lower).With("beta", 1, n)
                    .With("v", n, m).With("mean", 1, m).With("variance", 1, m)
                    .Runs<T>((e, at) => e.PosteriorSolve(function, at("x"), at("y"), at("scale"), T.CreateChecked(1.7), at("l"), at("beta"),
                        T.CreateChecked(0.3), wanted ? at("v") : null, at("mean"), at("variance")));
            }
        }
        foreach ((int k, int m) in new[] { (1, 1), (0, 4), (1, 17), (5, 16), (5, 15), (3, 65), (4, 30_000) })
        {
            yield return new ParityCase($"KeepSmallest {k} x {m}", 0) { Small = m <= 65 }
                .With("new", 1, m, (_, j) => j % 5 == 4 ? double.NaN : (j * 7) % 11)
                .With("kept", k, m, (i, j) => i > j % (k + 1) ? double.PositiveInfinity : (3 * i) + (j % 4))
                .Runs<T>((e, at) => e.KeepSmallest(at("new"), at("kept")));
        }
        foreach ((int r, int n, int k, int m) in new[]
            { (1, 1, 1, 1), (3, 5, 2, 17), (5, 3, 3, 64), (2, 7, 0, 33), (8, 4, 1, 65), (1, 9, 4, 0), (6, 210, 5, 4_113), (2, 30, 11, 2_100), (2, 12, 9, 37), (3, 40, 0, 2_500) })
        {
            yield return new ParityCase($"ExpectedNearestDistance r {r} n {n} k {k} m {m}", 60) { Small = (long)r * n * m <= 3_000 }
                .With("prediction", r, m).With("unit variance", 1, m, (_, j) => 1e-10 + ((j * 5) % 7 / 9.0)).With("measured", n, r)
                .With("nearest", k, m, (_, _) => double.NaN).With("mean", 1, m).With("variance", 1, m)
                .Runs<T>((e, at) => e.ExpectedNearestDistance(at("prediction"), at("unit variance"), at("measured"), T.CreateChecked(0.3),
                    T.CreateChecked(1.5), T.CreateChecked(-0.25), k > 0 ? at("nearest") : null, at("mean"), at("variance")));
        }
    }
}
