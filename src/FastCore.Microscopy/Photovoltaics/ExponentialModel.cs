namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// Background plus exponentials behind a response (SPEC 6): y(t) = b + sum A_i R(t; tau_i), A_i the height of exp(-t/tau_i) before convolution. Parameters: b,
/// those of the response (Gaussian: t_0 and ln s; measured: its shift; tail: none), then ln A_i, ln tau_i of each.
/// </summary>
/// <remarks>
/// Derivatives of the Gaussian form, with G its bell: dE/dx = G - E/tau; dE/d ln s = s^2 E''; dE/d ln tau = E (x/tau - s^2/tau^2) + s^2 G/tau. A measured
/// response r is taken as linear between its nodes; then its convolution with an exponential is a recursion from node to node, exact and smooth in the shift,
/// where a product of spectra would need the bins to be interpolated: I(t + h) = exp(-h/tau) I(t) + integral of r exp(-y/tau) dy, and the same with y for the
/// derivative by tau.
/// </remarks>
internal sealed class ExponentialModel : DecayModel, IAveragedDecay
{
    private readonly double[] time;
    private readonly double[]? multiplicity;
    private readonly double timeZero;
    private readonly int terms;
    private readonly DecayResponse response;
    private readonly InstrumentResponse? measured;

    /// <param name="terms">Number of exponentials.</param>
    /// <param name="time">Time of each bin in second; equally spaced for a measured response.</param>
    /// <param name="multiplicity">Bins that are joined at each time; null for one.</param>
    /// <param name="response">Tail, Gaussian or Measured.</param>
    /// <param name="timeZero">Time at which the exponentials of a tail start.</param>
    /// <param name="measured">The measured response.</param>
    /// <param name="logBackground">See <see cref="DecayModel.LogBackground"/>.</param>
    internal ExponentialModel(int terms, double[] time, double[]? multiplicity, DecayResponse response, double timeZero, InstrumentResponse? measured, bool logBackground)
        : base(1 + Parameters(response) + (2 * terms), Parameters(response), time.Length, logBackground)
    {
        this.terms = terms;
        this.time = time;
        this.multiplicity = multiplicity;
        this.response = response;
        this.timeZero = timeZero;
        this.measured = measured;
    }

    internal static int Parameters(DecayResponse response) => response switch { DecayResponse.Gaussian => 2, DecayResponse.Measured => 1, _ => 0 };

    protected override void Add(ReadOnlySpan<double> parameters, Span<double> expected, Span<double> jacobian)
    {
        for (int i = 0; i < terms; i++)
        {
            int at = First + (2 * i);
            double amplitude = Math.Exp(parameters[at]), tau = Math.Exp(parameters[at + 1]);
            if (response == DecayResponse.Gaussian)
                Gaussian(amplitude, tau, parameters[1], Math.Exp(parameters[2]), at, expected, jacobian);
            else if (response == DecayResponse.Measured)
                Measured(amplitude, tau, parameters[1], at, expected, jacobian);
            else
                Tail(amplitude, tau, at, expected, jacobian);
        }
        if (multiplicity is null)
            return;
        for (int k = 0; k < Bins; k++)
        {
            expected[k] *= multiplicity[k];
            for (int i = 0; i < Count && !jacobian.IsEmpty; i++)
                jacobian[(k * Count) + i] *= multiplicity[k];
        }
    }

    private void Tail(double amplitude, double tau, int at, Span<double> expected, Span<double> jacobian)
    {
        for (int k = 0; k < time.Length; k++)
        {
            double x = (time[k] - timeZero) / tau, value = amplitude * Math.Exp(-x);
            expected[k] += value;
            if (jacobian.IsEmpty)
                continue;
            jacobian[(k * Count) + at] = value;
            jacobian[(k * Count) + at + 1] = value * x;
        }
    }

