using FastCore.Autonomy.Plan;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy;

/// <summary>
/// The instrument under the plan's limits, which can only be tighter than its own. They are checked before anything reaches the instrument.
/// </summary>
internal sealed class LimitedController
{
    private readonly ICafmController controller;
    private readonly double compliance;

    /// <exception cref="PlanException">A limit of the plan is wider than the instrument's.</exception>
    public LimitedController(ICafmController controller, LimitsPlan plan)
    {
        this.controller = controller;
        compliance = plan.CurrentComplianceAmperes ?? double.PositiveInfinity;
        SafetyLimits own = controller.Limits;
        Limits = own with
        {
            MinimumX = new Metres(Tighter("minimumXMetres", plan.MinimumXMetres, own.MinimumX.Value, lower: true)),
            MaximumX = new Metres(Tighter("maximumXMetres", plan.MaximumXMetres, own.MaximumX.Value, lower: false)),
            MinimumY = new Metres(Tighter("minimumYMetres", plan.MinimumYMetres, own.MinimumY.Value, lower: true)),
            MaximumY = new Metres(Tighter("maximumYMetres", plan.MaximumYMetres, own.MaximumY.Value, lower: false)),
            MaximumBias = new Volts(Tighter("maximumBiasVolts", plan.MaximumBiasVolts, own.MaximumBias.Value, lower: false)),
            CurrentCompliance = new Amperes(Tighter("currentComplianceAmperes", plan.CurrentComplianceAmperes, own.CurrentCompliance.Value,
                lower: false)),
        };
    }

    public SafetyLimits Limits { get; }

    public StagePosition MoveTo(StagePosition target, CancellationToken cancellationToken)
    {
        Limits.CheckPosition(target);
        return controller.MoveTo(target, cancellationToken);
    }

    public void Approach(CancellationToken cancellationToken) => controller.Approach(cancellationToken);

    public void Sweep(BiasWaveform waveform, Span<double> currentAmperes, CancellationToken cancellationToken)
    {
        Limits.CheckBias(waveform.Peak);
        controller.Sweep(waveform, currentAmperes, cancellationToken);
    }

    public void Retract() => controller.Retract();

    /// <summary>
    /// Ends the run on a curve that went beyond the plan's compliance; the instrument's own is enforced by the instrument while it sweeps.
    /// </summary>
    public void CheckCurrent(ReadOnlySpan<double> currentAmperes)
    {
        foreach (double current in currentAmperes)
        {
            if (Math.Abs(current) > compliance)
            {
                throw new InstrumentException(InstrumentError.OverCurrent, "Sweep",
                    $"The sweep reached {new Amperes(current)}; the plan allows {Limits.CurrentCompliance}. Lower sweep.peakVolts, or raise "
                        + "limits.currentComplianceAmperes.");
            }
        }
    }

    private static double Tighter(string key, double? asked, double own, bool lower)
    {
        if (asked is not { } value)
            return own;
        bool wider = lower ? value < own : value > own;
        return !wider ? value : throw new PlanException("limits." + key,
            $"The plan's key 'limits.{key}' is {value:G6}; the instrument allows {(lower ? "no less" : "no more")} than {own:G6}, and a plan can "
                + "only be tighter.");
    }
}
