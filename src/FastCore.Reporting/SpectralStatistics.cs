using FastCore.Autonomy.Records;

namespace FastCore.Reporting;

/// <summary>
/// What a report computes from curves by itself. Curves are compared as asinh(I / 10 pA), root mean square over the samples: the same measure
/// as the run's default (SPEC 1.2), so that pictures and summary agree.
/// </summary>
internal static class SpectralStatistics
{
    private const double ReferenceAmperes = 10e-12;

    /// <summary>The compressed curve.</summary>
    public static double[] Compress(double[] currentAmperes) => [.. currentAmperes.Select(i => Math.Asinh(i / ReferenceAmperes))];

    /// <summary>Root mean square difference; curves of different lengths compare over the shorter one.</summary>
    public static double Distance(double[] a, double[] b)
    {
        int count = Math.Min(a.Length, b.Length);
        double sum = 0;
        for (int k = 0; k < count; k++)
            sum += (a[k] - b[k]) * (a[k] - b[k]);
        return count == 0 ? 0 : Math.Sqrt(sum / count);
    }

    /// <summary>Mean pairwise distance of the accepted curves up to each step; NaN before there are two.</summary>
    public static double[] DiversityByStep(IReadOnlyList<StepRecord> steps)
    {
        var seen = new List<double[]>();
        var diversity = new double[steps.Count];
        double sum = 0;
        for (int k = 0; k < steps.Count; k++)
        {
            if (steps[k].Accepted)
            {
                double[] curve = Compress(steps[k].CurrentAmperes);
                foreach (double[] other in seen)
                    sum += Distance(curve, other);
                seen.Add(curve);
            }
            diversity[k] = seen.Count < 2 ? double.NaN : sum / (seen.Count * (seen.Count - 1) / 2.0);
        }
        return diversity;
    }

    /// <summary>Groups curves by likeness: k-means from the farthest-first start, deterministic. Returns the group of each curve.</summary>
    public static int[] Cluster(IReadOnlyList<double[]> curves, int groups)
    {
        double[][] points = [.. curves.Select(Compress)];
        var group = new int[points.Length];
        if (points.Length == 0)
            return group;
        var centres = new List<double[]> { Mean(points, _ => true) };
        while (centres.Count < Math.Min(groups, points.Length))
            centres.Add(points.MaxBy(p => centres.Min(c => Distance(p, c)))!);
        if (centres.Count > 1)
            centres[0] = points.MinBy(p => Distance(p, centres[0]))!;
        for (int pass = 0; pass < 30; pass++)
        {
            bool changed = pass == 0;
            for (int k = 0; k < points.Length; k++)
            {
                int nearest = Enumerable.Range(0, centres.Count).MinBy(c => Distance(points[k], centres[c]));
                changed |= nearest != group[k];
                group[k] = nearest;
            }
            if (!changed)
                break;
            for (int c = 0; c < centres.Count; c++)
            {
                if (Array.IndexOf(group, c) >= 0)
                    centres[c] = Mean(points, k => group[k] == c);
            }
        }
        return group;
    }

    /// <summary>Median of the finite values; NaN where there are none.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Mean of the finite values within the last <paramref name="window"/> ones up to each place; NaN where there are none.</summary>
    public static double[] RunningMean(double[] values, int window)
    {
        var mean = new double[values.Length];
        for (int k = 0; k < values.Length; k++)
        {
            double[] recent = [.. values[Math.Max(0, k - window + 1)..(k + 1)].Where(double.IsFinite)];
            mean[k] = recent.Length == 0 ? double.NaN : recent.Average();
        }
        return mean;
    }

    private static double[] Mean(double[][] points, Func<int, bool> belongs)
    {
        double[][] members = [.. points.Where((_, k) => belongs(k))];
        var mean = new double[members.Min(m => m.Length)];
        foreach (double[] member in members)
        {
            for (int k = 0; k < mean.Length; k++)
                mean[k] += member[k] / members.Length;
        }
        return mean;
    }
}
