namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// How far a model is from counts. Poisson: the deviance 2 sum (mu - n ln mu + n ln n - n), Cash's C-stat (SPEC 6), with its expected Hessian. Gaussian: sum ((n
/// - mu)/sigma)^2.
/// </summary>
internal sealed class DecayCost : ICostFunction
{
    private readonly DecayModel model;
    private readonly double[] counts;
    private readonly double[]? deviation;
    private readonly double[] expected;
    private readonly double[] jacobian;
    private readonly double saturated;

    /// <param name="model">The model.</param>
    /// <param name="counts">Counts of each of its bins.</param>
    /// <param name="deviation">Standard deviation of each; null for Poisson's counts.</param>
    internal DecayCost(DecayModel model, double[] counts, double[]? deviation)
    {
        this.model = model;
        this.counts = counts;
        this.deviation = deviation;
        expected = new double[counts.Length];
        jacobian = new double[counts.Length * model.Count];
        foreach (double n in counts)
            saturated += n > 0 && deviation is null ? (n * Math.Log(n)) - n : 0;
    }

    public int Count => model.Count;

    internal DecayModel Model => model;

    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> curvature)
    {
        bool derivatives = !gradient.IsEmpty;
        model.Evaluate(parameters, expected, derivatives ? jacobian : []);
        gradient.Clear();
        curvature.Clear();
        int p = model.Count;
        double sum = 0;
        for (int k = 0; k < counts.Length; k++)
        {
            double mu = expected[k], n = counts[k], pull, weight;
            if (deviation is null)
            {
                if (!(mu > 0))
                    return double.PositiveInfinity;
                sum += n > 0 ? mu - (n * Math.Log(mu)) : mu;
                weight = 1 / mu;
                pull = 1 - (n * weight);
            }
            else
            {
                weight = 1 / (deviation[k] * deviation[k]);
                pull = (mu - n) * weight;
                sum += (mu - n) * pull;
            }
            if (!derivatives)
                continue;
            ReadOnlySpan<double> row = jacobian.AsSpan(k * p, p);
            for (int i = 0; i < row.Length; i++)
            {
                double scaled = weight * row[i];
                gradient[i] += pull * row[i];
                Span<double> line = curvature.Slice(i * p, i + 1);
                for (int j = 0; j < line.Length; j++)
                    line[j] += scaled * row[j];
            }
        }
        for (int i = 0; i < p && derivatives; i++)
        {
            for (int j = 0; j < i; j++)
                curvature[(j * p) + i] = curvature[(i * p) + j];
        }
        return deviation is null ? 2 * (sum + saturated) : sum;
    }
}
