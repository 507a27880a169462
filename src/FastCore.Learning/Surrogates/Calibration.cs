using FastCore.Learning.GaussianProcess;

namespace FastCore.Learning.Surrogates;

/// <summary>How well leave-one-out predictions fit the targets.</summary>
/// <param name="Coverage">Share of targets inside the central 50, 90 and 95 % intervals.</param>
/// <param name="Error">Root mean square error in units of the targets' standard deviation.</param>
internal sealed record Calibration(double[] Coverage, double Error)
{
    private static readonly double[] Levels = [0.5, 0.9, 0.95];

    /// <summary>Judges a mixture of Gaussian predictions; a target lies inside the central interval when its probability integral does.</summary>
    public static Calibration Of(double[] standardised, IReadOnlyList<(LeaveOneOut Predictions, double Weight)> parts)
    {
        var coverage = new double[Levels.Length];
        double square = 0;
        int n = standardised.Length;
        for (int i = 0; i < n; i++)
        {
            double mean = 0;
            double integral = 0;
            foreach ((LeaveOneOut predictions, double weight) in parts)
            {
                mean += weight * predictions.Mean[i];
                double z = (standardised[i] - predictions.Mean[i]) / Math.Sqrt(predictions.Variance[i]);
                integral += weight * 0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-z / Math.Sqrt(2));
            }
            square += (standardised[i] - mean) * (standardised[i] - mean);
            for (int level = 0; level < Levels.Length; level++)
            {
                if (Math.Abs(integral - 0.5) <= Levels[level] / 2)
                    coverage[level] += 1.0 / n;
            }
        }
        return new Calibration(coverage, Math.Sqrt(square / n));
    }
}
