using System.Numerics;
using FastCore.Autonomy.Plan;
using FastCore.Compute.Execution;
using FastCore.Learning.Novelty;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.Learned;

/// <summary>
/// Structural novelty (SPEC 1.3, 1.5): of the measured places among each other (leave-one-out), and of each of the M candidates against the n
/// measured places. Distances: |phi_c - phi_i| of descriptors or codes, |x_c - x_i| / side of patches, or the smallest of the latter over the eight rotations and
/// reflections. Vectors, d numbers each: descriptors, codes or patches. What a new place costs:
/// <list type="bullet">
/// <item>knn, min, mean: one pass over the candidates, which keep their k smallest distances in order (M d operations; nothing is allocated).</item>
/// <item>lof: M (d + n k) operations, and M x capacity floats to keep every distance in (49 MB for 58,081 candidates and 210 places): all densities
/// change with each place, and ties may take in any of them.</item>
/// <item>mahal, recon: the components of the measured places anew, which is most of it, then M r d operations, r up to 8 (allocates).</item>
/// <item>cos: M n d operations, since the common mean moves: n times the knn pass (allocates).</item>
/// </list>
/// Leave-one-out scores by mahal and recon find components for each place anew; only a structural model (structural.model) asks for them.
/// </summary>
internal sealed class StructuralMemory
{
    private readonly CandidateInputs inputs;
    private readonly StructuralPlan settings;
    private readonly int count;
    private readonly NoveltyKind kind;
    private readonly int kept;
    private readonly float[] nearest;
    private readonly float[] novelty;
    private readonly float[] distance;
    private readonly float[] other;
    private readonly float[] patch;
    private readonly float[] turned;
    private readonly float[] patchShift;
    private readonly float[] patchScale;
    private readonly double[] toEarlier;
    private readonly int[] measured;
    private readonly IncrementalNovelty? among;
    private readonly float[] toMeasured;
    private readonly double[] vectors;
    private readonly double[] vector;
    private readonly int capacity;
    private readonly float[] features;
    private readonly int featureCount;

    /// <param name="inputs">The candidates.</param>
    /// <param name="settings">What is compared and how.</param>
    /// <param name="capacity">Most measured places.</param>
    /// <param name="codes">Codes of the candidates (<see cref="PatchCodes"/>) where these are compared.</param>
    public StructuralMemory(CandidateInputs inputs, StructuralPlan settings, int capacity, float[]? codes = null)
    {
        this.inputs = inputs;
        this.settings = settings;
        this.capacity = capacity;
        (features, featureCount) = settings.Input != StructuralInput.Codes ? (inputs.Descriptors, inputs.DescriptorCount)
            : (codes ?? throw new ArgumentNullException(nameof(codes)), PatchCodes.Dimensions);
        count = inputs.Count;
        kind = settings.Novelty.Kind();
        kept = kind switch { NoveltyKind.NearestNeighbours => settings.Neighbours, NoveltyKind.Minimum => 1, _ => 0 };
        nearest = new float[kept * count];
        Array.Fill(nearest, float.PositiveInfinity);
        novelty = new float[count];
        distance = new float[count];
        bool patches = settings.Input is StructuralInput.Patch or StructuralInput.Dihedral;
        int side = inputs.PatchSize;
        other = settings.Input == StructuralInput.Dihedral ? new float[count] : [];
        patch = new float[side * side];
        turned = new float[side * side];
        patchShift = patches ? new float[count] : [];
        patchScale = patches ? new float[count] : [];
        toEarlier = new double[capacity];
        measured = new int[capacity];
        if (kind == NoveltyKind.LocalOutlierFactor && (long)count * capacity > Array.MaxLength)
        {
            throw new PlanException("structural.novelty", $"The plan's key 'structural.novelty' is lof, which keeps {count} x {capacity} distances, "
                + $"more than the {Array.MaxLength} that fit; use knn, or set 'stride' to 2 or more.");
        }
        toMeasured = kind == NoveltyKind.LocalOutlierFactor ? new float[count * capacity] : [];
        if (IncrementalNovelty.IsMadeOfDistances(kind))
        {
            among = new IncrementalNovelty(kind, settings.Neighbours, capacity);
            vector = vectors = [];
        }
        else
        {
            if (settings.Input == StructuralInput.Dihedral)
                throw new ArgumentException($"{kind} needs vectors; over rotations and reflections there are distances only.", nameof(settings));
            vector = new double[patches ? side * side : featureCount];
            vectors = new double[capacity * vector.Length];
        }
        if (patches)
            FitPatches();
    }

