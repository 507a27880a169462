using FastCore.Autonomy.Candidates;
using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy.Decisions;

/// <summary>Chooses points before a model can (SPEC 1.7): a function of plan, step and what is excluded, so that it can be computed again.</summary>
internal sealed class SeedPoints(ExperimentPlan plan, CandidateSet candidates)
{
    // Nearest squared distance of each candidate to the seeds so far, in descriptor space; only for k-means++.
    private double[]? nearest;
    private int seen;

    /// <summary>The seed of a step.</summary>
    /// <param name="step">Number of the step.</param>
    /// <param name="exclusion">What may be chosen; at least one candidate.</param>
    /// <param name="measured">Candidates measured so far, in order.</param>
    public int Choose(int step, Exclusion exclusion, IReadOnlyList<int> measured) => plan.Seeding switch
    {
        SeedingMethod.Sobol => Sobol(step, exclusion),
        SeedingMethod.Kmeans when step > 0 && candidates.Inputs.DescriptorCount > 0 => Kmeans(step, exclusion, measured),
        _ => Uniform(step, exclusion),
    };

    /// <summary>Point <paramref name="index"/> of the two-dimensional Sobol sequence (Joe and Kuo 2008), each coordinate in [0, 1).</summary>
    internal static (double First, double Second) SobolPoint(uint index)
    {
        uint first = 0, second = 0;
        // First dimension: van der Corput. Second: primitive polynomial x + 1, whose direction numbers are v_k = v_(k-1) xor (v_(k-1) >> 1).
        uint v1 = 1u << 31, v2 = 1u << 31;
        for (uint gray = index ^ (index >> 1); gray != 0; gray >>= 1)
        {
            if ((gray & 1) != 0)
            {
                first ^= v1;
                second ^= v2;
            }
            v1 >>= 1;
            v2 ^= v2 >> 1;
        }
        return (first / 4294967296.0, second / 4294967296.0);
    }

    private int Uniform(int step, Exclusion exclusion)
    {
        RandomStream random = RandomStream.Named(plan.Seed, "seed points", step);
        int lot = random.NextInt(exclusion.AllowedCount);
        for (int c = 0; ; c++)
        {
            if (exclusion.Allowed[c] && lot-- == 0)
                return c;
        }
    }

    // A shift modulo 1 (Cranley and Patterson 1976) makes the sequence depend on the seed; excluded points give way to their nearest allowed
    // neighbour.
    private int Sobol(int step, Exclusion exclusion)
    {
        RandomStream random = RandomStream.Named(plan.Seed, "seed points");
        (double u, double v) = SobolPoint((uint)step);
        double row = (u + random.NextDouble()) % 1 * candidates.Geometry.Rows, column = (v + random.NextDouble()) % 1 * candidates.Geometry.Columns;
        int best = -1;
        double bestDistance = double.PositiveInfinity;
        for (int c = 0; c < candidates.Count; c++)
        {
            if (!exclusion.Allowed[c])
                continue;
            double dr = (c / candidates.Geometry.Columns) + 0.5 - row, dc = (c % candidates.Geometry.Columns) + 0.5 - column;
            double distance = (dr * dr) + (dc * dc);
            if (distance < bestDistance)
                (best, bestDistance) = (c, distance);
        }
        return best;
    }

    // Arthur and Vassilvitskii 2007: a point is drawn with a probability proportional to its squared distance to the nearest one so far.
    private int Kmeans(int step, Exclusion exclusion, IReadOnlyList<int> measured)
    {
        if (nearest is null)
        {
            nearest = new double[candidates.Count];
            Array.Fill(nearest, double.PositiveInfinity);
        }
        for (; seen < measured.Count; seen++)
            Approach(measured[seen]);
        double total = 0;
        for (int c = 0; c < nearest.Length; c++)
            total += exclusion.Allowed[c] && double.IsFinite(nearest[c]) ? nearest[c] : 0;
        if (!(total > 0))
            return Uniform(step, exclusion);
        RandomStream random = RandomStream.Named(plan.Seed, "seed points", step);
        double lot = random.NextDouble() * total;
        int last = -1;
        for (int c = 0; c < nearest.Length; c++)
        {
            if (!exclusion.Allowed[c] || !(nearest[c] > 0))
                continue;
            last = c;
            lot -= nearest[c];
            if (lot < 0)
                break;
        }
        return last;
    }

    private void Approach(int point)
    {
        float[] descriptors = candidates.Inputs.Descriptors;
        int count = candidates.Count;
        for (int c = 0; c < count; c++)
        {
            double sum = 0;
            for (int f = 0; f < candidates.Inputs.DescriptorCount; f++)
            {
                double difference = descriptors[(f * count) + c] - descriptors[(f * count) + point];
                sum += difference * difference;
            }
            nearest![c] = Math.Min(nearest[c], sum);
        }
    }
}
