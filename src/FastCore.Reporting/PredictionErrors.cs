using FastCore.Autonomy.Records;

namespace FastCore.Reporting;

/// <summary>
/// How far predictions were off: measured minus predicted spectral target. The target of a step is its novelty against the curves accepted before,
/// standardised by theirs (SPEC 1.3 knn and 1.4), which is what the model predicted from.
/// </summary>
internal static class PredictionErrors
{
    private const int Neighbours = 5;

    /// <summary>The error of each step; NaN for seeds, rejected curves and steps without a prediction.</summary>
    public static double[] OneStepAhead(IReadOnlyList<StepRecord> steps)
    {
        var errors = new double[steps.Count];
        Array.Fill(errors, double.NaN);
        var curves = new List<double[]>();
        var distances = new List<List<double>>();
        for (int k = 0; k < steps.Count; k++)
        {
            if (!steps[k].Accepted)
                continue;
            double[] curve = SpectralStatistics.Compress(steps[k].CurrentAmperes);
            List<double> toOthers = [.. curves.Select(c => SpectralStatistics.Distance(c, curve))];
            if (curves.Count >= 3 && double.IsFinite(steps[k].PredictedMean))
            {
                double[] before = [.. distances.Select(Nearest)];
                double mean = before.Average();
                double deviation = Math.Max(Math.Sqrt(before.Average(v => (v - mean) * (v - mean))), 1e-9);
                errors[k] = ((Nearest(toOthers) - mean) / deviation) - steps[k].PredictedMean;
            }
            for (int j = 0; j < distances.Count; j++)
                Insert(distances[j], toOthers[j]);
            toOthers.Sort();
            if (toOthers.Count > Neighbours)
                toOthers.RemoveRange(Neighbours, toOthers.Count - Neighbours);
            distances.Add(toOthers);
            curves.Add(curve);
        }
        return errors;
    }

    private static double Nearest(List<double> values) => values.Count == 0 ? 0 : values.Order().Take(Neighbours).Average();

    private static void Insert(List<double> nearest, double distance)
    {
        nearest.Add(distance);
        nearest.Sort();
        if (nearest.Count > Neighbours)
            nearest.RemoveAt(Neighbours);
    }
}
