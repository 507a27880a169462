namespace FastCore.Learning.GaussianProcess;

/// <summary>What a model says of each training target when it is not told that target: mean and variance with noise.</summary>
/// <param name="Mean">Predicted mean of each target.</param>
/// <param name="Variance">Predicted variance of each target, noise included.</param>
public sealed record LeaveOneOut(double[] Mean, double[] Variance)
{
    /// <summary>ln N(t_i; mean_i, variance_i).</summary>
    public double LogDensity(int i, double target)
    {
        double d = target - Mean[i];
        return -0.5 * ((d * d / Variance[i]) + Math.Log(2 * Math.PI * Variance[i]));
    }

    /// <summary>Mean of <see cref="LogDensity"/> over the points.</summary>
    public double MeanLogDensity(ReadOnlySpan<double> targets)
    {
        double sum = 0;
        for (int i = 0; i < targets.Length; i++)
            sum += LogDensity(i, targets[i]);
        return sum / targets.Length;
    }
}
