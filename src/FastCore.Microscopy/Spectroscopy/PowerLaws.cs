namespace FastCore.Microscopy.Spectroscopy;

/// <summary>What the exponent of I over v says where no ions move (SPEC 5.2).</summary>
public enum PowerLawKind
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary>Exponent 0.8 to 1.2.</summary>
    Ohmic,

    /// <summary>Exponent 1.8 to 2.3: limited by space charge.</summary>
    SpaceChargeLimited,

    /// <summary>Exponent above 3: traps are being filled.</summary>
    TrapFilling,
}

/// <summary>A stretch of a curve on which I is proportional to a power of v.</summary>
/// <param name="FromVolts">Its first sample.</param>
/// <param name="ToVolts">Its last sample.</param>
/// <param name="Exponent">d ln I / d ln v.</param>
/// <param name="ExponentError">Standard error.</param>
/// <param name="LogPrefactor">ln I at 1 V.</param>
public sealed record PowerLaw(double FromVolts, double ToVolts, double Exponent, double ExponentError, double LogPrefactor)
{
    /// <summary>What the exponent stands for.</summary>
    public PowerLawKind Kind => Exponent switch
    {
        >= 0.8 and <= 1.2 => PowerLawKind.Ohmic,
        >= 1.8 and <= 2.3 => PowerLawKind.SpaceChargeLimited,
        > 3 => PowerLawKind.TrapFilling,
        _ => PowerLawKind.Other,
    };
}

/// <summary>
/// A rising branch as one to three power laws: the division with the least weighted squares in ln I over ln v, found by trying all; their number has the
/// least Bayesian criterion. Mobile ions move the exponents with the rate of the sweep, so that in a halide perovskite no mobility follows from them (Mott
/// and Gurney's law supposes that nothing but electrons moves).
/// </summary>
/// <param name="Stretches">From low to high bias.</param>
/// <param name="CrossoverVolts">Where neighbouring laws meet: V_x, V_TFL.</param>
public sealed record PowerLaws(IReadOnlyList<PowerLaw> Stretches, IReadOnlyList<double> CrossoverVolts)
{
    // A line through fewer samples follows the noise.
    private const int LeastSamples = 8;
    private const double VacuumPermittivity = 8.8541878188e-12;
    private const double ElementaryCharge = 1.602176634e-19;

    /// <summary>Density of traps in 1/m3 that a crossover V_TFL stands for: 2 eps eps0 V_TFL / (e L^2), between parallel plates.</summary>
    /// <param name="trapFillingVolts">V_TFL.</param>
    /// <param name="thicknessMetres">L.</param>
    /// <param name="permittivity">Relative permittivity eps.</param>
    public static double TrapDensity(double trapFillingVolts, double thicknessMetres, double permittivity) =>
        2 * permittivity * VacuumPermittivity * trapFillingVolts / (ElementaryCharge * thicknessMetres * thicknessMetres);

    /// <summary>Divides a branch; null where too few samples stand above the noise.</summary>
    public static PowerLaws? Of(ConductionSamples branch)
    {
        ArgumentNullException.ThrowIfNull(branch);
        int n = branch.Count;
        if (n < ConductionSamples.Least)
            return null;
        double[] x = Array.ConvertAll(branch.Volts, Math.Log);
        var squares = new double[n + 1, n + 1];
        for (int from = 0; from < n; from++)
        {
            var line = new WeightedLine();
            for (int to = from + 1; to <= n; to++)
            {
                line.Add(x[to - 1], branch.LogAmperes[to - 1], branch.Weights[to - 1]);
                squares[from, to] = line.SquareSum;
            }
        }
        int[] best = [0, n];
        double least = Criterion(squares[0, n], 1);
        for (int first = LeastSamples; first <= n - LeastSamples; first++)
        {
            Try(squares[0, first] + squares[first, n], [0, first, n]);
            for (int second = first + LeastSamples; second <= n - LeastSamples; second++)
                Try(squares[0, first] + squares[first, second] + squares[second, n], [0, first, second, n]);
        }
        var stretches = new List<PowerLaw>();
        for (int s = 0; s + 1 < best.Length; s++)
        {
            WeightedLine line = Line(best[s], best[s + 1]);
            stretches.Add(new PowerLaw(branch.Volts[best[s]], branch.Volts[best[s + 1] - 1], line.Slope, line.SlopeError, line.Intercept));
        }
        return new PowerLaws(stretches, [.. stretches.Zip(stretches.Skip(1), Crossover)]);

        WeightedLine Line(int from, int to) =>
            WeightedLine.Through(x.AsSpan(from, to - from), branch.LogAmperes.AsSpan(from, to - from), branch.Weights.AsSpan(from, to - from));

        // Variances are known; two numbers a line, and where it ends.
        double Criterion(double sum, int lines) => sum + (((3 * lines) - 1) * Math.Log(n));

        void Try(double sum, ReadOnlySpan<int> ends)
        {
            if (Criterion(sum, ends.Length - 1) < least)
                (least, best) = (Criterion(sum, ends.Length - 1), ends.ToArray());
        }
    }

    // Where the lines meet; lines that do not meet between their middles jump where one ends and the other begins.
    private static double Crossover(PowerLaw first, PowerLaw second)
    {
        double at = Math.Exp((second.LogPrefactor - first.LogPrefactor) / (first.Exponent - second.Exponent));
        return at > Math.Sqrt(first.FromVolts * first.ToVolts) && at < Math.Sqrt(second.FromVolts * second.ToVolts) ? at : Math.Sqrt(first.ToVolts * second.FromVolts);
    }
}
