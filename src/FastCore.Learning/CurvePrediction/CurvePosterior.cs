using FastCore.Compute.Execution;
using FastCore.Learning.Surrogates;

namespace FastCore.Learning.CurvePrediction;

/// <summary>
/// Predicted curves at every candidate and the novelty that they are expected to have, kept up to date point by point. With V = L^-1 R(Z, C) a new
/// point appends one row w to V; each mean score grows by w beta_o and the common unit variance falls by w^2 (SPEC 2.5), so all outputs share V.
/// </summary>
internal sealed class CurvePosterior : CandidatePosterior
{
    private const double Jitter = 1e-6;
    private const int RefreshInterval = 64;
    private readonly CurveSurrogate model;
    private readonly int count;
    private readonly int dimensions;
    private readonly int outputs;
    private readonly int capacity;
    private readonly IExecutor<float> single;
    private readonly IExecutor<double> exact;
    private readonly float[] all;
    private readonly int[] measured;
    private readonly double[] scores;
    private readonly double[] betas;
    private readonly double[] row;
    private readonly float[] singles;
    private readonly double[] doubles;
    private readonly float[] floored;
    private readonly PredictedNovelty novelty;
    private readonly float[] mean;
    private readonly float[] variance;
    private readonly Tensor candidates;
    private readonly Tensor points;
    private readonly Tensor lengthscale;
    private readonly Tensor whitened;
    private readonly Tensor cross;
    private readonly Tensor meanRows;
    private readonly Tensor varianceRow;
    private readonly Tensor factorRow;
    private readonly Tensor betaRow;
    private readonly Tensor betaBlock;
    private readonly Tensor singleFactor;
    private readonly Tensor exactPoints;
    private readonly Tensor exactLengthscale;
    private readonly Tensor factor;
    private readonly Tensor newRow;
    private double noveltyMean;
    private double noveltyDeviation = 1;
    private int appended;
    private int pointCount;

    public CurvePosterior(ExecutionBackend backend, CurveSurrogate model, int capacity)
    {
        this.model = model;
        this.capacity = capacity;
        all = model.Features.All(InputKind.Descriptors);
        count = model.Features.Count;
        dimensions = model.Features.Dimensions(InputKind.Descriptors);
        outputs = model.Outputs;
        pointCount = model.TrainedOn.Count;
        measured = new int[capacity];
        for (int i = 0; i < pointCount; i++)
            measured[i] = model.TrainedOn[i];
        scores = new double[capacity * outputs];
        model.Scores.CopyTo(scores, 0);
        betas = new double[capacity * outputs];
        row = new double[capacity];
        singles = new float[Math.Max(capacity * capacity, Math.Max(dimensions, outputs) * capacity)];
        doubles = new double[Math.Max(capacity * capacity, Math.Max(dimensions, outputs) * capacity)];
        floored = new float[count];
        mean = new float[count];
        variance = new float[count];

        var layout = new ArenaLayout();
        candidates = layout.Allocate("candidates", dimensions, count);
        points = layout.Allocate("measured", dimensions, capacity);
        lengthscale = layout.Allocate("lengthscale", dimensions, 1);
        whitened = layout.Allocate("V", capacity, count);
        cross = layout.Allocate("cross covariance", 1, count);
        meanRows = layout.Allocate("mean scores", outputs, count);
        varianceRow = layout.Allocate("unit variance", 1, count);
        novelty = new PredictedNovelty(layout, model.Options, capacity, outputs, count);
        factorRow = layout.Allocate("row of L", 1, capacity);
        betaRow = layout.Allocate("beta", 1, capacity);
        betaBlock = layout.Allocate("betas", capacity, outputs);
        singleFactor = layout.Allocate("L", capacity, capacity);
        var exactLayout = new ArenaLayout();
        exactPoints = exactLayout.Allocate("measured", dimensions, capacity);
        exactLengthscale = exactLayout.Allocate("lengthscale", dimensions, 1);
        factor = exactLayout.Allocate("L", capacity, capacity);
        newRow = exactLayout.Allocate("new row", 1, capacity);
        single = backend.CreateSingle(layout);
        exact = backend.CreateDouble(exactLayout);
        single.Upload(all, candidates);
        single.Fill(lengthscale, (float)model.Lengthscale);
        exact.Fill(exactLengthscale, model.Lengthscale);
        for (int i = 0; i < pointCount; i++)
        {
            AddInputs(i, measured[i]);
            AddScores(i);
        }
        Refresh();
    }