    public int Count { get; private set; }

    public CandidateInputs Inputs => inputs;

    public int MeasuredAt(int i) => measured[i];

    /// <summary>Novelty of every candidate against the measured places; 0 before the first.</summary>
    public ReadOnlySpan<float> OverCandidates => novelty;

    /// <summary>Leave-one-out novelty of every measured place.</summary>
    public void Scores(Span<double> destination)
    {
        if (among is not null)
            among.Scores(destination);
        else
        {
            NoveltyScores.Compute(kind, vectors.AsSpan(0, Count * vector.Length), Count, settings.Neighbours, SpectralMemory.Rank,
                destination[..Count]);
        }
    }

    /// <summary>A place was measured.</summary>
    public void Add(int candidate)
    {
        int n = Count++;
        measured[n] = candidate;
        if (among is null)
        {
            ScoreVectors(n);
            return;
        }
        if (patchScale.Length == 0)
            FeatureDistances(candidate);
        else
            PatchDistances(candidate);
        for (int i = 0; i < n; i++)
            toEarlier[i] = distance[measured[i]];
        among.Add(toEarlier.AsSpan(0, n));
        if (kind == NoveltyKind.LocalOutlierFactor)
        {
            ScoreByDensity(n, among);
        }
        else if (kind == NoveltyKind.Mean)
        {
            // Running mean over all measured places.
            float share = 1f / (n + 1);
            for (int c = 0; c < count; c++)
                novelty[c] += (distance[c] - novelty[c]) * share;
        }
        else
        {
            KeepNearest(Math.Min(kept, n + 1));
        }
    }

    private void ScoreVectors(int n)
    {
        int d = vector.Length;
        TakeVector(measured[n], vectors.AsSpan(n * d, d));
        NewcomerNovelty fitted = NewcomerNovelty.Fit(kind, vectors.AsSpan(0, (n + 1) * d), n + 1, SpectralMemory.Rank);
        for (int c = 0; c < count; c++)
        {
            TakeVector(c, vector);
            novelty[c] = (float)fitted.Score(vector);
        }
    }

    // The root mean square of a difference of these vectors is the distance of their candidates.
    private void TakeVector(int candidate, Span<double> destination)
    {
        if (patchScale.Length == 0)
        {
            double scale = Math.Sqrt(featureCount);
            for (int f = 0; f < destination.Length; f++)
                destination[f] = scale * features[(f * count) + candidate];
            return;
        }
        Gather(candidate, patch);
        for (int p = 0; p < destination.Length; p++)
            destination[p] = patch[p];
    }

    private void ScoreByDensity(int n, IncrementalNovelty set)
    {
        for (int c = 0; c < count; c++)
        {
            Span<float> row = toMeasured.AsSpan(c * capacity, n + 1);
            row[n] = distance[c];
            for (int i = 0; i <= n; i++)
                toEarlier[i] = row[i];
            novelty[c] = (float)set.ScoreOf(toEarlier.AsSpan(0, n + 1));
        }
    }

    private void KeepNearest(int used)
    {
        float share = 1f / used;
        int width = Vector<float>.Count, c = 0;
        for (; c <= count - width; c += width)
        {
            var d = new Vector<float>(distance, c);
            Vector<float> sum = Vector<float>.Zero;
            for (int j = 0; j < used; j++)
            {
                var held = new Vector<float>(nearest, (j * count) + c);
                Vector<float> smaller = Vector.Min(held, d);
                d = Vector.Max(held, d);
                smaller.CopyTo(nearest, (j * count) + c);
                sum += smaller;
            }
            (sum * share).CopyTo(novelty, c);
        }
        for (; c < count; c++)
        {
            float d = distance[c], sum = 0;
            for (int j = 0; j < used; j++)
            {
                ref float held = ref nearest[(j * count) + c];
                float smaller = MathF.Min(held, d);
                d = MathF.Max(held, d);
                held = smaller;
                sum += smaller;
            }
            novelty[c] = sum * share;
        }
    }

