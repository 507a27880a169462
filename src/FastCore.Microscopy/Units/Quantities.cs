namespace FastCore.Microscopy.Units;

/// <summary>Electric potential in volt.</summary>
public readonly record struct Volts(double Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Value:0.####} V";
}

/// <summary>Electric current in ampere; printed in the unit that the field reads.</summary>
public readonly record struct Amperes(double Value)
{
    /// <inheritdoc/>
    public override string ToString() => Math.Abs(Value) < 1e-9 ? $"{Value * 1e12:0.###} pA" : $"{Value * 1e9:0.###} nA";
}

/// <summary>Length in metre; printed in nm or um.</summary>
public readonly record struct Metres(double Value)
{
    /// <inheritdoc/>
    public override string ToString() => Math.Abs(Value) < 1e-6 ? $"{Value * 1e9:0.###} nm" : $"{Value * 1e6:0.###} um";
}

/// <summary>Duration in second.</summary>
public readonly record struct Seconds(double Value)
{
    /// <summary>The same duration as a <see cref="TimeSpan"/>.</summary>
    public TimeSpan ToTimeSpan() => TimeSpan.FromSeconds(Value);

    /// <inheritdoc/>
    public override string ToString() => $"{Value:0.###} s";
}
