using MathNet.Numerics.Distributions;

namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// The single-diode model fitted to a curve by least squares in J_ph, ln J_0, ln n, ln R_s and ln R_sh. Intervals are those of the linearised model with
/// Student's t on N - 5 degrees of freedom, taken in the logarithm, so that their ends are positive.
/// </summary>
public sealed record SingleDiodeFit
{
    private const int Parameters = 5;
    private const int LeastSamples = 8;

    /// <summary>The fitted model.</summary>
    public required SingleDiode Model { get; init; }

    /// <summary>J_ph in A/m2.</summary>
    public required FittedValue PhotocurrentAmperesPerSquareMetre { get; init; }

    /// <summary>J_0 in A/m2.</summary>
    public required FittedValue SaturationAmperesPerSquareMetre { get; init; }

    /// <summary>n.</summary>
    public required FittedValue Ideality { get; init; }

    /// <summary>R_s in ohm m2.</summary>
    public required FittedValue SeriesOhmSquareMetres { get; init; }

    /// <summary>R_sh in ohm m2.</summary>
    public required FittedValue ShuntOhmSquareMetres { get; init; }

    /// <summary>Voltages of the samples in volt, rising.</summary>
    public required double[] VoltageVolts { get; init; }

    /// <summary>The model at those voltages in A/m2.</summary>
    public required double[] FittedAmperesPerSquareMetre { get; init; }

    /// <summary>Measured minus fitted, in A/m2.</summary>
    public required double[] ResidualAmperesPerSquareMetre { get; init; }

    /// <summary>Root of the sum of squares over N - 5, in A/m2.</summary>
    public required double DeviationAmperesPerSquareMetre { get; init; }

    /// <summary>Voc of the model in V.</summary>
    public required double OpenCircuitVolts { get; init; }

    /// <summary>
    /// Whether the curve determines all five parameters: each interval exists. A parameter has none where it is no two standard errors away from having no effect
    /// (.5 in the logarithm; 2 for J_0, which has no such place), or where it stands at a bound of the search: R_s of a sweep that ends before it shows, R_sh of
    /// a noisy plateau.
    /// </summary>
    public bool IsIdentified => PhotocurrentAmperesPerSquareMetre.IsIdentified && SaturationAmperesPerSquareMetre.IsIdentified && Ideality.IsIdentified
        && SeriesOhmSquareMetres.IsIdentified && ShuntOhmSquareMetres.IsIdentified;

    /// <summary>Fits the model to an analysed curve.</summary>
    /// <param name="curve">Samples as <see cref="JvAnalysis.Of"/> gives them: photocurrent positive, in A/m2.</param>
    /// <param name="temperatureKelvin">Temperature of the cell.</param>
    /// <exception cref="ArgumentException">A curve that cannot be fitted; the message says why.</exception>
    public static SingleDiodeFit Of(JvParameters curve, double temperatureKelvin = 298.15)
    {
        ArgumentNullException.ThrowIfNull(curve);
        if (Refusal(curve) is { } refusal)
            throw new ArgumentException(refusal, nameof(curve));
        if (!(temperatureKelvin > 0 && double.IsFinite(temperatureKelvin)))
            throw new ArgumentException($"The temperature is {temperatureKelvin:g6} K; give a positive one, 298.15 for 25 degrees.", nameof(temperatureKelvin));
        double open = curve.OpenCircuitVolts!.Value, current = curve.ShortCircuitAmperesPerSquareMetre!.Value;
        double thermal = SingleDiode.BoltzmannOverCharge * temperatureKelvin, unit = open / current;
        double[] lower = [0, Math.Log(current) - 200, Math.Log(.2), Math.Log(unit * 1e-7), Math.Log(unit * 1e-2)];
        double[] upper = [10 * current, Math.Log(current), Math.Log(20), Math.Log(unit * 10), Math.Log(unit * 1e7)];
        var cost = new Cost(curve.VoltageVolts, curve.Current, temperatureKelvin);
        var search = new LevenbergMarquardt(Parameters);
        var point = new double[Parameters];
        var best = new double[Parameters];
        double least = double.PositiveInfinity;
        double shunt = Math.Max(curve.ShuntOhmSquareMetres ?? (unit * 1e3), unit * .1), slope = curve.SeriesOhmSquareMetres ?? (unit * .1);
        foreach (double ideality in (ReadOnlySpan<double>)[1, 1.5, 2, 3])
        {
            foreach (double share in (ReadOnlySpan<double>)[.02, .3, .8])
            {
                point[0] = current;
                point[1] = Math.Log(Math.Max(current - (open / shunt), .05 * current)) - (open / (ideality * thermal));
                point[2] = Math.Log(ideality);
                point[3] = Math.Log(share * slope);
                point[4] = Math.Log(shunt);
                double found = search.Minimise(cost, point, lower, upper, 200, 1e-13);
                if (found < least)
                {
                    least = found;
                    point.CopyTo(best, 0);
                }
            }
        }
        if (!double.IsFinite(least))
            throw new ArgumentException($"{curve.Name}: the single-diode model has no finite value on this curve; check voltages and area.", nameof(curve));
        least = search.Minimise(cost, best, lower, upper, 200, 1e-15);
        return Result(curve, temperatureKelvin, best, least, search, lower, upper);
    }

