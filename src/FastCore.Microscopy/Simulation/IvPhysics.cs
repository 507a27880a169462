using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Microscopy.Simulation;

/// <summary>
/// Current-voltage model of a point with mobile ions (SPEC 8). An ionic state x in [-1, 1] follows the bias,
///   dx/dt = (tanh(V/V_i) - x) / tau,  tau = tau0 exp(-|V|/V_t),
/// and lowers the onset, raises the coefficient and adds an emf:
///   V_on = V0 - alpha x;  g = 1 + beta x;  s = eta ln(1 + exp((V_e - V_on)/eta));
///   I = G_o (V_e - E_i x) + K g s^m;  V_e = V - I R_s;  I_meas = I + C dV/dt.
/// Traps, where a point has any, fill under positive bias and raise the onset: dn/dt = c max(V, 0) (1 - n) - e n, n in [0, 1], V_on += Delta n.
/// </summary>
public static class IvPhysics
{
    /// <summary>V_i in volt: bias that drives the ions.</summary>
    public const double IonVolts = .8;

    /// <summary>V_t in volt: bias that speeds the ions up e times.</summary>
    public const double SpeedUpVolts = 1.5;

    /// <summary>eta in volt: width of the onset.</summary>
    public const double OnsetWidthVolts = .06;

    // tau is never below .09 s at 1.5 V; a midpoint exponential step of 2 ms is exact to 1e-5 there.
    private const double LongestStepSeconds = 2e-3;

    /// <summary>
    /// The noise-free current at each sample of a sweep, displacement included. The displacement at a sample is that of the mean of the slopes
    /// before and after it, as an average over the sample's window has it: 0 at the peak of a triangle.
    /// </summary>
    /// <param name="parameters">The point.</param>
    /// <param name="waveform">The bias; sample k stands at k * Duration / Count.</param>
    /// <param name="state">Ionic state: before the sweep on entry, after it on return.</param>
    /// <param name="currentAmperes">Destination, <see cref="BiasWaveform.Count"/> elements.</param>
    /// <exception cref="ArgumentException">The destination has another length than the waveform.</exception>
    public static void Sweep(IvParameters parameters, BiasWaveform waveform, ref double state, Span<double> currentAmperes)
    {
        double traps = 0;
        Sweep(parameters, waveform, ref state, ref traps, currentAmperes);
    }

    /// <summary>As the other form, for a point whose traps need not be empty.</summary>
    /// <param name="parameters">The point.</param>
    /// <param name="waveform">The bias.</param>
    /// <param name="state">Ionic state: before the sweep on entry, after it on return.</param>
    /// <param name="traps">Occupied share n of the traps: before the sweep on entry, after it on return.</param>
    /// <param name="currentAmperes">Destination, <see cref="BiasWaveform.Count"/> elements.</param>
    /// <exception cref="ArgumentException">The destination has another length than the waveform.</exception>
    public static void Sweep(IvParameters parameters, BiasWaveform waveform, ref double state, ref double traps, Span<double> currentAmperes)
    {
        ArgumentNullException.ThrowIfNull(waveform);
        if (currentAmperes.Length != waveform.Count)
            throw new ArgumentException($"The destination has {currentAmperes.Length} elements; the waveform has {waveform.Count} "
                + $"samples.", nameof(currentAmperes));
        ReadOnlySpan<double> bias = waveform.BiasVolts;
        double sampleSeconds = waveform.Duration.Value / waveform.Count;
        int steps = Math.Max(1, (int)Math.Ceiling(sampleSeconds / LongestStepSeconds));
        double step = sampleSeconds / steps;
        double x = state, n = traps;
        double current = 0;
        for (int k = 0; k < bias.Length; k++)
        {
            if (k > 0)
            {
                double rise = bias[k] - bias[k - 1];
                for (int j = 0; j < steps; j++)
                {
                    double middle = bias[k - 1] + (rise * (j + .5) / steps);
                    double target = Math.Tanh(middle / IonVolts);
                    double rate = Math.Exp(Math.Abs(middle) / SpeedUpVolts) / parameters.RelaxationSeconds;
                    x = target + ((x - target) * Math.Exp(-step * rate));
                    n = Trapped(parameters, n, middle, step);
                }
            }
            current = Conduction(parameters, bias[k], x, n, current);
            double before = k > 0 ? bias[k] - bias[k - 1] : bias[1] - bias[0];
            double after = k < bias.Length - 1 ? bias[k + 1] - bias[k] : before;
            currentAmperes[k] = current + (parameters.CapacitanceFarads * (before + after) / (2 * sampleSeconds));
        }
        state = x;
        traps = n;
    }

    /// <summary>Occupied share of the traps after <paramref name="seconds"/> at a constant bias, exactly.</summary>
    public static double Trapped(IvParameters parameters, double occupied, double volts, double seconds)
    {
        double fill = parameters.TrapCapture * Math.Max(volts, 0), rate = fill + parameters.TrapEmission;
        if (rate == 0)
            return occupied;
        double target = fill / rate;
        return target + ((occupied - target) * Math.Exp(-rate * Math.Max(0, seconds)));
    }

    /// <summary>Ionic state after <paramref name="seconds"/> at zero bias: it relaxes to the rest state with tau0.</summary>
    public static double Relax(IvParameters parameters, double state, double seconds)
    {
        return parameters.RestState + ((state - parameters.RestState) * Math.Exp(-Math.Max(0, seconds) / parameters.RelaxationSeconds));
    }

    /// <summary>
    /// Conduction current in ampere at bias <paramref name="volts"/>, ionic state <paramref name="x"/> and trap occupation <paramref name="n"/>,
    /// without displacement: at most 6 Newton steps from
    /// <paramref name="start"/> on F(I) = I_model(V - I R_s) - I, which falls monotonically.
    /// </summary>
    internal static double Conduction(IvParameters p, double volts, double x, double n, double start)
    {
        double onset = p.OnsetVolts - (p.OnsetShiftVolts * x) + (p.TrapShiftVolts * n);
        double coefficient = p.Coefficient * (1 + (p.Gain * x));
        double current = start;
        for (int iteration = 0; iteration < 6; iteration++)
        {
            double effective = volts - (current * p.SeriesOhms);
            double u = (effective - onset) / OnsetWidthVolts;
            double grown = u > 35 ? 0 : Math.Exp(u);
            double softplus = OnsetWidthVolts * (u > 35 ? u : u < -30 ? grown : Math.Log(1 + grown));
            double slope = u > 35 ? 1 : grown / (1 + grown);
            double power = softplus > 0 ? Math.Exp((p.Exponent - 1) * Math.Log(softplus)) : 0;
            double model = (p.OhmicSiemens * (effective - (p.EmfVolts * x))) + (coefficient * power * softplus);
            double derivative = p.OhmicSiemens + (coefficient * p.Exponent * power * slope);
            double change = (model - current) / (1 + (p.SeriesOhms * derivative));
            current += change;
            // Far below the 0.08 pA of one step of the converter.
            if (Math.Abs(change) < 1e-18 + (1e-10 * Math.Abs(current)))
                break;
        }
        return current;
    }
}
