using System.Numerics;
using FastCore.Learning.Novelty;

namespace FastCore.Learning.CurvePrediction;

/// <summary>
/// Novelty that a curve will have which is only known as a normal distribution around a predicted one.
/// </summary>
/// <remarks>
/// With predicted scores m, measured ones y_j, q_j^2 = |m - y_j|^2 and unit variance v, scale s for each of r scores: E d_j^2 = q_j^2 + r s v and
/// Var d_j^2 = 4 q_j^2 s v + 2 r (s v)^2, so the distance has about the mean sqrt(q_j^2 + r s v) and, by the first order of the square root, the
/// variance Var d_j^2 / (4 E d_j^2). The score is the mean over its neighbours, whose distances move together: their deviations are averaged, not their
/// variances. Distances are divided by sqrt(samples) (SPEC 1.2), and given on the scale of the targets. The neighbours are those of the mean curve.
/// Lanes run along the candidates. 0 bytes for k up to 16.
/// </remarks>
internal static class PredictedNovelty
{
    /// <summary>Mean and variance of the novelty at every candidate.</summary>
    /// <param name="options">Score and neighbours.</param>
    /// <param name="means">Predicted scores, outputs x M.</param>
    /// <param name="unitVariance">v of each candidate.</param>
    /// <param name="references">Measured scores, n x outputs.</param>
    /// <param name="n">Number of measured curves, at least 1.</param>
    /// <param name="outputs">r.</param>
    /// <param name="scale">s.</param>
    /// <param name="samples">Samples of a curve.</param>
    /// <param name="targetMean">Mean of the scores that the targets were made of.</param>
    /// <param name="targetDeviation">Their deviation.</param>
    /// <param name="mean">Receives the means.</param>
    /// <param name="variance">Receives the variances.</param>
    public static void Compute(CurveOptions options, ReadOnlySpan<float> means, ReadOnlySpan<float> unitVariance, ReadOnlySpan<float> references, int n, int outputs,
        double scale, int samples, double targetMean, double targetDeviation, Span<float> mean, Span<float> variance)
    {
        int m = unitVariance.Length, lanes = Vector<float>.Count;
        bool everyone = options.Novelty == NoveltyKind.Mean;
        int k = everyone ? n : Math.Min(options.Novelty == NoveltyKind.Minimum ? 1 : options.Neighbours, n);
        float shift = (float)(targetMean / targetDeviation), factor = (float)(1 / (Math.Sqrt(samples) * targetDeviation)), s = (float)scale;
        Span<Vector<float>> nearest = k <= 16 ? stackalloc Vector<float>[16] : everyone ? default : new Vector<float>[k];
        Span<float> padded = stackalloc float[lanes];
        for (int c = 0; c < m; c += lanes)
        {
            // The last lanes of a row that does not end with a vector repeat the candidates before them.
            int at = Math.Min(c, Math.Max(0, m - lanes)), here = Math.Min(lanes, m - at);
            Vector<float> sv = s * Load(unitVariance, at, here, padded), extra = outputs * sv, spread = 2 * outputs * sv * sv;
            Vector<float> sum = Vector<float>.Zero, deviations = Vector<float>.Zero;
            if (!everyone)
                nearest[..k].Fill(new Vector<float>(float.MaxValue));
            for (int j = 0; j < n; j++)
            {
                Vector<float> square = Vector<float>.Zero;
                for (int o = 0; o < outputs; o++)
                {
                    Vector<float> difference = Load(means, (o * m) + at, here, padded) - new Vector<float>(references[(j * outputs) + o]);
                    square += difference * difference;
                }
                if (everyone)
                {
                    AddDistance(square, sv, extra, spread, ref sum, ref deviations);
                    continue;
                }
                for (int t = 0; t < k; t++)
                {
                    Vector<float> smaller = Vector.Min(nearest[t], square);
                    square = Vector.Max(nearest[t], square);
                    nearest[t] = smaller;
                }
            }
            for (int t = 0; !everyone && t < k; t++)
                AddDistance(nearest[t], sv, extra, spread, ref sum, ref deviations);
            Vector<float> expected = (sum * (factor / k)) - new Vector<float>(shift), deviation = deviations * (factor / k);
            Store(expected, mean, at, here, padded);
            Store(deviation * deviation, variance, at, here, padded);
        }
    }

    private static void AddDistance(Vector<float> square, Vector<float> sv, Vector<float> extra, Vector<float> spread, ref Vector<float> sum,
        ref Vector<float> deviations)
    {
        Vector<float> expected = Vector.Max(square + extra, new Vector<float>(1e-30f));
        sum += Vector.SquareRoot(expected);
        deviations += Vector.SquareRoot(((4 * square * sv) + spread) / (4 * expected));
    }

    private static Vector<float> Load(ReadOnlySpan<float> values, int at, int here, Span<float> padded)
    {
        if (here == padded.Length)
            return new Vector<float>(values[at..]);
        padded.Clear();
        values.Slice(at, here).CopyTo(padded);
        return new Vector<float>(padded);
    }

    private static void Store(Vector<float> value, Span<float> values, int at, int here, Span<float> padded)
    {
        if (here == padded.Length)
        {
            value.CopyTo(values[at..]);
            return;
        }
        value.CopyTo(padded);
        padded[..here].CopyTo(values[at..]);
    }
}
