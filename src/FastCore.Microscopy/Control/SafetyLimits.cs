using FastCore.Microscopy.Imaging;
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
}
