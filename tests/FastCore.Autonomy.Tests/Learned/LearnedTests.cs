using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;
using FastCore.Compute.Execution;
using FastCore.Learning.Surrogates;
using MathNet.Numerics.LinearAlgebra;

namespace FastCore.Autonomy.Tests.Learned;

public class LearnedTests
{
    private static double[] Curve(int index, int samples = 21)
    {
        var random = RandomStream.Named(11, "curve", index);
        var curve = new double[samples];
        for (int k = 0; k < samples; k++)
            curve[k] = 1e-10 * random.NextNormal();
        return curve;
    }

    [Theory]
    [InlineData(NoveltyScore.Knn, CurrentScale.Asinh)]
    [InlineData(NoveltyScore.Min, CurrentScale.Asinh)]
    [InlineData(NoveltyScore.Mean, CurrentScale.Asinh)]
    [InlineData(NoveltyScore.Knn, CurrentScale.Linear)]
    public void Spectral_novelty_is_that_of_the_definition(NoveltyScore score, CurrentScale scale)
    {
        var memory = new SpectralMemory(new SpectralPlan { Novelty = score, Scale = scale }, 21, 12);
        Assert.Equal(0, memory.NoveltyOf(Curve(0)));
        for (int n = 1; n <= 12; n++)
        {
            double before = memory.NoveltyOf(Curve(n - 1));
            double[] all = [.. Enumerable.Range(0, n - 1).SelectMany(i => Curve(i)).Select(Math.Abs).Order()];
            double factor = scale == CurrentScale.Linear && n > 1 ? all[(int)(0.99 * (all.Length - 1))] : 1;
            if (n > 1)
                Assert.Equal(Novelty(score, [.. Enumerable.Range(0, n - 1).Select(j => Distance(j, n - 1, scale))]) / factor, before, 1e-9 * before);
            memory.Add(Curve(n - 1));
            var scores = new double[n];
            memory.Scores(scores);
            all = [.. Enumerable.Range(0, n).SelectMany(i => Curve(i)).Select(Math.Abs).Order()];
            factor = scale == CurrentScale.Linear ? all[(int)(0.99 * (all.Length - 1))] : 1;
            for (int i = 0; i < n; i++)
            {
                double expected = n == 1 ? 0 : Novelty(score, [.. Enumerable.Range(0, n).Where(j => j != i).Select(j => Distance(i, j,
                    scale))]) / factor;
                Assert.Equal(expected, scores[i], 1e-9 * Math.Max(1, expected));
            }
        }
    }

    public static TheoryData<NoveltyScore> Scores() => [.. Enum.GetValues<NoveltyScore>()];

    [Theory]
    [MemberData(nameof(Scores))]
    public void Linear_spectral_novelty_does_not_depend_on_the_unit_of_the_current(NoveltyScore score)
    {
        var settings = new SpectralPlan { Scale = CurrentScale.Linear, Novelty = score };
        SpectralMemory one = new(settings, 21, 9), other = new(settings, 21, 9);
        for (int n = 0; n < 9; n++)
        {
            double[] curve = Curve(n), thousandfold = [.. curve.Select(y => 1000 * y)];
            double expected = one.NoveltyOf(curve);
            Assert.Equal(expected, other.NoveltyOf(thousandfold), 1e-9 * expected);
            one.Add(curve);
            other.Add(thousandfold);
            double[] scores = new double[n + 1], same = new double[n + 1];
            one.Scores(scores);
            other.Scores(same);
            for (int i = 0; i <= n; i++)
                Assert.Equal(scores[i], same[i], 1e-9 * scores[i]);
            Assert.Equal(one.MeanPairwise(), other.MeanPairwise(), 1e-9 * one.MeanPairwise());
            for (int i = 0; i <= n; i++)
            {
                // Features are I / q99 themselves: what works on them sees no ampere.
                double[] all = [.. Enumerable.Range(0, n + 1).SelectMany(j => Curve(j)).Select(Math.Abs).Order()];
                double scale = all[(int)(0.99 * (all.Length - 1))];
                for (int k = 0; k < 21; k++)
                    Assert.Equal(Curve(i)[k] / scale, other.Feature(i)[k], 1e-12);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Scores))]
    public void Linear_spectral_novelty_of_curves_without_current_is_finite(NoveltyScore score)
    {
        var memory = new SpectralMemory(new SpectralPlan { Scale = CurrentScale.Linear, Novelty = score }, 21, 5);
        for (int n = 0; n < 5; n++)
        {
            double[] curve = n < 3 ? new double[21] : Curve(n);
            Assert.True(double.IsFinite(memory.NoveltyOf(curve)));
            memory.Add(curve);
            var scores = new double[n + 1];
            memory.Scores(scores);
            Assert.All(scores, value => Assert.True(double.IsFinite(value)));
        }
    }

