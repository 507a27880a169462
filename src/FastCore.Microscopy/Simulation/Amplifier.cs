using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Simulation;

/// <summary>
/// Turns the current at the tip into the samples of a sweep: single pole, white and 1/f noise, mains, drift, clipping, converter steps, then the mean
/// over the window of each sample (SPEC 8: 10 kS/s averaged to 251 points, about 4 ms each for 1 s).
/// </summary>
internal sealed class Amplifier
{
    // 1/f noise between 0.03 and 300 Hz as a sum of first-order processes one decade apart (van der Ziel 1950).
    private static readonly double[] FlickerPolesHertz = [.03, .3, 3, 30, 300];

    private readonly AmplifierOptions options;
    private readonly double step;

    internal Amplifier(AmplifierOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!(options.Range.Value > 0) || !(options.SampleHertz > 0) || !(options.BandwidthHertz > 0) || options.ConverterBits is < 2 or > 52)
            throw new ArgumentException("An amplifier needs a positive range, bandwidth and sampling rate and 2 to 52 bits.", nameof(options));
        this.options = options;
        step = 2 * options.Range.Value / Math.Pow(2, options.ConverterBits);
    }

    /// <summary>Measures one sweep.</summary>
    /// <param name="before">Current at each sample's centre in ampere until the contact changes.</param>
    /// <param name="after">The same from then on; may be the same span.</param>
    /// <param name="changeAt">When the contact changes, in samples from the start; infinity for never.</param>
    /// <param name="duration">Length of the sweep.</param>
    /// <param name="elapsed">Time since the amplifier was switched on.</param>
    /// <param name="random">The sweep's stream.</param>
    /// <param name="measured">Destination, as long as <paramref name="before"/>.</param>
    internal void Measure(
        ReadOnlySpan<double> before, ReadOnlySpan<double> after, double changeAt, Seconds duration, Seconds elapsed,
        ref RandomStream random, Span<double> measured)
    {
        int points = measured.Length;
        double pointSeconds = duration.Value / points;
        int perPoint = Math.Clamp((int)Math.Round(options.SampleHertz * pointSeconds), 1, 1000);
        double stepSeconds = pointSeconds / perPoint;
        double pole = double.IsInfinity(options.BandwidthHertz) ? 1 : 1 - Math.Exp(-2 * Math.PI * options.BandwidthHertz * stepSeconds);
        // The mean over a point has some 40 converter samples: uniform ones of the right variance make it as normal as normal ones, six times faster.
        double white = options.NoiseDensity * Math.Sqrt(.5 / stepSeconds) * Math.Sqrt(12) / 4294967296.0;
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * random.NextDouble());
        (double turnSine, double turnCosine) = Math.SinCos(2 * Math.PI * options.MainsHertz * stepSeconds);
        // A band of one decade of 1/f noise has the variance S_white * corner * ln 10.
        double flickerSigma = options.NoiseDensity * Math.Sqrt(options.FlickerCornerHertz * Math.Log(10));
        Span<double> flicker = stackalloc double[FlickerPolesHertz.Length];
        Span<double> decay = stackalloc double[FlickerPolesHertz.Length];
        for (int i = 0; i < flicker.Length; i++)
        {
            flicker[i] = flickerSigma * random.NextNormal();
            decay[i] = Math.Exp(-2 * Math.PI * FlickerPolesHertz[i] * pointSeconds);
        }
        double offset = options.DriftAmperesPerSecond * elapsed.Value;
        int preTrigger = (int)Math.Round(options.PreTrigger.Value / pointSeconds);
        double zero = 0;
        double filtered = 0;
        for (int point = -preTrigger; point < points; point++)
        {
            if (point == 0)
                filtered = changeAt > 0 ? before[0] : after[0];
            double slow = offset;
            for (int i = 0; i < flicker.Length && flickerSigma > 0; i++)
            {
                flicker[i] = (flicker[i] * decay[i]) + (flickerSigma * Math.Sqrt(1 - (decay[i] * decay[i])) * random.NextNormal());
                slow += flicker[i];
            }
            double sum = 0;
            for (int j = 0; j < perPoint; j++)
            {
                double input = 0;
                if (point >= 0)
                {
                    double at = point + ((j + .5) / perPoint) - .5;
                    input = Interpolate(at < changeAt ? before : after, at);
                }
                if (white > 0)
                    input += white * (random.NextBits() - 2147483647.5);
                filtered += pole * (input - filtered);
                double output = filtered + slow + (options.MainsAmplitude.Value * sine);
                (sine, cosine) = ((sine * turnCosine) + (cosine * turnSine), (cosine * turnCosine) - (sine * turnSine));
                output = Math.Clamp(output, -options.Range.Value, options.Range.Value);
                sum += Math.Round(output / step) * step;
            }
            double mean = sum / perPoint;
            if (point < 0)
                zero += mean / preTrigger;
            else
                measured[point] = mean - zero;
        }
    }

    private static double Interpolate(ReadOnlySpan<double> nodes, double at)
    {
        int left = Math.Clamp((int)Math.Floor(at), 0, Math.Max(0, nodes.Length - 2));
        if (nodes.Length == 1)
            return nodes[0];
        double share = Math.Clamp(at - left, 0, 1);
        return nodes[left] + (share * (nodes[left + 1] - nodes[left]));
    }
}
