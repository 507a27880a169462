using FastCore.Compute.Execution;
using FastCore.Learning.Acquisition;
using FastCore.Learning.DeepKernel;
using FastCore.Learning.GaussianProcess;

namespace FastCore.Learning.Surrogates;

/// <summary>
/// Posterior of one fitted model over all candidates (SPEC 2.5). The factor L of the measured points and beta = L^-1 (t - m) are double on the
/// host; V = L^-1 K(Z, C), mean and variance of the candidates are float on the backend. A new point costs one row of V: one streaming pass.
/// Everything is reserved in the constructor.
/// </summary>
/// <remarks>Targets, means and variances are standardised here; the owner brings them to the targets' unit.</remarks>
internal sealed class IncrementalPosterior : IDisposable
{
    /// <summary>Appends after which V is solved anew, so that rounding does not add up.</summary>
    public const int RefreshInterval = 64;

    private const int BlockRows = 16;
    private const int EmbeddingChunk = 1024;
    private const int DrawnCosines = 1024;
    private readonly CandidateFeatures features;
    private readonly FittedModel model;
    private readonly int capacity;
    private readonly int count;
    private readonly int[] measured;
    private readonly int[] centre = new int[1];
    private readonly TermState[] terms;
    private readonly IExecutor<float> single;
    private readonly IExecutor<double> exact;
    private readonly Tensor image;
    private readonly Tensor whitened;
    private readonly Tensor block;
    private readonly Tensor cross;
    private readonly Tensor distance;
    private readonly Tensor meanRow;
    private readonly Tensor varianceRow;
    private readonly Tensor singleFactor;
    private readonly Tensor singleFactorRow;
    private readonly Tensor singleBeta;
    private readonly Tensor kernel;
    private readonly Tensor kernelTerm;
    private readonly Tensor factor;
    private readonly Tensor newRow;
    private readonly Tensor newTerm;
    private readonly Tensor beta;
    private readonly float[] mean;
    private readonly float[] variance;
    private readonly float[] singles;
    private readonly double[] doubles;
    private readonly double[] targets;
    private readonly double prior;
    private double jitter;
    private int appended;

    public IncrementalPosterior(ExecutionBackend backend, CandidateFeatures features, FittedModel model, ReadOnlySpan<int> trainedOn,
        ReadOnlySpan<double> standardised, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, trainedOn.Length);
        this.features = features;
        this.model = model;
        this.capacity = capacity;
        count = features.Count;
        prior = model.Parameters.PriorVariance;
        measured = new int[capacity];
        trainedOn.CopyTo(measured);
        targets = new double[capacity];
        standardised.CopyTo(targets);
        PointCount = trainedOn.Length;
        mean = new float[count];
        variance = new float[count];
        singles = new float[Math.Max(capacity * capacity, features.PatchLength)];
        doubles = new double[Math.Max(capacity * capacity, features.PatchLength)];

