namespace FastCore.Learning.GaussianProcess;

/// <summary>Prior of a positive hyper-parameter v: ln v is normal. Densities are taken over ln v, as SPEC 2.3 states them.</summary>
/// <param name="Location">Mean of ln v.</param>
/// <param name="Deviation">Standard deviation of ln v.</param>
public readonly record struct LogNormalPrior(double Location, double Deviation)
{
    /// <summary>BoTorch's default for a lengthscale in d dimensions: ln l ~ N(sqrt2 + ln(d) / 2, sqrt3^2) (Hvarfner et al. 2024).</summary>
    public static LogNormalPrior ForLengthscale(int dimensions) => new(Math.Sqrt(2) + (Math.Log(dimensions) / 2), Math.Sqrt(3));

    /// <summary>BoTorch's default for a noise variance: ln sigma^2 ~ N(-4, 1).</summary>
    public static LogNormalPrior ForNoise => new(-4, 1);

    /// <summary>Log density of ln v, up to the constant that does not depend on v.</summary>
    public double LogDensity(double value)
    {
        double z = (Math.Log(value) - Location) / Deviation;
        return -0.5 * z * z;
    }

    /// <summary>Derivative of <see cref="LogDensity"/> by v.</summary>
    public double Slope(double value) => -(Math.Log(value) - Location) / (Deviation * Deviation * value);
}