    public override int PointCount => pointCount;

    public override ReadOnlySpan<float> Mean => mean;

    public override ReadOnlySpan<float> Variance => variance;

    /// <summary>What the noise of a curve adds to the variance of its distances: scale ratio / samples, in the unit of the targets.</summary>
    public override double NoiseVariance => model.Scale * model.NoiseRatio / model.Samples / (noveltyDeviation * noveltyDeviation);

    /// <summary>Predicted scores, outputs x M: what the predicted curve is made of.</summary>
    internal float[] MeanScores()
    {
        var means = new float[meanRows.Count];
        single.Download(meanRows, means);
        return means;
    }

    /// <summary>Posterior variance over the prior's, without noise.</summary>
    internal float[] UnitVariance()
    {
        var values = new float[count];
        single.Download(varianceRow, values);
        return values;
    }

    /// <summary>The place is imagined to have the curve that is predicted there.</summary>
    public override void Append(int candidate, ReadOnlySpan<double> targets)
    {
        single.Download(meanRows.Block(0, candidate, outputs, 1), singles.AsSpan(0, outputs));
        for (int o = 0; o < outputs; o++)
            scores[(pointCount * outputs) + o] = singles[o];
        Join(candidate);
        Express();
    }

    public override void Append(int candidate, ReadOnlySpan<double> targets, ReadOnlySpan<double> curve)
    {
        if (curve.Length != model.Samples)
            throw new ArgumentException($"The curve has {curve.Length} samples; the surrogate was trained on curves of {model.Samples}.", nameof(curve));
        Span<double> own = scores.AsSpan(pointCount * outputs, outputs);
        own.Clear();
        model.Components.Project(curve, own[..Math.Min(outputs, model.Components.Rank)]);
        Join(candidate);
    }

    public override void Standardise(double targetMean, double targetDeviation)
    {
        noveltyMean = targetMean;
        noveltyDeviation = targetDeviation > 0 ? targetDeviation : 1;
        Express();
    }

    // Scores do not follow from the targets.
    public override void Retarget(ReadOnlySpan<double> targets)
    {
    }

    public override void Draw(long seed, Span<float> values) =>
        throw new NotSupportedException("A curve surrogate predicts novelty by moments and draws no functions; use another surrogate for Thompson samples.");

    protected override void Dispose(bool disposing)
    {
        single.Dispose();
        exact.Dispose();
        base.Dispose(disposing);
    }

    private void Express() =>
        novelty.Compute(single, meanRows, varianceRow, pointCount, model.Scale, model.Samples, noveltyMean, noveltyDeviation, mean, variance);