    private static double Distance(int i, int j, CurrentScale scale)
    {
        double Feature(double y) => scale == CurrentScale.Asinh ? Math.Asinh(y / 10e-12) : y;
        return Math.Sqrt(Curve(i).Zip(Curve(j), (a, b) => Math.Pow(Feature(a) - Feature(b), 2)).Average());
    }

    private static double Novelty(NoveltyScore score, double[] distances) => score switch
    {
        NoveltyScore.Min => distances.Min(),
        NoveltyScore.Mean => distances.Average(),
        _ => distances.Order().Take(5).Average(),
    };

    private static CandidateInputs Inputs(PatchNormalization normalization, int side = 4, int rows = 11, int columns = 13)
    {
        var random = RandomStream.Named(2, "inputs");
        var image = new float[rows * columns];
        foreach (ref float value in image.AsSpan())
            value = (float)random.NextNormal();
        var centres = new List<int>();
        for (int r = side / 2; r <= rows - (side / 2); r++)
        {
            for (int c = side / 2; c <= columns - (side / 2); c++)
                centres.Add((r * columns) + c);
        }
        var descriptors = new float[3 * centres.Count];
        foreach (ref float value in descriptors.AsSpan())
            value = (float)random.NextNormal();
        return new CandidateInputs(image, rows, columns, [.. centres], side, normalization, descriptors, 3);
    }

    [Theory]
    [InlineData(StructuralInput.Descriptors, NoveltyScore.Knn, PatchNormalization.Image)]
    [InlineData(StructuralInput.Descriptors, NoveltyScore.Mean, PatchNormalization.Image)]
    [InlineData(StructuralInput.Patch, NoveltyScore.Knn, PatchNormalization.Image)]
    [InlineData(StructuralInput.Patch, NoveltyScore.Min, PatchNormalization.Patch)]
    [InlineData(StructuralInput.Patch, NoveltyScore.Knn, PatchNormalization.None)]
    [InlineData(StructuralInput.Dihedral, NoveltyScore.Knn, PatchNormalization.Patch)]
    [InlineData(StructuralInput.Codes, NoveltyScore.Knn, PatchNormalization.Patch)]
    public void Structural_novelty_of_every_candidate_is_that_of_the_definition(StructuralInput input, NoveltyScore score,
        PatchNormalization normalization)
    {
        CandidateInputs inputs = Inputs(normalization);
        float[] codes = [.. Enumerable.Range(0, PatchCodes.Dimensions * inputs.Count).Select(k => (float)Math.Sin(k * k))];
        var memory = new StructuralMemory(inputs, new StructuralPlan { Input = input, Novelty = score }, 9, codes);
        double Distance(CandidateInputs inputs, StructuralInput input, int a, int b) => input != StructuralInput.Codes ? Between(inputs, input, a, b)
            : Math.Sqrt(Enumerable.Range(0, PatchCodes.Dimensions).Sum(f => Math.Pow(codes[(f * inputs.Count) + a] - codes[(f * inputs.Count) + b], 2)));
        int[] measured = [3, 50, 17, 78, 41, 0, 70, 25, 66];
        for (int n = 1; n <= measured.Length; n++)
        {
            memory.Add(measured[n - 1]);
            for (int c = 0; c < inputs.Count; c++)
            {
                double expected = Novelty(score, [.. measured.Take(n).Select(i => Distance(inputs, input, c, i))]);
                Assert.Equal(expected, memory.OverCandidates[c], 2e-5);
            }
            var scores = new double[n];
            memory.Scores(scores);
            for (int i = 0; i < n && n > 1; i++)
                Assert.Equal(Novelty(score, [.. measured.Take(n).Where(j => j != measured[i]).Select(j => Distance(inputs, input, j, measured[i]))]),
                    scores[i], 2e-5);
        }
    }

