namespace FastCore.Microscopy.Photovoltaics;

/// <summary>Figures of J-V curves (SPEC 7) and of pairs of sweeps.</summary>
public static class JvAnalysis
{
    private const int LeastSamples = 5;
    private static readonly char[] Separators = [' ', '_', '-', '.', '(', ')', '[', ']', ',', '/'];
    private static readonly string[] ForwardWords = ["forward", "fwd", "for", "fw", "up"];
    private static readonly string[] ReverseWords = ["reverse", "rev", "backward", "bwd", "rv", "down"];

    /// <summary>The figures of one sweep.</summary>
    /// <param name="curve">A sweep in one direction.</param>
    /// <param name="options">Definitions, area and irradiance; the defaults where null.</param>
    /// <exception cref="ArgumentException">Numbers that are not finite, columns of unequal length, a sweep there and back, or impossible options.</exception>
    public static JvParameters Of(JvCurve curve, JvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(curve);
        options ??= new JvOptions();
        options.Check();
        Check(curve);
        double? area = curve.AreaSquareMetres ?? options.AreaSquareMetres;
        double irradiance = curve.IrradianceWattsPerSquareMetre ?? options.IrradianceWattsPerSquareMetre;
        double[] volts = [.. curve.VoltageVolts];
        // A density without an area stays a density: only a current needs one.
        bool density = !curve.IsCurrent || area is not null;
        double unit = curve.IsCurrent && area is { } known ? 1 / known : 1;
        double[] current = Array.ConvertAll(curve.Current, value => value * unit);
        (int currentSign, int voltageSign) = Orient(volts, current);

        // In the order of measurement, for the definition that needs it, and by rising voltage for the others.
        (double[] measuredVolts, double[] measuredCurrent) = ([.. volts], [.. current]);
        Array.Sort(volts, current);
        bool? named = Direction(curve.Name, out _);
        JvQuality flags = (density ? 0 : JvQuality.NoArea) | (curve.IrradianceWattsPerSquareMetre is null ? JvQuality.IrradianceAssumed : 0);
        var parameters = new JvParameters
        {
            Name = curve.Name,
            IsForward = named ?? measuredVolts.Length < 2 || measuredVolts[^1] >= measuredVolts[0],
            Convention = options.Convention,
            Quality = flags,
            AreaSquareMetres = area,
            IrradianceWattsPerSquareMetre = irradiance,
            VoltageVolts = volts,
            Current = current,
            IsDensity = density,
            CurrentSign = currentSign,
            VoltageSign = voltageSign,
        };
        if (volts.Length < LeastSamples)
            return parameters with { Quality = flags | JvQuality.TooFewPoints };
        JvFigures figures = JvFigures.Of(options.Convention, volts, current, measuredVolts, measuredCurrent);
        double noise = Noise(current);
        double largest = current.Max(Math.Abs);
        flags |= Clipping(volts, current);
        if (!(volts[0] <= 0 && volts[^1] >= 0))
            flags |= JvQuality.NoZeroVolts;
        else if (!(figures.AtZeroVolts > Math.Max(3 * noise, 1e-4 * largest)))
            flags |= JvQuality.NotIlluminated;
        bool lit = (flags & JvQuality.NotIlluminated) == 0;
        if (lit && figures.OpenCircuitVolts is null)
            flags |= JvQuality.NoZeroCrossing;
        if (lit && figures.PowerIsAtEnd)
            flags |= JvQuality.PowerStillRising;
        double? shortCircuit = (flags & JvQuality.NoZeroVolts) == 0 ? figures.ShortCircuit : null;
        double? open = lit ? figures.OpenCircuitVolts : null;
        double? power = lit && !figures.PowerIsAtEnd ? figures.MaximumPower : null;
        if (shortCircuit * figures.Shunt / open < 5)
            flags |= JvQuality.Shunted;
        double? densityFactor = density ? 1 : null;
        // From the unit of the analysis to the whole cell.
        double? cell = density ? area : 1;
        parameters = parameters with
        {
            Quality = flags,
            Noise = noise,
            ShortCircuitAmperesPerSquareMetre = shortCircuit * densityFactor,
            ShortCircuitAmperes = shortCircuit * cell,
            OpenCircuitVolts = open,
            FillFactor = open is > 0 && shortCircuit is > 0 ? power / (open * shortCircuit) : null,
            MaximumPowerWattsPerSquareMetre = power * densityFactor,
            MaximumPowerWatts = power * cell,
            MaximumPowerVolts = power is null ? null : figures.MaximumPowerVolts,
            MaximumPowerAmperesPerSquareMetre = power / figures.MaximumPowerVolts * densityFactor,
            Efficiency = power / irradiance * densityFactor,
            SeriesOhmSquareMetres = lit ? figures.Series * densityFactor : null,
            SeriesOhms = lit ? figures.Series / cell : null,
            ShuntOhmSquareMetres = figures.Shunt * densityFactor,
            ShuntOhms = figures.Shunt / cell,
        };
        return options.FitDiode ? WithDiode(parameters, options.TemperatureKelvin) : parameters;
    }

