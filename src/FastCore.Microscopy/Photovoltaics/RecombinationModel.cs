namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// Photoluminescence of recombining carriers (SPEC 6): dn/dt = -k1 n - k2 n^2 - k3 n^3, signal proportional to n (n + p0). In x = n/n0, from 1 at time zero:
/// dx/dt = -k1 x - K2 x^2 - K3 x^3 with K2 = k2 n0 and K3 = k3 n0^2, all per second, and y = b + A x (x + P) / (1 + P), P = p0/n0. Parameters: b, ln A, ln k1, ln
/// K2, then ln K3 and ln P where they are fitted.
/// </summary>
/// <remarks>
/// ln x and its derivatives by the logarithms of the rates are carried from bin to bin by Runge and Kutta's fourth order, in steps of a twentieth of the
/// momentary lifetime.
/// </remarks>
internal sealed class RecombinationModel : DecayModel
{
    private readonly double[] time;
    private readonly double[]? multiplicity;
    private readonly double timeZero;
    private readonly bool thirdOrder;
    private readonly bool doped;

    internal RecombinationModel(double[] time, double[]? multiplicity, double timeZero, bool thirdOrder, bool doped, bool logBackground)
        : base(4 + (thirdOrder ? 1 : 0) + (doped ? 1 : 0), 0, time.Length, logBackground)
    {
        this.time = time;
        this.multiplicity = multiplicity;
        this.timeZero = timeZero;
        this.thirdOrder = thirdOrder;
        this.doped = doped;
    }

    protected override void Add(ReadOnlySpan<double> parameters, Span<double> expected, Span<double> jacobian)
    {
        double amplitude = Math.Exp(parameters[1]), k1 = Math.Exp(parameters[2]), k2 = Math.Exp(parameters[3]);
        double k3 = thirdOrder ? Math.Exp(parameters[4]) : 0, p = doped ? Math.Exp(parameters[^1]) : 0;
        // ln x and its derivatives by ln k1, ln K2, ln K3.
        Span<double> state = stackalloc double[4], a = stackalloc double[4], b = stackalloc double[4], c = stackalloc double[4], d = stackalloc double[4],
            at = stackalloc double[4];
        state.Clear();
        double now = timeZero;
        for (int k = 0; k < time.Length; k++)
        {
            while (now < time[k])
            {
                double x = Math.Exp(state[0]), step = Math.Min(time[k] - now, .05 / (k1 + (x * (k2 + (x * k3)))));
                Slope(state, k1, k2, k3, a);
                Move(state, a, .5 * step, at);
                Slope(at, k1, k2, k3, b);
                Move(state, b, .5 * step, at);
                Slope(at, k1, k2, k3, c);
                Move(state, c, step, at);
                Slope(at, k1, k2, k3, d);
                for (int i = 0; i < 4; i++)
                    state[i] += step / 6 * (a[i] + (2 * (b[i] + c[i])) + d[i]);
                // A last step that rounding would leave open ends here.
                now = step >= (time[k] - now) * (1 - 1e-12) ? time[k] : now + step;
            }
            double density = Math.Exp(state[0]), many = amplitude * (multiplicity?[k] ?? 1), value = many * density * (density + p) / (1 + p);
            expected[k] = (expected[k] * (multiplicity?[k] ?? 1)) + value;
            if (jacobian.IsEmpty)
                continue;
            Span<double> row = jacobian.Slice(k * Count, Count);
            row[0] *= multiplicity?[k] ?? 1;
            row[1] = value;
            double byLogX = many * density * ((2 * density) + p) / (1 + p);
            row[2] = byLogX * state[1];
            row[3] = byLogX * state[2];
            if (thirdOrder)
                row[4] = byLogX * state[3];
            if (doped)
                row[^1] = many * p * density * (1 - density) / ((1 + p) * (1 + p));
        }
    }

    private static void Slope(ReadOnlySpan<double> state, double k1, double k2, double k3, Span<double> slope)
    {
        double x = Math.Exp(state[0]), second = k2 * x, third = k3 * x * x, feedback = second + (2 * third);
        slope[0] = -(k1 + second + third);
        slope[1] = -k1 - (feedback * state[1]);
        slope[2] = -second - (feedback * state[2]);
        slope[3] = -third - (feedback * state[3]);
    }

    private static void Move(ReadOnlySpan<double> from, ReadOnlySpan<double> slope, double step, Span<double> to)
    {
        for (int i = 0; i < 4; i++)
            to[i] = from[i] + (step * slope[i]);
    }
}