    private static double Between(CandidateInputs inputs, StructuralInput input, int a, int b)
    {
        if (input == StructuralInput.Descriptors)
            return Math.Sqrt(Enumerable.Range(0, 3).Sum(f => Math.Pow(inputs.Descriptors[(f * inputs.Count)
                + a] - inputs.Descriptors[(f * inputs.Count) + b], 2)));
        double[,] x = Patch(inputs, a), y = Patch(inputs, b);
        int side = inputs.PatchSize;
        double Rms(double[,] p, double[,] q) => Math.Sqrt(p.Cast<double>().Zip(q.Cast<double>(), (u, v) => (u - v) * (u - v)).Sum()) / side;
        if (input == StructuralInput.Patch)
            return Rms(x, y);
        double best = double.PositiveInfinity;
        for (int flip = 0; flip < 2; flip++)
        {
            for (int turn = 0; turn < 4; turn++)
            {
                best = Math.Min(best, Rms(x, y));
                y = Map(y, (i, j) => (j, side - 1 - i));
            }
            y = Map(y, (i, j) => (i, side - 1 - j));
        }
        return best;
    }

    private static double[,] Map(double[,] patch, Func<int, int, (int, int)> from)
    {
        var result = new double[patch.GetLength(0), patch.GetLength(1)];
        for (int i = 0; i < patch.GetLength(0); i++)
        {
            for (int j = 0; j < patch.GetLength(1); j++)
            {
                (int r, int c) = from(i, j);
                result[i, j] = patch[r, c];
            }
        }
        return result;
    }

    private static double[,] Patch(CandidateInputs inputs, int candidate)
    {
        int side = inputs.PatchSize, row = (inputs.Centres[candidate] / inputs.ImageColumns) - (side / 2),
            column = (inputs.Centres[candidate] % inputs.ImageColumns) - (side / 2);
        var patch = new double[side, side];
        for (int i = 0; i < side; i++)
        {
            for (int j = 0; j < side; j++)
                patch[i, j] = inputs.Image[((row + i) * inputs.ImageColumns) + column + j];
        }
        if (inputs.Normalization == PatchNormalization.None)
            return patch;
        double low = inputs.Normalization == PatchNormalization.Image ? inputs.Image.Min() : patch.Cast<double>().Min();
        double high = inputs.Normalization == PatchNormalization.Image ? inputs.Image.Max() : patch.Cast<double>().Max();
        return Map(patch, (i, j) => (i, j)) is var copy ? Scale(copy, low, high) : patch;
    }

    private static double[,] Scale(double[,] patch, double low, double high)
    {
        for (int i = 0; i < patch.GetLength(0); i++)
        {
            for (int j = 0; j < patch.GetLength(1); j++)
                patch[i, j] = (patch[i, j] - low) / (high - low);
        }
        return patch;
    }

    [Theory]
    [InlineData(StructuralInput.Descriptors, NoveltyScore.Mahal, PatchNormalization.Image)]
    [InlineData(StructuralInput.Descriptors, NoveltyScore.Cos, PatchNormalization.Image)]
    [InlineData(StructuralInput.Descriptors, NoveltyScore.Recon, PatchNormalization.Image)]
    [InlineData(StructuralInput.Descriptors, NoveltyScore.Lof, PatchNormalization.Image)]
    [InlineData(StructuralInput.Patch, NoveltyScore.Mahal, PatchNormalization.None)]
    [InlineData(StructuralInput.Patch, NoveltyScore.Cos, PatchNormalization.None)]
    [InlineData(StructuralInput.Patch, NoveltyScore.Recon, PatchNormalization.None)]
    [InlineData(StructuralInput.Patch, NoveltyScore.Lof, PatchNormalization.Patch)]
    [InlineData(StructuralInput.Dihedral, NoveltyScore.Lof, PatchNormalization.Image)]
    public void Structural_novelty_by_directions_or_density_is_that_of_the_definition(StructuralInput input, NoveltyScore score,
        PatchNormalization normalization)
    {
        CandidateInputs inputs = Inputs(normalization);
        var memory = new StructuralMemory(inputs, new StructuralPlan { Input = input, Novelty = score, Neighbours = 3 }, 11);
        int[] measured = [3, 50, 17, 78, 41, 0, 70, 25, 66, 12, 33];
        for (int n = 1; n <= measured.Length; n++)
        {
            memory.Add(measured[n - 1]);
            Assert.Equal((n, measured[n - 1]), (memory.Count, memory.MeasuredAt(n - 1)));
            int[] set = measured[..n];
            for (int c = 0; c < inputs.Count; c++)
            {
                double expected = score == NoveltyScore.Lof ? OutlierFactor(inputs, input, set, c, false) : Newcomer(score, Rows(inputs, input, set),
                    Rows(inputs, input, [c]).Row(0));
                Assert.Equal(expected, memory.OverCandidates[c], 2e-5 * Math.Max(1, expected));
            }
            var scores = new double[n];
            memory.Scores(scores);
            for (int i = 0; i < n; i++)
            {
                double expected = n == 1 ? 0 : score == NoveltyScore.Lof ? OutlierFactor(inputs, input, set, set[i], true)
                    : LeaveOneOut(score, Rows(inputs, input, set), i);
                Assert.Equal(expected, scores[i], 2e-5 * Math.Max(1, expected));
            }
        }
    }