    /// <summary>
    /// Pairs of a forward and a reverse sweep of the same cell: by names that differ only in a word of direction ("b_rev" and "b_for", "A FWD" and "A REV"), the
    /// first forward sweep of a name with its first reverse sweep, and so on. Equal names without such a word are told apart by their voltages. Sweeps without a
    /// partner are left out.
    /// </summary>
    /// <param name="sweeps">Analysed sweeps, in the order of measurement.</param>
    /// <exception cref="ArgumentException">One sweep of a pair has an area, the other none.</exception>
    public static IReadOnlyList<JvHysteresis> Pairs(IReadOnlyList<JvParameters> sweeps)
    {
        ArgumentNullException.ThrowIfNull(sweeps);
        var waiting = new Dictionary<string, (Queue<JvParameters> Forward, Queue<JvParameters> Reverse)>(StringComparer.Ordinal);
        var pairs = new List<JvHysteresis>();
        foreach (JvParameters sweep in sweeps)
        {
            Direction(sweep.Name, out string cell);
            if (!waiting.TryGetValue(cell, out (Queue<JvParameters> Forward, Queue<JvParameters> Reverse) queues))
                waiting[cell] = queues = (new Queue<JvParameters>(), new Queue<JvParameters>());
            (sweep.IsForward ? queues.Forward : queues.Reverse).Enqueue(sweep);
            if (queues.Forward.Count > 0 && queues.Reverse.Count > 0)
                pairs.Add(JvHysteresis.Of(cell, queues.Forward.Dequeue(), queues.Reverse.Dequeue()));
        }
        return pairs;
    }

    /// <summary>As above, of sweeps that are not analysed yet.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Of"/>.</exception>
    public static IReadOnlyList<JvHysteresis> Pairs(IReadOnlyList<JvCurve> curves, JvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(curves);
        return Pairs([.. curves.Select(curve => Of(curve, options))]);
    }

    // Whether a name says forward; null where it says nothing. The rest of the name is the cell.
    private static bool? Direction(string name, out string cell)
    {
        bool? forward = null;
        int at = 0;
        cell = name;
        // The last word counts: "up" may begin the name of a sample.
        while (at < name.Length)
        {
            int end = name.IndexOfAny(Separators, at);
            end = end < 0 ? name.Length : end;
            string word = name[at..end];
            bool isForward = ForwardWords.Contains(word, StringComparer.OrdinalIgnoreCase);
            if (isForward || ReverseWords.Contains(word, StringComparer.OrdinalIgnoreCase))
            {
                forward = isForward;
                cell = (name[..at] + name[end..]).Trim(Separators);
            }
            at = end + 1;
        }
        return forward;
    }

