namespace FastCore.Microscopy.Simulation;

/// <summary>How the contact behaved during a sweep.</summary>
public enum ContactKind
{
    /// <summary>It held.</summary>
    Normal,

    /// <summary>There was none.</summary>
    Open,

    /// <summary>It formed during the sweep.</summary>
    JumpOn,

    /// <summary>It broke during the sweep.</summary>
    Lost,
}

/// <summary>The contact of one sweep.</summary>
/// <param name="Kind">How it behaves.</param>
/// <param name="ResistanceFactor">Factor on the series resistance.</param>
/// <param name="JumpVolts">Magnitude of the bias at which a <see cref="ContactKind.JumpOn"/> contact forms.</param>
/// <param name="LossFraction">Fraction of the sweep after which a <see cref="ContactKind.Lost"/> contact breaks.</param>
public readonly record struct Contact(ContactKind Kind, double ResistanceFactor, double JumpVolts, double LossFraction)
{
    /// <summary>
    /// Ratio of the contact area to that of the fresh tip: (a/a0)^2 with a = (3 R F/(4 E*))^(1/3) (DMT), so (R/R0)^(2/3) at one setpoint.
    /// </summary>
    public static double AreaFactor(ContactOptions options, double travelMetres)
    {
        ArgumentNullException.ThrowIfNull(options);
        double worn = options.TipRadiusMetres + (options.WearMetresPerMetre * travelMetres);
        return Math.Pow(worn / options.TipRadiusMetres, 2.0 / 3);
    }

    // Always the same number of draws, so that an option that is switched off does not shift what follows.
    internal static Contact Draw(ContactOptions options, double travelMetres, ref RandomStream random)
    {
        double kind = random.NextDouble();
        double loss = random.NextDouble();
        double jump = random.NextDouble();
        double fraction = random.NextDouble();
        double normal = random.NextNormal();
        ContactKind drawn = kind < options.OpenProbability ? ContactKind.Open
            : kind < options.OpenProbability + options.JumpProbability ? ContactKind.JumpOn
            : loss < 1 - Math.Exp(-options.LossesPerSweep) ? ContactKind.Lost
            : ContactKind.Normal;
        double wear = Math.Exp(travelMetres / options.ResistanceWearMetres);
        return new Contact(drawn, Math.Exp(options.ResistanceSpread * normal) * wear, 1 + (.25 * jump), fraction);
    }
}