    private void Gaussian(double amplitude, double tau, double zero, double s, int at, Span<double> expected, Span<double> jacobian)
    {
        double square = s * s;
        for (int k = 0; k < time.Length; k++)
        {
            double x = time[k] - zero, value = amplitude * GaussianResponse.At(x, tau, s, out double bell);
            expected[k] += value;
            if (jacobian.IsEmpty)
                continue;
            bell *= amplitude;
            Span<double> row = jacobian.Slice(k * Count, Count);
            row[1] += (value / tau) - bell;
            row[2] += (-x * bell) - (square * bell / tau) + (square * value / (tau * tau));
            row[at] = value;
            row[at + 1] = (value * ((x / tau) - (square / (tau * tau)))) + (square * bell / tau);
        }
    }

    private void Measured(double amplitude, double tau, double shift, int at, Span<double> expected, Span<double> jacobian)
    {
        double[] r = measured!.DensityPerSecond;
        double h = measured.BinSeconds;
        double position = (time[0] - shift - measured.TimeSeconds[0]) / h;
        // One node of zero stands before the first.
        int node = (int)Math.Floor(position);
        double part = position - node, step = part * h;
        (double full0, double full1, double full2) = Moments(h, tau);
        (double part0, double part1, double part2) = Moments(step, tau);
        double decayFull = Math.Exp(-h / tau), decayPart = Math.Exp(-step / tau);
        double value = 0, moment = 0;
        for (int k = -1; k < node + time.Length; k++)
        {
            double r0 = k < 0 || k >= r.Length ? 0 : r[k], r1 = k + 1 >= r.Length ? 0 : r[k + 1], slope = (r1 - r0) / h;
            int bin = k - node;
            if (bin >= 0)
            {
                double here = r0 + (slope * step);
                double convolved = (decayPart * value) + (here * part0) - (slope * part1);
                expected[bin] += amplitude * convolved;
                if (!jacobian.IsEmpty)
                {
                    Span<double> row = jacobian.Slice(bin * Count, Count);
                    row[1] += amplitude * ((convolved / tau) - here);
                    row[at] = amplitude * convolved;
                    row[at + 1] = amplitude / tau * ((decayPart * (moment + (step * value))) + (here * part1) - (slope * part2));
                }
            }
            moment = (decayFull * (moment + (h * value))) + (r1 * full1) - (slope * full2);
            value = (decayFull * value) + (r1 * full0) - (slope * full1);
        }
    }

    // Integrals of y^n exp(-y/tau) over 0 .. h, n = 0, 1, 2.
    private static (double Zero, double One, double Two) Moments(double h, double tau)
    {
        double z = h / tau;
        if (z > .5)
        {
            double e = Math.Exp(-z);
            return (tau * (1 - e), tau * tau * (1 - (e * (1 + z))), tau * tau * tau * (2 - (e * (2 + (2 * z) + (z * z)))));
        }
        // The closed form loses digits here: sum of (-z)^n / n! / (n + k + 1).
        double term = 1, zero = 0, one = 0, two = 0;
        for (int n = 0; n < 14; n++)
        {
            zero += term / (n + 1);
            one += term / (n + 2);
            two += term / (n + 3);
            term *= -z / (n + 1);
        }
        return (h * zero, h * h * one, h * h * h * two);
    }

    public (double Amplitude, double Intensity) LogAverages(ReadOnlySpan<double> parameters, Span<double> amplitudeGradient, Span<double> intensityGradient)
    {
        double zero = 0, one = 0, two = 0;
        for (int i = 0; i < terms; i++)
        {
            double a = Math.Exp(parameters[First + (2 * i)]), tau = Math.Exp(parameters[First + (2 * i) + 1]);
            zero += a;
            one += a * tau;
            two += a * tau * tau;
        }
        amplitudeGradient.Clear();
        intensityGradient.Clear();
        for (int i = 0; i < terms; i++)
        {
            int at = First + (2 * i);
            double a = Math.Exp(parameters[at]), tau = Math.Exp(parameters[at + 1]);
            amplitudeGradient[at] = (a * tau / one) - (a / zero);
            amplitudeGradient[at + 1] = a * tau / one;
            intensityGradient[at] = (a * tau * tau / two) - (a * tau / one);
            intensityGradient[at + 1] = (2 * a * tau * tau / two) - (a * tau / one);
        }
        return (Math.Log(one / zero), Math.Log(two / one));
    }
}
