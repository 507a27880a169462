namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// The single-diode model of a solar cell (SPEC 7): J = J_ph - J_0 (exp(v_d / (n kT/q)) - 1) - v_d / R_sh with v_d = v + J R_s, photocurrent positive.
/// </summary>
/// <param name="PhotocurrentAmperesPerSquareMetre">J_ph in A/m2.</param>
/// <param name="SaturationAmperesPerSquareMetre">J_0 in A/m2; positive.</param>
/// <param name="Ideality">n; positive.</param>
/// <param name="SeriesOhmSquareMetres">R_s in ohm m2; 0 or more.</param>
/// <param name="ShuntOhmSquareMetres">R_sh in ohm m2; positive, infinity for none.</param>
/// <param name="TemperatureKelvin">T in kelvin.</param>
public sealed record SingleDiode(double PhotocurrentAmperesPerSquareMetre, double SaturationAmperesPerSquareMetre, double Ideality, double SeriesOhmSquareMetres,
    double ShuntOhmSquareMetres, double TemperatureKelvin = 298.15)
{
    // k/q of the SI since 2019, exact.
    internal const double BoltzmannOverCharge = 1.380649e-23 / 1.602176634e-19;

    /// <summary>n kT/q in volt.</summary>
    public double ThermalVolts => Ideality * BoltzmannOverCharge * TemperatureKelvin;

    /// <summary>J at a voltage, in A/m2.</summary>
    /// <remarks>
    /// Closed form with G = 1/R_sh, a = n kT/q and s = 1 + G R_s (Jain and Kapoor, Solar Energy Materials and Solar Cells 81 (2004) 269): J = (J_ph + J_0 - G v)
    /// / s - (a / R_s) W(z), ln z = ln(R_s J_0 / (a s)) + (R_s (J_ph + J_0) + v) / (a s).
    /// </remarks>
    public double CurrentDensity(double volts)
    {
        double a = ThermalVolts, conductance = 1 / ShuntOhmSquareMetres;
        if (SeriesOhmSquareMetres == 0)
            return PhotocurrentAmperesPerSquareMetre - (SaturationAmperesPerSquareMetre * (Math.Exp(volts / a) - 1)) - (conductance * volts);
        double s = 1 + (conductance * SeriesOhmSquareMetres), source = PhotocurrentAmperesPerSquareMetre + SaturationAmperesPerSquareMetre;
        double logarithm = Math.Log(SeriesOhmSquareMetres * SaturationAmperesPerSquareMetre / (a * s)) + (((SeriesOhmSquareMetres * source) + volts) / (a * s));
        return ((source - (conductance * volts)) / s) - (a / SeriesOhmSquareMetres * LambertW.OfExponential(logarithm));
    }

    /// <summary>
    /// Voc in volt. At J = 0, with z = J_0 R_sh / a and w = W(z exp((J_ph + J_0) R_sh / a)): Voc = a (ln w - ln z), which holds no difference of large numbers.
    /// </summary>
    public double OpenCircuitVolts()
    {
        double a = ThermalVolts, source = PhotocurrentAmperesPerSquareMetre + SaturationAmperesPerSquareMetre;
        if (double.IsInfinity(ShuntOhmSquareMetres))
            return a * Math.Log(source / SaturationAmperesPerSquareMetre);
        double z = Math.Log(SaturationAmperesPerSquareMetre * ShuntOhmSquareMetres / a);
        return a * (Math.Log(LambertW.OfExponential(z + (source * ShuntOhmSquareMetres / a))) - z);
    }
}
