using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy.Learned;

/// <summary>A named quantity of the accepted curves (SPEC 5.2); curves that do not define it train nothing.</summary>
internal sealed class QuantityTarget(string quantity) : LearnedTarget
{
    private readonly List<double> values = [];
    private BiasWaveform? waveform;

    /// <summary>The run's sweep.</summary>
    public void Use(BiasWaveform sweep) => waveform = sweep;

    public override bool Takes(RunMemory memory, MeasuredPoint point)
    {
        if (!point.Accepted || ValueOf(point) is not { } value)
            return false;
        values.Add(value);
        return true;
    }

    public override double ValueOfNewcomer(RunMemory memory, MeasuredPoint point) => ValueOf(point) ?? double.NaN;

    public override void Values(RunMemory memory, Span<double> destination) => values.CopyTo(destination);

    private double? ValueOf(MeasuredPoint point)
    {
        double? value = IvQuantityName.Of(quantity, IvQuantities.Of(waveform!, point.CleanedAmperes, point.NoiseAmperes));
        return value is { } number && double.IsFinite(number) ? number : null;
    }
}
