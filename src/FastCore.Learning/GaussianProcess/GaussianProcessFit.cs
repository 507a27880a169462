namespace FastCore.Learning.GaussianProcess;

/// <summary>
/// Finds hyper-parameters at the maximum of the posterior density: from a grid of lengthscale x noise ratio with the output scale in closed
/// form (SPEC 1.6b), then L-BFGS in the logarithms of all of them. Deterministic.
/// </summary>
public static class GaussianProcessFit
{
    private static readonly double[] SquaredLengthRatios = [0.05, 0.15, 0.4, 1, 2.5, 6];
    private static readonly double[] NoiseRatios = [0.01, 0.1, 0.3, 1];

    /// <summary>The best point of the grid for a process of one term with one lengthscale.</summary>
    /// <exception cref="ArgumentException">
    /// More than one term, or one lengthscale per dimension: start those from fitted simpler processes.
    /// </exception>
    public static HyperParameters GridStart(GaussianProcess<double> process)
    {
        ArgumentNullException.ThrowIfNull(process);
        if (process.Terms.Count != 1 || process.Terms[0].Ard)
            throw new ArgumentException("A grid start needs one term with one lengthscale.", nameof(process));
        var best = new HyperParameters(process.Terms);
        double median = process.MedianSquaredDistance(0);
        Span<double> losses = stackalloc double[NoiseRatios.Length];
        Span<double> scales = stackalloc double[NoiseRatios.Length];
        double least = double.PositiveInfinity;
        foreach (double ratio in SquaredLengthRatios)
        {
            double lengthscale = Math.Sqrt(ratio * median);
            process.Profile(lengthscale, NoiseRatios, losses, scales);
            for (int r = 0; r < NoiseRatios.Length; r++)
            {
                if (!(losses[r] < least))
                    continue;
                least = losses[r];
                best.Lengthscales[0][0] = lengthscale;
                best.OutputScales[0] = scales[r];
                best.NoiseVariance = (NoiseRatios[r] * scales[r]) + HyperParameters.NoiseFloor;
            }
        }
        return best;
    }

    /// <summary>Improves <paramref name="start"/> by L-BFGS.</summary>
    /// <param name="process">Holds inputs, targets and priors; afterwards evaluated at the result.</param>
    /// <param name="start">Where to begin; not changed.</param>
    /// <param name="iterations">Most steps.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>The hyper-parameters found and the loss per point there; NaN if not even the start could be evaluated.</returns>
    public static (HyperParameters Parameters, double Loss) Improve(
        GaussianProcess<double> process, HyperParameters start, int iterations, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(start);
        HyperParameters h = start.Clone();
        var own = new double[h.Count];
        var log = new double[h.Count];
        h.ToLog(log);
        LimitedMemoryMinimizer.Minimize(Evaluate, log, iterations, 2e-5, cancellationToken);
        h.FromLog(log);
        return process.TryEvaluate(h, [], out double loss) ? (h, loss) : (h, double.NaN);

        double Evaluate(ReadOnlySpan<double> x, Span<double> gradient)
        {
            // Beyond e^15 a value has no effect any more and only loses digits.
            for (int i = 0; i < x.Length; i++)
            {
                if (!(Math.Abs(x[i]) < 21))
                    return double.NaN;
            }
            h.FromLog(x);
            if (!process.TryEvaluate(h, gradient, out double value))
                return double.NaN;
            h.CopyTo(own);
            own[^2] -= HyperParameters.NoiseFloor;
            for (int i = 0; i < x.Length - 1; i++)
                gradient[i] *= own[i];
            return value;
        }
    }
}
