namespace FastCore.Microscopy.Simulation;

/// <summary>The contact between tip and film (SPEC 8).</summary>
public sealed record ContactOptions
{
    /// <summary>Probability that an approach makes no electrical contact.</summary>
    public double OpenProbability { get; init; } = .06;

    /// <summary>Probability that a contact forms only during the sweep, at 1.0 to 1.25 V.</summary>
    public double JumpProbability { get; init; } = .06;

    /// <summary>Expected number of losses of contact per sweep (Poisson).</summary>
    public double LossesPerSweep { get; init; } = .005;

    /// <summary>Standard deviation of the logarithm of the contact resistance.</summary>
    public double ResistanceSpread { get; init; } = .3;

    /// <summary>Radius of the fresh tip in metre.</summary>
    public double TipRadiusMetres { get; init; } = 25e-9;

    /// <summary>Growth of the radius in metre per metre of travel in contact; 0: no wear (SPEC 8 names 1 nm per mm, 1e-6).</summary>
    public double WearMetresPerMetre { get; init; }

    /// <summary>Travel in contact in metre after which wear multiplies the contact resistance by e; infinity: no wear (SPEC 8 names 50 mm).</summary>
    public double ResistanceWearMetres { get; init; } = double.PositiveInfinity;

    /// <summary>A contact that always holds and does not vary.</summary>
    public static ContactOptions Ideal { get; } = new() { OpenProbability = 0, JumpProbability = 0, LossesPerSweep = 0, ResistanceSpread = 0 };
}
