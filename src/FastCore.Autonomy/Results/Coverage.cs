using FastCore.Autonomy.Records;
using FastCore.Learning.Statistics;
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
        // The start has a fixed seed, so that all runs on a sample share their cells.
        KMeans cells = KMeans.Fit(sample, Math.Min(Cells, sample.Count), 0, 1, "coverage cells");
        var visited = new HashSet<int>();
        foreach (StepRecord step in steps)
        {
            if (step.Accepted && TryFeatures(step.Candidate, out double[] features))
                visited.Add(cells.Nearest(features));
        }
        return (double)visited.Count / cells.Centres.Count;

        bool TryFeatures(int candidate, out double[] features)
        {
            truth.CurveAt(geometry.PixelOf(candidate), curve);
            features = RunMetrics.Features(curve);
            return features.All(double.IsFinite);
        }
    }

    private static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);
}