    private void FeatureDistances(int candidate)
    {
        Array.Clear(distance);
        int width = Vector<float>.Count;
        for (int f = 0; f < featureCount; f++)
        {
            int start = f * count;
            float own = features[start + candidate];
            var ownVector = new Vector<float>(own);
            int c = 0;
            for (; c <= count - width; c += width)
            {
                Vector<float> difference = new Vector<float>(features, start + c) - ownVector;
                (new Vector<float>(distance, c) + (difference * difference)).CopyTo(distance, c);
            }
            for (; c < count; c++)
            {
                float difference = features[start + c] - own;
                distance[c] += difference * difference;
            }
        }
        for (int c = 0; c < count; c++)
            distance[c] = MathF.Sqrt(distance[c]);
    }

    private void PatchDistances(int candidate)
    {
        int side = inputs.PatchSize;
        Gather(candidate, patch);
        SquaredPatchDistances(patch, distance);
        if (settings.Input == StructuralInput.Dihedral)
        {
            for (int t = 1; t < 8; t++)
            {
                for (int i = 0; i < side; i++)
                {
                    for (int j = 0; j < side; j++)
                        turned[(i * side) + j] = patch[Dihedral(t, i, j, side)];
                }
                SquaredPatchDistances(turned, other);
                for (int c = 0; c < count; c++)
                    distance[c] = MathF.Min(distance[c], other[c]);
            }
        }
        for (int c = 0; c < count; c++)
            distance[c] = MathF.Sqrt(distance[c]) / side;
    }

    private static int Dihedral(int transform, int i, int j, int side)
    {
        if ((transform & 4) != 0)
            j = side - 1 - j;
        for (int turn = transform & 3; turn > 0; turn--)
            (i, j) = (j, side - 1 - i);
        return (i * side) + j;
    }

    private void SquaredPatchDistances(float[] reference, float[] destination)
    {
        int side = inputs.PatchSize, half = side / 2, columns = inputs.ImageColumns;
        int[] centres = inputs.Centres;
        float[] image = inputs.Image;
        for (int c = 0; c < count; c++)
        {
            int first = centres[c] - (half * columns) - half;
            var shift = new Vector<float>(patchShift[c]);
            var scale = new Vector<float>(patchScale[c]);
            Vector<float> sum = Vector<float>.Zero;
            float rest = 0;
            for (int i = 0; i < side; i++)
            {
                int from = first + (i * columns), j = 0;
                for (; j <= side - Vector<float>.Count; j += Vector<float>.Count)
                {
                    Vector<float> difference = ((new Vector<float>(image, from + j) - shift) * scale) - new Vector<float>(reference, (i * side) + j);
                    sum += difference * difference;
                }
                for (; j < side; j++)
                {
                    float difference = ((image[from + j] - patchShift[c]) * patchScale[c]) - reference[(i * side) + j];
                    rest += difference * difference;
                }
            }
            destination[c] = Vector.Sum(sum) + rest;
        }
    }

    /// <summary>The normalised patch around a candidate, row by row.</summary>
    public void Gather(int candidate, Span<float> destination)
    {
        int side = inputs.PatchSize, half = side / 2, columns = inputs.ImageColumns;
        int first = inputs.Centres[candidate] - (half * columns) - half;
        (float shift, float scale) = patchScale.Length > 0 ? (patchShift[candidate], patchScale[candidate]) : Fit(candidate, ImageRange());
        for (int i = 0; i < side; i++)
        {
            for (int j = 0; j < side; j++)
                destination[(i * side) + j] = (inputs.Image[first + (i * columns) + j] - shift) * scale;
        }
    }

    private void FitPatches()
    {
        (float, float) range = ImageRange();
        for (int c = 0; c < count; c++)
            (patchShift[c], patchScale[c]) = Fit(c, range);
    }

    private (float Low, float High) ImageRange() => inputs.Normalization == PatchNormalization.Image ? (inputs.Image.Min(), inputs.Image.Max()) : (0,
        1);

    private (float Shift, float Scale) Fit(int candidate, (float Low, float High) image)
    {
        if (inputs.Normalization == PatchNormalization.None)
            return (0, 1);
        if (inputs.Normalization == PatchNormalization.Patch)
        {
            int side = inputs.PatchSize, half = side / 2, columns = inputs.ImageColumns;
            int first = inputs.Centres[candidate] - (half * columns) - half;
            image = (float.PositiveInfinity, float.NegativeInfinity);
            for (int i = 0; i < side; i++)
            {
                foreach (float value in inputs.Image.AsSpan(first + (i * columns), side))
                    image = (MathF.Min(image.Low, value), MathF.Max(image.High, value));
            }
        }
        float range = image.High - image.Low;
        return (image.Low, range < 1e-12f ? 0 : 1 / range);
    }
}
