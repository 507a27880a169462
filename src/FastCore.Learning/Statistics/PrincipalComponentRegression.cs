using FastCore.Learning.PrincipalComponents;

namespace FastCore.Learning.Statistics;

/// <summary>
/// Linear regression of vectors on the principal components of other vectors (Jolliffe 2002, chapter 8): what a linear model makes of patches and
/// spectra, the mark for every other model.
/// </summary>
/// <remarks>
/// Scores t_r of unit variance are uncorrelated, so that the coefficients are means: b_r = mean(t_r y) / (1 + ridge). The prediction is mean(y) + sum
/// t_r b_r.
/// </remarks>
public sealed class PrincipalComponentRegression
{
    private readonly PrincipalComponentModel inputs;
    private readonly double[] mean;
    private readonly double[] coefficients;

    private PrincipalComponentRegression(PrincipalComponentModel inputs, double[] mean, double[] coefficients) =>
        (this.inputs, this.mean, this.coefficients) = (inputs, mean, coefficients);

    /// <summary>Length of a predicted vector.</summary>
    public int Outputs => mean.Length;

    /// <summary>Principal components that predict.</summary>
    public int Components => mean.Length == 0 ? 0 : coefficients.Length / mean.Length;

    /// <summary>Mean of the fitted outputs.</summary>
    public ReadOnlySpan<double> Mean => mean;

    /// <summary>Fits.</summary>
    /// <param name="inputs">n x p, row-major.</param>
    /// <param name="outputs">n x q, row-major.</param>
    /// <param name="count">Number of points n, at least 2.</param>
    /// <param name="components">Most principal components of the inputs.</param>
    /// <param name="ridge">Shrinkage, in units of the variance of a score.</param>
    /// <exception cref="ArgumentException">Fewer than two points, lengths that do not fit, or values that are not finite.</exception>
    public static PrincipalComponentRegression Fit(ReadOnlySpan<double> inputs, ReadOnlySpan<double> outputs, int count, int components = 10,
        double ridge = 0.05)
    {
        PrincipalComponentModel model = PrincipalComponentModel.Fit(inputs, count, components);
        if (outputs.Length == 0 || outputs.Length % count != 0)
            throw new ArgumentException($"{outputs.Length} values are no vectors of {count} points.", nameof(outputs));
        int q = outputs.Length / count;
        var mean = new double[q];
        for (int k = 0; k < outputs.Length; k++)
            mean[k % q] += outputs[k] / count;
        double[] scores = model.UnitScores(inputs, count);
        var coefficients = new double[model.Rank * q];
        for (int i = 0; i < count; i++)
        {
            for (int r = 0; r < model.Rank; r++)
            {
                double share = scores[(i * model.Rank) + r] / (count * (1 + ridge));
                for (int j = 0; j < q; j++)
                    coefficients[(r * q) + j] += share * (outputs[(i * q) + j] - mean[j]);
            }
        }
        return new PrincipalComponentRegression(model, mean, coefficients);
    }

    /// <summary>
    /// Fits, with as many of the leading components as have the least leave-one-out error. Scores are uncorrelated, so that the residual left out is
    /// the residual over 1 - h with the leverage h = 1 / n + sum t_r^2 / n.
    /// </summary>
    /// <param name="inputs">n x p, row-major.</param>
    /// <param name="outputs">n x q, row-major.</param>
    /// <param name="count">Number of points n, at least 2.</param>
    /// <param name="most">Most principal components.</param>
    public static PrincipalComponentRegression FitByLeaveOneOut(ReadOnlySpan<double> inputs, ReadOnlySpan<double> outputs, int count, int most)
    {
        PrincipalComponentRegression whole = Fit(inputs, outputs, count, most, ridge: 0);
        int rank = whole.Components, q = whole.Outputs;
        double[] scores = whole.inputs.UnitScores(inputs, count), residual = new double[outputs.Length], leverage = new double[count];
        Array.Fill(leverage, 1.0 / count);
        for (int k = 0; k < residual.Length; k++)
            residual[k] = outputs[k] - whole.mean[k % q];
        double best = LeftOut(residual, leverage, q);
        int kept = 0;
        for (int r = 0; r < rank; r++)
        {
            for (int i = 0; i < count; i++)
            {
                double score = scores[(i * rank) + r];
                leverage[i] += score * score / count;
                for (int j = 0; j < q; j++)
                    residual[(i * q) + j] -= score * whole.coefficients[(r * q) + j];
            }
            double error = LeftOut(residual, leverage, q);
            if (error < best)
                (best, kept) = (error, r + 1);
        }
        return new PrincipalComponentRegression(whole.inputs, whole.mean, whole.coefficients[..(kept * q)]);
    }

    /// <summary>The vector predicted for one input.</summary>
    public double[] Predict(ReadOnlySpan<double> input)
    {
        double[] scores = inputs.UnitScores(input, 1);
        double[] result = [.. mean];
        for (int r = 0; r < Components; r++)
        {
            for (int j = 0; j < result.Length; j++)
                result[j] += scores[r] * coefficients[(r * result.Length) + j];
        }
        return result;
    }

    /// <summary>
    /// Root mean square error of points left out, as a share of that of predicting the mean of the others; 1 is no better than the mean. Point i is
    /// in fold i mod folds; NaN where there are fewer than four points or the outputs do not vary.
    /// </summary>
    public static double RelativeError(ReadOnlySpan<double> inputs, ReadOnlySpan<double> outputs, int count, int folds = 5, int components = 10,
        double ridge = 0.05)
    {
        folds = Math.Min(folds, count / 2);
        if (folds < 2)
            return double.NaN;
        int p = inputs.Length / count, q = outputs.Length / count;
        double squares = 0, mean = 0;
        for (int fold = 0; fold < folds; fold++)
        {
            int[] inside = [.. Enumerable.Range(0, count).Where(i => i % folds != fold)];
            PrincipalComponentRegression fit = Fit(CanonicalCorrelation.Take(inputs, p, inside), CanonicalCorrelation.Take(outputs, q, inside),
                inside.Length, components, ridge);
            for (int i = fold; i < count; i += folds)
            {
                double[] predicted = fit.Predict(inputs.Slice(i * p, p));
                for (int j = 0; j < q; j++)
                {
                    double actual = outputs[(i * q) + j];
                    squares += (actual - predicted[j]) * (actual - predicted[j]);
                    mean += (actual - fit.mean[j]) * (actual - fit.mean[j]);
                }
            }
        }
        return mean > 0 ? Math.Sqrt(squares / mean) : double.NaN;
    }

    private static double LeftOut(double[] residual, double[] leverage, int outputs)
    {
        double sum = 0;
        for (int k = 0; k < residual.Length; k++)
            sum += Math.Pow(residual[k] / Math.Max(1e-9, 1 - leverage[k / outputs]), 2);
        return sum;
    }
}