    private void Join(int candidate)
    {
        int n = pointCount;
        measured[n] = candidate;
        AddInputs(n, candidate);
        AddScores(n);
        Tensor old = newRow.Block(0, 0, 1, n);
        exact.ScaledSquaredDistance(exactPoints.Block(0, n, dimensions, 1), exactPoints.Block(0, 0, dimensions, n), exactLengthscale, old);
        exact.Covariance(model.Function, old, 1, old);
        exact.Fill(newRow.Block(0, n, 1, 1), 1 + model.NoiseRatio + Jitter);
        if (!exact.CholeskyAppend(factor, n, newRow.Block(0, 0, 1, n + 1)))
        {
            throw new InvalidOperationException(
                $"Candidate {candidate} adds nothing that the covariance can tell apart; train anew instead of appending it.");
        }
        pointCount = n + 1;
        if (++appended % RefreshInterval == 0)
        {
            Refresh();
            return;
        }
        exact.Download(factor.Block(n, 0, 1, n + 1), row.AsSpan(0, n + 1));
        for (int o = 0; o < outputs; o++)
        {
            double sum = scores[(n * outputs) + o];
            for (int i = 0; i < n; i++)
                sum -= row[i] * betas[(i * outputs) + o];
            betas[(n * outputs) + o] = sum / row[n];
        }
        UploadSingles(row.AsSpan(0, n + 1), factorRow.Block(0, 0, 1, n + 1));
        for (int i = 0; i <= n; i++)
            doubles[i] = betas[i * outputs];
        UploadSingles(doubles.AsSpan(0, n + 1), betaRow.Block(0, 0, 1, n + 1));
        single.ScaledSquaredDistance(points.Block(0, n, dimensions, 1), candidates, lengthscale, cross);
        single.Covariance(model.Function, cross, 1, cross);
        // The pass that writes the new row of V renews the first output too; the others need that row alone.
        single.PosteriorAppend(whitened, n, cross, factorRow.Block(0, 0, 1, n + 1), betaRow.Block(0, 0, 1, n + 1), 0, meanRows.Row(0), varianceRow);
        for (int o = 1; o < outputs; o++)
            single.AddScaled((float)betas[(n * outputs) + o], whitened.Row(n), meanRows.Row(o));
    }

    private void Refresh()
    {
        int n = pointCount;
        Tensor square = factor.Leading(n), inputs = exactPoints.Block(0, 0, dimensions, n);
        exact.ScaledSquaredDistance(inputs, inputs, exactLengthscale, square);
        exact.Covariance(model.Function, square, 1, square);
        exact.AddDiagonal(square, model.NoiseRatio + Jitter);
        if (!exact.CholeskyFactor(square))
            throw new InvalidOperationException($"The covariance of the {n} measured points is not positive definite; train anew.");
        exact.Download(square, doubles.AsSpan(0, n * n));
        for (int i = 0; i < n; i++)
        {
            for (int o = 0; o < outputs; o++)
            {
                double sum = scores[(i * outputs) + o];
                for (int j = 0; j < i; j++)
                    sum -= doubles[(i * n) + j] * betas[(j * outputs) + o];
                betas[(i * outputs) + o] = sum / doubles[(i * n) + i];
            }
        }
        UploadSingles(doubles.AsSpan(0, n * n), singleFactor.Leading(n));
        UploadSingles(betas.AsSpan(0, n * outputs), betaBlock.TopRows(n));
        Tensor rows = whitened.TopRows(n);
        single.ScaledSquaredDistance(points.Block(0, 0, dimensions, n), candidates, lengthscale, rows);
        single.Covariance(model.Function, rows, 1, rows);
        single.TriangularSolve(singleFactor.Leading(n), rows, false);
        single.ColumnSquaredNorm(rows, cross);
        single.Fill(varianceRow, 1);
        single.AddScaled(-1, cross, varianceRow);
        single.Download(varianceRow, floored);
        for (int c = 0; c < floored.Length; c++)
            floored[c] = Math.Max(floored[c], 1e-10f);
        single.Upload(floored, varianceRow);
        single.MatrixMultiply(betaBlock.TopRows(n), rows, meanRows, true, false, 1, 0);
    }

    private void AddInputs(int point, int candidate)
    {
        Span<float> column = singles.AsSpan(0, dimensions);
        Span<double> exactColumn = doubles.AsSpan(0, dimensions);
        for (int k = 0; k < dimensions; k++)
            exactColumn[k] = column[k] = all[(k * count) + candidate];
        single.Upload(column, points.Block(0, point, dimensions, 1));
        exact.Upload(exactColumn, exactPoints.Block(0, point, dimensions, 1));
    }

    private void AddScores(int point)
    {
        Span<float> own = singles.AsSpan(0, outputs);
        for (int o = 0; o < outputs; o++)
            own[o] = (float)scores[(point * outputs) + o];
        novelty.Measured(single, point, own);
    }

    private void UploadSingles(ReadOnlySpan<double> values, Tensor destination)
    {
        Span<float> converted = singles.AsSpan(0, values.Length);
        for (int i = 0; i < values.Length; i++)
            converted[i] = (float)values[i];
        single.Upload(converted, destination);
    }
}
