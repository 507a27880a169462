namespace FastCore.Microscopy.Photovoltaics;

/// <summary>How decays are analysed.</summary>
public sealed record TrplOptions
{
    /// <summary>What the decay was convolved with.</summary>
    public DecayResponse Response { get; init; } = DecayResponse.Automatic;

    /// <summary>
    /// Seconds from the peak to the start of a tail fit; null for two standard deviations of the response (the measured one, or the rise of the curve; none where
    /// the record starts at its peak).
    /// </summary>
    public double? TailDelaySeconds { get; init; }

    /// <summary>First time that is used, in second; null for the whole record.</summary>
    public double? FromSeconds { get; init; }

    /// <summary>Last time that is used, in second; null for the whole record.</summary>
    public double? ToSeconds { get; init; }

    /// <summary>Largest number of exponentials, 1 to 3.</summary>
    public int MostExponentials { get; init; } = 3;

    /// <summary>Whether a stretched exponential is among the candidates.</summary>
    public bool Stretched { get; init; } = true;

    /// <summary>Whether the background that the file states is kept rather than fitted.</summary>
    public bool HoldBackground { get; init; }

    /// <summary>Excitation pulses of the whole measurement, for the pile-up check; null where unknown.</summary>
    public double? Pulses { get; init; }

    /// <summary>Starts of the search for each number of exponentials.</summary>
    public int Starts { get; init; } = 20;

    /// <summary>Seed of the starts.</summary>
    public long Seed { get; init; } = 1;

    internal void Check()
    {
        if (MostExponentials is < 1 or > 3)
            throw new ArgumentException($"{MostExponentials} exponentials were asked for; 1 to 3 can be told apart in a decay.", nameof(MostExponentials));
        if (Starts < 1)
            throw new ArgumentException($"{Starts} starts were asked for; give 1 or more, 20 by default.", nameof(Starts));
        if (TailDelaySeconds is { } delay && !(delay >= 0 && double.IsFinite(delay)))
            throw new ArgumentException($"The tail starts {delay:g6} s after the peak; give 0 or more.", nameof(TailDelaySeconds));
        if (FromSeconds is { } from && ToSeconds is { } to && !(from < to))
            throw new ArgumentException($"The window runs from {from:g6} s to {to:g6} s; its end must come after its start.", nameof(ToSeconds));
        if (Pulses is { } pulses && !(pulses > 0))
            throw new ArgumentException($"The measurement had {pulses:g6} pulses; give their number or leave it out.", nameof(Pulses));
        if (!Enum.IsDefined(Response))
            throw new ArgumentException($"There is no response {(int)Response}; take one of {string.Join(", ", Enum.GetNames<DecayResponse>())}.", nameof(Response));
    }
}