    // The local outlier factor of a candidate, by the distances between candidates; itself is never one of its neighbours.
    private static double OutlierFactor(CandidateInputs inputs, StructuralInput input, int[] set, int candidate, bool asMeasured)
    {
        if (set.Length == 1)
            return 1;
        // A candidate that was measured is a newcomer that coincides with one of the set, unless its own score is asked for.
        (int Index, double Distance)[] Near(int of, int self)
        {
            (int, double)[] all = [.. set.Select((other, j) => (j, Between(inputs, input, of, other))).Where(pair => pair.j != self)
                .OrderBy(pair => pair.Item2)];
            return all[..Math.Min(3, all.Length)];
        }
        double[] radii = [.. set.Select((other, j) => Near(other, j)[^1].Distance)];
        double Reach((int Index, double Distance)[] near) => near.Average(pair => Math.Max(radii[pair.Index], pair.Distance));
        int own = Array.IndexOf(set, candidate);
        (int Index, double Distance)[] neighbours = Near(candidate, asMeasured ? own : -1);
        return neighbours.Average(pair => Reach(neighbours) / Reach(Near(set[pair.Index], pair.Index)));
    }

    // One row for each candidate: descriptors, in a unit that makes their root mean square difference the distance, or the patch.
    private static Matrix<double> Rows(CandidateInputs inputs, StructuralInput input, int[] candidates) => Matrix<double>.Build.DenseOfRowArrays(
        candidates.Select(c => input == StructuralInput.Patch ? Patch(inputs, c).Cast<double>().ToArray()
            : [.. Enumerable.Range(0, 3).Select(f => Math.Sqrt(3) * inputs.Descriptors[(f * inputs.Count) + c])]));

    private static (Vector<double> Mean, Matrix<double> Centred, Matrix<double> Axes) Components(Matrix<double> rows)
    {
        Vector<double> mean = rows.ColumnSums() / rows.RowCount;
        Matrix<double> centred = Matrix<double>.Build.Dense(rows.RowCount, rows.ColumnCount, (i, d) => rows[i, d] - mean[d]);
        Matrix<double> vectors = centred.TransposeThisAndMultiply(centred).Evd(Symmetricity.Symmetric).EigenVectors;
        int rank = Math.Min(8, Math.Min(rows.RowCount - 1, rows.ColumnCount));
        return (mean, centred, vectors.SubMatrix(0, rows.ColumnCount, rows.ColumnCount - rank, rank));
    }

    private static double Mahalanobis(Matrix<double> scores, Vector<double> difference)
    {
        Vector<double> mean = scores.ColumnSums() / scores.RowCount;
        Matrix<double> centred = Matrix<double>.Build.Dense(scores.RowCount, scores.ColumnCount, (i, d) => scores[i, d] - mean[d]);
        Matrix<double> covariance = centred.TransposeThisAndMultiply(centred) / scores.RowCount;
        covariance += Matrix<double>.Build.DenseIdentity(scores.ColumnCount) * (1e-3 * covariance.Trace() / scores.ColumnCount);
        return Math.Sqrt(difference * covariance.Solve(difference));
    }

    private static double Cosine(Matrix<double> directions, Vector<double> direction, int self) => 1 - Enumerable.Range(0, directions.RowCount)
        .Where(j => j != self).Max(j => directions.Row(j).L2Norm() < 1e-9 || direction.L2Norm() < 1e-9 ? 0
            : directions.Row(j) * direction / (directions.Row(j).L2Norm() * direction.L2Norm()));

