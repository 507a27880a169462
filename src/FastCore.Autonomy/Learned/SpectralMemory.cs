using FastCore.Autonomy.Plan;
using FastCore.Learning.Novelty;

namespace FastCore.Autonomy.Learned;

/// <summary>
/// The accepted curves as dimensionless features, s = asinh(I / I0) or I / q99, their distances d_s = |s_i - s_j| / sqrt(samples) and novelty scores
/// (SPEC 1.2, 1.3).
/// </summary>
internal sealed class SpectralMemory
{
    // Components kept for the scores that work on them (SPEC 1.2).
    private const int Rank = 8;
    private readonly SpectralPlan settings;
    private readonly int samples;
    private readonly double[] features;
    private readonly double[] scratch;
    private readonly double[] toAll;
    private readonly DistanceNovelty novelty;
    private readonly double[] magnitudes;
    private readonly NoveltyKind? shape;

    public SpectralMemory(SpectralPlan settings, int samples, int capacity)
    {
        this.settings = settings;
        this.samples = samples;
        shape = settings.Novelty switch
        {
            NoveltyScore.Mahal => NoveltyKind.Mahalanobis,
            NoveltyScore.Cos => NoveltyKind.Cosine,
            NoveltyScore.Recon => NoveltyKind.Reconstruction,
            NoveltyScore.Lof => NoveltyKind.LocalOutlierFactor,
            _ => null,
        };
        features = new double[capacity * samples];
        scratch = new double[samples];
        toAll = new double[capacity];
        novelty = new DistanceNovelty(settings.Novelty, settings.Neighbours, capacity);
        magnitudes = settings.Scale == CurrentScale.Linear ? new double[capacity * samples] : [];
    }

    public int Count => novelty.Count;

    public int Samples => samples;

    /// <summary>Factor that makes stored features and distances dimensionless: 1, or 1 / q99 for the linear scale.</summary>
    public double Factor { get; private set; } = 1;

    public ReadOnlySpan<double> Feature(int i) => features.AsSpan(i * samples, samples);

    /// <summary>Features of a curve on the stored scale.</summary>
    public void Transform(ReadOnlySpan<double> currentAmperes, Span<double> destination)
    {
        for (int k = 0; k < samples; k++)
            destination[k] = settings.Scale == CurrentScale.Asinh ? Math.Asinh(currentAmperes[k] / settings.ScaleAmperes) : currentAmperes[k];
    }

    /// <summary>Novelty of a curve against all accepted ones so far; 0 if there are none.</summary>
    public double NoveltyOf(ReadOnlySpan<double> currentAmperes)
    {
        Distances(currentAmperes);
        if (shape is not { } kind)
            return Factor * novelty.ScoreOf(toAll.AsSpan(0, Count));
        var scores = new double[Count + 1];
        NoveltyScores.Compute(kind, [.. features.AsSpan(0, Count * samples), .. scratch], Count + 1, settings.Neighbours, Rank, scores);
        Rescale(kind, scores);
        return scores[Count];
    }

    public void Add(ReadOnlySpan<double> currentAmperes)
    {
        Distances(currentAmperes);
        scratch.CopyTo(features, Count * samples);
        novelty.Add(toAll.AsSpan(0, Count));
        if (settings.Scale == CurrentScale.Linear)
            Factor = 1 / Math.Max(Percentile99(), double.Epsilon);
    }

    /// <summary>Leave-one-out novelty of every accepted curve.</summary>
    public void Scores(Span<double> destination)
    {
        if (shape is { } kind)
        {
            // These look at all curves at once: they are computed anew, and allocate.
            NoveltyScores.Compute(kind, features.AsSpan(0, Count * samples), Count, settings.Neighbours, Rank, destination[..Count]);
            Rescale(kind, destination[..Count]);
            return;
        }
        novelty.Scores(destination);
        for (int i = 0; i < Count; i++)
            destination[i] *= Factor;
    }

    /// <summary>Mean pairwise distance: the diversity of the run.</summary>
    public double MeanPairwise() => Factor * novelty.MeanPairwise();

    private void Distances(ReadOnlySpan<double> currentAmperes)
    {
        Transform(currentAmperes, scratch);
        for (int i = 0; i < Count; i++)
            toAll[i] = Distance(Feature(i), scratch);
    }

    internal static double Distance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
            sum += (a[k] - b[k]) * (a[k] - b[k]);
        return Math.Sqrt(sum / a.Length);
    }

    // The others do not depend on the scale of the features.
    private void Rescale(NoveltyKind kind, Span<double> scores)
    {
        for (int i = 0; kind == NoveltyKind.Reconstruction && i < scores.Length; i++)
            scores[i] *= Factor;
    }

    private double Percentile99()
    {
        Span<double> all = magnitudes.AsSpan(0, Count * samples);
        for (int k = 0; k < all.Length; k++)
            all[k] = Math.Abs(features[k]);
        all.Sort();
        return all[(int)(0.99 * (all.Length - 1))];
    }
}
