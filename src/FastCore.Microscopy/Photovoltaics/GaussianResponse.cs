namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// exp(-t/tau) from t = 0 on, convolved with a Gaussian of unit area and standard deviation s: the exponentially modified Gaussian E(x) = 1/2 exp(s^2/(2 tau^2) -
/// x/tau) erfc((s/tau - x/s)/sqrt 2) (SPEC 6).
/// </summary>
internal static class GaussianResponse
{
    private static readonly double RootTwo = Math.Sqrt(2);

    /// <summary>E at x seconds after time zero, and the Gaussian there per second.</summary>
    /// <remarks>
    /// With u = (s/tau - x/s)/sqrt 2 the product of exponential and erfc is exp(-x^2/(2 s^2)) erfcx(u), which is used for u of 0 and more. Below, erfc(u) = 2 -
    /// exp(-u^2) erfcx(-u), and the exponent is negative.
    /// </remarks>
    internal static double At(double x, double tau, double s, out double gaussian)
    {
        double z = x / s;
        if (z < -39)
        {
            gaussian = 0;
            return 0;
        }
        double u = ((s / tau) - z) / RootTwo;
        if (u < -6.5)
        {
            // erfc(u) is 2 to rounding.
            gaussian = z > 39 ? 0 : Math.Exp(-.5 * z * z) / (s * Math.Sqrt(2 * Math.PI));
            return Math.Exp((.5 * s * s / (tau * tau)) - (x / tau));
        }
        double bell = Math.Exp(-.5 * z * z);
        gaussian = bell / (s * Math.Sqrt(2 * Math.PI));
        return u >= 0 ? .5 * bell * ScaledErfc.Of(u) : Math.Exp((.5 * s * s / (tau * tau)) - (x / tau)) - (.5 * bell * ScaledErfc.Of(-u));
    }
}