    internal static string? Refusal(JvParameters curve)
    {
        if (!curve.IsDensity)
            return $"{curve.Name}: the diode model needs a current density; give an area in the options.";
        if (curve.VoltageVolts.Length < LeastSamples)
            return $"{curve.Name}: {curve.VoltageVolts.Length} samples for five parameters; {LeastSamples} or more are needed.";
        if (curve.OpenCircuitVolts is not > 0 || curve.ShortCircuitAmperesPerSquareMetre is not > 0)
            return $"{curve.Name}: no short-circuit current or no open-circuit voltage ({curve.Quality}); the diode model needs an illuminated sweep across both.";
        return null;
    }

    private static SingleDiodeFit Result(JvParameters curve, double temperature, double[] best, double least, LevenbergMarquardt search, double[] lower, double[] upper)
    {
        var model = Model5(best, temperature);
        int free = curve.VoltageVolts.Length - Parameters;
        double variance = least / free, quantile = StudentT.InvCDF(0, 1, free, .975);
        var covariance = new double[Parameters * Parameters];
        search.Covariance(best, lower, upper, covariance);
        FittedValue Of(int i)
        {
            double error = Math.Sqrt(covariance[(i * Parameters) + i] * variance);
            return i == 0 ? FittedValue.Linear(best[0], error, quantile) : FittedValue.Logarithmic(Math.Exp(best[i]), error, quantile, i == 1 ? 2 : .5);
        }
        double[] fitted = Array.ConvertAll(curve.VoltageVolts, model.CurrentDensity);
        return new SingleDiodeFit
        {
            Model = model,
            PhotocurrentAmperesPerSquareMetre = Of(0),
            SaturationAmperesPerSquareMetre = Of(1),
            Ideality = Of(2),
            SeriesOhmSquareMetres = Of(3),
            ShuntOhmSquareMetres = Of(4),
            VoltageVolts = curve.VoltageVolts,
            FittedAmperesPerSquareMetre = fitted,
            ResidualAmperesPerSquareMetre = [.. curve.Current.Zip(fitted, (measured, value) => measured - value)],
            DeviationAmperesPerSquareMetre = Math.Sqrt(variance),
            OpenCircuitVolts = model.OpenCircuitVolts(),
        };
    }

    private static SingleDiode Model5(ReadOnlySpan<double> p, double temperature) =>
        new(p[0], Math.Exp(p[1]), Math.Exp(p[2]), Math.Exp(p[3]), Math.Exp(p[4]), temperature);

    // Derivatives of the implicit equation F(J, parameters) = 0: dJ = -F_parameter / F_J.
    private sealed class Cost(double[] volts, double[] density, double temperature) : ICostFunction
    {
        public int Count => Parameters;

        public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> curvature)
        {
            SingleDiode model = Model5(parameters, temperature);
            double a = model.ThermalVolts, cost = 0;
            gradient.Clear();
            curvature.Clear();
            Span<double> row = stackalloc double[Parameters];
            for (int k = 0; k < volts.Length; k++)
            {
                double j = model.CurrentDensity(volts[k]), residual = density[k] - j;
                cost += residual * residual;
                if (gradient.IsEmpty)
                    continue;
                double junction = volts[k] + (j * model.SeriesOhmSquareMetres), diode = Math.Exp(parameters[1] + (junction / a));
                double conductance = (diode / a) + (1 / model.ShuntOhmSquareMetres), scale = 1 / (1 + (conductance * model.SeriesOhmSquareMetres));
                row[0] = scale;
                row[1] = -(diode - model.SaturationAmperesPerSquareMetre) * scale;
                row[2] = diode * junction / a * scale;
                row[3] = -conductance * j * model.SeriesOhmSquareMetres * scale;
                row[4] = junction / model.ShuntOhmSquareMetres * scale;
                for (int i = 0; i < Parameters; i++)
                {
                    gradient[i] -= residual * row[i];
                    for (int m = 0; m <= i; m++)
                        curvature[(i * Parameters) + m] += row[i] * row[m];
                }
            }
            for (int i = 0; i < Parameters && !gradient.IsEmpty; i++)
            {
                for (int m = 0; m < i; m++)
                    curvature[(m * Parameters) + i] = curvature[(i * Parameters) + m];
            }
            return cost;
        }
    }
}
