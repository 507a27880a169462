using FastCore.Autonomy.Plan;
using FastCore.Learning.Novelty;

namespace FastCore.Autonomy.Learned;

/// <summary>
/// The accepted curves as dimensionless features, s = asinh(I / I0) or I / q99, their distances d_s = |s_i - s_j| / sqrt(samples) and novelty scores
/// (SPEC 1.2, 1.3). q99 changes with every curve, and all features and distances with it.
/// </summary>
internal sealed class SpectralMemory
{
    /// <summary>Components kept for the scores that work on them (SPEC 1.2).</summary>
    public const int Rank = 8;

    private readonly SpectralPlan settings;
    private readonly int samples;
    private readonly double[] features;
    private readonly double[] scratch;
    private readonly double[] toAll;
    private readonly NoveltyKind kind;
    private readonly IncrementalNovelty distances;
    private readonly double[] currents;
    private readonly double[] magnitudes;
    private double linearAmperes;

    public SpectralMemory(SpectralPlan settings, int samples, int capacity)
    {
        this.settings = settings;
        this.samples = samples;
        kind = settings.Novelty.Kind();
        features = new double[capacity * samples];
        scratch = new double[samples];
        toAll = new double[capacity];
        // For the other scores it holds the distances that the diversity is the mean of.
        distances = new IncrementalNovelty(IncrementalNovelty.IsMadeOfDistances(kind) ? kind : NoveltyKind.Mean, settings.Neighbours, capacity);
        bool linear = settings.Scale == CurrentScale.Linear;
        currents = linear ? new double[capacity * samples] : [];
        magnitudes = linear ? new double[capacity * samples] : [];
    }

    public int Count => distances.Count;

    public int Samples => samples;

    public ReadOnlySpan<double> Feature(int i) => features.AsSpan(i * samples, samples);

    /// <summary>Features of a curve, on the scale of those accepted so far.</summary>
    public void Transform(ReadOnlySpan<double> currentAmperes, Span<double> destination)
    {
        double unit = settings.Scale == CurrentScale.Asinh ? settings.ScaleAmperes : LinearUnit(currentAmperes);
        for (int k = 0; k < samples; k++)
            destination[k] = settings.Scale == CurrentScale.Asinh ? Math.Asinh(currentAmperes[k] / unit) : currentAmperes[k] / unit;
    }

    /// <summary>
    /// Novelty of a curve against all accepted ones so far, the leave-one-out score that it would have among them; 0 if there are none.
    /// </summary>
    public double NoveltyOf(ReadOnlySpan<double> currentAmperes)
    {
        Distances(currentAmperes);
        if (IsByDistance)
            return distances.ScoreOf(toAll.AsSpan(0, Count));
        var scores = new double[Count + 1];
        NoveltyScores.Compute(kind, [.. features.AsSpan(0, Count * samples), .. scratch], Count + 1, settings.Neighbours, Rank, scores);
        return scores[Count];
    }

    public void Add(ReadOnlySpan<double> currentAmperes)
    {
        int n = Count;
        Distances(currentAmperes);
        scratch.CopyTo(features, n * samples);
        distances.Add(toAll.AsSpan(0, n));
        if (settings.Scale == CurrentScale.Linear)
        {
            double before = LinearUnit(currentAmperes);
            currentAmperes[..samples].CopyTo(currents.AsSpan(n * samples));
            linearAmperes = LinearScale();
            if (linearAmperes == 0)
                return;
            for (int k = 0; k < Count * samples; k++)
                features[k] = currents[k] / linearAmperes;
            distances.Scale(before / linearAmperes);
        }
    }

    /// <summary>Leave-one-out novelty of every accepted curve.</summary>
    public void Scores(Span<double> destination)
    {
        if (IsByDistance)
            distances.Scores(destination);
        else // These look at all curves at once: they are computed anew, and allocate.
            NoveltyScores.Compute(kind, features.AsSpan(0, Count * samples), Count, settings.Neighbours, Rank, destination[..Count]);
    }

    /// <summary>Mean pairwise distance: the diversity of the run.</summary>
    public double MeanPairwise() => distances.MeanPairwise();

    internal static double Distance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
            sum += (a[k] - b[k]) * (a[k] - b[k]);
        return Math.Sqrt(sum / a.Length);
    }

    // A newcomer changes the density of a curve's surroundings, so that its local outlier factor among them needs all of them anew.
    private bool IsByDistance => IncrementalNovelty.IsMadeOfDistances(kind) && kind != NoveltyKind.LocalOutlierFactor;

    private void Distances(ReadOnlySpan<double> currentAmperes)
    {
        Transform(currentAmperes, scratch);
        for (int i = 0; i < Count; i++)
            toAll[i] = Distance(Feature(i), scratch);
    }

    // Before the first current other than 0 only the curve itself has a scale.
    private double LinearUnit(ReadOnlySpan<double> currentAmperes)
    {
        if (linearAmperes > 0)
            return linearAmperes;
        double largest = 0;
        foreach (double current in currentAmperes[..samples])
            largest = Math.Max(largest, Math.Abs(current));
        return largest > 0 ? largest : 1;
    }

    // q99 of |I|, or the largest |I| where more than 99 % of all currents are 0.
    private double LinearScale()
    {
        Span<double> all = magnitudes.AsSpan(0, Count * samples);
        for (int k = 0; k < all.Length; k++)
            all[k] = Math.Abs(currents[k]);
        all.Sort();
        return all[(int)(0.99 * (all.Length - 1))] is double q99 and > 0 ? q99 : all[^1];
    }
}
