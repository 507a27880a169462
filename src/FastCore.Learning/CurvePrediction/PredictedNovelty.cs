using FastCore.Compute.Execution;
using FastCore.Learning.Novelty;

namespace FastCore.Learning.CurvePrediction;

/// <summary>
/// Novelty that a curve is expected to have which is only known as a normal distribution around a predicted one: the expected distance to its
/// neighbours (<see cref="IExecutor{T}.ExpectedNearestDistance"/>) over sqrt(samples) (SPEC 1.2), on the scale of the targets. The neighbours are
/// those of the predicted mean. 0 bytes per call on the host.
/// </summary>
internal sealed class PredictedNovelty
{
    private readonly CurveOptions options;
    private readonly int outputs;
    private readonly Tensor measured;
    private readonly Tensor nearest;
    private readonly Tensor mean;
    private readonly Tensor variance;

    /// <summary>Reserves what it needs.</summary>
    /// <param name="layout">Of the executor that will compute.</param>
    /// <param name="options">Score and neighbours.</param>
    /// <param name="capacity">Most measured curves.</param>
    /// <param name="outputs">Scores of a curve.</param>
    /// <param name="count">Candidates, M.</param>
    public PredictedNovelty(ArenaLayout layout, CurveOptions options, int capacity, int outputs, int count)
    {
        this.options = options;
        this.outputs = outputs;
        measured = layout.Allocate("measured scores", capacity, outputs);
        int k = options.Novelty switch { NoveltyKind.Mean => 0, NoveltyKind.Minimum => 1, _ => Math.Min(options.Neighbours, capacity) };
        nearest = layout.Allocate("nearest curves", k, count);
        mean = layout.Allocate("expected novelty", 1, count);
        variance = layout.Allocate("variance of novelty", 1, count);
    }

    /// <summary>Scores of curve <paramref name="index"/>.</summary>
    public void Measured(IExecutor<float> executor, int index, ReadOnlySpan<float> scores) => executor.Upload(scores, measured.Row(index));

    /// <summary>Mean and variance of the novelty at every candidate.</summary>
    /// <param name="executor">Of the layout.</param>
    /// <param name="prediction">Predicted scores, outputs x M.</param>
    /// <param name="unitVariance">v of each candidate, 1 x M.</param>
    /// <param name="n">Number of measured curves, at least 1.</param>
    /// <param name="scale">s: a score has the variance s v.</param>
    /// <param name="samples">Samples of a curve.</param>
    /// <param name="targetMean">Mean of the scores that the targets were made of.</param>
    /// <param name="targetDeviation">Their deviation.</param>
    /// <param name="means">Receives the means.</param>
    /// <param name="variances">Receives the variances.</param>
    public void Compute(IExecutor<float> executor, Tensor prediction, Tensor unitVariance, int n, double scale, int samples, double targetMean,
        double targetDeviation, Span<float> means, Span<float> variances)
    {
        int k = Math.Min(nearest.Rows, n);
        executor.ExpectedNearestDistance(prediction, unitVariance, measured.TopRows(n).Block(0, 0, n, outputs), (float)scale,
            (float)(1 / (Math.Sqrt(samples) * targetDeviation)), (float)(-targetMean / targetDeviation),
            options.Novelty == NoveltyKind.Mean ? null : nearest.TopRows(k), mean, variance);
        executor.Download(mean, means);
        executor.Download(variance, variances);
    }
}
