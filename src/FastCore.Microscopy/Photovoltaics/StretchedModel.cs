using System.Numerics;
using MathNet.Numerics;

namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// Background plus a stretched exponential A exp(-(t/tau)^beta) behind a response (SPEC 6). Parameters: b, those of the response, then ln A, ln tau, ln beta.
/// </summary>
/// <remarks>
/// No closed form of the convolution exists. The decay is averaged over cells of a bin or a fraction of it, and each cell meets the difference of the response's
/// cumulative function at its ends: sum g_j (F(t - u_j) - F(t - u_j+1)). The response is short beside the window, so that the plain sum is quicker than
/// transforms.
/// </remarks>
internal sealed class StretchedModel : DecayModel, IAveragedDecay
{
    // Gauss and Legendre, 8 points on -1 .. 1.
    private static readonly double[] Nodes = [.1834346424956498, .5255324099163290, .7966664774136267, .9602898564975363];
    private static readonly double[] NodeWeights = [.3626837833783620, .3137066458778873, .2223810344533745, .1012285362903763];

    private readonly double[] time;
    private readonly double[]? multiplicity;
    private readonly double timeZero;
    private readonly DecayResponse response;
    private readonly InstrumentResponse? measured;
    private readonly double[] cumulative = [];
    private double[] cells = [];
    private double[] kernel = [];

    /// <inheritdoc cref="ExponentialModel(int, double[], double[], DecayResponse, double, InstrumentResponse, bool)"/>
    internal StretchedModel(double[] time, double[]? multiplicity, DecayResponse response, double timeZero, InstrumentResponse? measured, bool logBackground)
        : base(4 + ExponentialModel.Parameters(response), ExponentialModel.Parameters(response), time.Length, logBackground)
    {
        this.time = time;
        this.multiplicity = multiplicity;
        this.response = response;
        this.timeZero = timeZero;
        this.measured = measured;
        if (measured is null)
            return;
        cumulative = new double[measured.DensityPerSecond.Length];
        double sum = .5 * measured.DensityPerSecond[0] * measured.BinSeconds;
        for (int k = 0; k < cumulative.Length; k++)
        {
            if (k > 0)
                sum += .5 * (measured.DensityPerSecond[k - 1] + measured.DensityPerSecond[k]) * measured.BinSeconds;
            cumulative[k] = sum;
        }
    }

    protected override void Add(ReadOnlySpan<double> parameters, Span<double> expected, Span<double> jacobian)
    {
        double amplitude = Math.Exp(parameters[First]), tau = Math.Exp(parameters[First + 1]), beta = Math.Exp(parameters[First + 2]);
        if (response == DecayResponse.Tail)
            Tail(amplitude, tau, beta, expected, jacobian);
        else
            Convolved(parameters, amplitude, tau, beta, expected, jacobian);
        if (multiplicity is null)
            return;
        for (int k = 0; k < Bins; k++)
        {
            expected[k] *= multiplicity[k];
            for (int i = 0; i < Count && !jacobian.IsEmpty; i++)
                jacobian[(k * Count) + i] *= multiplicity[k];
        }
    }

    private void Tail(double amplitude, double tau, double beta, Span<double> expected, Span<double> jacobian)
    {
        for (int k = 0; k < time.Length; k++)
        {
            (double g, double byTau, double byBeta) = At(Math.Max(time[k] - timeZero, 0), tau, beta);
            expected[k] += amplitude * g;
            if (jacobian.IsEmpty)
                continue;
            Span<double> row = jacobian.Slice(k * Count, Count);
            row[First] = amplitude * g;
            row[First + 1] = amplitude * byTau;
            row[First + 2] = amplitude * byBeta;
        }
    }

    private void Convolved(ReadOnlySpan<double> parameters, double amplitude, double tau, double beta, Span<double> expected, Span<double> jacobian)
    {
        double width = (time[^1] - time[0]) / (time.Length - 1), zero = parameters[1], s = response == DecayResponse.Gaussian ? Math.Exp(parameters[2])
            : measured!.DeviationSeconds;
        // Within a cell decay and response are averaged each on its own: of their product h^2 / (12 tau s) is lost.
        int split = (int)Math.Clamp(Math.Ceiling(3 * width / s), 1, 6);
        double h = width / split, offset = time[0] - zero;
        (double from, double to) = response == DecayResponse.Gaussian ? (-8.5 * s, 8.5 * s)
            : (measured!.TimeSeconds[0] - measured.BinSeconds, measured.TimeSeconds[^1] + measured.BinSeconds);
        int low = (int)Math.Floor((from - offset) / h), high = (int)Math.Ceiling((to - offset) / h) + 1, taps = high - low + 1;
        int count = Math.Max(((time.Length - 1) * split) - low + 1, 1);
        bool derivatives = !jacobian.IsEmpty;
        Resize(ref cells, 3 * count);
        Resize(ref kernel, 3 * taps);
        Span<double> g = cells.AsSpan(0, count), byTau = cells.AsSpan(count, count), byBeta = cells.AsSpan(2 * count, count);
        Cells(h, tau, beta, g, byTau, byBeta, derivatives);
        // Reversed, so that cells and kernel run the same way: entry high - d meets cell i split - d.
        Span<double> mass = kernel.AsSpan(0, taps), byZero = kernel.AsSpan(taps, taps), byWidth = kernel.AsSpan(2 * taps, taps);
        for (int d = low; d <= high; d++)
        {
            double x = offset + (d * h);
            (double f1, double p1, double w1) = Cumulative(x, s);
            (double f0, double p0, double w0) = Cumulative(x - h, s);
            mass[high - d] = f1 - f0;
            byZero[high - d] = p0 - p1;
            byWidth[high - d] = w1 - w0;
        }
        for (int k = 0; k < time.Length; k++)
        {
            int first = (k * split) - high, skip = Math.Max(-first, 0), length = Math.Min(taps, count - first) - skip;
            if (length <= 0)
                continue;
            ReadOnlySpan<double> part = g.Slice(first + skip, length);
            double value = amplitude * Dot(part, mass.Slice(skip, length));
            expected[k] += value;
            if (!derivatives)
                continue;
            Span<double> row = jacobian.Slice(k * Count, Count);
            row[1] = amplitude * Dot(part, byZero.Slice(skip, length));
            if (response == DecayResponse.Gaussian)
                row[2] = amplitude * Dot(part, byWidth.Slice(skip, length));
            row[First] = value;
            row[First + 1] = amplitude * Dot(byTau.Slice(first + skip, length), mass.Slice(skip, length));
            row[First + 2] = amplitude * Dot(byBeta.Slice(first + skip, length), mass.Slice(skip, length));
        }
    }

