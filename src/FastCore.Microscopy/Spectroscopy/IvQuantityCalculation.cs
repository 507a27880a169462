namespace FastCore.Microscopy.Spectroscopy;

/// <summary>The arithmetic behind <see cref="IvQuantities"/>: both branches on one ascending bias axis, then SPEC 5.2 line by line.</summary>
internal static class IvQuantityCalculation
{
    private const double TurnOnAmperes = 20e-12;
    private static readonly double[] IndexVolts = [.5, .75, 1, 1.25];

    internal static IvQuantities Compute(BiasWaveform waveform, ReadOnlySpan<double> current, double sigma)
    {
        ArgumentNullException.ThrowIfNull(waveform);
        if (current.Length != waveform.Count)
            throw new ArgumentException($"The curve has {current.Length} currents; its waveform has {waveform.Count} samples.", nameof(current));
        foreach (double value in current)
        {
            if (!double.IsFinite(value))
                throw new ArgumentException("The curve holds a current that is not finite; the quality gate refuses such curves.", nameof(current));
        }
        if (!double.IsFinite(sigma) || sigma < 0)
            throw new ArgumentException("The noise must be a non-negative current in ampere.", nameof(sigma));

        int turn = waveform.Turnaround;
        (double[] volts, double[] up) = Ascending(waveform.BiasVolts[..(turn + 1)], current[..(turn + 1)]);
        var quantities = new IvQuantities { MaximumAmperes = Largest(current) };
        quantities = OpenBranch(quantities, volts, up, sigma);
        if (!waveform.HasReturnBranch || waveform.Count - turn < 3)
            return quantities;
        // The return branch begins at the shared peak.
        (double[] downVolts, double[] downRaw) = Ascending(waveform.BiasVolts[turn..], current[turn..]);
        var down = new double[volts.Length];
        for (int k = 0; k < down.Length; k++)
        {
            // Equal steps up and down differ in the last bit only; a shorter return branch is held at its end.
            down[k] = At(downVolts, downRaw, Math.Clamp(volts[k], downVolts[0], downVolts[^1])) ?? downRaw[0];
        }
        return Loop(quantities, volts, up, down, sigma);
    }

    private static IvQuantities OpenBranch(IvQuantities quantities, double[] volts, double[] up, double sigma)
    {
        double? turnOn = null;
        double? emf = null;
        bool negative = false;
        for (int k = 0; k < volts.Length; k++)
        {
            if (turnOn is null && k + 2 < volts.Length && up[k] > TurnOnAmperes && up[k + 1] > TurnOnAmperes && up[k + 2] > TurnOnAmperes)
                turnOn = volts[k];
            // Noise about zero is no emf, and neither is the zero crossing of a sweep that starts at negative bias and passes through 0 V.
            negative |= volts[k] >= 0 && up[k] < -3 * sigma && up[k] < 0;
            if (negative && emf is null && k > 0 && up[k - 1] < 0 && up[k] >= 0)
                emf = Crossing(volts[k - 1], up[k - 1], volts[k], up[k]);
        }
        double? steepest = null;
        double? onset = null;
        for (int k = 0; k < volts.Length; k++)
        {
            if (SavitzkyGolay.Derivative(volts, up, k) is { } slope && !(slope <= steepest))
            {
                steepest = slope;
                onset = slope > 0 ? volts[k] - (up[k] / slope) : null;
            }
        }
        double? at1 = At(volts, up, 1);
        double? conductance1 = SlopeAt(volts, up, 1);
        return quantities with
        {
            TurnOnVolts = turnOn,
            EmfVolts = emf,
            TangentOnsetVolts = onset,
            LargestConductance = steepest,
            ConductanceAt1V = conductance1,
            ConductanceAt1V5 = SlopeAt(volts, up, 1.5),
            Nonlinearity = at1 is { } i && Math.Abs(i) > 3 * sigma && i != 0 ? conductance1 / i : null,
            CurrentAt1V = at1,
            CurrentAtZeroUp = At(volts, up, 0),
        };
    }

