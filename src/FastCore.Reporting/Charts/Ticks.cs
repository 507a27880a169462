namespace FastCore.Reporting.Charts;

/// <summary>Positions of axis ticks at 1, 2 or 5 times a power of ten.</summary>
public static class Ticks
{
    /// <summary>The smallest of 1, 2, 5 x 10^k that is not below <paramref name="rough"/>.</summary>
    public static double NiceStep(double rough)
    {
        if (!double.IsFinite(rough) || rough <= 0)
            return 1;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double fraction = rough / power;
        // 1e-9 of slack: 0.2 / 0.1 must count as 2.
        return power * (fraction <= 1 + 1e-9 ? 1 : fraction <= 2 + 1e-9 ? 2 : fraction <= 5 + 1e-9 ? 5 : 10);
    }

    /// <summary>All ticks within [<paramref name="minimum"/>, <paramref name="maximum"/>], at most <paramref name="most"/> + 1 of them.</summary>
    /// <returns>The ticks in ascending order and the step between them.</returns>
    public static (double[] Values, double Step) Linear(double minimum, double maximum, int most)
    {
        (minimum, maximum) = Order(minimum, maximum);
        double step = NiceStep((maximum - minimum) / Math.Max(most, 1));
        long first = (long)Math.Ceiling((minimum / step) - 1e-9);
        long last = (long)Math.Floor((maximum / step) + 1e-9);
        var values = new double[Math.Max(last - first + 1, 0)];
        for (long k = first; k <= last; k++)
            values[k - first] = k * step;
        return (values, step);
    }

    /// <summary>Ticks of a logarithmic axis: decades, with 2 and 5 between them where there are fewer than three decades.</summary>
    public static double[] Logarithmic(double minimum, double maximum, int most)
    {
        (minimum, maximum) = Order(minimum, maximum);
        if (minimum <= 0)
            throw new ArgumentOutOfRangeException(nameof(minimum), minimum, "A logarithmic axis starts above 0.");
        int from = (int)Math.Floor(Math.Log10(minimum) + 1e-9);
        int to = (int)Math.Ceiling(Math.Log10(maximum) - 1e-9);
        int stride = Math.Max(1, (int)Math.Ceiling((to - from) / (double)Math.Max(most, 1)));
        double[] mantissas = to - from < 3 ? [1, 2, 5] : [1];
        var values = new List<double>();
        for (int decade = from; decade <= to; decade += stride)
        {
            foreach (double mantissa in mantissas)
            {
                double value = mantissa * Math.Pow(10, decade);
                if (value >= minimum * (1 - 1e-9) && value <= maximum * (1 + 1e-9))
                    values.Add(value);
            }
        }
        return [.. values];
    }

    /// <summary>The range widened to whole steps; an empty range gets room around its value.</summary>
    public static (double Minimum, double Maximum) Widen(double minimum, double maximum, int most)
    {
        if (!double.IsFinite(minimum) || !double.IsFinite(maximum))
            return (0, 1);
        (minimum, maximum) = Order(minimum, maximum);
        double step = NiceStep((maximum - minimum) / Math.Max(most, 1));
        return (Math.Floor((minimum / step) + 1e-9) * step, Math.Ceiling((maximum / step) - 1e-9) * step);
    }

    private static (double Minimum, double Maximum) Order(double minimum, double maximum)
    {
        if (minimum > maximum)
            (minimum, maximum) = (maximum, minimum);
        if (maximum - minimum <= 1e-12 * Math.Max(Math.Abs(minimum), Math.Abs(maximum)))
        {
            double room = minimum == 0 ? 1 : Math.Abs(minimum) / 2;
            (minimum, maximum) = (minimum - room, maximum + room);
        }
        return (minimum, maximum);
    }
}
