using System.Runtime.InteropServices;

namespace FastCore.Microscopy.Photovoltaics;

/// <summary>The arithmetic behind <see cref="JvConvention"/>: one curve, photocurrent positive, in whatever unit of current it comes.</summary>
internal readonly record struct JvFigures
{
    private const double FitVolts = .05;
    private const double ShuntVolts = .1;

    /// <summary>Current at 0 V, linear between the samples around it; null where 0 V is outside.</summary>
    internal double? AtZeroVolts { get; private init; }

    internal double? ShortCircuit { get; private init; }

    internal double? OpenCircuitVolts { get; private init; }

    internal double? MaximumPower { get; private init; }

    internal double? MaximumPowerVolts { get; private init; }

    internal bool PowerIsAtEnd { get; private init; }

    internal double? Series { get; private init; }

    internal double? Shunt { get; private init; }

    /// <summary>The figures by one definition.</summary>
    /// <param name="convention">Which.</param>
    /// <param name="volts">Rising voltages.</param>
    /// <param name="current">Their currents.</param>
    /// <param name="measuredVolts">The same voltages in the order of measurement.</param>
    /// <param name="measuredCurrent">Their currents.</param>
    internal static JvFigures Of(JvConvention convention, double[] volts, double[] current, double[] measuredVolts, double[] measuredCurrent)
    {
        int best = 0;
        for (int k = 1; k < volts.Length; k++)
        {
            if (volts[k] * current[k] > volts[best] * current[best])
                best = k;
        }
        var figures = new JvFigures
        {
            AtZeroVolts = AtZero(volts, current),
            MaximumPower = volts[best] * current[best],
            MaximumPowerVolts = volts[best],
            PowerIsAtEnd = best == 0 || best == volts.Length - 1,
        };
        return convention switch
        {
            JvConvention.Fitted => figures.Fitted(volts, current, best),
            JvConvention.Interpolated => figures.Interpolated(volts, current, best),
            JvConvention.ThreeSamples => figures.ThreeSamples(volts, current),
            _ => figures.SmallestCurrent(measuredVolts, measuredCurrent),
        };
    }

    private JvFigures Fitted(double[] volts, double[] current, int best)
    {
        (double Intercept, double Slope)? line = LineWithin(volts, current, FitVolts, true);
        int? right = Crossing(current, best);
        double? open = right is { } r ? Zero(volts[r - 1], current[r - 1], volts[r], current[r]) : null;
        double? series = null;
        if (open is { } voc)
        {
            int first = Nearest(volts, voc);
            series = Resistance(LeastSquares.Parabola(volts.AsSpan(first, 5), current.AsSpan(first, 5), voc)?.C1);
        }
        double[] power = new double[5];
        int window = Math.Clamp(best - 2, 0, volts.Length - 5);
        for (int k = 0; k < power.Length; k++)
            power[k] = volts[window + k] * current[window + k];
        (double? top, double? at) = (MaximumPower, MaximumPowerVolts);
        if (LeastSquares.Parabola(volts.AsSpan(window, 5), power, volts[best]) is { C2: < 0 } parabola)
        {
            double vertex = -parabola.C1 / (2 * parabola.C2);
            if (volts[best] + vertex >= volts[window] && volts[best] + vertex <= volts[window + 4])
                (top, at) = (parabola.C0 + (.5 * parabola.C1 * vertex), volts[best] + vertex);
        }
        return this with
        {
            ShortCircuit = line?.Intercept ?? AtZeroVolts,
            Shunt = Resistance(line?.Slope),
            OpenCircuitVolts = open,
            Series = series,
            MaximumPower = top,
            MaximumPowerVolts = at,
        };
    }

    private JvFigures Interpolated(double[] volts, double[] current, int best)
    {
        int? right = Crossing(current, best);
        return this with
        {
            ShortCircuit = AtZeroVolts,
            Shunt = Resistance(LineWithin(volts, current, ShuntVolts, false)?.Slope),
            OpenCircuitVolts = right is { } r ? Zero(volts[r - 1], current[r - 1], volts[r], current[r]) : null,
            Series = right is { } s ? Resistance((current[s] - current[s - 1]) / (volts[s] - volts[s - 1])) : null,
        };
    }

    private JvFigures ThreeSamples(double[] volts, double[] current)
    {
        int zero = Math.Clamp(Least(volts), 1, volts.Length - 2), open = Math.Clamp(Least(current), 1, volts.Length - 2);
        (double Intercept, double Slope)? around = LeastSquares.Line(volts.AsSpan(open - 1, 3), current.AsSpan(open - 1, 3));
        return this with
        {
            ShortCircuit = LeastSquares.Line(volts.AsSpan(zero - 1, 3), current.AsSpan(zero - 1, 3))?.Intercept,
            OpenCircuitVolts = around is { Slope: < 0 } line ? -line.Intercept / line.Slope : null,
            Shunt = Resistance(LeastSquares.Line(volts.AsSpan(0, 3), current.AsSpan(0, 3))?.Slope),
            Series = Resistance(LeastSquares.Line(volts.AsSpan(volts.Length - 3), current.AsSpan(volts.Length - 3))?.Slope),
        };
    }

    private JvFigures SmallestCurrent(double[] volts, double[] current)
    {
        int least = Least(current);
        (double Intercept, double Slope)? line = LineWithin(volts, current, .3 * volts[least], false);
        (double Intercept, double Slope)? around = least > 0 ? LeastSquares.Line(volts.AsSpan(least - 1, 2), current.AsSpan(least - 1, 2)) : null;
        return this with
        {
            ShortCircuit = line?.Intercept,
            Shunt = Resistance(line?.Slope),
            OpenCircuitVolts = around is { Slope: < 0 } pair ? -pair.Intercept / pair.Slope : null,
            Series = Resistance(around?.Slope),
        };
    }

    private static double? Resistance(double? slope) => slope is < 0 ? -1 / slope : null;

    private static (double Intercept, double Slope)? LineWithin(double[] volts, double[] current, double limit, bool inclusive)
    {
        var x = new List<double>();
        var y = new List<double>();
        // A step of 50 mV that is off in its last bit still counts.
        double slack = inclusive ? 1e-9 : 0;
        for (int k = 0; k < volts.Length; k++)
        {
            if (Math.Abs(volts[k]) < limit + slack)
            {
                x.Add(volts[k]);
                y.Add(current[k]);
            }
        }
        return x.Count < 2 ? null : LeastSquares.Line(CollectionsMarshal.AsSpan(x), CollectionsMarshal.AsSpan(y));
    }

    private static double? AtZero(double[] volts, double[] current)
    {
        if (volts[0] > 0 || volts[^1] < 0)
            return null;
        int right = 1;
        while (right < volts.Length - 1 && volts[right] < 0)
            right++;
        double width = volts[right] - volts[right - 1];
        return width > 0 ? current[right - 1] - (volts[right - 1] * (current[right] - current[right - 1]) / width) : current[right];
    }

    // The first sample above the maximum of power without photocurrent; before that noise may cross zero in a weak cell.
    private static int? Crossing(double[] current, int from)
    {
        for (int k = Math.Max(from, 0) + 1; k < current.Length; k++)
        {
            if (current[k - 1] > 0 && current[k] <= 0)
                return k;
        }
        return null;
    }

    private static double Zero(double v0, double y0, double v1, double y1) => v0 + ((v1 - v0) * y0 / (y0 - y1));

    private static int Nearest(double[] volts, double place)
    {
        int first = 0;
        for (int k = 1; k + 5 <= volts.Length; k++)
        {
            if (Math.Abs(volts[k + 2] - place) < Math.Abs(volts[first + 2] - place))
                first = k;
        }
        return first;
    }

    private static int Least(double[] values)
    {
        int least = 0;
        for (int k = 1; k < values.Length; k++)
        {
            if (Math.Abs(values[k]) < Math.Abs(values[least]))
                least = k;
        }
        return least;
    }
}