    private static double Newcomer(NoveltyScore score, Matrix<double> set, Vector<double> newcomer)
    {
        if (set.RowCount == 1)
            return score == NoveltyScore.Cos ? 1 : (newcomer - set.Row(0)).L2Norm() / Math.Sqrt(set.ColumnCount);
        (Vector<double> mean, Matrix<double> centred, Matrix<double> axes) = Components(set);
        Vector<double> difference = newcomer - mean, scores = difference * axes;
        return score switch
        {
            NoveltyScore.Cos => Cosine(centred, difference, -1),
            NoveltyScore.Recon => (difference - (axes * scores)).L2Norm() / Math.Sqrt(set.ColumnCount),
            _ => Mahalanobis(centred * axes, scores),
        };
    }

    private static double LeaveOneOut(NoveltyScore score, Matrix<double> set, int i)
    {
        if (score == NoveltyScore.Recon || (set.RowCount == 2 && score == NoveltyScore.Mahal))
            return Newcomer(score, set.RemoveRow(i), set.Row(i));
        (_, Matrix<double> centred, Matrix<double> axes) = Components(set);
        if (score == NoveltyScore.Cos)
            return Cosine(centred, centred.Row(i), i);
        Matrix<double> scores = centred * axes, others = scores.RemoveRow(i);
        return Mahalanobis(others, scores.Row(i) - (others.ColumnSums() / others.RowCount));
    }

    [Fact]
    public void Over_rotations_and_reflections_there_are_distances_only()
    {
        foreach (NoveltyScore score in new[] { NoveltyScore.Mahal, NoveltyScore.Cos, NoveltyScore.Recon })
        {
            var plan = new StructuralPlan { Input = StructuralInput.Dihedral, Novelty = score };
            Assert.Throws<ArgumentException>(() => new StructuralMemory(Inputs(PatchNormalization.Image), plan, 9));
        }
    }

    [Theory]
    [InlineData(StructuralInput.Descriptors, NoveltyScore.Knn)]
    [InlineData(StructuralInput.Descriptors, NoveltyScore.Min)]
    [InlineData(StructuralInput.Patch, NoveltyScore.Mean)]
    [InlineData(StructuralInput.Dihedral, NoveltyScore.Lof)]
    public void Structural_novelty_by_distances_costs_no_allocation(StructuralInput input, NoveltyScore score)
    {
        var memory = new StructuralMemory(Inputs(PatchNormalization.Image), new StructuralPlan { Input = input, Novelty = score }, 9);
        memory.Add(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 2; i < 9; i++)
            memory.Add(i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_leading_component_is_that_of_points_on_a_line()
    {
        // Curves a_i u + small b_i w with orthogonal u, w: the scores are the centred a_i |u|, up to the sign of the convention.
        const int Samples = 8;
        double[] strengths = [1, 4, 2, -3, 0.5, 7];
        var memory = new RunMemory(new SpectralMemory(new SpectralPlan { Scale = CurrentScale.Linear }, Samples, 8),
            new StructuralMemory(Inputs(PatchNormalization.None), new StructuralPlan(), 8));
        var target = new LeadingComponentTarget(structural: false);
        MeasuredPoint Point(double a) => new(0, [.. Enumerable.Range(0, Samples).Select(k => k < 4 ? a : 0)], [], 0, true);
        foreach (double a in strengths)
            memory.Spectra.Add(Point(a).CurrentAmperes);
        var values = new double[strengths.Length];
        target.Values(memory, values);
        // 99 % of the 48 magnitudes are at most 7: features are a / 7.
        double mean = strengths.Average();
        for (int i = 0; i < values.Length; i++)
            Assert.Equal(2 * (strengths[i] - mean) / 7, values[i], 1e-9);
        Assert.Equal(2 * (10 - mean) / 7, target.ValueOfNewcomer(memory, Point(10)), 1e-9);
    }

    [Fact]
    public void Moments_are_those_of_the_population()
    {
        (double mean, double deviation) = LearnedTarget.Moments([1, 2, 3, 4]);
        Assert.Equal(2.5, mean);
        Assert.Equal(Math.Sqrt(1.25), deviation, 1e-15);
    }
}
