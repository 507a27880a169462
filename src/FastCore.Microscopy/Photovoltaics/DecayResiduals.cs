namespace FastCore.Microscopy.Photovoltaics;

/// <summary>What is left of a decay after a fit.</summary>
/// <param name="Weighted">(measured - fitted) / standard deviation.</param>
/// <param name="ReducedChiSquared">Their squares over the degrees of freedom.</param>
/// <param name="DurbinWatson">Durbin and Watson (1950).</param>
/// <param name="Quality">What the residuals alone say.</param>
internal readonly record struct DecayResiduals(double[] Weighted, double ReducedChiSquared, double DurbinWatson, DecayQuality Quality)
{
    internal static DecayResiduals Of(DecayWindow window, double[] fitted, int parameters)
    {
        int n = fitted.Length, free = Math.Max(n - parameters, 1);
        var weighted = new double[n];
        double squares = 0, differences = 0, inverse = 0;
        for (int k = 0; k < n; k++)
        {
            double deviation = window.Deviation is null ? Math.Sqrt(fitted[k]) : window.Deviation[k];
            weighted[k] = (window.Counts[k] - fitted[k]) / deviation;
            squares += weighted[k] * weighted[k];
            differences += k == 0 ? 0 : (weighted[k] - weighted[k - 1]) * (weighted[k] - weighted[k - 1]);
            inverse += window.Deviation is null ? 1 / fitted[k] / n : 0;
        }
        double reduced = squares / free, durbin = squares > 0 ? differences / squares : 2;
        DecayQuality quality = window.Deviation is null ? DecayQuality.Good : window.IsEstimated ? DecayQuality.EstimatedWeights : DecayQuality.GaussianWeights;
        // The variance of a squared Poisson residual is 2 + 1/mu.
        if (!window.IsEstimated && reduced > 1 + (5 * Math.Sqrt((2 + inverse) / free)))
            quality |= DecayQuality.PoorFit;
        if (durbin < 2 - (10 / Math.Sqrt(free)))
            quality |= DecayQuality.CorrelatedResiduals;
        return new DecayResiduals(weighted, reduced, durbin, quality);
    }
}
