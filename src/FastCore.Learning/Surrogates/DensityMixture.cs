namespace FastCore.Learning.Surrogates;

/// <summary>Weights of an average of predictive densities (stacking; Yao et al. 2018): they maximise the mean log density of the mixture.</summary>
internal static class DensityMixture
{
    /// <summary>
    /// Weights by expectation maximisation from equal ones: w_k := mean_i w_k p_k(i) / sum_j w_j p_j(i). Concave, so deterministic and unique.
    /// </summary>
    /// <param name="logDensities">For each member, the log density of each point.</param>
    public static double[] Weights(IReadOnlyList<double[]> logDensities)
    {
        int members = logDensities.Count;
        int n = logDensities[0].Length;
        var weights = new double[members];
        Array.Fill(weights, 1.0 / members);
        var next = new double[members];
        for (int iteration = 0; iteration < 100; iteration++)
        {
            Array.Clear(next);
            for (int i = 0; i < n; i++)
            {
                double largest = double.NegativeInfinity;
                for (int k = 0; k < members; k++)
                    largest = Math.Max(largest, logDensities[k][i]);
                double sum = 0;
                for (int k = 0; k < members; k++)
                    sum += weights[k] * Math.Exp(logDensities[k][i] - largest);
                for (int k = 0; k < members; k++)
                    next[k] += weights[k] * Math.Exp(logDensities[k][i] - largest) / (sum * n);
            }
            next.CopyTo(weights, 0);
        }
        return weights;
    }

    /// <summary>ln sum_k w_k p_k(i) for each point.</summary>
    public static double[] LogDensity(IReadOnlyList<double[]> logDensities, IReadOnlyList<double> weights)
    {
        var result = new double[logDensities[0].Length];
        for (int i = 0; i < result.Length; i++)
        {
            double largest = logDensities.Max(density => density[i]);
            double sum = 0;
            for (int k = 0; k < weights.Count; k++)
                sum += weights[k] * Math.Exp(logDensities[k][i] - largest);
            result[i] = largest + Math.Log(sum);
        }
        return result;
    }
}
