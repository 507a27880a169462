using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Control;

namespace FastCore.Autonomy.Results;

/// <summary>
/// Share of the kinds of curves on a sample that a run has seen: k-means cells (k = 20) of the true curves, asinh(I / 10 pA), of at most 2,000
/// candidates spread evenly over the image. A cell counts as visited when the true curve of an accepted measurement is nearest to its centre.
/// </summary>
internal static class Coverage
{
    private const int Cells = 20;
    private const int LargestSample = 2000;
    private const int Passes = 50;

    /// <summary>The share; null where the truth is unknown.</summary>
    public static double? Of(IGroundTruth? truth, CandidateGeometry geometry, IReadOnlyList<StepRecord> steps, int samples)
    {
        if (truth is null)
            return null;
        var curve = new double[samples];
        var sample = new List<double[]>();
        // A stride that shares no factor with the row length wanders over all columns.
        int stride = Math.Max(1, geometry.Count / LargestSample);
        while (stride > 1 && Divisor(stride, geometry.Columns) > 1)
            stride++;
        for (int c = 0; c < geometry.Count; c += stride)
        {
            if (TryFeatures(c, out double[] features))
                sample.Add(features);
        }
        if (sample.Count == 0)
            return null;
        double[][] centres = Cluster(sample, Math.Min(Cells, sample.Count));
        var visited = new HashSet<int>();
        foreach (StepRecord step in steps)
        {
            if (step.Accepted && TryFeatures(step.Candidate, out double[] features))
                visited.Add(Nearest(features, centres));
        }
        return (double)visited.Count / centres.Length;

        bool TryFeatures(int candidate, out double[] features)
        {
            truth.CurveAt(geometry.PixelOf(candidate), curve);
            features = RunMetrics.Features(curve);
            return features.All(double.IsFinite);
        }
    }

    // Lloyd's iteration from a k-means++ start; the start has a fixed seed, so that all runs on a sample share their cells.
    internal static double[][] Cluster(IReadOnlyList<double[]> points, int count)
    {
        var random = RandomStream.Named(0, "coverage cells");
        var centres = new List<double[]> { points[random.NextInt(points.Count)] };
        var nearest = new double[points.Count];
        Array.Fill(nearest, double.PositiveInfinity);
        while (centres.Count < count)
        {
            double total = 0;
            for (int i = 0; i < points.Count; i++)
            {
                double distance = SpectralMemory.Distance(points[i], centres[^1]);
                nearest[i] = Math.Min(nearest[i], distance * distance);
                total += nearest[i];
            }
            if (!(total > 0))
                break;
            double lot = random.NextDouble() * total;
            int next = -1;
            for (int i = 0; i < points.Count && lot >= 0; i++)
            {
                if (nearest[i] > 0)
                    next = i;
                lot -= nearest[i];
            }
            centres.Add(points[next]);
        }
        double[][] result = [.. centres.Select(centre => (double[])centre.Clone())];
        var assigned = new int[points.Count];
        Array.Fill(assigned, -1);
        for (int pass = 0; pass < Passes; pass++)
        {
            bool changed = false;
            for (int i = 0; i < points.Count; i++)
            {
                int cell = Nearest(points[i], result);
                changed |= cell != assigned[i];
                assigned[i] = cell;
            }
            if (!changed)
                break;
            for (int cell = 0; cell < result.Length; cell++)
                Recentre(points, assigned, cell, result[cell]);
        }
        return result;
    }

    private static void Recentre(IReadOnlyList<double[]> points, int[] assigned, int cell, double[] centre)
    {
        int members = assigned.Count(value => value == cell);
        if (members == 0)
            return;
        Array.Clear(centre);
        for (int i = 0; i < points.Count; i++)
        {
            if (assigned[i] != cell)
                continue;
            for (int k = 0; k < centre.Length; k++)
                centre[k] += points[i][k] / members;
        }
    }

    private static int Nearest(double[] point, double[][] centres)
    {
        int best = 0;
        double bestDistance = double.PositiveInfinity;
        for (int cell = 0; cell < centres.Length; cell++)
        {
            double sum = 0;
            for (int k = 0; k < point.Length && sum < bestDistance; k++)
                sum += (point[k] - centres[cell][k]) * (point[k] - centres[cell][k]);
            if (sum < bestDistance)
                (best, bestDistance) = (cell, sum);
        }
        return best;
    }

    private static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);
}