    // A solar cell's photocurrent falls with the voltage, whatever sign the file gives it. A cell connected the other way round was swept mostly below 0 V.
    private static (int Current, int Voltage) Orient(double[] volts, double[] current)
    {
        int low = 0, high = 0;
        for (int k = 1; k < volts.Length; k++)
        {
            if (volts[k] < volts[low])
                low = k;
            if (volts[k] > volts[high])
                high = k;
        }
        if (volts.Length == 0)
            return (1, 1);
        int voltage = Math.Abs(volts[low]) > Math.Abs(volts[high]) && volts[low] < 0 ? -1 : 1;
        // Turning both signs leaves the slope.
        int sign = current[high] > current[low] ? -1 : 1;
        sign *= voltage;
        for (int k = 0; k < volts.Length; k++)
        {
            volts[k] *= voltage;
            current[k] *= sign;
        }
        return (sign, voltage);
    }

    private static JvQuality Clipping(double[] volts, double[] current)
    {
        double slack = 1e-9 * (current.Max() - current.Min());
        int high = 1, low = 1;
        while (high < volts.Length && Math.Abs(current[^(high + 1)] - current[^1]) <= slack)
            high++;
        while (low < volts.Length && Math.Abs(current[low] - current[0]) <= slack)
            low++;
        return high >= 3 || low >= 5 ? JvQuality.Clipped : 0;
    }

    private static double Noise(double[] current)
    {
        double[] differences = new double[current.Length - 2];
        for (int k = 0; k < differences.Length; k++)
            differences[k] = Math.Abs(current[k] - (2 * current[k + 1]) + current[k + 2]);
        Array.Sort(differences);
        int half = differences.Length / 2;
        double median = differences.Length % 2 == 1 ? differences[half] : .5 * (differences[half - 1] + differences[half]);
        return 1.4826 * median / Math.Sqrt(6);
    }

    private static JvParameters WithDiode(JvParameters parameters, double temperature)
    {
        string? refusal = SingleDiodeFit.Refusal(parameters);
        return refusal is null ? parameters with { Diode = SingleDiodeFit.Of(parameters, temperature) } : parameters with { DiodeRefusal = refusal };
    }

    private static void Check(JvCurve curve)
    {
        if (curve.VoltageVolts.Length != curve.Current.Length)
            throw new ArgumentException($"{curve.Name}: {curve.VoltageVolts.Length} voltages and {curve.Current.Length} currents; each sample needs both.",
                nameof(curve));
        if (curve.AreaSquareMetres is { } area && !(area > 0 && double.IsFinite(area)))
            throw new ArgumentException($"{curve.Name}: the area is {area:g6} m2; a positive one is needed, or null and an area in the options.", nameof(curve));
        if (curve.IrradianceWattsPerSquareMetre is { } light && !(light > 0 && double.IsFinite(light)))
            throw new ArgumentException($"{curve.Name}: the irradiance is {light:g6} W/m2; a positive one is needed, or null and one in the options.", nameof(curve));
        double extent = 0;
        for (int k = 0; k < curve.Current.Length; k++)
        {
            if (!double.IsFinite(curve.VoltageVolts[k]) || !double.IsFinite(curve.Current[k]))
                throw new ArgumentException($"{curve.Name}: sample {k} is not finite; cut the sweep before it or measure again.", nameof(curve));
            extent = Math.Max(extent, Math.Abs(curve.VoltageVolts[k] - curve.VoltageVolts[0]));
        }
        if (curve.VoltageVolts.Length == 0)
            return;
        if (extent == 0 && curve.VoltageVolts.Length >= LeastSamples)
            throw new ArgumentException($"{curve.Name}: all voltages are equal; a sweep is needed. A record in time is for StabilisedOutput.", nameof(curve));
        // Jitter of a source is allowed, a way back is not.
        double direction = Math.Sign(curve.VoltageVolts[^1] - curve.VoltageVolts[0]), furthest = 0;
        for (int k = 1; k < curve.VoltageVolts.Length; k++)
        {
            double way = direction * (curve.VoltageVolts[k] - curve.VoltageVolts[0]);
            furthest = Math.Max(furthest, way);
            if (furthest - way > .05 * extent)
                throw new ArgumentException($"{curve.Name}: the voltage turns back at sample {k}; give there and back as two curves.", nameof(curve));
        }
    }
}
