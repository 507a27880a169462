using FastCore.Compute.Execution;

namespace FastCore.Learning.Surrogates;

/// <summary>
/// The inputs of every kind at the candidates. The image is standardised once (a shift and a factor change nothing in a covariance whose
/// lengthscale is fitted, and suit a network); component scores of all candidates are computed when first asked for. Safe for several threads.
/// </summary>
internal sealed class CandidateFeatures
{
    private const int Chunk = 1024;
    private const int LargestSample = 2000;
    private const int MostComponents = 12;
    private const double VarianceKept = 0.98;
    private readonly ExecutionBackend backend;
    private readonly Lazy<(float[] Scores, int Count)> components;

    public CandidateFeatures(ExecutionBackend backend, CandidateInputs inputs)
    {
        this.backend = backend;
        Inputs = inputs;
        int finite = 0;
        double mean = 0;
        foreach (float value in inputs.Image)
        {
            if (!float.IsFinite(value))
                throw new ArgumentException($"Pixel {finite} of the image is {value}; fill or mask such pixels first.", nameof(inputs));
            finite++;
            mean += value;
        }
        for (int i = 0; i < inputs.Descriptors.Length; i++)
        {
            if (!float.IsFinite(inputs.Descriptors[i]))
            {
                throw new ArgumentException(
                    $"Descriptor {i / inputs.Count} of candidate {i % inputs.Count} is {inputs.Descriptors[i]}; descriptors must be finite.",
                    nameof(inputs));
            }
        }
        mean /= Math.Max(finite, 1);
        double square = 0;
        foreach (float value in inputs.Image)
            square += (value - mean) * (value - mean);
        double deviation = Math.Sqrt(square / Math.Max(finite, 1));
        double factor = deviation > 1e-12 ? 1 / deviation : 1;
        Image = Array.ConvertAll(inputs.Image, value => (float)((value - mean) * factor));
        Normalization = inputs.Normalization == PatchNormalization.Patch ? PatchNormalization.Patch : PatchNormalization.None;
        components = new Lazy<(float[] Scores, int Count)>(ComputeComponents);
    }

    public CandidateInputs Inputs { get; }

    /// <summary>Standardised image.</summary>
    public float[] Image { get; }

    /// <summary>Normalisation that is left to be done on the standardised image.</summary>
    public PatchNormalization Normalization { get; }

    public int Count => Inputs.Count;

    public int PatchLength => Inputs.PatchSize * Inputs.PatchSize;

    public int Dimensions(InputKind kind) => kind switch
    {
        InputKind.Descriptors => Inputs.DescriptorCount,
        InputKind.Patches => PatchLength,
        _ => components.Value.Count,
    };

    /// <summary>Features of all candidates, d x M; not for patches, which are never stored.</summary>
    public float[] All(InputKind kind) => kind switch
    {
        InputKind.Descriptors => Inputs.Descriptors,
        InputKind.Components => components.Value.Scores,
        _ => throw new InvalidOperationException("Patches of all candidates are gathered on the fly, not stored."),
    };

    /// <summary>Inputs of some candidates as rows, count x d.</summary>
    public float[] Rows(InputKind kind, ReadOnlySpan<int> candidates)
    {
        int d = Dimensions(kind);
        var rows = new float[candidates.Length * d];
        if (kind == InputKind.Patches)
        {
            Extract(candidates, rows);
            return rows;
        }
        float[] all = All(kind);
        for (int i = 0; i < candidates.Length; i++)
        {
            for (int k = 0; k < d; k++)
                rows[(i * d) + k] = all[(k * Count) + candidates[i]];
        }
        return rows;
    }

    /// <summary>Inputs of some candidates as columns, d x count.</summary>
    public double[] Columns(InputKind kind, ReadOnlySpan<int> candidates)
    {
        int d = Dimensions(kind);
        float[] rows = Rows(kind, candidates);
        var columns = new double[rows.Length];
        for (int i = 0; i < candidates.Length; i++)
        {
            for (int k = 0; k < d; k++)
                columns[(k * candidates.Length) + i] = rows[(i * d) + k];
        }
        return columns;
    }

    private void Extract(ReadOnlySpan<int> candidates, float[] rows)
    {
        var centres = new int[candidates.Length];
        for (int i = 0; i < centres.Length; i++)
            centres[i] = Inputs.Centres[candidates[i]];
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", Inputs.ImageRows, Inputs.ImageColumns);
        Tensor patches = layout.Allocate("patches", centres.Length, PatchLength);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        executor.Upload(Image, image);
        executor.ExtractPatches(image, centres, Inputs.PatchSize, Normalization, patches);
        executor.Download(patches, rows);
    }

