using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Control;

/// <summary>What a run may ask of the instrument at most. Checked before every command is sent.</summary>
/// <param name="MinimumX">Left edge of the allowed box.</param>
/// <param name="MaximumX">Right edge of the allowed box.</param>
/// <param name="MinimumY">Lower edge of the allowed box.</param>
/// <param name="MaximumY">Upper edge of the allowed box.</param>
/// <param name="MaximumBias">Largest magnitude of the bias.</param>
/// <param name="CurrentCompliance">Largest magnitude of the current; more stops a sweep.</param>
/// <param name="MaximumSpeedMetresPerSecond">Largest lateral speed of the tip.</param>
public sealed record SafetyLimits(
    Metres MinimumX, Metres MaximumX, Metres MinimumY, Metres MaximumY,
    Volts MaximumBias, Amperes CurrentCompliance, double MaximumSpeedMetresPerSecond)
{
    /// <summary>Largest rate of the bias in volt per second.</summary>
    public double MaximumBiasSlewVoltsPerSecond { get; init; } = 1000;

    /// <summary>Largest way down during an approach.</summary>
    public Metres MaximumApproachTravel { get; init; } = new(5e-6);

    /// <summary>Longest time in contact; the instrument lifts the tip by itself after it.</summary>
    public Seconds MaximumContactTime { get; init; } = new(60);

    /// <summary>The limits of a frame: its box half a pixel wide around, 2 V, 10 nA, 20 um/s.</summary>
    public static SafetyLimits ForFrame(ScanFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        double margin = frame.PixelPitch.Value / 2;
        StagePosition last = frame.ToStage(new PixelIndex(frame.Rows - 1, frame.Columns - 1));
        return new SafetyLimits(
            new Metres(frame.Origin.X.Value - margin), new Metres(last.X.Value + margin),
            new Metres(frame.Origin.Y.Value - margin), new Metres(last.Y.Value + margin),
            new Volts(2), new Amperes(10e-9), 20e-6);
    }

    /// <summary>Refuses a target outside the box.</summary>
    /// <exception cref="InstrumentException">With <see cref="InstrumentError.LimitViolation"/>.</exception>
    public void CheckPosition(StagePosition target)
    {
        // Written so that NaN is outside.
        bool inside = target.X.Value >= MinimumX.Value && target.X.Value <= MaximumX.Value
            && target.Y.Value >= MinimumY.Value && target.Y.Value <= MaximumY.Value;
        if (!inside)
        {
            throw new InstrumentException(InstrumentError.LimitViolation, "MoveTo",
                $"The target {target} lies outside the allowed box x {MinimumX} .. {MaximumX}, y {MinimumY} .. {MaximumY}; nothing was sent. Choose a target inside, or widen the limits in the plan.");
        }
    }

    /// <summary>Refuses a sweep whose bias exceeds the limit.</summary>
    /// <exception cref="InstrumentException">With <see cref="InstrumentError.LimitViolation"/>.</exception>
    public void CheckBias(Volts peak)
    {
        if (!(Math.Abs(peak.Value) <= MaximumBias.Value))
        {
            throw new InstrumentException(InstrumentError.LimitViolation, "Sweep",
                $"The sweep reaches {peak}, the limit is {MaximumBias}; nothing was sent. Lower the sweep's peak, or raise the limit in the plan.");
        }
    }

    /// <summary>Refuses a sweep whose bias changes faster or which lasts longer than the limits allow.</summary>
    /// <exception cref="InstrumentException">With <see cref="InstrumentError.LimitViolation"/>.</exception>
    public void CheckSweep(BiasWaveform waveform)
    {
        ArgumentNullException.ThrowIfNull(waveform);
        CheckBias(waveform.Peak);
        double largest = 0;
        for (int k = 1; k < waveform.Count; k++)
            largest = Math.Max(largest, Math.Abs(waveform.BiasVolts[k] - waveform.BiasVolts[k - 1]));
        double slew = largest * waveform.Count / waveform.Duration.Value;
        if (!(slew <= MaximumBiasSlewVoltsPerSecond) || !(waveform.Duration.Value <= MaximumContactTime.Value))
        {
            throw new InstrumentException(InstrumentError.LimitViolation, "Sweep",
                $"The sweep changes by {slew:0.###} V/s and lasts {waveform.Duration}; the limits are {MaximumBiasSlewVoltsPerSecond:0.###} V/s and "
                    + $"{MaximumContactTime}; nothing was sent. Change the sweep, or raise the limits.");
        }
    }
}