    // F, its density and its derivative by ln s.
    private (double F, double Density, double ByLogDeviation) Cumulative(double x, double s)
    {
        if (response == DecayResponse.Gaussian)
        {
            double z = x / s, bell = Math.Exp(-.5 * z * z) / Math.Sqrt(2 * Math.PI);
            // From the near side: a difference of two values near 1 loses digits.
            double half = .5 * Math.Exp(-.5 * z * z) * ScaledErfc.Of(Math.Abs(z) / Math.Sqrt(2));
            return (z < 0 ? half : 1 - half, bell / s, -z * bell);
        }
        double position = (x - measured!.TimeSeconds[0]) / measured.BinSeconds;
        int node = (int)Math.Floor(position);
        double[] r = measured.DensityPerSecond;
        if (node < -1)
            return (0, 0, 0);
        if (node >= r.Length)
            return (1, 0, 0);
        double part = position - node, r0 = node < 0 ? 0 : r[node], r1 = node + 1 >= r.Length ? 0 : r[node + 1], here = r0 + (part * (r1 - r0));
        return ((node < 0 ? 0 : cumulative[node]) + (.5 * (r0 + here) * part * measured.BinSeconds), here, 0);
    }

    // Averages over cells: two points of Gauss each, but eight in the first, where the slope is infinite: u = h w^4 makes it smooth.
    private static void Cells(double h, double tau, double beta, Span<double> g, Span<double> byTau, Span<double> byBeta, bool derivatives)
    {
        double g0 = 0, t0 = 0, b0 = 0;
        for (int i = 0; i < 2 * Nodes.Length; i++)
        {
            double w = .5 * (1 + (i % 2 == 0 ? Nodes[i / 2] : -Nodes[i / 2])), weight = .5 * NodeWeights[i / 2] * 4 * w * w * w;
            (double value, double t, double b) = At(h * w * w * w * w, tau, beta);
            g0 += weight * value;
            t0 += weight * t;
            b0 += weight * b;
        }
        (g[0], byTau[0], byBeta[0]) = (g0, t0, b0);
        double near = .5 - (.5 / Math.Sqrt(3));
        for (int j = 1; j < g.Length; j++)
        {
            (double left, double leftTau, double leftBeta) = At((j + near) * h, tau, beta);
            (double right, double rightTau, double rightBeta) = At((j + 1 - near) * h, tau, beta);
            g[j] = .5 * (left + right);
            if (!derivatives)
                continue;
            byTau[j] = .5 * (leftTau + rightTau);
            byBeta[j] = .5 * (leftBeta + rightBeta);
        }
    }

    // exp(-v), v = (u/tau)^beta, and its derivatives by ln tau and ln beta.
    private static (double Value, double ByLogTau, double ByLogBeta) At(double u, double tau, double beta)
    {
        if (u <= 0)
            return (1, 0, 0);
        double logarithm = beta * Math.Log(u / tau), v = Math.Exp(logarithm), value = Math.Exp(-v);
        return (value, value * beta * v, -value * v * logarithm);
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector<double> sum = Vector<double>.Zero;
        int k = 0;
        for (; k + Vector<double>.Count <= a.Length; k += Vector<double>.Count)
            sum += new Vector<double>(a[k..]) * new Vector<double>(b[k..]);
        double total = Vector.Sum(sum);
        for (; k < a.Length; k++)
            total += a[k] * b[k];
        return total;
    }

    private static void Resize(ref double[] array, int length)
    {
        if (array.Length < length)
            array = new double[length + (length / 4)];
    }

    public (double Amplitude, double Intensity) LogAverages(ReadOnlySpan<double> parameters, Span<double> amplitudeGradient, Span<double> intensityGradient)
    {
        double logTau = parameters[First + 1], inverse = Math.Exp(-parameters[First + 2]);
        amplitudeGradient.Clear();
        intensityGradient.Clear();
        amplitudeGradient[First + 1] = intensityGradient[First + 1] = 1;
        amplitudeGradient[First + 2] = -inverse * SpecialFunctions.DiGamma(1 + inverse);
        intensityGradient[First + 2] = inverse * (SpecialFunctions.DiGamma(inverse) - (2 * SpecialFunctions.DiGamma(2 * inverse)));
        return (logTau + SpecialFunctions.GammaLn(1 + inverse), logTau + SpecialFunctions.GammaLn(2 * inverse) - SpecialFunctions.GammaLn(inverse));
    }
}