    // Scores are not centred: only differences of them matter to a stationary covariance.
    private (float[] Scores, int Count) ComputeComponents()
    {
        int d = PatchLength;
        int sampleCount = Math.Min(LargestSample, Count);
        var sample = new int[sampleCount];
        for (int i = 0; i < sampleCount; i++)
            sample[i] = (int)((long)i * Count / sampleCount);
        float[] rows = Rows(InputKind.Patches, sample);
        float[] axes = PrincipalAxes(rows, sampleCount, d, out int count);
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", Inputs.ImageRows, Inputs.ImageColumns);
        Tensor patches = layout.Allocate("patches", Chunk, d);
        Tensor axis = layout.Allocate("axes", count, d);
        Tensor scores = layout.Allocate("scores", count, Chunk);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        executor.Upload(Image, image);
        executor.Upload(axes, axis);
        var result = new float[count * Count];
        var part = new float[count * Chunk];
        for (int start = 0; start < Count; start += Chunk)
        {
            int here = Math.Min(Chunk, Count - start);
            executor.ExtractPatches(image, Inputs.Centres.AsSpan(start, here), Inputs.PatchSize, Normalization, patches.TopRows(here));
            Tensor block = scores.Block(0, 0, count, here);
            executor.MatrixMultiply(axis, patches.TopRows(here), block, false, true, 1, 0);
            executor.Download(block, part.AsSpan(0, count * here));
            for (int k = 0; k < count; k++)
                part.AsSpan(k * here, here).CopyTo(result.AsSpan((k * Count) + start, here));
        }
        return (result, count);
    }

    // Leading eigenvectors of the covariance by subspace iteration (Golub and Van Loan, section 7.3.2) from fixed starting vectors.
    private float[] PrincipalAxes(float[] rows, int count, int d, out int kept)
    {
        var layout = new ArenaLayout();
        int r = Math.Min(MostComponents, Math.Min(d, count));
        Tensor x = layout.Allocate("rows", count, d);
        Tensor covariance = layout.Allocate("covariance", d, d);
        Tensor basis = layout.Allocate("basis", r, d);
        Tensor image = layout.Allocate("image of basis", r, d);
        var mean = new double[d];
        for (int i = 0; i < rows.Length; i++)
            mean[i % d] += rows[i];
        var centred = new double[rows.Length];
        double total = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            centred[i] = rows[i] - (mean[i % d] / count);
            total += centred[i] * centred[i] / count;
        }
        using IExecutor<double> executor = backend.CreateDouble(layout);
        executor.Upload(centred, x);
        executor.MatrixMultiply(x, x, covariance, true, false, 1.0 / count, 0);
        var q = new double[r * d];
        RandomStream random = RandomStream.Named(0, "components.start");
        for (int i = 0; i < q.Length; i++)
            q[i] = random.NextNormal();
        var eigenvalues = new double[r];
        for (int iteration = 0; iteration < 30; iteration++)
        {
            Orthonormalize(q, r, d);
            executor.Upload(q, basis);
            executor.MatrixMultiply(basis, covariance, image, false, false, 1, 0);
            executor.Download(image, q);
            for (int k = 0; k < r; k++)
                eigenvalues[k] = Math.Sqrt(Dot(q.AsSpan(k * d, d), q.AsSpan(k * d, d)));
        }
        Orthonormalize(q, r, d);
        double sum = 0;
        kept = 0;
        while (kept < r && (kept == 0 || sum < VarianceKept * total))
            sum += eigenvalues[kept++];
        return Array.ConvertAll(q.AsSpan(0, kept * d).ToArray(), value => (float)value);
    }

    private static void Orthonormalize(double[] q, int r, int d)
    {
        for (int k = 0; k < r; k++)
        {
            Span<double> row = q.AsSpan(k * d, d);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int j = 0; j < k; j++)
                {
                    double along = Dot(row, q.AsSpan(j * d, d));
                    for (int i = 0; i < d; i++)
                        row[i] -= along * q[(j * d) + i];
                }
            }
            double norm = Math.Sqrt(Dot(row, row));
            for (int i = 0; i < d; i++)
                row[i] = norm > 1e-200 ? row[i] / norm : 0;
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