    private static IvQuantities Loop(IvQuantities quantities, double[] volts, double[] up, double[] down, double sigma)
    {
        double area = 0, sum = 0;
        for (int k = 1; k < volts.Length; k++)
        {
            double half = .5 * (volts[k] - volts[k - 1]);
            area += half * (down[k] - up[k] + down[k - 1] - up[k - 1]);
            sum += half * (Math.Abs(down[k]) + Math.Abs(up[k]) + Math.Abs(down[k - 1]) + Math.Abs(up[k - 1]));
        }
        var crossings = new List<double>();
        int lastSign = 0;
        bool normal = false, inverted = false;
        int peak = 0;
        int lastSignificant = 0;
        for (int k = 0; k < volts.Length; k++)
        {
            double opening = down[k] - up[k];
            if (Math.Abs(opening) > Math.Abs(down[peak] - up[peak]))
                peak = k;
            if (Math.Abs(opening) <= 3 * sigma || opening == 0)
                continue;
            int sign = Math.Sign(opening);
            normal |= sign > 0;
            inverted |= sign < 0;
            if (lastSign != 0 && sign != lastSign)
                crossings.Add(Crossing(volts[lastSignificant], down[lastSignificant] - up[lastSignificant], volts[k], opening));
            lastSign = sign;
            lastSignificant = k;
        }
        var indices = new double?[IndexVolts.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            double? u = At(volts, up, IndexVolts[i]), d = At(volts, down, IndexVolts[i]);
            indices[i] = Ratio(d - u, Math.Abs(d ?? 0) + Math.Abs(u ?? 0), 3 * sigma);
        }
        double? onUp = At(volts, up, .75);
        return quantities with
        {
            LoopAreaWatts = area,
            HysteresisIndex = Ratio(area, sum, 10 * sigma * 1.5),
            HysteresisIndexAt = indices,
            CrossingVolts = crossings,
            Loop = normal && inverted ? LoopKind.Mixed : normal ? LoopKind.Normal : inverted ? LoopKind.Inverted : LoopKind.None,
            PeakOpeningAmperes = Math.Abs(down[peak] - up[peak]),
            PeakOpeningVolts = volts[peak],
            CurrentAtZeroDown = At(volts, down, 0),
            OnOffRatio = onUp is { } denominator && Math.Abs(denominator) > 3 * sigma
                ? Ratio(At(volts, down, .75), denominator, double.NegativeInfinity)
                : null,
        };
    }

    private static double? Ratio(double? numerator, double denominator, double least)
    {
        if (numerator is not { } value || denominator < least || denominator == 0)
            return null;
        double ratio = value / denominator;
        return double.IsFinite(ratio) ? ratio : null;
    }

    private static double Crossing(double v0, double y0, double v1, double y1) => v0 + ((v1 - v0) * y0 / (y0 - y1));

    private static double Largest(ReadOnlySpan<double> current)
    {
        double largest = double.NegativeInfinity;
        foreach (double value in current)
            largest = Math.Max(largest, value);
        return largest;
    }

    private static (double[] Volts, double[] Amperes) Ascending(ReadOnlySpan<double> volts, ReadOnlySpan<double> amperes)
    {
        double[] v = volts.ToArray(), i = amperes.ToArray();
        if (v[0] > v[^1])
        {
            Array.Reverse(v);
            Array.Reverse(i);
        }
        return (v, i);
    }

    // Linear interpolation; null outside the axis (a rounding error beyond its ends is inside).
    private static double? At(double[] volts, double[] amperes, double at)
    {
        double slack = 1e-9 * (volts[^1] - volts[0]);
        if (at < volts[0] - slack || at > volts[^1] + slack)
            return null;
        int right = Math.Clamp(Array.BinarySearch(volts, at) is var found && found >= 0 ? found : ~found, 1, volts.Length - 1);
        double width = volts[right] - volts[right - 1];
        double share = width > 0 ? Math.Clamp((at - volts[right - 1]) / width, 0, 1) : 1;
        return amperes[right - 1] + (share * (amperes[right] - amperes[right - 1]));
    }

    private static double? SlopeAt(double[] volts, double[] amperes, double at)
    {
        double slack = 1e-9 * (volts[^1] - volts[0]);
        if (at < volts[0] - slack || at > volts[^1] + slack)
            return null;
        int nearest = 0;
        for (int k = 1; k < volts.Length; k++)
        {
            if (Math.Abs(volts[k] - at) < Math.Abs(volts[nearest] - at))
                nearest = k;
        }
        return SavitzkyGolay.Derivative(volts, amperes, nearest, at);
    }
}
