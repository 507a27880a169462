using FastCore.Autonomy.Records;

namespace FastCore.Reporting;

/// <summary>How far predictions were off: what a point turned out to be, on the scale of the points before it, minus what was predicted.</summary>
internal static class PredictionErrors
{
    /// <summary>The error of each step; NaN for seeds, rejected curves and steps without a prediction.</summary>
    public static double[] OneStepAhead(IReadOnlyList<StepRecord> steps) => [.. steps.Select(step => step.ObservedTarget - step.PredictedMean)];
}