        var layout = new ArenaLayout();
        var exactLayout = new ArenaLayout();
        bool patches = false;
        terms = new TermState[model.Terms.Count];
        for (int t = 0; t < terms.Length; t++)
        {
            float[]? all = Embed(backend, model.Terms[t].Kind);
            patches |= all is null;
            terms[t] = new TermState(layout, exactLayout, model.Terms[t].Covariance, all, count, capacity, t);
        }
        CandidateInputs inputs = features.Inputs;
        image = layout.Allocate("image", patches ? inputs.ImageRows : 0, inputs.ImageColumns);
        whitened = layout.Allocate("V", capacity, count);
        block = layout.Allocate("block", terms.Length > 1 || patches ? Math.Min(BlockRows, capacity) : 0, count);
        cross = layout.Allocate("cross covariance", 1, count);
        distance = layout.Allocate("distance", 1, count);
        meanRow = layout.Allocate("mean", 1, count);
        varianceRow = layout.Allocate("variance", 1, count);
        singleFactor = layout.Allocate("L", capacity, capacity);
        singleFactorRow = layout.Allocate("row of L", 1, capacity);
        singleBeta = layout.Allocate("beta", 1, capacity);
        kernel = exactLayout.Allocate("K", capacity, capacity);
        kernelTerm = exactLayout.Allocate("term of K", capacity, capacity);
        factor = exactLayout.Allocate("L", capacity, capacity);
        newRow = exactLayout.Allocate("new row", 1, capacity);
        newTerm = exactLayout.Allocate("term of new row", 1, capacity);
        beta = exactLayout.Allocate("beta", capacity, 1);
        single = backend.CreateSingle(layout);
        exact = backend.CreateDouble(exactLayout);
        if (patches)
            single.Upload(features.Image, image);
        for (int t = 0; t < terms.Length; t++)
        {
            TermState term = terms[t];
            int d = term.Covariance.Dimensions;
            double[] own = model.Parameters.Lengthscales[t];
            double[] lengthscales = [.. Enumerable.Range(0, d).Select(k => own[term.Covariance.Ard ? k : 0])];
            exact.Upload(lengthscales, term.ExactLengthscale);
            if (term.All is not null)
            {
                single.Upload(Array.ConvertAll(lengthscales, l => (float)l), term.Lengthscale);
                single.Upload(term.All, term.Candidates);
            }
            for (int i = 0; i < PointCount; i++)
                AddInputs(term, i, measured[i]);
        }
        Refresh();
    }

    public int PointCount { get; private set; }

    public ReadOnlySpan<float> Mean => mean;

    public ReadOnlySpan<float> Variance => variance;

    public double NoiseVariance => model.Parameters.NoiseVariance;

    public int Capacity => capacity;

    /// <summary>The candidate joins; <paramref name="standardised"/> holds PointCount + 1 targets.</summary>
    public void Append(int candidate, ReadOnlySpan<double> standardised)
    {
        int n = PointCount;
        measured[n] = candidate;
        exact.Fill(newRow, 0);
        Tensor old = newRow.Block(0, 0, 1, n);
        Tensor part = newTerm.Block(0, 0, 1, n);
        for (int t = 0; t < terms.Length; t++)
        {
            TermState term = terms[t];
            AddInputs(term, n, candidate);
            int d = term.Covariance.Dimensions;
            exact.ScaledSquaredDistance(term.Measured.Block(0, n, d, 1), term.Measured.Block(0, 0, d, n), term.ExactLengthscale, part);
            exact.Covariance(term.Covariance.Function, part, model.Parameters.OutputScales[t], part);
            exact.AddScaled(1, part, old);
        }
        exact.Fill(newRow.Block(0, n, 1, 1), prior + model.Parameters.NoiseVariance + jitter);
        if (!exact.CholeskyAppend(factor, n, newRow.Block(0, 0, 1, n + 1)))
        {
            throw new InvalidOperationException(
                $"Candidate {candidate} adds nothing that the covariance can tell apart; train anew instead of appending it.");
        }
        PointCount = n + 1;
        standardised.CopyTo(targets);
        if (++appended % RefreshInterval == 0)
        {
            Refresh();
            return;
        }
        SolveBeta();
        Span<double> row = doubles.AsSpan(0, n + 1);
        exact.Download(factor.Block(n, 0, 1, n + 1), row);
        UploadSingles(row, singleFactorRow.Block(0, 0, 1, n + 1));
        CrossCovariance(n, 1, cross, distance);
        single.PosteriorAppend(whitened, n, cross, singleFactorRow.Block(0, 0, 1, n + 1), singleBeta.Block(0, 0, 1, n + 1),
            (float)model.Parameters.Mean, meanRow, varianceRow);
        single.Download(meanRow, mean);
        single.Download(varianceRow, variance);
    }

    /// <summary>New targets for the same points.</summary>
    public void Retarget(ReadOnlySpan<double> standardised)
    {
        standardised.CopyTo(targets);
        SolveBeta();
        SolveMean();
    }

    /// <summary>Solves everything anew from the measured points.</summary>
    public void Refresh()
    {
        int n = PointCount;
        Tensor square = kernel.Leading(n);
        for (int t = 0; t < terms.Length; t++)
        {
            TermState term = terms[t];
            Tensor points = term.Measured.Block(0, 0, term.Covariance.Dimensions, n);
            Tensor target = t == 0 ? square : kernelTerm.Leading(n);
            exact.ScaledSquaredDistance(points, points, term.ExactLengthscale, target);
            exact.Covariance(term.Covariance.Function, target, model.Parameters.OutputScales[t], target);
            if (t > 0)
                exact.AddScaled(1, target, square);
        }
        jitter = model.Jitter;
        while (true)
        {
            exact.Copy(square, factor.Leading(n));
            exact.AddDiagonal(factor.Leading(n), model.Parameters.NoiseVariance + jitter);
            if (exact.CholeskyFactor(factor.Leading(n)))
                break;
            jitter = jitter == 0 ? 1e-6 * prior : 10 * jitter;
            if (!(jitter <= 1.0001e-2 * prior))
            {
                throw new InvalidOperationException(
                    $"The covariance of the {n} measured points is not positive definite even with jitter; train anew.");
            }
        }
        Span<double> values = doubles.AsSpan(0, n * n);
        exact.Download(factor.Leading(n), values);
        UploadSingles(values, singleFactor.Leading(n));
        SolveBeta();
        if (block.Rows == 0)
        {
            TermState only = terms[0];
            single.PosteriorSolve(only.Covariance.Function, only.SingleMeasured.Block(0, 0, only.Covariance.Dimensions, n), only.Candidates,
                only.Lengthscale, (float)prior, singleFactor.Leading(n), singleBeta.Block(0, 0, 1, n), (float)model.Parameters.Mean,
                whitened.TopRows(n), meanRow, varianceRow);
            single.Download(meanRow, mean);
            single.Download(varianceRow, variance);
            return;
        }
        for (int start = 0; start < n; start += block.Rows)
        {
            int here = Math.Min(block.Rows, n - start);
            CrossCovariance(start, here, whitened.Block(start, 0, here, count), block.TopRows(here));
        }
        single.TriangularSolve(singleFactor.Leading(n), whitened.TopRows(n), false);
        single.ColumnSquaredNorm(whitened.TopRows(n), distance);
        single.Fill(varianceRow, (float)prior);
        single.AddScaled(-1, distance, varianceRow);
        single.Download(varianceRow, variance);
        for (int i = 0; i < variance.Length; i++)
            variance[i] = Math.Max(variance[i], 1e-10f);
        single.Upload(variance, varianceRow);
        SolveMean();
    }

    /// <summary>
    /// A function drawn from the posterior at every candidate, by Matheron's rule (Wilson et al. 2020): f(c) + V_c^T L^-1 (t - m - f(z) - e) + m,
    /// with f from the prior by random Fourier features, one set for each term, and e from the noise.
    /// </summary>
    public void Draw(long seed, Span<float> values)
    {
        values.Clear();
        for (int t = 0; t < terms.Length; t++)
            AddPriorDraw(t, RandomStream.Named(seed, "draw.term", t), values);
        int n = PointCount;
        RandomStream random = RandomStream.Named(seed, "draw.noise");
        double noise = Math.Sqrt(model.Parameters.NoiseVariance + jitter);
        Span<double> residual = doubles.AsSpan(0, n);
        for (int i = 0; i < n; i++)
            residual[i] = targets[i] - model.Parameters.Mean - values[measured[i]] - (noise * random.NextNormal());
        Tensor column = beta.TopRows(n);
        exact.Upload(residual, column);
        exact.TriangularSolve(factor.Leading(n), column, false);
        exact.Download(column, residual);
        UploadSingles(residual, singleBeta.Block(0, 0, 1, n));
        single.Upload(values, distance);
        single.MatrixMultiply(singleBeta.Block(0, 0, 1, n), whitened.TopRows(n), distance, false, false, 1, 1);
        single.Download(distance, values);
        float prior = (float)model.Parameters.Mean;
        foreach (ref float value in values)
            value += prior;
        // The solution of the targets was overwritten by that of the residual.
        SolveBeta();
    }

    public void Dispose()
    {
        single.Dispose();
        exact.Dispose();
    }

    // Rows start .. start + rows - 1 of K(Z, C); work is as large as the destination and may be the destination for a single term of features.
    private void CrossCovariance(int start, int rows, Tensor destination, Tensor work)
    {
        for (int t = 0; t < terms.Length; t++)
        {
            TermState term = terms[t];
            Tensor target = t == 0 ? destination : work;
            int d = term.Covariance.Dimensions;
            if (term.All is not null)
            {
                single.ScaledSquaredDistance(term.SingleMeasured.Block(0, start, d, rows), term.Candidates, term.Lengthscale, target);
            }
            else
            {
                double length = model.Parameters.Lengthscales[t][0];
                // With two terms the first one may use the work tensor too: it is overwritten by the second only afterwards.
                single.PatchDistance(image, features.Inputs.Centres, features.Inputs.PatchSize, features.Normalization,
                    term.SingleMeasured.Block(start, 0, rows, d), t == 0 ? work : target);
                Tensor plain = t == 0 ? work : target;
                single.Multiply(plain, plain, plain);
                if (t == 0)
                {
                    single.Fill(destination, 0);
                    single.AddScaled((float)(1 / (length * length)), plain, destination);
                }
                else
                {
                    // destination already holds the first term, so the scale is taken in by multiplying with a constant row.
                    ScaleInPlace(plain, (float)(1 / (length * length)));
                }
            }
            single.Covariance(term.Covariance.Function, target, (float)model.Parameters.OutputScales[t], target);
            if (t > 0)
                single.AddScaled(1, target, destination);
        }
    }

    private void AddPriorDraw(int t, RandomStream random, Span<float> values)
    {
        TermState term = terms[t];
        int d = term.Covariance.Dimensions;
        double[] own = model.Parameters.Lengthscales[t];
        var draw = new RandomFourierFeatures(term.Covariance.Function, [.. Enumerable.Range(0, d).Select(k => own[term.Covariance.Ard ? k : 0])],
            model.Parameters.OutputScales[t], DrawnCosines, ((long)random.NextBits() << 32) | random.NextBits());
        if (term.All is not null)
        {
            draw.AddTo(term.All, count, values);
            return;
        }
        var columns = new float[d * EmbeddingChunk];
        for (int start = 0; start < count; start += EmbeddingChunk)
        {
            int here = Math.Min(EmbeddingChunk, count - start);
            float[] rows = features.Rows(InputKind.Patches, [.. Enumerable.Range(start, here)]);
            for (int i = 0; i < here; i++)
            {
                for (int k = 0; k < d; k++)
                    columns[(k * here) + i] = rows[(i * d) + k];
            }
            draw.AddTo(columns.AsSpan(0, d * here), here, values.Slice(start, here));
        }
    }

    private void ScaleInPlace(Tensor x, float scale)
    {
        // varianceRow must stay; meanRow is rewritten by every caller after the covariance is known.
        single.Fill(meanRow, scale);
        for (int row = 0; row < x.Rows; row++)
            single.Multiply(x.Row(row), meanRow, x.Row(row));
    }

    private void SolveBeta()
    {
        int n = PointCount;
        Span<double> residual = doubles.AsSpan(0, n);
        for (int i = 0; i < n; i++)
            residual[i] = targets[i] - model.Parameters.Mean;
        Tensor column = beta.TopRows(n);
        exact.Upload(residual, column);
        exact.TriangularSolve(factor.Leading(n), column, false);
        exact.Download(column, residual);
        UploadSingles(residual, singleBeta.Block(0, 0, 1, n));
    }

    private void SolveMean()
    {
        int n = PointCount;
        single.Fill(meanRow, (float)model.Parameters.Mean);
        single.MatrixMultiply(singleBeta.Block(0, 0, 1, n), whitened.TopRows(n), meanRow, false, false, 1, 1);
        single.Download(meanRow, mean);
    }

    private void UploadSingles(ReadOnlySpan<double> values, Tensor destination)
    {
        Span<float> converted = singles.AsSpan(0, values.Length);
        for (int i = 0; i < values.Length; i++)
            converted[i] = (float)values[i];
        single.Upload(converted, destination);
    }

    private void AddInputs(TermState term, int point, int candidate)
    {
        int d = term.Covariance.Dimensions;
        Span<float> column = singles.AsSpan(0, d);
        if (term.All is not null)
        {
            for (int k = 0; k < d; k++)
                column[k] = term.All[(k * count) + candidate];
            single.Upload(column, term.SingleMeasured.Block(0, point, d, 1));
        }
        else
        {
            centre[0] = features.Inputs.Centres[candidate];
            Tensor row = term.SingleMeasured.Row(point);
            single.ExtractPatches(image, centre, features.Inputs.PatchSize, features.Normalization, row);
            single.Download(row, column);
        }
        Span<double> exactColumn = doubles.AsSpan(0, d);
        for (int k = 0; k < d; k++)
            exactColumn[k] = column[k];
        exact.Upload(exactColumn, term.Measured.Block(0, point, d, 1));
    }

    // Features of all candidates, feature-major; null for raw patches, whose distances are gathered from the image.
    private float[]? Embed(ExecutionBackend backend, InputKind kind)
    {
        if (model.Network is not { } network)
            return kind == InputKind.Patches ? null : features.All(kind);
        bool patches = kind == InputKind.Patches;
        int d = features.Dimensions(kind);
        using var embedder = new FeatureEmbedder(backend, network.Settings, d, Math.Min(EmbeddingChunk, count), network.State.Weights,
            network.State.Statistics, network.Bounds, patches ? features.Image : null, features.Inputs.ImageColumns);
        var result = new float[embedder.FeatureCount * count];
        if (patches)
        {
            embedder.EmbedPatches(features.Inputs.Centres, features.Inputs.PatchSize, features.Normalization, result);
            return result;
        }
        embedder.Embed(features.Rows(kind, [.. Enumerable.Range(0, count)]), count, result);
        return result;
    }

    private sealed class TermState(ArenaLayout layout, ArenaLayout exactLayout, CovarianceTerm covariance, float[]? all, int count, int capacity,
        int index)
    {
        public CovarianceTerm Covariance { get; } = covariance;

        public float[]? All { get; } = all;

        public Tensor Candidates { get; } = layout.Allocate($"candidates {index}", all is null ? 0 : covariance.Dimensions, count);

        public Tensor Lengthscale { get; } = layout.Allocate($"lengthscale {index}", covariance.Dimensions, 1);

        /// <summary>Measured points in float: features in columns (d x capacity), patches in rows (capacity x d).</summary>
        public Tensor SingleMeasured { get; } = all is null
            ? layout.Allocate($"measured patches {index}", capacity, covariance.Dimensions)
            : layout.Allocate($"measured features {index}", covariance.Dimensions, capacity);

        /// <summary>Measured points in double, in columns.</summary>
        public Tensor Measured { get; } = exactLayout.Allocate($"measured {index}", covariance.Dimensions, capacity);

        public Tensor ExactLengthscale { get; } = exactLayout.Allocate($"lengthscale {index}", covariance.Dimensions, 1);
    }
}
