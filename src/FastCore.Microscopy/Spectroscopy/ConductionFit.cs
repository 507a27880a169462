namespace FastCore.Microscopy.Spectroscopy;

/// <summary>Laws of conduction that are straight lines after a change of variables (SPEC 5.2).</summary>
public enum ConductionLaw
{
    /// <summary>I = G v.</summary>
    Ohmic,

    /// <summary>Tunnelling: ln(I / v^2) is a line over 1 / v, of slope -B phi^1.5 d with B = 6.83e9 V / (eV^1.5 m).</summary>
    FowlerNordheim,

    /// <summary>Field-assisted escape from traps: ln(I / v) is a line over sqrt v.</summary>
    PooleFrenkel,

    /// <summary>Emission over a barrier that the field lowers: ln I is a line over sqrt v.</summary>
    Schottky,
}

/// <summary>One law fitted to ln I.</summary>
/// <param name="Law">The law.</param>
/// <param name="Intercept">Constant of the line; ln(G / 1 S) of the ohmic law.</param>
/// <param name="Slope">Slope of the line in V (Fowler-Nordheim) or V^-1/2; 0 for the ohmic law, which has none.</param>
/// <param name="SlopeError">Standard error of the slope.</param>
/// <param name="RmsDeviation">Weighted root mean square of ln I less the law.</param>
/// <param name="Aicc">Akaike's criterion, corrected for few points; all laws are judged on the same points.</param>
public sealed record ConductionFit(ConductionLaw Law, double Intercept, double Slope, double SlopeError, double RmsDeviation, double Aicc)
{
    private const double TunnellingConstant = 6.83e9;

    /// <summary>phi^1.5 d of a tunnelling barrier in eV^1.5 m; null for other laws, and for a line that does not fall.</summary>
    public double? BarrierProduct => Law == ConductionLaw.FowlerNordheim && Slope < 0 ? -Slope / TunnellingConstant : null;

    /// <summary>Fits all laws to the rising branch of a cleaned curve; the least criterion first. Empty where fewer than 10 samples stand above the noise.</summary>
    /// <param name="branch">The samples.</param>
    public static IReadOnlyList<ConductionFit> All(ConductionSamples branch)
    {
        ArgumentNullException.ThrowIfNull(branch);
        if (branch.Count < ConductionSamples.Least)
            return [];
        ConductionFit[] fits = [.. Enum.GetValues<ConductionLaw>().Select(law => Of(branch, law))];
        Array.Sort(fits, (a, b) => a.Aicc.CompareTo(b.Aicc));
        return fits;
    }

    private static ConductionFit Of(ConductionSamples branch, ConductionLaw law)
    {
        int n = branch.Count;
        double[] x = new double[n], y = new double[n];
        for (int k = 0; k < n; k++)
        {
            double v = branch.Volts[k];
            x[k] = law switch { ConductionLaw.FowlerNordheim => 1 / v, ConductionLaw.Ohmic => 0, _ => Math.Sqrt(v) };
            y[k] = branch.LogAmperes[k] - (law switch { ConductionLaw.FowlerNordheim => 2, ConductionLaw.Schottky => 0, _ => 1 } * Math.Log(v));
        }
        int parameters = law == ConductionLaw.Ohmic ? 1 : 2;
        WeightedLine line = WeightedLine.Through(x, y, branch.Weights);
        // The variances are known: their scatter over the samples is wide, and one factor for all would let the noisiest decide.
        double aicc = line.SquareSum + (2 * parameters) + (2.0 * parameters * (parameters + 1) / (n - parameters - 1));
        return new ConductionFit(law, line.Intercept, line.Slope, line.SlopeError, Math.Sqrt(line.SquareSum / branch.Weights.Sum()), aicc);
    }
}
