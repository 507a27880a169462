using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Imaging;

/// <summary>A place on the sample: X along the fast scan axis, Y along the slow one.</summary>
public readonly record struct StagePosition(Metres X, Metres Y)
{
    /// <summary>Straight distance to <paramref name="other"/>.</summary>
    public Metres DistanceTo(StagePosition other) => new(Math.Sqrt(
        ((X.Value - other.X.Value) * (X.Value - other.X.Value)) + ((Y.Value - other.Y.Value) * (Y.Value - other.Y.Value))));

    /// <inheritdoc/>
    public override string ToString() => $"(x {X}, y {Y})";
}
