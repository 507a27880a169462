namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// Hysteresis of a pair of sweeps (SPEC 7). The indices are dimensionless, positive where the reverse sweep gives more, and null where a sweep does not define
/// them.
/// </summary>
/// <param name="Name">The cell: what the names of both sweeps share.</param>
/// <param name="Forward">Rising voltage.</param>
/// <param name="Reverse">Falling voltage.</param>
public sealed record JvHysteresis(string Name, JvParameters Forward, JvParameters Reverse)
{
    /// <summary>HI_PCE = (PCE_rev - PCE_fwd) / PCE_rev; of the powers where no area is known.</summary>
    public double? OfEfficiency { get; init; }

    /// <summary>HI_.8 = (J_rev - J_fwd) / J_rev at .8 of the reverse sweep's Voc (Kim and Park, J. Phys. Chem. Lett. 5 (2014) 2927).</summary>
    public double? AtEightTenths { get; init; }

    /// <summary>
    /// HI_A = integral of (J_rev - J_fwd) dv / integral of (J_rev + J_fwd) dv (Nemnes et al., Solar Energy Materials and Solar Cells 159 (2017) 197) from 0 V to
    /// the smaller of both Voc, by the trapezoidal rule on all samples of both. Beyond it the current of one sweep is no photocurrent; up to it the index lies in
    /// [-1, 1].
    /// </summary>
    public double? OfArea { get; init; }

    /// <summary>The indices of two analysed sweeps.</summary>
    public static JvHysteresis Of(string name, JvParameters forward, JvParameters reverse)
    {
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(reverse);
        if (forward.CurrentUnit != reverse.CurrentUnit)
            throw new ArgumentException($"{name}: one sweep is in {forward.CurrentUnit}, the other in {reverse.CurrentUnit}; give both the same area.", nameof(reverse));
        double? forwardYield = forward.Efficiency ?? forward.MaximumPowerWatts, reverseYield = reverse.Efficiency ?? reverse.MaximumPowerWatts;
        double? place = .8 * reverse.OpenCircuitVolts, end = null;
        if (forward.OpenCircuitVolts is { } a && reverse.OpenCircuitVolts is { } b)
            end = Math.Min(a, b);
        return new JvHysteresis(name, forward, reverse)
        {
            OfEfficiency = Relative(reverseYield - forwardYield, reverseYield),
            AtEightTenths = Relative(At(reverse, place) - At(forward, place), At(reverse, place)),
            OfArea = Area(forward, reverse, end),
        };
    }

    private static double? Relative(double? difference, double? whole) => whole is > 0 && difference / whole is { } ratio && double.IsFinite(ratio) ? ratio : null;

    private static double? Area(JvParameters forward, JvParameters reverse, double? end)
    {
        if (end is not { } last || !(last > 0))
            return null;
        double[] places = [.. forward.VoltageVolts.Concat(reverse.VoltageVolts).Where(v => v > 0 && v < last).Append(0).Append(last).Distinct().Order()];
        double difference = 0, sum = 0;
        for (int k = 0; k < places.Length; k++)
        {
            if (At(forward, places[k]) is not { } f || At(reverse, places[k]) is not { } r)
                return null;
            double width = .5 * (places[Math.Min(k + 1, places.Length - 1)] - places[Math.Max(k - 1, 0)]);
            difference += width * (r - f);
            sum += width * (r + f);
        }
        return Relative(difference, sum);
    }

    // Linear between samples; null outside.
    private static double? At(JvParameters sweep, double? place)
    {
        double[] volts = sweep.VoltageVolts;
        if (place is not { } v || volts.Length < 2 || v < volts[0] || v > volts[^1])
            return null;
        int right = Math.Clamp(Array.BinarySearch(volts, v) is var found && found >= 0 ? found : ~found, 1, volts.Length - 1);
        double width = volts[right] - volts[right - 1];
        return width > 0 ? sweep.Current[right - 1] + ((v - volts[right - 1]) / width * (sweep.Current[right] - sweep.Current[right - 1])) : sweep.Current[right];
    }
}
