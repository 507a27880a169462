using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy.LatentMap;

/// <summary>I-V quantities of curves (SPEC 5.2), after the quality gate has cleaned them.</summary>
internal static class CurveQuantities
{
    private static readonly (string Name, string Unit, Func<IvQuantities, double?> Read)[] All =
    [
        ("hysteresis index", "", q => q.HysteresisIndex),
        ("loop area", "W", q => q.LoopAreaWatts),
        ("peak opening", "A", q => q.PeakOpeningAmperes),
        ("bias of peak opening", "V", q => q.PeakOpeningVolts),
        ("crossing", "V", q => q.CrossingVolts.Count > 0 ? q.CrossingVolts[0] : null),
        ("turn-on", "V", q => q.TurnOnVolts),
        ("tangent onset", "V", q => q.TangentOnsetVolts),
        ("conductance at 1 V", "S", q => q.ConductanceAt1V),
        ("conductance at 1.5 V", "S", q => q.ConductanceAt1V5),
        ("nonlinearity", "", q => q.Nonlinearity),
        ("current at 0 V", "A", q => q.CurrentAtZeroUp),
        ("current at 1 V", "A", q => q.CurrentAt1V),
        ("maximum current", "A", q => q.MaximumAmperes),
        ("emf", "V", q => q.EmfVolts),
    ];

    /// <summary>Quantities of n curves; those that no curve has are left out. A curve that the gate finds without contact has none.</summary>
    /// <param name="waveform">Bias of all.</param>
    /// <param name="currentAmperes">n x samples, row-major.</param>
    /// <param name="count">Number of curves n.</param>
    public static List<PointQuantity> Of(BiasWaveform waveform, double[] currentAmperes, int count)
    {
        double[][] values = [.. All.Select(_ => new double[count])];
        var gate = new QualityGate();
        var cleaned = new double[waveform.Count];
        for (int i = 0; i < count; i++)
        {
            IvQuantities? quantities = IvQuantities.Of(waveform, gate, currentAmperes.AsSpan(i * waveform.Count, waveform.Count), cleaned, out _);
            for (int q = 0; q < All.Length; q++)
                values[q][i] = quantities is null ? double.NaN : All[q].Read(quantities) ?? double.NaN;
        }
        return [.. All.Select((entry, q) => new PointQuantity(entry.Name, entry.Unit, QuantityKind.Transport, "curve", values[q]))
            .Where(quantity => quantity.Values.Any(double.IsFinite))];
    }
}
