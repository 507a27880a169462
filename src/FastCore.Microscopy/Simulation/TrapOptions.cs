namespace FastCore.Microscopy.Simulation;

/// <summary>
/// Traps of the film (SPEC 8): dn/dt = c max(V, 0) (1 - n) - e n, V_on += Delta n. They are empty in a point that was left alone; by default there
/// are none.
/// </summary>
public sealed record TrapOptions
{
    /// <summary>c in 1/(V s).</summary>
    public double CapturePerVoltSecond { get; init; }

    /// <summary>e in 1/s; 0: what was caught stays.</summary>
    public double EmissionPerSecond { get; init; }

    /// <summary>Delta in volt.</summary>
    public double ShiftVolts { get; init; }

    /// <summary>Refuses impossible values with one sentence.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        Check(nameof(CapturePerVoltSecond), CapturePerVoltSecond, 0, 1e4);
        Check(nameof(EmissionPerSecond), EmissionPerSecond, 0, 1e4);
        Check(nameof(ShiftVolts), ShiftVolts, -10, 10);
    }

    private static void Check(string name, double value, double low, double high)
    {
        // Written so that NaN is refused.
        if (!(value >= low && value <= high))
            throw new ArgumentException($"The traps' {name} is {value:G4}; {low:G4} to {high:G4} is allowed.");
    }
}
